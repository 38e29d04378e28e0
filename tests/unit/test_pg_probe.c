#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/postgres/pg_probe.h"

/* A table, a declaration of ways to read, and one of the server's own. */
static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "facts:\n  - table: thing\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.things\n"
    "    where: t.status <> 3 -- not finished\n    max_rows: 7\n"
    "    columns:\n      id: {type: integer, class: public}\n"
    "      name: {type: text, class: public, null: true}\n"
    "      at: {type: time, class: public, null: true, sql: t.created_at}\n"
    "      done: {type: bool, class: public}\n"
    "      later: {type: text, class: public, null: true, since: \"14.5\"}\n"
    "  - table: newest\n    about: A\n    source: postgres\n    databases: [main]\n"
    "    variants:\n"
    "      - {when: {has: public.schema_migrations.finished_at}, query: SELECT finished_at::text AS version FROM "
    "public.schema_migrations, uses: [public.schema_migrations.finished_at]}\n"
    "      - {when: {index: public.by_version}, query: SELECT version FROM public.schema_migrations, uses: "
    "[public.schema_migrations.version]}\n"
    "      - {query: SELECT max(version) AS version FROM public.schema_migrations, uses: "
    "[public.schema_migrations.version]}\n"
    "    columns:\n      version: {type: version, class: public}\n";

struct probe {
	struct fixture x;
	struct rows *rows[2];
	struct source source;
	struct pg pg;
};

static void
open_probe(struct probe *p)
{
	*p = (struct probe){0};
	fixture_open(&p->x, rules, "14.1.8");
	p->rows[0] = rows_new(fact_find(&p->x.set->facts, "thing"), "main");
	p->rows[1] = rows_new(fact_find(&p->x.set->facts, "newest"), "main");
	p->source = (struct source){.id = "postgres:main", .rows = p->rows, .n_rows = 2};
	p->pg = (struct pg){.source = &p->source, .role = "\"reader\""};
}

static void
close_probe(struct probe *p)
{
	rows_free(p->rows[0]);
	rows_free(p->rows[1]);
	fixture_close(&p->x);
}

static void
contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static void
a_table_becomes_one_select(void **state)
{
	struct probe p;
	const struct catalog *c;
	const char *sql;

	(void)state;
	open_probe(&p);
	c = catalog_assumed(&p.source, p.x.arena);
	sql = catalog_statement(c, p.rows[0], 0);
	contains(sql,
	    "SELECT CASE WHEN q.\"id\"::bigint = q.\"id\"::text::numeric THEN q.\"id\"::bigint "
	    "ELSE q.\"id\"::text::bigint END, ");
	contains(sql, "CASE WHEN octet_length(q.\"name\"::text) <= 65536 THEN q.\"name\"::text END");
	contains(sql, "CASE WHEN isfinite(q.\"at\") THEN (extract(epoch FROM q.\"at\") * 1000000)::bigint END");
	contains(sql, "q.\"done\", ");
	contains(sql, "WHEN octet_length(q.\"name\"::text) > 65536 THEN 1 ");
	contains(sql, "(t.created_at\n) AS \"at\"");
	contains(sql, " FROM \"public\".\"things\" AS t WHERE (t.status <> 3 -- not finished\n)");
	contains(sql, "\n) AS q LIMIT 8");
	assert_null(catalog_statement(c, p.rows[0], 1));
	close_probe(&p);
}

static void
each_way_to_read_is_a_statement(void **state)
{
	struct probe p;
	const struct catalog *c;

	(void)state;
	open_probe(&p);
	c = catalog_assumed(&p.source, p.x.arena);
	contains(catalog_statement(c, p.rows[1], 0), "FROM (SELECT finished_at::text AS version");
	contains(catalog_statement(c, p.rows[1], 1), "FROM (SELECT version FROM");
	contains(catalog_statement(c, p.rows[1], 2), "FROM (SELECT max(version) AS version");
	assert_null(catalog_statement(c, p.rows[1], 3));
	close_probe(&p);
}

/* ---- With an answer of the server ---- */

