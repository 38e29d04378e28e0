/* Views, and tables that do not exist: who can still be asked then. */

#include "facts/sqldb.h" /* before cmocka.h, which has a macro fail() */
#include "ruleset/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BM, BIG, N_FACTS };
static const struct fact_column columns[] = {{.name = "id", .type = T_INTEGER}, {.name = "since", .type = T_VERSION}};
/* Not const: the lists of a rule set are not, and it is filled by hand here. */
static struct fact facts[] = {
    [BM] = {.table = "bm", .source = "postgres", .columns = columns, .n_columns = 2, .max_rows = 9},
    [BIG] = {.table = "big", .source = "postgres", .columns = columns, .n_columns = 2, .max_rows = 9},
};
static bool reads_bm[] = {true, false}, reads_both[] = {true, true};
static struct view views[] = {
    {.name = "plain", .query.text = "SELECT id, since FROM bm", .reach.facts = reads_bm},
    {.name = "nested", .query.text = "SELECT id FROM plain WHERE id > 0", .reach.facts = reads_bm},
    {.name = "guarded", .query.text = "SELECT id FROM bm", .fallback.text = "SELECT 7 AS id", .reach.facts = reads_bm},
    {.name = "joined", .query.text = "SELECT id FROM big JOIN bm USING (id)", .reach.facts = reads_both},
};
static const struct ruleset set = {.facts = {facts, N_FACTS, N_FACTS}, .views = {views, nitems(views), nitems(views)}};

static struct sqldb *
open_db(void)
{
	struct sqldb *db = sqldb_new(0);
	struct err e;

	assert_non_null(db);
	for (size_t f = 0; f < N_FACTS; f++) {
		struct rows *r = rows_new(&facts[f], "x");

		for (int64_t i = 1; i <= 2; i++) {
			const struct cell row[] = {{.kind = CELL_INT, .i = i}, {.kind = CELL_INT, .i = 140100005}};

			assert_true(rows_add(r, row, &e));
		}
		assert_true(sqldb_table(db, &facts[f], &e) && sqldb_insert(db, r, false, &e));
		rows_free(r);
	}
	return db;
}

static bool
prepares(struct sqldb *db, const char *text)
{
	const struct sql sql = {.text = text};
	struct err e;

	return sqldb_prepares(db, &sql, &e);
}

/* The first value of the first row, "none" without a row, "error" without an answer. */
static void
first_value(struct sqldb *db, const char *text, char out[64])
{
	struct arena *a = arena_new();
	const struct sql sql = {.text = text};
	struct result r = {0};
	struct err e;

	if (!sqldb_query(db, &sql, a, &r, &e))
		(void)snprintf(out, 64, "error");
	else
		(void)snprintf(out, 64, "%s", r.n == 0 ? "none" : r.items[0] != NULL ? r.items[0] : "NULL");
	arena_free(a);
}

static void
answers(struct sqldb *db, const char *text, const char *expected)
{
	char got[64];

	first_value(db, text, got);
	if (strcmp(got, expected) != 0)
		fail_msg("%s: expected %s, got %s", text, expected, got);
}

static void
a_view_keeps_declared_types(void **state)
{
	struct sqldb *db = open_db();
	struct err e;

	(void)state;
	assert_true(sqldb_view(db, &views[0], &e));
	answers(db, "SELECT since FROM plain", "14.10.0");
	answers(db, "SELECT count(*) AS n FROM plain", "2");
	sqldb_free(db);
}

static void
the_fallback_steps_in(void **state)
{
	static const struct view
	    lost = {.name = "lost", .query.text = "SELECT id FROM gone", .fallback.text = "SELECT id FROM gone_too"},
	    saved = {.name = "saved", .query.text = "SELECT id FROM gone", .fallback.text = "SELECT 7 AS id"},
	    usual = {
		.name = "usual", .query.text = "SELECT id FROM bm WHERE id = 1", .fallback.text = "SELECT 7 AS id"};
	struct sqldb *db = open_db();
	struct err e;

	(void)state;
	assert_true(sqldb_view(db, &lost, &e));
	answers(db, "SELECT count(*) AS n FROM lost", "error");
	assert_true(sqldb_view(db, &saved, &e));
	answers(db, "SELECT id FROM saved", "7");
	assert_true(sqldb_view(db, &usual, &e));
	answers(db, "SELECT id FROM usual", "1");
	sqldb_free(db);
}

/* An empty table of its name would be read as "nothing found". */
struct maker {
	struct sqldb *db;
	enum table_made late; /* what becomes of the table "late" */
	int calls;
};

