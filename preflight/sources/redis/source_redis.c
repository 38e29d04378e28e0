/*
 * The kind of source `redis`: connects (through Sentinels if need be), checks that this Redis is GitLab's Sidekiq,
 * and reads its tables; starts again after a failover.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/redis/redis_sentinel.h"
#include "sources/redis/redis_tables.h"
#include "sources/redis/sidekiq.h"
#include "base/text.h"

/*
 * Why a database that Sidekiq never used yields no facts about jobs. Whether it is GitLab's Sidekiq is for the
 * rules to decide: control in sources.yml.
 */
#define NOT_SIDEKIQ \
	"this does not look like Sidekiq's Redis database (no queues, processes, cron jobs or jobs): check " \
	"host, port and database number"

/* After a failover the Sentinels name the new primary within seconds; so long it is looked for. */
#define FAILOVER_US 30000000
#define PAUSE_US 1000000

/* The status of the source is the worst of its tables. */
static void
sum_up(struct source *s)
{
	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows && s->status == PS_COMPLETE; i++) {
		s->status = s->rows[i]->status;
		if (s->status != PS_COMPLETE)
			memcpy(s->reason, s->rows[i]->reason, sizeof s->reason);
	}
}

/* How people read where this is; before INFO has answered, without a version. */
static void
describe(struct source *s, const struct redis_info *info, const struct redis_url *url)
{
	char raw[sizeof s->shown * 3], where[sizeof s->shown], like[64] = "", db[32] = "", by[128] = "";

	if (info->compatible[0] != '\0')
		(void)snprintf(like, sizeof like, " (like Redis %s)", info->compatible);
	if (url->socket == NULL || url->db != 0)
		(void)snprintf(db, sizeof db, ", database %lld", (long long)url->db);
	if (url->socket != NULL)
		(void)snprintf(where, sizeof where, "socket %s", url->socket);
	else
		(void)snprintf(where, sizeof where, "%s:%u", url->host, url->port);
	if (url->primary != NULL)
		(void)snprintf(by, sizeof by, ", primary %.80s of the Sentinels", url->primary);
	if (url->sentinels.n > 0)
		(void)snprintf(where, sizeof where, "a host that Sentinel %.100s:%u knows",
		    url->sentinels.items[0].host, url->sentinels.items[0].port);
	(void)snprintf(raw, sizeof raw, "%s%s%s%s on %s%s%s", info->server, info->version[0] != '\0' ? " " : "",
	    info->version, like, where, db, by);
	text_clean_into(s->shown, sizeof s->shown, raw);
	(void)snprintf(s->version, sizeof s->version, "%s", info->version);
	(void)snprintf(s->tls, sizeof s->tls, "%s",
	    url->socket != NULL ? "unix_socket"
		: url->tls      ? "verify-full"
				: "plaintext");
	if (info->run_id[0] != '\0')
		(void)snprintf(s->identity, sizeof s->identity, "%s/%lld", info->run_id, (long long)url->db);
}

/* Rows that the other source has, because it is the same database, are not read twice. */
static void
leave_to(const char *other, struct source *s)
{
	const char *part = strchr(other, ':') != NULL ? strchr(other, ':') + 1 : other;

	for (size_t i = 0; i < s->n_rows; i++)
		for (size_t k = 0; k < s->rows[i]->fact->n_parts; k++)
			if (strcmp(s->rows[i]->fact->parts[k], part) == 0)
				rows_end(s->rows[i], PS_COMPLETE, "%s", "");
}

/* Other instances of GitLab hold what Sidekiq does not need: there only the server is looked at. */
static bool
is_for_sidekiq(const struct source *s)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i]->fact->from, "server") != 0)
			return true;
	return s->n_rows == 0;
}

