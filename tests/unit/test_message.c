#include "ruleset/message.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct field fields[] = {{"a", "plain"}, {"ab", "it's"}, {"path", "a/b%c"}, {"empty", ""},
    {"brace", "{a}"}, {"danger", "$(id) `id` \"x\" \\ \n!"}, {"ruby", "#{x} \\ '"}};

static void
expands_to(const char *tmpl, enum quoting q, const char *expected)
{
	struct buf b;

	buf_init(&b, 1000);
	message_expand(&b, tmpl, fields, nitems(fields), q);
	if (strcmp(b.p, expected) != 0)
		fail_msg("\"%s\": expected \"%s\", got \"%s\"", tmpl, expected, b.p);
	buf_free(&b);
}

static void
placeholders_become_values(void **state)
{
	(void)state;
	expands_to("", Q_PLAIN, "");
	expands_to("no braces", Q_PLAIN, "no braces");
	expands_to("{a}", Q_PLAIN, "plain");
	expands_to("{a}{ab} {a}", Q_PLAIN, "plainit's plain");
	expands_to("[{empty}]", Q_PLAIN, "[]");
	expands_to("{brace}", Q_PLAIN, "{a}"); /* a value is not read again */
}

static void
other_braces_stand_for_themselves(void **state)
{
	static const char *const same[] = {"{", "}", "{}", "{ a }", "{A}", "{1}", "{_a}", "{a", "a}", "{a-b}",
	    "{unknown}", "#{x}", "find_each { |job| job }", "${HOME}", "{a,b}", "{{}}"};

	(void)state;
	for (size_t i = 0; i < nitems(same); i++)
		expands_to(same[i], Q_PLAIN, same[i]);
	expands_to("{a}}", Q_PLAIN, "plain}");
	expands_to("{{a}}", Q_PLAIN, "{plain}");
}

static void
values_are_quoted_for_their_place(void **state)
{
	(void)state;
	expands_to("{path}/{a}", Q_KEY, "a%2Fb%25c/plain");
	expands_to("{empty}/{empty}", Q_KEY, "/");
	expands_to("x {a}", Q_SHELL, "x plain");
	expands_to("x {ab}", Q_SHELL, "x 'it'\\''s'");
	expands_to("x {empty}", Q_SHELL, "x ''");
	expands_to("x {danger}", Q_SHELL, "x '$(id) `id` \"x\" \\ \n!'");
	expands_to("f('{ruby}')", Q_RUBY, "f('#{x} \\\\ \\'')");
	expands_to("f('{ab}')", Q_RUBY, "f('it\\'s')");
	expands_to("a/b%", Q_KEY, "a/b%"); /* only values are quoted */
}

/* Two different rows never have one key. */
static void
keys_stay_apart(void **state)
{
	const struct field one[] = {{"x", "a/b"}, {"y", "c"}}, two[] = {{"x", "a"}, {"y", "b/c"}},
			   three[] = {{"x", "a%2Fb"}, {"y", "c"}};
	const struct field *const all[] = {one, two, three};
	struct buf b[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		buf_init(&b[i], 100);
		message_expand(&b[i], "{x}/{y}", all[i], 2, Q_KEY);
	}
	assert_string_not_equal(b[0].p, b[1].p);
	assert_string_not_equal(b[0].p, b[2].p);
	assert_string_not_equal(b[1].p, b[2].p);
	for (size_t i = 0; i < 3; i++)
		buf_free(&b[i]);
}

static void
finds_each_placeholder(void **state)
{
	char longest[70] = "{", too_long[70] = "{", name[64];
	const char *p = "{ {a} {b_2}{} {C} {c";

	(void)state;
	assert_true(message_next(&p, name));
	assert_string_equal(name, "a");
	assert_true(message_next(&p, name));
	assert_string_equal(name, "b_2");
	assert_false(message_next(&p, name));
	assert_int_equal(*p, '\0');
	memset(longest + 1, 'x', 63);
	longest[64] = '}';
	memset(too_long + 1, 'x', 64);
	too_long[65] = '}';
	p = longest;
	assert_true(message_next(&p, name));
	assert_int_equal(strlen(name), 63);
	p = too_long;
	assert_false(message_next(&p, name));
}

static void
names_that_are_no_column_are_faults(void **state)
{
	static const char *const columns[] = {"job_class_name", "status"};
	struct faults faults = {0};

	(void)state;
	message_check("{job_class_name} {status} {} {X}", NOWHERE, "key", columns, 2, &faults);
	assert_int_equal(faults.n, 0);
	message_check("{job_clas_name} {zzz}", (struct loc){"x.yml", 3, 7}, "key", columns, 2, &faults);
	assert_int_equal(faults.n, 2);
	assert_int_equal(faults.items[0].at.line, 3);
	assert_non_null(strstr(faults.items[0].msg, "did you mean \"job_class_name\"?"));
	assert_non_null(strstr(faults.items[1].msg, "\"zzz\""));
	assert_null(strstr(faults.items[1].msg, "did you mean"));
	faults_free(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(placeholders_become_values),
	    cmocka_unit_test(other_braces_stand_for_themselves),
	    cmocka_unit_test(values_are_quoted_for_their_place),
	    cmocka_unit_test(keys_stay_apart),
	    cmocka_unit_test(finds_each_placeholder),
	    cmocka_unit_test(names_that_are_no_column_are_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
