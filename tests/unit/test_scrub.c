/* Free text without what names a site: what goes, what stays, and that a second time changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/scrub.h"

static void
what_reveals_something_goes(void **state)
{
	static const char *const pairs[][2] = {
	    {"connection to server at \"10.0.0.1\", port 5432 failed",
		"connection to server at \"[hidden]\", port 5432 failed"},
	    {"at [::1]:5432 or fe80::1", "at [hidden] or [hidden]"},
	    {"host db.example.com: no route.", "host [hidden]: no route."},
	    {"mail to a.person@example.com failed", "mail to [hidden] failed"},
	    {"GET https://x.example/y?z=1 gave 401", "GET [hidden]=1 gave 401"},
	    {"cannot read /home/alice/x.yml", "cannot read [hidden]"},
	    {"token glpat-aaaaaaaaaaaaaaaa expired", "token [hidden] expired"},
	    {"digest 0123456789abcdef0123456789abcdef", "digest [hidden]"},
	    {"ERROR: violates a constraint DETAIL: Failing row contains (1, Alice)", "ERROR: violates a constraint "},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(pairs); i++) {
		const char *once = text_scrub(a, pairs[i][0]);

		assert_string_equal(once, pairs[i][1]);
		assert_string_equal(text_scrub(a, once), once);
	}
	arena_free(a);
}

static void
what_is_the_same_everywhere_stays(void **state)
{
	static const char *const texts[] = {"", " ", "PG::CheckViolation: ERROR: relation public.issues does not exist",
	    "cannot read /etc/gitlab/gitlab.rb: denied", "GitLab 14.1.8 needs 14.2.7", "from database.yml",
	    "[hidden] and hidden-12", "PG::QueryCanceled: statement timeout", "CopyColumnUsingBackgroundMigrationJob",
	    "...", "e: a?!", "nobody said where it is"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++)
		assert_string_equal(text_scrub(a, texts[i]), texts[i]);
	arena_free(a);
}

static void
a_long_text_is_cut_once(void **state)
{
	struct arena *a = arena_new();
	char text[1000] = "";
	const char *once;

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'a', sizeof text);
		for (size_t i = shift; i + 4 < sizeof text; i += 4)
			memcpy(text + i, " \xc3\xa9 ", 4);
		text[sizeof text - 1] = '\0';
		once = text_scrub(a, text);
		assert_true(strlen(once) <= 203);
		assert_string_equal(text_scrub(a, once), once);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_reveals_something_goes),
	    cmocka_unit_test(what_is_the_same_everywhere_stays),
	    cmocka_unit_test(a_long_text_is_cut_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