/* What the facts above name, in that order; the columns of the answer are those of catalog_query. */
enum object {
	THINGS,
	ID,
	NAME,
	DONE,
	LATER,
	MARK, /* finished_at, twice: as a condition and as what is read */
	MARK_READ,
	INDEX,
	VERSION_READ,
	VERSION_READ_AGAIN,
	OBJECTS,
};
struct answer {
	const char *cells[OBJECTS][6];
};

/* All is there and may be read, but what later releases bring. */
static struct answer
all_there(void)
{
	struct answer a = {0};

	for (int i = 0; i < OBJECTS; i++) {
		const char *const row[6] = {"r", "t", "t", i == THINGS ? "f" : "t", i == THINGS ? "" : "t", ""};

		memcpy(a.cells[i], row, sizeof row);
	}
	a.cells[LATER][3] = a.cells[MARK][3] = a.cells[MARK_READ][3] = "f";
	a.cells[LATER][4] = a.cells[MARK][4] = a.cells[MARK_READ][4] = "";
	a.cells[INDEX][0] = "i";
	a.cells[INDEX][3] = "f";
	a.cells[INDEX][5] = "t";
	return a;
}

static PGresult *
result_of(const struct answer *a, int rows)
{
	static char names[6][2] = {"a", "b", "c", "d", "e", "f"};
	PGresAttDesc columns[6] = {0};
	PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	assert_non_null(r);
	for (int i = 0; i < 6; i++)
		columns[i].name = names[i];
	assert_true(PQsetResultAttrs(r, 6, columns));
	for (int i = 0; i < rows; i++)
		for (int k = 0; k < 6; k++) {
			char value[2] = {a->cells[i][k][0], '\0'};

			assert_true(PQsetvalue(r, i, k, value, (int)strlen(value)));
		}
	return r;
}

/* The statement for one of the facts, or NULL with why in `f`. */
static const char *
composed(struct probe *p, const struct answer *a, size_t fact, struct pg_fault *f)
{
	PGresult *r = result_of(a, OBJECTS);
	const struct catalog *c;
	const char *sql = NULL;

	assert_true(catalog_of_answer(&p->source, p->x.arena, r, &c, f));
	PQclear(r);
	return catalog_compose(c, &p->pg, p->rows[fact], &sql, f) ? sql : NULL;
}

static void
a_column_of_a_later_release_is_null(void **state)
{
	struct probe p;
	struct answer a = all_there();
	struct pg_fault f = {0};

	(void)state;
	open_probe(&p);
	contains(composed(&p, &a, 0, &f), "NULL::text, CASE");
	assert_int_equal(p.rows[0]->n_missing, 1);
	assert_string_equal(p.rows[0]->missing[0], "later");
	close_probe(&p);

	open_probe(&p);
	a.cells[LATER][3] = a.cells[LATER][4] = "t";
	contains(composed(&p, &a, 0, &f), "t.\"later\" AS \"later\"");
	assert_int_equal(p.rows[0]->n_missing, 0);
	close_probe(&p);
}

static void
the_first_way_that_fits_is_taken(void **state)
{
	struct probe p;
	struct answer a = all_there();
	struct pg_fault f = {0};

	(void)state;
	open_probe(&p);
	contains(composed(&p, &a, 1, &f), "FROM (SELECT version FROM");
	a.cells[INDEX][5] = "f"; /* not valid, or being made */
	contains(composed(&p, &a, 1, &f), "FROM (SELECT max(version)");
	a.cells[MARK][3] = a.cells[MARK_READ][3] = a.cells[MARK][4] = a.cells[MARK_READ][4] = "t";
	contains(composed(&p, &a, 1, &f), "FROM (SELECT finished_at");
	close_probe(&p);
}

