#include "base/yaml.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIB ((size_t)1024 * 1024)

struct reading {
	struct arena *arena;
	struct faults faults;
	struct yfile file;
	struct ynode *root;
};

static void
read_bytes(struct reading *r, const char *text, size_t len)
{
	*r = (struct reading){.arena = arena_new(), .file = {"f.yml", text, len}};
	r->root = yaml_parse(r->arena, &r->file, &r->faults);
	if ((r->root == NULL) != (r->faults.n > 0))
		fail_msg("a tree and %zu faults: expected one or the other", r->faults.n);
}

static void
read_text(struct reading *r, const char *text)
{
	read_bytes(r, text, strlen(text));
}

static void
end_reading(struct reading *r)
{
	arena_free(r->arena);
	faults_free(&r->faults);
}

static void
expect_no_fault(const struct reading *r)
{
	char line[700];

	if (r->faults.n == 0)
		return;
	err_text(&r->faults.items[0], line, sizeof line);
	fail_msg("expected no fault in:\n%.*s\n%s", (int)r->file.len, r->file.text, line);
}

static void
expect_at(const char *what, struct loc at, unsigned line, unsigned col)
{
	if (at.line != line || at.col != col)
		fail_msg("%s: expected %u:%u, got %u:%u", what, line, col, at.line, at.col);
}

static void
expect_fault(const struct reading *r, unsigned line, unsigned col, const char *words)
{
	char all[4096] = "";
	size_t used = 0;

	for (size_t i = 0; i < r->faults.n; i++) {
		const struct err *e = &r->faults.items[i];

		if (e->at.line == line && e->at.col == col && strstr(e->msg, words) != NULL) {
			assert_string_equal(e->at.file, "f.yml");
			return;
		}
		if (used < sizeof all - 700) {
			all[used++] = '\n';
			err_text(e, all + used, 700);
			used += strlen(all + used);
		}
	}
	fail_msg("expected \"%s\" at %u:%u in:\n%s\ngot:%s", words, line, col, r->file.text, all);
}

static void
reads_lists_and_maps(void **state)
{
	const char *text = "# a comment\n"
			   "rules:\n"
			   "  - id: bbm.unfinished\n"
			   "    given: {status: 1, \"a b\": [-6h, 17.10]}\n"
			   "  - {}\n"
			   "empty:\n";
	struct reading r;
	const struct ynode *rules, *given;

	(void)state;
	read_text(&r, text);
	expect_no_fault(&r);
	assert_int_equal(r.root->kind, Y_MAP);
	assert_int_equal(r.root->n, 2);
	expect_at("the root", r.root->at, 2, 1);
	rules = yaml_get(r.root, "rules");
	assert_int_equal(rules->kind, Y_LIST);
	assert_int_equal(rules->n, 2);
	expect_at("the list", rules->at, 3, 3);
	assert_int_equal(rules->items[1]->kind, Y_MAP);
	assert_int_equal(rules->items[1]->n, 0);
	given = yaml_get(rules->items[0], "given");
	expect_at("the map", given->at, 4, 12);
	assert_string_equal(given->keys[1]->text, "a b");
	assert_int_equal(given->keys[1]->style, YS_QUOTED);
	expect_at("the second key", given->keys[1]->at, 4, 24);
	assert_string_equal(yaml_get(given, "a b")->items[1]->text, "17.10");
	expect_at("its second item", yaml_get(given, "a b")->items[1]->at, 4, 37);
	assert_string_equal(yaml_get(r.root, "empty")->text, "");
	assert_ptr_equal(yaml_get(r.root, "empty")->file, &r.file);
	assert_null(yaml_get(r.root, "rule"));
	assert_null(yaml_get(rules, "rules"));
	end_reading(&r);
}

