/*
 * Jobs counted by place, worker and class, while they pass. Memory holds the groups, never the
 * jobs. A page is counted provisionally: it becomes valid with tally_commit, or it never was.
 */
#ifndef REDIS_TALLY_H
#define REDIS_TALLY_H

#include "sources/redis/redis_job.h"

#define TALLY_MAX 4096 /* groups; more are left out, and the table is then truncated */
#define SCORE_TEXT 48

/* One sorted set or list of jobs. */
struct tally_set {
	const char *layout; /* plain, namespaced */
	const char *place;  /* schedule, retry, dead, queue */
	const char *queue;  /* empty unless place is queue */
	const char *key;
	int64_t before, after;    /* entries, by the server's count */
	int64_t read, unreadable; /* entries that the walk saw */
};

/* Scores from..to, the upper end excluded. As Redis wrote them. */
struct interval {
	char from[SCORE_TEXT], to[SCORE_TEXT];
};

struct tally_group {
	const struct tally_set *set;
	size_t worker;
	const char *class_name;
	int64_t jobs;
	int64_t oldest, newest; /* microseconds; oldest > newest: not known */
	struct interval last;   /* where its newest is; empty: `newest` is exact */

	struct tally_group *next; /* in the page */
	int64_t page_jobs, page_oldest, page_newest;
};

struct job_tally {
	struct arena *arena;
	const struct redis_workers *workers;
	struct tally_group *groups[TALLY_MAX];
	size_t n;
	bool truncated;
	struct tally_set *set; /* the one that is being read */

	struct tally_group *slots[2 * TALLY_MAX];
	struct tally_group *page; /* groups that the page touched */
	int64_t page_read, page_unreadable;
	struct redis_job job;
};

struct job_tally *tally_new(struct arena *, const struct redis_workers *);

/*
 * Counts one payload into the page. `score`: of a sorted set, NULL where it was not asked for. In a
 * queue the job itself says when it was put there.
 */
void tally_add(struct job_tally *, const char *payload, size_t len, const double *score);
void tally_discard(struct job_tally *);
/*
 * Makes the page valid. `in`: the interval of scores it was, for pages read without scores; NULL
 * otherwise. True: the page holds a group of which no time is known yet.
 */
bool tally_commit(struct job_tally *, const struct interval *in);
/* A look at the score of an entry that was counted before: nothing but its time is taken. */
void tally_date(struct job_tally *, const char *payload, size_t len, double score);
/* Of a group whose newest entries were gone when we looked again: the least that is certain. */
void tally_settle(struct tally_group *);

#endif
