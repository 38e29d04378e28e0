/*
 * Reads from PostgreSQL's catalog which declared tables and columns exist and may be read, and composes the SELECT
 * for them. Reads no rows of GitLab's tables.
 */
#include "sources/postgres/pg_probe.h"

#include <stdlib.h>
#include <assert.h>
#include <string.h>

#define SQL_MAX ((size_t)1024 * 1024)

/* One thing asked about: a relation, or a column of it. */
struct object {
	const char *schema, *relation, *column; /* column NULL: only the relation */
	char kind;                              /* pg_class.relkind; 0: there is no such relation */
	bool may_enter;                         /* USAGE on the schema */
	bool may_read_some;                     /* SELECT on at least one column */
	bool has_column, may_read;
	bool is_valid_index;
};

struct catalog {
	struct arena *arena;
	struct object *items;
	size_t n, cap;
};

/* ---- Asking ---- */

/* "schema.relation" or "schema.relation.column". */
static void
want(struct catalog *c, const char *dotted, bool with_column)
{
	struct object o = {.schema = arena_strdup(c->arena, dotted)};
	char *rest = arena_strdup(c->arena, dotted), *dot = strchr(rest, '.');

	if (dot == NULL)
		return;
	o.schema = arena_strndup(c->arena, rest, (size_t)(dot - rest));
	o.relation = dot + 1;
	dot = with_column ? strchr(dot + 1, '.') : NULL;
	if (dot != NULL) {
		*dot = '\0';
		o.column = dot + 1;
	}
	ARENA_PUSH(c->arena, c, o);
}

static void
want_fact(struct catalog *c, const struct fact *f)
{
	if (fact_takes_rows(f))
		return;
	if (f->from != NULL)
		want(c, f->from, false);
	for (size_t i = 0; f->from != NULL && i < f->n_columns; i++)
		if (f->columns[i].sql == NULL)
			want(c, arena_printf(c->arena, "%s.%s", f->from, f->columns[i].name), true);
	for (size_t i = 0; i < f->n_variants; i++) {
		const struct fact_variant *v = &f->variants[i];

		if (v->has != NULL)
			want(c, v->has, true);
		if (v->index != NULL)
			want(c, v->index, false);
		for (size_t k = 0; k < v->n_uses; k++)
			want(c, v->uses[k], true);
	}
}

const char catalog_query[] =
    "SELECT c.relkind, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
    " pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), a.attnum IS NOT NULL,"
    " pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'), i.indisvalid AND i.indisready"
    " FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]),"
    " pg_catalog.unnest($3::text[])) WITH ORDINALITY AS w (schema, relation, col, position)"
    " LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema"
    " LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.relation"
    " LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = w.col"
    " AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid"
    " ORDER BY w.position";

static void
take_object(struct object *o, const PGresult *r, int row)
{
	o->kind = PQgetvalue(r, row, 0)[0];
	o->may_enter = PQgetvalue(r, row, 1)[0] == 't';
	o->may_read_some = PQgetvalue(r, row, 2)[0] == 't';
	o->has_column = PQgetvalue(r, row, 3)[0] == 't';
	o->may_read = PQgetvalue(r, row, 4)[0] == 't';
	o->is_valid_index = PQgetvalue(r, row, 5)[0] == 't';
}

static bool
take_answer(struct catalog *c, const PGresult *r, struct pg_fault *f)
{
	if ((size_t)PQntuples(r) != c->n)
		return pg_fail(f, PS_ERROR, "the catalog lists a relation twice");
	for (size_t i = 0; i < c->n; i++)
		take_object(&c->items[i], r, (int)i);
	return true;
}

static bool
ask(struct pg *p, struct catalog *c, struct pg_fault *f)
{
	CLEANUP(buf_free) struct buf schemas, relations, columns;
	CLEANUP(pg_result_drop) PGresult *r = NULL;

	buf_init(&schemas, SQL_MAX);
	buf_init(&relations, SQL_MAX);
	buf_init(&columns, SQL_MAX);
	for (size_t i = 0; i < c->n; i++) {
		pg_array_add(&schemas, c->items[i].schema);
		pg_array_add(&relations, c->items[i].relation);
		pg_array_add(&columns, c->items[i].column);
	}
	buf_addc(&schemas, '}');
	buf_addc(&relations, '}');
	buf_addc(&columns, '}');
	if (schemas.over || relations.over || columns.over)
		return pg_fail(f, PS_ERROR, "the declarations name too many columns");
	return pg_exec(p, catalog_query, (const char *const[]){schemas.p, relations.p, columns.p}, 3, &r, f) &&
	    take_answer(c, r, f);
}

