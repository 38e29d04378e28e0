/*
 * Inside the kind release: the tables that a release fills, and one row of one of them. A table that nobody declared
 * takes rows and forgets them.
 */
#ifndef RELEASE_ROWS_H
#define RELEASE_ROWS_H

#include "sources/source.h"

enum release_table {
	RT_RELEASE,
	RT_MIGRATIONS,
	RT_MIGRATION_NAMES,
	RT_MIGRATION_CALLS,
	RT_BATCHED_MIGRATIONS,
	RT_BATCHED_CALLS,
	RT_SEARCH_MIGRATIONS,
	RT_STOPS,
	RT_FLOORS,
	RT_DOCUMENTED_TABLES,
	RT_CONNECTIONS,
	RT_BIGINT_COLUMNS,
	RT_TABLES,
	RT_COLUMNS,
	RT_CONSTRAINTS,
	RT_INDEXES,
	RT_SEQUENCES,
	RT_EXTENSIONS,
	RT_N
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
