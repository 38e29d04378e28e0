/*
 * A byte stream to an endpoint over a Unix socket, TCP or verified TLS, through libcurl. Used by Redis; knows no
 * protocol above it.
 */
#include "sources/stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CONNECT_US 5000000

struct stream {
	CURL *curl;
	const struct run *run;
	int fd;
	char said[CURL_ERROR_SIZE]; /* by libcurl, about its last failure */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void
curl_begin(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void
stream_library_begin(void)
{
	(void)pthread_once(&curl_once, curl_begin);
}

/* libcurl connects in its own loop; here it learns that the run was interrupted. */
static int
is_interrupted(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct stream *s = arg;

	(void)a, (void)b, (void)c, (void)d;
	return run_wait(s->run, -1, 0, clock_mono_us()) == W_INTERRUPTED;
}

static bool
is_tls_failure(CURLcode code)
{
	static const CURLcode codes[] = {CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION,
	    CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
	    CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED,
	    CURLE_SSL_PINNEDPUBKEYNOTMATCH};

	for (size_t i = 0; i < nitems(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

static void
endpoint_text(const struct endpoint *to, char *out, size_t size)
{
	if (to->socket != NULL)
		(void)snprintf(out, size, "socket %s", to->socket);
	else
		(void)snprintf(out, size, "%s port %u", to->host, to->port);
}

static enum part_status
connect_failure(struct stream *s, const struct endpoint *to, CURLcode code, struct err *e)
{
	char where[200], why[200];
	long os_error = 0;

	endpoint_text(to, where, sizeof where);
	text_clean_into(why, sizeof why, s->said[0] != '\0' ? s->said : curl_easy_strerror(code));
	(void)curl_easy_getinfo(s->curl, CURLINFO_OS_ERRNO, &os_error);
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		(void)fail(e, NOWHERE, "interrupted");
		return PS_TIMEOUT;
	}
	if (is_tls_failure(code)) {
		(void)fail(e, NOWHERE,
		    "TLS to %s failed: %s (?ca=FILE behind the URL, or SSL_CERT_FILE, "
		    "names the certificate of the authority to trust)",
		    where, why);
		return PS_TLS_FAILED;
	}
	if (code == CURLE_OPERATION_TIMEDOUT)
		(void)fail(e, NOWHERE, "no connection to %s within %d s", where, CONNECT_US / 1000000);
	else if (os_error != 0)
		(void)fail(e, NOWHERE, "cannot connect to %s: %s", where, strerror((int)os_error));
	else
		(void)fail(e, NOWHERE, "cannot connect to %s: %s", where, why);
	return os_error == EACCES ? PS_DENIED : PS_UNREACHABLE;
}

static bool
set_text(CURL *c, CURLoption option, const char *value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

static bool
set_number(CURL *c, CURLoption option, long value)
{
	return curl_easy_setopt(c, option, value) == CURLE_OK;
}

/* Files that were named for this endpoint are all that it trusts. */
static bool
set_tls_files(CURL *c, const struct tls_files *f)
{
	const char *all = getenv("SSL_CERT_FILE");

	return (f->ca != NULL || f->ca_dir != NULL
		       ? set_text(c, CURLOPT_CAINFO, f->ca) && set_text(c, CURLOPT_CAPATH, f->ca_dir)
		       : all == NULL || all[0] == '\0' || set_text(c, CURLOPT_CAINFO, all)) &&
	    (f->cert == NULL || set_text(c, CURLOPT_SSLCERT, f->cert)) &&
	    (f->key == NULL || set_text(c, CURLOPT_SSLKEY, f->key));
}

/* The scheme chooses TLS and nothing else: with CONNECT_ONLY not one byte of HTTP is sent. */
static bool
set_options(struct stream *s, const struct endpoint *to)
{
	bool v6 = to->host != NULL && strchr(to->host, ':') != NULL;
	int64_t left = s->run->deadline_us - clock_mono_us();
	char url[400];
	CURL *c = s->curl;

	if (left > CONNECT_US)
		left = CONNECT_US;
	(void)snprintf(url, sizeof url, "%s://%s%s%s:%u/", to->tls ? "https" : "http", v6 ? "[" : "",
	    to->host != NULL ? to->host : "localhost", v6 ? "]" : "", to->host != NULL ? to->port : 80);
	return set_text(c, CURLOPT_URL, url) && set_number(c, CURLOPT_CONNECT_ONLY, 1) &&
	    set_text(c, CURLOPT_PROXY, "") && set_number(c, CURLOPT_NOSIGNAL, 1) &&
	    set_number(c, CURLOPT_SSL_ENABLE_ALPN, 0) && set_number(c, CURLOPT_NOPROGRESS, 0) &&
	    set_number(c, CURLOPT_CONNECTTIMEOUT_MS, left > 0 ? (long)(left / 1000 + 1) : 1) &&
	    set_number(c, CURLOPT_BUFFERSIZE, (long)STREAM_CHUNK) &&
	    (to->socket == NULL || set_text(c, CURLOPT_UNIX_SOCKET_PATH, to->socket)) && set_tls_files(c, &to->files) &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->said) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_XFERINFODATA, s) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_interrupted) == CURLE_OK;
}

static void
stream_drop(struct stream **s)
{
	stream_close(*s);
}

enum part_status
stream_open(struct stream **out, const struct run *run, const struct endpoint *to, struct err *e)
{
	CLEANUP(stream_drop) struct stream *s = xcalloc(1, sizeof *s);
	curl_socket_t fd = CURL_SOCKET_BAD;
	CURLcode code;

	stream_library_begin();
	s->run = run;
	s->curl = curl_easy_init();
	if (s->curl == NULL || !set_options(s, to)) {
		(void)fail(e, NOWHERE, "this libcurl cannot make the connection: 7.40 or later is needed");
		return PS_ERROR;
	}
	code = curl_easy_perform(s->curl);
	if (code != CURLE_OK)
		return connect_failure(s, to, code, e);
	if (curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) {
		(void)fail(e, NOWHERE, "the connection was closed at once");
		return PS_UNREACHABLE;
	}
	s->fd = fd;
	*out = steal(&s);
	return PS_COMPLETE;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

/* Until the socket is ready for the next attempt. */
static enum part_status
pause_for(struct stream *s, short events, int64_t until_us, struct err *e)
{
	enum wait_result w = run_wait(s->run, s->fd, events, until_us);

	if (w == W_READY)
		return PS_COMPLETE;
	(void)fail(e, NOWHERE, "%s", wait_result_text(w));
	return w == W_FAILED ? PS_UNREACHABLE : PS_TIMEOUT;
}

static enum part_status
broken(const struct stream *s, CURLcode code, struct err *e)
{
	char why[200];

	text_clean_into(why, sizeof why, s->said[0] != '\0' ? s->said : curl_easy_strerror(code));
	(void)fail(e, NOWHERE, "the connection broke: %s", why);
	return PS_UNREACHABLE;
}

enum part_status
stream_send(struct stream *s, const void *data, size_t len, int64_t until_us, struct err *e)
{
	const char *p = data;
	enum part_status ps = PS_COMPLETE;

	while (len > 0 && ps == PS_COMPLETE) {
		size_t n = 0;
		CURLcode code = curl_easy_send(s->curl, p, len, &n);

		if (code == CURLE_AGAIN)
			ps = pause_for(s, POLLOUT, until_us, e);
		else if (code != CURLE_OK)
			ps = broken(s, code, e);
		p += n;
		len -= n;
	}
	return ps;
}

/* Asks libcurl before the socket: TLS may hold bytes that poll() no longer sees. */
enum part_status
stream_receive(struct stream *s, void *data, size_t size, int64_t until_us, size_t *got, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	while (ps == PS_COMPLETE) {
		CURLcode code = curl_easy_recv(s->curl, data, size, got);

		if (code == CURLE_OK && *got > 0)
			return PS_COMPLETE;
		if (code == CURLE_OK) {
			(void)fail(e, NOWHERE, "the server closed the connection");
			return PS_UNREACHABLE;
		}
		ps = code == CURLE_AGAIN ? pause_for(s, POLLIN, until_us, e) : broken(s, code, e);
	}
	return ps;
}
