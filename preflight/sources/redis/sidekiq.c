/*
 * Reads Sidekiq's processes, queues and cron entries from Redis, in every key layout that GitLab has used. Jobs
 * are in sidekiq_jobs.c and sidekiq_work.c.
 */
#include "sources/redis/sidekiq.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEMBERS_MAX ((size_t)20000)
#define SCANS_MAX 5000 /* a set from which much was deleted answers empty pages */

const struct key_layout sidekiq_layouts[LAYOUTS] = {
    {"plain", ""},
    {"namespaced", "resque:gitlab:"},
};

void
sidekiq_sort_once(struct texts *set)
{
	size_t n = 0;

	if (set->n > 1)
		qsort(set->items, set->n, sizeof *set->items, by_text);
	for (size_t i = 0; i < set->n; i++)
		if (n == 0 || strcmp(set->items[n - 1], set->items[i]) != 0)
			set->items[n++] = set->items[i];
	set->n = n;
}

static enum part_status
nonsense(const char *key, const char *what, struct err *e)
{
	(void)fail(e, NOWHERE, "the key %s: %s", key, what);
	return PS_UNREADABLE;
}

enum part_status
sidekiq_members(struct redis *c, struct arena *a, const char *key, struct texts *out, struct err *e)
{
	const char *cursor = "0";
	int scans = 0;

	do {
		struct redis_items found = {0};
		enum part_status ps;

		redis_put(c, RC_SSCAN, REDIS_ARGS(key, cursor, "COUNT", "1000"));
		ps = redis_get_items(c, a, &found, e);
		if (ps != PS_COMPLETE)
			return ps;
		if (found.n == 0 || found.items[0].s == NULL)
			return nonsense(key, "the reply to SCAN has no cursor", e);
		for (size_t i = 1; i < found.n; i++) {
			if (strlen(found.items[i].s) != found.items[i].len)
				return nonsense(key, "a name in it contains a zero byte", e);
			ARENA_PUSH(a, out, found.items[i].s);
		}
		if (out->n > MEMBERS_MAX || ++scans > SCANS_MAX) {
			(void)fail(e, NOWHERE,
			    "the key %s has more than %zu members, or its scan does not "
			    "end",
			    key, MEMBERS_MAX);
			return PS_TRUNCATED;
		}
		cursor = found.items[0].s;
	} while (strcmp(cursor, "0") != 0);
	sidekiq_sort_once(out); /* SSCAN may name a member twice */
	return PS_COMPLETE;
}

static int64_t
item_number(const struct redis_item *item)
{
	double v;

	if (item->s == NULL || !redis_number(item->s, item->len, &v) || v < -1e15 || v > 1e15)
		return 0;
	return (int64_t)v;
}

static int64_t
item_time(const struct redis_item *item)
{
	double v;

	return item->s != NULL && redis_number(item->s, item->len, &v) ? redis_time(v) : 0;
}

static const char *
arena_json_string(struct arena *a, const json_t *v)
{
	return json_is_string(v) ? arena_strdup(a, json_string_value(v)) : NULL;
}

/* The part of an identity (host:pid:nonce) before its first colon. */
static const char *
host_of(struct arena *a, const char *identity)
{
	return arena_strndup(a, identity, strcspn(identity, ":"));
}

static bool
read_info(struct arena *a, const struct redis_item *info, struct sidekiq_process *p)
{
	CLEANUP(json_drop) json_t *o = json_loadb(info->s, info->len, 0, NULL);
	const json_t *queues = json_object_get(o, "queues"), *started, *concurrency;
	CLEANUP(free_ptr) char *dump = NULL;
	const char *host;

	if (!json_is_array(queues))
		return false;
	for (size_t i = 0; i < json_array_size(queues); i++) {
		const char *name = arena_json_string(a, json_array_get(queues, i));

		if (name != NULL)
			ARENA_PUSH(a, &p->queues, name);
	}
	dump = json_dumps(queues, JSON_COMPACT);
	p->queues_json = arena_strdup(a, dump != NULL ? dump : "[]");
	host = arena_json_string(a, json_object_get(o, "hostname"));
	if (host != NULL)
		p->hostname = host;
	p->version = arena_json_string(a, json_object_get(o, "version"));
	started = json_object_get(o, "started_at");
	if (json_is_number(started))
		p->started_at = redis_time(json_number_value(started));
	concurrency = json_object_get(o, "concurrency");
	p->concurrency = json_is_integer(concurrency) ? json_integer_value(concurrency) : 0;
	return true;
}

/* Sidekiq lets the hash expire after a minute without a beat; the set keeps the name. */
static enum part_status
read_process(struct redis *c, struct arena *a, struct sidekiq_process *p, struct err *e)
{
	struct redis_items f = {0};
	enum part_status ps = redis_get_items(c, a, &f, e);

	if (ps != PS_COMPLETE)
		return ps;
	if (f.n != 4)
		return nonsense(p->identity, "the reply has a wrong number of fields", e);
	if (f.items[0].s == NULL && f.items[2].s == NULL)
		return PS_COMPLETE;
	p->alive = true;
	p->busy = item_number(&f.items[1]);
	p->beat_at = item_time(&f.items[2]);
	p->quiet = f.items[3].s != NULL && strcmp(f.items[3].s, "true") == 0;
	if (f.items[0].s == NULL || !read_info(a, &f.items[0], p))
		return nonsense(p->identity, "the data of this Sidekiq process does not parse", e);
	return PS_COMPLETE;
}

