#include "sources/http/json_read.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sources/http/http.h"

#define NONE INT64_MIN /* a NULL cell */

static int64_t
number(struct cell c)
{
	return c.kind == CELL_INT ? c.i : NONE;
}

static void
reads_times(void **state)
{
	static const struct {
		const char *json;
		int64_t us;
	} cases[] = {
	    {"\"1970-01-01T00:00:00Z\"", 0},
	    {"\"2022-07-22T10:00:01.123Z\"", 1658484001123000},
	    {"\"2022-07-22T10:00:01.123456789Z\"", 1658484001123456},
	    {"\"2022-07-22T10:00:01.5+00:00\"", 1658484001500000},
	    {"\"2022-07-22T10:00:01+02:00\"", NONE}, /* never guessed */
	    {"\"2022-07-22\"", NONE},
	    {"\"\"", NONE},
	    {"1658484001", NONE},
	    {"null", NONE},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_t *j = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);

		if (number(json_read_time(j)) != cases[i].us)
			fail_msg("%s: expected %lld, got %lld", cases[i].json, (long long)cases[i].us,
			    (long long)number(json_read_time(j)));
		json_decref(j);
	}
	assert_int_equal(number(json_read_time(NULL)), NONE);
}

static void
reads_numbers_and_booleans(void **state)
{
	static const struct {
		const char *json;
		int64_t n, b;
	} cases[] = {
	    {"7", 7, NONE},
	    {"\"42\"", 42, NONE},
	    {"\"42x\"", NONE, NONE},
	    {"\"99999999999999999999\"", NONE, NONE},
	    {"\"\"", NONE, NONE},
	    {"1.5", NONE, NONE},
	    {"true", NONE, 1},
	    {"\"true\"", NONE, 1},
	    {"false", NONE, 0},
	    {"\"false\"", NONE, 0},
	    {"null", NONE, 0},
	    {"[]", NONE, NONE},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_t *j = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);

		if (number(json_read_integer(j)) != cases[i].n)
			fail_msg("%s: wrong as a number", cases[i].json);
		if (number(json_read_bool(j)) != cases[i].b)
			fail_msg("%s: wrong as a boolean", cases[i].json);
		json_decref(j);
	}
}

static void
reads_versions_of_servers(void **state)
{
	(void)state;
	assert_int_equal(number(json_read_version("7.17.9")), 70170095);
	assert_int_equal(number(json_read_version("3.0.0-beta1")), 30000005);
	assert_int_equal(number(json_read_version("2.11.1-SNAPSHOT")), 20110015);
	assert_int_equal(number(json_read_version("unknown")), NONE);
	assert_int_equal(number(json_read_version("")), NONE);
}

static void
takes_addresses_without_secrets(void **state)
{
	static const char *const good[] = {
	    "http://localhost:9200", "https://es.example.com/path", "https://[::1]:9200/", "HTTPS://ES.example.com"};
	static const char *const bad[] = {"", "localhost:9200", "ftp://es.example.com", "file:///etc/passwd", "http://",
	    "https://user@es.example.com", "https://user:secret@es.example.com", "https://es.example.com/?key=1",
	    "https://es.example.com/#x", "http://es example.com", "http://es.example.com:99999"};
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		if (!http_url_check(good[i], &e))
			fail_msg("%s: %s", good[i], e.msg);
	for (size_t i = 0; i < nitems(bad); i++)
		if (http_url_check(bad[i], &e))
			fail_msg("\"%s\" was taken", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_times),
	    cmocka_unit_test(reads_numbers_and_booleans),
	    cmocka_unit_test(reads_versions_of_servers),
	    cmocka_unit_test(takes_addresses_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
