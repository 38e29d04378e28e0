/* Readings of one instance as one snapshot: its nodes side by side, each store once. */
#ifndef MERGE_H
#define MERGE_H

#include "facts/snapshot.h"

struct named_snapshot {
	const char *name;          /* for people: the path of a bundle, or "this run" */
	struct snapshot *snapshot; /* as snapshot_read leaves it */
};

/* Whether this source was read there, on this node ("" for what has no nodes); node NULL: on any. */
bool snapshot_holds(const struct named_snapshot *, const char *id, const char *node);
/*
 * All of it in `out`. The order of the readings changes nothing. False: two of them hold the same
 * source or part, which would be two answers to one question. The rows are taken from the readings.
 */
bool snapshots_merge(struct named_snapshot *, size_t n, struct snapshot *out, struct err *) MUST;
/* Only whether that would be refused. */
bool snapshots_clash(const struct named_snapshot *, size_t n, struct err *);

#endif
