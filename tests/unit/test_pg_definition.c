#include "sources/postgres/pg_definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/postgres/pg_expression.h"
#include "sources/sql_tree.h"

#include <cmocka.h>

/* Without the parser nothing is understood; that is tested, too. */
static bool
has_parser(void)
{
	return sql_tree_fault() == NULL;
}

static bool
read_one(const char *definition, struct constraint *c, struct arena *a, const char **why)
{
	*c = (struct constraint){.table = "t", .name = "n"};
	*why = NULL;
	return definition_read(definition, c, a, why);
}

static void
definitions_become_constraints(void **state)
{
	static const struct {
		const char *text;
		enum constraint_kind kind;
		const char *columns, *expression, *holds;
	} cases[] = {
	    {"CHECK ((project_id IS NOT NULL)) NOT VALID", CK_NOT_NULL, "project_id", "(\"project_id\" IS NOT NULL)",
		"NOT (t.\"project_id\" IS NOT NULL)"},
	    {"CHECK ((num_nonnulls(a, b) = 1))", CK_CHECK, "a,b", "(num_nonnulls(\"a\", \"b\") = 1)",
		"NOT ((num_nonnulls(\"a\", \"b\") = 1))"},
	    {"CHECK ((char_length(name) <= 255))", CK_CHECK, "name", "(char_length(\"name\") <= 255)", "<= 255"},
	    {"CHECK ((((x)::text ~ '^\\A''\"'::text) AND (n > '-1'::integer) AND (y > 1.50)))", CK_CHECK, "x,n,y",
		"(((\"x\")::text ~ (E'^\\\\A''\"')::text) AND (\"n\" > ('-1')::pg_catalog.int4) AND (\"y\" > 1.50))",
		NULL},
	    {"CHECK ((s = ANY (ARRAY[0, 1])) AND a IS NOT TRUE OR NOT b)", CK_CHECK, "s,a,b",
		"(((\"s\" = ANY (ARRAY[0, 1])) AND (\"a\" IS NOT TRUE)) OR (NOT \"b\"))", NULL},
	    {"CHECK ((COALESCE(a, NULL::bigint, b) >= 0) AND array_position(c, NULL::bigint) IS NULL)", CK_CHECK,
		"a,b,c", NULL, NULL},
	    {"CHECK ((a >= 0) AND (b > -1) AND (c > -1.5) AND (d = ANY (ARRAY[0, -7])))", CK_CHECK, "a,b,c,d",
		"((\"a\" >= 0) AND (\"b\" > -1) AND (\"c\" > -1.5) AND (\"d\" = ANY (ARRAY[0, -7])))", NULL},
	    {"CHECK (pg_catalog.btrim(a) <> ''::text)", CK_CHECK, "a", "(pg_catalog.btrim(\"a\") <> ('')::text)", NULL},
	    {"FOREIGN KEY (a, b) REFERENCES public.p(c, d) ON DELETE CASCADE", CK_FOREIGN_KEY, "a,b", NULL,
		"r.\"c\" = t.\"a\" AND r.\"d\" = t.\"b\""},
	    {"UNIQUE (a, \"B c\")", CK_UNIQUE, "a,B c", NULL, "GROUP BY t.\"a\", t.\"B c\""},
	    {"CREATE UNIQUE INDEX i ON t USING btree (a, lower((b)::text) varchar_pattern_ops DESC) INCLUDE (c) WHERE "
	     "(d IS NULL)",
		CK_UNIQUE, "a,b,d", NULL,
		"WHERE (\"a\") IS NOT NULL AND (lower((\"b\")::text)) IS NOT NULL AND ((\"d\" IS NULL)) GROUP BY (\"a\"), "
		"(lower((\"b\")::text)) HAVING count(*) > 1"},
	    {"CREATE UNIQUE INDEX i ON t USING btree (a) NULLS NOT DISTINCT", CK_UNIQUE, "a", NULL,
		"WHERE true GROUP BY"},
	};
	static const struct question small = {.extent = QX_SMALL, .key = "id"};
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)state;
	if (!has_parser())
		skip();
	for (size_t i = 0; i < nitems(cases); i++) {
		struct constraint c;
		const char *why;

		if (!read_one(cases[i].text, &c, a, &why))
			fail_msg("%s: %s", cases[i].text, why);
		assert_int_equal(c.kind, cases[i].kind);
		assert_string_equal(constraint_list(&c.columns, a), cases[i].columns);
		if (cases[i].expression != NULL)
			assert_string_equal(c.expression, cases[i].expression);
		if (cases[i].holds != NULL && strstr(question_sql(&c, &small, a), cases[i].holds) == NULL)
			fail_msg("%s\nnot in %s", cases[i].holds, question_sql(&c, &small, a));
	}
}

