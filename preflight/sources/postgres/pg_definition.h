/*
 * The definition of a constraint or a unique index, as PostgreSQL prints it, read as a constraint that a question can
 * be put about.
 */
#ifndef PG_DEFINITION_H
#define PG_DEFINITION_H

#include "sources/postgres/pg_question.h"

/*
 * Fills kind, columns, expression, keys, predicate and what is referenced; table and name are left alone. Takes
 * "CHECK (...)", "FOREIGN KEY ...", "UNIQUE ...", "PRIMARY KEY ..." or "CREATE UNIQUE INDEX ...". False: no question can
 * be put, and *why names what is in it: "function pg_sleep". Everything lives in the arena.
 */
bool definition_read(const char *definition, struct constraint *, struct arena *, const char **why) MUST;

#endif
