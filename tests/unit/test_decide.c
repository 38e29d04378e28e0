#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TESTS \
	"    tests:\n" \
	"      - {name: a, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: pass}}\n" \
	"      - {name: b, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: fail}}\n"
#define RULE(severity, table) \
	"  - id: test." severity "-" table "\n    title: T\n    expects: E\n    why: W\n" \
	"    applies: {to: \">=14.0\"}\n    severity: " severity "\n    confidence: documented\n" \
	"    violations: |\n      SELECT id, status FROM " table " WHERE severity = '" severity "'\n" \
	"    key: \"{id}\"\n    message: \"{id} is {status}\"\n    remedy: look\n" TESTS
#define COLUMNS \
	"    columns:\n      id: {type: integer, class: public}\n" \
	"      severity: {type: text, class: public, values: [blocker, warning, notice]}\n" \
	"      status: {type: text, class: public, null: true}\n"

/* Two tables of findings as the rules give them back: one must be read, one may be. */
static const char rules[] = "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7, 14.9.5]\n"
			    "  stops:\n    - {version: \"14.3\", kind: required, reason: R}\n"
			    "    - {version: \"14.5\", kind: conditional, reason: \"undecidable\"}\n"
			    "    - {version: \"14.6\", kind: conditional, reason: \"locked\", condition: SELECT name "
			    "FROM lock}\n"
			    "  bad:\n    - {range: \">=14.2.0 <14.2.3\", reason: B}\n"
			    "  detours:\n    - {from: \"=14.0\", to: \">=14.1\", via: 14.0.12, reason: D}\n"
			    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
			    "  - id: \"postgres:ci\"\n    title: ci\n    need: conditional\n    condition: SELECT "
			    "name FROM lock\n"
			    "  - {id: \"postgres:geo\", title: geo, need: optional}\n"
			    "facts:\n  - table: lock\n    about: A\n    source: postgres\n    databases: [main]\n    "
			    "from: public.a\n"
			    "    columns:\n      name: {type: text, class: public}\n"
			    "  - table: sure\n    about: A\n    source: postgres\n    databases: [main, ci]\n    "
			    "from: public.b\n" COLUMNS
			    "  - table: extra\n    about: A\n    source: postgres\n    databases: [geo]\n    from: "
			    "public.c\n" COLUMNS "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
			    "rules:\n" RULE("blocker", "sure") RULE("warning", "sure") RULE("notice", "sure")
				RULE("blocker", "extra") RULE("warning", "extra") RULE("notice", "extra");

/* A table that only warnings and notices read, beside one that decides. */
static const char mild[] = "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7, 14.9.5]\n"
			   "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
			   "facts:\n  - table: minor\n    about: A\n    source: postgres\n    databases: [main]\n    "
			   "from: public.a\n" COLUMNS
			   "  - table: sure\n    about: A\n    source: postgres\n    databases: [main]\n    "
			   "from: public.b\n" COLUMNS "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
			   "rules:\n" RULE("warning", "minor") RULE("notice", "minor") RULE("blocker", "sure");

