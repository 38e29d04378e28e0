/* URLs of a Redis: what each form means, and what is refused without repeating a secret. */
#include "sources/redis/redis_url.h" /* before cmocka.h, which has a macro fail() */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static void
drop(struct arena **a)
{
	arena_free(*a);
}

static void
test_forms(void **state)
{
	static const struct {
		const char *url, *host, *socket;
		unsigned port;
		int64_t db;
		bool tls;
		const char *user, *ca;
	} t[] = {
	    {"redis://h", "h", NULL, 6379, 0, false, NULL, NULL},
	    {"redis://h/", "h", NULL, 6379, 0, false, NULL, NULL},
	    {"redis://me@h:7/3", "h", NULL, 7, 3, false, "me", NULL},
	    {"redis://h?db=4", "h", NULL, 6379, 4, false, NULL, NULL},
	    {"rediss://[::1]:7/3?ca=/x/y.crt", "::1", NULL, 7, 3, true, NULL, "/x/y.crt"},
	    {"rediss://h:7?ca=/c&cert=/d&key=/e", "h", NULL, 7, 0, true, NULL, "/c"},
	    {"unix:///run/s?db=2", NULL, "/run/s", 0, 2, false, NULL, NULL},
	    {"unix:/run/s", NULL, "/run/s", 0, 0, false, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		CLEANUP(drop) struct arena *a = arena_new();
		struct redis_url u;
		struct err e;

		assert_true(redis_url_parse(a, t[i].url, &u, &e));
		assert_true(t[i].host == NULL ? u.host == NULL : strcmp(u.host, t[i].host) == 0);
		assert_true(t[i].socket == NULL ? u.socket == NULL : strcmp(u.socket, t[i].socket) == 0);
		assert_true(t[i].user == NULL ? u.user == NULL : strcmp(u.user, t[i].user) == 0);
		assert_true(t[i].ca == NULL ? u.files.ca == NULL : strcmp(u.files.ca, t[i].ca) == 0);
		assert_int_equal(u.port, t[i].port);
		assert_int_equal(u.db, t[i].db);
		assert_int_equal(u.tls, t[i].tls);
		assert_int_equal(u.sentinels.n, 0);
	}
}

static void
test_sentinels(void **state)
{
	CLEANUP(drop) struct arena *a = arena_new();
	struct redis_url u;
	struct err e;

	(void)state;
	assert_true(redis_url_parse(a, "rediss+sentinel://me@a,b:26380,[::1]/name?db=2&ca=/c", &u, &e));
	assert_int_equal(u.sentinels.n, 3);
	assert_string_equal(u.sentinels.items[0].host, "a");
	assert_int_equal(u.sentinels.items[0].port, 26379);
	assert_int_equal(u.sentinels.items[1].port, 26380);
	assert_string_equal(u.sentinels.items[2].host, "::1");
	assert_string_equal(u.primary, "name");
	assert_string_equal(u.user, "me");
	assert_int_equal(u.db, 2);
	assert_true(u.tls);
	assert_null(u.host);
}

/* Sentinels use TLS as their Redis does, unless they are said to differ. */
static void
test_sentinel_tls(void **state)
{
	static const struct {
		const char *url;
		bool tls, sentinel_tls;
		const char *ca;
	} t[] = {{"redis+sentinel://a/n", false, false, NULL}, {"rediss+sentinel://a/n", true, true, NULL},
	    {"rediss+sentinel://a/n?ca=/c", true, true, "/c"},
	    {"rediss+sentinel://a/n?sentinel_tls=no&ca=/c", true, false, NULL},
	    {"redis+sentinel://a/n?sentinel_ca=/s&sentinel_tls=yes", false, true, "/s"},
	    {"rediss+sentinel://a/n?ca=/c&sentinel_ca=/s", true, true, "/s"}};
	static const char *const bad[] = {"redis+sentinel://a/n?sentinel_ca=/s", "redis://a?sentinel_tls=yes",
	    "redis+sentinel://a/n?sentinel_tls=maybe", "rediss+sentinel://a/n?sentinel_ca="};
	CLEANUP(drop) struct arena *a = arena_new();
	struct redis_url u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		assert_true(redis_url_parse(a, t[i].url, &u, &e));
		assert_int_equal(u.tls, t[i].tls);
		assert_int_equal(u.sentinel_tls, t[i].sentinel_tls);
		assert_true(t[i].ca == NULL ? u.sentinel_files.ca == NULL : strcmp(u.sentinel_files.ca, t[i].ca) == 0);
	}
	for (size_t i = 0; i < nitems(bad); i++)
		assert_false(redis_url_parse(a, bad[i], &u, &e));
}

static void
test_refused(void **state)
{
	static const char *const urls[] = {"", "h", "http://h", "redis://", "redis://h:0", "redis://h:70000",
	    "redis://h/x", "redis://h/1/2", "redis://h?x=1", "redis://h?ca=/c", "redis://h?db=", "redis://a b",
	    "unix://s", "redis+sentinel://a", "redis+sentinel://a/", "redis+sentinel://a,/n", "redis+sentinel://a/n/2",
	    "redis+sentinel:///n", "redis+sentinel://a/n?ca=/c"};
	static const char *const secret[] = {
	    "redis://:geheim@h", "redis://me:geheim@h", "redis+sentinel://me:geheim@a/n"};

	(void)state;
	for (size_t i = 0; i < nitems(urls); i++) {
		CLEANUP(drop) struct arena *a = arena_new();
		struct redis_url u;
		struct err e;

		if (redis_url_parse(a, urls[i], &u, &e))
			print_error("%s was taken\n", urls[i]);
		assert_false(redis_url_parse(a, urls[i], &u, &e));
	}
	for (size_t i = 0; i < nitems(secret); i++) {
		CLEANUP(drop) struct arena *a = arena_new();
		struct redis_url u;
		struct err e;

		assert_false(redis_url_parse(a, secret[i], &u, &e));
		assert_null(strstr(e.msg, "geheim"));
		assert_non_null(strstr(e.msg, "password"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_sentinels),
	    cmocka_unit_test(test_sentinel_tls),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