static enum part_status
read_layout_processes(
    struct redis *c, struct arena *a, const struct key_layout *l, struct sidekiq_processes *out, struct err *e)
{
	struct texts names = {0};
	enum part_status ps = sidekiq_members(c, a, arena_printf(a, "%sprocesses", l->prefix), &names, e);

	for (size_t i = 0; ps == PS_COMPLETE && i < names.n; i += REDIS_BATCH) {
		size_t end = i + REDIS_BATCH < names.n ? i + REDIS_BATCH : names.n;

		for (size_t k = i; k < end; k++)
			redis_put(c, RC_HMGET,
			    REDIS_ARGS(
				arena_printf(a, "%s%s", l->prefix, names.items[k]), "info", "busy", "beat", "quiet"));
		for (size_t k = i; ps == PS_COMPLETE && k < end; k++) {
			struct sidekiq_process p = {.layout = l,
			    .identity = names.items[k],
			    .hostname = host_of(a, names.items[k]),
			    .queues_json = "[]"};

			ps = read_process(c, a, &p, e);
			ARENA_PUSH(a, out, p);
		}
	}
	return ps;
}

enum part_status
sidekiq_read_processes(struct redis *c, struct arena *a, struct sidekiq_processes *out, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++)
		ps = read_layout_processes(c, a, &sidekiq_layouts[i], out, e);
	return ps;
}

/* +0200, -05:30, Z, UTC, or nothing: minutes east of UTC. */
static bool
read_zone(const char *s, int *minutes)
{
	int h, m, n = 0, sign = *s == '-' ? -1 : 1;

	*minutes = 0;
	if (*s == '\0' || strcmp(s, "Z") == 0 || strcmp(s, "UTC") == 0 || strcmp(s, "GMT") == 0)
		return true;
	if ((*s != '+' && *s != '-') ||
	    (sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) != 2 && sscanf(s + 1, "%2d%2d%n", &h, &m, &n) != 2) ||
	    s[1 + n] != '\0')
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

bool
sidekiq_time(const char *s, int64_t *us)
{
	struct tm t = {0};
	char between;
	int n = 0, zone;

	if (sscanf(s, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &between, &t.tm_hour, &t.tm_min,
		&t.tm_sec, &n) != 7 ||
	    n == 0 || (between != ' ' && between != 'T'))
		return false;
	s += n;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	s += strspn(s, " ");
	if (!read_zone(s, &zone) || t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12)
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	*us = ((int64_t)timegm(&t) - (int64_t)zone * 60) * 1000000;
	return true;
}

static bool
is_known(const struct sidekiq_crons *all, const struct key_layout *l, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].layout == l && strcmp(all->items[i].name, name) == 0)
			return true;
	return false;
}

/* One hash of a cron entry: klass, status, last_enqueue_time, name. */
static enum part_status
read_cron(struct redis *c, struct arena *a, const struct key_layout *l, const char *key, struct sidekiq_crons *out,
    struct err *e)
{
	struct sidekiq_cron cron = {.layout = l, .class_name = "", .status = "", .name = key};
	struct redis_items f = {0};
	enum part_status ps = redis_get_items(c, a, &f, e);
	const char *last;

	if (ps != PS_COMPLETE)
		return ps;
	if (f.n != 4)
		return nonsense(key, "the reply has a wrong number of fields", e);
	last = f.items[2].s;
	if (f.items[0].s == NULL && f.items[1].s == NULL && f.items[3].s == NULL)
		return PS_COMPLETE; /* deleted between the two looks */
	if (f.items[0].s != NULL)
		cron.class_name = f.items[0].s;
	if (f.items[1].s != NULL)
		cron.status = f.items[1].s;
	cron.key = arena_printf(a, "%s%s", l->prefix, key);
	cron.bad_time = last != NULL && last[0] != '\0' && !sidekiq_time(last, &cron.last_enqueued_at);
	if (f.items[3].s != NULL && f.items[3].s[0] != '\0')
		cron.name = f.items[3].s;
	else if (strrchr(key, ':') != NULL)
		cron.name = strrchr(key, ':') + 1;
	if (!is_known(out, l, cron.name))
		ARENA_PUSH(a, out, cron);
	return PS_COMPLETE;
}

static enum part_status
read_cron_set(struct redis *c, struct arena *a, const struct key_layout *l, const char *set, struct sidekiq_crons *out,
    struct err *e)
{
	struct texts keys = {0};
	enum part_status ps = sidekiq_members(c, a, arena_printf(a, "%s%s", l->prefix, set), &keys, e);

	for (size_t i = 0; ps == PS_COMPLETE && i < keys.n; i += REDIS_BATCH) {
		size_t end = i + REDIS_BATCH < keys.n ? i + REDIS_BATCH : keys.n;

		for (size_t k = i; k < end; k++)
			redis_put(c, RC_HMGET,
			    REDIS_ARGS(arena_printf(a, "%s%s", l->prefix, keys.items[k]), "klass", "status",
				"last_enqueue_time", "name"));
		for (size_t k = i; ps == PS_COMPLETE && k < end; k++)
			ps = read_cron(c, a, l, keys.items[k], out, e);
	}
	return ps;
}

/* sidekiq-cron 2 has a set of its own; what an older one left behind under the same name is stale. */
enum part_status
sidekiq_read_crons(struct redis *c, struct arena *a, struct sidekiq_crons *out, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++) {
		ps = read_cron_set(c, a, &sidekiq_layouts[i], "cron_jobs:default", out, e);
		if (ps == PS_COMPLETE)
			ps = read_cron_set(c, a, &sidekiq_layouts[i], "cron_jobs", out, e);
	}
	return ps;
}
