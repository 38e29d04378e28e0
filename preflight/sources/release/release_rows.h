/*
 * Inside the kind release: the tables that a release fills, and one row of one of them. A table that nobody declared
 * takes rows and forgets them.
 */
#ifndef RELEASE_ROWS_H
#define RELEASE_ROWS_H

#include "sources/source.h"

enum release_table {
	RL_RELEASE,
	RL_MIGRATIONS,
	RL_MIGRATION_NAMES,
	RL_MIGRATION_CALLS,
	RL_BATCHED_MIGRATIONS,
	RL_BATCHED_CALLS,
	RL_SEARCH_MIGRATIONS,
	RL_STOPS,
	RL_FLOORS,
	RL_DOCUMENTED_TABLES,
	RL_CONNECTIONS,
	RL_BIGINT_COLUMNS,
	RL_TABLES,
	RL_COLUMNS,
	RL_CONSTRAINTS,
	RL_INDEXES,
	RL_SEQUENCES,
	RL_EXTENSIONS,
	RL_N
};
#define RELEASE_COLUMNS_MAX 12

/* The readers of the kind, in the order of enum release_table, ended by a name of NULL. */
extern const struct reader release_readers[];

/*
 * Adds a row: one cell for each column of the reader, in its order in release_rows.c. A cell that is not given is
 * NULL. What does not fit ends the table, and nothing is added to it any more.
 */
void release_add(const struct source *, enum release_table, const struct cell[RELEASE_COLUMNS_MAX]);
/* Ends a table that has not ended yet, whether or not rows are in it. */
void release_end(const struct source *, enum release_table, enum part_status, const char *reason, ...) PRINTF(4, 5);

#endif
