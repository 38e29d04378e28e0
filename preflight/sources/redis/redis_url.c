/* Parses the URLs of Redis and of its Sentinels. A password in a URL is refused here; nothing is contacted. */
#include "sources/redis/redis_url.h"

#include <string.h>

#define DEFAULT_PORT 6379
#define DB_MAX 1000000 /* Redis itself stops at what its configuration says */
#define SOCKET_MAX 107 /* sun_path */

#define SENTINEL_PORT 26379
static const char forms[] = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB, unix:///PATH?db=N or "
			    "redis+sentinel://HOST:PORT,HOST:PORT/NAME?db=N";

static const char *
after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncasecmp(text, prefix, n) == 0 ? text + n : NULL;
}

static bool
read_number(const char *text, size_t n, int64_t max, int64_t *out)
{
	*out = 0;
	if (n == 0 || n > 7)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (text[i] - '0');
	}
	return *out <= max;
}

static bool
has_blank(const char *url)
{
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return true;
	return false;
}

/* No message repeats a part of the URL: it could be a secret. */
static bool
refuse_password(struct err *e)
{
	return fail(e, NOWHERE,
	    "a password must not be part of the URL, where everybody can read it: use "
	    "--redis-password-file FILE or the environment variable PREFLIGHT_REDIS_PASSWORD");
}

static bool
parse_db(const char *text, struct redis_url *out, struct err *e)
{
	if (read_number(text, strlen(text), DB_MAX, &out->db))
		return true;
	return fail(e, NOWHERE,
	    "the database must be a number of 0 or more: GitLab uses 0 unless its "
	    "resque.yml says otherwise");
}

static bool
parse_socket(struct arena *a, const char *rest, struct redis_url *out, struct err *e)
{
	const char *query = strchr(rest, '?'), *db = query != NULL ? after(query, "?db=") : NULL;
	size_t n = query != NULL ? (size_t)(query - rest) : strlen(rest);

	if (rest[0] != '/' && strchr(rest, '@') != NULL)
		return refuse_password(e);
	if (rest[0] != '/')
		return fail(e, NOWHERE, "the path of a socket begins with a slash: unix:///PATH?db=N");
	if (n > SOCKET_MAX)
		return fail(e, NOWHERE,
		    "the path of the socket is longer than %d bytes, which no system "
		    "takes",
		    SOCKET_MAX);
	if (query != NULL && db == NULL)
		return fail(e, NOWHERE, "after the path of a socket only ?db=N is allowed");
	out->socket = arena_strndup(a, rest, n);
	return db == NULL || parse_db(db, out, e);
}

/* The Sentinels' own: sentinel_tls=yes or no. False: the word is another one. */
static bool
parse_sentinel_tls(const char *word, struct redis_url *out)
{
	const char *value = after(word, "sentinel_tls=");

	if (value == NULL || out->primary == NULL || (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0))
		return false;
	out->sentinel_tls = strcmp(value, "yes") == 0;
	return true;
}

static bool
parse_file(const char *word, struct redis_url *out)
{
	const struct {
		const char *name;
		const char **file;
	} files[] = {{"ca=", &out->files.ca}, {"ca_dir=", &out->files.ca_dir}, {"cert=", &out->files.cert},
	    {"key=", &out->files.key}, {"sentinel_ca=", &out->sentinel_files.ca},
	    {"sentinel_ca_dir=", &out->sentinel_files.ca_dir}, {"sentinel_cert=", &out->sentinel_files.cert},
	    {"sentinel_key=", &out->sentinel_files.key}};

	for (size_t i = 0; i < nitems(files); i++) {
		const char *value = after(word, files[i].name);

		if (value != NULL)
			*files[i].file = value;
		if (value != NULL)
			return value[0] != '\0';
	}
	return false;
}

static bool
has_files(const struct tls_files *f)
{
	return f->ca != NULL || f->ca_dir != NULL || f->cert != NULL || f->key != NULL;
}

/* What needs TLS has it; Sentinels without files of their own use those of the Redis. */
static bool
check_files(struct redis_url *out, struct err *e)
{
	if (!out->tls && has_files(&out->files))
		return fail(e, NOWHERE, "ca, ca_dir, cert and key are files for TLS: use rediss://");
	if (!out->sentinel_tls && has_files(&out->sentinel_files))
		return fail(e, NOWHERE,
		    "sentinel_ca, sentinel_ca_dir, sentinel_cert and sentinel_key are files for TLS: add sentinel_tls=yes");
	if (out->sentinel_tls && !has_files(&out->sentinel_files))
		out->sentinel_files = out->files;
	return true;
}

