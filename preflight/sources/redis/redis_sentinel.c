/* Asks Redis Sentinels for the address of the primary. Connecting to it is left to source_redis.c. */
#include "sources/redis/redis_sentinel.h"

#include "sources/redis/redis_job.h"

static void
redis_drop(struct redis **c)
{
	redis_close(*c);
}

static enum part_status
not_known(const struct redis_url *url, struct err *e)
{
	(void)fail(e, NOWHERE,
	    "monitors no primary called %.100s: check the name behind the hosts of the URL "
	    "(GitLab's resque.yml has it as the host of its redis:// URL)",
	    url->primary);
	return PS_ABSENT;
}

static enum part_status
take_address(const struct source *s, const struct redis_url *url, const struct redis_items *answer,
    struct redis_url *out, struct err *e)
{
	double port;

	if (answer->n == 0)
		return not_known(url, e);
	if (answer->n != 2 || answer->items[0].s == NULL || answer->items[0].len == 0 || answer->items[1].s == NULL ||
	    !redis_number(answer->items[1].s, answer->items[1].len, &port) || port < 1 || port > 65535) {
		(void)fail(e, NOWHERE, "what came back for SENTINEL is no address");
		return PS_UNREADABLE;
	}
	*out = *url;
	out->host = arena_strndup(s->arena, answer->items[0].s, answer->items[0].len);
	out->port = (unsigned)port;
	out->sentinels = (struct redis_hosts){0};
	return PS_COMPLETE;
}

static enum part_status
ask_one(const struct run *run, const struct source *s, const struct redis_url *url, const struct redis_host *at,
    struct redis_url *out, struct err *e)
{
	const struct redis_url sentinel = {
	    .host = at->host, .port = at->port, .tls = url->sentinel_tls, .files = url->sentinel_files};
	CLEANUP(redis_drop) struct redis *c = NULL;
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct redis_items answer = {0};
	enum part_status ps = redis_open(&c, run, &sentinel, e);

	if (ps == PS_COMPLETE)
		ps = redis_login_sentinel(c, s, e);
	if (ps == PS_COMPLETE) {
		redis_put(c, RC_SENTINEL, REDIS_ARGS("get-master-addr-by-name", url->primary));
		ps = redis_get_items(c, a, &answer, e);
	}
	if (ps == PS_DENIED)
		(void)fail(e, NOWHERE,
		    "asks for a password, or refuses the one it got: name the file of the "
		    "Sentinels' password with --sentinel-password-file, or set PREFLIGHT_SENTINEL_PASSWORD");
	return ps == PS_COMPLETE ? take_address(s, url, &answer, out, e) : ps;
}

enum part_status
redis_find_primary(
    const struct run *run, const struct source *s, const struct redis_url *url, struct redis_url *out, struct err *e)
{
	enum part_status ps = PS_ERROR;

	for (size_t i = 0; i < url->sentinels.n; i++) {
		const struct redis_host *at = &url->sentinels.items[i];
		struct err why = {0};
		enum part_status now = ask_one(run, s, url, at, out, &why);

		if (now == PS_COMPLETE)
			return now;
		err_prefix(&why, "Sentinel %.100s:%u", at->host, at->port);
		/* A Sentinel that answers is preferred to one that is down. */
		if (i == 0 || ps == PS_UNREACHABLE) {
			ps = now;
			*e = why;
		}
	}
	return ps;
}
