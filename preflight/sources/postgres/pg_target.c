/*
 * Compares the structure of a release by name with the catalogue, before any question is put. Between the rows of
 * the release, which another source fills, and pg_constraints.c. Which of these constraints this step adds, and what
 * a row means for it, is decided by rules.
 */
#include "sources/postgres/pg_target.h"

#include <stdlib.h>
#include <string.h>

#include "sources/postgres/pg_definition.h"

/* In schema.table.name: o, a constraint or a unique index; n, a column that may be NULL. */
const char target_query[] =
    "SELECT 'o', n.nspname, c.relname, k.conname, k.convalidated,"
    " CASE WHEN NOT k.convalidated THEN pg_get_constraintdef(k.oid) END"
    " FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE k.contype = ANY (ARRAY['c', 'f', 'p', 'u', 'x']::\"char\"[]) AND n.nspname = ANY ($1::text[])"
    " UNION ALL SELECT 'o', n.nspname, c.relname, x.relname, i.indisvalid, NULL"
    " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_class AS x ON x.oid = i.indexrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE i.indisunique AND n.nspname = ANY ($1::text[])"
    " UNION ALL SELECT 'n', n.nspname, c.relname, a.attname, false, NULL"
    " FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = ANY (ARRAY['r', 'p']::\"char\"[])"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull AND n.nspname = ANY ($1::text[])";

struct there {
	const char *key;
	const char *definition; /* of one that is NOT VALID; else NULL */
	bool valid;
};

struct comparison {
	struct there *items;
	size_t n;
	struct arena *arena;
	struct asked_list *out;
};

/* ---- What is there ---- */

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct there *)a)->key, ((const struct there *)b)->key);
}

static const char *
key_of(struct arena *a, const char *what, const char *schema, const char *table, const char *name)
{
	return arena_printf(a, "%s.%s.%s.%s", what, schema, table, name);
}

static bool
read_catalogue(struct pg *p, struct comparison *c, struct pg_fault *f)
{
	CLEANUP(pg_result_drop) PGresult *r = NULL;
	static const char *const schemas = "{public,gitlab_partitions_static,gitlab_partitions_dynamic}";

	if (!pg_exec(p, target_query, &schemas, 1, &r, f))
		return false;
	c->items = arena_alloc(c->arena, ((size_t)PQntuples(r) + 1) * sizeof *c->items);
	for (int i = 0; i < PQntuples(r); i++)
		c->items[c->n++] = (struct there){.key = key_of(c->arena, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1),
						      PQgetvalue(r, i, 2), PQgetvalue(r, i, 3)),
		    .valid = PQgetvalue(r, i, 4)[0] == 't',
		    .definition = PQgetisnull(r, i, 5) ? NULL : arena_strdup(c->arena, PQgetvalue(r, i, 5))};
	qsort(c->items, c->n, sizeof *c->items, by_key);
	return true;
}

static const struct there *
find(const struct comparison *c, const char *what, const char *schema, const char *table, const char *name)
{
	const struct there key = {.key = key_of(c->arena, what, schema, table, name)};

	return c->n > 0 ? bsearch(&key, c->items, c->n, sizeof key, by_key) : NULL;
}

/* ---- One row of the release ---- */

static const struct cell *
cell_of(const struct rows *r, size_t row, const char *column)
{
	int i = fact_column_find(r->fact, column);

	return i >= 0 && r->items[row][i].kind != CELL_NULL ? &r->items[row][i] : NULL;
}

static const char *
text_of(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = cell_of(r, row, column);

	return c != NULL && c->kind == CELL_TEXT ? c->s : NULL;
}

static bool
is_false(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = cell_of(r, row, column);

	return c != NULL && c->i == 0;
}

static bool
is_column(const struct rows *r)
{
	return fact_column_find(r->fact, "not_null") >= 0;
}

static bool
is_index(const struct rows *r)
{
	return fact_column_find(r->fact, "is_unique") >= 0;
}

/* The tracking database of a Geo secondary has a structure of its own. */
static bool
is_wanted(const struct rows *r, size_t row)
{
	const char *structure = text_of(r, row, "structure");

	if (structure != NULL && strcmp(structure, "gitlab") != 0)
		return false;
	if (text_of(r, row, "table_name") == NULL || text_of(r, row, "name") == NULL)
		return false;
	return !is_false(r, row, "valid") && !is_false(r, row, "is_unique") && !is_false(r, row, "not_null");
}

