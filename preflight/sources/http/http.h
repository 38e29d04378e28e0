/*
 * Questions over HTTP: GET only, no redirect followed, certificates verified, no proxy, no cookies,
 * answers capped in bytes and time, stopped with the run. libcurl speaks, run_wait's rules hold.
 */
#ifndef HTTP_H
#define HTTP_H

#include "base/json.h"
#include "sources/source.h"

/* How to log in, and whom to trust; every text may be NULL. Belongs to the caller. */
struct http_login {
	const char *user;
	const char *password_file, *password_env;
	const char *key_file, *key_env;   /* an API key or a token, sent as a header: */
	const char *key_header;           /* "Authorization: ApiKey " */
	const char *ca, *cert, *cert_key; /* PEM files */
	const char *aws_region;           /* sign with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY */
	const char *hint;                 /* what to name where the server wants a login */
	const char *ca_option;            /* "--search-ca" */
};

struct http;

/* http:// or https://, a host, perhaps a path; no login, no query, no fragment. */
bool http_url_check(const char *url, struct err *) MUST;

/*
 * Prepares questions to the server at this URL; connects nowhere yet. `found`: the URL was found in
 * data, so that addresses which no service of an instance has are refused. PS_COMPLETE, or why not.
 */
enum part_status http_open(
    struct http **, const struct run *, const char *url, const struct http_login *, bool found, struct err *) MUST;
void http_close(struct http *); /* NULL is fine */

/*
 * Asks for a path below the URL ("/_cluster/health"). PS_COMPLETE: 200 and JSON, in *out, which the
 * caller gives back with json_decref. PS_ABSENT: 404. Otherwise why not. `e` says what happened.
 */
enum part_status http_get(struct http *, const char *path, json_t **out, struct err *) MUST;
/* The same where 503 comes with an answer too, as from a health check. */
enum part_status http_get_health(struct http *, const char *path, json_t **out, struct err *) MUST;

/* Whether a list of n entries is all that the last answer is a page of: X-Next-Page, X-Total. */
bool http_is_whole(const struct http *, size_t n);

int64_t http_requests(const struct http *);
int64_t http_bytes(const struct http *);
const char *http_tls(const struct http *); /* as in struct source */

void http_drop(struct http **);
#endif