/* The only rule is about another release. */
static const char apart[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"99.9\"\n  latest: [14.2.7, 99.1.0]\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "facts:\n  - table: sure\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.b\n" COLUMNS
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n  - id: test.apart\n    title: T\n    expects: E\n    why: W\n    applies: {to: \">=99.0\"}\n"
    "    severity: blocker\n    confidence: documented\n    violations: SELECT id, status FROM sure\n"
    "    key: \"{id}\"\n    message: \"{id} is {status}\"\n    remedy: look\n    tests:\n"
    "      - {name: a, hop: {from: 99.0.0, to: 99.1.0}, expect: {status: pass}}\n"
    "      - {name: b, hop: {from: 99.0.0, to: 99.1.0}, expect: {status: fail}}\n";

static const char *const severities[] = {"notice", "warning", "blocker"};

static int
rank(enum gate g)
{
	static const int ranks[] = {
	    [G_GO] = 0, [G_GO_WITH_WARNINGS] = 1, [G_WAIT] = 2, [G_UNDETERMINED] = 3, [G_NO_GO] = 3};

	return ranks[g];
}

static void
add_row(struct fixture *x, const char *table, const char *part, const char *severity, const char *status)
{
	struct rows *r = fixture_rows(x, table, part);
	char id[32];

	(void)snprintf(id, sizeof id, "%zu", r->n + (strcmp(part, "ci") == 0 ? 1000 : 0));
	fixture_add(r, (const char *const[]){id, severity, status});
}

static void
expect_gate(struct fixture *x, const char *to, enum gate gate, const char *rule)
{
	struct verdict v = fixture_decide(x, to);

	if (v.gate != gate)
		fail_msg("expected %s (%s), got %s; first: %s: %s", gate_word[gate], rule != NULL ? rule : "nothing",
		    gate_word[v.gate], v.findings.n > 0 ? v.findings.items[0].rule : "none",
		    v.findings.n > 0 ? v.findings.items[0].message : "");
	if (rule != NULL && fixture_finding(&v, rule) == NULL)
		fail_msg("expected a finding of %s", rule);
	assert_int_equal(v.exit_code, exit_code_of(v.gate, x->inputs.exit_on_warnings));
}

static void
effects_follow_status_and_severity(void **state)
{
	static const enum effect expected[ST_N][3] = {
	    /* notice, warning, blocker */
	    [ST_PASS] = {EF_NONE, EF_NONE, EF_NONE},
	    [ST_FAIL] = {EF_NONE, EF_WARNS, EF_BLOCKS},
	    [ST_WAITING] = {EF_NONE, EF_WARNS, EF_WAITS},
	    [ST_UNKNOWN] = {EF_NONE, EF_WARNS, EF_BLOCKS},
	    [ST_ERROR] = {EF_NONE, EF_WARNS, EF_BLOCKS},
	    [ST_MANUAL] = {EF_NONE, EF_BLOCKS, EF_BLOCKS},
	    /* above a notice: to be confirmed */
	    [ST_NOT_APPLICABLE] = {EF_NONE, EF_NONE, EF_NONE},
	    [ST_SKIPPED] = {EF_NONE, EF_NONE, EF_NONE},
	};

	(void)state;
	for (int s = 0; s < ST_N; s++)
		for (int v = SEV_NOTICE; v <= SEV_BLOCKER; v++) {
			const struct finding f = {.status = (enum status)s, .severity = (enum severity)v};

			if (finding_effect(&f) != expected[s][v])
				fail_msg("%s of a %s: expected %s, got %s", status_word[s], severity_word[v],
				    effect_word[expected[s][v]], effect_word[finding_effect(&f)]);
		}
}

static void
the_worse_gate_wins(void **state)
{
	(void)state;
	for (int a = G_GO; a <= G_NO_GO; a++)
		for (int b = G_GO; b <= G_NO_GO; b++) {
			assert_int_equal(gate_worse((enum gate)a, (enum gate)b), a > b ? a : b);
			assert_true(rank(gate_worse((enum gate)a, (enum gate)b)) >= rank((enum gate)a));
		}
}

static void
exit_codes_are_the_public_ones(void **state)
{
	static const int plain[] = {0, 0, 6, 5, 3}, strict[] = {0, 4, 6, 5, 3};

	(void)state;
	for (int g = G_GO; g <= G_NO_GO; g++) {
		assert_int_equal(exit_code_of((enum gate)g, false), plain[g]);
		assert_int_equal(exit_code_of((enum gate)g, true), strict[g]);
	}
}

static void
weights_tell_statuses_apart(void **state)
{
	static const enum status order[] = {
	    ST_NOT_APPLICABLE, ST_SKIPPED, ST_PASS, ST_MANUAL, ST_WAITING, ST_UNKNOWN, ST_ERROR, ST_FAIL};

	(void)state;
	assert_int_equal(nitems(order), ST_N);
	for (size_t i = 1; i < nitems(order); i++)
		assert_true(status_weight(order[i - 1]) < status_weight(order[i]));
}

static void
one_finding_decides(void **state)
{
	static const struct {
		const char *severity, *status;
		enum gate gate;
	} cases[] = {
	    {"blocker", "fail", G_NO_GO},
	    {"blocker", "waiting", G_WAIT},
	    {"blocker", "unknown", G_UNDETERMINED},
	    {"warning", "fail", G_GO_WITH_WARNINGS},
	    {"warning", "waiting", G_GO_WITH_WARNINGS},
	    {"warning", "unknown", G_GO_WITH_WARNINGS},
	    {"notice", "fail", G_GO},
	    {"notice", "unknown", G_GO},
	    {"blocker", "not_applicable", G_GO},
	    /* No word that a row may have: the rule is wrong, and a blocker is not decided. */
	    {"blocker", "pass", G_UNDETERMINED},
	    {"blocker", "failed", G_UNDETERMINED},
	    {"blocker", "", G_UNDETERMINED},
	    {"blocker", "skipped", G_UNDETERMINED},
	    {"blocker", NULL, G_UNDETERMINED},
	    {"warning", NULL, G_GO_WITH_WARNINGS},
	};
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	expect_gate(&x, "14.2.7", G_GO, NULL);
	fixture_close(&x);
	for (size_t i = 0; i < nitems(cases); i++) {
		fixture_open(&x, rules, "14.1.8");
		add_row(&x, "sure", i % 2 == 0 ? "main" : "ci", cases[i].severity, cases[i].status);
		expect_gate(&x, "14.2.7", cases[i].gate, NULL);
		x.inputs.exit_on_warnings = true;
		expect_gate(&x, "14.2.7", cases[i].gate, NULL);
		fixture_close(&x);
	}
}

static void
two_rows_of_one_key_are_an_error_and_lose_nothing(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	for (int i = 0; i < 2; i++)
		fixture_add(fixture_rows(&x, "sure", "main"), (const char *const[]){"1", "blocker", "waiting"});
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_UNDETERMINED);
	assert_int_equal(v.by_status[ST_ERROR], 1);
	fixture_close(&x);
}

static void
a_source_that_decides_must_be_read(void **state)
{
	struct fixture x;

	(void)state;
	for (int s = PS_COMPLETE + 1; s < PS_N; s++) {
		fixture_open(&x, rules, "14.1.8");
		rows_end(fixture_rows(&x, "lock", "main"), (enum part_status)s, "x");
		expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
		rows_end(fixture_rows(&x, "lock", "main"), PS_COMPLETE, "%s", "");
		rows_end(fixture_rows(&x, "extra", "geo"), (enum part_status)s, "x");
		expect_gate(&x, "14.2.7", G_UNDETERMINED, "test.blocker-extra");
		fixture_close(&x);
	}
	fixture_open(&x, rules, "14.1.8");
	fixture_not_requested(&x, "postgres:main");
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
	fixture_close(&x);
}

static void
what_only_warnings_read_may_take_too_long(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	for (int s = PS_COMPLETE + 1; s < PS_N; s++) {
		fixture_open(&x, mild, "14.1.8");
		rows_end(fixture_rows(&x, "minor", "main"), (enum part_status)s, "x");
		if (s == PS_TIMEOUT)
			expect_gate(&x, "14.2.7", G_GO_WITH_WARNINGS, "test.warning-minor");
		else
			expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
		fixture_close(&x);
	}
	fixture_open(&x, mild, "14.1.8");
	rows_end(fixture_rows(&x, "minor", "main"), PS_TIMEOUT, "x");
	v = fixture_decide(&x, "14.2.7");
	assert_null(fixture_finding(&v, "source.incomplete"));
	assert_int_equal(fixture_finding(&v, "test.warning-minor")->status, ST_UNKNOWN);
	rows_end(fixture_rows(&x, "sure", "main"), PS_TIMEOUT, "x");
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
	fixture_close(&x);
}

static void
sources_may_be_of_no_concern(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_not_requested(&x, "postgres:geo");
	fixture_not_requested(&x, "postgres:ci");
	expect_gate(&x, "14.2.7", G_GO, NULL);
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(fixture_finding(&v, "test.blocker-extra")->status, ST_SKIPPED);
	x.inputs.require = (struct texts){(const char *[]){"postgres:geo"}, 1, 1};
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
	x.inputs.require.n = 0;
	fixture_add(fixture_rows(&x, "lock", "main"), (const char *const[]){"ci_builds"});
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "source.incomplete");
	fixture_close(&x);
}

