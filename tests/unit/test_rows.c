#include "facts/rows.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_ROWS 3

static const char *const words[] = {"active", "finished"};
enum { ID, NAME, AT, ON, SINCE, WORD, N_COLUMNS };
static const struct fact_column columns[] = {
    [ID] = {.name = "id", .type = T_INTEGER},
    [NAME] = {.name = "name", .type = T_TEXT, .null = true},
    [AT] = {.name = "at", .type = T_TIME, .null = true},
    [ON] = {.name = "on", .type = T_BOOL},
    [SINCE] = {.name = "since", .type = T_VERSION},
    [WORD] = {.name = "word", .type = T_TEXT, .values = words, .n_values = 2},
};
static const struct fact fact = {.table = "thing",
    .source = "postgres",
    .part_column = "database",
    .columns = columns,
    .n_columns = N_COLUMNS,
    .max_rows = MAX_ROWS};

static void
make_row(struct cell row[N_COLUMNS])
{
	row[ID] = (struct cell){.kind = CELL_INT, .i = 7};
	row[NAME] = (struct cell){.kind = CELL_TEXT, .s = "a name"};
	row[AT] = (struct cell){.kind = CELL_INT, .i = -1};
	row[ON] = (struct cell){.kind = CELL_INT, .i = 1};
	row[SINCE] = (struct cell){.kind = CELL_INT, .i = 140100005};
	row[WORD] = (struct cell){.kind = CELL_TEXT, .s = "active"};
}

/* Whether the door takes a row whose one cell is this; a refused row must not stay behind. */
static bool
takes(int column, struct cell cell, struct err *e)
{
	struct rows *r = rows_new(&fact, "main");
	struct cell row[N_COLUMNS];
	bool ok;

	make_row(row);
	row[column] = cell;
	*e = (struct err){.msg = ""};
	ok = rows_add(r, row, e);
	assert_int_equal(r->n, ok ? 1 : 0);
	rows_free(r);
	return ok;
}

static void
reads_text_forms(void **state)
{
	static const struct {
		int column;
		const char *text;
		int64_t value;
	} good[] = {
	    {ID, "0", 0},
	    {ID, "-1", -1},
	    {ID, "9223372036854775807", INT64_MAX},
	    {ID, "-9223372036854775808", INT64_MIN},
	    {AT, "1790000000000000", 1790000000000000},
	    {ON, "t", 1},
	    {ON, "f", 0},
	    {ON, "1", 1},
	    {ON, "0", 0},
	    {ON, "true", 1},
	    {ON, "false", 0},
	    {SINCE, "14.10", 140100005},
	    {SINCE, "14.1.8-ee", 140010085},
	    {SINCE, "17.10.0-rc42-ee", 170100000},
	};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		struct cell c;
		struct err e;

		if (!cell_from_text(&columns[good[i].column], good[i].text, &c, &e))
			fail_msg("expected \"%s\" to be read: %s", good[i].text, e.msg);
		assert_int_equal(c.kind, CELL_INT);
		if (c.i != good[i].value)
			fail_msg("expected \"%s\" as %lld, got %lld", good[i].text, (long long)good[i].value,
			    (long long)c.i);
	}
}

