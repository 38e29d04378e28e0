/*
 * What the catalog says about the relations that declarations read, and the SELECT that is made of
 * it. The catalog is asked by name: information_schema hides what we may not read, and to_regclass
 * raises an error.
 */
#ifndef PG_PROBE_H
#define PG_PROBE_H

#include "sources/postgres/pg_query.h"

struct catalog;

/*
 * Looks up, in the open transaction and with one query, everything that the facts of the source's
 * unread rows and `also` (relations with a column, `n_also` of them: "public.x.y") name.
 */
bool catalog_read(struct pg *, const char *const *also, size_t n_also, struct arena *, const struct catalog **,
    struct pg_fault *) MUST;

/* The query that catalog_read() asks. */
extern const char catalog_query[];
/* The same from an answer to it, for tests: a row for each object that the facts name, in their order. */
bool catalog_of_answer(
    const struct source *, struct arena *, const PGresult *, const struct catalog **, struct pg_fault *) MUST;
/*
 * As if everything that the facts of the source's rows name were there and could be read: for statements that
 * are shown and not sent. Its i-th way to read a fact, or NULL behind the last.
 */
const struct catalog *catalog_assumed(const struct source *, struct arena *);
const char *catalog_statement(const struct catalog *, struct rows *, size_t i);

/* Whether all of these columns ("public.x.y") are there and may be read. */
bool
catalog_check(const struct catalog *, const struct pg *, const char *const *columns, size_t n, struct pg_fault *) MUST;

/*
 * The SELECT for a fact: its columns in the order of the declaration, as text the door takes, and
 * last the index of a column whose value is too long to be sent (NULL: none). At most one row more
 * than the fact may have. Columns that this GitLab does not have yet are NULL and are noted in
 * rows->missing. The text lives in rows->arena.
 */
bool
catalog_compose(const struct catalog *, const struct pg *, struct rows *, const char **sql, struct pg_fault *) MUST;

#endif
