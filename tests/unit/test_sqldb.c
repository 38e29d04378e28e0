#include "facts/sqldb.h" /* before cmocka.h, which has a macro fail() */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#define NOW ((int64_t)1790000000 * 1000000)
#define N_BIG 200

static const struct fact_column bm_columns[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "status", .type = T_INTEGER, .null = true},
    {.name = "job", .type = T_TEXT},
    {.name = "since", .type = T_VERSION},
    {.name = "at", .type = T_TIME},
    {.name = "moving", .type = T_BOOL},
};
static const struct fact_column big_columns[] = {{.name = "id", .type = T_INTEGER}, {.name = "word", .type = T_TEXT}};
/* Not const: struct fact_list is not, and its rule set is filled by hand here. */
static struct fact facts[] = {
    {.table = "bm",
	.source = "postgres",
	.part_column = "database",
	.columns = bm_columns,
	.n_columns = nitems(bm_columns),
	.max_rows = 1000},
    {.table = "big", .source = "postgres", .columns = big_columns, .n_columns = nitems(big_columns), .max_rows = 1000},
};
enum { BM, BIG };

struct base {
	struct sqldb *db;
	struct arena *arena;
	struct rows *bm, *big;
};

static struct base
open_base(void)
{
	struct base b = {.db = sqldb_new(NOW),
	    .arena = arena_new(),
	    .bm = rows_new(&facts[BM], "main"),
	    .big = rows_new(&facts[BIG], "x")};
	struct err e;

	assert_non_null(b.db);
	for (int64_t i = 1; i <= 2; i++) {
		const struct cell row[] = {{.kind = CELL_INT, .i = i}, {.kind = i == 1 ? CELL_INT : CELL_NULL, .i = 3},
		    {.kind = CELL_TEXT, .s = "Copy"}, {.kind = CELL_INT, .i = 140100005}, {.kind = CELL_INT, .i = NOW},
		    {.kind = CELL_INT, .i = i == 1}};

		assert_true(rows_add(b.bm, row, &e));
	}
	for (int64_t i = 0; i < N_BIG; i++) {
		const struct cell row[] = {{.kind = CELL_INT, .i = i}, {.kind = CELL_TEXT, .s = "w"}};

		assert_true(rows_add(b.big, row, &e));
	}
	assert_true(sqldb_table(b.db, &facts[BM], &e) && sqldb_insert(b.db, b.bm, false, &e));
	assert_true(sqldb_table(b.db, &facts[BIG], &e) && sqldb_insert(b.db, b.big, false, &e));
	return b;
}

static void
close_base(struct base *b)
{
	sqldb_free(b->db);
	arena_free(b->arena);
	rows_free(b->bm);
	rows_free(b->big);
}

static bool
query(struct base *b, const char *text, struct result *r, struct err *e)
{
	const struct sql sql = {.text = text};

	*r = (struct result){0};
	*e = (struct err){.msg = ""};
	return sqldb_query(b->db, &sql, b->arena, r, e);
}

/* The one value of a query of one row and column; "NULL" for NULL. */
static const char *
value(struct base *b, const char *text)
{
	struct result r;
	struct err e;

	if (!query(b, text, &r, &e))
		fail_msg("expected an answer to %s, got: %s", text, e.msg);
	if (r.n != 1 || r.n_columns != 1)
		fail_msg("expected one value from %s, got %zu rows of %zu columns", text, r.n, r.n_columns);
	return r.items[0] != NULL ? r.items[0] : "NULL";
}

static void
raises(struct base *b, const char *text)
{
	struct result r;
	struct err e;

	if (query(b, text, &r, &e))
		fail_msg("expected an error from %s, got %zu rows, first %s", text, r.n,
		    r.n > 0 && r.items[0] != NULL ? r.items[0] : "none");
	if (e.msg[0] == '\0')
		fail_msg("expected a message about %s", text);
}

