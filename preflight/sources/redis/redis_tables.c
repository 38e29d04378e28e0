/*
 * The readers of the kind redis: fills each declared table through one connection, and shares what several tables
 * need. Does not connect or log in.
 */
#include "sources/redis/redis_tables.h"

#include <string.h>

#include "sources/redis/sidekiq.h"
#include "sources/redis/sidekiq_jobs.h"
#include "base/yaml.h"
#include "sources/redis/sidekiq_work.h"

#define COLUMNS_MAX 16

/* One connection, and what several tables take from it. */
struct look {
	struct source *s;
	struct redis *c;
	const struct redis_server *server;
	struct arena *a;

	/* asked once */
	struct sidekiq_processes processes;
	struct sidekiq_names names; /* of queues, besides those that Sidekiq registers */
	struct sidekiq_jobs jobs;
	struct redis_workers workers; /* that any table counts the waiting jobs of */
	struct known {
		bool asked;
		enum part_status status;
		struct err error;
		int64_t at;
	} processes_known, names_known, jobs_known;
};

/* In the order in which they are read: jobs move from the sets to the queues and then to work. */
enum { R_SERVER, R_PROCESSES, R_SERVED_QUEUES, R_SCAN, R_QUEUES, R_CRONS, R_SETS, R_JOBS, R_WORK, R_END };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct reader redis_readers[] = {
    [R_SERVER] = {"server", WORDS("version", "role", "eviction", "read_at"), NULL},
    [R_PROCESSES] = {"processes",
	WORDS("layout", "identity", "hostname", "started_at", "beat_at", "quiet", "busy", "concurrency", "queues",
	    "version", "alive", "read_at"),
	NULL},
    [R_SERVED_QUEUES] = {"served_queues",
	WORDS("layout", "queue", "processes", "unquiet", "longest_started_at", "read_at"), NULL},
    [R_SCAN] = {"scan", WORDS("keys", "ended", "read_at"), NULL},
    [R_QUEUES] = {"queues", WORDS("layout", "queue", "jobs", "oldest_at", "read_at"), NULL},
    [R_CRONS] = {"crons",
	WORDS("layout", "key", "name", "class_name", "status", "last_enqueued_at", "bad_time", "read_at"), NULL},
    [R_SETS] = {"sets",
	WORDS("layout", "place", "queue", "entries_before", "entries_after", "entries_read", "unreadable", "read_at"),
	NULL},
    [R_JOBS] = {"jobs",
	WORDS("layout", "place", "queue", "worker", "class_name", "jobs", "oldest_at", "newest_at", "read_at"),
	WORDS("workers")},
    [R_WORK] = {"work",
	WORDS("layout", "queue", "worker", "class_name", "migration_id", "jobs", "oldest_at", "read_at"),
	WORDS("workers")},
    [R_END] = {NULL, NULL, NULL},
};

static size_t
reader_of(const struct rows *r)
{
	size_t i = 0;

	while (redis_readers[i].name != NULL && strcmp(redis_readers[i].name, r->fact->from) != 0)
		i++;
	return i;
}

/* `cells` stand in the reader's order; the declaration names some of them, in its own. */
static enum part_status
emit(struct rows *r, const struct cell *cells, struct err *e)
{
	const struct reader *reader = &redis_readers[reader_of(r)];
	struct cell row[COLUMNS_MAX];

	for (size_t i = 0; i < r->fact->n_columns; i++) {
		size_t k = 0;

		while (reader->columns[k] != NULL && strcmp(reader->columns[k], r->fact->columns[i].name) != 0)
			k++;
		if (reader->columns[k] == NULL || i == nitems(row)) {
			(void)fail(e, NOWHERE, "column %s is not of reader %s", r->fact->columns[i].name, reader->name);
			return PS_ERROR;
		}
		row[i] = cells[k];
	}
	if (rows_add(r, row, e))
		return PS_COMPLETE;
	return r->status == PS_TRUNCATED ? PS_TRUNCATED : PS_ERROR;
}