static void
a_reduced_scope_is_never_a_plain_go(void **state)
{
	struct left_out out = {"postgres:geo", "no access"};
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	x.inputs.without = (struct left_outs){&out, 1, 1};
	expect_gate(&x, "14.2.7", G_GO_WITH_WARNINGS, "scope.reduced");
	add_row(&x, "sure", "main", "blocker", "fail");
	expect_gate(&x, "14.2.7", G_NO_GO, "scope.reduced");
	fixture_close(&x);
}

static void
the_run_itself_can_be_doubtful(void **state)
{
	struct fixture x;
	struct rows *run;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	run = fixture_rows(&x, "run", "run");
	run->items[0][4].i = 1;
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "run.interrupted");
	add_row(&x, "sure", "main", "blocker", "fail");
	expect_gate(&x, "14.2.7", G_NO_GO, "run.interrupted");
	fixture_close(&x);
	fixture_open(&x, rules, "14.1.8");
	rows_end(fixture_rows(&x, "run", "run"), PS_ERROR, "x");
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "run.interrupted");
	fixture_close(&x);
	fixture_open(&x, rules, "14.1.8");
	x.hypothetical = true;
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "run.hypothetical");
	x.hypothetical = false;
	expect_gate(&x, NULL, G_UNDETERMINED, "path.version");
	fixture_close(&x);
}