static struct catalog *
wanted(const struct source *s, const char *const *also, size_t n_also, struct arena *a)
{
	struct catalog *c = arena_alloc(a, sizeof *c);

	c->arena = a;
	for (size_t i = 0; i < n_also; i++)
		want(c, also[i], true);
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i]->status == PS_NOT_COLLECTED)
			want_fact(c, s->rows[i]->fact);
	return c;
}

bool
catalog_read(struct pg *p, const char *const *also, size_t n_also, struct arena *a, const struct catalog **out,
    struct pg_fault *f)
{
	struct catalog *c = wanted(p->source, also, n_also, a);

	p->doing = "looking at the catalog";
	*out = c;
	return ask(p, c, f);
}

bool
catalog_of_answer(
    const struct source *s, struct arena *a, const PGresult *r, const struct catalog **out, struct pg_fault *f)
{
	struct catalog *c = wanted(s, NULL, 0, a);

	*out = c;
	return take_answer(c, r, f);
}

/* ---- Judging ---- */

static bool
is_named(const struct object *o, const char *dotted)
{
	size_t schema = strlen(o->schema), relation = strlen(o->relation);

	if (strncmp(dotted, o->schema, schema) != 0 || dotted[schema] != '.' ||
	    strncmp(dotted + schema + 1, o->relation, relation) != 0)
		return false;
	dotted += schema + 1 + relation;
	return o->column == NULL ? *dotted == '\0' : *dotted == '.' && strcmp(dotted + 1, o->column) == 0;
}

/* What was asked about is there; anything else would be an internal error, and reads as missing. */
static const struct object *
find(const struct catalog *c, const char *dotted)
{
	static const struct object nothing = {.schema = "?", .relation = "?", .column = "?"};

	for (size_t i = 0; i < c->n; i++)
		if (is_named(&c->items[i], dotted))
			return &c->items[i];
	return &nothing;
}

static const char *
kind_word(char kind)
{
	switch (kind) {
	case 'v':
		return "a view";
	case 'm':
		return "a materialized view";
	case 'f':
		return "a foreign table";
	default:
		return "something else"; /* a letter of PostgreSQL, not an enum */
	}
}

/* A view may show anything under a table's name; only the server's own are what they claim. */
static bool
check_relation(const struct object *o, const struct pg *p, struct pg_fault *f)
{
	if (o->kind == '\0')
		return pg_fail(f, PS_ABSENT, "table %s.%s does not exist", o->schema, o->relation);
	if (o->kind != 'r' && o->kind != 'p' && strcmp(o->schema, "pg_catalog") != 0)
		return pg_fail(
		    f, PS_DENIED, "%s.%s is %s, not GitLab's table", o->schema, o->relation, kind_word(o->kind));
	if (!o->may_enter)
		return pg_fail(f, PS_DENIED,
		    "role %s may not look into schema %s: "
		    "GRANT USAGE ON SCHEMA %s TO %s",
		    p->role, o->schema, o->schema, p->role);
	return true;
}

static bool
check_column(const struct object *o, struct pg_fault *f)
{
	return o->has_column || pg_fail(f, PS_ABSENT, "%s.%s has no column %s", o->schema, o->relation, o->column);
}

