/*
 * The search for known errors in a log, with texts that are cut, changed and mixed at random (always the same ones):
 * it must end, keep within its memory, and find whole what is whole. Run it with sanitizers: make sanitize.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/needles.h"
#include "ruleset/ruleset_load.h"
#include "sources/host/log_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const files[] = {"tests/errors/bbm-nil-symbols.plain.log",
    "tests/errors/bbm-pretty-printed.plain.log", "tests/errors/check-validate.plain.log",
    "tests/errors/sequence.plain.log", "tests/errors/owner.plain.log",
    "tests/errors/undefined-column-served.plain.log"};

static size_t
load(const char *name, char *text, size_t size)
{
	FILE *f = fopen(name, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, size, f);
	(void)fclose(f);
	return n;
}

static uint32_t state = 1;
static size_t
any(size_t below)
{
	state = state * 1664525U + 1013904223U;
	return (state >> 8) % below;
}

static size_t
spoil(char *text, size_t n)
{
	static const char bytes[] = "\n\"\\{}[]:#'|\x1b\xff";

	for (size_t i = any(20); i > 0 && n > 1; i--) {
		size_t at = any(n);

		if (any(4) == 0)
			n = at + 1;
		else
			text[at] = any(10) == 0 ? '\0' : bytes[any(sizeof bytes - 1)];
	}
	return n;
}

static void
spoiled(void **unused)
{
	struct faults faults = {0};
	struct ruleset *set = ruleset_load("rules", &(struct texts){0}, false, &faults);
	static char text[16384];

	(void)unused;
	assert_non_null(set);
	for (int i = 0; i < 60; i++) {
		struct log_scan *s = log_scan_new(fact_find(&set->facts, "log_error")->over);

		for (int k = 0; k < 4; k++) {
			size_t n = spoil(text, load(files[any(nitems(files))], text, sizeof text)), at = 0;

			for (size_t piece; at < n; at += piece) {
				piece = 1 + any(n - at);
				log_scan_feed(s, text + at, piece);
			}
		}
		assert_true(log_scan_end(s)->n <= LOG_ERRORS_MAX);
		log_scan_free(s);
	}
	ruleset_free(set);
	faults_free(&faults);
}

/* Against memmem, word by word, around the places where blocks and lanes meet. */
static void
needles(void **unused)
{
	static const char *const words[] = {"is violated by", "violated by some", "other words"};
	struct arena *a = arena_new();
	struct needles *d = needles_new(a, words, nitems(words));
	static char text[70000];

	(void)unused;
	for (size_t i = 0; i < 400; i++) {
		const char *word = words[any(nitems(words))];
		size_t at = any(sizeof text - 20), which = 9, found;

		memset(text, "ivod "[any(5)], sizeof text);
		memcpy(text + at, word, strlen(word));
		found = needles_find(d, text, sizeof text, any(at + 1), &which);
		assert_int_equal(found, at);
		assert_string_equal(words[which], word);
		assert_int_equal(needles_find(d, text, sizeof text, at + 1, &which), sizeof text);
		assert_int_equal(needles_find(d, text, at + strlen(word) - 1, 0, &which), at + strlen(word) - 1);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(spoiled), cmocka_unit_test(needles)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
