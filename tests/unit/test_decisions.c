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
#define RULE(id, severity, more) \
	"  - id: t." id "\n    title: T\n    expects: E holds\n    why: W\n    aliases: [old." id "]\n" \
	"    applies: {to: \">=14.0\"}\n    severity: " severity "\n    confidence: documented\n" more \
	"    violations: |\n      SELECT id, status FROM sure WHERE rule = '" id "'\n" \
	"    key: \"{id}\"\n    message: \"{id} is {status}\"\n    remedy: look\n" TESTS

static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7, 14.9.5, 14.11.2, 15.0.1]\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "  - {id: \"release:target\", title: release, need: optional}\n"
    "facts:\n  - table: sure\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.b\n"
    "    columns:\n      id: {type: integer, class: public}\n"
    "      rule: {type: text, class: public, values: [risk, hard, soft, none]}\n"
    "      status: {type: text, class: public, null: true}\n"
    "  - table: release\n    about: A\n    source: release\n    parts: [target]\n    from: release\n"
    "    columns:\n      version: {type: version, class: public}\n"
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n" RULE("risk", "blocker", "    acceptable: yes\n") RULE("hard", "blocker", "") RULE("soft", "warning",
	"    acceptable: yes\n") "  - id: t.chore\n    kind: manual\n    title: A chore\n    why: W\n    applies: {to: \">=14.0\"}\n"
				 "    severity: blocker\n    confidence: documented\n    confirm: yes\n    message: Do it\n    remedy: look\n"
				 "    concerns: SELECT id FROM sure WHERE status = 'chore'\n"
				 "    tests:\n      - {name: a, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: not_applicable}}\n"
				 "      - {name: b, hop: {from: 14.1.8, to: 14.2.7}, given: {sure: [{id: 1, rule: none, status: chore}]}, "
				 "expect: {status: manual}}\n";

#define REST "    justification: tried on a copy of the instance\n    approver: A. Person\n    ticket: CHG1\n"
#define LATER "    expires: 2038-01-01\n"
#define ENTRY(subject) "accepted:\n  - " subject "\n" REST LATER
#define DONE(subject) "confirmed:\n  - " subject "\n" REST LATER

static void
open_with(struct fixture *x, const char *from, const char *decisions)
{
	struct err e;

	fixture_open(x, rules, from);
	if (decisions != NULL && !inputs_decisions(&x->inputs, "d.yml", decisions, strlen(decisions), x->arena, &e))
		fail_msg("%s", e.msg);
}

static void
add(struct fixture *x, const char *id, const char *rule, const char *status)
{
	fixture_add(fixture_rows(x, "sure", "main"), (const char *const[]){id, rule, status});
}

static void
expect(struct fixture *x, const char *to, enum gate gate, const char *remark)
{
	struct verdict v = fixture_decide(x, to);

	if (v.gate != gate)
		fail_msg("expected %s, got %s: %s: %s", gate_word[gate], gate_word[v.gate], v.findings.items[0].rule,
		    v.findings.items[0].message);
	if (remark != NULL && fixture_finding(&v, remark) == NULL)
		fail_msg("expected %s", remark);
	for (size_t i = 0; i < v.findings.n; i++)
		if (strncmp(v.findings.items[i].rule, "decision.", 9) == 0 &&
		    (remark == NULL || strcmp(remark, v.findings.items[i].rule) != 0))
			fail_msg("not expected: %s", v.findings.items[i].message);
}

/* The gate of one finding under these decisions. */
static void
one(const char *rule, const char *status, const char *decisions, enum gate gate, const char *remark)
{
	struct fixture x;

	open_with(&x, "14.1.8", decisions);
	add(&x, "1", rule, status);
	expect(&x, "14.2.7", gate, remark);
	fixture_close(&x);
}

static void
accepted_risks_warn_at_most(void **state)
{
	(void)state;
	one("risk", "fail", NULL, G_NO_GO, NULL);
	one("risk", "fail", ENTRY("rule: t.risk"), G_GO_WITH_WARNINGS, NULL);
	one("risk", "fail", ENTRY("rule: old.risk"), G_GO_WITH_WARNINGS, NULL);
	one("soft", "fail", NULL, G_GO_WITH_WARNINGS, NULL);
	one("soft", "fail", ENTRY("rule: t.soft"), G_GO, NULL);
	one("risk", "fail", ENTRY("rule: t.risk\n    target: 14.2"), G_GO_WITH_WARNINGS, NULL);
	one("risk", "fail", ENTRY("rule: t.risk\n    target: 14.2.7"), G_GO_WITH_WARNINGS, NULL);
	one("risk", "fail", ENTRY("rule: t.risk\n    target: 14.2.6"), G_NO_GO, NULL);
	one("risk", "fail", ENTRY("rule: t.risk\n    target: 14.3"), G_NO_GO, NULL);
}

