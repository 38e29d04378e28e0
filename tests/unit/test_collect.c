#include "live_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sources/collect.h"

/* A server on this machine that takes a connection and never answers; returns its URL. */
static const char *
silent_server(struct arena *a, int *fd)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(*fd >= 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(*fd, 8), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&at, &len), 0);
	return arena_printf(a, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static bool
is_blocked(int signal)
{
	sigset_t now;

	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
	return sigismember(&now, signal) == 1;
}

static void
block(int signal)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, signal);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

/*
 * The source waits for a server that never answers. The signal is pending before the collection begins, so no
 * time decides this: it ends at once, reports which signal it was, and a second one would end the process.
 */
static void
a_signal_ends_the_collection(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	static const char *const endings[] = {"interrupted", NULL}, *const durations[] = {"id", "duration_us", NULL};
	struct host h;
	int server;

	(void)state;
	host_open(&h);
	h.options.search = silent_server(h.arena, &server);
	h.options.only = "search";
	for (size_t i = 0; i < nitems(signals); i++) {
		int64_t begun = clock_mono_us();

		block(signals[i]);
		assert_int_equal(raise(signals[i]), 0);
		host_read(&h);
		assert_int_equal(h.live.signal, signals[i]);
		assert_true(is_blocked(signals[i]));                          /* as before the collection */
		assert_true(clock_mono_us() - begun < (int64_t)60 * 1000000); /* the deadline is five minutes away */
		assert_string_equal(host_cells(&h, "run", endings), "1");
		assert_int_equal(host_rows(&h, "search_cluster")->status, PS_TIMEOUT);
		/* The source was told and ended by itself: one that is left behind has no duration. */
		assert_null(strstr(host_cells(&h, "source", durations), "search,0"));
	}
	(void)close(server);
	host_close(&h);
}

static void
a_collection_without_a_signal_reports_none(void **state)
{
	static const char *const endings[] = {"interrupted", NULL};
	struct host h;

	(void)state;
	host_open(&h);
	host_read(&h);
	assert_int_equal(h.live.signal, 0);
	assert_string_equal(host_cells(&h, "run", endings), "0");
	host_close(&h);
}

static void
a_kind_is_found_by_its_name(void **state)
{
	static const char *const names[] = {"postgres", "redis", "host", "search", "api"};

	(void)state;
	for (size_t i = 0; i < nitems(names); i++)
		assert_string_equal(source_kind_find(names[i])->name, names[i]);
	assert_null(source_kind_find("mongo"));
	assert_null(source_kind_find(""));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signal_ends_the_collection),
	    cmocka_unit_test(a_collection_without_a_signal_reports_none),
	    cmocka_unit_test(a_kind_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
