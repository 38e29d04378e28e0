/* The tables that source_redis.c offers, filled through one connection. */
#ifndef REDIS_TABLES_H
#define REDIS_TABLES_H

#include "sources/redis/redis_login.h"

extern const struct reader redis_readers[]; /* ended by a name of NULL */

/* The reply to INFO, or why there is none: only the table of the server needs it. */
struct redis_server {
	struct redis_info info;
	enum part_status status;
	struct err error;
};

/* Reads every table of the source that is not ended yet, and ends it. */
void redis_read_tables(struct source *, struct redis *, const struct redis_server *);

#endif
