/*
 * What the catalogue holds of the tables that constraints to come are about.
 */
#ifndef PG_LOOK_H
#define PG_LOOK_H

#include "sources/postgres/pg_query.h"
#include "sources/postgres/pg_question.h"

/* A constraint, and what the catalogue holds of it. Numbers are negative where they are not known. */
struct asked {
	struct constraint c;
	const char *object;      /* constraint, index or column of a release's structure; NULL: of a data table */
	const char *refused;     /* why no question is put about it, or NULL */
	bool exists, ref_exists; /* the tables, as tables of GitLab's */
	bool locked;             /* one of them, by another session */
	bool done;               /* the constraint is there and holds for all rows */
	bool not_null;           /* all columns are declared so */
	size_t columns, ref_columns;
	bool readable, ref_readable;
	bool indexed; /* for a question about NULLs of its one column */
	const char *key;
	int64_t bytes, tuples, ref_bytes, ref_tuples;
	const char *nulls, *analysed_at;
};

struct asked_list {
	struct asked *items;
	size_t n, cap;
};

/* The query that look_at_tables() sends. */
extern const char look_query[];
/*
 * Fills the rest of each item, whose constraint is given, with one query in the open transaction. Texts live in the
 * arena. A table that is locked has no size, and its lock is not waited for.
 */
bool look_at_tables(struct pg *, struct asked_list *, struct arena *, struct pg_fault *) MUST;

#endif
