#include "facts/snapshot.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct fact_column columns[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "name", .type = T_TEXT, .null = true},
    {.name = "moving", .type = T_BOOL},
};
/* Not const: the list of a rule set is not, and it is filled by hand here. */
static struct fact thing[] = {{.table = "thing",
    .source = "postgres",
    .part_column = "database",
    .columns = columns,
    .n_columns = 3,
    .max_rows = 100}};
static const struct fact_list declared = {thing, 1, 1};

#define HEAD \
	"{\"table\":\"thing\",\"source\":\"postgres\",\"columns\":[" \
	"{\"name\":\"database\",\"type\":\"text\"},{\"name\":\"id\",\"type\":\"integer\"}," \
	"{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"moving\",\"type\":\"bool\"}],\"parts\":["
#define PART(part, status, rows) \
	"{\"part\":\"" part "\",\"status\":\"" status "\"," \
	"\"reason\":\"\"," \
	"\"rows\":" rows ",\"missing\":[],\"read_at\":5,\"duration_us\":6}"
#define ONE HEAD PART("main", "complete", "1") "]}\n"
#define ROW "[\"main\",1,\"a\",0]\n"

static struct rows *
make_rows(const struct fact *f, const char *part, const struct cell *cells, size_t n)
{
	struct rows *r = rows_new(f, part);
	struct err e;

	for (size_t i = 0; i < n; i++)
		assert_true(rows_add(r, cells + i * f->n_columns, &e));
	rows_end(r, PS_COMPLETE, "%s", "");
	return r;
}

/* The two tables that every snapshot has. */
static void
add_own(struct snapshot *s)
{
	static const struct cell when = {.kind = CELL_INT, .i = 9}, text = {.kind = CELL_TEXT, .s = ""};
	const struct cell run[] = {when, when, text, text, {.kind = CELL_INT}, text, text};

	snapshot_add(s, make_rows(&run_fact, "run", run, 1));
	snapshot_add(s, make_rows(&source_fact, "run", NULL, 0));
}

/* Reads a snapshot whose table is this file. NULL: refused, and the message says where. */
static struct snapshot *
read_text(struct arena *a, const char *text, size_t len)
{
	struct snapshot *own = snapshot_new(), *s = snapshot_new();
	struct member m = {.path = "facts/thing.ndjson", .data = text, .len = len};
	struct members members = {0};
	struct err e = {.msg = "of an earlier step"}; /* a message tells nothing: only the result does */

	add_own(own);
	snapshot_write(own, a, &members);
	snapshot_free(own);
	ARENA_PUSH(a, &members, m);
	if (snapshot_read(s, &declared, &members, a, &e))
		return s;
	if (e.at.file == NULL || strcmp(e.at.file, m.path) != 0 || e.at.line == 0 || e.msg[0] == '\0')
		fail_msg("expected file and line in the error, got %s:%u: %s",
		    e.at.file != NULL ? e.at.file : "no file", e.at.line, e.msg);
	snapshot_free(s);
	return NULL;
}

static void
reads_a_good_file(void **state)
{
	struct arena *a = arena_new();
	static const char text[] = HEAD PART("main", "complete", "1") "," PART(
	    "ci", "denied", "0") "]}\n"
				 "[\"main\",-9223372036854775808,null,1]\n";
	struct snapshot *s = read_text(a, text, sizeof text - 1);
	const struct rows *r;

	(void)state;
	assert_non_null(s);
	r = snapshot_find(s, &thing[0], "main");
	assert_non_null(r);
	assert_int_equal(r->status, PS_COMPLETE);
	assert_int_equal(r->n, 1);
	assert_true(r->items[0][0].i == INT64_MIN);
	assert_int_equal(r->items[0][1].kind, CELL_NULL);
	assert_int_equal(r->items[0][2].i, 1);
	assert_int_equal(r->read_at, 5);
	assert_int_equal(r->duration_us, 6);
	assert_int_equal(snapshot_find(s, &thing[0], "ci")->status, PS_DENIED);
	assert_null(snapshot_find(s, &thing[0], "sec"));
	snapshot_free(s);
	arena_free(a);
}

/* Columns are found by their names, so another order of them is no other declaration. */
static void
finds_columns_by_name(void **state)
{
	static const char text[] =
	    "{\"columns\":[{\"name\":\"moving\",\"type\":\"bool\"},"
	    "{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"database\",\"type\":\"text\"},"
	    "{\"name\":\"id\",\"type\":\"integer\"}],\"source\":\"postgres\",\"table\":\"thing\","
	    "\"parts\":[" PART("main", "complete", "1") "]}\n[1,\"a\",\"main\",7]\n";
	struct arena *a = arena_new();
	struct snapshot *s = read_text(a, text, sizeof text - 1);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->items[2]->items[0][0].i, 7);
	assert_string_equal(s->items[2]->items[0][1].s, "a");
	snapshot_free(s);
	arena_free(a);
}

