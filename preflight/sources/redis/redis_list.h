/* The jobs of a list, in pages. */
#ifndef REDIS_LIST_H
#define REDIS_LIST_H

#include "sources/redis/redis_client.h"
#include "sources/redis/redis_tally.h"

/* Fills set->before and ->after, and counts into the tally what set->key holds. */
enum part_status redis_walk_list(struct redis *, struct job_tally *, struct tally_set *, struct err *) MUST;

#endif