/* The server's clock. */
static enum part_status
read_time(struct look *l, int64_t *at, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct redis_items t = {0};
	double s, us;
	enum part_status ps;

	redis_put(l->c, RC_TIME, NULL);
	ps = redis_get_items(l->c, a, &t, e);
	if (ps != PS_COMPLETE)
		return ps;
	if (t.n == 2 && t.items[0].s != NULL && t.items[1].s != NULL &&
	    redis_number(t.items[0].s, t.items[0].len, &s) && s >= 0 && s < 1e11 &&
	    redis_number(t.items[1].s, t.items[1].len, &us) && us >= 0 && us < 1e6) {
		*at = (int64_t)s * 1000000 + (int64_t)us;
		return PS_COMPLETE;
	}
	(void)fail(e, NOWHERE, "what came back for TIME is no time");
	return PS_UNREADABLE;
}

/* The list of Sidekiq classes that the declaration asks about, added to `out`. */
static enum part_status
read_workers(struct look *l, const struct fact *f, struct redis_workers *out, struct err *e)
{
	const struct ynode *list = f->params != NULL ? yaml_get(f->params, "workers") : NULL;

	if (list == NULL || list->kind != Y_LIST || list->n == 0) {
		(void)fail(e, NOWHERE, "params: workers must be a list of Sidekiq classes");
		return PS_ERROR;
	}
	for (size_t i = 0; i < list->n; i++) {
		bool known = false;

		for (size_t k = 0; k < out->n; k++)
			known = known || strcmp(out->items[k], list->items[i]->text) == 0;
		if (!known)
			ARENA_PUSH(l->a, out, list->items[i]->text);
	}
	return PS_COMPLETE;
}

static enum part_status
read_server(struct look *l, struct rows *r, struct err *e)
{
	const struct redis_info *info = &l->server->info;

	*e = l->server->error;
	if (l->server->status != PS_COMPLETE)
		return l->server->status;
	return emit(r,
	    (const struct cell[]){cell_text(info->compatible[0] != '\0' ? info->compatible : info->version),
		cell_text(info->role),
		info->eviction[0] != '\0' ? cell_text(info->eviction) : (struct cell){.kind = CELL_NULL},
		cell_int(r->read_at)},
	    e);
}

static enum part_status
know_processes(struct look *l, struct rows *r, struct err *e)
{
	struct known *k = &l->processes_known;

	if (!k->asked) {
		*k = (struct known){.asked = true, .at = r->read_at};
		k->status = sidekiq_read_processes(l->c, l->a, &l->processes, &k->error);
	}
	r->read_at = k->at;
	*e = k->error;
	return k->status;
}

static enum part_status
read_processes(struct look *l, struct rows *r, struct err *e)
{
	enum part_status ps = know_processes(l, r, e);

	for (size_t i = 0; i < l->processes.n && ps == PS_COMPLETE; i++) {
		const struct sidekiq_process *p = &l->processes.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(p->layout->word), cell_text(p->identity), cell_text(p->hostname),
			cell_time(p->started_at), cell_time(p->beat_at), cell_int(p->quiet), cell_int(p->busy),
			cell_int(p->concurrency), cell_text(p->queues_json), cell_text(p->version), cell_int(p->alive),
			cell_int(r->read_at)},
		    e);
	}
	return ps;
}

struct served {
	const struct key_layout *layout;
	const char *queue;
	int64_t processes, unquiet, started_at;
};
struct all_served {
	struct served *items;
	size_t n, cap;
};

static void
add_served(struct arena *a, struct all_served *all, const struct sidekiq_process *p, const char *queue)
{
	struct served *s = NULL;

	for (size_t i = 0; i < all->n && s == NULL; i++)
		if (all->items[i].layout == p->layout && strcmp(all->items[i].queue, queue) == 0)
			s = &all->items[i];
	if (s == NULL) {
		ARENA_PUSH(a, all, ((struct served){.layout = p->layout, .queue = queue}));
		s = &all->items[all->n - 1];
	}
	s->processes++;
	if (p->quiet)
		return;
	s->unquiet++;
	if (p->started_at != 0 && (s->started_at == 0 || p->started_at < s->started_at))
		s->started_at = p->started_at;
}

