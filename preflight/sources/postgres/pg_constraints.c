/*
 * Rows that break constraints to come. Between the data table of constraints and the snapshot: which of them
 * matter here, how much of each table may be read, and what came of it. The statements are composed in
 * pg_question.c; what a row means for an upgrade is the rules' business.
 */
#include "sources/postgres/pg_constraints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "sources/postgres/pg_look.h"
#include "sources/postgres/pg_target.h"

#define SMALL_BYTES 33554432             /* of a table that is read whole; the parameter small_bytes */
#define SAMPLE_BYTES 4194304             /* of a large one; the parameter sample_bytes */
#define SUSPECT 8                        /* times as much of one whose statistics have NULLs */
#define SMALL_TOTAL_TABLES 16            /* so many times small_bytes are read of small tables in all */
#define FEW_ROWS 20000                   /* so many look-ups in a large referenced table */
#define END_ROWS 10000                   /* read from each end of a large table */
#define TOTAL_US ((int64_t)30 * 1000000) /* for all questions of a database */

enum constraint_column {
	O_NAME,
	O_TABLE,
	O_STATE,
	O_FOUND,
	O_IDS,
	O_EXAMINED,
	O_ESTIMATED,
	O_WHOLE,
	O_BYTES,
	O_NULLS,
	O_ANALYSED,
	O_QUERY,
	O_REASON,
	O_SCHEMA,
	O_OBJECT,
	O_KIND,
	O_COLUMNS,
	O_REFERENCED,
	O_N
};
const char *const constraints_params[] = {"small_bytes", "sample_bytes", NULL};
const char *const constraints_columns[] = {[O_NAME] = "name",
    [O_TABLE] = "table_name",
    [O_STATE] = "state",
    [O_FOUND] = "found",
    [O_IDS] = "ids",
    [O_EXAMINED] = "examined",
    [O_ESTIMATED] = "estimated",
    [O_WHOLE] = "whole",
    [O_BYTES] = "bytes",
    [O_NULLS] = "nulls_per_million",
    [O_ANALYSED] = "analysed_at",
    [O_QUERY] = "query",
    [O_REASON] = "reason",
    [O_SCHEMA] = "schema_name",
    [O_OBJECT] = "object",
    [O_KIND] = "kind",
    [O_COLUMNS] = "column_names",
    [O_REFERENCED] = "referenced",
    [O_N] = NULL};

struct answers {
	struct pg *pg;
	struct rows *rows;
	const struct asked *asked; /* the one of the question */
	struct question question;
	int64_t small, small_left; /* bytes of a table that is read whole, and of all that still are */
	int64_t sample, until;
};

/* ---- Constraints of the data table ---- */

static const struct cell *
cell_named(const struct rows *r, size_t row, const char *column)
{
	int i = fact_column_find(r->fact, column);

	return i >= 0 && r->items[row][i].kind != CELL_NULL ? &r->items[row][i] : NULL;
}

static bool
is_true(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = cell_named(r, row, column);

	return c != NULL && c->i != 0;
}

static const char *
text_named(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = cell_named(r, row, column);

	return c != NULL && c->kind == CELL_TEXT ? c->s : NULL;
}

/* "a,b" */
static void
split(const char *list, struct texts *out, struct arena *a)
{
	while (list[0] != '\0') {
		size_t n = strcspn(list, ",)");

		ARENA_PUSH(a, out, arena_strndup(a, list, n));
		list += n + (list[n] != '\0');
	}
}

static struct constraint
constraint_of(const struct rows *over, size_t row, struct arena *a)
{
	const char *kind = text_named(over, row, "kind"), *columns = text_named(over, row, "columns");
	const char *ref = text_named(over, row, "referenced"), *bracket = ref != NULL ? strchr(ref, '(') : NULL;
	struct constraint c = {.table = text_named(over, row, "table_name"),
	    .name = text_named(over, row, "name"),
	    .kind = kind != NULL ? constraint_kind_of(kind) : CK_N,
	    .expression = text_named(over, row, "expression"),
	    .replaces = is_true(over, row, "replaces")};

	split(columns != NULL ? columns : "", &c.columns, a);
	if (bracket == NULL)
		return c;
	c.referenced = arena_strndup(a, ref, (size_t)(bracket - ref));
	split(bracket + 1, &c.referenced_columns, a);
	return c;
}

const char *
constraints_fault(const struct rows *over, struct arena *a)
{
	const char *why;

	for (size_t i = 0; i < over->n; i++) {
		struct constraint c = constraint_of(over, i, a);

		if (c.table == NULL || c.name == NULL)
			return "it has no columns table_name and name";
		if (!constraint_check(&c, &why))
			return arena_printf(a, "constraint %s of %s: %s", c.name, c.table, why);
	}
	return NULL;
}

