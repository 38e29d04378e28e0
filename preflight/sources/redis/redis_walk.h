/*
 * Reading all entries of a sorted set or list that changes meanwhile, in pages small enough that no
 * other client waits. What was there throughout is counted exactly once; what came or went during
 * the walk is counted at most once.
 */
#ifndef REDIS_WALK_H
#define REDIS_WALK_H

#include "sources/redis/redis_client.h"
#include "sources/redis/redis_tally.h"

/* Fills set->before and ->after, and counts into the tally what set->key holds. */
enum part_status redis_walk_sorted(struct redis *, struct job_tally *, struct tally_set *, struct err *) MUST;

/* How many entries to ask for at once, after so many entries took so many bytes. */
size_t redis_page(int64_t bytes, size_t entries);
#define REDIS_PAGE_FIRST ((size_t)100) /* before anything is known about their size */

#endif
