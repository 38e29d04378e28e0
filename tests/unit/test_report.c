/* What a person reads of a verdict: the one sentence, the groups, the counts, and what was read. */
#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict/assess.h"
#include "reports/derive.h"
#include "verdict/plan_hops.h"

#define TESTS \
	"    tests: [{name: a, hop: {from: 14.1, to: 14.2}, expect: {status: pass}}, {name: b, hop: " \
	"{from: 14.1, to: 14.2}, expect: {status: fail}}]\n"
#define RULE(id, title, severity, table, more) \
	"  - id: " id "\n    title: " title "\n    expects: E\n    why: Why of " id \
	"\n    applies: {to: \">=14.0\"}\n" \
	"    severity: " severity "\n    confidence: source\n" more \
	"    violations: SELECT id, status, state FROM " table "\n    key: \"{id}\"\n" \
	"    message: \"{id} is there\"\n    remedy: look\n" TESTS
#define TABLE(name, database) \
	"  - table: " name "\n    about: A\n    source: postgres\n    databases: [" database "]\n" \
	"    from: public." name "\n    columns: {id: {type: integer, class: public}, " \
	"status: {type: text, class: public}, state: {type: text, class: public, null: true}}\n"

static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7, 14.5.4, 14.9.5]\n"
    "  stops:\n    - {version: \"14.5\", kind: required, reason: R}\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "  - {id: \"postgres:ci\", title: ci, need: optional, covers: CI}\n"
    "install_methods:\n  - {name: linux_package, title: Linux package, rake: \"rake {}\", runner: \"runner {}\"}\n"
    "facts:\n" TABLE("thing", "main") TABLE("other", "ci") TABLE("mild", "main") TABLE("small",
	"main") "tables:\n  - table: upgrade_note\n    about: A\n"
		"    columns:\n      version: {type: version, class: public}\n      note: {type: text, class: public}\n"
		"      state: {type: text, class: public, values: [checked, manual, not_covered]}\n"
		"      why: {type: text, class: public}\n"
		"    rows:\n      - {version: \"14.1\", note: early, state: checked, why: \"\"}\n"
		"      - {version: \"14.2\", note: done, state: checked, why: \"\"}\n"
		"      - {version: \"14.2\", note: person, state: manual, why: \"\"}\n"
		"      - {version: \"14.2\", note: nobody, state: not_covered, why: too rare}\n"
		"      - {version: \"14.3\", note: late, state: checked, why: \"\"}\n"
		"remedies:\n  - name: look\n    steps:\n      - text: Look.\n        shell: look\n"
		"rules:\n" RULE("test.thing", "Things exist", "blocker", "thing",
		    "    headline: \"{n} things exist\"\n") RULE("test.other", "Others exist", "blocker", "other", "")
		    RULE("test.more", "More others exist", "blocker", "other", "")
			RULE("test.mild", "Mild ones exist", "warning", "mild", "")
			    RULE("test.small", "Small ones exist", "notice", "small", "");

struct assessed {
	struct fixture x;
	struct assessment an;
};

static void
open_healthy(struct assessed *t)
{
	*t = (struct assessed){0};
	fixture_open(&t->x, rules, "14.1.8");
	t->x.inputs.to = "14.2.7";
}

static const struct report *
reported(struct assessed *t)
{
	struct members m = {0};
	struct err e;

	assessment_drop(&t->an);
	snapshot_write(t->x.snapshot, t->x.arena, &m);
	if (!assess(&t->an, t->x.set, &m, NULL, &t->x.inputs, false, &e))
		fail_msg("%s", e.msg);
	return t->an.report;
}

static void
close_it(struct assessed *t)
{
	assessment_drop(&t->an);
	fixture_close(&t->x);
}

static void
add(struct assessed *t, const char *table, const char *id, const char *status, const char *state)
{
	fixture_add(fixture_rows(&t->x, table, strcmp(table, "other") == 0 ? "ci" : "main"),
	    (const char *const[]){id, status, state});
}

static void
contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

/* ---- The sentence ---- */

static void
a_clean_hop_has_one_reason(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_GO);
	assert_int_equal(r->gate.n_groups, 0);
	assert_int_equal(r->gate.n_reasons, 1);
	assert_string_equal(r->gate.reasons[0].code, "clean");
	assert_string_equal(r->gate.headline, r->gate.reasons[0].message);
	contains(r->gate.counts, "5 passed");
	contains(r->gate.permission, " was allowed at ");
	contains(r->gate.permission, "Check again if it starts after ");
	close_it(&t);
}

