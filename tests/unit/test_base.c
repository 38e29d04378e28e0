#include "base/err.h" /* before cmocka.h, which has a macro fail(); hence (fail)() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_buffer_grows_to_its_maximum(void **state)
{
	static const size_t maxima[] = {0, 1, 10, 253, 254, 255, 256, 257, 511, 512, 1000, 5000};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < nitems(maxima); i++) {
		size_t max = maxima[i];

		buf_init(&b, max);
		assert_string_equal(b.p, "");
		for (size_t n = 0; n < max; n++)
			buf_addc(&b, (char)('a' + n % 26));
		assert_int_equal(b.len, max);
		assert_false(b.over);
		assert_int_equal(strlen(b.p), max);
		buf_addc(&b, '!');
		buf_add(&b, "!!");
		assert_int_equal(b.len, max);
		assert_true(b.over);
		assert_int_equal(strlen(b.p), max);
		assert_null(strchr(b.p, '!'));
		buf_reset(&b);
		assert_int_equal(b.len, 0);
		assert_false(b.over);
		assert_string_equal(b.p, "");
		buf_free(&b);
		assert_null(b.p);
	}
}

static void
a_buffer_takes_the_part_that_fits(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_add(&b, "abc");
	buf_add(&b, "");
	assert_false(b.over);
	buf_add(&b, "defg");
	assert_string_equal(b.p, "abcde");
	assert_true(b.over);
	buf_free(&b);
	buf_init(&b, 1000);
	buf_printf(&b, "%d-%s", 42, "x");
	buf_addn(&b, "y\0z", 3);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.p, "42-xy\0z", 8);
	buf_printf(&b, "%2000d", 1);
	assert_int_equal(b.len, 1000);
	assert_true(b.over);
	buf_free(&b);
}

static void
an_arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena *a = arena_new();
	size_t sum = 0;

	(void)state;
	assert_int_equal(arena_bytes(a), 0);
	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(p[i], 0);
			p[i] = 0xFF;
		}
		sum += n;
		assert_true(arena_bytes(a) >= sum);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
an_arena_keeps_what_it_gave(void **state)
{
	struct arena *a = arena_new();
	char *first = arena_strdup(a, "first"), *big = arena_alloc(a, (size_t)1024 * 1024), *last;

	(void)state;
	memset(big, 'x', (size_t)1024 * 1024);
	last = arena_printf(a, "%s %s", first, "last");
	for (int i = 0; i < 10000; i++)
		(void)arena_strdup(a, "filling several blocks");
	assert_string_equal(first, "first");
	assert_string_equal(last, "first last");
	assert_int_equal(big[1024 * 1024 - 1], 'x');
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	arena_drop(&a);
}

static void
an_array_in_an_arena_grows(void **state)
{
	struct {
		int *items;
		size_t n, cap;
	} v = {NULL, 0, 0};
	struct arena *a = arena_new();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		ARENA_PUSH(a, &v, i);
		assert_true(v.n <= v.cap);
	}
	assert_int_equal(v.n, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(v.items[i], i);
	arena_free(a);
}

static void
memory_is_handed_over(void **state)
{
	CLEANUP(free_ptr) char *s = xstrdup("text");
	char *taken = steal(&s);

	(void)state;
	assert_null(s);
	assert_string_equal(taken, "text");
	taken = xrealloc(taken, 100, 10);
	assert_string_equal(taken, "text");
	free(taken);
	taken = xcalloc(0, 0);
	assert_non_null(taken);
	free(taken);
}

static void
clocks_tell_the_time(void **state)
{
	static const char *const ignored[] = {"", "x", "12x", "-1", "99999999999999999999"};
	int64_t before = clock_mono_us(), now = (int64_t)time(NULL);

	(void)state;
	assert_true(clock_mono_us() >= before);
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1795383600", 1), 0);
	assert_int_equal(clock_wall_us(), 1795383600000000);
	for (size_t i = 0; i < nitems(ignored); i++) {
		assert_int_equal(setenv("SOURCE_DATE_EPOCH", ignored[i], 1), 0);
		if (clock_wall_us() / 1000000 < now - 1)
			fail_msg("SOURCE_DATE_EPOCH=\"%s\" was taken for a time", ignored[i]);
	}
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
}