/* ?db=N&ca=FILE&ca_dir=DIR&cert=FILE&key=FILE, in any order. */
static bool
parse_query(struct arena *a, const char *query, struct redis_url *out, struct err *e)
{
	while (*query != '\0') {
		size_t n = strcspn(query, "&");
		const char *word = arena_strndup(a, query, n), *db = after(word, "db=");

		if (db != NULL && !parse_db(db, out, e))
			return false;
		if (db == NULL && !parse_sentinel_tls(word, out) && !parse_file(word, out))
			return fail(e, NOWHERE,
			    "after the ? only db=N, ca=FILE, ca_dir=DIR, cert=FILE and key=FILE "
			    "are allowed, and for Sentinels sentinel_tls=yes or no, sentinel_ca, sentinel_ca_dir, "
			    "sentinel_cert and sentinel_key, separated by &");
		query += n + (query[n] == '&');
	}
	return check_files(out, e);
}

/* [v6] or a name, and a port; leaves *rest behind it. */
static bool
parse_host(struct arena *a, const char **rest, struct redis_host *out, struct err *e)
{
	static const char v6[] = "0123456789abcdefABCDEF:.",
			  name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	bool bracket = **rest == '[';
	const char *p = *rest + bracket;
	size_t n = strspn(p, bracket ? v6 : name);

	if (n == 0 || n > 253 || (bracket && p[n] != ']'))
		return fail(e, NOWHERE, "a host name or address is missing: %s", forms);
	out->host = arena_strndup(a, p, n);
	*rest = p + n + bracket;
	if (**rest == ':') {
		int64_t port;

		n = strcspn(++*rest, ",/?");
		if (!read_number(*rest, n, 65535, &port) || port == 0)
			return fail(e, NOWHERE, "the port must be a number from 1 to 65535");
		out->port = (unsigned)port;
		*rest += n;
	}
	return true;
}

static bool
parse_user(struct arena *a, const char **rest, struct redis_url *out, struct err *e)
{
	const char *at = strrchr(*rest, '@');

	if (at == NULL)
		return true;
	if (memchr(*rest, ':', (size_t)(at - *rest)) != NULL)
		return refuse_password(e);
	if (at == *rest)
		return fail(e, NOWHERE, "no user name before the @: %s", forms);
	out->user = arena_strndup(a, *rest, (size_t)(at - *rest));
	*rest = at + 1;
	return true;
}

static bool
parse_tcp(struct arena *a, const char *rest, struct redis_url *out, struct err *e)
{
	struct redis_host at = {.port = DEFAULT_PORT};
	size_t n;

	if (!parse_user(a, &rest, out, e) || !parse_host(a, &rest, &at, e))
		return false;
	out->host = at.host;
	out->port = at.port;
	if (*rest == '/' && (n = strcspn(++rest, "?")) > 0) {
		if (!parse_db(arena_strndup(a, rest, n), out, e))
			return false;
		rest += n;
	}
	if (*rest == '\0')
		return true;
	if (*rest != '?')
		return fail(e, NOWHERE, "what follows the host is not understood: %s", forms);
	return parse_query(a, rest + 1, out, e);
}

static bool
parse_sentinels(struct arena *a, const char *rest, struct redis_url *out, struct err *e)
{
	size_t n;

	out->sentinel_tls = out->tls;
	if (!parse_user(a, &rest, out, e))
		return false;
	for (bool more = true; more; rest += more) {
		struct redis_host at = {.port = SENTINEL_PORT};

		if (!parse_host(a, &rest, &at, e))
			return false;
		ARENA_PUSH(a, &out->sentinels, at);
		more = *rest == ',';
	}
	n = *rest == '/' ? strcspn(rest + 1, "/?") : 0;
	if (n == 0)
		return fail(e, NOWHERE,
		    "the name of the primary is missing after the Sentinels: "
		    "redis+sentinel://HOST:PORT,HOST:PORT/NAME?db=N");
	out->primary = arena_strndup(a, rest + 1, n);
	rest += 1 + n;
	if (*rest == '\0')
		return true;
	if (*rest != '?')
		return fail(e, NOWHERE,
		    "only ?db=N may follow the name of the "
		    "primary");
	return parse_query(a, rest + 1, out, e);
}

bool
redis_url_parse(struct arena *a, const char *url, struct redis_url *out, struct err *e)
{
	const char *rest;

	*out = (struct redis_url){0};
	if (has_blank(url))
		return fail(e, NOWHERE, "a Redis URL must not contain blanks: %s", forms);
	if ((rest = after(url, "unix://")) != NULL || (rest = after(url, "unix:")) != NULL)
		return parse_socket(a, rest, out, e);
	out->tls = after(url, "rediss") != NULL;
	if ((rest = after(url, "redis://")) != NULL || (rest = after(url, "rediss://")) != NULL)
		return parse_tcp(a, rest, out, e);
	if ((rest = after(url, "redis+sentinel://")) != NULL || (rest = after(url, "rediss+sentinel://")) != NULL)
		return parse_sentinels(a, rest, out, e);
	if (url[0] == '/')
		return fail(e, NOWHERE, "not a Redis URL: the socket of a path is unix:///PATH?db=N");
	return fail(e, NOWHERE,
	    "a Redis URL begins with redis://, rediss://, redis+sentinel:// or "
	    "unix://");
}