/* Says all columns of the first relation that has one, so that one GRANT clears it. */
static bool
check_privileges(const struct object *const *objects, size_t n, const struct pg *p, struct pg_fault *f)
{
	CLEANUP(buf_free) struct buf columns;
	const struct object *first = NULL;

	buf_init(&columns, 200);
	for (size_t i = 0; i < n; i++) {
		const struct object *o = objects[i];

		if (o->column != NULL ? o->may_read : o->may_read_some)
			continue;
		if (first == NULL)
			first = o;
		if (o->column != NULL && strcmp(o->schema, first->schema) == 0 &&
		    strcmp(o->relation, first->relation) == 0)
			buf_printf(&columns, "%s\"%s\"", columns.len > 0 ? ", " : "", o->column);
	}
	if (first == NULL)
		return true;
	if (!first->may_read_some || columns.over)
		return pg_fail(f, PS_DENIED, "role %s may not read %s.%s: GRANT SELECT ON %s.%s TO %s", p->role,
		    first->schema, first->relation, first->schema, first->relation, p->role);
	return pg_fail(f, PS_DENIED,
	    "role %s may not read all of %s.%s: "
	    "GRANT SELECT (%s) ON %s.%s TO %s",
	    p->role, first->schema, first->relation, columns.p, first->schema, first->relation, p->role);
}

bool
catalog_check(const struct catalog *c, const struct pg *p, const char *const *columns, size_t n, struct pg_fault *f)
{
	const struct object **objects = arena_alloc(c->arena, (n + 1) * sizeof *objects);

	for (size_t i = 0; i < n; i++) {
		objects[i] = find(c, columns[i]);
		if (!check_relation(objects[i], p, f) || !check_column(objects[i], f))
			return false;
	}
	return check_privileges(objects, n, p, f);
}

/* ---- Composing ---- */

static bool
is_missing(const struct rows *r, const struct fact_column *col)
{
	for (size_t i = 0; i < r->n_missing; i++)
		if (strcmp(r->missing[i], col->name) == 0)
			return true;
	return false;
}

/* Only what `since` announces may be missing, and only where NULL is allowed. */
static bool
check_table(const struct catalog *c, const struct pg *p, struct rows *r, struct pg_fault *f)
{
	const struct fact *fact = r->fact;
	const struct object **there = arena_alloc(r->arena, (fact->n_columns + 1) * sizeof *there);
	size_t n = 0;

	there[n++] = find(c, fact->from);
	if (!check_relation(there[0], p, f))
		return false;
	r->missing = arena_alloc(r->arena, (fact->n_columns + 1) * sizeof *r->missing);
	for (size_t i = 0; i < fact->n_columns; i++) {
		const struct fact_column *col = &fact->columns[i];
		const struct object *o;

		if (col->sql != NULL)
			continue;
		o = find(c, arena_printf(r->arena, "%s.%s", fact->from, col->name));
		if (o->has_column)
			there[n++] = o;
		else if (col->has_since && col->null)
			r->missing[r->n_missing++] = col->name;
		else
			return check_column(o, f);
	}
	return check_privileges(there, n, p, f);
}

/* A line break before each closing bracket: a comment in the declaration ends there. */
static void
add_table(struct buf *b, const struct catalog *c, const struct rows *r)
{
	const struct fact *fact = r->fact;
	const struct object *o;
	const char *comma = "";

	assert(fact->from != NULL); /* the loader wants one of from, query and variants */
	o = find(c, fact->from);
	buf_add(b, "SELECT ");
	for (size_t i = 0; i < fact->n_columns; i++) {
		const struct fact_column *col = &fact->columns[i];

		if (is_missing(r, col))
			continue;
		buf_add(b, comma);
		if (col->sql != NULL) {
			buf_printf(b, "(%s\n)", col->sql);
		} else {
			buf_add(b, "t.");
			buf_add_name(b, col->name);
		}
		buf_add(b, " AS ");
		buf_add_name(b, col->name);
		comma = ", ";
	}
	buf_add(b, " FROM ");
	buf_add_name(b, o->schema);
	buf_addc(b, '.');
	buf_add_name(b, o->relation);
	buf_add(b, " AS t");
	if (fact->where != NULL)
		buf_printf(b, " WHERE (%s\n)", fact->where);
}

static const struct fact_variant *
choose_variant(const struct catalog *c, const struct fact *fact, struct pg_fault *f)
{
	const char *needed = "declared query";

	for (size_t i = 0; i < fact->n_variants; i++) {
		const struct fact_variant *v = &fact->variants[i];

		if (v->has != NULL && !find(c, v->has)->has_column)
			needed = v->has;
		else if (v->index != NULL && !find(c, v->index)->is_valid_index)
			needed = v->index;
		else
			return v;
	}
	(void)pg_fail(f, PS_ABSENT, "no declared query for this table fits: there is no %s", needed);
	return NULL;
}

