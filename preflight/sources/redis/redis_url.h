/*
 * Where a Redis is: redis://HOST[:PORT][/DB], rediss://HOST[:PORT][/DB], unix://PATH[?db=N], and
 * unix:PATH[?db=N] as GitLab's own files write it; or who knows where it is at present:
 * redis+sentinel://HOST[:PORT],HOST[:PORT]/NAME[?db=N], where NAME is what the Sentinels call the
 * primary. rediss://, rediss+sentinel://: with TLS; the files ca, cert and key may follow as
 * ?ca=FILE&ca_dir=DIR&cert=FILE&key=FILE. Sentinels use TLS as their Redis does, unless ?sentinel_tls=yes or no says
 * otherwise; sentinel_ca and the like are files for them alone.
 */
#ifndef REDIS_URL_H
#define REDIS_URL_H

#include "sources/stream.h"

struct redis_host {
	const char *host; /* IPv6 without brackets */
	unsigned port;
};
struct redis_hosts {
	struct redis_host *items;
	size_t n, cap;
};

struct redis_url {
	const char *socket; /* path of a Unix socket, or NULL */
	const char *host;   /* or NULL; IPv6 without brackets */
	unsigned port;
	bool tls;
	const char *user; /* of the access control list, or NULL: the default user */
	int64_t db;
	struct tls_files files;
	bool sentinel_tls; /* between us and the Sentinels */
	struct tls_files sentinel_files;
	struct redis_hosts sentinels; /* none: host and port are the Redis */
	const char *primary;          /* its name at the Sentinels */
};

/* Everything lives in the arena. A password inside the URL is refused: others can read it there. */
bool redis_url_parse(struct arena *, const char *url, struct redis_url *, struct err *) MUST;

#endif
