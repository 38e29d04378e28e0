/*
 * GET requests through libcurl with limits on time and size, a login where one was configured, and no redirects.
 * Both HTTP kinds use it; it does not parse bodies.
 */
#include "sources/http/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/secret.h"
#include "sources/stream.h"
#include "base/text.h"

#define CONNECT_US 5000000
#define REQUEST_US 10000000
#define BODY_MAX ((size_t)8 * 1024 * 1024) /* a thousand migrations have some 500 KiB */
#define HEAD_MAX ((size_t)64 * 1024)
#define URL_MAX_LEN 2000

struct http {
	CURL *easy;
	CURLM *multi;
	const struct run *run;
	struct curl_slist *headers;
	char *base; /* without the slash at its end */
	const char *hint, *ca_option;
	bool tls, found, refused; /* refused: the address is none to talk to */
	struct buf body;
	size_t head; /* bytes of header lines so far */
	bool has_next;
	int64_t total; /* entries of a list that the server divides into pages; -1: it does not tell */
	int64_t requests, bytes;
	char said[CURL_ERROR_SIZE];
};

bool
http_url_check(const char *url, struct err *e)
{
	static const CURLUPart unwanted[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT};
	CURLU *u = curl_url();
	char *scheme = NULL, *part = NULL;
	bool ok = u != NULL && strlen(url) < URL_MAX_LEN && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	if (!ok)
		(void)fail(e, NOWHERE, "it takes http://HOST:PORT or https://HOST:PORT, perhaps with a path");
	/* of https://u:1/word@h, word is a part of a password to people, and of the path to libcurl */
	if (ok && strchr(url, '@') != NULL)
		ok = fail(e, NOWHERE, "the URL must not contain an @: put logins into files");
	for (size_t i = 0; i < nitems(unwanted) && ok; i++)
		if (curl_url_get(u, unwanted[i], &part, 0) == CURLUE_OK) {
			curl_free(part);
			ok = fail(e, NOWHERE,
			    "the URL must not contain a login, a query or a fragment: put "
			    "secrets into files");
		}
	curl_free(scheme);
	curl_url_cleanup(u);
	return ok;
}

/* ---- What libcurl calls ---- */

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	(void)size;
	h->bytes += (int64_t)n;
	buf_addn(&h->body, data, n);
	return h->body.over ? 0 : n;
}

/* The number behind "X-Total:" and the like; -1: another header, or none. */
static int64_t
header_number(const char *line, size_t n, const char *name)
{
	char digits[20] = "";
	size_t k = strlen(name), at = k;

	if (n <= k || strncasecmp(line, name, k) != 0)
		return -1;
	while (at < n && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (size_t i = 0; at < n && i + 1 < sizeof digits && line[at] >= '0' && line[at] <= '9'; i++, at++)
		digits[i] = line[at];
	return digits[0] != '\0' ? strtoll(digits, NULL, 10) : -1;
}

static size_t
take_header(char *data, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	int64_t total = header_number(data, n, "X-Total:");

	(void)size;
	h->bytes += (int64_t)n;
	h->head += n;
	h->has_next = h->has_next || header_number(data, n, "X-Next-Page:") >= 0;
	if (total >= 0)
		h->total = total;
	return h->head > HEAD_MAX ? 0 : n;
}

static bool
is_nobodys_v4(uint32_t ip)
{
	return ip >> 16 == 0xa9fe || ip >> 28 == 0xe || ip >> 24 == 0;
}

/* Cloud metadata, multicast and nothing at all: no search cluster and no GitLab lives there. */
static bool
is_nobodys(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, a, sizeof in);
		return is_nobodys_v4(ntohl(in.sin_addr.s_addr));
	}
	if (a->sa_family == AF_INET6) {
		static const unsigned char metadata[] = {0xfd, 0x00, 0x0e, 0xc2};
		struct sockaddr_in6 in;
		const unsigned char *b = in.sin6_addr.s6_addr;
		uint32_t mapped;

		memcpy(&in, a, sizeof in);
		memcpy(&mapped, b + 12, sizeof mapped);
		return (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) || b[0] == 0xff ||
		    memcmp(b, metadata, sizeof metadata) == 0 || IN6_IS_ADDR_UNSPECIFIED(&in.sin6_addr) ||
		    (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr) && is_nobodys_v4(ntohl(mapped)));
	}
	return false;
}

/* After the name was resolved, so that a name cannot hide the address. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http *h = arg;

	(void)purpose;
	if (h->found && is_nobodys(&a->addr)) {
		h->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- Setting up ---- */

