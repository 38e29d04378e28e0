/* All jobs that wait: one look at every set and queue, for every table that counts them. */
#ifndef SIDEKIQ_JOBS_H
#define SIDEKIQ_JOBS_H

#include "sources/redis/redis_client.h"
#include "sources/redis/redis_tally.h"
#include "sources/redis/sidekiq.h"

struct sidekiq_sets {
	struct tally_set **items;
	size_t n, cap;
};

struct sidekiq_jobs {
	struct sidekiq_sets sets; /* schedule, retry and dead always; queues that have jobs */
	struct job_tally *tally;
};

/*
 * Reads schedule before retry and dead, and these before the queues: jobs move that way, so that
 * one that moves meanwhile is seen at least once. Queues are those of the set `queues`, and the names given.
 */
enum part_status sidekiq_read_jobs(struct redis *, struct arena *, const struct redis_workers *,
    const struct sidekiq_names *, struct sidekiq_jobs *, struct err *) MUST;

#endif