static void
refuses_what_is_no_question(void **state)
{
	static const char *const bad[] = {
	    "ATTACH '/tmp/x' AS x",
	    "DETACH main",
	    "PRAGMA user_version",
	    "PRAGMA user_version = 3",
	    "SELECT * FROM pragma_table_info('bm')",
	    "SELECT * FROM pragma_table_list",
	    "SELECT load_extension('x')",
	    "SELECT random() AS x",
	    "SELECT randomblob(4) AS x",
	    "SELECT zeroblob(4) AS x",
	    "SELECT date('now') AS x",
	    "SELECT strftime('%s','now') AS x",
	    "SELECT julianday('now') AS x",
	    "SELECT datetime(0,'unixepoch') AS x",
	    "SELECT CURRENT_TIMESTAMP AS x",
	    "SELECT CURRENT_DATE AS x",
	    "SELECT CURRENT_TIME AS x",
	    "SELECT name FROM sqlite_master",
	    "SELECT count(*) AS n FROM sqlite_master",
	    "SELECT name FROM SQLITE_MASTER",
	    "SELECT name FROM sqlite_schema",
	    "SELECT name FROM sqlite_temp_master",
	    "SELECT * FROM dbstat",
	    "SELECT * FROM sqlite_stmt",
	    "VACUUM",
	    "VACUUM INTO '/tmp/preflight-must-not-exist'",
	    "EXPLAIN SELECT 1 AS x",
	    "EXPLAIN QUERY PLAN SELECT 1 AS x",
	    "SELECT 1 AS x; SELECT 2 AS x",
	    "SELECT 1 AS x; DELETE FROM bm",
	    "SELECT ? AS x",
	    "SELECT :x AS x",
	    "SELECT @x AS x",
	    "SELECT id FROM bm WHERE id = $x",
	    "",
	    " ",
	    ";",
	    "-- nothing",
	    "/* nothing */",
	    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c "
	    "LIMIT 3",
	    "INSERT INTO bm(id) VALUES (9)",
	    "INSERT INTO bm(id) VALUES (9) RETURNING id",
	    "UPDATE bm SET status = 3",
	    "DELETE FROM bm",
	    "DELETE FROM bm RETURNING id",
	    "REPLACE INTO bm(id) VALUES (9)",
	    "CREATE TABLE x(a)",
	    "CREATE TEMP TABLE x(a)",
	    "CREATE VIEW x AS SELECT 1",
	    "CREATE INDEX x ON bm(id)",
	    "DROP TABLE bm",
	    "CREATE VIRTUAL TABLE x USING fts5(a)",
	    "CREATE TRIGGER x AFTER INSERT ON bm "
	    "BEGIN SELECT 1; END",
	    "ALTER TABLE bm RENAME TO bn",
	    "BEGIN",
	    "COMMIT",
	    "SAVEPOINT x",
	    "RELEASE x",
	    "ROLLBACK",
	    "ANALYZE",
	    "REINDEX",
	    "SELECT changes() AS x",
	    "SELECT total_changes() AS x",
	    "SELECT last_insert_rowid() AS x",
	    "SELECT sqlite_version() AS x",
	    "SELECT sqlite_log(1,'x') AS x",
	    "SELECT fts3_tokenizer('x') AS x",
	    "SELECT readfile('/etc/passwd') AS x",
	    "SELECT avg(id) AS x FROM bm",
	    "SELECT total(id) AS x FROM bm",
	    "SELECT group_concat(job) AS x FROM bm",
	    "SELECT json_group_array(id) AS x FROM bm",
	    "SELECT row_number() OVER () AS x FROM bm",
	    "SELECT lower(job) AS x FROM bm",
	    "SELECT upper(job) AS x FROM bm",
	    "SELECT nope FROM bm",
	    "SELECT id FROM nope",
	    "SELECT \"Copy\" AS x",
	    "SELECT id FROM bm WHERE job = \"Copy\"",
	    "SELECT",
	    "SELECT 1 AS",
	};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		raises(&b, bad[i]);
		assert_string_equal(value(&b, "SELECT count(*) AS n FROM bm"), "2");
	}
	close_base(&b);
}

static void
takes_plain_questions(void **state)
{
	static const char *const good[] = {
	    "SELECT 1 AS x",
	    "SELECT 1 AS x;",
	    "SELECT 1 AS x ; -- done\n",
	    "VALUES (1)",
	    "WITH c AS (SELECT id FROM bm) SELECT id FROM c",
	    "SELECT id FROM bm WHERE job GLOB 'C*'",
	    "SELECT e.value AS x FROM bm, json_each('[1,2]') AS e",
	    "SELECT json_extract('[1]', '$[0]') AS x",
	    "SELECT max(id) AS x FROM bm",
	    "SELECT id FROM bm UNION SELECT id FROM big",
	    "SELECT id FROM bm WHERE EXISTS (SELECT 1 FROM big WHERE big.id = bm.id)",
	};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		const struct sql sql = {.text = good[i]};
		struct result r;
		struct err e = {.msg = ""};

		if (!sqldb_prepares(b.db, &sql, &e) || !query(&b, good[i], &r, &e))
			fail_msg("expected an answer to %s, got: %s", good[i], e.msg);
	}
	close_base(&b);
}