static bool
set_text(struct http *h, CURLoption option, const char *value)
{
	return value == NULL || curl_easy_setopt(h->easy, option, value) == CURLE_OK;
}

static bool
set_number(struct http *h, CURLoption option, long value)
{
	return curl_easy_setopt(h->easy, option, value) == CURLE_OK;
}

static bool
set_scheme(struct http *h)
{
	const char *scheme = h->tls ? "https" : "http";

#if LIBCURL_VERSION_NUM >= 0x075500
	return set_text(h, CURLOPT_PROTOCOLS_STR, scheme);
#else
	return set_number(h, CURLOPT_PROTOCOLS, strcmp(scheme, "https") == 0 ? CURLPROTO_HTTPS : CURLPROTO_HTTP);
#endif
}

static bool
set_options(struct http *h)
{
	CURL *c = h->easy;

	return set_scheme(h) && set_number(h, CURLOPT_HTTPGET, 1) && set_number(h, CURLOPT_FOLLOWLOCATION, 0) &&
	    set_text(h, CURLOPT_PROXY, "") && set_number(h, CURLOPT_NOSIGNAL, 1) &&
	    set_number(h, CURLOPT_NETRC, CURL_NETRC_IGNORED) && set_number(h, CURLOPT_SSL_VERIFYPEER, 1) &&
	    set_number(h, CURLOPT_SSL_VERIFYHOST, 2) && set_number(h, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	    set_number(h, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
	    set_text(h, CURLOPT_USERAGENT, "preflight/" PREFLIGHT_VERSION) &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->said) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HEADERDATA, h) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, h) == CURLE_OK;
}

static bool
add_header(struct http *h, const char *name, const char *value)
{
	struct curl_slist *more;
	struct buf line;

	buf_init(&line, SECRET_MAX + 200);
	buf_add(&line, name);
	buf_add(&line, value);
	more = curl_slist_append(h->headers, line.p);
	explicit_bzero(line.p, line.len);
	buf_free(&line);
	if (more != NULL)
		h->headers = more;
	return more != NULL;
}

static bool
set_password(struct http *h, const struct http_login *login, struct err *e)
{
	char password[SECRET_MAX + 1];
	bool ok = secret_find(login->password_file, login->password_env, password, e);

	if (ok &&
	    (!set_number(h, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) || !set_text(h, CURLOPT_USERNAME, login->user) ||
		!set_text(h, CURLOPT_PASSWORD, password)))
		ok = fail(e, NOWHERE, "this libcurl cannot log in with a password");
	explicit_bzero(password, sizeof password);
	return ok;
}

static bool
set_key(struct http *h, const struct http_login *login, struct err *e)
{
	char key[SECRET_MAX + 1];
	bool ok = secret_find(login->key_file, login->key_env, key, e);

	if (ok && key[0] != '\0' && !add_header(h, login->key_header, key))
		ok = fail(e, NOWHERE, "the key cannot be sent");
	explicit_bzero(key, sizeof key);
	return ok;
}

/* The keys come from where the tools of that cloud expect them. */
static bool
set_aws(struct http *h, const struct http_login *login, struct err *e)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
	const char *session = getenv("AWS_SESSION_TOKEN");
	char provider[100];

	if (id == NULL || id[0] == '\0' || secret == NULL || secret[0] == '\0')
		return fail(e, NOWHERE,
		    "--search-aws-region needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
		    "the environment");
	(void)snprintf(provider, sizeof provider, "aws:amz:%.60s:es", login->aws_region);
#if LIBCURL_VERSION_NUM >= 0x074b00
	if (set_text(h, CURLOPT_AWS_SIGV4, provider) && set_text(h, CURLOPT_USERNAME, id) &&
	    set_text(h, CURLOPT_PASSWORD, secret) &&
	    (session == NULL || session[0] == '\0' || add_header(h, "X-Amz-Security-Token: ", session)))
		return true;
#endif
	return fail(e, NOWHERE, "this libcurl cannot sign requests for AWS: 7.75 or later is needed");
}

static bool
set_login(struct http *h, const struct http_login *login, struct err *e)
{
	const char *ca = login->ca != NULL ? login->ca : getenv("SSL_CERT_FILE");

	if ((ca != NULL && ca[0] != '\0' && !set_text(h, CURLOPT_CAINFO, ca)) ||
	    !set_text(h, CURLOPT_SSLCERT, login->cert) || !set_text(h, CURLOPT_SSLKEY, login->cert_key))
		return fail(e, NOWHERE, "this libcurl cannot use the certificates that were named");
	if (login->aws_region != NULL)
		return set_aws(h, login, e);
	if (login->user != NULL && !set_password(h, login, e))
		return false;
	return login->key_header == NULL || set_key(h, login, e);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_multi_cleanup(h->multi);
	curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	buf_free(&h->body);
	free(h->base);
	free(h);
}

