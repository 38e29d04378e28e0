/*
 * Counts jobs by place, worker and class while they pass. Memory grows with the number of groups, not with the
 * number of jobs.
 */
#include "sources/redis/redis_tally.h"

#include <string.h>

struct job_tally *
tally_new(struct arena *a, const struct redis_workers *workers)
{
	struct job_tally *t = arena_alloc(a, sizeof *t);

	t->arena = a;
	t->workers = workers;
	return t;
}

static size_t
slot_of(const struct job_tally *t, const struct redis_job *job)
{
	uint64_t h = (uint64_t)(uintptr_t)t->set ^ (uint64_t)job->worker << 48;

	for (const char *p = job->name; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	return (size_t)((h ^ h >> 29) % nitems(t->slots));
}

static bool
is_group_of(const struct tally_group *g, const struct job_tally *t)
{
	return g->set == t->set && g->worker == t->job.worker && strcmp(g->class_name, t->job.name) == 0;
}

/* The group of t->job, or NULL: not there, and `make` is false or the table is full. */
static struct tally_group *
group(struct job_tally *t, bool make)
{
	size_t i = slot_of(t, &t->job);
	struct tally_group *g;

	while (t->slots[i] != NULL && !is_group_of(t->slots[i], t))
		i = (i + 1) % nitems(t->slots);
	if (t->slots[i] != NULL || !make)
		return t->slots[i];
	if (t->n == nitems(t->groups)) {
		t->truncated = true;
		return NULL;
	}
	g = arena_alloc(t->arena, sizeof *g);
	g->set = t->set;
	g->worker = t->job.worker;
	g->class_name = arena_strdup(t->arena, t->job.name);
	g->oldest = INT64_MAX;
	g->newest = INT64_MIN;
	t->groups[t->n++] = t->slots[i] = g;
	return g;
}

static void
stretch(int64_t *oldest, int64_t *newest, int64_t at)
{
	if (at < *oldest)
		*oldest = at;
	if (at > *newest)
		*newest = at;
}

void
tally_add(struct job_tally *t, const char *payload, size_t len, const double *score)
{
	bool is_queue = t->set->queue[0] != '\0';
	struct tally_group *g;

	t->page_read++;
	redis_job_parse(t->workers, payload, len, &t->job);
	if (t->job.kind == JOB_OTHER)
		return;
	if (t->job.kind == JOB_UNREADABLE || !t->job.has_name || (is_queue && t->job.at == 0)) {
		t->page_unreadable++;
		return;
	}
	g = group(t, true);
	if (g == NULL)
		return;
	if (g->page_jobs++ == 0) {
		g->next = t->page;
		t->page = g;
		g->page_oldest = INT64_MAX;
		g->page_newest = INT64_MIN;
	}
	if (score != NULL)
		stretch(&g->page_oldest, &g->page_newest, redis_time(*score));
	else if (is_queue)
		stretch(&g->page_oldest, &g->page_newest, t->job.at);
}

static struct tally_group *
next_of_page(struct job_tally *t)
{
	struct tally_group *g = t->page;

	if (g != NULL)
		t->page = g->next;
	return g;
}

void
tally_discard(struct job_tally *t)
{
	for (struct tally_group *g; (g = next_of_page(t)) != NULL;)
		g->page_jobs = 0;
	t->page_read = t->page_unreadable = 0;
}

/* The interval where the newest is may be a later one than what was just read with scores: then it stays to be read. */
static void
settle_up_to(struct tally_group *g, int64_t newest)
{
	double from;

	if (g->last.from[0] != '\0' && redis_number(g->last.from, strlen(g->last.from), &from) &&
	    newest > redis_time(from))
		g->last.from[0] = '\0';
}

bool
tally_commit(struct job_tally *t, const struct interval *in)
{
	bool undated = false;

	for (struct tally_group *g; (g = next_of_page(t)) != NULL;) {
		g->jobs += g->page_jobs;
		g->page_jobs = 0;
		if (g->page_oldest <= g->page_newest) {
			stretch(&g->oldest, &g->newest, g->page_oldest);
			stretch(&g->oldest, &g->newest, g->page_newest);
			settle_up_to(g, g->page_newest);
		}
		if (in != NULL)
			g->last = *in;
		undated = undated || g->oldest > g->newest;
	}
	t->set->read += t->page_read;
	t->set->unreadable += t->page_unreadable;
	t->page_read = t->page_unreadable = 0;
	return undated;
}

void
tally_date(struct job_tally *t, const char *payload, size_t len, double score)
{
	struct tally_group *g = NULL;

	redis_job_parse(t->workers, payload, len, &t->job);
	if (t->job.kind == JOB_OURS && t->job.has_name)
		g = group(t, false);
	if (g == NULL)
		return;
	stretch(&g->oldest, &g->newest, redis_time(score));
	settle_up_to(g, redis_time(score));
}

void
tally_settle(struct tally_group *g)
{
	double from;

	if (g->last.from[0] != '\0' && redis_number(g->last.from, strlen(g->last.from), &from))
		stretch(&g->oldest, &g->newest, redis_time(from));
	g->last.from[0] = '\0';
}
