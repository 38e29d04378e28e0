/*
 * Reads the jobs that are being executed, from the work hashes of processes and the lists of reliable fetch.
 * Waiting jobs are in sidekiq_jobs.c.
 */
#include "sources/redis/sidekiq_work.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FETCH_LIST_MAX 1000 /* a process holds as many jobs as it has threads */

struct ids {
	const char **items;
	size_t n, cap;
};

struct working {
	struct redis *c;
	struct arena *arena;
	const struct redis_workers *workers;
	struct sidekiq_works *out;
	struct ids seen; /* jobs that were counted */
	const struct key_layout *layout;
	const char *queue;
	const char *key; /* being read */
	struct redis_job job;
	size_t n;
	bool odd; /* something in it does not parse */
};

static bool
is_seen(struct working *w)
{
	if (w->job.id[0] == '\0')
		return false;
	for (size_t i = 0; i < w->seen.n; i++)
		if (strcmp(w->seen.items[i], w->job.id) == 0)
			return true;
	ARENA_PUSH(w->arena, &w->seen, arena_strdup(w->arena, w->job.id));
	return false;
}

static bool
is_work_of(const struct sidekiq_work *k, const struct working *w, const char *queue)
{
	return k->layout == w->layout && k->worker == w->job.worker && strcmp(k->queue, queue) == 0 &&
	    strcmp(k->class_name, w->job.name) == 0 && k->has_migration == w->job.has_number &&
	    k->migration_id == w->job.number;
}

/* begun_at: 0 where only the list of a process has the job, which does not say since when. */
static void
count(struct working *w, const char *queue, int64_t begun_at)
{
	struct sidekiq_work *k = NULL;

	for (size_t i = 0; i < w->out->n && k == NULL; i++)
		if (is_work_of(&w->out->items[i], w, queue))
			k = &w->out->items[i];
	if (k == NULL) {
		struct sidekiq_work fresh = {.layout = w->layout,
		    .worker = w->job.worker,
		    .queue = arena_strdup(w->arena, queue),
		    .class_name = arena_strdup(w->arena, w->job.name),
		    .has_migration = w->job.has_number,
		    .migration_id = w->job.number};

		ARENA_PUSH(w->arena, w->out, fresh);
		k = &w->out->items[w->out->n - 1];
	}
	k->jobs++;
	if (begun_at != 0 && (k->oldest_at == 0 || begun_at < k->oldest_at))
		k->oldest_at = begun_at;
}

/* False: the payload does not parse, so it could be any job. */
static bool
take_payload(struct working *w, const char *s, size_t len, const char *queue, int64_t begun_at)
{
	redis_job_parse(w->workers, s, len, &w->job);
	if (w->job.kind == JOB_OURS && !is_seen(w))
		count(w, queue, begun_at);
	return w->job.kind != JOB_UNREADABLE;
}

/* {"queue":..,"payload":..,"run_at":..}: the payload is JSON in a string, in Sidekiq 5 an object. */
static bool
take_entry(struct working *w, const struct redis_value *v)
{
	CLEANUP(json_drop) json_t *o = json_loadb(v->s, v->len, 0, NULL);
	const json_t *payload = json_object_get(o, "payload"), *run_at = json_object_get(o, "run_at");
	const char *queue = json_string_value(json_object_get(o, "queue"));
	int64_t begun_at = json_is_number(run_at) ? redis_time(json_number_value(run_at)) : 0;
	CLEANUP(free_ptr) char *dump = NULL;

	if (queue == NULL)
		queue = "";
	if (json_is_string(payload))
		return take_payload(w, json_string_value(payload), json_string_length(payload), queue, begun_at);
	if (!json_is_object(payload))
		return false;
	dump = json_dumps(payload, JSON_COMPACT);
	return dump != NULL && take_payload(w, dump, strlen(dump), queue, begun_at);
}

static void
take_field(void *arg, const struct redis_value *v)
{
	struct working *w = arg;

	if (v->depth == 0 || v->s == NULL || w->n++ % 2 == 0)
		return;
	w->odd = !take_entry(w, v) || w->odd;
}

static void
take_element(void *arg, const struct redis_value *v)
{
	struct working *w = arg;

	if (v->depth == 0 || v->s == NULL)
		return;
	w->n++;
	w->odd = !take_payload(w, v->s, v->len, w->queue, 0) || w->odd;
}