static void
one_blocker_is_the_sentence(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	add(&t, "thing", "7", "fail", NULL);
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_NO_GO);
	assert_string_equal(r->gate.headline, "Things exist");
	assert_string_equal(r->gate.reasons[0].code, "blocking_failure");
	assert_string_equal(r->gate.groups[0].items[0]->message, "7 is there");
	contains(r->gate.counts, "1 blocker, 4 passed");
	assert_string_equal(r->gate.permission, "");
	close_it(&t);
}

static void
several_of_one_rule_are_counted_by_its_headline(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	add(&t, "thing", "7", "fail", NULL);
	add(&t, "thing", "8", "fail", NULL);
	add(&t, "other", "1", "fail", NULL);
	add(&t, "other", "2", "fail", NULL);
	r = reported(&t);
	assert_int_equal(r->gate.n_groups, 3);
	/* In the order of the rules' ids. */
	contains(r->gate.groups[0].headline, "More others exist (2");
	contains(r->gate.groups[1].headline, "Others exist (2");
	assert_string_equal(r->gate.groups[2].headline, "2 things exist");
	contains(r->gate.headline, "More others exist");
	contains(r->gate.headline, "2 more");
	assert_int_equal(r->gate.groups[2].n, 2);
	assert_int_equal(r->gate.groups[2].n_remedies, 1); /* both have the same */
	close_it(&t);
}

static void
what_is_at_work_is_waited_for(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	add(&t, "thing", "7", "waiting", "moving");
	add(&t, "thing", "8", "waiting", "in line");
	add(&t, "thing", "9", "waiting", "in line");
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_WAIT);
	contains(r->gate.headline, "3");
	assert_string_equal(r->gate.groups[0].word, "WAITING");
	assert_string_equal(r->gate.reasons[0].code, "waiting");
	assert_int_equal(r->gate.groups[0].n_states, 2);
	assert_string_equal(r->gate.groups[0].states[0].word, "moving");
	assert_int_equal(r->gate.groups[0].states[0].n, 1);
	assert_int_equal(r->gate.groups[0].states[1].n, 2);
	contains(r->gate.counts, "3 waiting");
	close_it(&t);
}

static void
warnings_are_counted_and_notices_are_not(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	add(&t, "mild", "1", "fail", NULL);
	add(&t, "small", "1", "fail", NULL);
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_GO_WITH_WARNINGS);
	contains(r->gate.headline, "1 warning ");
	assert_int_equal(r->gate.n_groups, 2);
	assert_string_equal(r->gate.groups[0].word, "WARNING");
	assert_string_equal(r->gate.groups[1].word, "NOTICE");
	assert_int_equal(r->gate.n_reasons, 1);
	assert_string_equal(r->gate.reasons[0].code, "warnings");
	contains(r->gate.counts, "1 warning, 1 notice, 3 passed");
	close_it(&t);
}

static void
a_cause_that_rules_share_is_said_once(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	rows_end(fixture_rows(&t.x, "other", "ci"), PS_DENIED, "no grant");
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_UNDETERMINED);
	assert_int_equal(r->gate.n_groups, 1);
	assert_string_equal(r->gate.groups[0].word, "UNKNOWN");
	assert_string_equal(r->gate.headline, r->gate.groups[0].headline);
	contains(r->gate.headline, "no grant");
	assert_string_equal(r->gate.reasons[0].code, "blocking_unknown");
	contains(r->gate.groups[0].detail, "2 ");
	contains(r->gate.counts, "1 cause");
	assert_string_equal(r->facts[1].status, "denied");
	close_it(&t);
}

