#include "sources/redis/redis_tally.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static const char *names[] = {"BackgroundMigrationWorker", "Worker"};
static const struct redis_workers workers = {names, nitems(names), nitems(names)};

/* ---- One job ---- */

static struct redis_job
parsed(const char *text)
{
	struct redis_job job;

	redis_job_parse(&workers, text, strlen(text), &job);
	return job;
}

static void
a_job_has_a_name_a_number_and_a_time(void **state)
{
	struct redis_job j = parsed(
	    "{\"retry\":3,\"class\":\"Worker\",\"args\":[\"::Backfill\",42,[1]],\"jid\":\"abc\","
	    "\"created_at\":1795362487.5,\"enqueued_at\":1795362488}");

	(void)state;
	assert_int_equal(j.kind, JOB_OURS);
	assert_int_equal(j.worker, 1);
	assert_true(j.has_name);
	assert_string_equal(j.name, "Backfill");
	assert_true(j.has_number);
	assert_int_equal(j.number, 42);
	assert_int_equal(j.at, 1795362488 * S);
	assert_string_equal(j.id, "abc");
	j = parsed("{\"class\":\"Worker\",\"args\":[1],\"created_at\":1795362487500}");
	assert_false(j.has_name);
	assert_int_equal(j.at, 1795362487 * S + S / 2); /* milliseconds, as Sidekiq 8 writes them */
	assert_string_equal(j.id, "");
}

static void
a_compressed_job_has_no_arguments(void **state)
{
	const struct redis_job j = parsed("{\"class\":\"Worker\",\"args\":[\"eJyr\",1],\"compressed\":true}");

	(void)state;
	assert_true(j.compressed);
	assert_false(j.has_name);
	assert_false(j.has_number);
}

static void
escapes_and_other_scripts_are_read_as_well(void **state)
{
	struct redis_job j = parsed("{\"class\":\"W\\u006frker\",\"args\":[\"B\xc3\xa4\\n\",9e0],\"jid\":\"x\"}");

	(void)state;
	assert_int_equal(j.kind, JOB_OURS);
	assert_string_equal(j.name, "B\xc3\xa4\n");
	assert_false(j.has_number);
	j = parsed("{\"class\":\"Worker\",\"args\":[\"A\",123456789012345678901234567890]}");
	assert_int_equal(j.kind, JOB_OURS);
	assert_false(j.has_number);
}

static void
what_is_no_job_could_be_any(void **state)
{
	static const char *const unreadable[] = {"", "x", "[]", "{}", "null", "{\"class\":1}", "{\"class\":\"Worker\"",
	    "{\"class\":\"Worker\"} x", "{\"class\":\"Worker\",\"class\":\"Other\"}",
	    "{\"class\":\"Worker\",\"x\":{\"a\":1,\"a\":1}}", "{\"class\":\"Worker\",\"a\":1,\"a\":2}",
	    "{\"class\":\"Worker\",\"args\":[01]}", "{\"class\":\"Worker\",\"args\":[1.]}", "{\"class\":\"Worker\",}",
	    "{\"class\":\"\xff\"}", "{\"class\":\"Worker\",\"args\":[\"\x01\"]}"};

	(void)state;
	for (size_t i = 0; i < nitems(unreadable); i++)
		if (parsed(unreadable[i]).kind != JOB_UNREADABLE)
			fail_msg("%s: kind %d", unreadable[i], (int)parsed(unreadable[i]).kind);
	assert_int_equal(parsed("{\"class\":\"Elsewhere\",\"args\":[]}").kind, JOB_OTHER);
}

static void
numbers_of_redis(void **state)
{
	double d;

	(void)state;
	assert_true(redis_number("1.79e+9", 7, &d));
	assert_true(d > 1.7e9 && d < 1.8e9);
	assert_true(redis_number("inf", 3, &d));
	assert_false(redis_number("nan", 3, &d));
	assert_false(redis_number("1x", 2, &d));
	assert_false(redis_number("", 0, &d));
	assert_false(redis_number("1111111111111111111111111111111111111111111111111111111111111111", 64, &d));
	assert_int_equal(redis_time(-1), 0);
	assert_true(redis_time(1e300) > 0);
}

/* ---- Many ---- */

struct fixture {
	struct arena *arena;
	struct job_tally *tally;
	struct tally_set set;
};

static void
open_set(struct fixture *x, const char *place, const char *queue)
{
	x->arena = arena_new();
	x->tally = tally_new(x->arena, &workers);
	x->set = (struct tally_set){.layout = "plain", .place = place, .queue = queue, .key = place};
	x->tally->set = &x->set;
}

static void
add(struct fixture *x, const char *name, int64_t enqueued, const double *score)
{
	char text[200];
	int n = snprintf(text, sizeof text, "{\"class\":\"Worker\",\"args\":[\"%s\"],\"enqueued_at\":%lld}", name,
	    (long long)enqueued);

	tally_add(x->tally, text, (size_t)n, score);
}

static const struct tally_group *
group_of(const struct fixture *x, const char *name)
{
	for (size_t i = 0; i < x->tally->n; i++)
		if (strcmp(x->tally->groups[i]->class_name, name) == 0)
			return x->tally->groups[i];
	fail_msg("no group %s", name);
	return NULL;
}

