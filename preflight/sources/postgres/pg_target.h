/*
 * The constraints of a release's structure that a database lacks, or has NOT VALID: what rows of the instance may
 * break once that release is installed.
 */
#ifndef PG_TARGET_H
#define PG_TARGET_H

#include "sources/postgres/pg_look.h"

/* One query for the names of everything that may be there already. */
extern const char target_query[];

/*
 * Lists those rows of the facts which `rows` comes after, which are read by now, that the database does not have yet:
 * valid constraints, unique indexes, columns declared NOT NULL. A constraint that is there and NOT VALID is listed as
 * it is there. False: the catalogue could not be read, see the fault. Texts live in the arena of `rows`.
 */
bool target_list(struct pg *, struct sources *, struct rows *, struct asked_list *, struct pg_fault *) MUST;
/*
 * The tables that questions about these rows read, as "schema.x"; one may be there twice. `installed`: the same of the
 * installed release, whose constraints are met already, or NULL.
 */
void target_relations(const struct rows *over, const struct rows *installed, struct arena *, struct texts *out);

#endif