static enum table_made
make_late(void *arg, const char *name)
{
	static const struct view late = {.name = "late", .query.text = "SELECT id FROM bm"};
	struct maker *m = arg;
	struct err e;

	if (strcmp(name, "late") != 0)
		return TM_NONE;
	m->calls++;
	if (m->late == TM_MADE)
		assert_true(sqldb_view(m->db, &late, &e));
	return m->late;
}

static void
a_table_is_made_when_it_is_read(void **state)
{
	struct maker m = {.db = open_db(), .late = TM_MADE};

	(void)state;
	sqldb_on_missing(m.db, make_late, &m);
	answers(m.db, "SELECT count(*) AS n FROM bm", "2");
	assert_int_equal(m.calls, 0);
	answers(m.db, "SELECT count(*) AS n FROM bm JOIN main.late USING (id)", "2");
	answers(m.db, "SELECT count(*) AS n FROM late", "2");
	answers(m.db, "SELECT count(*) AS n FROM never", "error");
	assert_int_equal(m.calls, 1);
	sqldb_free(m.db);
}

/* A fallback stands for what is rightly absent, and not for what could not be made. */
static void
no_fallback_replaces_a_broken_table(void **state)
{
	static const struct view saved = {
	    .name = "saved", .query.text = "SELECT id FROM late", .fallback.text = "SELECT 7 AS id"};
	struct maker m = {.db = open_db(), .late = TM_BROKEN};
	struct err e;

	(void)state;
	sqldb_on_missing(m.db, make_late, &m);
	assert_false(sqldb_view(m.db, &saved, &e));
	answers(m.db, "SELECT id FROM saved", "error");
	m.late = TM_NONE;
	assert_true(sqldb_view(m.db, &saved, &e));
	answers(m.db, "SELECT id FROM saved", "7");
	sqldb_free(m.db);
}

static void
a_view_that_fails_leaves_no_table(void **state)
{
	static const char *const failing[] = {
	    "SELECT version('14.1O') AS id FROM bm",
	    "SELECT id FROM bm WHERE version_in(since, 'nonsense')",
	    "SELECT CASE WHEN id = 2 THEN abs(-9223372036854775807 - 1) ELSE id END AS id "
	    "FROM bm",
	    "SELECT count(*) AS id FROM bm a, bm b, bm c, bm d, bm e, bm f, bm g, bm h, bm i, "
	    "bm j, bm k, "
	    "bm l, bm m, bm n, bm o, bm p, bm q, bm r, bm s, bm t, bm u, bm v, bm w, bm x, bm "
	    "y, bm z, "
	    "bm aa, bm ab, bm ac, bm ad",
	    "SELECT id, id FROM bm",
	};
	struct sqldb *db = open_db();

	(void)state;
	for (size_t i = 0; i < nitems(failing); i++) {
		const struct view v = {.name = "broken", .query.text = failing[i], .fallback.text = "SELECT 7 AS id"};
		struct err e = {.msg = ""};

		if (sqldb_view(db, &v, &e))
			fail_msg("expected the view %s to fail", failing[i]);
		assert_non_null(strstr(e.msg, "broken"));
		answers(db, "SELECT count(*) AS n FROM broken", "error");
	}
	sqldb_free(db);
}

/* A view is kept by statements of ours, which no name in it may extend. */
static void
a_column_name_is_a_name(void **state)
{
	static const char *const names[] = {
	    "SELECT 1 AS \"a\"\"); DELETE FROM bm; --\"",
	    "SELECT 1 AS \"a\"\"); DROP TABLE bm; CREATE TABLE bm(id, since); --\"",
	    "SELECT 1 AS [a\"); UPDATE bm SET id = 9; --]",
	    "SELECT 1 AS `a\"); INSERT INTO bm VALUES (9, 9); --`",
	};
	struct sqldb *db = open_db();
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(names); i++) {
		const struct view v = {.name = "sly", .query.text = names[i]};

		if (sqldb_view(db, &v, &e))
			answers(db, "SELECT count(*) AS n FROM sly", "1");
		answers(db, "SELECT count(*) AS n FROM bm", "2");
		answers(db, "SELECT max(id) AS n FROM bm", "2");
		sqldb_free(db);
		db = open_db();
	}
	sqldb_free(db);
}

static void
a_view_may_do_no_more_than_a_rule(void **state)
{
	static const char *const bad[] = {"SELECT random() AS id", "SELECT name AS id FROM sqlite_master",
	    "SELECT CURRENT_TIMESTAMP AS id", "DELETE FROM bm", "SELECT 1 AS id; DELETE FROM bm", "SELECT ? AS id"};
	struct sqldb *db = open_db();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		const struct view v = {.name = "greedy", .query.text = bad[i]};
		struct err e;

		assert_true(sqldb_view(db, &v, &e));
		answers(db, "SELECT count(*) AS n FROM greedy", "error");
		answers(db, "SELECT count(*) AS n FROM bm", "2");
	}
	sqldb_free(db);
}