static const struct broken {
	const char *what, *text;
} broken[] = {
    {"nothing", ""},
    {"a blank line", "\n"},
    {"a header that is cut", "{\"table\":\"thing\""},
    {"a header without its line end", HEAD PART("main", "complete", "0") "]}"},
    {"a row that is cut", ONE "[\"main\",1,\"a\""},
    {"a row without its line end", ONE "[\"main\",1,\"a\",0]"},
    {"no JSON", ONE "[\"main\",1,\"a\",\n"},
    {"a line of words", ONE "hello\n"},
    {"an empty line", ONE "\n"},
    {"two rows on a line", ONE "[\"main\",1,\"a\",0][\"main\",2,\"a\",0]\n"},
    {"a list as header", "[]\n"},
    {"a header without columns", "{\"parts\":[]}\n"},
    {"columns that are no list", "{\"columns\":{},\"parts\":[]}\n"},
    {"a key twice in the header",
	"{\"table\":\"thing\",\"table\":\"thing\","
	"\"columns\":[],\"parts\":[]}\n"},
    {"too few columns", ONE "[\"main\",1,\"a\"]\n"},
    {"too many columns", ONE "[\"main\",1,\"a\",0,0]\n"},
    {"a row that is a map", ONE "{\"id\":1}\n"},
    {"a row of an unknown part", ONE "[\"ci\",1,\"a\",0]\n"},
    {"a row without a part", ONE "[null,1,\"a\",0]\n"},
    {"a row of a part that could not be read", HEAD PART("main", "denied", "1") "]}\n" ROW},
    {"a part twice", HEAD PART("main", "complete", "1") "," PART("main", "complete", "1") "]}\n" ROW},
    {"a part of an unknown status", HEAD PART("main", "fine", "1") "]}\n" ROW},
    {"a part that is no map", HEAD "\"main\"]}\n"},
    {"a part without status", HEAD "{\"part\":\"main\",\"reason\":\"\",\"missing\":[]}]}\n"},
    {"a part without "
     "missing",
	HEAD "{\"part\":\"main\",\"status\":\"complete\",\"reason\":\"\"}]}\n"},
    {"text for an integer", ONE "[\"main\",\"1\",\"a\",0]\n"},
    {"an integer for text", ONE "[\"main\",1,2,0]\n"},
    {"a fraction", ONE "[\"main\",1.0,\"a\",0]\n"},
    {"an exponent", ONE "[\"main\",1e2,\"a\",0]\n"},
    {"true for a bool", ONE "[\"main\",1,\"a\",true]\n"},
    {"2 for a bool", ONE "[\"main\",1,\"a\",2]\n"},
    {"null where a value must be", ONE "[\"main\",null,\"a\",0]\n"},
    {"a list as value", ONE "[\"main\",[1],\"a\",0]\n"},
    {"an integer of more than 63 bits", ONE "[\"main\",9223372036854775808,\"a\",0]\n"},
    {"an integer below all", ONE "[\"main\",-9223372036854775809,\"a\",0]\n"},
    {"a NUL in text", ONE "[\"main\",1,\"a\\u0000b\",0]\n"},
    {"text that is no UTF-8", ONE "[\"main\",1,\"\xFF\",0]\n"},
    {"half a surrogate", ONE "[\"main\",1,\"\\ud800\",0]\n"},
};

static void
broken_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(broken); i++) {
		struct arena *a = arena_new();
		struct snapshot *s = read_text(a, broken[i].text, strlen(broken[i].text));

		if (s != NULL)
			fail_msg("expected %s to be refused", broken[i].what);
		arena_free(a);
	}
}

/* Line 1 counts the rows: a file that lost some at the end of a line is as broken as any. */
static void
lost_rows_are_noticed(void **state)
{
	static const struct broken files[] = {
	    {"no row of one", ONE},
	    {"one row of two", HEAD PART("main", "complete", "2") "]}\n" ROW},
	    {"two rows of one", ONE ROW "[\"main\",2,\"a\",0]\n"},
	    {"a row of the other part",
		HEAD PART("main", "complete", "1") "," PART("ci", "complete", "1") "]}\n" ROW ROW},
	    {"a count that is none", HEAD PART("main", "complete", "\"1\"") "]}\n" ROW},
	};

	(void)state;
	for (size_t i = 0; i < nitems(files); i++) {
		struct arena *a = arena_new();
		struct snapshot *s = read_text(a, files[i].text, strlen(files[i].text));

		if (s != NULL)
			fail_msg("expected %s to be refused", files[i].what);
		arena_free(a);
	}
}