static void
refuses_text_that_is_no_value(void **state)
{
	static const struct {
		int column;
		const char *text;
	} bad[] = {
	    {ID, "9223372036854775808"},
	    {ID, "-9223372036854775809"},
	    {ID, ""},
	    {ID, " "},
	    {ID, "12 "},
	    {ID, "12x"},
	    {ID, "1.0"},
	    {ID, "1e3"},
	    {ID, "0x10"},
	    {ID, "- 1"},
	    {ID, "NaN"},
	    {ID, "NULL"},
	    {ID, "12\n"},
	    {AT, ""},
	    {AT, "2026-11-22"},
	    {AT, "infinity"},
	    {AT, "1.5"},
	    {ON, ""},
	    {ON, "T"},
	    {ON, "yes"},
	    {ON, "2"},
	    {ON, "t "},
	    {ON, "-1"},
	    {SINCE, ""},
	    {SINCE, "14.1O"},
	    {SINCE, "14.10 "},
	    {SINCE, "1000.0.0"},
	    {SINCE, "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct cell c;
		struct err e = {.msg = ""};

		if (cell_from_text(&columns[bad[i].column], bad[i].text, &c, &e))
			fail_msg("expected \"%s\" to be refused as %s, got %lld", bad[i].text,
			    col_type_word[columns[bad[i].column].type], (long long)c.i);
		if (strstr(e.msg, columns[bad[i].column].name) == NULL)
			fail_msg("expected the column's name in \"%s\"", e.msg);
	}
}

static void
keeps_text_as_it_is(void **state)
{
	static const char *const texts[] = {"", " ", "NULL", "0", "t"};
	struct cell c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		assert_true(cell_from_text(&columns[NAME], texts[i], &c, &e));
		assert_int_equal(c.kind, CELL_TEXT);
		assert_string_equal(c.s, texts[i]);
	}
}

static void
a_missing_text_is_null_for_every_type(void **state)
{
	struct cell c;
	struct err e;

	(void)state;
	for (int i = 0; i < N_COLUMNS; i++) {
		assert_true(cell_from_text(&columns[i], NULL, &c, &e));
		assert_int_equal(c.kind, CELL_NULL);
	}
}

static void
null_only_where_declared(void **state)
{
	const struct cell null = {.kind = CELL_NULL};
	struct err e;

	(void)state;
	for (int i = 0; i < N_COLUMNS; i++)
		if (takes(i, null, &e) != columns[i].null)
			fail_msg("column %s: expected NULL to be %s", columns[i].name,
			    columns[i].null ? "taken" : "refused");
}

static void
types_are_not_coerced(void **state)
{
	static const struct {
		int column;
		struct cell cell;
		bool ok;
	} cases[] = {
	    {ID, {.kind = CELL_TEXT, .s = "3"}, false},
	    {AT, {.kind = CELL_TEXT, .s = "3"}, false},
	    {ON, {.kind = CELL_TEXT, .s = "t"}, false},
	    {SINCE, {.kind = CELL_TEXT, .s = "14.1"}, false},
	    {NAME, {.kind = CELL_INT, .i = 42}, false},
	    {WORD, {.kind = CELL_INT, .i = 0}, false},
	    {ON, {.kind = CELL_INT, .i = 0}, true},
	    {ON, {.kind = CELL_INT, .i = 2}, false},
	    {ON, {.kind = CELL_INT, .i = -1}, false},
	    {SINCE, {.kind = CELL_INT, .i = 140100000}, true},
	    {SINCE, {.kind = CELL_INT, .i = 140100001}, false},
	    {SINCE, {.kind = CELL_INT, .i = 14}, false},
	    {SINCE, {.kind = CELL_INT, .i = -5}, false},
	    {ID, {.kind = CELL_INT, .i = INT64_MIN}, true},
	    {AT, {.kind = CELL_INT, .i = INT64_MAX}, true},
	    {WORD, {.kind = CELL_TEXT, .s = "finished"}, true},
	    {WORD, {.kind = CELL_TEXT, .s = "Finished"}, false},
	    {WORD, {.kind = CELL_TEXT, .s = "finish"}, false},
	    {WORD, {.kind = CELL_TEXT, .s = "finished "}, false},
	    {WORD, {.kind = CELL_TEXT, .s = ""}, false},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *name = columns[cases[i].column].name;
		struct err e;

		if (takes(cases[i].column, cases[i].cell, &e) != cases[i].ok)
			fail_msg(
			    "case %zu, column %s: expected it to be %s", i, name, cases[i].ok ? "taken" : "refused");
		if (!cases[i].ok && strstr(e.msg, name) == NULL)
			fail_msg("case %zu: expected column %s in \"%s\"", i, name, e.msg);
	}
}

