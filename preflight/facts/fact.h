/*
 * Declarations of fact tables, as rule files make them. Filled by ruleset.c, read by the sources,
 * the snapshot and the evaluation. Everything lives in the rule set's arena and never changes.
 */
#ifndef FACT_H
#define FACT_H

#include "base/yaml.h"

enum col_type { T_INTEGER, T_TEXT, T_TIME, T_BOOL, T_VERSION };
/* How far a value may travel: reports and bundles hide by class. */
enum col_class { CL_PUBLIC, CL_IDENTIFIER, CL_HOST, CL_FREE_TEXT };

/* Definitions as a server prints them become short forms (sources/sql_tree.h). */
enum col_form { FORM_AS_IT_IS, FORM_CONSTRAINT, FORM_INDEX, FORM_TYPE };

struct fact_column {
	const char *name;
	enum col_type type;
	enum col_class class;
	bool null;       /* may be NULL */
	const char *sql; /* postgres with `from`: expression over t; NULL: t."name" */
	bool has_since;
	int64_t since;             /* version key: earlier releases have no such column */
	const char *const *values; /* the only words allowed, or NULL */
	size_t n_values;
	enum col_form form;  /* what its text becomes before it enters a row */
	const char *example; /* what rule tests take where nothing is given, or NULL */
	struct loc at;
};

struct rows;

/* One way to ask; the first whose condition the catalog fulfils is taken. */
struct fact_variant {
	const char *has;         /* public.table.column, or NULL */
	const char *index;       /* public.index_name (valid), or NULL */
	const char *query;       /* SELECT over public.x; columns named as declared */
	const char *const *uses; /* public.table.column it reads */
	size_t n_uses;
	struct loc at;
};

struct fact {
	const char *table;
	const char *about;
	const char *source;       /* kind of source: postgres, redis, host, run */
	const char *const *parts; /* databases, instances or nodes: main, ci; queues; local */
	size_t n_parts;
	bool found_parts;        /* found at run time: nodes; the declared part is a placeholder */
	const char *part_column; /* database, instance, node: the first column of every row */
	const char *from;        /* postgres: schema.table; others: name of a compiled-in reader */
	const char *where;       /* postgres with `from`: condition over t, or NULL */
	const struct fact_variant *variants;
	size_t n_variants; /* postgres: instead of `from` */
	const struct fact_column *columns;
	size_t n_columns; /* without the part column */
	bool has_absent_before, has_absent_from;
	int64_t absent_before;     /* a missing relation means "no rows" below this version */
	int64_t absent_from;       /* ... and from this version on */
	size_t max_rows;           /* more are `truncated` */
	size_t min_rows;           /* fewer are `absent`: this is not the expected table */
	const char *asked;         /* range of installed versions in which it is worth asking, or NULL */
	const char *const *grants; /* postgres: schema.relation that it reads where they exist, besides `uses` */
	size_t n_grants;
	bool lasting;               /* an upgrade of GitLab does not change its rows */
	int64_t fresh_for_us;       /* older ones are `stale`; 0: no limit */
	const struct ynode *params; /* of a compiled-in reader, or NULL */
	const char *over_table;     /* of a compiled-in reader: the data table whose rows it takes, or NULL */
	const struct rows *over;    /* that table's rows */
	/*
	 * Facts of another source that must have been read, all of them, or it is left out; of one of these parts. A
	 * compiled-in reader takes their rows.
	 */
	const char *const *after, *const *after_parts;
	size_t n_after, n_after_parts;
	bool of_pack; /* a third-party pack declares it */
	struct loc at;
};

struct fact_list {
	struct fact *items;
	size_t n, cap;
};

struct sql {
	const char *text;         /* NULL: not given */
	const struct ynode *node; /* for file:line:col */
};

/* What a statement may read, directly or through views: see reach.c. One entry for each in the set. */
struct reach {
	bool *facts, *views, *tables;
	bool hop, path_steps; /* the tables that are made once there is a hop */
};

struct view {
	const char *name, *about;
	struct sql query;
	struct sql fallback; /* used while a table that `query` reads cannot be known */
	struct reach reach;
	struct loc at;
};
struct views {
	struct view *items;
	size_t n, cap;
};

extern const char *const col_type_word[]; /* "integer", "text", "time", "bool", "version" */

/* Index of a column, or -1. */
int fact_column_find(const struct fact *, const char *name);
/* Whether its reader takes rows of other tables; it is then no SQL. */
bool fact_takes_rows(const struct fact *);
/* Whether it is worth asking while this version (a key; 0: unknown) is installed. */
bool fact_is_asked(const struct fact *, int64_t installed);

/* Columns of the table `source`: see source_row.h, the one user of these. */
enum source_column {
	SC_ID,
	SC_KIND,
	SC_REQUESTED,
	SC_ORIGIN,
	SC_STATUS,
	SC_REASON,
	SC_ENDPOINT,
	SC_VERSION,
	SC_TLS,
	SC_PRIVILEGE,
	SC_STARTED_AT,
	SC_DURATION_US,
	SC_REQUESTS,
	SC_BYTES,
	SC_NODE,
	SC_N
};

/*
 * Tables of the engine itself: `run` and `source` (collected), `given` (by the operator), `hop` and
 * `path_step` (planned).
 */
extern const struct fact run_fact, source_fact, given_fact, hop_fact, path_step_fact;
/* A collected table of this name (also run and source), or NULL. */
const struct fact *fact_find(const struct fact_list *, const char *table);

#endif
