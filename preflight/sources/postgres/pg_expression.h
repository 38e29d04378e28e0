/*
 * Expressions of constraints that come from elsewhere than a rule file. Only a tree that consists of a short list of
 * nodes, operators, casts and functions is printed as SQL; whatever is not on the list is refused by its name.
 */
#ifndef PG_EXPRESSION_H
#define PG_EXPRESSION_H

#include <jansson.h>

#include "base/base.h"

#define EXPRESSION_MAX ((size_t)4096) /* bytes of a definition */

/*
 * The SQL of an expression in the tree of `text`, which parses to the same tree again, and the names of its columns,
 * each once. NULL: something is not on the list, see *why: "function pg_sleep". The texts live in the arena.
 */
const char *
expression_sql(const char *text, const json_t *tree, struct texts *columns, struct arena *, const char **why);

#endif