static void
keeps_the_style_of_scalars(void **state)
{
	static const struct {
		const char *key, *text;
		enum ystyle style;
	} expected[] = {
	    {"a", "no", YS_PLAIN},
	    {"b", "n\xC3\xB6", YS_QUOTED},
	    {"c", "x", YS_QUOTED},
	    {"d", "l\n m\n", YS_LITERAL},
	    {"e", "l", YS_LITERAL},
	    {"f", "one two\n", YS_FOLDED},
	    {"g", "<<", YS_QUOTED},
	    {"h", "", YS_PLAIN},
	    {"i", "!x &y *z", YS_QUOTED},
	    {"<<", "quoted", YS_PLAIN},
	};
	struct reading r;

	(void)state;
	read_text(&r,
	    "---\na: no\nb: \"n\\u00f6\"\nc: 'x'\nd: |\n  l\n   m\ne: |-\n  l\n"
	    "f: >\n  one\n  two\ng: '<<'\nh:\ni: '!x &y *z'\n\"<<\": quoted\n...\n");
	expect_no_fault(&r);
	assert_int_equal(r.root->n, nitems(expected));
	for (size_t i = 0; i < nitems(expected); i++) {
		assert_string_equal(r.root->keys[i]->text, expected[i].key);
		assert_string_equal(r.root->items[i]->text, expected[i].text);
		assert_int_equal(r.root->items[i]->len, strlen(expected[i].text));
		assert_int_equal(r.root->items[i]->style, expected[i].style);
	}
	end_reading(&r);
}

/* One fault each, at one place. */
static void
refuses_with_a_position(void **state)
{
	static const struct {
		const char *text;
		unsigned line, col;
		const char *words;
	} bad[] = {
	    {"a: &x 1\n", 1, 4, "anchors"},
	    {"- &x [1]\n", 1, 3, "anchors"},
	    {"a: 1\nb:\n  &x\n  c: 1\n", 3, 3, "anchors"},
	    {"- 1\n- *x\n", 2, 3, "aliases"},
	    {"b\xC3\xBC: [\xC3\xBC, *x]\n", 1, 9, "aliases"},
	    {"a: !!str 1\n", 1, 4, "tags"},
	    {"a: ! b\n", 1, 4, "tags"},
	    {"a: ! 'b'\n", 1, 4, "tags"},
	    {"a: !local {b: 1}\n", 1, 4, "tags"},
	    {"!a b: 1\n", 1, 1, "tags"},
	    {"a: !<tag:yaml.org,2002:str> b\n", 1, 4, "tags"},
	    {"<<: {a: 1}\n", 1, 1, "merge"},
	    {"a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key \"a\", first used in line 1"},
	    {"a: {b: 1, \"b\": 2}\n", 1, 11, "duplicate key \"b\""},
	    {"\"\\e[2J\": 1\n\"\\e[2J\": 2\n", 2, 1, "duplicate key \"<U+001B>[2J\""},
	    {"a: 1\n---\nb: 1\n", 2, 1, "second document"},
	    {"a: 1\n...\nb: 1\n", 3, 1, "a file has one document"},
	    {"? [a]\n: 1\n", 1, 3, "a key must be"},
	    {"? {a: b}\n: 1\n", 1, 3, "a key must be"},
	    {"{[a]: 1}\n", 1, 2, "a key must be"},
	    {"a:\n\tb: 1\n", 2, 1, "a tab"},
	    {"a: \"x\ty\"\n", 1, 6, "a tab"},
	    {"\xC3\xA4: 1 #\t\n", 1, 7, "a tab"},
	    {"a: |\r\n  x\r\n  \xE2\x82\xAC\ty\r\n", 3, 4, "a tab"},
	    {"a: x\rb: y\n", 1, 5, "carriage return"},
	    {"a: x\xC2\x85"
	     "b: y\n",
		1, 5, "U+0085"},
	    {"a: x\xE2\x80\xA8y\n", 1, 5, "U+2028"},
	    {"a: x\n# \xE2\x80\xA9\n", 2, 3, "U+2029"},
	    {"a: x\xE2\x80\xAEy\n", 1, 5, "U+202E"},
	    {"a: x\xE2\x81\xA6y\n", 1, 5, "U+2066"},
	    {"a: x\xE2\x80\x8Fy\n", 1, 5, "U+200F"},
	    {"\xEF\xBB\xBF"
	     "a: x\n",
		1, 1, "byte order mark"},
	    {"a: 1\nb: \xEF\xBB\xBF\n", 2, 4, "byte order mark"},
	    {"a: \x1B[2J\n", 1, 4, "control character"},
	    {"a: x\x7F\n", 1, 5, "control character"},
	    {"a: x\xC2\x9B\n", 1, 5, "control characters are not allowed"},
	    {"a: \xC3\xBC\n\xC3\xBC: \xC3(\n", 2, 5, "UTF-8"},
	    {"a: \x80\n", 1, 4, "UTF-8"},
	    {"a: \xED\xA0\x80\n", 1, 4, "UTF-8"},
	    {"a: \xC0\xAF\n", 1, 4, "UTF-8"},
	    {"a: x\xE2\x82", 1, 5, "UTF-8"},
	    {"\xFF\xFE"
	     "a\n",
		1, 1, "UTF-8"},
	    {"a: \"x\\0y\"\n", 1, 4, "NUL"},
	    {"a: \"\\ud800\"\n", 1, 7, "not YAML"},
	    {"a: b: c\n", 1, 5, "quotes"},
	    {"a: @b\n", 1, 4, "quotes"},
	    {"a: [1, 2\nb: 3\n", 2, 2, "not YAML"},
	    {"a: 1\n b: 2\n", 2, 3, "not YAML"},
	    {"a: 'b\n", 2, 1, "not YAML"},
	    {"a: 'b", 1, 6, "not YAML"},
	    {"a: [\xC3\xBC, {", 1, 9, "not YAML"},
	    {"", 1, 1, "the file is empty"},
	    {"# only a comment\n\n", 1, 1, "the file is empty"},
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		read_text(&r, bad[i].text);
		expect_fault(&r, bad[i].line, bad[i].col, bad[i].words);
		if (r.faults.n != 1)
			fail_msg("expected one fault, got %zu in:\n%s", r.faults.n, bad[i].text);
		end_reading(&r);
	}
}

