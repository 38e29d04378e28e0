/*
 * Composes the SELECT of a fact with `bounded`. One query for all of them, so that the bound that keeps them cheap is
 * chosen, and measured, once: a table of up to BYTES is read whole, of a larger one the oldest and the newest ROWS.
 */
#include "ruleset/bounded.h"

#include "base/text.h"

#define BYTES 400000000
#define ROWS 20000
#define FOUND 1000 /* counted up to */

struct bounded {
	const char *from, *where, *index, *order, *has;
	struct texts reads, uses;
	size_t bytes;
};

static const struct fact_column found_columns[] = {{.name = "found", .type = T_INTEGER, .class = CL_PUBLIC},
    {.name = "samples", .type = T_TEXT, .class = CL_IDENTIFIER}};

/* "a.id, a.expires_at" */
static const char *
columns_of(struct arena *a, const struct bounded *b, const char *alias)
{
	const char *s = arena_printf(a, "%s.id", alias);

	for (size_t i = 0; i < b->reads.n; i++)
		s = arena_printf(a, "%s, %s.%s", s, alias, b->reads.items[i]);
	return s;
}

static const char *
counted(struct arena *a, const char *keys)
{
	return arena_printf(a,
	    "SELECT pg_catalog.count(*) AS found,\n"
	    "       pg_catalog.array_to_string((pg_catalog.array_agg(b.key ORDER BY b.key))[1:10], ', ') AS samples\n"
	    "  FROM (%s\n"
	    "         LIMIT %d) AS b\n"
	    "HAVING pg_catalog.count(*) > 0\n",
	    keys, FOUND);
}

static const char *
by_index(struct arena *a, const struct bounded *b)
{
	return counted(a,
	    arena_printf(a,
		"SELECT t.id AS key FROM %s AS t\n"
		"         WHERE %s ORDER BY t.%s",
		b->from, b->where, b->order != NULL ? b->order : b->reads.items[0]));
}

static const char *
by_ends(struct arena *a, const struct bounded *b)
{
	return counted(a,
	    arena_printf(a,
		"SELECT DISTINCT t.id AS key\n"
		"          FROM (SELECT %s FROM %s AS a\n"
		"                 WHERE (SELECT pg_catalog.pg_relation_size('%s') <= %zu)\n"
		"                 UNION ALL\n"
		"                (SELECT %s FROM %s AS f ORDER BY f.id LIMIT %d)\n"
		"                 UNION ALL\n"
		"                (SELECT %s FROM %s AS l ORDER BY l.id DESC LIMIT %d)) AS t\n"
		"         WHERE %s",
		columns_of(a, b, "a"), b->from, b->from, b->bytes, columns_of(a, b, "f"), b->from, ROWS,
		columns_of(a, b, "l"), b->from, ROWS, b->where));
}

/* The columns that the role must be able to read. */
static struct texts
used(struct arena *a, const struct bounded *b)
{
	struct texts all = {0};

	ARENA_PUSH(a, &all, arena_printf(a, "%s.id", b->from));
	for (size_t i = 0; i < b->reads.n; i++)
		ARENA_PUSH(a, &all, arena_printf(a, "%s.%s", b->from, b->reads.items[i]));
	for (size_t i = 0; i < b->uses.n; i++)
		ARENA_PUSH(a, &all, b->uses.items[i]);
	return all;
}

static void
compose(struct arena *a, const struct bounded *b, struct loc at, struct fact *f)
{
	const struct texts uses = used(a, b);
	struct fact_variant *v = arena_alloc(a, 3 * sizeof *v);

	f->n_variants = 0;
	f->variants = v;
	if (b->index != NULL)
		v[f->n_variants++] = (struct fact_variant){
		    .index = b->index, .query = by_index(a, b), .uses = uses.items, .n_uses = uses.n, .at = at};
	v[f->n_variants++] = (struct fact_variant){
	    .has = b->has, .query = by_ends(a, b), .uses = uses.items, .n_uses = uses.n, .at = at};
	if (b->has != NULL)
		v[f->n_variants++] = (struct fact_variant){
		    .query = "SELECT 0::bigint AS found, '' AS samples WHERE false\n", .at = at};
	f->about = arena_printf(a,
	    "%s Counted up to %d; of a table of more than %zu MB%s, only among the oldest and the newest %d rows.",
	    f->about, FOUND, b->bytes / 1000000, b->index != NULL ? " without its index" : "", ROWS);
}

bool
read_bounded(struct loader *l, const struct ynode *node, struct fact *f)
{
	static const struct field_spec fields[] = {
	    {"from", FK_LINE, offsetof(struct bounded, from), true, NULL},
	    {"reads", FK_TEXTS, offsetof(struct bounded, reads), true, NULL},
	    {"where", FK_TEXT, offsetof(struct bounded, where), true, NULL},
	    {"index", FK_LINE, offsetof(struct bounded, index), false, NULL},
	    {"order", FK_LINE, offsetof(struct bounded, order), false, NULL},
	    {"has", FK_LINE, offsetof(struct bounded, has), false, NULL},
	    {"uses", FK_TEXTS, offsetof(struct bounded, uses), false, NULL},
	    {"bytes", FK_COUNT, offsetof(struct bounded, bytes), false, NULL},
	};
	struct bounded b = {.bytes = BYTES};

	if (!read_map(l, node, "bounded", fields, nitems(fields), &b))
		return false;
	if (b.order != NULL && b.index == NULL) {
		faults_add(l->faults, node->at, "bounded: order belongs to an index");
		return false;
	}
	compose(l->arena, &b, node->at, f);
	f->columns = found_columns;
	f->n_columns = nitems(found_columns);
	return true;
}