/* A table under another's name would answer the other's questions. */
static void
the_table_is_the_one_that_the_file_names(void **state)
{
	static const char text[] = "{\"table\":\"other\"," /* as HEAD, but for the table */
				   "\"source\":\"postgres\",\"columns\":[{\"name\":\"database\",\"type\":\"text\"},"
				   "{\"name\":\"id\",\"type\":\"integer\"},{\"name\":\"name\",\"type\":\"text\"},"
				   "{\"name\":\"moving\",\"type\":\"bool\"}],\"parts\":[" PART(
				       "main", "complete", "1") "]}\n" ROW;
	struct arena *a = arena_new();
	struct snapshot *s = read_text(a, text, sizeof text - 1);

	(void)state;
	if (s != NULL)
		assert_null(snapshot_find(s, &thing[0], "main"));
	snapshot_free(s);
	arena_free(a);
}

static void
deep_nesting_is_refused(void **state)
{
	static const size_t depth = 100000;
	struct buf text;
	struct arena *a = arena_new();

	(void)state;
	buf_init(&text, 1000000);
	buf_add(&text, ONE);
	for (size_t i = 0; i < depth; i++)
		buf_addc(&text, '[');
	buf_addc(&text, '\n');
	assert_null(read_text(a, text.p, text.len));
	buf_reset(&text);
	for (size_t i = 0; i < depth; i++)
		buf_add(&text, "{\"a\":");
	buf_addc(&text, '\n');
	assert_null(read_text(a, text.p, text.len));
	buf_free(&text);
	arena_free(a);
}

static void
another_declaration_is_carried_not_read(void **state)
{
	static const struct broken files[] = {
	    {"a column less",
		"{\"table\":\"thing\",\"columns\":[{\"name\":\"database\",\"type\":\"text\"},"
		"{\"name\":\"id\",\"type\":\"integer\"}],\"parts\":[" PART("main", "complete", "1") "]}\n"
												    "[\"main\",1]\n"},
	    {"another type",
		"{\"table\":\"thing\",\"columns\":[{\"name\":\"database\",\"type\":\"text\"},"
		"{\"name\":\"id\",\"type\":\"text\"},{\"name\":\"name\",\"type\":\"text\"},"
		"{\"name\":\"moving\",\"type\":\"bool\"}],\"parts\":[" PART(
		    "main", "complete", "1") "]}\n"
					     "[\"main\",\"1\",\"a\",0]\n"},
	    {"another name",
		"{\"table\":\"thing\",\"columns\":[{\"name\":\"database\",\"type\":\"text\"},"
		"{\"name\":\"ID\",\"type\":\"integer\"},{\"name\":\"name\",\"type\":\"text\"},"
		"{\"name\":\"moving\",\"type\":\"bool\"}],\"parts\":[" PART("main", "complete", "1") "]}\n" ROW},
	    {"no part column",
		"{\"table\":\"thing\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\"},"
		"{\"name\":\"name\",\"type\":\"text\"},"
		"{\"name\":\"moving\",\"type\":\"bool\"}],\"parts\":[" PART(
		    "main", "complete", "1") "]}\n[1,\"a\",0]\n"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(files); i++) {
		struct arena *a = arena_new();
		struct snapshot *s = read_text(a, files[i].text, strlen(files[i].text));

		if (s == NULL || snapshot_find(s, &thing[0], "main") != NULL)
			fail_msg("%s: expected the file to be carried and not read", files[i].what);
		snapshot_free(s);
		arena_free(a);
	}
}

static const struct cell *
tricky_rows(size_t *n)
{
	static const struct cell rows[] = {
	    {.kind = CELL_INT, .i = INT64_MAX},
	    {.kind = CELL_TEXT, .s = "b\"\\/\n\x1B"},
	    {.kind = CELL_INT},
	    {.kind = CELL_INT, .i = INT64_MIN},
	    {.kind = CELL_NULL},
	    {.kind = CELL_INT, .i = 1},
	    {.kind = CELL_INT, .i = 10},
	    {.kind = CELL_TEXT, .s = "\xC3\xA9\xF0\x9F\x98\x80"},
	    {.kind = CELL_INT},
	    {.kind = CELL_INT, .i = 9},
	    {.kind = CELL_TEXT, .s = ""},
	    {.kind = CELL_INT},
	    {.kind = CELL_INT, .i = 9},
	    {.kind = CELL_TEXT, .s = "\xFF"},
	    {.kind = CELL_INT},
	    {.kind = CELL_INT, .i = 9},
	    {.kind = CELL_TEXT, .s = ""},
	    {.kind = CELL_INT},
	};

	*n = nitems(rows) / 3;
	return rows;
}

static struct snapshot *
tricky(bool reversed)
{
	struct snapshot *s = snapshot_new();
	size_t n;
	const struct cell *cells = tricky_rows(&n);
	struct rows *r = rows_new(&thing[0], "main"), *ci = rows_new(&thing[0], "ci");
	struct err e;

	add_own(s);
	for (size_t i = 0; i < n; i++)
		assert_true(rows_add(r, cells + 3 * (reversed ? n - 1 - i : i), &e));
	rows_end(r, PS_COMPLETE, "%s", "");
	r->read_at = 1790000000000000;
	r->missing = arena_alloc(r->arena, sizeof *r->missing);
	r->missing[r->n_missing++] = "name";
	rows_end(ci, PS_DENIED, "%s", "permission denied for \"x\"\n\xFF");
	snapshot_add(s, r);
	snapshot_add(s, ci);
	return s;
}

static void
equal_members(const struct members *a, const struct members *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_string_equal(a->items[i].path, b->items[i].path);
		if (a->items[i].len != b->items[i].len ||
		    memcmp(a->items[i].data, b->items[i].data, a->items[i].len) != 0)
			fail_msg("%s: expected the same bytes:\n%s\ngot:\n%s", a->items[i].path, a->items[i].data,
			    b->items[i].data);
	}
}

