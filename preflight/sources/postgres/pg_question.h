/*
 * The question whether rows break a constraint, as SQL. The statement is composed from a constraint and from
 * what the catalogue holds of its table; nothing here talks to a server. Identifiers are quoted, and the kinds
 * are those of enum constraint_kind only.
 */
#ifndef PG_QUESTION_H
#define PG_QUESTION_H

#include "base/base.h"

enum constraint_kind { CK_NOT_NULL, CK_NUM_NONNULLS, CK_LENGTH, CK_CHECK, CK_FOREIGN_KEY, CK_UNIQUE, CK_N };

/* A constraint that a table is to have. Everything belongs to whoever made it. */
struct constraint {
	const char *schema; /* of the table; NULL: public */
	const char *table, *name;
	enum constraint_kind kind;
	struct texts columns;
	/*
	 * num_nonnulls: "= 1"; length: "255", the most characters; check: an expression over the columns, which is
	 * sent as it is: whoever takes it from elsewhere than a rule file examines it first. Else NULL.
	 */
	const char *expression;
	/* unique: expressions over the columns, sent as they are, like `predicate`, a condition; none, NULL: the columns, all rows. */
	struct texts keys;
	const char *predicate;
	bool nulls_equal;       /* unique: NULL is a value like any other */
	const char *referenced; /* foreign_key: the table, in schema public */
	struct texts referenced_columns;
	bool replaces; /* one of the same name, whose definition changes: that one proves nothing */
};

enum question_extent {
	QX_SMALL, /* the whole table, every row counted: for small ones */
	QX_WHOLE, /* the whole table, until QUESTION_FOUND_MAX rows are found; through an index where there is one */
	QX_PARTS  /* the first and the last rows by key, and a sample of blocks */
};
#define QUESTION_FOUND_MAX 1000

struct question {
	enum question_extent extent;
	const char *key; /* first column of the primary key, or NULL: rows are named by ctid, and have no ends */
	size_t ends;     /* rows from each end */
	double percent;  /* of the blocks, for the sample */
};

/* The kind of this name in rule files, or CK_N; and the reverse. */
enum constraint_kind constraint_kind_of(const char *name);
const char *constraint_kind_word(enum constraint_kind);
/* "a,b" */
const char *constraint_list(const struct texts *, struct arena *);
/* A name as an identifier. */
const char *constraint_quoted(const char *name, struct arena *);
/* Whether the parts that this kind needs are there and have their form; why: what is wrong, or untouched. */
bool constraint_check(const struct constraint *, const char **why) MUST;
/*
 * The statement: one row of found (rows that break it, at most QUESTION_FOUND_MAX unless QX_SMALL or QX_PARTS),
 * ids (up to five, as text) and examined (rows; NULL: not counted). A unique constraint has no parts. The text
 * lives in the arena.
 */
const char *question_sql(const struct constraint *, const struct question *, struct arena *);
/* A complete statement for people that shows the rows, ten at most. */
const char *question_shown(const struct constraint *, struct arena *);

#endif
