#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 14.2 has a newest patch that is bad, 14.6 none that is known, 14.7 only a bad one. */
static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n"
    "  latest: [13.12.15, 14.0.12, 14.1.8, 14.2.7, 14.2.6, 14.3.6, 14.4.5, 14.5.4, 14.7.1, "
    "14.9.5, 15.0.5]\n"
    "  stops:\n"
    "    - {version: \"14.5\", kind: conditional, reason: \"tables are locked\", condition: "
    "SELECT name FROM lock}\n"
    "    - {version: \"14.0\", kind: required, reason: first}\n"
    "    - {version: \"14.3\", kind: required, chart: \"5.3\", reason: third}\n"
    "    - {version: \"14.6\", kind: conditional, reason: \"nobody knows\"}\n"
    "    - {version: \"15.0\", kind: required, reason: major}\n"
    "  bad:\n    - {range: \"=14.2.7\", reason: broken}\n    - {range: \">=14.10.0 <14.10.2\", reason: "
    "broken}\n    - {range: \"=14.7.1\", reason: "
    "broken}\n"
    "  detours:\n    - {from: \">=14.0 <14.0.5\", to: \">=14.2\", via: 14.0.12, reason: "
    "detour}\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "  - {id: \"postgres:ci\", title: ci, need: optional}\n"
    "facts:\n  - table: lock\n    about: A\n    source: postgres\n    databases: [main, ci]\n "
    "   from: public.a\n"
    "    columns:\n      name: {type: text, class: public}\n";

static int64_t
key(const char *text)
{
	struct version v;
	struct err e;

	if (!version_parse(text, &v, &e))
		fail_msg("%s: %s", text, e.msg);
	return v.key;
}

/* The path as one line: "14.1.8 current done, 14.3.6 required_stop next". */
static const char *
path(struct fixture *x, const char *to)
{
	struct buf b;
	const char *line;

	fixture_plan(x, to);
	buf_init(&b, 2000);
	for (size_t i = 0; i < x->plan.n; i++) {
		char text[VERSION_TEXT];

		buf_printf(&b, "%s%s %s %s", i > 0 ? ", " : "", version_text(x->plan.items[i].version, text),
		    step_kind_word[x->plan.items[i].kind], step_state_word[x->plan.items[i].state]);
	}
	line = arena_strdup(x->arena, b.p);
	buf_free(&b);
	return line;
}

static void
resolves_what_is_asked_for(void **state)
{
	static const char *const good[][2] = {
	    {"14.2.7", "14.2.7"}, /* as asked, though it is bad: decide.c says so */
	    {"14.2.7-ee", "14.2.7"},
	    {"14.1", "14.1.8"},
	    {"14.3", "14.3.6"},
	    {"14", "14.9.5"},
	    {"15", "15.0.5"},
	    {"13", "13.12.15"},
	    {"latest", "14.9.5"},
	    {"14.6", "14.6.0"},
	    {"14.6.3", "14.6.3"},
	    {"99.1.2", "99.1.2"},
	};
	static const char *const bad[] = {
	    "99", "16", "", "newest", "14.x", "14.1O", " 14.1", "14.1.8.2", "chart-", "chart-99.1.0", "chart-x"};
	struct fixture x;
	int64_t got;
	struct err e;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	for (size_t i = 0; i < nitems(good); i++) {
		if (!plan_resolve(x.set, good[i][0], 0, &got, &e))
			fail_msg("expected %s to be resolved: %s", good[i][0], e.msg);
		if (got != key(good[i][1]))
			fail_msg("expected %s to be %s, got key %lld", good[i][0], good[i][1], (long long)got);
	}
	for (size_t i = 0; i < nitems(bad); i++)
		if (plan_resolve(x.set, bad[i], 0, &got, &e))
			fail_msg("expected \"%s\" to be refused", bad[i]);
	fixture_close(&x);
}

/* "The newest patch that the rules know and do not warn of." */
static void
a_bad_release_is_not_chosen(void **state)
{
	struct fixture x;
	int64_t got;
	struct err e;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	assert_true(plan_resolve(x.set, "14.2", 0, &got, &e));
	assert_true(got == key("14.2.6"));
	assert_true(plan_latest_patch(x.set, key("14.2.0")) == key("14.2.6"));
	fixture_close(&x);
}

static void
knows_bad_releases(void **state)
{
	struct fixture x;
	struct err e;
	int64_t got;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	assert_string_equal(plan_bad_release(x.set, key("14.2.7")), "broken");
	assert_null(plan_bad_release(x.set, key("14.2.6")));
	assert_true(plan_latest_patch(x.set, key("14.3.1")) == key("14.3.6"));
	assert_true(plan_latest_patch(x.set, key("14.8.1")) == key("14.8.1"));
	/* Of 14.9's successor no patch is on record, and the first two are bad. */
	assert_true(plan_resolve(x.set, "14.10", 0, &got, &e));
	assert_true(got == key("14.10.2"));
	fixture_close(&x);
}

static void
stops_lie_between_the_versions(void **state)
{
	static const struct {
		const char *from, *to, *path;
	} cases[] = {
	    {"14.1.8", "14.2.6", "14.1.8 current done, 14.2.6 target next"},
	    {"14.1.8", "14.4.5",
		"14.1.8 current done, 14.3.6 required_stop next, 14.4.5 "
		"target later"},
	    {"14.1.8", "14.3.6", "14.1.8 current done, 14.3.6 target next"},
	    {"14.1.8", "14.3.1", "14.1.8 current done, 14.3.1 target next"},
	    {"14.3.0", "14.4.5", "14.3.0 current done, 14.4.5 target next"},
	    {"13.12.15", "14.4.5",
		"13.12.15 current done, 14.0.12 required_stop next, "
		"14.3.6 required_stop later, 14.4.5 target later"},
	    {"14.2.5", "14.2.7", "14.2.5 current done, 14.2.7 target next"},
	    {"14.2.7", "14.2.7", "14.2.7 current done, 14.2.7 target next"},
	    {"14.2.7", "14.1.8", "14.2.7 current done, 14.1.8 target next"},
	    {"14.4.5", "14.1.8", "14.4.5 current done, 14.1.8 target next"},
	    {"14.3.6", "14.6.0",
		"14.3.6 current done, 14.5.4 conditional_stop not_needed, "
		"14.6.0 target next"},
	    {"14.5.0", "14.9.5",
		"14.5.0 current done, 14.6.0 conditional_stop undecided, "
		"14.9.5 target later"},
	    {"14.0.3", "14.1.8", "14.0.3 current done, 14.1.8 target next"},
	    {"14.0.3", "14.2.6",
		"14.0.3 current done, 14.0.12 intermediate next, 14.2.6 "
		"target later"},
	    {"14.0.3", "14.4.5",
		"14.0.3 current done, 14.0.12 intermediate next, "
		"14.3.6 required_stop later, 14.4.5 target later"},
	    {"14.0.5", "14.2.6", "14.0.5 current done, 14.2.6 target next"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;
		const char *got;

		fixture_open(&x, rules, cases[i].from);
		got = path(&x, cases[i].to);
		if (strcmp(got, cases[i].path) != 0)
			fail_msg(
			    "from %s to %s: expected\n%s, got\n%s", cases[i].from, cases[i].to, cases[i].path, got);
		fixture_close(&x);
	}
}

static const struct step *
step_of(struct fixture *x, const char *version)
{
	for (size_t i = 0; i < x->plan.n; i++)
		if (x->plan.items[i].version == key(version))
			return &x->plan.items[i];
	fail_msg("expected a step %s", version);
	return NULL;
}

static void
conditions_are_asked_of_the_facts(void **state)
{
	struct fixture x;
	const struct step *s;

	(void)state;
	fixture_open(&x, rules, "14.4.5");
	fixture_plan(&x, "14.6.0");
	s = step_of(&x, "14.5.4");
	assert_int_equal(s->state, SS_NOT_NEEDED);
	assert_false(s->undecided);
	assert_int_equal(x.plan.next, 2);
	fixture_add(fixture_rows(&x, "lock", "main"), (const char *const[]){"ci_builds"});
	fixture_plan(&x, "14.6.0");
	s = step_of(&x, "14.5.4");
	assert_int_equal(s->state, SS_NEXT);
	assert_false(s->undecided);
	assert_non_null(strstr(s->reason, "tables are locked"));
	rows_end(fixture_rows(&x, "lock", "main"), PS_DENIED, "x");
	rows_end(fixture_rows(&x, "lock", "ci"), PS_DENIED, "x");
	fixture_plan(&x, "14.6.0");
	s = step_of(&x, "14.5.4");
	assert_true(s->undecided);
	assert_int_equal(s->state, SS_UNDECIDED);
	assert_int_equal(x.plan.next, 1);
	fixture_close(&x);
}

/* Half of a table that shows nothing does not say that the other half has nothing. */
static void
a_condition_over_half_a_table_is_undecided(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.4.5");
	rows_end(fixture_rows(&x, "lock", "ci"), PS_TIMEOUT, "x");
	fixture_plan(&x, "14.6.0");
	assert_true(step_of(&x, "14.5.4")->undecided);
	fixture_add(fixture_rows(&x, "lock", "main"), (const char *const[]){"ci_builds"});
	fixture_plan(&x, "14.6.0");
	assert_false(step_of(&x, "14.5.4")->undecided);
	assert_int_equal(step_of(&x, "14.5.4")->state, SS_NEXT);
	fixture_close(&x);
}

static void
a_target_that_is_a_stop_says_why(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_plan(&x, "14.3");
	assert_int_equal(x.plan.n, 2);
	assert_string_equal(x.plan.items[1].reason, "third");
	assert_string_equal(x.plan.items[1].chart, "5.3");
	assert_true(x.plan.to == key("14.3.6"));
	assert_string_equal(x.plan.requested, "14.3");
	fixture_close(&x);
}

static void
without_a_target_the_next_stop_is_it(void **state)
{
	static const char *const cases[][2] = {
	    {"14.1.8", "14.3.6"}, {"13.12.15", "14.0.12"}, {"14.3.6", "15.0.5"}, {"14.0.12", "14.3.6"}};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;

		fixture_open(&x, rules, cases[i][0]);
		fixture_plan(&x, NULL);
		if (x.plan.to != key(cases[i][1]))
			fail_msg("from %s: expected %s, got key %lld", cases[i][0], cases[i][1], (long long)x.plan.to);
		fixture_close(&x);
	}
}

/* Behind the last stop and the last release that the rules know there is no way back down. */
static void
without_a_target_there_is_no_way_down(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "15.1.0");
	fixture_plan(&x, NULL);
	assert_true(x.plan.to >= x.plan.from);
	fixture_close(&x);
}

