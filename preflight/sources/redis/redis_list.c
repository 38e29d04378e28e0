/*
 * Walks a Redis list in pages while Sidekiq adds and removes jobs. The part of redis_walk.h for lists; sorted sets
 * are in redis_walk.c.
 */
#include "sources/redis/redis_list.h"

#include <stdio.h>
#include <string.h>

#include "sources/redis/redis_walk.h"

/* Elements at the end of a page by which the next one finds its place. Pages are larger. */
#define MARKS 16
/* Pages that were asked for and not yet read: while one is taken apart, the server works on the next. */
#define IN_FLIGHT 4

/*
 * Producers push at the head and workers take from the tail, so elements only ever move away from
 * the head. A page begins with the last elements of the page before; whatever was pushed meanwhile
 * stands in front of them and is skipped with them.
 */
struct list {
	struct redis *c;
	struct job_tally *tally;
	const char *key;
	size_t page, n;          /* elements asked for; in the answer */
	size_t next, next_page;  /* where the page begins that is asked for next, and its elements */
	size_t asked[IN_FLIGHT]; /* elements of the pages under way, the oldest first */
	size_t n_asked;
	uint64_t marks[MARKS];   /* of the last elements that were counted, in their order */
	size_t n_marks, n_found; /* marks up to n_found were met in this page, or are gone */
	uint64_t ends[MARKS];    /* of the page's last elements, as a ring */
};

/* Payloads carry ids of their own, so that 64 bits tell them apart. */
static uint64_t
mark_of(const char *s, size_t len)
{
	uint64_t h = len * 0x9e3779b97f4a7c15, word;

	for (; len >= sizeof word; s += sizeof word, len -= sizeof word) {
		memcpy(&word, s, sizeof word);
		h = (h ^ word) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	for (; len > 0; s++, len--)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h ^ h >> 29;
}

/* An element was deleted from the middle if its mark never comes; then those before it must do. */
static bool
was_counted(struct list *l, uint64_t mark)
{
	for (size_t i = l->n_found; i < l->n_marks; i++)
		if (l->marks[i] == mark) {
			tally_discard(l->tally);
			l->n_found = i + 1;
			return true;
		}
	return false;
}

static void
take_element(void *arg, const struct redis_value *v)
{
	struct list *l = arg;
	bool search = l->n_found < l->n_marks;
	uint64_t mark = 0;

	if (v->depth == 0 || v->s == NULL)
		return;
	if (search || l->n + MARKS >= l->page)
		mark = mark_of(v->s, v->len);
	l->ends[l->n++ % MARKS] = mark;
	if ((!search || !was_counted(l, mark)) && (l->n_found > 0 || l->n_marks == 0))
		tally_add(l->tally, v->s, v->len, NULL);
}

/* As if each page were full: behind one that is not, the list ends. */
static void
ask_pages(struct list *l)
{
	char first[24], last[24];

	while (l->n_asked < IN_FLIGHT) {
		(void)snprintf(first, sizeof first, "%zu", l->next);
		(void)snprintf(last, sizeof last, "%zu", l->next + l->next_page - 1);
		redis_put(l->c, RC_LRANGE, REDIS_ARGS(l->key, first, last));
		l->asked[l->n_asked++] = l->next_page;
		l->next += l->next_page - MARKS;
	}
}

static enum part_status
get_page(struct list *l, struct err *e)
{
	ask_pages(l);
	l->page = l->asked[0];
	l->n_asked--;
	memmove(l->asked, l->asked + 1, l->n_asked * sizeof *l->asked);
	l->n = l->n_found = 0;
	return redis_get(l->c, take_element, l, e);
}

/* Pages behind the end of the list. */
static enum part_status
drop_pages(struct list *l, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (; l->n_asked > 0 && ps == PS_COMPLETE; l->n_asked--)
		ps = redis_get(l->c, NULL, NULL, e);
	return ps;
}

static void
take_mark(void *arg, const struct redis_value *v)
{
	uint64_t *mark = arg;

	if (v->s != NULL)
		*mark = mark_of(v->s, v->len);
}

static enum part_status
get_tail(struct list *l, uint64_t *mark, struct err *e)
{
	*mark = 0;
	redis_put(l->c, RC_LINDEX, REDIS_ARGS(l->key, "-1"));
	return redis_get(l->c, take_mark, mark, e);
}

/*
 * The place where the last page ended is gone. That is fine if workers took everything behind it;
 * it is not if the oldest element of all is still there.
 */
static enum part_status
check_taken(struct list *l, uint64_t oldest, struct err *e)
{
	uint64_t tail;
	enum part_status ps = get_tail(l, &tail, e);

	if (ps != PS_COMPLETE || tail == 0 || tail != oldest)
		return ps;
	(void)fail(e, NOWHERE,
	    "jobs were deleted from %s while it was read, so that they cannot be "
	    "counted: run this again",
	    l->key);
	return PS_UNREADABLE;
}

static enum part_status
read_list(struct list *l, struct err *e)
{
	uint64_t oldest;
	enum part_status ps = get_tail(l, &oldest, e);

	while (ps == PS_COMPLETE) {
		int64_t before = redis_bytes(l->c);
		bool placed;

		ps = get_page(l, e);
		if (ps != PS_COMPLETE)
			break;
		placed = l->n_found > 0 || l->n_marks == 0;
		(void)tally_commit(l->tally, NULL);
		if (l->n < l->page) {
			ps = drop_pages(l, e);
			return placed || ps != PS_COMPLETE ? ps : check_taken(l, oldest, e);
		}
		if (placed) {
			for (size_t i = 0; i < MARKS; i++)
				l->marks[i] = l->ends[(l->n + i) % MARKS];
			l->n_marks = MARKS;
		}
		l->next_page = redis_page(redis_bytes(l->c) - before, l->n);
	}
	return ps;
}

static enum part_status
get_length(struct list *l, int64_t *out, struct err *e)
{
	redis_put(l->c, RC_LLEN, REDIS_ARGS(l->key));
	return redis_get_number(l->c, out, e);
}

enum part_status
redis_walk_list(struct redis *c, struct job_tally *t, struct tally_set *set, struct err *e)
{
	struct list l = {.c = c, .tally = t, .key = set->key, .next_page = REDIS_PAGE_FIRST};
	enum part_status ps;

	t->set = set;
	ps = get_length(&l, &set->before, e);
	if (ps == PS_COMPLETE && set->before > 0)
		ps = read_list(&l, e);
	if (ps == PS_COMPLETE)
		ps = get_length(&l, &set->after, e);
	tally_discard(t);
	return ps;
}
