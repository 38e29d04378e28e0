/*
 * Walks a sorted set by score while Sidekiq changes it, one small page at a time, so that each lasting entry is
 * counted once. Lists are in redis_list.c.
 */
#include "sources/redis/redis_walk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COUNT_TEXT 24
#define PAGE_MIN 40
#define PAGE_MAX 1000
#define PAGE_BYTES ((int64_t)256 * 1024)
/*
 * While one answer is taken apart, the server works on the next. It carries out a few commands before it listens to
 * other clients, so that small pages, and more of them, are better than large ones.
 */
#define IN_FLIGHT 4

/* A score, and its text as the server wrote it: sent back like that it means the same number. */
struct bound {
	double value;
	char text[SCORE_TEXT];
};
static const struct bound least = {-INFINITY, "-inf"}, most = {INFINITY, "+inf"};

/* The place in a sorted set up to which everything was seen: entries go by score, then by bytes. */
struct cursor {
	double score;
	bool at_begin; /* before all entries of this score */
	struct buf member;
};

struct set_walk {
	struct redis *c;
	struct job_tally *tally;
	const char *key;
	size_t page;   /* entries to ask for at once */
	size_t step;   /* entries between two cut points */
	size_t n;      /* entries in the last answer */
	int64_t bytes; /* of the answers since the last cut points, and their entries: */
	size_t entries;
	bool odd; /* a score that is none */

	/* reading with scores */
	struct cursor cursor;
	struct buf member; /* whose score comes next */
	double to;
	bool counting;   /* else only times are taken */
	bool from_begin; /* the page begins with the first entry of all */
	bool gap, past;  /* the page begins behind the cursor; reaches `to` */

	struct bound *cuts;
	size_t n_cuts;
	struct again { /* intervals whose answer did not do */
		size_t i;
		bool counting;
	} again[IN_FLIGHT];
	size_t n_again;
};

size_t
redis_page(int64_t bytes, size_t entries)
{
	int64_t fit = PAGE_BYTES / (bytes / (int64_t)entries + 1);

	return fit > PAGE_MAX ? PAGE_MAX : fit < PAGE_MIN ? PAGE_MIN : (size_t)fit;
}

static void
walk_begin(struct set_walk *w, struct redis *c, struct job_tally *t, struct tally_set *set)
{
	*w = (struct set_walk){.c = c, .tally = t, .key = set->key, .page = REDIS_PAGE_FIRST};
	buf_init(&w->member, SIZE_MAX / 2);
	buf_init(&w->cursor.member, SIZE_MAX / 2);
	t->set = set;
}

static void
walk_end(struct set_walk *w)
{
	buf_free(&w->member);
	buf_free(&w->cursor.member);
	free(w->cuts);
}

static char *
count_text(size_t n, char *out)
{
	(void)snprintf(out, COUNT_TEXT, "%zu", n);
	return out;
}

/* Reads one page; the next one is smaller where entries are large. */
static enum part_status
get_page(struct set_walk *w, redis_sink *sink, size_t values, struct err *e)
{
	int64_t before = redis_bytes(w->c);
	enum part_status ps;

	w->n = 0;
	ps = redis_get(w->c, sink, w, e);
	w->n /= values;
	if (ps == PS_COMPLETE && w->odd) {
		(void)fail(e, NOWHERE, "the key %s has a score that is not a number", w->key);
		ps = PS_UNREADABLE;
	}
	if (ps != PS_COMPLETE)
		return ps;
	w->bytes += redis_bytes(w->c) - before;
	w->entries += w->n;
	if (w->entries > 0)
		w->page = redis_page(w->bytes, w->entries);
	return ps;
}

/* Entries below `from`, which is the rank of the first entry that is not. */
static enum part_status
rank_of(struct set_walk *w, const struct bound *from, size_t *rank, struct err *e)
{
	char max[SCORE_TEXT + 1];
	enum part_status ps;
	int64_t n;

	(void)snprintf(max, sizeof max, "(%s", from->text);
	redis_put(w->c, RC_ZCOUNT, REDIS_ARGS(w->key, "-inf", max));
	ps = redis_get_number(w->c, &n, e);
	*rank = n > 0 ? (size_t)n : 0;
	return ps;
}

static bool
is_behind(const struct cursor *c, double score, const struct redis_value *m)
{
	size_t n = m->len < c->member.len ? m->len : c->member.len;
	int order;

	if (score != c->score || c->at_begin)
		return score >= c->score;
	order = memcmp(m->s, c->member.p, n);
	return order != 0 ? order > 0 : m->len > c->member.len;
}

static void
see_scored(struct set_walk *w, double score)
{
	const struct redis_value m = {.s = w->member.p, .len = w->member.len};
	bool first = w->n <= 2, behind = is_behind(&w->cursor, score, &m);
	struct buf spare;

	if (first && behind && !w->from_begin)
		w->gap = true;
	if (w->gap || w->past || !behind)
		return;
	if (score >= w->to && w->to < INFINITY) {
		w->past = true;
		return;
	}
	if (w->counting)
		tally_add(w->tally, m.s, m.len, &score);
	else
		tally_date(w->tally, m.s, m.len, score);
	spare = w->cursor.member;
	w->cursor = (struct cursor){.score = score, .member = w->member};
	w->member = spare;
}