void
constraints_relations(const struct rows *over, const struct rows *but, struct arena *a, struct texts *out)
{
	if (fact_column_find(over->fact, "schema_name") >= 0) {
		target_relations(over, but, a, out);
		return;
	}
	for (size_t i = 0; i < over->n; i++) {
		struct constraint c = constraint_of(over, i, a);

		ARENA_PUSH(a, out, arena_printf(a, "public.%s", c.table));
		if (c.referenced != NULL)
			ARENA_PUSH(a, out, arena_printf(a, "public.%s", c.referenced));
	}
}

/* ---- Which of them matter ---- */

/* The installed version: as given, or the lowest that a file of this host holds. 0: not known. */
static int64_t
installed_version(const struct source *s, const struct run *run, struct sources *all)
{
	const struct rows *r;
	int64_t lowest = 0;

	if (s->installed != 0 || all == NULL)
		return s->installed;
	r = sources_await(all, run, "gitlab_version", NULL);
	for (size_t i = 0; r != NULL && r->status == PS_COMPLETE && i < r->n; i++) {
		const struct cell *c = cell_named(r, i, "version");

		if (c != NULL && (lowest == 0 || c->i < lowest))
			lowest = c->i;
	}
	return lowest;
}

/* No upgrade step goes beyond the next stop. */
static int64_t
next_stop(const struct source *s, int64_t installed)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < s->n_stops; i++)
		if (version_minor(s->stops[i]) > version_minor(installed) && version_minor(s->stops[i]) < next)
			next = version_minor(s->stops[i]);
	return next;
}

/* `latest`: the last release of a range, where the release is not known better. */
static bool
is_to_come(const struct rows *over, size_t row, int64_t installed, int64_t stop)
{
	const struct cell *first = cell_named(over, row, "release"), *last = cell_named(over, row, "latest");

	if (installed == 0 || first == NULL)
		return true;
	return (last != NULL ? last->i : first->i) > installed && first->i <= stop;
}

static bool
list_constraints(
    const struct source *s, const struct run *run, struct sources *all, const struct rows *r, struct asked_list *out)
{
	const struct rows *over = r->fact->over;
	int64_t installed = installed_version(s, run, all), stop = next_stop(s, installed);

	for (size_t i = 0; i < over->n; i++)
		if (is_to_come(over, i, installed, stop))
			ARENA_PUSH(r->arena, out, ((struct asked){.c = constraint_of(over, i, r->arena)}));
	return true;
}

/* ---- One row of the fact ---- */

static const char *
int_text(int64_t n, struct arena *a)
{
	return n >= 0 ? arena_printf(a, "%lld", (long long)n) : NULL;
}

static bool
add_row(struct rows *r, const struct asked *q, const char *const *values, struct pg_fault *f)
{
	struct cell *cells = arena_alloc(r->arena, r->fact->n_columns * sizeof *cells);
	struct err e;

	for (size_t i = 0; i < r->fact->n_columns; i++) {
		const struct fact_column *col = &r->fact->columns[i];
		size_t o = 0;

		while (strcmp(constraints_columns[o], col->name) != 0)
			o++;
		if (!cell_from_text(col, values[o], &cells[i], &e))
			return pg_fail(f, PS_ERROR, "%s: %s", q->c.name, e.msg);
	}
	return rows_add(r, cells, &e) || r->status == PS_TRUNCATED || pg_fail(f, PS_ERROR, "%s", e.msg);
}

/* What holds for every state. */
static void
begin_row(const struct asked *q, const char *state, const char *reason, struct arena *a, const char **values)
{
	values[O_NAME] = q->c.name;
	values[O_TABLE] = q->c.table;
	values[O_STATE] = state;
	values[O_FOUND] = values[O_EXAMINED] = "0";
	values[O_IDS] = "";
	values[O_ESTIMATED] = int_text(q->tuples, a);
	values[O_WHOLE] = "f";
	values[O_BYTES] = int_text(q->bytes, a);
	values[O_NULLS] = q->nulls;
	values[O_ANALYSED] = q->analysed_at;
	values[O_QUERY] = q->refused == NULL ? question_shown(&q->c, a) : "";
	values[O_REASON] = reason;
	values[O_SCHEMA] = q->c.schema != NULL ? q->c.schema : "public";
	values[O_OBJECT] = q->object != NULL ? q->object : "constraint";
	values[O_KIND] = constraint_kind_word(q->c.kind);
	values[O_COLUMNS] = constraint_list(&q->c.columns, a);
	values[O_REFERENCED] = q->c.referenced == NULL
	    ? NULL
	    : arena_printf(a, "%s(%s)", q->c.referenced, constraint_list(&q->c.referenced_columns, a));
}

