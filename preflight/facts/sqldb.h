/*
 * The database in which rules are evaluated: SQLite in memory, rebuilt from rows, where a statement can
 * read the tables that exist and nothing else: no file, no clock, no randomness, no recursion, and
 * no more work than the budget.
 */
#ifndef SQLDB_H
#define SQLDB_H

#include "facts/rows.h"

struct sqldb;

/* `now`: what now() answers, microseconds. NULL: no memory, or the library's own tables cannot be listed whole. */
struct sqldb *sqldb_new(int64_t now);
void sqldb_free(struct sqldb *);
void sqldb_drop(struct sqldb **);

/*
 * Large tables and views get an index on each column of these names that they have. The list must outlive the
 * database. Without it every join of two large tables is quadratic.
 */
void sqldb_index_by(struct sqldb *, const struct texts *columns);

/* An empty table as declared; its first column is the part column, if it has one. */
bool sqldb_table(struct sqldb *, const struct fact *, struct err *) MUST;
bool sqldb_insert(struct sqldb *, const struct rows *, bool reversed, struct err *) MUST;
/* Takes a table or view away, if it is there. */
bool sqldb_drop_table(struct sqldb *, const char *name, struct err *) MUST;
/* The table holds these rows and no others. */
bool sqldb_replace(struct sqldb *, const struct rows *, struct err *) MUST;
/* What became of a table that a statement reads: there is none, it exists now, or it should exist and does not. */
enum table_made { TM_NONE, TM_MADE, TM_BROKEN };
/*
 * `make` is called with the name of a table that a statement reads and that does not exist. After TM_MADE the statement
 * is prepared again. A view that reads a broken one fails, even if it has a fallback: that is for what is rightly absent.
 */
void sqldb_on_missing(struct sqldb *, enum table_made (*make)(void *, const char *name), void *);
/*
 * Asks a view once and keeps its rows as a table of its name: its query, or its fallback where the
 * query reads what does not exist. One that has no usable form is left out, so that whoever reads
 * it does not prepare either.
 */
bool sqldb_view(struct sqldb *, const struct view *, struct err *) MUST;
/*
 * Runs `visit` as if fact table number `fact` of the list did not exist, nor what needs it; without
 * `fallbacks`, as if no view had one. Only what prepares may be asked there: views with a fallback keep the
 * rows that they had. Afterwards the table is back, without its rows.
 */
bool sqldb_without(struct sqldb *, const struct fact_list *, const struct views *, size_t fact, bool fallbacks,
    void (*visit)(struct sqldb *, void *), void *, struct err *) MUST;

/* Whether a table or view is missing for this statement, which prepared while all were there. */
bool sqldb_lacks_for(struct sqldb *, const struct sql *);
/* Whether a statement prepares, and is one that rules may use. The error says where. */
bool sqldb_prepares(struct sqldb *, const struct sql *, struct err *) MUST;

#define REST_MAX 8 /* different words; the last one stands for all that follow */

struct result {
	const char **names;
	size_t n_columns;
	/* Values as people read them (versions, times, yes/no), NULL for NULL. */
	const char *(*items);
	int64_t *numbers; /* the same cells where they are integers, else 0 */
	size_t n;         /* rows */
	/* Rows beyond RESULT_MAX are counted by their word in the column `status`; "": it is NULL, or there is none. */
	struct rest {
		const char *status;
		size_t n;
	} rest[REST_MAX];
	size_t n_rest;
};
#define RESULT_MAX 5000 /* rows of one rule that are kept */
/* Column names only. */
bool sqldb_columns(struct sqldb *, const struct sql *, struct arena *, struct result *, struct err *) MUST;
/* All rows, as far as they are kept. REAL or BLOB values are an error: rules count in integers. */
bool sqldb_query(struct sqldb *, const struct sql *, struct arena *, struct result *, struct err *) MUST;
/* Whether what failed last was too much for the limits of work and memory, rather than wrong. */
bool sqldb_is_exceeded(const struct sqldb *);
int result_column(const struct result *, const char *name);
static inline const char *
result_text(const struct result *r, size_t row, int column)
{
	return r->items[row * r->n_columns + (size_t)column];
}

#endif
