/*
 * The fact of rows that break constraints to come: takes the constraints from a data table of the rules, looks
 * at the catalogue once, and asks one bounded question for each that the table has not got yet. Each question
 * has a transaction of its own, and a state of its own: one that fails or takes too long leaves the others.
 */
#ifndef PG_CONSTRAINTS_H
#define PG_CONSTRAINTS_H

#include "sources/postgres/pg_query.h"

/* Columns and parameters that a fact with this reader may have; NULL-terminated. */
extern const char *const constraints_columns[], *const constraints_params[];
/* Why the rows of a data table are no constraints: about the first wrong one, or NULL. */
const char *constraints_fault(const struct rows *over, struct arena *);

/* The tables of these rows, as "public.x"; without those of `but`, see struct source_kind. */
void constraints_relations(const struct rows *over, const struct rows *but, struct arena *, struct texts *out);

/*
 * Fills the rows: one for each constraint whose table exists, has rows, and lacks the constraint. False: nothing
 * can be said, see the fault; if it is `lost`, the connection is gone. Everything lives in rows->arena.
 */
bool constraints_read(struct pg *, struct sources *, struct rows *, struct pg_fault *) MUST;
/* Prints the look at the catalogue and every question, as if all tables were small, without sending any. */
void constraints_describe(const struct source *, struct rows *, FILE *);

#endif
