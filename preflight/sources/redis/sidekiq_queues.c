/*
 * Sidekiq's queues: their names, wherever one is known from, and how long they are. The jobs in them are
 * counted by redis_list.c.
 */
#include "sources/redis/sidekiq.h"

#include <string.h>

#define KEYS_MAX 1000000 /* looked at in search of queues that are not registered */
#define FOUND_MAX ((size_t)1000)

struct tail {
	int64_t at;
	struct redis_job job;
};

static void
take_tail(void *arg, const struct redis_value *v)
{
	struct tail *t = arg;

	if (v->s == NULL)
		return;
	redis_job_parse(NULL, v->s, v->len, &t->job);
	t->at = t->job.kind == JOB_OURS ? t->job.at : 0;
}

static enum part_status
read_queue_batch(struct redis *c, bool tails, struct sidekiq_queue *q, size_t n, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < n; i++) {
		redis_put(c, RC_LLEN, REDIS_ARGS(q[i].key));
		if (tails)
			redis_put(c, RC_LINDEX, REDIS_ARGS(q[i].key, "-1"));
	}
	for (size_t i = 0; i < n && ps == PS_COMPLETE; i++) {
		struct tail tail = {0};

		ps = redis_get_number(c, &q[i].jobs, e);
		if (ps == PS_COMPLETE && tails)
			ps = redis_get(c, take_tail, &tail, e);
		q[i].oldest_at = tail.at;
	}
	return ps;
}

/* LAYOUTprefix queue:NAME of one page of a scan; all else is another's key. */
static void
take_key(struct arena *a, const char *key, struct sidekiq_names *out)
{
	for (size_t i = 0; i < LAYOUTS; i++) {
		const char *prefix = sidekiq_layouts[i].prefix;
		size_t n = strlen(prefix);

		if (strncmp(key, prefix, n) == 0 && strncmp(key + n, "queue:", 6) == 0 &&
		    out->by_layout[i].n < FOUND_MAX)
			ARENA_PUSH(a, &out->by_layout[i], arena_strdup(a, key + n + 6));
	}
}

/* SCAN may be refused, which says nothing about the queues. */
static enum part_status
scan_keys(struct redis *c, struct arena *a, struct sidekiq_names *out, struct err *e)
{
	CLEANUP(arena_drop) struct arena *page = arena_new();
	const char *cursor = "0";

	do {
		struct redis_items found = {0};
		enum part_status ps;

		redis_put(c, RC_SCAN, REDIS_ARGS(cursor, "MATCH", "*queue:*", "COUNT", "2000"));
		ps = redis_get_items(c, page, &found, e);
		if (ps == PS_DENIED)
			return PS_COMPLETE;
		if (ps != PS_COMPLETE)
			return ps;
		if (found.n == 0 || found.items[0].s == NULL) {
			(void)fail(e, NOWHERE, "Redis answers a scan without a cursor");
			return PS_UNREADABLE;
		}
		for (size_t i = 1; i < found.n; i++)
			take_key(a, found.items[i].s, out);
		cursor = found.items[0].s;
		out->keys += 2000;
		out->ended = strcmp(cursor, "0") == 0;
	} while (!out->ended && out->keys < KEYS_MAX);
	return PS_COMPLETE;
}

static void
take_word(void *arg, const struct redis_value *v)
{
	bool *is_list = arg;

	*is_list = v->len == 4 && memcmp(v->s, "list", 4) == 0;
}

/* A key of another kind is no queue, whatever its name. */
static enum part_status
keep_lists(struct redis *c, struct arena *a, const struct key_layout *l, struct texts *names, struct err *e)
{
	enum part_status ps = PS_COMPLETE;
	size_t n = 0;

	for (size_t i = 0; i < names->n && ps == PS_COMPLETE; i++) {
		bool is_list = false;

		redis_put(c, RC_TYPE, REDIS_ARGS(arena_printf(a, "%squeue:%s", l->prefix, names->items[i])));
		ps = redis_get(c, take_word, &is_list, e);
		if (is_list)
			names->items[n++] = names->items[i];
	}
	names->n = n;
	return ps == PS_DENIED ? PS_COMPLETE : ps;
}

enum part_status
sidekiq_find_names(struct redis *c, struct arena *a, const struct sidekiq_processes *processes,
    struct sidekiq_names *out, struct err *e)
{
	enum part_status ps = scan_keys(c, a, out, e);

	for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++)
		ps = keep_lists(c, a, &sidekiq_layouts[i], &out->by_layout[i], e);
	for (size_t i = 0; i < processes->n; i++) {
		const struct sidekiq_process *p = &processes->items[i];

		for (size_t k = 0; p->alive && k < p->queues.n; k++)
			ARENA_PUSH(a, &out->by_layout[p->layout - sidekiq_layouts], p->queues.items[k]);
	}
	return ps;
}

static enum part_status
name_queues(struct redis *c, struct arena *a, const struct key_layout *l, const struct texts *more,
    struct sidekiq_queues *out, struct err *e)
{
	struct texts names = {0};
	enum part_status ps = sidekiq_members(c, a, arena_printf(a, "%squeues", l->prefix), &names, e);

	for (size_t i = 0; more != NULL && i < more->n; i++)
		ARENA_PUSH(a, &names, more->items[i]);
	sidekiq_sort_once(&names);
	for (size_t i = 0; i < names.n; i++) {
		struct sidekiq_queue q = {.layout = l,
		    .name = names.items[i],
		    .key = arena_printf(a, "%squeue:%s", l->prefix, names.items[i])};

		ARENA_PUSH(a, out, q);
	}
	return ps;
}

enum part_status
sidekiq_read_queues(struct redis *c, struct arena *a, const struct sidekiq_names *more, bool tails,
    struct sidekiq_queues *out, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++)
		ps = name_queues(c, a, &sidekiq_layouts[i], more != NULL ? &more->by_layout[i] : NULL, out, e);
	for (size_t i = 0; ps == PS_COMPLETE && i < out->n; i += REDIS_BATCH / 2) {
		size_t n = out->n - i < REDIS_BATCH / 2 ? out->n - i : REDIS_BATCH / 2;

		ps = read_queue_batch(c, tails, &out->items[i], n, e);
	}
	return ps;
}