static void
a_page_counts_when_it_is_committed(void **state)
{
	struct fixture x;
	const double scores[] = {1000, 3000, 2000};

	(void)state;
	open_set(&x, "schedule", "");
	for (size_t i = 0; i < nitems(scores); i++)
		add(&x, "A", 0, &scores[i]);
	add(&x, "B", 0, &scores[0]);
	tally_add(x.tally, "{", 1, &scores[0]);
	tally_add(x.tally, "{\"class\":\"Elsewhere\"}", 21, &scores[0]);
	assert_int_equal(x.set.read, 0);
	assert_false(tally_commit(x.tally, NULL));
	assert_int_equal(x.set.read, 6);
	assert_int_equal(x.set.unreadable, 1);
	assert_int_equal(group_of(&x, "A")->jobs, 3);
	assert_int_equal(group_of(&x, "A")->oldest, 1000 * S);
	assert_int_equal(group_of(&x, "A")->newest, 3000 * S);
	assert_int_equal(group_of(&x, "B")->jobs, 1);

	add(&x, "A", 0, &scores[0]);
	add(&x, "C", 0, &scores[0]);
	tally_discard(x.tally);
	assert_false(tally_commit(x.tally, NULL));
	assert_int_equal(x.set.read, 6);
	assert_int_equal(group_of(&x, "A")->jobs, 3);
	assert_int_equal(group_of(&x, "C")->jobs, 0);
	arena_free(x.arena);
}

static void
in_a_queue_the_job_says_when(void **state)
{
	struct fixture x;

	(void)state;
	open_set(&x, "queue", "background_migration");
	add(&x, "A", 2000, NULL);
	add(&x, "A", 1500, NULL);
	add(&x, "A", 0, NULL); /* says nothing */
	assert_false(tally_commit(x.tally, NULL));
	assert_int_equal(group_of(&x, "A")->jobs, 2);
	assert_int_equal(group_of(&x, "A")->oldest, 1500 * S);
	assert_int_equal(group_of(&x, "A")->newest, 2000 * S);
	assert_int_equal(x.set.unreadable, 1);
	arena_free(x.arena);
}

static void
pages_without_scores_are_dated_afterwards(void **state)
{
	const struct interval first = {"1000", "2000"}, second = {"2000", "3000"};
	static const char job[] = "{\"class\":\"Worker\",\"args\":[\"A\"]}";
	struct fixture x;

	(void)state;
	open_set(&x, "retry", "");
	add(&x, "A", 0, NULL);
	assert_true(tally_commit(x.tally, &first)); /* nothing is known of its time */
	tally_date(x.tally, job, sizeof job - 1, 1100);
	assert_int_equal(group_of(&x, "A")->oldest, 1100 * S);
	tally_date(x.tally, "{", 1, 1);
	tally_date(x.tally, "{\"class\":\"Worker\",\"args\":[\"Never\"]}", 35, 1);
	add(&x, "A", 0, NULL);
	assert_false(tally_commit(x.tally, &second));
	tally_settle(x.tally->groups[0]);
	assert_int_equal(group_of(&x, "A")->newest, 2000 * S); /* the least that is certain */
	assert_int_equal(group_of(&x, "A")->jobs, 2);
	arena_free(x.arena);
}

/* Several pages are under way at once, so that an earlier one may be read with scores after a later one was counted. */
static void
an_earlier_page_does_not_date_the_newest(void **state)
{
	static const char job[] = "{\"class\":\"Worker\",\"args\":[\"A\"]}";
	const struct interval first = {"1000", "2000"}, later = {"3000", "4000"};
	struct fixture x;

	(void)state;
	open_set(&x, "schedule", "");
	add(&x, "A", 0, NULL);
	assert_true(tally_commit(x.tally, &first));
	add(&x, "A", 0, NULL);
	assert_true(tally_commit(x.tally, &later));
	tally_date(x.tally, job, sizeof job - 1, 1500);
	assert_string_equal(group_of(&x, "A")->last.from, "3000");
	tally_date(x.tally, job, sizeof job - 1, 3500);
	assert_string_equal(group_of(&x, "A")->last.from, "");
	assert_int_equal(group_of(&x, "A")->oldest, 1500 * S);
	assert_int_equal(group_of(&x, "A")->newest, 3500 * S);
	arena_free(x.arena);
}

static void
more_groups_than_there_is_room_for_are_said(void **state)
{
	struct fixture x;
	const double score = 1;
	char name[16];

	(void)state;
	open_set(&x, "dead", "");
	for (int i = 0; i <= TALLY_MAX; i++) {
		assert_false(x.tally->truncated);
		(void)snprintf(name, sizeof name, "N%d", i);
		add(&x, name, 0, &score);
	}
	assert_true(x.tally->truncated);
	assert_int_equal(x.tally->n, TALLY_MAX);
	add(&x, "N7", 0, &score);
	assert_false(tally_commit(x.tally, NULL));
	assert_int_equal(group_of(&x, "N7")->jobs, 2);
	arena_free(x.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_job_has_a_name_a_number_and_a_time),
	    cmocka_unit_test(a_compressed_job_has_no_arguments),
	    cmocka_unit_test(escapes_and_other_scripts_are_read_as_well),
	    cmocka_unit_test(what_is_no_job_could_be_any),
	    cmocka_unit_test(numbers_of_redis),
	    cmocka_unit_test(a_page_counts_when_it_is_committed),
	    cmocka_unit_test(in_a_queue_the_job_says_when),
	    cmocka_unit_test(pages_without_scores_are_dated_afterwards),
	    cmocka_unit_test(an_earlier_page_does_not_date_the_newest),
	    cmocka_unit_test(more_groups_than_there_is_room_for_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
