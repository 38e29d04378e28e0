/*
 * What Sidekiq keeps in Redis beside its jobs: processes, names of queues, cron entries, and the
 * jobs that are being executed. All of it is small; lists live in the arena that is given.
 */
#ifndef SIDEKIQ_H
#define SIDEKIQ_H

#include "sources/redis/redis_client.h"
#include "sources/redis/redis_job.h"

/* Keys are plain, or up to GitLab 16.5 have a prefix. Both are always looked at. */
struct key_layout {
	const char *word, *prefix;
};
#define LAYOUTS 2
extern const struct key_layout sidekiq_layouts[LAYOUTS];

/* Sorts them and keeps each once. */
void sidekiq_sort_once(struct texts *);
/* The members of a set, sorted, each once. No key: none. */
enum part_status sidekiq_members(struct redis *, struct arena *, const char *key, struct texts *, struct err *) MUST;

struct sidekiq_process {
	const struct key_layout *layout;
	const char *identity, *hostname;
	const char *queues_json; /* as stored: ["default","mailers"] */
	const char *version;     /* or NULL */
	struct texts queues;
	bool alive, quiet;
	int64_t started_at, beat_at; /* 0: not known */
	int64_t busy, concurrency;
};
struct sidekiq_processes {
	struct sidekiq_process *items;
	size_t n, cap;
};
enum part_status sidekiq_read_processes(struct redis *, struct arena *, struct sidekiq_processes *, struct err *) MUST;

struct sidekiq_queue {
	const struct key_layout *layout;
	const char *name, *key;
	int64_t jobs;
	int64_t oldest_at; /* 0: not known */
};
struct sidekiq_queues {
	struct sidekiq_queue *items;
	size_t n, cap;
};
/* Names of queues that the set `queues` may lack, by layout. */
struct sidekiq_names {
	struct texts by_layout[LAYOUTS];
	int64_t keys; /* so many keys of Redis were looked at */
	bool ended;   /* that was all of them */
};
/*
 * Adds the queues that live processes serve, and lists that are called like a queue, found among the first
 * keys of the database: a refusal to scan leaves `ended` false and is no failure.
 */
enum part_status sidekiq_find_names(
    struct redis *, struct arena *, const struct sidekiq_processes *, struct sidekiq_names *, struct err *) MUST;
/* All of the set `queues`, and `more` (or NULL). `tails`: also when the oldest job was put there. */
enum part_status sidekiq_read_queues(struct redis *, struct arena *, const struct sidekiq_names *more, bool tails,
    struct sidekiq_queues *, struct err *) MUST;

struct sidekiq_cron {
	const struct key_layout *layout;
	const char *key, *name, *class_name, *status;
	int64_t last_enqueued_at; /* 0: never, or not a time */
	bool bad_time;            /* last_enqueue_time is not a time */
};
struct sidekiq_crons {
	struct sidekiq_cron *items;
	size_t n, cap;
};
enum part_status sidekiq_read_crons(struct redis *, struct arena *, struct sidekiq_crons *, struct err *) MUST;
/* "2023-05-01 12:00:00 +0000", also with T, a fraction, Z or UTC. */
bool sidekiq_time(const char *, int64_t *us) MUST;

#endif