static void
refuses_a_nul_byte_and_no_bytes(void **state)
{
	struct reading r;

	(void)state;
	read_bytes(&r, "a: 1\nb: x\0y\n", 12);
	expect_fault(&r, 2, 5, "control character");
	end_reading(&r);
	read_bytes(&r, NULL, 0);
	expect_fault(&r, 1, 1, "the file is empty");
	end_reading(&r);
}

static void
reports_every_fault(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r,
	    "a: &x !!str 1\n"
	    "b: {<<: *x, c: *y}\n"
	    "a: 2\n"
	    "? [k]\n"
	    ": !t {d: 1, d: 2, d: 3}\n"
	    "*z : 1\n"
	    "*w : 2\n"
	    "e: [\n");
	expect_fault(&r, 1, 4, "anchors");
	expect_fault(&r, 1, 7, "tags");
	expect_fault(&r, 2, 5, "merge");
	expect_fault(&r, 2, 9, "aliases");
	expect_fault(&r, 2, 16, "aliases");
	expect_fault(&r, 4, 3, "a key must be");
	expect_fault(&r, 5, 3, "tags");
	expect_fault(&r, 5, 13, "duplicate key \"d\", first used in line 5");
	expect_fault(&r, 5, 19, "duplicate key \"d\"");
	expect_fault(&r, 6, 1, "aliases");
	expect_fault(&r, 7, 1, "aliases");
	expect_fault(&r, 9, 1, "not YAML");
	assert_int_equal(r.faults.n, 12);
	end_reading(&r);
	read_text(&r, "a: 1\n\tb: \t2\n\xE2\x80\xA8\n\t\n");
	expect_fault(&r, 2, 1, "a tab");
	expect_fault(&r, 3, 1, "U+2028");
	expect_fault(&r, 4, 1, "a tab");
	assert_int_equal(r.faults.n, 3);
	end_reading(&r);
}

/* Faults of files read before are neither counted nor taken for this file's. */
static void
adds_to_the_faults_of_others(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "a: *x\n");
	r.file = (struct yfile){"f.yml", "a: 1\n", 5};
	assert_non_null(yaml_parse(r.arena, &r.file, &r.faults));
	assert_int_equal(r.faults.n, 1);
	end_reading(&r);
}