static void
what_is_not_listed_is_named(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"CHECK (pg_sleep(9) IS NULL)", "function pg_sleep"},
	    {"CHECK (dblink('x', 'y') IS NULL)", "function dblink"},
	    {"CHECK (lo_export(1, '/tmp/x') = 1)", "function lo_export"},
	    {"CHECK (public.lower(a) = 'x')", "function lower"},
	    {"CHECK (num_nonnulls(VARIADIC a) = 1)", "clause func_variadic"},
	    {"CHECK (a > (SELECT 1))", "node SubLink"},
	    {"CHECK (a || 'x' = 'y')", "operator ||"},
	    {"CHECK (a OPERATOR(public.=) 1)", "operator public"},
	    {"CHECK (a::regclass IS NULL)", "cast to regclass"},
	    {"CHECK (a::public.text IS NULL)", "cast to text"},
	    {"CHECK (a::varchar(3) IS NULL)", "clause typmods"},
	    {"CHECK (a LIKE 'x')", "operator AEXPR_LIKE"},
	    {"CHECK (a IS DISTINCT FROM 1)", "operator AEXPR_DISTINCT"},
	    {"CHECK (b.a = 1)", "column of another table"},
	    {"CHECK (current_user = 'x')", "node SQLValueFunction"},
	    {"CHECK (1 = 1)", "it names no column"},
	    {"CHECK (a = 1) ; DROP TABLE users", "this is not one statement"},
	    {"CHECK (a = 1), ADD CHECK (pg_sleep(1) IS NULL)", "it is no constraint"},
	    {"EXCLUDE USING gist (a WITH =)", "constraint of kind CONSTR_EXCLUSION"},
	    {"FOREIGN KEY (a) REFERENCES other.p(id)", "it references a table of another schema"},
	    {"FOREIGN KEY (a) REFERENCES p(id) MATCH FULL", "it is MATCH FULL"},
	    {"FOREIGN KEY (a) REFERENCES p", "it references as many columns as it has, by name"},
	    {"CREATE UNIQUE INDEX i ON t USING btree (a my_ops)", "operator class or collation of an index"},
	    {"CREATE UNIQUE INDEX i ON t USING btree (evil(a))", "function evil"},
	    {"CREATE UNIQUE INDEX i ON t USING btree (a) WHERE evil(b)", "function evil"},
	    {"CREATE INDEX i ON t USING btree (a)", "index that is not a unique btree"},
	    {"ALTER TABLE t DROP COLUMN a", "it is no constraint"},
	    {"CREATE TABLE t (a int)", "it is no constraint"},
	};
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)state;
	if (!has_parser())
		skip();
	for (size_t i = 0; i < nitems(cases); i++) {
		struct constraint c;
		const char *why;

		if (read_one(cases[i].text, &c, a, &why))
			fail_msg("%s is taken", cases[i].text);
		assert_string_equal(why, cases[i].why);
	}
}

static void
text_that_does_not_parse_is_refused(void **state)
{
	static const char *const bad[] = {"", "CHECK (", "CHECK (a = 1", "CHECK (a = 1) -- x\n NOT", "CHECK (a = 'x)",
	    "CHECK (a = 1) /*", "nonsense"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct constraint c;
	const char *why;

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		assert_false(read_one(bad[i], &c, a, &why));
		assert_non_null(why);
	}
	assert_true(has_parser() || strcmp(why, sql_tree_fault()) == 0);
}

/* As deep as a text may nest: no crash, and nothing is sent. */
static void
deep_nesting_is_refused(void **state)
{
	static const char *const steps[] = {"1+", "NOT ", "(", "lower(", "a::text=", "ARRAY["};
	static const size_t times[] = {100, 1000, 1300, 100000};
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(steps); i++)
		for (size_t k = 0; k < nitems(times); k++) {
			CLEANUP(buf_free) struct buf b;
			struct constraint c;
			const char *why;

			buf_init(&b, 1000000);
			buf_add(&b, "CHECK (a = ");
			for (size_t n = 0; n < times[k]; n++)
				buf_add(&b, steps[i]);
			buf_add(&b, "a)");
			if (!read_one(b.p, &c, a, &why))
				assert_non_null(why);
			else
				assert_true(times[k] < EXPRESSION_MAX);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(definitions_become_constraints),
	    cmocka_unit_test(what_is_not_listed_is_named),
	    cmocka_unit_test(text_that_does_not_parse_is_refused),
	    cmocka_unit_test(deep_nesting_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