static void
the_path_has_laws(void **state)
{
	static const struct {
		const char *from, *to, *rule;
		bool locked;
		enum gate gate;
	} hops[] = {
	    {"14.1.8", "14.2.7", NULL, false, G_GO},
	    {"14.1.8", "14.3.0", NULL, false, G_GO},
	    {"14.3.0", "14.4.0", NULL, false, G_GO},
	    {"14.1.8", "14.4.0", "path.skipped", false, G_NO_GO},
	    {"14.4.0", "14.6.0", "path.conditional-14.5", false, G_UNDETERMINED},
	    {"14.5.0", "14.7.0", NULL, false, G_GO},
	    {"14.5.0", "14.7.0", "path.skipped", true, G_NO_GO},
	    {"14.2.7", "14.1.8", "path.downgrade", false, G_NO_GO},
	    {"14.2.7", "14.2.5", "path.downgrade", false, G_NO_GO},
	    {"14.1.8", "14.2.2", "path.bad-release", false, G_GO_WITH_WARNINGS},
	    {"14.9.0", "14.10.0", "path.horizon", false, G_UNDETERMINED},
	    {"13.12.15", "14.0.12", "path.horizon", false, G_UNDETERMINED},
	    {"14.2.6", "14.2.7", NULL, false, G_GO},
	    /* The after-check: nothing is changed, and none of these rules is about it. */
	    {"14.2.7", "14.2.7", NULL, false, G_GO},
	};

	(void)state;
	for (size_t i = 0; i < nitems(hops); i++) {
		struct fixture x;

		fixture_open(&x, rules, hops[i].from);
		if (hops[i].locked)
			fixture_add(fixture_rows(&x, "lock", "main"), (const char *const[]){"ci_builds"});
		expect_gate(&x, hops[i].to, hops[i].gate, hops[i].rule);
		fixture_close(&x);
	}
}

/* A detour is a release that one must pass through; a hop over it skips it like any stop. */
static void
no_rule_that_applies_is_no_go(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, apart, "14.1.8");
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "run.nothing");
	fixture_close(&x);
}

/* A rule that needs no data passes, and the only source was left out. */
static void
nothing_that_was_read_is_no_go(void **state)
{
	static const char versions[] =
	    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7]\n"
	    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
	    "facts:\n  - table: sure\n    about: A\n    source: postgres\n    databases: [main]\n    from: "
	    "public.b\n" COLUMNS "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
	    "rules:\n  - id: test.old\n    title: T\n    expects: E\n    why: W\n    applies: {to: \">=14.0\"}\n"
	    "    kind: version\n    when: {from: \"<14.1\"}\n    severity: blocker\n    confidence: documented\n"
	    "    message: M\n    remedy: look\n    tests:\n"
	    "      - {name: a, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: pass}}\n"
	    "      - {name: b, hop: {from: 14.0.5, to: 14.2.7}, expect: {status: fail}}\n";
	struct left_out out = {"postgres:main", "no access"};
	struct fixture x;

	(void)state;
	fixture_open(&x, versions, "14.1.8");
	expect_gate(&x, "14.2.7", G_GO, NULL);
	x.inputs.without = (struct left_outs){&out, 1, 1};
	expect_gate(&x, "14.2.7", G_UNDETERMINED, "run.nothing");
	fixture_close(&x);
}

