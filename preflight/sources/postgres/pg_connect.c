/*
 * Opens a connection to PostgreSQL, with TLS settings and user as configured, and describes it for people. Sends
 * no query of a fact; pg_query.c does.
 */
#include "sources/postgres/pg_connect.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#define SECOND ((int64_t)1000000)
#define CONNECT_SECONDS 5
#define PARAMS 64 /* libpq has some 40 connection options */

/* Keywords and values side by side, as libpq takes them: no string is ever built. */
struct params {
	const char *keys[PARAMS + 1], *values[PARAMS + 1];
	size_t n;
};

static void
options_drop(PQconninfoOption **o)
{
	PQconninfoFree(*o);
}

static const char *
option(const PQconninfoOption *o, const char *keyword)
{
	if (o == NULL)
		out_of_memory(); /* libpq has no other reason */
	for (; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val != NULL ? o->val : "";
	return "";
}

static void
param_add(struct params *p, const char *key, const char *value)
{
	if (p->n == PARAMS)
		return;
	p->keys[p->n] = key;
	p->values[p->n++] = value;
}

bool
pg_fail(struct pg_fault *f, enum part_status status, const char *fmt, ...)
{
	char raw[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	f->status = status;
	text_clean_into(f->reason, sizeof f->reason, raw);
	return false;
}

/* ---- What to connect with ---- */

/*
 * The connection string, libpq's environment variables and its service file, combined.
 * Only libpq can tell, and only when asked to connect: an attribute that it refuses keeps it from
 * contacting anybody.
 */
static PQconninfoOption *
resolve(const struct params *given)
{
	struct params p = *given;
	PQconninfoOption *o;
	PGconn *c;

	param_add(&p, "target_session_attrs", "none");
	c = PQconnectStartParams(p.keys, p.values, 0);
	o = PQconninfo(c);
	PQfinish(c);
	return o;
}

static bool
is_socket(const char *host)
{
	return host[0] == '\0' || host[0] == '/' || host[0] == '@';
}

static bool
is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return strcmp(host, "localhost") == 0;
}

static bool
is_here(const char *host)
{
	return is_socket(host) || is_loopback(host);
}

/* Whether all hosts of a list (libpq separates them by commas) are of a sort. */
static bool
all_hosts(const char *list, bool (*sort)(const char *host))
{
	char host[256];

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n >= sizeof host)
			return false;
		memcpy(host, list, n);
		host[n] = '\0';
		if (!sort(host))
			return false;
		if (list[n] == '\0')
			return true;
		list += n + 1;
	}
}

static bool
somebody_said_sslmode(const PQconninfoOption *given, const PQconninfoOption *all)
{
	const char *env = getenv("PGSSLMODE");

	/* "prefer" is libpq's default; a service file may set another. */
	return option(given, "sslmode")[0] != '\0' || (env != NULL && env[0] != '\0') ||
	    strcmp(option(all, "sslmode"), "prefer") != 0;
}

/* Takes apart the endpoint; `given` owns the texts that `p` points to. */
static bool
read_endpoint(const char *endpoint, PQconninfoOption **given, struct params *p, struct pg_fault *f)
{
	char *message = NULL;

	*given = PQconninfoParse(endpoint, &message);
	if (*given == NULL) {
		(void)pg_fail(
		    f, PS_UNREACHABLE, "the connection string cannot be read: %s", message != NULL ? message : "");
		PQfreemem(message);
		return false;
	}
	if (option(*given, "password")[0] != '\0' || option(*given, "sslpassword")[0] != '\0')
		return pg_fail(f, PS_UNREACHABLE,
		    "not contacted: the connection string contains a "
		    "password, which everybody on this host can read; use PGPASSWORD or the file "
		    "that PGPASSFILE names");
	for (const PQconninfoOption *o = *given; o->keyword != NULL; o++)
		if (o->val != NULL)
			param_add(p, o->keyword, o->val);
	param_add(p, "fallback_application_name", "preflight");
	return true;
}

static void
add_transport(struct params *p, const PQconninfoOption *given, const PQconninfoOption *all)
{
	const char *host = option(all, "host"), *address = option(all, "hostaddr");

	if (all_hosts(host, is_socket) && address[0] == '\0') {
		if (option(given, "gssencmode")[0] == '\0')
			param_add(p, "gssencmode", "disable");
	} else if ((!all_hosts(host, is_here) || !all_hosts(address, is_here) ||
		       option(given, "sslrootcert")[0] != '\0') &&
	    !somebody_said_sslmode(given, all)) {
		param_add(p, "sslmode", "verify-full");
	}
}

/*
 * Whoever listens on a port may ask for the password in clear text: it is sent only over a socket, or to a server whose
 * certificate was verified, unless require_auth specifies otherwise. libpq refuses it from 16 on.
 */