static enum part_status
check_is_sidekiq(struct redis *c, const struct source *s, struct err *e)
{
	static const char *const keys[] = {
	    "queues", "processes", "cron_jobs", "cron_jobs:default", "schedule", "retry", "dead"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *args[LAYOUTS * nitems(keys) + 1];
	enum part_status ps;
	int64_t n;

	if (!is_for_sidekiq(s))
		return PS_COMPLETE;
	for (size_t i = 0; i < LAYOUTS * nitems(keys); i++)
		args[i] = arena_printf(a, "%s%s", sidekiq_layouts[i / nitems(keys)].prefix, keys[i % nitems(keys)]);
	args[LAYOUTS * nitems(keys)] = NULL;
	redis_put(c, RC_EXISTS, args);
	ps = redis_get_number(c, &n, e);
	if (ps != PS_COMPLETE || n > 0)
		return ps;
	(void)fail(e, NOWHERE, NOT_SIDEKIQ);
	return PS_ABSENT;
}

static enum part_status
look_around(struct redis *c, struct source *s, const struct run *run, struct sources *all, const struct redis_url *url,
    struct redis_server *server, struct err *e)
{
	enum part_status ps = redis_login(c, s, url, e);
	const char *same;

	if (ps != PS_COMPLETE)
		return ps;
	server->status = redis_read_info(c, &server->info, &server->error);
	describe(s, &server->info, url);
	same = sources_same_store(all, s, run);
	if (same != NULL)
		leave_to(same, s);
	if (server->info.link_down) {
		(void)fail(e, NOWHERE,
		    "this is a replica without a link to its primary, so its data may be "
		    "old: name the primary");
		return PS_UNREADABLE;
	}
	if (url->primary != NULL && strcmp(server->info.role, "slave") == 0) {
		(void)fail(e, NOWHERE,
		    "the Sentinels named %.100s:%u, which is a replica: a failover is under "
		    "way",
		    url->host, url->port);
		return PS_UNREADABLE;
	}
	return check_is_sidekiq(c, s, e);
}

static void
redis_drop(struct redis **c)
{
	redis_close(*c);
}

/*
 * A primary that was replaced while it was read still answers, but no longer with what is true.
 * An INFO that is refused says nothing; it was refused before as well.
 */
static void
check_still_primary(struct redis *c, struct source *s)
{
	struct redis_info now;
	struct err e;

	if (redis_read_info(c, &now, &e) != PS_COMPLETE || strcmp(now.role, "slave") != 0)
		return;
	for (size_t i = 0; i < s->n_rows; i++)
		rows_end(s->rows[i], PS_UNREACHABLE, "a failover made this Redis a replica while it was read");
	s->status = PS_UNREACHABLE;
	memcpy(s->reason, s->rows[0]->reason, sizeof s->reason);
}

/* One look at the Redis of `url`, which names no Sentinels. */
static void
read_from(const struct run *run, struct sources *all, struct source *s, const struct redis_url *url)
{
	struct redis_server server = {.info = {.server = "Redis"}};
	CLEANUP(redis_drop) struct redis *c = NULL;
	struct err e = {0};
	enum part_status ps;

	describe(s, &server.info, url);
	ps = redis_open(&c, run, url, &e);
	if (ps == PS_COMPLETE)
		ps = look_around(c, s, run, all, url, &server, &e);
	if (ps == PS_COMPLETE) {
		redis_read_tables(s, c, &server);
		sum_up(s);
	} else {
		source_end_all(s, ps, "%s", e.msg);
	}
	if (s->status == PS_COMPLETE && url->primary != NULL && s->n_rows > 0)
		check_still_primary(c, s);
	if (c != NULL) {
		s->requests += redis_requests(c);
		s->bytes += redis_bytes(c);
	}
}

static bool
may_be_failover(const struct source *s)
{
	return s->status == PS_UNREACHABLE || s->status == PS_UNREADABLE || s->status == PS_TIMEOUT;
}

/*
 * What the Sentinels name, read from the start again where a failover came in between: no table is
 * put together from two primaries.
 */
static void
read_by_sentinels(const struct run *run, struct sources *all, struct source *s, const struct redis_url *url)
{
	int64_t until = clock_mono_us() + FAILOVER_US;

	for (;;) {
		struct redis_url primary;
		struct err e = {0};
		enum part_status ps = redis_find_primary(run, s, url, &primary, &e);

		if (ps != PS_COMPLETE) {
			source_end_all(s, ps, "%s", e.msg);
			return;
		}
		read_from(run, all, s, &primary);
		if (!may_be_failover(s) || clock_mono_us() + PAUSE_US > until ||
		    run_wait(run, -1, 0, clock_mono_us() + PAUSE_US) != W_TIMEOUT ||
		    clock_mono_us() >= run->deadline_us)
			return;
		for (size_t i = 0; i < s->n_rows; i++)
			rows_end(s->rows[i], PS_NOT_COLLECTED, "%s", "");
	}
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct redis_url url;
	struct err e = {0};

	if (!redis_url_parse(s->arena, s->endpoint, &url, &e)) {
		source_end_all(s, PS_ERROR, "%s", e.msg);
		return;
	}
	describe(s, &(const struct redis_info){.server = "Redis"}, &url);
	if (url.sentinels.n > 0)
		read_by_sentinels(run, all, s, &url);
	else
		read_from(run, all, s, &url);
}

/* Keys exist plain and with the prefix resque:gitlab:; each line is about both. */
static void
describe_keys(const struct source *s, FILE *f)
{
	static const char *const lines[] = {
	    "  SELECT its database; INFO server, replication; TIME",
	    "  EXISTS, TYPE  queues processes cron_jobs cron_jobs:default schedule retry dead",
	    "  SCAN          MATCH *queue:*, at most a million keys",
	    "  TYPE          queue:NAME of what it finds",
	    "  SSCAN         processes queues cron_jobs cron_jobs:default",
	    "  HMGET         IDENTITY of each process, cron_job:NAME of each entry",
	    "  HGETALL       IDENTITY:work IDENTITY:workers of each process",
	    "  EXISTS, LRANGE  working:queue:NAME:IDENTITY of each process",
	    "  LLEN, LRANGE, LINDEX  queue:NAME of each queue",
	    "  ZCARD, ZCOUNT, ZRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE  schedule retry dead",
	};

	for (size_t i = 0; i < (is_for_sidekiq(s) ? nitems(lines) : 1); i++)
		(void)fprintf(f, "%s\n", lines[i]);
	if (is_for_sidekiq(s))
		(void)fputs("  Each key as shown, and with the prefix resque:gitlab:\n", f);
}

static void
show(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  connects to   %s\n", s->endpoint);
	if (s->password != NULL || s->password_file != NULL)
		(void)fputs("  AUTH          with the password that GitLab's files or the options name\n", f);
	if (strstr(s->endpoint, "+sentinel://") != NULL)
		(void)fputs("  SENTINEL get-master-addr-by-name  to each Sentinel, until one returns the primary\n", f);
	describe_keys(s, f);
}

const struct source_kind source_redis = {
    .name = "redis",
    .part_column = "instance",
    .readers = redis_readers,
    .collect = collect,
    .describe = show,
};