static bool
add_unread(struct answers *s, const char *state, const char *reason, struct pg_fault *f)
{
	const char *values[O_N];

	begin_row(s->asked, state, reason, s->rows->arena, values);
	return add_row(s->rows, s->asked, values, f);
}

static bool
add_answer(struct answers *s, const PGresult *r, struct pg_fault *f)
{
	const struct asked *q = s->asked;
	struct arena *a = s->rows->arena;
	const char *values[O_N];

	begin_row(q, "read", "", a, values);
	values[O_FOUND] = PQgetvalue(r, 0, 0);
	values[O_IDS] = PQgetvalue(r, 0, 1);
	values[O_WHOLE] = s->question.extent != QX_PARTS ? "t" : "f";
	values[O_EXAMINED] = PQgetisnull(r, 0, 2) ? int_text(q->tuples, a) : PQgetvalue(r, 0, 2);
	if (s->question.extent == QX_SMALL && !PQgetisnull(r, 0, 2))
		values[O_ESTIMATED] = values[O_EXAMINED];
	return add_row(s->rows, q, values, f);
}

/* ---- One question ---- */

static bool
is_foreign_key(const struct asked *q)
{
	return q->c.kind == CK_FOREIGN_KEY;
}

/* Each row of a few finds its referenced row through an index, however large that table is. */
static bool
looks_up(const struct answers *s, const struct asked *q, enum question_extent x)
{
	return is_foreign_key(q) && q->ref_bytes > s->small && x != QX_WHOLE;
}

static bool
is_small(const struct answers *s, const struct asked *q)
{
	if (q->bytes > s->small || q->bytes > s->small_left)
		return false;
	return !is_foreign_key(q) || q->ref_bytes <= s->small || (q->tuples >= 0 && q->tuples <= FEW_ROWS);
}

static struct question
plan_question(const struct answers *s)
{
	const struct asked *q = s->asked;
	int64_t sample = s->sample * (q->nulls != NULL && strcmp(q->nulls, "0") != 0 ? SUSPECT : 1);
	struct question x = {.key = q->key, .ends = END_ROWS, .extent = QX_PARTS};

	x.percent = q->bytes <= sample ? 100.0 : 100.0 * (double)sample / (double)q->bytes;
	if (is_small(s, q))
		x.extent = QX_SMALL;
	else if (q->indexed || s->pg->run->full)
		x.extent = QX_WHOLE;
	return x;
}

/*
 * With a LIMIT the planner takes nested loops over millions of rows, and with the share of NULLs of yesterday a
 * scan of the whole table: neither is left to it.
 */
static bool
guide_planner(struct answers *s, struct pg_fault *f)
{
	static const char set[] =
	    "SELECT set_config('enable_seqscan', $1, true), set_config('enable_nestloop', $2, true),"
	    " set_config('enable_hashjoin', $3, true), set_config('enable_mergejoin', $3, true)";
	CLEANUP(pg_result_drop) PGresult *r = NULL;
	const struct asked *q = s->asked;
	bool by_index = s->question.extent == QX_WHOLE && q->indexed, up = looks_up(s, q, s->question.extent);
	bool many = is_foreign_key(q) && s->question.extent == QX_WHOLE && q->tuples > q->ref_tuples / 100;
	const char *params[] = {by_index ? "off" : "on", many ? "off" : "on", up ? "off" : "on"};

	return (!by_index && !many && !up) || pg_exec(s->pg, set, params, 3, &r, f);
}

static bool
put(struct answers *s, struct pg_fault *f)
{
	CLEANUP(pg_result_drop) PGresult *r = NULL;
	const char *sql = question_sql(&s->asked->c, &s->question, s->rows->arena);
	bool ok;

	pg_begin(s->pg, f);
	ok = guide_planner(s, f) && pg_exec(s->pg, sql, NULL, 0, &r, f);
	if (s->rows->read_at == 0)
		s->rows->read_at = s->pg->read_at;
	return ok && add_answer(s, r, f);
}

/* Whatever becomes of it is a row; false only where no further question can be put. */
static bool
ask(struct answers *s, struct pg_fault *f)
{
	char reason[sizeof f->reason];
	bool ok;

	s->pg->statement_us = s->pg->run->full ? s->pg->run->deadline_us - clock_mono_us() : 0;
	ok = put(s, f);
	s->pg->statement_us = 0;
	if (f->lost)
		return false;
	(void)snprintf(reason, sizeof reason, "%s", f->reason);
	if (!pg_rollback(s->pg, f))
		return false;
	if (s->question.extent == QX_SMALL)
		s->small_left -= s->asked->bytes;
	return ok ||
	    add_unread(s,
		f->status == PS_TIMEOUT      ? "timeout"
		    : f->status == PS_DENIED ? "denied"
					     : "failed",
		reason, f);
}

