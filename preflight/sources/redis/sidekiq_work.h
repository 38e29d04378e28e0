/* The jobs that Sidekiq's processes work on. */
#ifndef SIDEKIQ_WORK_H
#define SIDEKIQ_WORK_H

#include "sources/redis/sidekiq.h"

struct sidekiq_work {
	const struct key_layout *layout;
	const char *queue;
	size_t worker;
	const char *class_name; /* first argument; empty where it is no text */
	bool has_migration;
	int64_t migration_id; /* second argument where it is an integer */
	int64_t jobs;
	int64_t oldest_at; /* when the oldest of them was begun; 0: not known */
};
struct sidekiq_works {
	struct sidekiq_work *items;
	size_t n, cap;
};
/* Jobs of these workers that processes report or hold in their reliable-fetch lists, each once. */
enum part_status sidekiq_read_work(
    struct redis *, struct arena *, const struct redis_workers *, struct sidekiq_works *, struct err *) MUST;

#endif