static void
add_no_clear_password(struct params *p, const PQconninfoOption *all)
{
	const PQconninfoOption *o = all;
	const char *sslmode = option(all, "sslmode");

	while (o->keyword != NULL && strcmp(o->keyword, "require_auth") != 0)
		o++;
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->keys[i], "sslmode") == 0)
			sslmode = p->values[i];
	if (o->keyword != NULL && option(all, "require_auth")[0] == '\0' && strncmp(sslmode, "verify-", 7) != 0 &&
	    !(all_hosts(option(all, "host"), is_socket) && option(all, "hostaddr")[0] == '\0'))
		param_add(p, "require_auth", "!password");
}

/* Before the connection: what was asked for. */
static void
show_endpoint(struct source *s, const PQconninfoOption *o)
{
	const char *host = option(o, "host"), *address = option(o, "hostaddr");
	const char *database = option(o, "dbname");
	char raw[1024];

	if (is_socket(host) && address[0] == '\0')
		(void)snprintf(raw, sizeof raw, "PostgreSQL on socket %.300s, database %.60s",
		    host[0] != '\0' ? host : "(libpq's default)", database);
	else
		(void)snprintf(raw, sizeof raw, "PostgreSQL on %.300s:%.60s, database %.60s",
		    host[0] != '\0' ? host : address, option(o, "port"), database);
	text_clean_into(s->shown, sizeof s->shown, raw);
}

/* ---- Connecting ---- */

/*
 * libpq gives the SQLSTATE of a refusal only inside its text, and there only when asked to be
 * verbose: "...: FATAL:  28P01: password ...". The text without it is left in `text`.
 */
static void
take_sqlstate(char *text, char state[6])
{
	state[0] = '\0';
	for (char *p = strstr(text, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
		char *code = p + 3, *from = p;

		if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || strncmp(code + 5, ": ", 2) != 0)
			continue;
		if (state[0] == '\0')
			(void)snprintf(state, 6, "%.5s", code);
		while (from > text && from[-1] != ' ' && from[-1] != '\n')
			from--; /* "FATAL", in the server's language */
		memmove(from, code + 7, strlen(code + 7) + 1);
		p = from;
		if (*p == '\0')
			break;
	}
}

/*
 * All lines as one, but the place in the server's source, and what was said before: libpq tries each
 * address, and may try with TLS and without.
 */
static void
one_line(char *text, char *out, size_t size)
{
	char *rest = NULL;
	struct buf b;

	buf_init(&b, size - 1);
	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		if (strncmp(line, "LOCATION:", strlen("LOCATION:")) == 0 || strstr(b.p, line) != NULL)
			continue;
		if (b.len > 0)
			buf_add(&b, " ");
		buf_add(&b, line);
	}
	(void)snprintf(out, size, "%s", b.p);
	buf_free(&b);
}

static bool
holds_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

static bool
tls_failure(const char *text, struct pg_fault *f)
{
	static const char *const unverified[] = {"root certificate file", "certificate verify failed"};

	if (holds_one_of(text, unverified, nitems(unverified)))
		return pg_fail(f, PS_TLS_FAILED,
		    "the server's certificate cannot be checked (add "
		    "sslrootcert=FILE, the certificate of the authority that signed it): %s",
		    text);
	if (strstr(text, "does not support SSL") != NULL)
		return pg_fail(f, PS_TLS_FAILED,
		    "the server offers no TLS (sslmode=disable connects "
		    "without it, for a network that you trust): %s",
		    text);
	return pg_fail(f, PS_TLS_FAILED, "%s", text);
}

/*
 * The server's refusals have a SQLSTATE. What libpq finds by itself is known by its words, which
 * are English because nothing here ever calls setlocale().
 */
static bool
refused(const char *message, struct pg_fault *f)
{
	static const char *const tls[] = {"SSL", "certificate"};
	static const char *const secret[] = {"password", "authentication", "SCRAM"};
	char raw[2048], text[1024], state[6];
	enum part_status status = PS_UNREACHABLE;

	(void)snprintf(raw, sizeof raw, "%s", message);
	take_sqlstate(raw, state);
	one_line(raw, text, sizeof text);
	if (state[0] == '\0' && holds_one_of(text, tls, nitems(tls)))
		return tls_failure(text, f);
	if (strcmp(state, "3D000") == 0 || strstr(text, "no such database") != NULL)
		status = PS_ABSENT; /* the second is PgBouncer's, which has one state for all */
	else if (strncmp(state, "28", 2) == 0 || strcmp(state, "42501") == 0 || strstr(text, "no such user") != NULL ||
	    (state[0] == '\0' && holds_one_of(text, secret, nitems(secret))))
		status = PS_DENIED;
	if (strstr(text, "requirement \"!password\" failed") != NULL)
		return pg_fail(f, status,
		    "not sent: the server requests the password in clear text, and its certificate was not verified "
		    "(sslmode=verify-full verifies it; require_auth=password sends it all the same)");
	return pg_fail(f, status, "%s", text);
}

static bool
not_in_time(enum wait_result w, int64_t begun, const PQconninfoOption *o, struct pg_fault *f)
{
	const char *host = option(o, "host")[0] != '\0' ? option(o, "host") : option(o, "hostaddr");
	char waited[TIME_TEXT];

	if (w != W_TIMEOUT)
		return pg_fail(f, PS_TIMEOUT, "%s while connecting", wait_result_text(w));
	return pg_fail(f, PS_TIMEOUT, "no answer from %.100s:%.20s within %s", host[0] != '\0' ? host : "the socket",
	    option(o, "port"), text_duration(clock_mono_us() - begun, waited));
}