static void
work_is_bounded(void **state)
{
	static const char *const greedy[] = {
	    "SELECT count(*) AS n FROM big a, big b, big c, big d, big e",
	    "SELECT a.id FROM big a, big b, big c, big d WHERE a.id + b.id + c.id + d.id < 0",
	    "SELECT printf('%.100000c', 'x') AS x", /* more than one value may hold */
	    "SELECT length(replace(printf('%.60000c', 'x'), 'x', 'yyyyyyyyyyyyyyyy')) AS n",
	    "SELECT printf('%.60000c', 'x') || printf('%.60000c', 'x') AS x",
	};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(greedy); i++) {
		raises(&b, greedy[i]);
		if (sqldb_is_exceeded(b.db) != (i < 2))
			fail_msg("%s: expected that it is told apart from what is wrong", greedy[i]);
	}
	/* The budget is each statement's own. */
	assert_string_equal(value(&b, "SELECT count(*) AS n FROM big a, big b"), "40000");
	close_base(&b);
}

/* What is not kept is counted, by status. */
static void
rows_beyond_the_last_are_counted(void **state)
{
	struct base b = open_base();
	struct result r;
	struct err e;

	(void)state;
	assert_true(query(&b, "SELECT a.id FROM big a, big b", &r, &e));
	assert_int_equal(r.n, RESULT_MAX);
	assert_int_equal(r.n_rest, 1);
	assert_int_equal(r.rest[0].n, 35000);
	assert_true(query(&b,
	    "SELECT CASE WHEN a.id % 2 = 0 THEN 'fail' WHEN b.id % 2 = 0 THEN 'waiting' END AS status "
	    "FROM big a, big b ORDER BY status IS NULL",
	    &r, &e));
	assert_int_equal(r.n_rest, 3);
	assert_int_equal(r.rest[0].n + r.rest[1].n + r.rest[2].n, 35000);
	assert_string_equal(r.rest[2].status, "");
	assert_int_equal(r.rest[2].n, 10000);
	close_base(&b);
}

/* A join of two large tables costs its rows, not their square. */
static void
large_tables_are_indexed(void **state)
{
	static const struct fact large = {.table = "large",
	    .source = "postgres",
	    .columns = big_columns,
	    .n_columns = nitems(big_columns),
	    .max_rows = 50000};
	static const char join[] =
	    "SELECT total_int(EXISTS (SELECT 1 FROM large b WHERE b.id = a.id + 1)) AS n FROM large a";
	const char *columns[] = {"id", "no_such_column", "oid"};
	const struct texts joins = {columns, 3, 3};
	struct rows *r = rows_new(&large, "x");
	struct err e;

	(void)state;
	for (int64_t i = 0; i < 50000; i++)
		assert_true(rows_add(r, (const struct cell[]){cell_int(i), cell_text("w")}, &e));
	for (int indexed = 0; indexed < 2; indexed++) {
		struct base b = open_base();

		sqldb_index_by(b.db, indexed ? &joins : NULL);
		assert_true(sqldb_table(b.db, &large, &e) && sqldb_insert(b.db, r, false, &e));
		if (indexed)
			assert_string_equal(value(&b, join), "49999");
		else
			raises(&b, join);
		close_base(&b);
	}
	rows_free(r);
}

static void
only_integers_and_text_come_out(void **state)
{
	static const char *const bad[] = {"SELECT 1.5 AS x", "SELECT 1.0 AS x", "SELECT id / 2.0 AS x FROM bm",
	    "SELECT x'00' AS x", "SELECT CAST('a' AS BLOB) AS x", "SELECT 9223372036854775807 + 1 AS x",
	    "SELECT sum(id * 4611686018427387904) AS x FROM big", "SELECT abs(-9223372036854775807 - 1) AS x",
	    "SELECT json_extract('[1.5]', '$[0]') AS x"};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		raises(&b, bad[i]);
	assert_string_equal(value(&b, "SELECT NULL AS x"), "NULL");
	assert_string_equal(value(&b, "SELECT -9223372036854775807 - 1 AS x"), "-9223372036854775808");
	close_base(&b);
}