void
http_drop(struct http **h)
{
	http_close(*h);
}

enum part_status
http_open(struct http **out, const struct run *run, const char *url, const struct http_login *login, bool found,
    struct err *e)
{
	static const struct http_login none;
	CLEANUP(http_drop) struct http *h = xcalloc(1, sizeof *h);
	size_t n;

	buf_init(&h->body, BODY_MAX);
	stream_library_begin();
	if (!http_url_check(url, e))
		return PS_UNREADABLE;
	login = login != NULL ? login : &none;
	h->run = run;
	h->hint = login->hint;
	h->ca_option = login->ca_option;
	h->found = found;
	h->tls = strncasecmp(url, "https:", 6) == 0;
	h->base = xstrdup(url);
	for (n = strlen(h->base); n > 0 && h->base[n - 1] == '/'; n--)
		h->base[n - 1] = '\0';
	h->easy = curl_easy_init();
	h->multi = curl_multi_init();
	if (h->easy == NULL || h->multi == NULL || !set_options(h)) {
		(void)fail(e, NOWHERE, "this libcurl cannot ask over HTTP: 7.75 or later is needed");
		return PS_ERROR;
	}
	if (!set_login(h, login, e))
		return PS_DENIED;
	if (curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) != CURLE_OK) {
		(void)fail(e, NOWHERE, "this libcurl cannot send headers");
		return PS_ERROR;
	}
	*out = steal(&h);
	return PS_COMPLETE;
}

/* ---- One question ---- */

/* Until the transfer ended, or the run: CURLE_ABORTED_BY_CALLBACK stands for the latter. */
static CURLcode
transfer(struct http *h)
{
	struct curl_waitfd stop = {.fd = h->run->stop_fd, .events = CURL_WAIT_POLLIN};
	int running = 1, left = 0;

	while (running > 0) {
		CURLMsg *m;

		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			return CURLE_FAILED_INIT;
		while ((m = curl_multi_info_read(h->multi, &left)) != NULL)
			if (m->msg == CURLMSG_DONE)
				return m->data.result;
		stop.revents = 0;
		if (curl_multi_wait(h->multi, &stop, 1, 200, NULL) != CURLM_OK)
			return CURLE_FAILED_INIT;
		if (stop.revents != 0)
			return CURLE_ABORTED_BY_CALLBACK;
	}
	return CURLE_GOT_NOTHING;
}

static bool
prepare(struct http *h, const char *path)
{
	int64_t left = h->run->deadline_us - clock_mono_us();
	struct buf url;
	bool ok;

	left = left > REQUEST_US ? REQUEST_US : left > 1000 ? left : 1000;
	buf_reset(&h->body);
	h->head = 0;
	h->has_next = false;
	h->total = -1;
	h->said[0] = '\0';
	buf_init(&url, (size_t)2 * URL_MAX_LEN);
	buf_add(&url, h->base);
	buf_add(&url, path);
	ok = !url.over && set_text(h, CURLOPT_URL, url.p) && set_number(h, CURLOPT_TIMEOUT_MS, (long)(left / 1000)) &&
	    set_number(h, CURLOPT_CONNECTTIMEOUT_MS, (long)((left < CONNECT_US ? left : CONNECT_US) / 1000));
	buf_free(&url);
	return ok;
}