static void
what_blocks_comes_before_what_is_unknown(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	rows_end(fixture_rows(&t.x, "other", "ci"), PS_DENIED, "no grant");
	add(&t, "thing", "7", "fail", NULL);
	add(&t, "mild", "7", "fail", NULL);
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_NO_GO);
	assert_int_equal(r->gate.n_groups, 3);
	assert_string_equal(r->gate.groups[0].word, "BLOCKER");
	assert_string_equal(r->gate.groups[1].word, "UNKNOWN");
	assert_string_equal(r->gate.groups[2].word, "WARNING");
	assert_string_equal(r->gate.headline, "Things exist");
	close_it(&t);
}

/* One fix for each state, with the commands of all of them; the same command once. */
static void
findings_of_one_state_share_a_fix(void **state)
{
	struct assessed t;
	const struct group *k;

	(void)state;
	open_healthy(&t);
	add(&t, "thing", "1", "fail", "failed");
	add(&t, "thing", "2", "fail", "paused");
	add(&t, "thing", "3", "fail", "failed");
	k = &reported(&t)->gate.groups[0];
	assert_int_equal(k->n, 3);
	assert_int_equal(k->n_parts, 2);
	assert_string_equal(k->parts[0].state, "failed");
	assert_int_equal(k->parts[0].n, 2);
	assert_string_equal(k->parts[1].state, "paused");
	assert_int_equal(k->parts[1].n, 1);
	assert_int_equal(k->parts[0].n_remedies, 1);
	assert_string_equal(k->parts[0].remedies[0].steps[0].text, "Look.");
	assert_string_equal(k->parts[0].remedies[0].steps[0].command, "look");
	close_it(&t);
}

static void
steps_with_commands_of_their_own_are_one_list(void **state)
{
	static const struct remedy_step steps[][2] = {
	    {{.text = "Look.", .command = NULL}, {.text = "Mend.", .command = "mend 1"}},
	    {{.text = "Look.", .command = NULL}, {.text = "Mend.", .command = "mend 2"}},
	    {{.text = "Look.", .command = NULL}, {.text = "Mend.", .command = "mend 1"}},
	    {{.text = "Look at 4.", .command = NULL}, {.text = "Mend.", .command = "mend 4"}}};
	static const struct remedy_step only[][1] = {
	    {{.text = "Mend 5.", .command = "mend 5"}}, {{.text = "Mend 6.", .command = "mend 6"}}};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct remedy remedies[6];
	struct finding findings[6] = {0};
	const struct finding *items[6];
	struct group k = {.items = items, .n = 6};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		remedies[i] = i < 4 ? (struct remedy){"any", "", steps[i], 2}
				    : (struct remedy){"any", "", only[i - 4], 1};
		findings[i].remedies = &remedies[i];
		findings[i].n_remedies = 1;
		items[i] = &findings[i];
	}
	derive_parts(a, &k);
	assert_int_equal(k.n_parts, 3);
	assert_int_equal(k.parts[0].n, 3);
	assert_string_equal(k.parts[0].remedies[0].steps[1].command, "mend 1\nmend 2");
	assert_int_equal(k.parts[1].n, 1); /* its first step names it: a procedure of its own */
	assert_int_equal(k.parts[2].n, 2); /* one step each: a list */
	assert_int_equal(k.parts[2].remedies[0].n_steps, 2);
	assert_string_equal(k.parts[2].remedies[0].steps[1].text, "Mend 6.");
	assert_string_equal(k.parts[2].remedies[0].steps[1].command, "mend 6");
}

static void
findings_are_counted_by_what_they_do(void **state)
{
	struct assessed t;
	const struct tally *n;

	(void)state;
	open_healthy(&t);
	rows_end(fixture_rows(&t.x, "other", "ci"), PS_DENIED, "no grant");
	add(&t, "thing", "7", "fail", NULL);
	add(&t, "thing", "8", "fail", NULL);
	add(&t, "thing", "9", "waiting", NULL);
	add(&t, "mild", "7", "fail", NULL);
	n = &reported(&t)->gate.tally;
	assert_int_equal(n->blockers, 2);
	assert_int_equal(n->waiting, 1);
	assert_int_equal(n->unknown, 1); /* cause: two rules and the source lack the same data */
	assert_int_equal(n->warnings, 1);
	assert_int_equal(n->passed, 1);
	close_it(&t);
}