static void
a_detour_must_not_be_skipped(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.0.3");
	expect_gate(&x, "14.0.12", G_GO, NULL);
	expect_gate(&x, "14.1.8", G_NO_GO, "path.skipped");
	fixture_close(&x);
}

static void
plain_text_is_refused_on_request(void **state)
{
	static const char *const bad[] = {"plaintext", "encrypted-unverified"},
				 *const good[] = {"verify-full", "unix_socket"};
	struct fixture x;
	struct cell *tls;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	tls = &fixture_rows(&x, "source", "run")->items[0][fact_column_find(&source_fact, "tls")];
	for (size_t i = 0; i < nitems(bad); i++) {
		x.inputs.require_tls = false;
		tls->s = bad[i];
		expect_gate(&x, "14.2.7", G_GO, NULL);
		x.inputs.require_tls = true;
		expect_gate(&x, "14.2.7", G_NO_GO, "access.tls");
		tls->s = good[i];
		expect_gate(&x, "14.2.7", G_GO, NULL);
	}
	fixture_close(&x);
}

static unsigned seed = 20261123;

static unsigned
draw(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void
add_any_row(struct fixture *x)
{
	static const char *const tables[][2] = {{"sure", "main"}, {"sure", "ci"}, {"extra", "geo"}};
	static const char *const statuses[] = {"fail", "waiting", "unknown", "nonsense", NULL};
	const char *const *t = tables[draw(nitems(tables))];

	add_row(x, t[0], t[1], severities[draw(3)], statuses[draw(nitems(statuses))]);
}

static void
add_any_fault(struct fixture *x)
{
	static const char *const parts[][2] = {
	    {"lock", "main"}, {"sure", "main"}, {"sure", "ci"}, {"extra", "geo"}, {"run", "run"}};
	const char *const *p = parts[draw(nitems(parts))];
	struct rows *r = fixture_rows(x, p[0], p[1]);

	if (strcmp(p[0], "run") == 0 && r->n > 0 && draw(2) == 0)
		r->items[0][4].i = 1;
	else
		rows_end(r, (enum part_status)(1 + draw(PS_N - 1)), "fault");
}

/* The law of the house: whatever comes on top, a row or a fault,
    the answer is never safer to follow. */
static void
nothing_that_is_added_makes_the_gate_better(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 250; i++) {
		unsigned was = seed;
		struct fixture x;
		int before, after;

		fixture_open(&x, rules, "14.1.8");
		for (unsigned n = draw(4); n > 0; n--)
			add_any_row(&x);
		before = rank(fixture_decide(&x, "14.2.7").gate);
		for (int step = 0; step < 3; step++) {
			bool fault = draw(2) == 0;

			if (fault)
				add_any_fault(&x);
			else
				add_any_row(&x);
			after = rank(fixture_decide(&x, "14.2.7").gate);
			if (after < before)
				fail_msg("seed %u, step %d: a %s made the gate better: rank %d "
					 "after %d",
				    was, step, fault ? "fault" : "finding", after, before);
			before = after;
		}
		fixture_close(&x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(effects_follow_status_and_severity),
	    cmocka_unit_test(the_worse_gate_wins),
	    cmocka_unit_test(exit_codes_are_the_public_ones),
	    cmocka_unit_test(weights_tell_statuses_apart),
	    cmocka_unit_test(one_finding_decides),
	    cmocka_unit_test(two_rows_of_one_key_are_an_error_and_lose_nothing),
	    cmocka_unit_test(a_source_that_decides_must_be_read),
	    cmocka_unit_test(what_only_warnings_read_may_take_too_long),
	    cmocka_unit_test(sources_may_be_of_no_concern),
	    cmocka_unit_test(a_reduced_scope_is_never_a_plain_go),
	    cmocka_unit_test(the_run_itself_can_be_doubtful),
	    cmocka_unit_test(the_path_has_laws),
	    cmocka_unit_test(no_rule_that_applies_is_no_go),
	    cmocka_unit_test(nothing_that_was_read_is_no_go),
	    cmocka_unit_test(a_detour_must_not_be_skipped),
	    cmocka_unit_test(plain_text_is_refused_on_request),
	    cmocka_unit_test(nothing_that_is_added_makes_the_gate_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
