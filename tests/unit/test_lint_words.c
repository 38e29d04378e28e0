#include "ruleset/lint_words.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The faults of one statement, as it stands on line 2 of a file, behind two blanks. */
static struct faults
lint(struct arena *a, const char *sql)
{
	struct yfile *file = arena_alloc(a, sizeof *file);
	const char *text = arena_printf(a, "q: |\n  %s\n", sql);
	struct faults faults = {0};
	struct ynode *root;
	struct sql s;

	*file = (struct yfile){.path = "x.yml", .text = text, .len = strlen(text)};
	root = yaml_parse(a, file, &faults);
	if (root == NULL || faults.n > 0)
		fail_msg("expected this to be YAML: %s", text);
	s = (struct sql){.text = root->items[0]->text, .node = root->items[0]};
	lint_sql_words(&s, &faults);
	return faults;
}

static void
expect(const char *sql, const char *word)
{
	struct arena *a = arena_new();
	struct faults f = lint(a, sql);

	if (word == NULL && f.n > 0)
		fail_msg("expected no fault in: %s\ngot: %s", sql, f.items[0].msg);
	if (word != NULL && f.n == 0)
		fail_msg("expected a fault in: %s", sql);
	if (word != NULL && strstr(f.items[0].msg, word) == NULL)
		fail_msg("expected \"%s\" about: %s\ngot: %s", word, sql, f.items[0].msg);
	faults_free(&f);
	arena_free(a);
}

static void
versions_stand_inside_their_functions(void **state)
{
	static const char *const good[] = {
	    "SELECT v FROM t WHERE v < version('14.10')",
	    "SELECT v FROM t WHERE version_in(v, '>=14.1 <14.10')",
	    "SELECT v FROM t WHERE v < version( '14.10' )",
	    "SELECT v FROM t WHERE v < version ('14.10')",
	    "SELECT v FROM t WHERE ((v < version('14.10')))",
	    "SELECT 14 AS x, '14' AS y, 'v' AS z",
	    "SELECT t1.id FROM t1",
	    "SELECT '' AS x, '''' AS y",
	    "SELECT v FROM t -- below 14.10",
	    "SELECT v /* below 14.10 */ FROM t",
	    "SELECT 'GitLab 14.10' AS x",
	    "SELECT x14.v FROM x14",
	    "SELECT v AS version FROM t",
	    "SELECT 1 - 2 AS x",
	};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		expect(good[i], NULL);
}

static void
naked_versions_are_faults(void **state)
{
	static const char *const bad[] = {
	    "SELECT v FROM t WHERE v < '14.10'",
	    "SELECT v FROM t WHERE v < 14.10",
	    "SELECT v FROM t WHERE v IN ('14.1.8', 'x')",
	    "SELECT v FROM t WHERE '14.10' > v",
	    "SELECT version_text(v) = '14.10.0' FROM t",
	    "SELECT version(trim('14.10'))",
	    "SELECT coalesce(v, '14.10') FROM t",
	    "SELECT version('14.1') AS a, '14.10' AS b",
	    "SELECT (version('14.1')), '14.10'",
	    "SELECT 'it''s' AS a, '14.10' AS b",
	    "SELECT /* ' */ '14.10'",
	    "SELECT 1 -- '\n    , '14.10'",
	    "SELECT \"'\", '14.10' FROM t",
	    "SELECT "
	    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((('14.10'"
	    "))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		expect(bad[i], "14.1");
}

static void
malformed_versions_are_faults(void **state)
{
	(void)state;
	expect("SELECT version('14.1O')", "14.1O");
	expect("SELECT version('')", "version");
	expect("SELECT version_in(v, '14.1') FROM t", "range");
	expect("SELECT version_in(v, '>14.1') FROM t", "range");
	expect("SELECT version_in(v, '') FROM t", "range");
}

/* SQLite reads 14.10 as the fraction 14.1 before version() sees it. */
static void
a_number_inside_version_is_a_fault(void **state)
{
	(void)state;
	expect("SELECT v FROM t WHERE v < version(14.10)", "14.10");
	expect("SELECT v FROM t WHERE v < version(14)", "14");
}

static void
newer_sqlite_is_a_fault(void **state)
{
	(void)state;
	expect("SELECT j -> 'a' FROM t", "3.38");
	expect("SELECT j ->> 'a' FROM t", "3.38");
	expect("WITH c AS MATERIALIZED (SELECT 1 AS x) SELECT x FROM c", "3.35");
	expect("WITH c AS not materialized (SELECT 1 AS x) SELECT x FROM c", "3.35");
	expect("SELECT '->' AS x", NULL);
	expect("SELECT 'MATERIALIZED' AS x", NULL);
	expect("SELECT materialized_at FROM t", NULL);
}

static void
faults_say_where(void **state)
{
	struct arena *a = arena_new();
	struct faults f = lint(a,
	    "SELECT v FROM t\n   WHERE v < '14.10'\n     OR v = "
	    "version('x')");

	(void)state;
	assert_int_equal(f.n, 2);
	assert_string_equal(f.items[0].at.file, "x.yml");
	assert_int_equal(f.items[0].at.line, 3);
	assert_int_equal(f.items[0].at.col, 14);
	assert_int_equal(f.items[1].at.line, 4);
	assert_int_equal(f.items[1].at.col, 21);
	faults_free(&f);
	arena_free(a);
}

static void
broken_text_comes_to_an_end(void **state)
{
	static const char *const texts[] = {"SELECT 'open", "SELECT \"open", "SELECT /* open", "SELECT ((((", "))))",
	    "SELECT '", "SELECT 'a''", "-", "SELECT 1 -"};

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++)
		expect(texts[i], NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions_stand_inside_their_functions),
	    cmocka_unit_test(naked_versions_are_faults),
	    cmocka_unit_test(malformed_versions_are_faults),
	    cmocka_unit_test(a_number_inside_version_is_a_fault),
	    cmocka_unit_test(newer_sqlite_is_a_fault),
	    cmocka_unit_test(faults_say_where),
	    cmocka_unit_test(broken_text_comes_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