/* printf cuts at bytes: text that is no UTF-8 must not reach a report. */
static void
text_that_comes_out_is_utf_8(void **state)
{
	static const char *const raw[] = {"SELECT CAST(x'ff' AS TEXT) AS x", "SELECT printf('%.1s', '\xC3\xA9') AS x",
	    "SELECT CAST(x'1b5b' AS TEXT) AS x", "SELECT CAST(x'610062' AS TEXT) AS x"};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(raw); i++) {
		struct result r;
		struct err e;

		if (!query(&b, raw[i], &r, &e))
			continue;
		if (strcmp(r.items[0], text_clean(b.arena, r.items[0], strlen(r.items[0]), 100)) != 0 ||
		    strcmp(r.items[0], "a") == 0)
			fail_msg("%s: expected clean text or an error", raw[i]);
	}
	close_base(&b);
}

static void
values_read_as_their_columns_are_declared(void **state)
{
	static const char sql[] = "SELECT database, id, status, since, at, moving, id + 1 AS more "
				  "FROM bm "
				  "ORDER BY id";
	static const char *const expected[] = {"main", "1", "3", "14.10.0", "2026-09-21T14:13:20Z", "yes", "2", "main",
	    "2", NULL, "14.10.0", "2026-09-21T14:13:20Z", "no", "3"};
	struct base b = open_base();
	struct result r;
	struct err e;

	(void)state;
	assert_true(query(&b, sql, &r, &e));
	assert_int_equal(r.n, 2);
	assert_int_equal(r.n_columns, 7);
	for (size_t i = 0; i < nitems(expected); i++)
		if ((r.items[i] == NULL) != (expected[i] == NULL) ||
		    (expected[i] != NULL && strcmp(r.items[i], expected[i]) != 0))
			fail_msg("value %zu: expected %s, got %s", i, expected[i] != NULL ? expected[i] : "NULL",
			    r.items[i] != NULL ? r.items[i] : "NULL");
	assert_true(r.numbers[3] == 140100005);
	assert_int_equal(result_column(&r, "since"), 3);
	assert_int_equal(result_column(&r, "Since"), -1);
	assert_string_equal(result_text(&r, 1, 6), "3");
	close_base(&b);
}

static void
functions_answer(void **state)
{
	static const char *const answers[][2] = {
	    {"SELECT version('14.10') AS x", "140100005"},
	    {"SELECT version(NULL) AS x", "NULL"},
	    {"SELECT version('14.9') < version('14.10') AS x", "1"},
	    {"SELECT version_in(version('14.10'), '>=14.2 <15') AS x", "1"},
	    {"SELECT version_in(version('14.1.8'), '>=14.2') AS x", "0"},
	    {"SELECT version_in(NULL, '>=14.2') AS x", "NULL"},
	    {"SELECT version_text(version('14.10')) AS x", "14.10.0"},
	    {"SELECT now() AS x", "1790000000000000"},
	    {"SELECT time_text(0) AS x", "1 Jan 1970 00:00 UTC"},
	    {"SELECT time_text(NULL) AS x", "NULL"},
	    {"SELECT hours(2) AS x", "7200000000"},
	    {"SELECT days(1) - hours(24) + minutes(1) - seconds(60) AS x", "0"},
	    {"SELECT hours(NULL) AS x", "NULL"},
	    {"SELECT duration_text(days(2)) AS x", "2 days"},
	    {"SELECT total_int(id) AS x FROM bm", "3"},
	    {"SELECT total_int(status) AS x FROM "
	     "bm",
		"3"},
	    {"SELECT total_int(id) AS x FROM bm WHERE 0", "0"},
	    {"SELECT list(e.value) AS x FROM json_each('[\"b\",\"a\",\"b\",null]') AS e", "a, b"},
	    {"SELECT list(id) AS x FROM bm WHERE 0", ""},
	    {"SELECT list(id) AS x FROM big WHERE id < 3", "0, 1, 2"},
	    {"SELECT e.value AS x FROM json_each('[\"t10\",\"t9\",\"t11\"]') AS e ORDER BY e.value COLLATE numbered LIMIT 1",
		"t9"},
	};
	struct base b = open_base();
	const char *many;

	(void)state;
	for (size_t i = 0; i < nitems(answers); i++)
		if (strcmp(value(&b, answers[i][0]), answers[i][1]) != 0)
			fail_msg("%s: expected %s, got %s", answers[i][0], answers[i][1], value(&b, answers[i][0]));
	many = value(&b, "SELECT list(id) AS x FROM big");
	assert_string_equal(many + strlen(many) - 5, ", ...");
	close_base(&b);
}