static void
repeat(struct buf *b, const char *s, size_t n)
{
	while (n-- > 0)
		buf_add(b, s);
}

static void
bounds_the_depth(void **state)
{
	struct reading r;
	struct buf b;

	(void)state;
	buf_init(&b, MIB);
	repeat(&b, "[", 16);
	repeat(&b, "]", 16);
	read_text(&r, b.p);
	expect_no_fault(&r);
	end_reading(&r);
	buf_reset(&b);
	for (size_t i = 0; i < 17; i++) {
		repeat(&b, "  ", i);
		buf_add(&b, "k:\n");
	}
	read_text(&r, b.p);
	expect_fault(&r, 17, 33, "more than 16");
	end_reading(&r);
	buf_reset(&b);
	repeat(&b, "[", 10000);
	read_text(&r, b.p);
	expect_fault(&r, 1, 17, "more than 16");
	assert_int_equal(r.faults.n, 1);
	end_reading(&r);
	buf_reset(&b);
	repeat(&b, "- ", 10000);
	read_text(&r, b.p);
	expect_fault(&r, 1, 33, "more than 16");
	end_reading(&r);
	buf_reset(&b);
	repeat(&b, "{a: ", MIB / 4);
	read_text(&r, b.p);
	expect_fault(&r, 1, 65, "more than 16");
	end_reading(&r);
	buf_free(&b);
}

static void
bounds_the_faults(void **state)
{
	struct reading r;
	struct buf b;

	(void)state;
	buf_init(&b, MIB);
	buf_add(&b, "a: &a [x]\n");
	for (char c = 'b'; c <= 'z'; c++) {
		buf_printf(&b, "%c: &%c [", c, c);
		for (int i = 0; i < 9; i++)
			buf_printf(&b, "*%c, ", c - 1);
		buf_add(&b, "1]\n");
	}
	read_text(&r, b.p);
	expect_fault(&r, 1, 4, "anchors");
	expect_fault(&r, 2, 8, "aliases");
	expect_fault(&r, 0, 0, "more than 100 faults");
	assert_int_equal(r.faults.n, 101);
	end_reading(&r);
	buf_reset(&b);
	buf_addc(&b, '[');
	repeat(&b, "*a,", MIB / 3);
	read_text(&r, b.p);
	assert_int_equal(r.faults.n, 101);
	end_reading(&r);
	buf_reset(&b);
	repeat(&b, "\t\n", MIB / 2);
	read_text(&r, b.p);
	assert_int_equal(r.faults.n, 101);
	end_reading(&r);
	buf_free(&b);
}

static void
bounds_the_size(void **state)
{
	struct reading r;
	struct buf b;

	(void)state;
	buf_init(&b, MIB + 1);
	buf_add(&b, "a: 1\n");
	repeat(&b, "#", MIB - b.len);
	read_text(&r, b.p);
	expect_no_fault(&r);
	end_reading(&r);
	buf_addc(&b, '#');
	read_text(&r, b.p);
	expect_fault(&r, 0, 0, "more than 1048576 bytes");
	assert_int_equal(r.faults.n, 1);
	end_reading(&r);
	buf_free(&b);
}

static void
reads_large_maps_and_lists(void **state)
{
	struct reading r;
	struct buf b;
	size_t n = 0;

	(void)state;
	buf_init(&b, MIB);
	for (; b.len < MIB - 20; n++)
		buf_printf(&b, "k%zu: v\n", n * 7919 % 1000003);
	read_text(&r, b.p);
	expect_no_fault(&r);
	assert_int_equal(r.root->n, n);
	end_reading(&r);
	buf_reset(&b);
	buf_addc(&b, '[');
	repeat(&b, "a,", MIB / 2 - 1);
	buf_addc(&b, ']');
	read_text(&r, b.p);
	expect_no_fault(&r);
	assert_int_equal(r.root->n, MIB / 2 - 1);
	end_reading(&r);
	buf_free(&b);
}