static void
an_error_says_where(void **state)
{
	struct err e;
	char out[600], small[8];

	(void)state;
	assert_false((fail)(&e, (struct loc){"a.yml", 3, 7}, "no %s", "x"));
	err_text(&e, out, sizeof out);
	assert_string_equal(out, "a.yml:3:7: no x");
	err_prefix(&e, "rule %d", 5);
	err_text(&e, out, sizeof out);
	assert_string_equal(out, "a.yml:3:7: rule 5: no x");
	err_within(&e, "b.zip");
	err_text(&e, out, sizeof out);
	assert_string_equal(out, "b.zip: a.yml:3:7: rule 5: no x");
	assert_false((fail)(&e, (struct loc){"a.yml", 3, 7}, "no %s", "x"));
	err_text(&e, small, sizeof small);
	assert_string_equal(small, "a.yml:3");
	assert_false((fail)(&e, (struct loc){"a.yml", 0, 0}, "empty"));
	err_text(&e, out, sizeof out);
	assert_string_equal(out, "a.yml: empty");
	assert_false((fail)(&e, NOWHERE, "%s", "100 %s"));
	err_text(&e, out, sizeof out);
	assert_string_equal(out, "100 %s");
	assert_false((fail)(&e, NOWHERE, "%2000d", 1));
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
	err_prefix(&e, "before");
	assert_int_equal(strncmp(e.msg, "before:  ", 9), 0);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
}

/* What faults_print writes on stderr, in a file. */
static void
print_into(struct faults *f, char *out, size_t size)
{
	FILE *tmp = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(tmp);
	assert_true(dup2(fileno(tmp), STDERR_FILENO) >= 0);
	faults_print(f);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(tmp);
	n = fread(out, 1, size - 1, tmp);
	out[n] = '\0';
	(void)fclose(tmp);
}

static void
faults_are_printed_in_order(void **state)
{
	struct faults f = {0};
	char name[] = "b.yml", out[4096];

	(void)state;
	print_into(&f, out, sizeof out);
	assert_string_equal(out, "");
	faults_add(&f, (struct loc){name, 2, 1}, "two");
	faults_add(&f, (struct loc){"b.yml", 1, 10}, "ten");
	faults_add(&f, (struct loc){"b.yml", 1, 9}, "nine %d", 9);
	faults_add(&f, (struct loc){"a.yml", 7, 1}, "seven");
	faults_add(&f, (struct loc){"b.yml", 0, 0}, "whole");
	faults_add(&f, NOWHERE, "nowhere");
	memset(name, 'x', sizeof name - 1); /* the caller's name may be gone by then */
	print_into(&f, out, sizeof out);
	assert_string_equal(out,
	    "nowhere\na.yml:7:1: seven\nb.yml: whole\nb.yml:1:9: nine 9\n"
	    "b.yml:1:10: ten\nb.yml:2:1: two\n");
	faults_free(&f);
	assert_int_equal(f.n, 0);
	for (int i = 0; i < 1000; i++)
		faults_add(&f, NOWHERE, "%d", i);
	assert_int_equal(f.n, 1000);
	assert_string_equal(f.items[999].msg, "999");
	faults_free(&f);
}

static void
suggests_the_closest_word(void **state)
{
	static const char *const words[] = {
	    "violations",
	    "severity",
	    "message",
	    "remedy",
	    "id",
	    "to",
	};
	static const char *const cases[][2] = {
	    {"violation", "violations"},
	    {"voilations", "violations"},
	    {"sevrity", "severity"},
	    {"serverity", "severity"},
	    {"mesage", "message"},
	    {"remdey", "remedy"},
	    {"remedy", "remedy"},
	    {"di", "id"},
	    {"ti", "to"},
	    {"colour", NULL},
	    {"xyz", NULL},
	    {"severityseverity", NULL},
	};
	char longest[200];

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *got = closest(cases[i][0], words, nitems(words));
		const char *expected = cases[i][1] != NULL ? cases[i][1] : "nothing";

		if (strcmp(got != NULL ? got : "nothing", expected) != 0)
			fail_msg("%s: expected %s, got %s", cases[i][0], expected, got != NULL ? got : "nothing");
	}
	assert_null(closest("severity", NULL, 0));
	for (size_t n = 60; n < sizeof longest; n++) {
		const char *const self[] = {longest};

		memset(longest, 'a', n);
		longest[n] = '\0';
		assert_true(closest(longest, words, nitems(words)) == NULL);
		assert_true(n > 62 || closest(longest, self, 1) == longest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_buffer_grows_to_its_maximum),
	    cmocka_unit_test(a_buffer_takes_the_part_that_fits),
	    cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
	    cmocka_unit_test(an_arena_keeps_what_it_gave),
	    cmocka_unit_test(an_array_in_an_arena_grows),
	    cmocka_unit_test(memory_is_handed_over),
	    cmocka_unit_test(clocks_tell_the_time),
	    cmocka_unit_test(an_error_says_where),
	    cmocka_unit_test(faults_are_printed_in_order),
	    cmocka_unit_test(suggests_the_closest_word),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