static void
take_scored(void *arg, const struct redis_value *v)
{
	struct set_walk *w = arg;
	double score;

	if (v->depth == 0 || v->s == NULL)
		return;
	if (w->n++ % 2 == 0) {
		buf_reset(&w->member);
		buf_addn(&w->member, v->s, v->len);
	} else if (redis_number(v->s, v->len, &score)) {
		see_scored(w, score);
	} else {
		w->odd = true;
	}
}

/*
 * Reads from..to page by page by rank, with scores. Ranks shift while others work, so every page
 * must begin at or before the cursor, and what lies before the cursor is not counted again.
 */
static enum part_status
read_scored(struct set_walk *w, const struct bound *from, const struct bound *to, bool counting, struct err *e)
{
	char first[COUNT_TEXT], last[COUNT_TEXT];
	enum part_status ps;
	size_t rank = 0;

	ps = rank_of(w, from, &rank, e);
	rank -= rank > 0;
	w->cursor.score = from->value;
	w->cursor.at_begin = true;
	w->to = to->value;
	w->counting = counting;
	for (w->past = false; ps == PS_COMPLETE && !w->past;) {
		size_t page = w->page;

		w->gap = false;
		w->from_begin = rank == 0;
		redis_put(w->c, RC_ZRANGE,
		    REDIS_ARGS(w->key, count_text(rank, first), count_text(rank + page - 1, last), "WITHSCORES"));
		ps = get_page(w, take_scored, 2, e);
		if (ps != PS_COMPLETE)
			break;
		(void)tally_commit(w->tally, NULL);
		if (w->gap || (w->n == 0 && rank > 0))
			rank -= rank > page / 2 ? page / 2 : rank;
		else if (w->n < page)
			break;
		else
			rank += w->n - 1;
	}
	return ps;
}

static void
take_unscored(void *arg, const struct redis_value *v)
{
	struct set_walk *w = arg;

	if (v->depth == 0 || v->s == NULL)
		return;
	w->n++;
	tally_add(w->tally, v->s, v->len, NULL);
}

static void
ask_interval(struct set_walk *w, size_t i)
{
	const struct bound *from = &w->cuts[i], *to = &w->cuts[i + 1];
	char end[SCORE_TEXT + 1], count[COUNT_TEXT];

	(void)snprintf(end, sizeof end, "%s%s", to->value < INFINITY ? "(" : "", to->text);
	redis_put(
	    w->c, RC_ZRANGEBYSCORE, REDIS_ARGS(w->key, from->text, end, "LIMIT", "0", count_text(w->step * 2, count)));
}

/*
 * An interval at once, without scores, which cost the server as much as all the rest. If more lies
 * there than was expected (a thousand jobs for one second, or many came just now), the page is not
 * valid; if it holds a class for the first time, its time is still to be found.
 */
static enum part_status
take_interval(struct set_walk *w, size_t i, struct err *e)
{
	enum part_status ps = get_page(w, take_unscored, 1, e);
	bool whole = w->n < w->step * 2;
	struct interval in;

	if (ps != PS_COMPLETE)
		return ps;
	memcpy(in.from, w->cuts[i].text, sizeof in.from);
	memcpy(in.to, w->cuts[i + 1].text, sizeof in.to);
	if (!whole)
		tally_discard(w->tally);
	if (!whole || tally_commit(w->tally, &in))
		w->again[w->n_again++] = (struct again){i, !whole};
	return PS_COMPLETE;
}

static enum part_status
read_again(struct set_walk *w, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t k = 0; k < w->n_again && ps == PS_COMPLETE; k++) {
		const struct bound *from = &w->cuts[w->again[k].i];

		ps = read_scored(w, from, from + 1, w->again[k].counting, e);
	}
	w->n_again = 0;
	return ps;
}

static enum part_status
read_intervals(struct set_walk *w, size_t first, struct err *e)
{
	enum part_status ps = PS_COMPLETE;
	size_t asked = first;

	for (size_t i = first; i + 1 < w->n_cuts && ps == PS_COMPLETE; i++) {
		while (asked + 1 < w->n_cuts && asked < i + IN_FLIGHT && (asked == i || w->n_again == 0))
			ask_interval(w, asked++);
		ps = take_interval(w, i, e);
		if (ps == PS_COMPLETE && asked == i + 1)
			ps = read_again(w, e);
	}
	return ps;
}

/* Keeps the score of an entry as cut point if it lies behind the last one. */
static void
take_cut(void *arg, const struct redis_value *v)
{
	struct set_walk *w = arg;
	struct bound *b = &w->cuts[w->n_cuts];

	if (v->depth == 0 || v->s == NULL || w->n++ % 2 == 0)
		return;
	if (v->len >= sizeof b->text || !redis_number(v->s, v->len, &b->value)) {
		w->odd = true;
		return;
	}
	memcpy(b->text, v->s, v->len);
	b->text[v->len] = '\0';
	if (b->value > b[-1].value && b->value < INFINITY)
		w->n_cuts++;
}

