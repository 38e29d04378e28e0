/*
 * One connection to a Redis: requests from a fixed list of reading commands, answers taken apart
 * while they arrive (hiredis is the codec). An answer is never held in memory as a whole.
 *
 * Functions return PS_COMPLETE, or why not, with the text in `e`. After a refusal (an error that
 * Redis answered) the connection goes on; after anything else it is dead and stays so.
 */
#ifndef REDIS_CLIENT_H
#define REDIS_CLIENT_H

#include "sources/redis/redis_url.h"
#include "sources/stream.h"

/* All that can ever be sent. None of these changes data. */
enum redis_command {
	RC_AUTH,
	RC_SELECT,
	RC_PING,
	RC_INFO,
	RC_TIME,
	RC_TYPE,
	RC_EXISTS,
	RC_SCAN,
	RC_SCARD,
	RC_SSCAN,
	RC_LLEN,
	RC_LRANGE,
	RC_LINDEX,
	RC_ZCARD,
	RC_ZCOUNT,
	RC_ZRANGE,
	RC_ZRANGEBYSCORE,
	RC_ZREVRANGEBYSCORE,
	RC_HGETALL,
	RC_HMGET,
	RC_SENTINEL,
};

/* Requests that may be waiting for their answers at one time. */
#define REDIS_BATCH 100

/* One value of an answer: the answer itself (depth 0) or an element of a list in it. */
struct redis_value {
	const char *s; /* text, not terminated, valid during the call; NULL: nil */
	size_t len;
	int64_t number; /* of an integer answer, at depth 0 only */
	unsigned depth;
	size_t index; /* in its list */
};
typedef void redis_sink(void *arg, const struct redis_value *);

struct redis_item {
	const char *s; /* terminated; NULL: nil */
	size_t len;
};
struct redis_items {
	struct redis_item *items;
	size_t n, cap;
};

struct redis;

enum part_status redis_open(struct redis **, const struct run *, const struct redis_url *, struct err *) MUST;
void redis_close(struct redis *); /* NULL is fine */
/* Logs in. A server that has no password is content with any. */
enum part_status redis_auth(struct redis *, const char *user, const char *password, struct err *) MUST;

/* Arguments of a request: REDIS_ARGS(key, "0", "-1"). */
#define REDIS_ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Adds a request to the batch; at most REDIS_BATCH may wait. It leaves with the next redis_get. */
void redis_put(struct redis *, enum redis_command, const char *const *args);
/*
 * The answer to the oldest request that waits. `sink` (or NULL) sees its values as they arrive, so
 * on failure it may have seen a part. After a failure nothing waits any more: the answers to the
 * rest of the batch were read and dropped.
 */
enum part_status redis_get(struct redis *, redis_sink *, void *arg, struct err *) MUST;
/* Reads and drops the answers that still wait, for whoever gives up in the middle of a batch. */
void redis_forget(struct redis *);

/* For answers that are small: copied, nested lists in one row. */
enum part_status redis_get_items(struct redis *, struct arena *, struct redis_items *, struct err *) MUST;
enum part_status redis_get_number(struct redis *, int64_t *, struct err *) MUST;

int64_t redis_requests(const struct redis *);
int64_t redis_bytes(const struct redis *); /* received */

#endif