static void
some_things_cannot_be_accepted(void **state)
{
	(void)state;
	one("hard", "fail", ENTRY("rule: t.hard"), G_NO_GO, "decision.refused");
	one("risk", "waiting", ENTRY("rule: t.risk"), G_WAIT, "decision.refused");
	one("risk", "error", ENTRY("rule: t.risk"), G_UNDETERMINED, "decision.refused");
	one("risk", "unknown", ENTRY("rule: t.risk"), G_UNDETERMINED, "decision.refused");
	one("risk", "fail", DONE("rule: t.risk"), G_NO_GO, "decision.refused");
	one("risk", "manual", ENTRY("rule: t.risk"), G_UNDETERMINED, "decision.refused");
	one("none", "chore", ENTRY("rule: t.chore"), G_UNDETERMINED, "decision.refused");
}

static void
chores_are_confirmed(void **state)
{
	(void)state;
	one("none", "chore", NULL, G_UNDETERMINED, NULL);
	one("none", "chore", DONE("rule: t.chore"), G_GO, NULL);
}

static void
entries_are_reported_that_concern_nothing_or_too_much(void **state)
{
	struct fixture x;

	(void)state;
	one("risk", "fail", ENTRY("rule: t.risk") "    target: 14.2\n  - rule: t.soft\n" REST LATER, G_GO_WITH_WARNINGS,
	    "decision.unused");
	one("risk", "fail", ENTRY("rule: rusk"), G_NO_GO, "decision.unused");
	one("risk", "fail", ENTRY("key: 0123456789abcdef0123456789abcdef"), G_NO_GO, "decision.unused");
	one("risk", "fail", "accepted:\n  - rule: t.risk\n" REST "    expires: 2000-01-01\n", G_NO_GO,
	    "decision.expired");
	open_with(&x, "14.1.8", ENTRY("rule: t.risk"));
	add(&x, "1", "risk", "fail");
	add(&x, "2", "risk", "fail");
	expect(&x, "14.2.7", G_GO_WITH_WARNINGS, "decision.broad");
	fixture_close(&x);
}

/* One of two: the other blocks. What is unknown takes its key. */
static void
a_key_names_one_finding(void **state)
{
	static const char *const status[] = {"fail", "unknown"};
	struct fixture x;
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < nitems(status); i++) {
		const char *entry;
		struct err e;

		open_with(&x, "14.1.8", NULL);
		add(&x, "1", "risk", status[i]);
		v = fixture_decide(&x, "14.2.7");
		entry = arena_printf(
		    x.arena, "accepted:\n  - key: %s\n" REST LATER, fixture_finding(&v, "t.risk")->key);
		assert_true(inputs_decisions(&x.inputs, "d.yml", entry, strlen(entry), x.arena, &e));
		expect(&x, "14.2.7", G_GO_WITH_WARNINGS, NULL);
		add(&x, "2", "risk", "fail");
		expect(&x, "14.2.7", G_NO_GO, NULL);
		fixture_close(&x);
	}
}

static void
missing_sources_cannot_be_accepted(void **state)
{
	struct fixture x;

	(void)state;
	open_with(&x, "14.1.8", ENTRY("rule: source.incomplete") "  - rule: t.risk\n" REST LATER);
	rows_end(fixture_rows(&x, "sure", "main"), PS_DENIED, "%s", "no");
	expect(&x, "14.2.7", G_UNDETERMINED, "decision.refused");
	fixture_close(&x);
}

static void
horizon(const char *from, const char *to, const char *read, const char *notes, const char *decisions, enum gate gate,
    const char *remark)
{
	struct fixture x;
	struct err e;

	open_with(&x, from, decisions);
	if (read != NULL)
		fixture_add(fixture_rows(&x, "release", "target"), (const char *const[]){read});
	for (const char *p = notes; p != NULL && *p != '\0'; p += strcspn(p, " "), p += strspn(p, " "))
		ARENA_PUSH(x.arena, &x.inputs.notes_read, arena_strndup(x.arena, p, strcspn(p, " ")));
	assert_true(inputs_notes(&x.inputs, x.arena, &e));
	expect(&x, to, gate, remark);
	fixture_close(&x);
}

