/* Where GitLab's own files say that Redis is. */
#ifndef DISCOVER_REDIS_H
#define DISCOVER_REDIS_H

#include "discovery/discover_files.h"

/* Adds what GitLab's files name of Redis. */
void discover_redis(struct finding_out *);

#endif