/* A function that cannot answer must not answer something. */
static void
functions_raise(void **state)
{
	static const char *const bad[] = {
	    "SELECT version('14.1O') AS x",
	    "SELECT version('') AS x",
	    "SELECT version() AS x",
	    "SELECT version_in(version('14.1'), '') AS x",
	    "SELECT version_in(version('14.1'), '14.1') AS x",
	    "SELECT version_in(version('14.1'), '>14.1') AS x",
	    "SELECT version_in(version('14.1'), NULL) AS x",
	    "SELECT version_in('14.1', '>=14.1') AS x",
	    "SELECT total_int(job) AS x FROM bm",
	    "SELECT total_int(1.5) AS x FROM bm",
	    "SELECT total_int(9223372036854775807) AS x FROM bm",
	    "SELECT days(9223372036854775807) AS x",
	};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		raises(&b, bad[i]);
	close_base(&b);
}

/* 14.10 is the fraction 14.1 before the function sees it; "6h" and 1.5 lose what they mean. */
static void
functions_take_no_other_types(void **state)
{
	static const char *const bad[] = {"SELECT version(14.10) AS x", "SELECT version(14) AS x",
	    "SELECT hours('6h') AS x", "SELECT hours(1.5) AS x", "SELECT time_text('now') AS x",
	    "SELECT version_text('14.1') AS x"};
	struct base b = open_base();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		raises(&b, bad[i]);
	close_base(&b);
}

static void
rows_can_be_reversed_and_replaced(void **state)
{
	struct sqldb *db = sqldb_new(NOW);
	struct base b = open_base(), other = {.db = db, .arena = b.arena};
	struct err e;

	(void)state;
	assert_true(sqldb_table(db, &facts[BIG], &e) && sqldb_insert(db, b.big, true, &e));
	assert_string_equal(value(&b, "SELECT id FROM big LIMIT 1"), "0");
	assert_string_equal(value(&other, "SELECT id FROM big LIMIT 1"), "199");
	assert_true(sqldb_replace(db, b.big, &e));
	assert_string_equal(value(&other, "SELECT count(*) AS n FROM big"), "200");
	rows_end(b.big, PS_ERROR, "%s", "");
	assert_true(sqldb_replace(db, b.big, &e));
	assert_string_equal(value(&other, "SELECT count(*) AS n FROM big"), "0");
	sqldb_free(db);
	close_base(&b);
}

static int
more_modules(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
	static const sqlite3_module module = {.iVersion = 1};
	char name[32];

	(void)error;
	(void)api;
	for (int i = 0; i < 101; i++) {
		(void)snprintf(name, sizeof name, "more_%d", i);
		(void)sqlite3_create_module(db, name, &module, NULL);
	}
	return SQLITE_OK;
}

static int
long_module(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
	static const sqlite3_module module = {.iVersion = 1};

	(void)error;
	(void)api;
	return sqlite3_create_module(db, "a_module_with_a_name_of_more_than_39_letters", &module, NULL);
}

/* Which tables the library brings must be known whole, or none of them could be refused. */
static void
a_library_with_too_many_tables_is_refused(void **state)
{
	(void)state;
	assert_int_equal(sqlite3_auto_extension((void (*)(void))more_modules), SQLITE_OK);
	assert_null(sqldb_new(NOW));
	sqlite3_reset_auto_extension();
	assert_int_equal(sqlite3_auto_extension((void (*)(void))long_module), SQLITE_OK);
	assert_null(sqldb_new(NOW));
	sqlite3_reset_auto_extension();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_what_is_no_question),
	    cmocka_unit_test(takes_plain_questions),
	    cmocka_unit_test(work_is_bounded),
	    cmocka_unit_test(rows_beyond_the_last_are_counted),
	    cmocka_unit_test(large_tables_are_indexed),
	    cmocka_unit_test(only_integers_and_text_come_out),
	    cmocka_unit_test(text_that_comes_out_is_utf_8),
	    cmocka_unit_test(values_read_as_their_columns_are_declared),
	    cmocka_unit_test(functions_answer),
	    cmocka_unit_test(functions_raise),
	    cmocka_unit_test(functions_take_no_other_types),
	    cmocka_unit_test(rows_can_be_reversed_and_replaced),
	    cmocka_unit_test(a_library_with_too_many_tables_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
