#include "base/yaml_walk.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	char lines[2000];
	size_t n;
};

/* "path=text", "path:text" for a plain scalar, "path" for a map or list. */
static void
note(void *arg, const char *path, const char *text, bool plain)
{
	struct seen *s = arg;

	s->n += (size_t)snprintf(s->lines + s->n, sizeof s->lines - s->n, "%s%s%s\n", path,
	    text == NULL ? ""
		: plain  ? ":"
			 : "=",
	    text == NULL ? "" : text);
	assert_true(s->n < sizeof s->lines);
}

static void
expect_seen(const char *text, const char *expected)
{
	struct seen s = {0};
	struct err e;

	if (!yaml_walk(text, strlen(text), note, &s, &e))
		fail_msg("%s\n%s", e.msg, text);
	assert_string_equal(s.lines, expected);
}

static void
expect_fault(const char *text, const char *expected)
{
	struct seen s = {0};
	struct err e;

	if (yaml_walk(text, strlen(text), note, &s, &e))
		fail_msg("no fault in:\n%s", text);
	assert_string_equal(e.msg, expected);
}

static void
test_values(void **state)
{
	(void)state;
	expect_seen("", "");
	expect_seen("word", ":word\n");
	expect_seen("a:\n  b: 1\n  c: 'x'\nd:\n", "\na\na.b:1\na.c=x\nd:\n");
	expect_seen("a: [1, {b: 2}]\nc: 3\n", "\na\na.[]:1\na.[]\na.[].b:2\nc:3\n");
}

static void
test_not_ours(void **state)
{
	(void)state;
	expect_seen("production: &base\n  backup: {path: /b}\ndevelopment:\n  <<: *base\n  x: 1\n",
	    "\nproduction\nproduction.backup\nproduction.backup.path:/b\ndevelopment\ndevelopment.x:1\n");
	expect_seen("a: *no\nb: 1\n", "\nb:1\n");
	expect_seen("a: !ruby/object 1\n", "\na:1\n");
	expect_seen("a: 1\na: 2\n", "\na:1\na:2\n");
	expect_seen("a: <%= 1 %>\n", "\na:<%= 1 %>\n");
	expect_seen("a: 1\n---\nb: 2\n", "\na:1\n");
}

static void
test_faults(void **state)
{
	char deep[80];

	(void)state;
	expect_fault("a: 1\n b: 2\n", "line 2: not YAML: mapping values are not allowed in this context");
	expect_fault("a:\n  ? [b]\n  : 1\n", "line 2: a key that is not one word");
	memset(deep, '[', 33);
	deep[33] = '\0';
	expect_fault(deep, "line 1: too deep");
	memset(deep + 32, ']', 32);
	deep[64] = '\0';
	{
		struct seen s = {0};
		struct err e;

		assert_true(yaml_walk(deep, 64, note, &s, &e));
	}
}

static void
test_long_path(void **state)
{
	char text[700], word[250];

	(void)state;
	memset(word, 'k', sizeof word);
	word[249] = '\0';
	(void)snprintf(text, sizeof text, "%s:\n  a: 1\nb: 2\n", word);
	expect_seen(text, "\n?\n?.a:1\nb:2\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_not_ours),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