static enum part_status
not_transferred(struct http *h, CURLcode code, struct err *e)
{
	static const struct {
		CURLcode code;
		enum part_status status;
	} kinds[] = {{CURLE_SSL_CONNECT_ERROR, PS_TLS_FAILED}, {CURLE_PEER_FAILED_VERIFICATION, PS_TLS_FAILED},
	    {CURLE_SSL_CACERT_BADFILE, PS_TLS_FAILED}, {CURLE_SSL_CERTPROBLEM, PS_TLS_FAILED},
	    {CURLE_SSL_CIPHER, PS_TLS_FAILED}, {CURLE_SSL_ISSUER_ERROR, PS_TLS_FAILED}};
	char why[300];

	text_clean_into(why, sizeof why, h->said[0] != '\0' ? h->said : curl_easy_strerror(code));
	if (h->refused) {
		(void)fail(e, NOWHERE,
		    "its address is link-local, multicast or reserved; a URL that was found in "
		    "data is not followed there");
		return PS_UNREACHABLE;
	}
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		(void)fail(e, NOWHERE, "interrupted");
		return PS_TIMEOUT;
	}
	if (h->body.over || h->head > HEAD_MAX) {
		(void)fail(e, NOWHERE, "the response is longer than %zu MiB and was not read", BODY_MAX >> 20);
		return PS_UNREADABLE;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		(void)fail(e, NOWHERE, "no complete response in time: %s", why);
		return PS_TIMEOUT;
	}
	for (size_t i = 0; i < nitems(kinds); i++)
		if (code == kinds[i].code) {
			(void)fail(e, NOWHERE, "TLS failed: %s (%s can name a file of certificates to trust)", why,
			    h->ca_option != NULL ? h->ca_option : "SSL_CERT_FILE");
			return kinds[i].status;
		}
	(void)fail(e, NOWHERE, "%s: %s",
	    code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ? "the response was cut"
												: "cannot connect",
	    why);
	return PS_UNREACHABLE;
}

/* Where a redirect points, without path and query: those may contain secrets. */
static void
redirect_text(struct http *h, char *out, size_t size)
{
	char *to = NULL, *host = NULL;
	CURLU *u = curl_url();

	(void)curl_easy_getinfo(h->easy, CURLINFO_REDIRECT_URL, &to);
	if (u != NULL && to != NULL && curl_url_set(u, CURLUPART_URL, to, 0) == CURLUE_OK)
		(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	text_clean_into(out, size, host != NULL ? host : "elsewhere");
	curl_free(host);
	curl_url_cleanup(u);
}

static enum part_status
refused(struct http *h, long code, const char *path, struct err *e)
{
	char host[100];

	if (code == 401 || code == 403) {
		(void)fail(e, NOWHERE, "the server answers %ld to GET %s%s%s", code, path,
		    code == 401 ? ": it requires a login" : ": the login may not read this",
		    code == 401 && h->hint != NULL ? h->hint : "");
		return PS_DENIED;
	}
	if (code >= 300 && code < 400) {
		redirect_text(h, host, sizeof host);
		(void)fail(e, NOWHERE, "the server answers %ld to GET %s: a redirect to %s, which is not followed",
		    code, path, host);
		return PS_UNREADABLE;
	}
	(void)fail(e, NOWHERE, "the server answers %ld to GET %s", code, path);
	return code == 404 ? PS_ABSENT : code >= 500 || code == 429 ? PS_UNREACHABLE : PS_UNREADABLE;
}

static enum part_status
ask(struct http *h, const char *path, bool health, json_t **out, struct err *e)
{
	json_error_t je;
	CURLcode code;
	long http = 0;

	*out = NULL;
	if (!prepare(h, path) || curl_multi_add_handle(h->multi, h->easy) != CURLM_OK) {
		(void)fail(e, NOWHERE, "this libcurl cannot ask for %s", path);
		return PS_ERROR;
	}
	h->requests++;
	code = transfer(h);
	(void)curl_multi_remove_handle(h->multi, h->easy);
	if (code != CURLE_OK)
		return not_transferred(h, code, e);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &http);
	if (http != 200 && !(health && http == 503))
		return refused(h, http, path, e);
	*out = json_loadb(h->body.len > 0 ? h->body.p : "", h->body.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &je);
	if (*out != NULL)
		return PS_COMPLETE;
	if (json_error_code(&je) == json_error_duplicate_key) {
		(void)fail(e, NOWHERE, "the response to GET %s has a key twice, in line %d", path, je.line);
		return PS_ERROR;
	}
	(void)fail(e, NOWHERE,
	    "the response to GET %s is not JSON: is this a login page, a proxy or another "
	    "service?",
	    path);
	return PS_UNREADABLE;
}

enum part_status
http_get(struct http *h, const char *path, json_t **out, struct err *e)
{
	return ask(h, path, false, out, e);
}

enum part_status
http_get_health(struct http *h, const char *path, json_t **out, struct err *e)
{
	return ask(h, path, true, out, e);
}

bool
http_is_whole(const struct http *h, size_t n)
{
	return !h->has_next && (h->total < 0 || h->total == (int64_t)n);
}

int64_t
http_requests(const struct http *h)
{
	return h->requests;
}

int64_t
http_bytes(const struct http *h)
{
	return h->bytes;
}

const char *
http_tls(const struct http *h)
{
	return h->tls ? "verify-full" : "plaintext";
}
