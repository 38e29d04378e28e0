#include "sources/postgres/pg_question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LIST(...) \
	{ \
		(const char *[]){__VA_ARGS__}, nitems(((const char *[]){__VA_ARGS__})), 0 \
	}

static const struct question small = {.extent = QX_SMALL, .key = "id"};

static const char *
sql_of(const struct constraint *c, const struct question *q, struct arena *a)
{
	const char *why = "";

	assert_true(constraint_check(c, &why));
	return question_sql(c, q, a);
}

static void
names_are_quoted(void **state)
{
	struct constraint c = {.table = "t\"; DROP TABLE users; --", .name = "n", .columns = LIST("Weird\"name")};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *sql = sql_of(&c, &small, a);

	(void)state;
	assert_non_null(strstr(sql, "FROM public.\"t\"\"; DROP TABLE users; --\" AS x"));
	assert_non_null(strstr(sql, "NOT (t.\"Weird\"\"name\" IS NOT NULL)"));
	assert_non_null(strstr(question_shown(&c, a), "\"t\"\"; DROP TABLE users; --\""));
}

static void
each_kind_has_its_condition(void **state)
{
	const struct {
		struct constraint c;
		const char *holds;
	} cases[] = {
	    {{.kind = CK_NOT_NULL, .columns = LIST("a")}, "NOT (t.\"a\" IS NOT NULL)"},
	    {{.kind = CK_NUM_NONNULLS, .columns = LIST("a", "b"), .expression = ">= 1"},
		"NOT (num_nonnulls(t.\"a\", t.\"b\") >= 1)"},
	    {{.kind = CK_LENGTH, .columns = LIST("a"), .expression = "255"}, "char_length(t.\"a\") > 255"},
	    {{.kind = CK_CHECK, .columns = LIST("a"), .expression = "a > 0"}, "NOT (a > 0)"},
	    {{.kind = CK_FOREIGN_KEY, .columns = LIST("a"), .referenced = "p", .referenced_columns = LIST("id")},
		"LEFT JOIN public.\"p\" AS r ON r.\"id\" = t.\"a\""},
	    {{.kind = CK_UNIQUE, .columns = LIST("a", "b")}, "GROUP BY t.\"a\", t.\"b\" HAVING count(*) > 1"},
	};
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct constraint c = cases[i].c;

		c.table = c.name = "x";
		assert_non_null(strstr(sql_of(&c, &small, a), cases[i].holds));
		assert_non_null(strstr(question_shown(&c, a), cases[i].holds));
	}
}

static void
parts_are_bounded(void **state)
{
	struct constraint c = {.table = "x", .name = "n", .columns = LIST("a")};
	struct question parts = {.extent = QX_PARTS, .key = "id", .ends = 7, .percent = 0.5};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *sql = sql_of(&c, &parts, a);

	(void)state;
	assert_non_null(strstr(sql, "ORDER BY x.\"id\" LIMIT 7"));
	assert_non_null(strstr(sql, "ORDER BY x.\"id\" DESC LIMIT 7"));
	assert_non_null(strstr(sql, "TABLESAMPLE SYSTEM (0.500000000)"));
	parts.key = NULL;
	sql = sql_of(&c, &parts, a);
	assert_null(strstr(sql, "ORDER BY"));
	assert_non_null(strstr(sql, "x.ctid"));
	parts.extent = QX_WHOLE;
	assert_non_null(strstr(sql_of(&c, &parts, a), "LIMIT 1000)"));
}

static void
what_is_no_constraint_is_refused(void **state)
{
	const struct constraint bad[] = {
	    {.kind = CK_N, .columns = LIST("a")},
	    {.kind = CK_NOT_NULL},
	    {.kind = CK_NUM_NONNULLS, .columns = LIST("a")},
	    {.kind = CK_NUM_NONNULLS, .columns = LIST("a"), .expression = "= 1 OR true"},
	    {.kind = CK_NUM_NONNULLS, .columns = LIST("a"), .expression = "1"},
	    {.kind = CK_LENGTH, .columns = LIST("a"), .expression = "2)"},
	    {.kind = CK_LENGTH, .columns = LIST("a"), .expression = ""},
	    {.kind = CK_CHECK, .columns = LIST("a")},
	    {.kind = CK_FOREIGN_KEY, .columns = LIST("a")},
	    {.kind = CK_FOREIGN_KEY, .columns = LIST("a", "b"), .referenced = "p", .referenced_columns = LIST("id")},
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		why = NULL;
		assert_false(constraint_check(&bad[i], &why));
		assert_non_null(why);
	}
	assert_int_equal(constraint_kind_of("foreign_key"), CK_FOREIGN_KEY);
	assert_int_equal(constraint_kind_of("exclude"), CK_N);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_quoted),
	    cmocka_unit_test(each_kind_has_its_condition),
	    cmocka_unit_test(parts_are_bounded),
	    cmocka_unit_test(what_is_no_constraint_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