static void
every_verdict_has_a_next_command(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	r = reported(&t);
	assert_string_equal(r->gate.next_title, "After the upgrade");
	assert_string_equal(r->gate.next_command, "preflight wait --after");
	add(&t, "thing", "7", "waiting", NULL);
	r = reported(&t);
	assert_string_equal(r->gate.next_command, "preflight wait --to 14.2.7");
	add(&t, "thing", "8", "fail", NULL);
	r = reported(&t);
	assert_string_equal(r->gate.next_title, "After the fixes, check again");
	assert_string_equal(r->gate.next_command, "preflight check --to 14.2.7");
	t.x.inputs.to = "14.1.8";
	assert_string_equal(reported(&t)->way_back, "");
	close_it(&t);
}

/* ---- Around it ---- */

static void
notes_of_the_hop_are_counted(void **state)
{
	struct assessed t;
	const struct notes_coverage *c;

	(void)state;
	open_healthy(&t);
	c = &reported(&t)->gate.coverage;
	assert_int_equal(c->total, 3);
	assert_int_equal(c->checked, 1);
	assert_int_equal(c->to_read, 1);
	assert_int_equal(c->n_open, 1);
	assert_string_equal(c->open[0].version, "14.2");
	assert_string_equal(c->open[0].note, "nobody");
	assert_string_equal(c->open[0].why, "too rare");
	contains(c->text, "1 of 3");
	assert_int_equal(c->n_notes, 3);
	assert_string_equal(c->notes[0].state, "checked");
	assert_string_equal(c->notes[1].state, "to_read");
	assert_string_equal(c->notes[2].state, "not_covered");
	t.x.inputs.to = "14.1.9";
	c = &reported(&t)->gate.coverage;
	assert_int_equal(c->total, 0);
	assert_string_equal(c->text, "");
	close_it(&t);
}

static void
a_bundle_is_named_after_label_hop_and_time(void **state)
{
	static const char *const labels[][2] = {
	    {NULL, "gitlab-"}, {"", "gitlab-"}, {"shop", "shop-"}, {"a b/../c\xc3\xa4", "a-b-..-c---"}};
	struct assessed t;

	(void)state;
	open_healthy(&t);
	for (size_t i = 0; i < nitems(labels); i++) {
		const struct report *r;

		t.x.inputs.label = labels[i][0];
		r = reported(&t);
		assert_string_equal(
		    r->bundle_name, arena_printf(t.x.arena, "%s14.1.8-to-14.2.7-20260921T141320Z", labels[i][1]));
		contains(r->title, "14.1.8 -> 14.2.7");
	}
	close_it(&t);
}

static void
the_plan_and_the_next_hop_are_shown(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	t.x.inputs.to = "14.9.5";
	r = reported(&t);
	assert_int_equal(r->n_steps, 3);
	assert_string_equal(r->steps[0].version, "14.1.8");
	assert_string_equal(r->plan_next, "14.5.4");
	assert_true(r->has_next);
	assert_string_equal(r->next.to, "14.5.4");
	assert_int_equal(r->gate.decision, G_NO_GO); /* it passes over a stop */
	assert_int_equal(r->next.decision, G_GO);
	t.x.inputs.next = true;
	r = reported(&t);
	assert_false(r->has_next);
	assert_string_equal(r->gate.to, "14.5.4");
	assert_int_equal(r->gate.decision, G_GO);
	close_it(&t);
}