/* Only in an entry of a section, and whatever stands there: the rest of the file is read as before. */
static void
passes_over_a_key(void **state)
{
	static const char text[] =
	    "rules:\n  - id: a\n    tests:\n      - {name: [x, {y: *z}], name: 1}\n"
	    "    why: w\n  - tests: one\n    id: b\n  - id: c\n    deep: {tests: kept}\n    tests: []\ntests: kept\n";
	struct reading r = {.arena = arena_new(), .file = {"f.yml", text, strlen(text)}};
	const struct ynode *rules, *entry;

	(void)state;
	r.root = yaml_parse_without(r.arena, &r.file, "tests", &r.faults);
	expect_no_fault(&r);
	rules = yaml_get(r.root, "rules");
	assert_int_equal(rules->n, 3);
	for (size_t i = 0; i < rules->n; i++) {
		entry = rules->items[i];
		assert_int_equal(yaml_get(entry, "tests")->kind, Y_LIST);
		assert_int_equal(yaml_get(entry, "tests")->n, 0);
		assert_int_equal(strlen(yaml_get(entry, "id")->text), 1);
	}
	entry = rules->items[0];
	assert_string_equal(yaml_get(entry, "why")->text, "w");
	expect_at("why", yaml_get(entry, "why")->at, 5, 10);
	assert_string_equal(yaml_get(yaml_get(rules->items[2], "deep"), "tests")->text, "kept");
	assert_string_equal(yaml_get(r.root, "tests")->text, "kept");
	end_reading(&r);
}

static void
reads_what_other_programs_write(void **state)
{
	static const char text[] = "development: &all\n  a: 1\n  b: 2\nproduction: !x\n  <<: *all\n  b: 3\n  b: 4\n"
				   "  list: [*all, {<<: [{a: 5}, *all]}]\n";
	struct reading r = {.arena = arena_new(), .file = {"f.yml", text, strlen(text)}};
	const struct ynode *p, *list;
	struct err e;

	(void)state;
	r.root = yaml_parse_foreign(r.arena, &r.file, &e);
	assert_non_null(r.root);
	p = yaml_get(r.root, "production");
	assert_string_equal(yaml_get(p, "a")->text, "1");
	assert_string_equal(yaml_get(p, "b")->text, "4");
	assert_int_equal(yaml_get(p, "a")->at.line, 2);
	list = yaml_get(p, "list");
	assert_string_equal(yaml_get(list->items[0], "b")->text, "2");
	assert_string_equal(yaml_get(list->items[1], "a")->text, "5");
	assert_string_equal(yaml_get(list->items[1], "b")->text, "2");
	end_reading(&r);
}

static void
refuses_what_would_not_end(void **state)
{
	static const char *const all[] = {"a: &a [*a]\n", "a: &a {b: *a}\n", "", "a: [\n", "? {a: 1}\n: 2\n",
	    "x: *none\n",
	    "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
	    "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"};

	(void)state;
	for (size_t i = 0; i < nitems(all); i++) {
		struct arena *a = arena_new();
		const struct yfile f = {"f.yml", all[i], strlen(all[i])};
		struct err e = {0};

		if (yaml_parse_foreign(a, &f, &e) != NULL || e.msg[0] == '\0')
			fail_msg("is read: %s", all[i]);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_lists_and_maps),
	    cmocka_unit_test(keeps_the_style_of_scalars),
	    cmocka_unit_test(refuses_with_a_position),
	    cmocka_unit_test(refuses_a_nul_byte_and_no_bytes),
	    cmocka_unit_test(reports_every_fault),
	    cmocka_unit_test(adds_to_the_faults_of_others),
	    cmocka_unit_test(bounds_the_depth),
	    cmocka_unit_test(bounds_the_faults),
	    cmocka_unit_test(bounds_the_size),
	    cmocka_unit_test(reads_large_maps_and_lists),
	    cmocka_unit_test(passes_over_a_key),
	    cmocka_unit_test(reads_what_other_programs_write),
	    cmocka_unit_test(refuses_what_would_not_end),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