static void
define(struct asked *q, const struct rows *r, size_t row, const char *live, struct arena *a)
{
	const char *text = text_of(r, row, "text");

	if (is_column(r)) {
		q->c.kind = CK_NOT_NULL;
		ARENA_PUSH(a, &q->c.columns, q->c.name);
		return;
	}
	if (live == NULL && text != NULL && is_index(r))
		text = arena_printf(a, "CREATE UNIQUE INDEX i ON t %s", text);
	text = live != NULL ? live : text;
	if ((text == NULL || !definition_read(text, &q->c, a, &q->refused)) && q->refused == NULL)
		q->refused = "its definition was not understood";
}

static void
compare_row(struct comparison *c, const struct rows *r, size_t row)
{
	const char *schema = text_of(r, row, "schema_name"), *table = text_of(r, row, "table_name");
	const char *name = text_of(r, row, "name");
	const struct there *t;
	struct asked q = {0};

	if (!is_wanted(r, row))
		return;
	schema = schema != NULL ? schema : "public";
	t = find(c, is_column(r) ? "n" : "o", schema, table, name);
	if (is_column(r) ? t == NULL : t != NULL && t->valid)
		return;
	q.c.schema = arena_strdup(c->arena, schema);
	q.c.table = arena_strdup(c->arena, table);
	q.c.name = arena_strdup(c->arena, name);
	q.object = is_column(r) ? "column" : is_index(r) ? "index" : "constraint";
	q.c.kind = is_index(r) ? CK_UNIQUE : CK_CHECK;
	define(&q, r, row, t != NULL ? t->definition : NULL, c->arena);
	ARENA_PUSH(c->arena, c->out, q);
}

/* ---- All of them ---- */

bool
target_list(struct pg *p, struct sources *all, struct rows *r, struct asked_list *out, struct pg_fault *f)
{
	struct comparison c = {.arena = r->arena, .out = out};
	struct pg_fault end = {0};
	bool ok;

	pg_begin(p, f);
	ok = read_catalogue(p, &c, f);
	r->read_at = p->read_at;
	if (!f->lost && !pg_rollback(p, &end)) {
		*f = end;
		return false;
	}
	for (size_t i = 0; ok && i < r->fact->n_after; i++) {
		const struct rows *over = sources_await(all, p->run, r->fact->after[i], r->fact->after_parts[0]);

		for (size_t k = 0; over != NULL && over->status == PS_COMPLETE && k < over->n; k++)
			compare_row(&c, over, k);
	}
	return ok;
}

static const char *
row_key(const struct rows *r, size_t row, struct arena *a)
{
	const char *schema = text_of(r, row, "schema_name");

	return key_of(
	    a, "o", schema != NULL ? schema : "public", text_of(r, row, "table_name"), text_of(r, row, "name"));
}

static struct comparison
met_by(const struct rows *installed, struct arena *a)
{
	struct comparison met = {.arena = a};

	met.items = arena_alloc(a, ((installed != NULL ? installed->n : 0) + 1) * sizeof *met.items);
	for (size_t i = 0; installed != NULL && i < installed->n; i++)
		if (is_wanted(installed, i))
			met.items[met.n++] = (struct there){.key = row_key(installed, i, a)};
	if (met.n > 1)
		qsort(met.items, met.n, sizeof *met.items, by_key);
	return met;
}

void
target_relations(const struct rows *over, const struct rows *installed, struct arena *a, struct texts *out)
{
	struct comparison met = met_by(installed, a);

	for (size_t i = 0; i < over->n; i++) {
		const char *schema = text_of(over, i, "schema_name"), *table = text_of(over, i, "table_name");
		const char *other = text_of(over, i, "other_table");

		schema = schema != NULL ? schema : "public";
		if (!is_wanted(over, i) || find(&met, "o", schema, table, text_of(over, i, "name")) != NULL)
			continue;
		ARENA_PUSH(a, out, arena_printf(a, "%s.%s", schema, table));
		if (other != NULL)
			ARENA_PUSH(a, out, arena_printf(a, "public.%s", other));
	}
}
