#include "discovery/read_live.h"
#include "discovery/options.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *printed;
static int saved;

static void
capture(void)
{
	printed = tmpfile();
	saved = dup(STDERR_FILENO);
	assert_non_null(printed);
	assert_true(saved >= 0);
	assert_true(dup2(fileno(printed), STDERR_FILENO) >= 0);
}

/* What was printed since; it lives until the next one. */
static const char *
captured(void)
{
	static char text[2000];
	size_t n;

	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(printed);
	n = fread(text, 1, sizeof text - 1, printed);
	text[n] = '\0';
	(void)fclose(printed);
	return text;
}

/* Every command refuses in these words: none of them leaves the place out. */
static void
a_refusal_shows_the_place(void **state)
{
	static const struct err whole = {{"shop.yml", 0, 0}, "not readable"}, nowhere = {{NULL, 0, 0}, "no target"};
	struct err e = {{"shop.yml", 3, 7}, "not a map"};

	(void)state;
	capture();
	assert_int_equal(complain(&e), EXIT_USAGE);
	assert_string_equal(captured(), "preflight: shop.yml:3:7: not a map\n");
	capture();
	assert_int_equal(complain_internal(&e), EXIT_INTERNAL);
	assert_string_equal(captured(), "preflight: shop.yml:3:7: not a map\n");
	capture();
	assert_int_equal(complain_about("bundle.tar.gz", &e), EXIT_USAGE);
	assert_string_equal(captured(), "preflight: bundle.tar.gz: shop.yml:3:7: not a map\n");
	e = whole;
	capture();
	assert_int_equal(complain(&e), EXIT_USAGE);
	assert_string_equal(captured(), "preflight: shop.yml: not readable\n");
	e = nowhere;
	capture();
	assert_int_equal(complain_about("--to", &e), EXIT_USAGE);
	assert_string_equal(captured(), "preflight: --to: no target\n");
}

/* The longest place and message are cut at the end, not left out. */
static void
a_long_refusal_keeps_its_place(void **state)
{
	char path[200];
	struct err e = {{path, 12, 1}, ""};
	const char *text;

	(void)state;
	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	memset(e.msg, 'm', sizeof e.msg - 1);
	capture();
	assert_int_equal(complain(&e), EXIT_USAGE);
	text = captured();
	assert_non_null(strstr(text, "ppp:12:1: mmm"));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

/* The n-th value of an option has the n-th place that set it; an option that nobody set is its own place. */
static void
a_value_has_the_place_that_set_it(void **state)
{
	struct option_said said[] = {
	    {"postgres", "--postgres", "a"}, {"redis", "shop.yml:4", "b"}, {"postgres", "PREFLIGHT_POSTGRES", "c"}};
	struct options o = {.said = {said, nitems(said), nitems(said)}};

	(void)state;
	assert_string_equal(option_origin(&o, "postgres", 0), "--postgres");
	assert_string_equal(option_origin(&o, "postgres", 1), "PREFLIGHT_POSTGRES");
	assert_string_equal(option_origin(&o, "redis", 0), "shop.yml:4");
	assert_string_equal(option_origin(&o, "redis", 1), "redis");
	assert_string_equal(option_origin(&o, "search", 0), "search");
}

/* What no option sets is 0, whatever was in its place. */
static void
limits_are_set_as_a_whole(void **state)
{
	struct live_limits limits;
	struct err e;

	(void)state;
	memset(&limits, 0xa5, sizeof limits);
	assert_true(live_limits_of(&(const struct options){0}, &limits, &e));
	assert_true(limits.timeout_us > 0);
	assert_int_equal(limits.observe_us, 0);
	assert_null(limits.inputs);
	assert_null(limits.command);
	assert_int_equal(limits.known.n, 0);
	assert_false(limits.to_next_stop || limits.full);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_refusal_shows_the_place),
	    cmocka_unit_test(a_long_refusal_keeps_its_place),
	    cmocka_unit_test(a_value_has_the_place_that_set_it),
	    cmocka_unit_test(limits_are_set_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