static void
what_is_read_is_written_again(void **state)
{
	struct arena *a = arena_new();
	struct snapshot *s = tricky(false), *again = snapshot_new();
	struct members first = {0}, second = {0};
	char digest[65], other[65];
	struct err e = {.msg = ""};

	(void)state;
	snapshot_write(s, a, &first);
	assert_int_equal(first.n, 3);
	if (!snapshot_read(again, &declared, &first, a, &e))
		fail_msg("expected what was written to be read: %s", e.msg);
	snapshot_write(again, a, &second);
	equal_members(&first, &second);
	snapshot_digest(&first, digest);
	snapshot_digest(&second, other);
	assert_string_equal(digest, other);
	assert_string_equal(snapshot_find(again, &thing[0], "ci")->reason, "permission denied for \"x\"<U+000A>\\xFF");
	assert_int_equal(snapshot_find(again, &thing[0], "main")->n_missing, 1);
	snapshot_free(s);
	snapshot_free(again);
	arena_free(a);
}

static void
the_order_of_rows_does_not_show(void **state)
{
	struct arena *a = arena_new();
	struct snapshot *s = tricky(false), *reversed = tricky(true);
	struct members first = {0}, second = {0};

	(void)state;
	snapshot_write(s, a, &first);
	snapshot_write(reversed, a, &second);
	equal_members(&first, &second);
	snapshot_free(s);
	snapshot_free(reversed);
	arena_free(a);
}

static void
a_run_says_that_it_is_one(void **state)
{
	static const char *const own[] = {"facts/run.ndjson", "facts/source.ndjson"};

	(void)state;
	for (size_t lost = 0; lost < nitems(own); lost++) {
		struct arena *a = arena_new();
		struct snapshot *s = snapshot_new(), *again = snapshot_new();
		struct members all = {0}, rest = {0};
		struct err e = {.msg = ""};

		add_own(s);
		snapshot_write(s, a, &all);
		for (size_t i = 0; i < all.n; i++)
			if (strcmp(all.items[i].path, own[lost]) != 0)
				ARENA_PUSH(a, &rest, all.items[i]);
		assert_int_equal(rest.n, 1);
		assert_false(snapshot_read(again, &declared, &rest, a, &e));
		assert_string_not_equal(e.msg, "");
		snapshot_free(s);
		snapshot_free(again);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_good_file),
	    cmocka_unit_test(finds_columns_by_name),
	    cmocka_unit_test(broken_files_are_refused),
	    cmocka_unit_test(lost_rows_are_noticed),
	    cmocka_unit_test(the_table_is_the_one_that_the_file_names),
	    cmocka_unit_test(deep_nesting_is_refused),
	    cmocka_unit_test(another_declaration_is_carried_not_read),
	    cmocka_unit_test(what_is_read_is_written_again),
	    cmocka_unit_test(the_order_of_rows_does_not_show),
	    cmocka_unit_test(a_run_says_that_it_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
