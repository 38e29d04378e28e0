/*
 * Any bytes as what a Redis answers, over a real socket: the client ends with a reason or an answer, and after a failure
 * it stays dead. Three requests of three kinds wait for them: one that is counted, one that is copied, one that streams.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "base/base.h"
#include "sources/redis/redis_client.h"

#define ANSWER_MAX ((size_t)64 * 1024) /* fits the buffer of a socket: nobody reads while it is written */

static int
listener(struct sockaddr_un *at)
{
	static int fd = -1;

	*at = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(at->sun_path, sizeof at->sun_path, "/tmp/pf-fuzz-resp.%d", (int)getpid());
	if (fd >= 0)
		return fd;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)unlink(at->sun_path);
	demand(fd >= 0 && bind(fd, (const struct sockaddr *)at, sizeof *at) == 0 && listen(fd, 4) == 0, "no socket");
	return fd;
}

static void
count(void *arg, const struct redis_value *v)
{
	size_t *bytes = arg;

	*bytes += v->s != NULL ? v->len : 0;
}

static void
ask(struct redis *r, struct arena *a)
{
	struct redis_items items = {0};
	struct err e = {0};
	size_t bytes = 0;
	int64_t number;
	bool dead = false;

	redis_put(r, RC_LLEN, REDIS_ARGS("queue"));
	redis_put(r, RC_HMGET, REDIS_ARGS("key", "field"));
	redis_put(r, RC_LRANGE, REDIS_ARGS("queue", "0", "-1"));
	for (int i = 0; i < 3 && !dead; i++) {
		enum part_status s = i == 0 ? redis_get_number(r, &number, &e)
		    : i == 1                ? redis_get_items(r, a, &items, &e)
					    : redis_get(r, count, &bytes, &e);

		dead = s != PS_COMPLETE;
		if (dead)
			demand_message(&e);
	}
	for (size_t i = 0; i < items.n; i++)
		demand(items.items[i].s == NULL || items.items[i].s[items.items[i].len] == '\0', "not terminated");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sockaddr_un at;
	int server = listener(&at), peer;
	struct run run = {.deadline_us = clock_mono_us() + 5000000, .stop_fd = -1};
	struct arena *a = arena_new();
	struct redis_url url = {.socket = at.sun_path};
	struct redis *r = NULL;
	struct err e = {0};

	demand(redis_open(&r, &run, &url, &e) == PS_COMPLETE, e.msg);
	peer = accept(server, NULL, NULL);
	demand(peer >= 0, "no connection");
	demand(write(peer, data, len < ANSWER_MAX ? len : ANSWER_MAX) >= 0, "nothing is written");
	(void)shutdown(peer, SHUT_WR);
	ask(r, a);
	redis_close(r);
	(void)close(peer);
	arena_free(a);
	return 0;
}