static enum part_status
read_served_queues(struct look *l, struct rows *r, struct err *e)
{
	struct all_served all = {0};
	enum part_status ps = know_processes(l, r, e);

	for (size_t i = 0; i < l->processes.n; i++)
		for (size_t k = 0; l->processes.items[i].alive && k < l->processes.items[i].queues.n; k++)
			add_served(l->a, &all, &l->processes.items[i], l->processes.items[i].queues.items[k]);
	for (size_t i = 0; i < all.n && ps == PS_COMPLETE; i++) {
		const struct served *s = &all.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(s->layout->word), cell_text(s->queue), cell_int(s->processes),
			cell_int(s->unquiet), cell_time(s->started_at), cell_int(r->read_at)},
		    e);
	}
	return ps;
}

/* Where processes cannot be read, their table tells it. */
static enum part_status
know_names(struct look *l, const struct rows *r, struct err *e)
{
	struct known *k = &l->names_known;

	if (!k->asked) {
		*k = (struct known){.asked = true, .at = r->read_at};
		k->status = sidekiq_find_names(l->c, l->a, &l->processes, &l->names, &k->error);
	}
	*e = k->error;
	return k->status;
}

static enum part_status
read_scan(struct look *l, struct rows *r, struct err *e)
{
	enum part_status ps = know_names(l, r, e);

	if (ps != PS_COMPLETE)
		return ps;
	return emit(
	    r, (const struct cell[]){cell_int(l->names.keys), cell_int(l->names.ended), cell_int(r->read_at)}, e);
}

static enum part_status
read_queues(struct look *l, struct rows *r, struct err *e)
{
	struct sidekiq_queues queues = {0};
	enum part_status ps = know_names(l, r, e);

	if (ps == PS_COMPLETE)
		ps = sidekiq_read_queues(l->c, l->a, &l->names, true, &queues, e);

	for (size_t i = 0; i < queues.n && ps == PS_COMPLETE; i++) {
		const struct sidekiq_queue *q = &queues.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(q->layout->word), cell_text(q->name), cell_int(q->jobs),
			cell_time(q->oldest_at), cell_int(r->read_at)},
		    e);
	}
	return ps;
}

static enum part_status
read_crons(struct look *l, struct rows *r, struct err *e)
{
	struct sidekiq_crons crons = {0};
	enum part_status ps = sidekiq_read_crons(l->c, l->a, &crons, e);

	for (size_t i = 0; i < crons.n && ps == PS_COMPLETE; i++) {
		const struct sidekiq_cron *c = &crons.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(c->layout->word), cell_text(c->key), cell_text(c->name),
			cell_text(c->class_name), cell_text(c->status), cell_time(c->last_enqueued_at),
			cell_int(c->bad_time), cell_int(r->read_at)},
		    e);
	}
	return ps;
}

static enum part_status
know_jobs(struct look *l, struct rows *r, struct err *e)
{
	struct known *k = &l->jobs_known;

	if (!k->asked) {
		*k = (struct known){.asked = true, .at = r->read_at};
		k->status = know_names(l, r, &k->error);
		if (k->status == PS_COMPLETE)
			k->status = sidekiq_read_jobs(l->c, l->a, &l->workers, &l->names, &l->jobs, &k->error);
	}
	r->read_at = k->at;
	*e = k->error;
	return k->status;
}

static enum part_status
read_sets(struct look *l, struct rows *r, struct err *e)
{
	enum part_status ps = know_jobs(l, r, e);

	for (size_t i = 0; i < l->jobs.sets.n && ps == PS_COMPLETE; i++) {
		const struct tally_set *s = l->jobs.sets.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(s->layout), cell_text(s->place), cell_text(s->queue),
			cell_int(s->before), cell_int(s->after), cell_int(s->read), cell_int(s->unreadable),
			cell_int(r->read_at)},
		    e);
	}
	return ps;
}

static bool
is_asked_for(const struct redis_workers *w, const char *worker)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->items[i], worker) == 0)
			return true;
	return false;
}

