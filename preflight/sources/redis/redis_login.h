/* The password of a Redis, and what it opens. */
#ifndef REDIS_LOGIN_H
#define REDIS_LOGIN_H

#include "sources/redis/redis_client.h"

/*
 * Logs in with the password of the source (its file, else its environment variable; without one, and
 * without a user, nothing is sent) and changes to the database of the URL.
 */
enum part_status redis_login(struct redis *, const struct source *, const struct redis_url *, struct err *) MUST;

/* The same at a Sentinel, which has a password of its own or none. */
enum part_status redis_login_sentinel(struct redis *, const struct source *, struct err *) MUST;

/* The reply to INFO. */
struct redis_info {
	char server[16];     /* Redis, Valkey */
	char version[32];    /* of the server */
	char compatible[32]; /* the Redis that it says it is like; empty: it is one */
	char role[16];       /* master, slave */
	char run_id[64];
	bool link_down;    /* a replica without its primary */
	char eviction[32]; /* what it drops when its memory is full; none: it is not limited; empty: unsaid */
};
enum part_status redis_read_info(struct redis *, struct redis_info *, struct err *) MUST;

#endif