static void
what_is_in_the_way_is_said_with_its_grant(void **state)
{
	static const struct {
		enum object object;
		int cell;
		const char *value;
		enum part_status status;
		const char *says;
	} cases[] = {
	    {THINGS, 0, "", PS_ABSENT, "table public.things does not exist"},
	    {THINGS, 0, "v", PS_DENIED, "public.things is a view, not GitLab's table"},
	    {THINGS, 0, "m", PS_DENIED, "a materialized view"},
	    {THINGS, 0, "f", PS_DENIED, "a foreign table"},
	    {THINGS, 0, "c", PS_DENIED, "something else"},
	    {THINGS, 1, "f", PS_DENIED, "GRANT USAGE ON SCHEMA public TO \"reader\""},
	    {THINGS, 2, "f", PS_DENIED, "GRANT SELECT ON public.things TO \"reader\""},
	    {NAME, 3, "f", PS_ABSENT, "public.things has no column name"},
	    {NAME, 4, "f", PS_DENIED, "GRANT SELECT (\"name\") ON public.things TO \"reader\""},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct probe p;
		struct answer a = all_there();
		struct pg_fault f = {0};

		open_probe(&p);
		a.cells[cases[i].object][cases[i].cell] = cases[i].value;
		assert_null(composed(&p, &a, 0, &f));
		assert_int_equal(f.status, cases[i].status);
		contains(f.reason, cases[i].says);
		close_probe(&p);
	}
}

static void
one_grant_names_all_columns(void **state)
{
	struct probe p;
	struct answer a = all_there();
	struct pg_fault f = {0};

	(void)state;
	open_probe(&p);
	a.cells[ID][4] = a.cells[DONE][4] = "f";
	assert_null(composed(&p, &a, 0, &f));
	contains(f.reason, "GRANT SELECT (\"id\", \"done\") ON public.things");
	close_probe(&p);
}

static void
a_partitioned_table_is_one(void **state)
{
	struct probe p;
	struct answer a = all_there();
	struct pg_fault f = {0};

	(void)state;
	open_probe(&p);
	a.cells[THINGS][0] = "p";
	assert_non_null(composed(&p, &a, 0, &f));
	close_probe(&p);
}

static void
an_answer_of_another_length_is_refused(void **state)
{
	struct probe p;
	struct answer a = all_there();
	struct pg_fault f = {0};
	const struct catalog *c;
	PGresult *r = result_of(&a, OBJECTS - 1);

	(void)state;
	open_probe(&p);
	assert_false(catalog_of_answer(&p.source, p.x.arena, r, &c, &f));
	assert_int_equal(f.status, PS_ERROR);
	PQclear(r);
	close_probe(&p);
}

/* Nothing was looked up: for the catalog nothing is there. */
static void
what_the_catalog_does_not_have_is_absent(void **state)
{
	static const char *const columns[] = {"public.schema_migrations.version"};
	struct probe p;
	struct source none = {.id = "postgres:main"};
	struct pg_fault f = {0};
	const struct catalog *c;
	const char *sql = NULL;

	(void)state;
	open_probe(&p);
	c = catalog_assumed(&none, p.x.arena);
	assert_false(catalog_compose(c, &p.pg, p.rows[0], &sql, &f));
	assert_int_equal(f.status, PS_ABSENT);
	contains(f.reason, "does not exist");
	assert_false(catalog_compose(c, &p.pg, p.rows[1], &sql, &f));
	assert_int_equal(f.status, PS_ABSENT);
	assert_false(catalog_check(c, &p.pg, columns, 1, &f));
	assert_int_equal(f.status, PS_ABSENT);
	assert_null(sql);
	close_probe(&p);
}

static void
no_column_wanted_is_no_fault(void **state)
{
	struct probe p;
	struct pg_fault f = {0};

	(void)state;
	open_probe(&p);
	assert_true(catalog_check(catalog_assumed(&p.source, p.x.arena), &p.pg, NULL, 0, &f));
	close_probe(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_becomes_one_select),
	    cmocka_unit_test(each_way_to_read_is_a_statement),
	    cmocka_unit_test(a_column_of_a_later_release_is_null),
	    cmocka_unit_test(the_first_way_that_fits_is_taken),
	    cmocka_unit_test(what_is_in_the_way_is_said_with_its_grant),
	    cmocka_unit_test(one_grant_names_all_columns),
	    cmocka_unit_test(a_partitioned_table_is_one),
	    cmocka_unit_test(an_answer_of_another_length_is_refused),
	    cmocka_unit_test(what_the_catalog_does_not_have_is_absent),
	    cmocka_unit_test(no_column_wanted_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