static void
notes_are_read_beyond_the_horizon(void **state)
{
	static const char *const unused = "decision.unused";

	(void)state;
	horizon("14.9.5", "14.10.1", NULL, NULL, NULL, G_UNDETERMINED, NULL);
	horizon("14.9.5", "14.10.1", "14.10.1", NULL, NULL, G_UNDETERMINED, NULL);
	horizon("14.9.5", "14.10.1", "14.10.1", "14.10", NULL, G_GO_WITH_WARNINGS, NULL);
	horizon("14.9.5", "14.10.1", "14.10.1", "14.10.1", NULL, G_GO_WITH_WARNINGS, NULL);
	/* The release that was read is another one, or none, or was not wholly read. */
	horizon("14.9.5", "14.10.1", "14.10.0", "14.10", NULL, G_UNDETERMINED, unused);
	horizon("14.9.5", "14.10.1", NULL, "14.10", NULL, G_UNDETERMINED, unused);
	/* Each minor release that the rules do not cover has notes. */
	horizon("14.9.5", "14.11.2", "14.11.2", "14.11", NULL, G_UNDETERMINED, NULL);
	horizon("14.9.5", "14.11.2", "14.11.2", "14.10 14.11", NULL, G_GO_WITH_WARNINGS, NULL);
	horizon("14.10.5", "14.11.2", "14.11.2", "14.11", NULL, G_GO_WITH_WARNINGS, NULL);
	/* Never across a major version, never below the horizon, and not by accepting it. */
	horizon("14.9.5", "15.0.1", "15.0.1", "15.0 14.10", NULL, G_UNDETERMINED, unused);
	horizon("13.12.15", "14.0.12", "14.0.12", "14.0 13.12", NULL, G_UNDETERMINED, unused);
	horizon("14.9.5", "14.10.1", "14.10.1", NULL, ENTRY("rule: path.horizon"), G_UNDETERMINED, "decision.refused");
	horizon("14.9.5", "14.10.1", "14.10.1", NULL, DONE("rule: path.horizon"), G_UNDETERMINED, "decision.refused");
	/* As an entry of the file. */
	horizon("14.9.5", "14.10.1", "14.10.1", NULL, DONE("notes_read: 14.10"), G_GO_WITH_WARNINGS, NULL);
	horizon("14.9.5", "14.10.1", "14.10.1", NULL,
	    "confirmed:\n  - notes_read: 14.10\n" REST "    expires: 2000-01-01\n", G_UNDETERMINED, "decision.expired");
	horizon("14.1.8", "14.2.7", NULL, "14.2", NULL, G_GO, unused);
}

static void
malformed_files_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"[]", "are a map"},
	    {"accepted: 1", "is a list of entries"},
	    {"acepted: []", "did you mean \"accepted\""},
	    {"accepted: [x]", "an entry is a map"},
	    {ENTRY("rule: t.risk\n    because: I say so"), "no key \"because\""},
	    {ENTRY("ticket: x"), "duplicate"},
	    {"accepted:\n  - justification: tried on a copy\n    approver: A\n    ticket: C\n" LATER,
		"needs rule or key"},
	    {"accepted:\n  - rule: risk\n" LATER, "needs justification"},
	    {"accepted:\n  - rule: t.risk\n" REST, "needs expires"},
	    {"accepted:\n  - rule: t.risk\n" REST "    expires: soon\n", "write a day or a time"},
	    {"accepted:\n  - rule: risk\n    justification: ok\n    approver: A\n    ticket: C\n" LATER, "at least 10"},
	    {"accepted:\n  - rule: risk\n    justification: \"\"\n    approver: A\n    ticket: C\n" LATER,
		"needs a text"},
	    {"accepted:\n  - rule: risk\n    justification: tried on a copy\n    approver: [A]\n    ticket: C\n" LATER,
		"needs a text"},
	    {ENTRY("key: f-0123"), "32 digits"},
	    {ENTRY("rule: t.risk\n    target: next"), "target"},
	    {ENTRY("notes_read: 14.10"), "belongs to an entry of confirmed"},
	    {DONE("notes_read: newest"), "notes_read"},
	    {ENTRY("rule: &x risk"), ""},
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct arena *a = arena_new();
		struct inputs in = {0};
		struct err e;

		if (inputs_decisions(&in, "d.yml", bad[i].text, strlen(bad[i].text), a, &e))
			fail_msg("taken: %s", bad[i].text);
		if (strstr(e.msg, bad[i].why) == NULL)
			fail_msg("expected \"%s\": %s", bad[i].why, e.msg);
		assert_string_equal(e.at.file, "d.yml");
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted_risks_warn_at_most),
	    cmocka_unit_test(some_things_cannot_be_accepted),
	    cmocka_unit_test(chores_are_confirmed),
	    cmocka_unit_test(entries_are_reported_that_concern_nothing_or_too_much),
	    cmocka_unit_test(a_key_names_one_finding),
	    cmocka_unit_test(missing_sources_cannot_be_accepted),
	    cmocka_unit_test(notes_are_read_beyond_the_horizon),
	    cmocka_unit_test(malformed_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
