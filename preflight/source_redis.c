#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_tables.h"
#include "text.h"

/* Why nothing can be said about jobs in a database that nobody ever used for Sidekiq. */
#define NOT_SIDEKIQ "this does not look like Sidekiq's Redis database (no queues, processes or " \
	"stat:processed): check host, port and database number"

/* The source is as good as the worst that it could not say. */
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
	char raw[sizeof s->shown * 2], where[sizeof s->shown], like[64] = "", db[32] = "";

	if (info->compatible[0] != '\0')
		(void)snprintf(like, sizeof like, " (like Redis %s)", info->compatible);
	if (url->socket == NULL || url->db != 0)
		(void)snprintf(db, sizeof db, ", database %lld", (long long)url->db);
	if (url->socket != NULL)
		(void)snprintf(where, sizeof where, "socket %s", url->socket);
	else
		(void)snprintf(where, sizeof where, "%s:%u", url->host, url->port);
	(void)snprintf(raw, sizeof raw, "%s%s%s%s on %s%s", info->server, info->version[0] != '\0' ? " " :
	    "", info->version, like, where, db);
	text_clean_into(s->shown, sizeof s->shown, raw);
	(void)snprintf(s->version, sizeof s->version, "%s", info->version);
	(void)snprintf(s->tls, sizeof s->tls, "%s", url->socket != NULL ? "unix_socket" : url->tls ?
	    "verify-full" : "plaintext");
	if (info->run_id[0] != '\0')
		(void)snprintf(s->identity, sizeof s->identity, "%s/%lld", info->run_id,
		    (long long)url->db);
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

static enum part_status
check_is_sidekiq(struct redis *c, struct err *e)
{
	int64_t n;
	enum part_status ps;

	redis_put(c, RC_EXISTS, REDIS_ARGS("queues", "processes", "stat:processed",
	    "resque:gitlab:queues", "resque:gitlab:processes", "resque:gitlab:stat:processed"));
	ps = redis_get_number(c, &n, e);
	if (ps != PS_COMPLETE || n > 0)
		return ps;
	(void)fail(e, NOWHERE, NOT_SIDEKIQ);
	return PS_ABSENT;
}

static enum part_status
look_around(struct redis *c, struct source *s, const struct run *run, struct sources *all,
    const struct redis_url *url, struct redis_server *server, struct err *e)
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
		(void)fail(e, NOWHERE, "this is a replica without a link to its primary, so its data may be "
		    "old: name the primary");
		return PS_UNREADABLE;
	}
	return check_is_sidekiq(c, e);
}

static void
redis_drop(struct redis **c)
{
	redis_close(*c);
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct redis_server server = {.info = {.server = "Redis"}};
	CLEANUP(redis_drop) struct redis *c = NULL;
	struct redis_url url;
	struct err e = {0};
	enum part_status ps = PS_ERROR;

	if (redis_url_parse(s->arena, s->endpoint, &url, &e)) {
		describe(s, &server.info, &url);
		ps = redis_open(&c, run, &url, &e);
	}
	if (ps == PS_COMPLETE)
		ps = look_around(c, s, run, all, &url, &server, &e);
	if (ps == PS_COMPLETE) {
		redis_read_tables(s, c, &server);
		sum_up(s);
	} else {
		source_end_all(s, ps, "%s", e.msg);
	}
	if (c != NULL) {
		s->requests = redis_requests(c);
		s->bytes = redis_bytes(c);
	}
}

const struct source_kind source_redis = {
	.name = "redis",
	.part_column = "instance",
	.readers = redis_readers,
	.collect = collect,
};