static enum part_status
read_jobs(struct look *l, struct rows *r, struct err *e)
{
	struct redis_workers mine = {0};
	enum part_status ps = read_workers(l, r->fact, &mine, e);

	if (ps == PS_COMPLETE)
		ps = know_jobs(l, r, e);
	for (size_t i = 0; ps == PS_COMPLETE && i < l->jobs.tally->n; i++) {
		const struct tally_group *g = l->jobs.tally->groups[i];
		const char *worker = l->workers.items[g->worker];

		if (g->jobs > 0 && is_asked_for(&mine, worker))
			ps = emit(r,
			    (const struct cell[]){cell_text(g->set->layout), cell_text(g->set->place),
				cell_text(g->set->queue), cell_text(worker), cell_text(g->class_name),
				cell_int(g->jobs), cell_int(g->oldest), cell_int(g->newest), cell_int(r->read_at)},
			    e);
	}
	if (ps != PS_COMPLETE || !l->jobs.tally->truncated)
		return ps;
	(void)fail(e, NOWHERE, "the jobs are of more than %d classes and places", TALLY_MAX);
	return PS_TRUNCATED;
}

static enum part_status
read_work(struct look *l, struct rows *r, struct err *e)
{
	struct redis_workers mine = {0};
	struct sidekiq_works works = {0};
	enum part_status ps = read_workers(l, r->fact, &mine, e);

	if (ps == PS_COMPLETE)
		ps = sidekiq_read_work(l->c, l->a, &mine, &works, e);
	for (size_t i = 0; i < works.n && ps == PS_COMPLETE; i++) {
		const struct sidekiq_work *w = &works.items[i];

		ps = emit(r,
		    (const struct cell[]){cell_text(w->layout->word), cell_text(w->queue),
			cell_text(mine.items[w->worker]), cell_text(w->class_name),
			w->has_migration ? cell_int(w->migration_id) : cell_time(0), cell_int(w->jobs),
			cell_time(w->oldest_at), cell_int(r->read_at)},
		    e);
	}
	return ps;
}

typedef enum part_status read_fn(struct look *, struct rows *, struct err *);

static read_fn *const read_functions[] = {
    [R_SERVER] = read_server,
    [R_PROCESSES] = read_processes,
    [R_SERVED_QUEUES] = read_served_queues,
    [R_SCAN] = read_scan,
    [R_QUEUES] = read_queues,
    [R_CRONS] = read_crons,
    [R_SETS] = read_sets,
    [R_JOBS] = read_jobs,
    [R_WORK] = read_work,
};

static void
read_table(struct look *l, struct rows *r, read_fn *read)
{
	int64_t begun = clock_mono_us();
	struct err e = {0};
	enum part_status ps;

	l->s->reading = r->fact->table;
	ps = read_time(l, &r->read_at, &e);
	if (ps == PS_COMPLETE)
		ps = read(l, r, &e);
	/* What is still on its way must not be taken for the next table's. */
	redis_forget(l->c);
	if (ps == PS_COMPLETE && r->n + r->left_out < r->fact->min_rows) {
		(void)fail(&e, NOWHERE, "%zu rows, where at least %zu were expected", r->n, r->fact->min_rows);
		ps = PS_ABSENT;
	}
	r->duration_us = clock_mono_us() - begun;
	if (r->status == PS_NOT_COLLECTED)
		rows_end(r, ps, "%s", ps == PS_COMPLETE ? "" : e.msg);
}

/* Counting is done once for all tables, so all of their classes are known before. */
static void
gather_workers(struct look *l)
{
	struct err e;

	for (size_t i = 0; i < l->s->n_rows; i++)
		if (reader_of(l->s->rows[i]) == R_JOBS &&
		    read_workers(l, l->s->rows[i]->fact, &l->workers, &e) != PS_COMPLETE)
			rows_end(l->s->rows[i], PS_ERROR, "%s", e.msg);
}

void
redis_read_tables(struct source *s, struct redis *c, const struct redis_server *server)
{
	struct look l = {.s = s, .c = c, .server = server, .a = s->arena};

	gather_workers(&l);
	for (size_t k = 0; k < nitems(read_functions); k++)
		for (size_t i = 0; i < s->n_rows; i++)
			if (reader_of(s->rows[i]) == k && s->rows[i]->status == PS_NOT_COLLECTED)
				read_table(&l, s->rows[i], read_functions[k]);
}