/* The next score above cuts[0]: all entries that the cut points fell on have the same score. */
static enum part_status
next_score(struct set_walk *w, struct err *e)
{
	char from[SCORE_TEXT + 1];

	(void)snprintf(from, sizeof from, "(%s", w->cuts[0].text);
	redis_put(w->c, RC_ZRANGEBYSCORE, REDIS_ARGS(w->key, from, "+inf", "WITHSCORES", "LIMIT", "0", "1"));
	w->n = 0;
	return redis_get(w->c, take_cut, w, e);
}

/*
 * Finds up to `wanted` scores behind cuts[0] that divide what follows into pages. *end: nothing lies
 * behind the last of them but one page.
 */
static enum part_status
find_cuts(struct set_walk *w, size_t wanted, bool *end, struct err *e)
{
	char text[COUNT_TEXT];
	enum part_status ps;
	size_t rank;

	w->n_cuts = 1;
	w->step = w->page;
	w->bytes = 0;
	w->entries = 0;
	*end = false;
	ps = rank_of(w, &w->cuts[0], &rank, e);
	for (size_t i = 1; ps == PS_COMPLETE && i <= wanted; i++) {
		(void)count_text(rank + i * w->step, text);
		redis_put(w->c, RC_ZRANGE, REDIS_ARGS(w->key, text, text, "WITHSCORES"));
	}
	for (size_t i = 1; ps == PS_COMPLETE && i <= wanted; i++) {
		w->n = 0;
		ps = redis_get(w->c, take_cut, w, e);
		*end = *end || w->n == 0;
	}
	if (ps == PS_COMPLETE && w->n_cuts == 1 && !*end) {
		ps = next_score(w, e);
		*end = w->n_cuts == 1;
	}
	if (ps == PS_COMPLETE && w->odd) {
		(void)fail(e, NOWHERE, "the key %s has a score that is not a number", w->key);
		return PS_UNREADABLE;
	}
	return ps;
}

/*
 * The head is read with scores: there Sidekiq takes jobs away, so it cannot be looked at again. Its
 * size also says how large the pages of the rest may be.
 */
static enum part_status
read_sorted(struct set_walk *w, struct err *e)
{
	bool head = true, end = false;
	enum part_status ps = PS_COMPLETE;

	w->cuts = xcalloc(REDIS_BATCH + 2, sizeof *w->cuts);
	w->cuts[0] = least;
	while (ps == PS_COMPLETE && !end) {
		ps = find_cuts(w, head ? 1 : REDIS_BATCH, &end, e);
		if (ps == PS_COMPLETE && end)
			w->cuts[w->n_cuts++] = most;
		if (ps == PS_COMPLETE && head)
			ps = read_scored(w, &w->cuts[0], &w->cuts[1], true, e);
		if (ps == PS_COMPLETE)
			ps = read_intervals(w, head ? 1 : 0, e);
		head = false;
		w->cuts[0] = w->cuts[w->n_cuts - 1];
	}
	return ps;
}

/* The newest of each group: its last interval is read once more, with scores. */
static enum part_status
date_newest(struct set_walk *w, struct err *e)
{
	enum part_status ps = PS_COMPLETE;

	for (size_t i = 0; i < w->tally->n && ps == PS_COMPLETE; i++) {
		struct tally_group *g = w->tally->groups[i];
		struct bound from = {0}, to = {0};

		if (g->set != w->tally->set || g->last.from[0] == '\0')
			continue;
		memcpy(from.text, g->last.from, sizeof from.text);
		memcpy(to.text, g->last.to, sizeof to.text);
		if (!redis_number(from.text, strlen(from.text), &from.value) ||
		    !redis_number(to.text, strlen(to.text), &to.value))
			continue;
		ps = read_scored(w, &from, &to, false, e);
		tally_settle(g);
	}
	return ps;
}

static enum part_status
get_count(struct set_walk *w, enum redis_command command, int64_t *out, struct err *e)
{
	redis_put(w->c, command, REDIS_ARGS(w->key));
	return redis_get_number(w->c, out, e);
}

enum part_status
redis_walk_sorted(struct redis *c, struct job_tally *t, struct tally_set *set, struct err *e)
{
	struct set_walk w;
	enum part_status ps;

	walk_begin(&w, c, t, set);
	ps = get_count(&w, RC_ZCARD, &set->before, e);
	if (ps == PS_COMPLETE && set->before > 0)
		ps = read_sorted(&w, e);
	if (ps == PS_COMPLETE)
		ps = date_newest(&w, e);
	if (ps == PS_COMPLETE)
		ps = get_count(&w, RC_ZCARD, &set->after, e);
	tally_discard(t);
	walk_end(&w);
	return ps;
}
