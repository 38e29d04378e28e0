#include "verdict/inputs.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct inputs
full(struct arena *a)
{
	struct inputs in = {.from = "14.1.8",
	    .to = "14.2",
	    .next = true,
	    .exit_on_warnings = true,
	    .require_tls = true,
	    .install_method = "docker",
	    .label = "prod \"1\" \xC3\xA9",
	    .change = "CHG-1"};
	struct err e;

	assert_true(inputs_without(&in, "redis:queues=no access = none", a, &e));
	assert_true(inputs_without(&in, "host=CI", a, &e));
	ARENA_PUSH(a, &in.require, "search");
	return in;
}

static void
merge(struct inputs *in, const char *text, struct arena *a)
{
	struct err e = {.msg = ""};

	if (!inputs_merge(in, text, strlen(text), a, &e))
		fail_msg("expected to be read: %s\ngot: %s", text, e.msg);
}

static void
what_is_written_is_read(void **state)
{
	struct arena *a = arena_new();
	const struct inputs in = full(a), none = {0};
	struct inputs again = {0};
	const char *text = inputs_write(&in, a);

	(void)state;
	merge(&again, text, a);
	assert_string_equal(inputs_write(&again, a), text);
	assert_string_equal(again.from, "14.1.8");
	assert_string_equal(again.label, in.label);
	assert_true(again.next && again.exit_on_warnings && again.require_tls);
	assert_int_equal(again.without.n, 2);
	assert_string_equal(again.without.items[0].source, "redis:queues");
	assert_string_equal(again.without.items[0].reason, "no access = none");
	assert_int_equal(again.require.n, 1);
	again = (struct inputs){0};
	text = inputs_write(&none, a);
	merge(&again, text, a);
	assert_null(again.from);
	assert_null(again.to);
	assert_null(again.label);
	assert_false(again.next || again.exit_on_warnings || again.require_tls);
	assert_int_equal(again.without.n + again.require.n, 0);
	assert_string_equal(inputs_write(&again, a), text);
	arena_free(a);
}

static void
the_command_line_wins(void **state)
{
	struct arena *a = arena_new();
	const struct inputs stored = full(a);
	struct inputs in = {.to = "14.3.6", .label = "mine"};
	struct err e;

	(void)state;
	assert_true(inputs_without(&in, "postgres:ci=mine", a, &e));
	merge(&in, inputs_write(&stored, a), a);
	assert_string_equal(in.to, "14.3.6");
	assert_string_equal(in.label, "mine");
	assert_string_equal(in.from, "14.1.8");
	assert_string_equal(in.install_method, "docker");
	assert_false(in.next); /* --to was said,
	    so --next is of another question */
	assert_int_equal(in.without.n, 1);
	assert_string_equal(in.without.items[0].source, "postgres:ci");
	assert_int_equal(in.require.n, 1);
	assert_true(in.exit_on_warnings && in.require_tls);
	arena_free(a);
}

static void
strictness_is_never_taken_back(void **state)
{
	struct arena *a = arena_new();
	const struct inputs mild = {.to = "14.2"};
	struct inputs in = {.exit_on_warnings = true, .require_tls = true};

	(void)state;
	merge(&in, inputs_write(&mild, a), a);
	assert_true(in.exit_on_warnings && in.require_tls);
	assert_string_equal(in.to, "14.2");
	arena_free(a);
}

static void
refuses(const char *text, size_t len)
{
	struct arena *a = arena_new();
	struct inputs in = {0};
	struct err e = {.msg = ""};

	if (inputs_merge(&in, text, len, a, &e))
		fail_msg("expected to be refused: %s", text);
	assert_string_equal(e.at.file, "inputs.json");
	arena_free(a);
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "null", "{", "{\"to\": \"14.2\"", "{\"to\": \"1\", \"to\": \"2\"}",
	    "{} {}", "hello", "{\"label\": \"\xFF\"}"};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		refuses(bad[i], strlen(bad[i]));
}

/* Each of these would otherwise ask a milder question than the one that was decided. */
static void
values_of_a_wrong_type_are_refused(void **state)
{
	static const char *const bad[] = {"{\"require_tls\": \"yes\"}", "{\"exit_on_warnings\": 1}",
	    "{\"require\": \"search\"}", "{\"require\": [1]}", "{\"without\": [{\"source\": \"host\"}]}",
	    "{\"without\": {}}", "{\"from\": 14}", "{\"to\": 14.2}", "{\"next\": \"true\"}"};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++)
		refuses(bad[i], strlen(bad[i]));
}

static void
without_needs_source_and_reason(void **state)
{
	static const char *const bad[] = {"", "=", "redis:queues", "redis:queues=", "=reason"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct inputs in = {0};
		struct err e = {.msg = ""};

		if (inputs_without(&in, bad[i], a, &e) || in.without.n != 0)
			fail_msg("expected \"%s\" to be refused", bad[i]);
		assert_non_null(strstr(e.msg, "SOURCE=REASON"));
	}
	arena_free(a);
}

/* A word of the command line need not be UTF-8; the file must be JSON all the same. */
static void
bytes_that_are_no_text_do_not_break_the_file(void **state)
{
	struct arena *a = arena_new();
	const struct inputs in = {.to = "14.2", .label = "prod\xFF"};
	struct inputs again = {0};

	(void)state;
	merge(&again, inputs_write(&in, a), a);
	assert_string_equal(again.to, "14.2");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(the_command_line_wins),
	    cmocka_unit_test(strictness_is_never_taken_back),
	    cmocka_unit_test(what_is_no_object_is_refused),
	    cmocka_unit_test(values_of_a_wrong_type_are_refused),
	    cmocka_unit_test(without_needs_source_and_reason),
	    cmocka_unit_test(bytes_that_are_no_text_do_not_break_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
