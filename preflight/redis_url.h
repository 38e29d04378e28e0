/*
 * Where a Redis is: redis://HOST[:PORT][/DB], rediss://HOST[:PORT][/DB], unix://PATH[?db=N], and
 * unix:PATH[?db=N] as GitLab's own files write it.
 */
#ifndef REDIS_URL_H
#define REDIS_URL_H

#include "err.h"

struct redis_url {
	const char *socket;          /* path of a Unix socket, or NULL */
	const char *host;            /* or NULL; IPv6 without brackets */
	unsigned port;
	bool tls;
	const char *user;            /* of the access control list, or NULL: the default user */
	int64_t db;
};

/* Everything lives in the arena. A password inside the URL is refused: others can read it there. */
bool redis_url_parse(struct arena *, const char *url, struct redis_url *, struct err *) MUST;

#endif
