/*
 * All rows of one run, and their form on disk: one sorted NDJSON file for each fact table. These
 * files are the truth; SQLite is rebuilt from them (sqldb.h).
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "bundle/bundle.h"
#include "facts/rows.h"

struct snapshot {
	struct rows **items; /* one for each table and part; owned */
	size_t n, cap;
};

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *);
static inline void
snapshot_drop(struct snapshot **s)
{
	snapshot_free(*s);
}
void snapshot_add(struct snapshot *, struct rows *); /* takes it over */
/* The same, in the place of older rows of that table and part. */
void snapshot_put(struct snapshot *, struct rows *);
const struct rows *snapshot_find(const struct snapshot *, const struct fact *, const char *part);

/* Adds facts/TABLE.ndjson for each table, in memory of the arena, and sorts the members by path. */
void snapshot_write(const struct snapshot *, struct arena *, struct members *);
/*
 * Reads all facts/TABLE.ndjson whose table the rule set declares. A file whose columns differ from
 * today's declaration is carried, not read: its parts are then missing, which is never "empty".
 */
bool snapshot_read(
    struct snapshot *, const struct fact_list *declared, const struct members *, struct arena *, struct err *) MUST;
/* SHA-256 over the facts of a bundle, in the order of its files. */
void snapshot_digest(const struct members *, char out[65]);

#endif