static const struct {
	const char *text;
	bool needs[N_FACTS];
} shapes[] = {
    {"SELECT id FROM bm", {true, false}},
    {"SELECT count(*) AS n FROM bm", {true, false}},
    {"SELECT b.id FROM big AS b JOIN bm USING (id)", {true, true}},
    {"SELECT id FROM big NATURAL JOIN bm", {true, true}},
    {"SELECT id FROM bm AS x WHERE NOT EXISTS (SELECT 1 FROM big NATURAL JOIN bm)", {true, true}},
    {"SELECT id FROM \"bm\"", {true, false}},
    {"SELECT id FROM 'bm'", {true, false}},
    {"SELECT id FROM [bm]", {true, false}},
    {"SELECT id FROM `bm`", {true, false}},
    {"SELECT id FROM BM", {true, false}},
    {"SELECT id FROM main.bm", {true, false}},
    {"SELECT id FROM big WHERE id IN bm", {false, false}}, /* does not prepare: two columns */
    {"SELECT id FROM big WHERE id IN (SELECT id FROM bm)", {true, true}},
    {"SELECT b.id FROM big AS b LEFT JOIN (SELECT DISTINCT id FROM bm) AS m ON m.id = b.id", {true, true}},
    {"SELECT id FROM big WHERE id = 0 AND EXISTS (SELECT 1 FROM bm)", {true, true}},
    {"WITH bm AS (SELECT 1 AS id) SELECT id FROM bm", {false, false}},
    {"SELECT id FROM big WHERE 'bm' = 'big'", {false, true}},
    {"SELECT id FROM plain", {true, false}},
    {"SELECT id FROM nested", {true, false}},
    {"SELECT id FROM guarded", {false, false}},
    {"SELECT id FROM joined", {true, true}},
    {"SELECT id FROM big AS b WHERE NOT EXISTS (SELECT 1 FROM nested AS n WHERE n.id = b.id)", {true, true}},
};

static void
note_shapes(struct sqldb *db, void *arg)
{
	bool *fits = arg;

	for (size_t i = 0; i < nitems(shapes); i++)
		fits[i] = prepares(db, shapes[i].text);
	fits[nitems(shapes)] = true;
}

static void
absence_shows_who_needs_a_table(void **state)
{
	struct sqldb *db = open_db();
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(views); i++)
		assert_true(sqldb_view(db, &views[i], &e));
	for (size_t f = 0; f < N_FACTS; f++) {
		bool fits[nitems(shapes) + 1] = {false};

		assert_true(sqldb_without(db, &set.facts, &set.views, f, true, note_shapes, fits, &e));
		assert_true(fits[nitems(shapes)]);
		for (size_t i = 0; i < nitems(shapes); i++)
			if (prepares(db, shapes[i].text) && fits[i] == shapes[i].needs[f])
				fail_msg("without %s, expected this %s: %s", facts[f].table,
				    shapes[i].needs[f] ? "not to prepare" : "to prepare", shapes[i].text);
	}
	sqldb_free(db);
}

static void
do_nothing(struct sqldb *db, void *arg)
{
	(void)db;
	(void)arg;
}

static void
afterwards_all_can_be_asked_again(void **state)
{
	static const char *const tables[] = {"bm", "big", "plain", "nested", "guarded", "joined"};
	struct sqldb *db = open_db();
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(views); i++)
		assert_true(sqldb_view(db, &views[i], &e));
	for (size_t f = 0; f < N_FACTS; f++)
		assert_true(sqldb_without(db, &set.facts, &set.views, f, true, do_nothing, NULL, &e));
	for (size_t i = 0; i < nitems(tables); i++) {
		char text[80];

		(void)snprintf(text, sizeof text, "SELECT id FROM %s", tables[i]);
		assert_true(prepares(db, text));
	}
	answers(db, "SELECT count(*) AS n FROM bm", "0");
	sqldb_free(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_view_keeps_declared_types),
	    cmocka_unit_test(the_fallback_steps_in),
	    cmocka_unit_test(a_table_is_made_when_it_is_read),
	    cmocka_unit_test(no_fallback_replaces_a_broken_table),
	    cmocka_unit_test(a_view_that_fails_leaves_no_table),
	    cmocka_unit_test(a_column_name_is_a_name),
	    cmocka_unit_test(a_view_may_do_no_more_than_a_rule),
	    cmocka_unit_test(absence_shows_who_needs_a_table),
	    cmocka_unit_test(afterwards_all_can_be_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