/*
 * The forms that cell_from_text() reads, made by the server so that they do not depend on its
 * settings. Infinite times are NULL. A value that is too long stays where it is.
 */
static void
add_cell(struct buf *b, const struct fact_column *col, bool missing)
{
	static const char *const type[] = {
	    [T_INTEGER] = "bigint", [T_TEXT] = "text", [T_TIME] = "bigint", [T_BOOL] = "boolean", [T_VERSION] = "text"};
	CLEANUP(buf_free) struct buf name;

	buf_init(&name, 500);
	buf_add_name(&name, col->name);
	if (missing) {
		buf_printf(b, "NULL::%s", type[col->type]);
		return;
	}
	switch (col->type) {
	case T_INTEGER:
		/* A cast of numbers rounds; that of a text refuses what is no integer. */
		buf_printf(b,
		    "CASE WHEN q.%s::bigint = q.%s::text::numeric THEN q.%s::bigint ELSE q.%s::text::bigint END",
		    name.p, name.p, name.p, name.p);
		break;
	case T_TIME:
		buf_printf(b,
		    "CASE WHEN isfinite(q.%s) THEN (extract(epoch FROM q.%s) * 1000000)"
		    "::bigint END",
		    name.p, name.p);
		break;
	case T_BOOL:
		buf_printf(b, "q.%s", name.p);
		break;
	case T_TEXT:
	case T_VERSION:
		buf_printf(b, "CASE WHEN octet_length(q.%s::text) <= %d THEN q.%s::text END", name.p, CELL_MAX, name.p);
		break;
	}
}

static void
add_select(struct buf *b, const struct rows *r)
{
	const struct fact *fact = r->fact;

	buf_add(b, "SELECT ");
	for (size_t i = 0; i < fact->n_columns; i++) {
		add_cell(b, &fact->columns[i], is_missing(r, &fact->columns[i]));
		buf_add(b, ", ");
	}
	buf_add(b, "CASE");
	for (size_t i = 0; i < fact->n_columns; i++) {
		const struct fact_column *col = &fact->columns[i];

		if ((col->type != T_TEXT && col->type != T_VERSION) || is_missing(r, col))
			continue;
		buf_add(b, " WHEN octet_length(q.");
		buf_add_name(b, col->name);
		buf_printf(b, "::text) > %d THEN %zu", CELL_MAX, i);
	}
	buf_add(b, " WHEN false THEN 0 END FROM (");
}

/* NULL: longer than a statement may be. */
static const char *
compose_select(const struct catalog *c, const struct rows *r, const struct fact_variant *v)
{
	CLEANUP(buf_free) struct buf b;

	buf_init(&b, SQL_MAX);
	buf_add(&b, PG_DECLARE);
	add_select(&b, r);
	if (v != NULL)
		buf_add(&b, v->query);
	else
		add_table(&b, c, r);
	buf_printf(&b, "\n) AS q LIMIT %zu", r->fact->max_rows + 1);
	return b.over ? NULL : arena_strdup(r->arena, b.p);
}

bool
catalog_compose(const struct catalog *c, const struct pg *p, struct rows *r, const char **sql, struct pg_fault *f)
{
	const struct fact_variant *v = NULL;

	if (r->fact->from != NULL) {
		if (!check_table(c, p, r, f))
			return false;
	} else {
		v = choose_variant(c, r->fact, f);
		if (v == NULL || !catalog_check(c, p, v->uses, v->n_uses, f))
			return false;
	}
	*sql = compose_select(c, r, v);
	return *sql != NULL || pg_fail(f, PS_ERROR, "the declaration makes a statement of more than 1 MiB");
}

const struct catalog *
catalog_assumed(const struct source *s, struct arena *a)
{
	struct catalog *c = arena_alloc(a, sizeof *c);

	c->arena = a;
	for (size_t i = 0; i < s->n_rows; i++)
		want_fact(c, s->rows[i]->fact);
	return c;
}

const char *
catalog_statement(const struct catalog *c, struct rows *r, size_t i)
{
	const struct fact *f = r->fact;

	if (fact_takes_rows(f) || i >= (f->from != NULL ? 1 : f->n_variants))
		return NULL;
	return compose_select(c, r, f->from != NULL ? NULL : &f->variants[i]);
}