static bool
poll_until_connected(struct pg *p, const PQconninfoOption *o, struct pg_fault *f)
{
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;
	int64_t begun = clock_mono_us(), seconds = strtoll(option(o, "connect_timeout"), NULL, 10);

	if (seconds <= 0)
		seconds = CONNECT_SECONDS;
	while (PQstatus(p->conn) != CONNECTION_BAD && st != PGRES_POLLING_OK) {
		enum wait_result w = run_wait(p->run, PQsocket(p->conn), st == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		    begun + seconds * SECOND);

		if (w != W_READY)
			return not_in_time(w, begun, o, f);
		st = PQconnectPoll(p->conn);
	}
	return st == PGRES_POLLING_OK || refused(PQerrorMessage(p->conn), f);
}

/* Notices would go to stderr, in the middle of what we print there. */
static void
drop_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static bool
start(struct pg *p, const struct params *with, struct pg_fault *f)
{
	CLEANUP(options_drop) PQconninfoOption *used = NULL;

	p->source->requests++;
	p->conn = PQconnectStartParams(with->keys, with->values, 0);
	if (p->conn == NULL)
		return pg_fail(f, PS_ERROR, "no memory for a connection");
	(void)PQsetErrorVerbosity(p->conn, PQERRORS_VERBOSE);
	(void)PQsetNoticeReceiver(p->conn, drop_notice, NULL);
	used = PQconninfo(p->conn);
	return poll_until_connected(p, used, f) &&
	    (PQsetnonblocking(p->conn, 1) == 0 || pg_fail(f, PS_ERROR, "the connection cannot be made non-blocking"));
}

/* ---- What it turned out to be ---- */

static const char *
transport(PGconn *c)
{
	CLEANUP(options_drop) PQconninfoOption *o = PQconninfo(c);
	const char *mode = option(o, "sslmode");

	if (PQsslInUse(c))
		return strcmp(mode, "verify-full") == 0 ? "verify-full"
		    : strcmp(mode, "verify-ca") == 0    ? "verify-ca"
							: "encrypted-unverified";
	if (PQgssEncInUse(c))
		return "encrypted-unverified";
	return is_socket(PQhost(c)) ? "unix_socket" : "plaintext";
}

static void
show_connection(struct pg *p)
{
	struct source *s = p->source;
	const char *version = PQparameterStatus(p->conn, "server_version");
	const char *host = PQhost(p->conn);
	char raw[1024], where[400];

	version = version != NULL ? version : "";
	(void)snprintf(raw, sizeof raw, "%.*s", (int)strcspn(version, " "), version);
	text_clean_into(s->version, sizeof s->version, raw);
	(void)snprintf(s->tls, sizeof s->tls, "%s", transport(p->conn));
	if (is_socket(host))
		(void)snprintf(where, sizeof where, "socket %.300s", host);
	else
		(void)snprintf(where, sizeof where, "%.300s:%.20s", host, PQport(p->conn));
	(void)snprintf(raw, sizeof raw, "PostgreSQL %s on %s, database %.63s, role %.63s", s->version, where,
	    PQdb(p->conn), PQuser(p->conn));
	text_clean_into(s->shown, sizeof s->shown, raw);
}

/*
 * For this thread alone, which the library's own setresuid() would not do: a socket remembers the user
 * that connected. 0 goes back, and is nothing where we are not root.
 */
static void
act_as(unsigned uid)
{
	if (geteuid() == 0 || uid == 0)
		(void)syscall(SYS_setresuid, -1, (long)uid, -1);
}

bool
pg_open(struct pg *p, struct pg_fault *f)
{
	CLEANUP(options_drop) PQconninfoOption *given = NULL, *all = NULL;
	struct params with = {0};
	bool ok;

	p->doing = "connecting";
	if (!read_endpoint(p->source->endpoint, &given, &with, f))
		return false;
	if (p->source->password != NULL)
		param_add(&with, "password", p->source->password);
	all = resolve(&with);
	if (all == NULL)
		return pg_fail(f, PS_ERROR, "no memory for a connection");
	add_transport(&with, given, all);
	add_no_clear_password(&with, all);
	show_endpoint(p->source, all);
	act_as(p->source->acts_as);
	ok = start(p, &with, f);
	act_as(0);
	if (!ok) {
		pg_close(p);
		return false;
	}
	show_connection(p);
#ifdef PG_PIPELINING
	if (PQenterPipelineMode(p->conn) != 1) {
		pg_close(p);
		return pg_fail(f, PS_ERROR, "the connection cannot be made to take several statements at once");
	}
#endif
	return true;
}

void
pg_close(struct pg *p)
{
	PQfinish(p->conn);
	p->conn = NULL;
	p->begins = p->ends = false;
	p->n_sent = 0;
}
