/* Which Redis is the primary at present, according to Redis Sentinel. */
#ifndef REDIS_SENTINEL_H
#define REDIS_SENTINEL_H

#include "sources/redis/redis_login.h"

/*
 * Asks the Sentinels of `url` one after the other, until one names a host. `out` is then a copy of
 * `url` with that host and port, and without Sentinels; its texts live in the source's arena.
 */
enum part_status redis_find_primary(
    const struct run *, const struct source *, const struct redis_url *url, struct redis_url *out, struct err *) MUST;

#endif