static void
every_hop_of_the_plan_is_evaluated(void **state)
{
	struct assessed t;
	struct plan_hops hops;
	struct err e;

	(void)state;
	open_healthy(&t);
	t.x.inputs.to = "14.9.5";
	add(&t, "thing", "7", "fail", NULL);
	assert_non_null(reported(&t));
	assert_true(plan_hops_make(t.an.instance, &t.an.plan, &hops, &e));
	assert_int_equal(hops.n, 2);
	assert_int_equal(hops.hops, 2);
	assert_int_equal(hops.items[0].number, 1);
	assert_int_equal(hops.items[0].n_rules, 5);
	assert_int_equal(hops.items[0].n_now, 5);
	assert_int_equal(hops.items[0].n_chores, 1);
	contains(hops.items[0].chores[0], "7 is there");
	assert_int_equal(hops.items[1].n_rules, 5);
	close_it(&t);
}

static void
sources_say_what_became_of_them(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	fixture_not_requested(&t.x, "postgres:ci");
	rows_end(fixture_rows(&t.x, "other", "ci"), PS_NOT_CONFIGURED, "%s", "its source is not configured");
	r = reported(&t);
	assert_int_equal(r->n_sources, 2);
	assert_string_equal(r->sources[0].status, "complete");
	assert_string_equal(r->sources[1].status, "not_configured");
	contains(r->not_read, "postgres:ci (2 rules about CI: not requested)");
	contains(r->gate.counts, "2 not checked (postgres:ci 2)");

	close_it(&t);
	open_healthy(&t);
	t.x.inputs.without.items = (struct left_out[]){{"postgres:ci", "no access"}};
	t.x.inputs.without.n = 1;
	r = reported(&t);
	assert_string_equal(r->sources[1].status, "disabled");
	assert_string_equal(r->sources[1].reason, "no access");
	assert_int_equal(r->gate.n_excluded, 1);
	assert_string_equal(r->gate.excluded[0], "postgres:ci: no access");
	close_it(&t);
}

static void
without_a_version_nothing_is_planned(void **state)
{
	struct assessed t;
	const struct report *r;

	(void)state;
	open_healthy(&t);
	t.x.inputs.from = NULL;
	r = reported(&t);
	assert_int_equal(r->gate.decision, G_UNDETERMINED);
	assert_string_equal(r->current_version, "unknown");
	assert_string_equal(r->gate.from, "unknown");
	assert_int_equal(r->n_steps, 0);
	assert_string_equal(r->plan_next, "");
	close_it(&t);
}

static void
a_wrong_target_is_refused(void **state)
{
	static const char *const wrong[] = {"13.0.1", "x", "14.1.7"};
	struct assessed t;
	struct members m = {0};
	struct err e;

	(void)state;
	open_healthy(&t);
	snapshot_write(t.x.snapshot, t.x.arena, &m);
	for (size_t i = 0; i < nitems(wrong); i++) {
		t.x.inputs.to = wrong[i];
		assert_false(assess(&t.an, t.x.set, &m, NULL, &t.x.inputs, false, &e));
		assert_true(e.msg[0] != '\0');
		assessment_drop(&t.an);
		t.an = (struct assessment){0};
	}
	close_it(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_clean_hop_has_one_reason),
	    cmocka_unit_test(one_blocker_is_the_sentence),
	    cmocka_unit_test(several_of_one_rule_are_counted_by_its_headline),
	    cmocka_unit_test(what_is_at_work_is_waited_for),
	    cmocka_unit_test(warnings_are_counted_and_notices_are_not),
	    cmocka_unit_test(a_cause_that_rules_share_is_said_once),
	    cmocka_unit_test(what_blocks_comes_before_what_is_unknown),
	    cmocka_unit_test(findings_of_one_state_share_a_fix),
	    cmocka_unit_test(steps_with_commands_of_their_own_are_one_list),
	    cmocka_unit_test(findings_are_counted_by_what_they_do),
	    cmocka_unit_test(every_verdict_has_a_next_command),
	    cmocka_unit_test(notes_of_the_hop_are_counted),
	    cmocka_unit_test(a_bundle_is_named_after_label_hop_and_time),
	    cmocka_unit_test(the_plan_and_the_next_hop_are_shown),
	    cmocka_unit_test(every_hop_of_the_plan_is_evaluated),
	    cmocka_unit_test(sources_say_what_became_of_them),
	    cmocka_unit_test(without_a_version_nothing_is_planned),
	    cmocka_unit_test(a_wrong_target_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