static enum part_status
get(struct working *w, redis_sink *sink, struct err *e)
{
	enum part_status ps;

	w->n = 0;
	ps = redis_get(w->c, sink, w, e);
	if (ps == PS_COMPLETE && w->odd) {
		(void)fail(e, NOWHERE, "the key %s contains a job that does not parse", w->key);
		return PS_UNREADABLE;
	}
	return ps;
}

static enum part_status
read_hash(struct working *w, const char *identity, const char *suffix, struct err *e)
{
	w->key = arena_printf(w->arena, "%s%s:%s", w->layout->prefix, identity, suffix);
	redis_put(w->c, RC_HGETALL, REDIS_ARGS(w->key));
	return get(w, take_field, e);
}

/* The lists of up to a batch of queues, if there is any of them. */
static enum part_status
read_lists(struct working *w, const char *const *keys, const char *const *queues, size_t n, struct err *e)
{
	int64_t existing;
	enum part_status ps;

	redis_put(w->c, RC_EXISTS, keys);
	ps = redis_get_number(w->c, &existing, e);
	if (ps != PS_COMPLETE || existing == 0)
		return ps;
	for (size_t i = 0; i < n; i++)
		redis_put(w->c, RC_LRANGE, REDIS_ARGS(keys[i], "0", "999"));
	for (size_t i = 0; i < n && ps == PS_COMPLETE; i++) {
		w->key = keys[i];
		w->queue = queues[i];
		ps = get(w, take_element, e);
		if (ps == PS_COMPLETE && w->n >= FETCH_LIST_MAX) {
			(void)fail(e, NOWHERE, "the key %s contains %d jobs or more", keys[i], FETCH_LIST_MAX);
			return PS_TRUNCATED;
		}
	}
	return ps;
}

/* working:queue:NAME:IDENTITY; older releases leave out the nonce behind host and pid. */
static enum part_status
read_fetch_lists(struct working *w, const char *identity, const struct texts *queues, struct err *e)
{
	const char *nonce = strrchr(identity, ':');
	int without = nonce != NULL ? (int)(nonce - identity) : (int)strlen(identity);
	CLEANUP(arena_drop) struct arena *a = arena_new(); /* processes times queues: many names */
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < queues->n && ps == PS_COMPLETE; i += REDIS_BATCH / 2) {
		const char *keys[REDIS_BATCH + 1], *names[REDIS_BATCH];
		size_t n = 0;

		for (size_t k = i; k < queues->n && k < i + REDIS_BATCH / 2; k++) {
			const char *q = queues->items[k];

			names[n] = names[n + 1] = q;
			keys[n++] = arena_printf(a, "%sworking:queue:%s:%s", w->layout->prefix, q, identity);
			keys[n++] = arena_printf(a, "%sworking:queue:%s:%.*s", w->layout->prefix, q, without, identity);
		}
		keys[n] = NULL;
		ps = read_lists(w, keys, names, n, e);
	}
	return ps;
}

/*
 * A process that died keeps its lists until another one puts the jobs back; which queues it served
 * is no longer known, so all of them are looked at.
 */
static enum part_status
read_process_work(struct working *w, const struct sidekiq_process *p, const struct texts *known, struct err *e)
{
	enum part_status ps = read_hash(w, p->identity, "work", e);

	if (ps == PS_COMPLETE)
		ps = read_hash(w, p->identity, "workers", e);
	if (ps == PS_COMPLETE)
		ps = read_fetch_lists(w, p->identity, p->alive ? &p->queues : known, e);
	return ps;
}

enum part_status
sidekiq_read_work(
    struct redis *c, struct arena *a, const struct redis_workers *workers, struct sidekiq_works *out, struct err *e)
{
	struct working w = {.c = c, .arena = a, .workers = workers, .out = out};
	struct texts known[LAYOUTS] = {{0}};
	struct sidekiq_processes processes = {0};
	enum part_status ps = sidekiq_read_processes(c, a, &processes, e);

	for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++)
		ps = sidekiq_members(c, a, arena_printf(a, "%squeues", sidekiq_layouts[i].prefix), &known[i], e);
	for (size_t i = 0; i < processes.n && ps == PS_COMPLETE; i++) {
		w.layout = processes.items[i].layout;
		ps = read_process_work(&w, &processes.items[i], &known[w.layout - sidekiq_layouts], e);
	}
	return ps;
}
