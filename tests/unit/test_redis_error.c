#include "sources/redis/redis_error.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
each_error_has_a_status_and_a_remedy(void **state)
{
	static const struct {
		const char *text;
		enum part_status status;
		const char *says;
	} cases[] = {
	    {"NOAUTH Authentication required.", PS_DENIED, "--redis-password-file"},
	    {"WRONGPASS invalid username-password pair or user is disabled.", PS_DENIED, "the user name"},
	    {"ERR invalid password", PS_DENIED, "PREFLIGHT_REDIS_PASSWORD"},
	    {"DENIED Redis is running in protected mode", PS_DENIED, "protected mode"},
	    {"LOADING Redis is loading the dataset in memory", PS_UNREACHABLE, "loading"},
	    {"BUSY Redis is busy running a script.", PS_UNREACHABLE, "script"},
	    {"ERR max number of clients reached", PS_UNREACHABLE, "maxclients"},
	    {"MASTERDOWN Link with MASTER is down", PS_UNREADABLE, "primary"},
	    {"MOVED 1234 10.0.0.1:6379", PS_UNREADABLE, "Redis Cluster"},
	    {"ASK 1234 10.0.0.1:6379", PS_UNREADABLE, "Redis Cluster"},
	    {"CLUSTERDOWN The cluster is down", PS_UNREADABLE, "Redis Cluster"},
	    {"CROSSSLOT Keys in request don't hash to the same slot", PS_UNREADABLE, "Redis Cluster"},
	    {"ERR DB index is out of range", PS_ABSENT, "no database"},
	    {"ERR invalid DB index", PS_ABSENT, "no database"},
	    {"WRONGTYPE Operation against a key holding the wrong kind of value", PS_UNREADABLE, "ZCARD"},
	    {"ERR unknown command", PS_UNREADABLE, "unknown command"},
	    {"", PS_UNREADABLE, "ZCARD"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct err e;

		assert_int_equal(redis_error_explain(cases[i].text, "ZCARD", "schedule", &e), cases[i].status);
		if (strstr(e.msg, cases[i].says) == NULL)
			fail_msg("%s: expected \"%s\" in \"%s\"", cases[i].text, cases[i].says, e.msg);
	}
}

static void
an_access_list_is_told_what_it_needs(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(
	    redis_error_explain("NOPERM this user has no permissions to run the 'zcard' command", "ZCARD", "k", &e),
	    PS_DENIED);
	assert_non_null(strstr(e.msg, "+zcard"));
	assert_int_equal(
	    redis_error_explain("NOPERM this user has no permissions to access one of the keys used as arguments",
		"ZCARD", "schedule", &e),
	    PS_DENIED);
	assert_non_null(strstr(e.msg, "~schedule"));
	/* A name that is longer than any command of Redis is cut, and no more. */
	assert_int_equal(redis_error_explain("NOPERM x", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ", "k", &e), PS_DENIED);
	assert_non_null(strstr(e.msg, "+abcdefghijklmnopqrstuvwxyzabcde"));
	assert_null(strstr(e.msg, "+abcdefghijklmnopqrstuvwxyzabcdef"));
}

static void
what_a_server_says_is_shown_clean(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(redis_error_explain("ERR \x1b[2J\r\nodd\xff", "TYPE", "k", &e), PS_UNREADABLE);
	for (const char *p = e.msg; *p != '\0'; p++)
		assert_true((unsigned char)*p >= 0x20);
}

static void
a_server_without_a_password_is_known(void **state)
{
	(void)state;
	assert_true(redis_error_is_no_password(
	    "ERR AUTH <password> called without any password configured for the default user. Are you sure ...?"));
	assert_true(redis_error_is_no_password("ERR Client sent AUTH, but no password is set"));
	assert_false(redis_error_is_no_password("WRONGPASS invalid username-password pair"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_error_has_a_status_and_a_remedy),
	    cmocka_unit_test(an_access_list_is_told_what_it_needs),
	    cmocka_unit_test(what_a_server_says_is_shown_clean),
	    cmocka_unit_test(a_server_without_a_password_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
