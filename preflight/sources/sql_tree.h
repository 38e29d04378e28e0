/*
 * SQL definitions by PostgreSQL's own parser (libpg_query), for every kind of source that compares structures: the
 * same meaning gives the same short form, however a server or a dump printed it. Nothing is executed and nothing
 * is put together again from a tree. A build without the library has these functions; they fail and name the reason.
 */
#ifndef SQL_TREE_H
#define SQL_TREE_H

#include <jansson.h>

#include "base/err.h"

/* Bytes of one statement. With fewer levels than that the parser's recursion fits the stack of a source's thread. */
#define SQL_STATEMENT_MAX ((size_t)48 * 1024)
/* The stack of a thread that calls these functions. */
#define SQL_STACK ((size_t)64 << 20)

/* Why nothing can be parsed here, or NULL: it can. */
const char *sql_tree_fault(void);

/*
 * Calls `visit` for each statement of a dump, without blanks and comments before it and its semicolon behind it.
 * Lines of psql, which begin with a backslash, are overwritten with blanks in `text`. False: it cannot be split.
 */
typedef void sql_visit(void *arg, const char *statement, size_t len);
bool sql_split(char *text, sql_visit *, void *arg, struct err *) MUST;

/* The tree of one statement, without its wrapping; NULL: too long, too deep, or not understood. Free with json_decref. */
json_t *sql_tree_parse(const char *sql, size_t len, struct err *);
void sql_tree_drop(json_t **); /* for CLEANUP */

/*
 * The short form of a part of the tree of `sql`, in memory of the arena. Without locations, names of the object itself,
 * schema public, pg_catalog, casts to text and varchar, and whether a constraint is valid. NULL: longer than a cell.
 */
const char *sql_tree_short(struct arena *, const char *sql, const json_t *node);
/* A type: "int8", "varchar(255)", "text[]". */
const char *sql_tree_type(struct arena *, const char *sql, const json_t *type_name);

/*
 * The same for what a server prints. A constraint as of pg_get_constraintdef, and whether it is valid; an index as of
 * pg_get_indexdef; a type as of format_type. NULL: not understood, with the reason.
 */
const char *sql_short_constraint(struct arena *, const char *definition, bool *valid, struct err *);
const char *sql_short_index(struct arena *, const char *definition, struct err *);
const char *sql_short_type(struct arena *, const char *type, struct err *);
/* An expression without parentheses around it. */
const char *sql_short_expression(struct arena *, const char *expression, struct err *);

#endif