static void
a_wrong_target_is_refused(void **state)
{
	struct fixture x;
	struct plan p;
	struct err e = {.msg = ""};

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_instance(&x);
	assert_false(plan_build(x.instance, "99", &p, &e));
	assert_non_null(strstr(e.msg, "99"));
	fixture_close(&x);
}

static void
the_path_is_a_table(void **state)
{
	struct fixture x;
	struct rows *r;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_plan(&x, "14.6.0");
	r = plan_rows(&x.plan);
	assert_int_equal(r->n, x.plan.n);
	assert_int_equal(r->n, 4);
	assert_true(r->items[1][0].i == key("14.3.6"));
	assert_string_equal(r->items[1][1].s, "required_stop");
	assert_string_equal(r->items[1][2].s, "next");
	assert_string_equal(r->items[2][2].s, "not_needed");
	rows_free(r);
	fixture_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(resolves_what_is_asked_for),
	    cmocka_unit_test(a_bad_release_is_not_chosen),
	    cmocka_unit_test(knows_bad_releases),
	    cmocka_unit_test(stops_lie_between_the_versions),
	    cmocka_unit_test(conditions_are_asked_of_the_facts),
	    cmocka_unit_test(a_condition_over_half_a_table_is_undecided),
	    cmocka_unit_test(a_target_that_is_a_stop_says_why),
	    cmocka_unit_test(without_a_target_the_next_stop_is_it),
	    cmocka_unit_test(without_a_target_there_is_no_way_down),
	    cmocka_unit_test(a_wrong_target_is_refused),
	    cmocka_unit_test(the_path_is_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