static void
one_row_too_many_is_truncated(void **state)
{
	struct rows *r = rows_new(&fact, "main");
	struct cell row[N_COLUMNS];
	struct err e;

	(void)state;
	make_row(row);
	for (int64_t i = 0; i < MAX_ROWS; i++) {
		row[ID].i = i;
		assert_true(rows_add(r, row, &e));
	}
	assert_int_equal(r->status, PS_NOT_COLLECTED);
	assert_false(rows_add(r, row, &e));
	assert_int_equal(r->status, PS_TRUNCATED);
	assert_int_equal(r->n, MAX_ROWS);
	assert_int_equal(r->items[MAX_ROWS - 1][ID].i, MAX_ROWS - 1);
	assert_string_not_equal(r->reason, "");
	rows_free(r);
}

static struct rows *
with_text(const char *text, bool *ok)
{
	struct rows *r = rows_new(&fact, "main");
	struct cell row[N_COLUMNS];
	struct err e;

	make_row(row);
	row[NAME].s = text;
	*ok = rows_add(r, row, &e);
	return r;
}

static char *
repeat(const char *unit, size_t n)
{
	size_t len = strlen(unit);
	char *s = xcalloc(n * len + 1, 1);

	for (size_t i = 0; i < n; i++)
		memcpy(s + i * len, unit, len);
	return s;
}

/* Also where only the cleaning makes it longer: a cell that was cut is not what was read. */
static void
a_row_that_is_too_long_is_left_out_and_the_next_is_not(void **state)
{
	char *text = repeat("x", CELL_MAX + 1);
	struct rows *r = rows_new(&fact, "main");
	struct cell row[N_COLUMNS];
	struct err e;

	(void)state;
	make_row(row);
	for (int i = 0; i < 4; i++) {
		row[NAME].s = i == 1 || i == 2 ? text : "short";
		assert_true(rows_add(r, row, &e));
	}
	rows_leave_out(r, ID);
	rows_end(r, PS_COMPLETE, "%s", "");
	assert_int_equal(r->n, 2);
	assert_int_equal(r->status, PS_TRUNCATED);
	assert_string_equal(r->reason, "3 rows left out: column name has more than 65536 bytes");
	rows_end(r, PS_TRUNCATED, "more than %d rows", 2);
	assert_string_equal(r->reason, "more than 2 rows; 3 rows left out: column name has more than 65536 bytes");
	rows_end(r, PS_TIMEOUT, "%s", "late");
	assert_string_equal(r->reason, "late");
	rows_free(r);
	free(text);
}

static void
a_text_too_long_is_truncated(void **state)
{
	static const struct {
		const char *unit;
		size_t n;
		bool ok;
	} cases[] = {
	    {"x", CELL_MAX, true},
	    {"x", CELL_MAX + 1, false},
	    {"\xC3\xA9", CELL_MAX / 2, true},
	    {"\xC3\xA9", CELL_MAX / 2 + 1, false},
	    {"\n", CELL_MAX / 8, true}, /* <U+000A> */
	    {"\n", CELL_MAX / 8 + 1, false},
	    {"\xFF", CELL_MAX / 4 + 1, false},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char *text = repeat(cases[i].unit, cases[i].n);
		bool ok;
		struct rows *r = with_text(text, &ok);

		assert_true(ok);
		rows_end(r, PS_COMPLETE, "%s", "");
		if ((r->n == 1) != cases[i].ok || (r->status == PS_COMPLETE) != cases[i].ok)
			fail_msg("case %zu: expected %s, got %zu rows and status %s", i,
			    cases[i].ok ? "a row" : "a truncated table", r->n, part_status_word[r->status]);
		if (cases[i].ok)
			assert_true(strlen(r->items[0][NAME].s) <= CELL_MAX);
		rows_free(r);
		free(text);
	}
}