/* ---- All of them ---- */

static int64_t
parameter(const struct rows *r, const char *name, int64_t otherwise)
{
	const struct ynode *n = r->fact->params != NULL ? yaml_get(r->fact->params, name) : NULL;

	return n != NULL && n->kind == Y_SCALAR && n->text[0] != '\0' && n->text[strspn(n->text, "0123456789")] == '\0'
	    ? strtoll(n->text, NULL, 10)
	    : otherwise;
}

/* That a table of the list lacks a column is an answer, too, whether it has rows or not. */
static bool
has_nothing_to_ask(const struct asked *q, bool listed)
{
	if (listed && !q->done && q->columns < q->c.columns.n)
		return false;
	return !q->exists || (q->done && !q->c.replaces) || (q->bytes <= 0 && !q->locked) ||
	    (q->c.kind == CK_NOT_NULL && q->not_null);
}

static const char *
grant(const struct pg *p, const char *schema, const char *table, struct arena *a)
{
	return arena_printf(a, "GRANT SELECT ON %s.%s TO %s", schema != NULL ? schema : "public", table, p->role);
}

static bool
answer(struct answers *s, struct pg_fault *f)
{
	const struct asked *q = s->asked;
	struct arena *a = s->rows->arena;

	if (q->refused != NULL)
		return add_unread(s, "not_asked", q->refused, f);
	if (!q->exists)
		return add_unread(s, "no_table", "the table does not exist", f);
	if (q->columns < q->c.columns.n)
		return add_unread(s, "no_column", "the table does not have the columns yet", f);
	if (is_foreign_key(q) && (!q->ref_exists || q->ref_columns < q->c.referenced_columns.n))
		return add_unread(s, "no_referenced", "the referenced table does not exist yet", f);
	if (!q->readable)
		return add_unread(s, "denied", grant(s->pg, q->c.schema, q->c.table, a), f);
	if (is_foreign_key(q) && !q->ref_readable)
		return add_unread(s, "denied", grant(s->pg, NULL, q->c.referenced, a), f);
	if (q->locked)
		return add_unread(s, "timeout", "table is locked by another session", f);
	if (clock_mono_us() > s->until)
		return add_unread(s, "timeout", "the time for questions about constraints was over", f);
	s->question = plan_question(s);
	if (q->c.kind == CK_UNIQUE && s->question.extent == QX_PARTS)
		return add_unread(s, "too_large", "duplicates are found by reading the whole table only", f);
	return ask(s, f);
}

bool
constraints_read(struct pg *p, struct sources *all, struct rows *r, struct pg_fault *f)
{
	struct asked_list list = {0};
	struct answers s = {.pg = p, .rows = r};
	struct pg_fault end = {0};
	bool ok;

	p->doing = "looking for rows that break a constraint to come";
	if (r->fact->over == NULL ? !target_list(p, all, r, &list, f)
				  : !list_constraints(p->source, p->run, all, r, &list))
		return false;
	s.small = parameter(r, "small_bytes", SMALL_BYTES);
	s.sample = parameter(r, "sample_bytes", SAMPLE_BYTES);
	s.small_left = s.small * SMALL_TOTAL_TABLES;
	s.until = p->run->full ? p->run->deadline_us : clock_mono_us() + TOTAL_US;
	pg_begin(p, f);
	ok = look_at_tables(p, &list, r->arena, f);
	r->read_at = p->read_at;
	if (f->lost)
		return false;
	if (!pg_rollback(p, &end)) {
		*f = end;
		return false;
	}
	for (size_t i = 0; ok && i < list.n && r->status != PS_TRUNCATED; i++) {
		s.asked = &list.items[i];
		ok = has_nothing_to_ask(s.asked, r->fact->over != NULL) || answer(&s, f);
	}
	return ok;
}

void
constraints_describe(const struct source *s, struct rows *r, FILE *f)
{
	struct asked_list list = {0};

	(void)fprintf(f, "\n-- %s\n%s;\n", r->fact->table, look_query);
	if (r->fact->over == NULL) {
		(void)fprintf(f, "%s;\n-- And one question for each constraint of the release that is not there yet.\n",
		    target_query);
		return;
	}
	(void)list_constraints(s, NULL, NULL, r, &list);
	for (size_t i = 0; i < list.n; i++) {
		const struct question q = {.extent = QX_SMALL, .key = "id"};

		(void)fprintf(f, "-- %s of %s: less of a large table\n%s;\n", list.items[i].c.name,
		    list.items[i].c.table, question_sql(&list.items[i].c, &q, r->arena));
	}
}