static void
text_is_copied_and_cleaned(void **state)
{
	char text[] = "a\x1B[31mb\xFF\xE2\x80\xAE";
	bool ok;
	struct rows *r = with_text(text, &ok);

	(void)state;
	assert_true(ok);
	memset(text, '?', sizeof text - 1);
	assert_string_equal(r->items[0][NAME].s, "a<U+001B>[31mb\\xFF<U+202E>");
	rows_free(r);
}

/* What was cleaned once goes through the door again unchanged: a replay reads what was written. */
static void
cleaning_twice_changes_nothing(void **state)
{
	static const char *const texts[] = {
	    "plain", "a\tb\n", "\xFF\xFE", "\xE2\x80\x8B", "<U+0041>", "\xF0\x9F\x98\x80", "\xED\xA0\x80", "\\x41"};

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		bool first, second;
		struct rows *r = with_text(texts[i], &first);
		struct rows *again = with_text(r->items[0][NAME].s, &second);

		assert_true(first && second);
		assert_string_equal(again->items[0][NAME].s, r->items[0][NAME].s);
		rows_free(r);
		rows_free(again);
	}
}

static void
half_a_table_is_no_table(void **state)
{
	struct cell row[N_COLUMNS];
	struct err e;

	(void)state;
	make_row(row);
	for (int s = 0; s < PS_N; s++) {
		struct rows *r = rows_new(&fact, "main");
		bool keeps = s == PS_COMPLETE || s == PS_TRUNCATED;

		assert_true(rows_add(r, row, &e));
		rows_end(r, (enum part_status)s, "why %d", s);
		assert_int_equal(r->status, s);
		if (r->n != (keeps ? 1 : 0))
			fail_msg("status %s: expected %d rows, got %zu", part_status_word[s], keeps, r->n);
		rows_free(r);
	}
}

static void
the_reason_is_one_clean_line(void **state)
{
	struct rows *r = rows_new(&fact, "main");
	char *text = repeat("x\n", 400);

	(void)state;
	rows_end(r, PS_ERROR, "FATAL:\x1B[2J no\n");
	assert_string_equal(r->reason, "FATAL:<U+001B>[2J no");
	rows_end(r, PS_ERROR, "%s", text);
	assert_null(strchr(r->reason, '\n'));
	assert_true(strlen(r->reason) < sizeof r->reason);
	free(text);
	rows_free(r);
}

static void
starts_as_not_collected(void **state)
{
	char part[] = "main";
	struct rows *r = rows_new(&fact, part);

	(void)state;
	part[0] = 'x';
	assert_string_equal(r->part, "main");
	assert_int_equal(r->status, PS_NOT_COLLECTED);
	assert_int_equal(r->n, 0);
	rows_free(r);
	rows_free(NULL);
}

static void
finds_columns(void **state)
{
	(void)state;
	for (int i = 0; i < N_COLUMNS; i++)
		assert_int_equal(fact_column_find(&fact, columns[i].name), i);
	assert_int_equal(fact_column_find(&fact, "database"), -1);
	assert_int_equal(fact_column_find(&fact, "ID"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_text_forms),
	    cmocka_unit_test(refuses_text_that_is_no_value),
	    cmocka_unit_test(keeps_text_as_it_is),
	    cmocka_unit_test(a_missing_text_is_null_for_every_type),
	    cmocka_unit_test(null_only_where_declared),
	    cmocka_unit_test(types_are_not_coerced),
	    cmocka_unit_test(one_row_too_many_is_truncated),
	    cmocka_unit_test(a_row_that_is_too_long_is_left_out_and_the_next_is_not),
	    cmocka_unit_test(a_text_too_long_is_truncated),
	    cmocka_unit_test(text_is_copied_and_cleaned),
	    cmocka_unit_test(cleaning_twice_changes_nothing),
	    cmocka_unit_test(half_a_table_is_no_table),
	    cmocka_unit_test(the_reason_is_one_clean_line),
	    cmocka_unit_test(starts_as_not_collected),
	    cmocka_unit_test(finds_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
