/* What is known, and what rules may say about it. */
#include "base/text.h" /* before cmocka.h, which has a macro fail() */
#include "instance_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOP "hop: {from: 14.1, to: 14.2}, expect: {status: "
#define TESTS "  tests: [{name: a, " HOP "pass}}, {name: b, " HOP "fail}}]\n"
#define HEAD(id) \
	"- id: " id "\n  title: T\n  why: W\n  applies: {to: \">=14.0\"}\n" \
	"  severity: blocker\n  confidence: source\n  remedy: look\n"
#define RULE(id, sql) \
	HEAD(id) \
	"  expects: E\n  violations: |\n    " sql "\n  key: \"{id}\"\n" \
	"  message: \"{id} {n}\"\n" TESTS

static const char rules[] = "path:\n  known_from: \"13.0\"\n  known_through: \"14.9\"\n"
			    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
			    "  - {id: \"postgres:ci\", title: ci, need: optional}\n"
			    "  - id: \"postgres:sec\"\n    title: sec\n    need: conditional\n    condition: SELECT "
			    "id FROM halved WHERE n > 90\n"
			    "facts:\n"
			    "  - table: thing\n    about: A\n    source: postgres\n    databases: [main]\n    from: "
			    "public.a\n"
			    "    absent: {before: \"14.0\"}\n    fresh_for: 1h\n"
			    "    columns:\n      id: {type: integer, class: public}\n"
			    "      n: {type: integer, class: public, null: true, since: \"14.2\"}\n"
			    "  - table: halved\n    about: A\n    source: postgres\n    databases: [main, ci]\n    "
			    "from: public.b\n"
			    "    columns:\n      id: {type: integer, class: public}\n      n: {type: integer, class: "
			    "public}\n"
			    "  - table: secret\n    about: A\n    source: postgres\n    databases: [sec]\n    from: "
			    "public.c\n"
			    "    columns:\n      id: {type: integer, class: public}\n      n: {type: integer, class: "
			    "public}\n"
			    "  - table: named\n    about: A\n    source: postgres\n    databases: [main]\n    from: "
			    "public.d\n"
			    "    columns:\n      name: {type: text, class: public}\n"
			    "views:\n  - name: fragile\n    about: A\n"
			    "    query: SELECT id, CASE WHEN n = 99 THEN abs(-9223372036854775807 - 1) ELSE n END AS "
			    "n FROM thing\n"
			    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
			    "rules:\n" RULE("test.plain", "SELECT id, n FROM thing WHERE id >= 0") RULE(
				"test.real", "SELECT id, 9223372036854775807 - id AS n FROM thing WHERE id = -2")
				RULE("test.view", "SELECT id, n FROM fragile WHERE id = -3") RULE(
				    "test.half", "SELECT id, n FROM halved WHERE n <= 90")
				    RULE("test.whole", "SELECT id, n FROM halved WHERE n <= 90") "  whole: yes\n" RULE(
					"test.secret", "SELECT id, n FROM secret")
					RULE("test.named", "SELECT name AS id, 1 AS n FROM named")
					    HEAD("test.chore") "  kind: manual\n  confirm: yes\n  message: do it\n"
							       "  tests: [{name: a, " HOP "manual}}]\n";

static const char notes[] =
    "path:\n  known_from: \"13.0\"\n  known_through: \"14.9\"\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "  - {id: \"postgres:ci\", title: ci, need: optional}\n"
    "facts:\n"
    "  - table: halved\n    about: A\n    source: postgres\n    databases: [main, ci]\n"
    "    from: public.b\n    columns:\n      id: {type: integer, class: public}\n"
    "  - table: era\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.e\n"
    "    asked: \"<14.1\"\n    columns:\n      id: {type: integer, class: public}\n"
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n" HEAD("test.note") "  kind: manual\n  concerns: SELECT id FROM halved\n"
				 "  message: \"{id} at {to_version}\"\n  tests: [{name: a, " HOP
				 "not_applicable}}, {name: b, " HOP
				 "manual}}]\n" RULE("test.era", "SELECT id, 1 AS n FROM era");

static const char moving[] =
    "path:\n  known_from: \"13.0\"\n  known_through: \"14.9\"\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "facts:\n"
    "  - table: work\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.w\n"
    "    columns:\n      id: {type: integer, class: public}\n      n: {type: integer, class: public, null: true}\n"
    "      total: {type: integer, class: public, null: true}\n"
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n" RULE("test.moving", "SELECT id, 1 AS n, n AS progress_done, total AS progress_total FROM work");

/* What a row says of itself, besides that it is there. */
static const char words[] =
    "path:\n  known_from: \"13.0\"\n  known_through: \"14.9\"\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "facts:\n"
    "  - table: work\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.w\n"
    "    columns:\n      id: {type: integer, class: public}\n      n: {type: integer, class: public}\n"
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n" RULE("test.status",
	"SELECT id, n, CASE n WHEN 1 THEN 'fail' WHEN 2 THEN NULL WHEN 3 THEN 'odd' ELSE 'not_applicable' END AS status "
	"FROM work ORDER BY id") RULE("test.severity",
	"SELECT id, n, CASE n WHEN 1 THEN 'notice' WHEN 2 THEN NULL WHEN 3 THEN 'odd' ELSE 'blocker' END AS severity "
	"FROM work ORDER BY id")
	HEAD(
	    "test.broken") "  kind: manual\n"
			   "  concerns: SELECT id FROM work WHERE n = 5 AND "
			   "abs(-9223372036854775807 - id) > 0\n"
			   "  message: read it\n  tests: [{name: a, " HOP "manual}}]\n"
			   "- id: test.mild\n  title: T\n  why: W\n  applies: {to: \">=14.0\"}\n  severity: warning\n"
			   "  confidence: source\n  remedy: look\n  expects: E\n"
			   "  violations: SELECT id, 'blocker' AS severity FROM work\n  key: \"{id}\"\n  message: \"{id}\"\n" TESTS;

static enum status
status_of(struct fixture *x, const char *rule, const char *to)
{
	struct verdict v = fixture_decide(x, to);
	enum status worst = ST_NOT_APPLICABLE;
	bool any = false;

	for (size_t i = 0; i < v.findings.n; i++)
		if (strcmp(v.findings.items[i].rule, rule) == 0) {
			any = true;
			if (status_weight(v.findings.items[i].status) > status_weight(worst))
				worst = v.findings.items[i].status;
		}
	if (!any)
		fail_msg("expected a finding of %s", rule);
	return worst;
}

static void
expect(struct fixture *x, const char *rule, enum status expected)
{
	enum status got = status_of(x, rule, "14.2.7");

	if (got != expected)
		fail_msg("%s: expected %s, got %s", rule, status_word[expected], status_word[got]);
}

static void
no_row_passes_and_a_row_fails(void **state)
{
	struct fixture x;
	struct verdict v;
	const struct finding *f;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	expect(&x, "test.plain", ST_PASS);
	fixture_add(fixture_rows(&x, "thing", "main"), (const char *const[]){"7", "3"});
	expect(&x, "test.plain", ST_FAIL);
	v = fixture_decide(&x, "14.2.7");
	f = fixture_finding(&v, "test.plain");
	assert_string_equal(f->message, "7 3");
	assert_string_equal(f->subject_name, "7");
	assert_int_equal(f->effect, EF_BLOCKS);
	assert_int_equal(strlen(f->key), 32);
	assert_memory_equal(f->anchor + 2, f->key, 12);
	fixture_close(&x);
}

/* Whatever the numbers of a server are, the progress is between nothing and all of it, or not known. */
static void
progress_is_a_share_or_unknown(void **state)
{
	static const struct {
		const char *done, *total;
		int64_t tenths; /* -1: not known */
	} cases[] = {{"3", "7", 428}, {"0", "5", 0}, {"5", "5", 1000}, {"7", "3", 1000}, {"-1", "5", -1},
	    {"5", "0", -1}, {"5", "-2", -1}, {NULL, "5", -1}, {"5", NULL, -1}, {"1", "9223372036854775807", 0},
	    {"4611686018427387904", "9223372036854775807", 500}, {"9223372036854775807", "9223372036854775807", 1000},
	    {"9223372036854775807", "1", 1000}, {"-9223372036854775808", "1", -1}};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;
		struct verdict v;
		const struct progress *p;

		fixture_open(&x, moving, "14.1.8");
		fixture_add(
		    fixture_rows(&x, "work", "main"), (const char *const[]){"1", cases[i].done, cases[i].total});
		v = fixture_decide(&x, "14.2.7");
		p = &fixture_finding(&v, "test.moving")->progress;
		assert_int_equal(p->known, cases[i].tenths >= 0);
		assert_int_equal(p->known ? p->tenths : -1, cases[i].tenths);
		fixture_close(&x);
	}
}

/* A note is left out only where it is certain that it concerns nobody here. */
static void
notes_are_for_whom_they_concern(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, notes, "14.1.8");
	expect(&x, "test.note", ST_NOT_APPLICABLE);
	rows_end(fixture_rows(&x, "halved", "ci"), PS_DENIED, "no");
	expect(&x, "test.note", ST_MANUAL);
	v = fixture_decide(&x, "14.2.7");
	assert_string_equal(fixture_finding(&v, "test.note")->message,
	    "It is unknown whether this concerns the instance: the data that would show it was not read");
	fixture_add(fixture_rows(&x, "halved", "main"), (const char *const[]){"7"});
	v = fixture_decide(&x, "14.2.7");
	assert_string_equal(fixture_finding(&v, "test.note")->message, "7 at 14.2.7");
	assert_int_equal(fixture_finding(&v, "test.note")->effect, EF_NONE);
	fixture_close(&x);
}

/* A table that was not asked for is unknown to its readers, and the source is whole without it. */
static void
not_asked_is_not_known(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, notes, "14.1.8");
	expect(&x, "test.era", ST_PASS);
	rows_end(fixture_rows(&x, "era", "main"), PS_DISABLED, "asked earlier");
	expect(&x, "test.era", ST_UNKNOWN);
	assert_true(instance_source(x.instance, "postgres:main")->complete);
	x.inputs.from = "14.0.5";
	expect(&x, "test.era", ST_UNKNOWN);
	assert_false(instance_source(x.instance, "postgres:main")->complete);
	fixture_close(&x);
}

/* NULL in a word of the message: the finding is not dropped, and nothing reads "NULL". */
static void
null_in_a_message_is_an_error(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_add(fixture_rows(&x, "thing", "main"), (const char *const[]){"7", NULL});
	expect(&x, "test.plain", ST_ERROR);
	fixture_close(&x);
}

/* NULL, and words that mean nothing, are errors of the rule; a row may weigh less than its rule, never more. */
static void
words_of_a_row_are_known_or_an_error(void **state)
{
	static const struct {
		const char *n;
		enum status status, of_severity;
	} cases[] = {{"1", ST_FAIL, ST_FAIL}, {"2", ST_ERROR, ST_ERROR}, {"3", ST_ERROR, ST_ERROR},
	    {"4", ST_NOT_APPLICABLE, ST_FAIL}};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;
		struct verdict v;

		fixture_open(&x, words, "14.1.8");
		fixture_add(fixture_rows(&x, "work", "main"), (const char *const[]){"7", cases[i].n});
		expect(&x, "test.status", cases[i].status);
		expect(&x, "test.severity", cases[i].of_severity);
		v = fixture_decide(&x, "14.2.7");
		if (i == 0)
			assert_int_equal(fixture_finding(&v, "test.severity")->severity, SEV_NOTICE);
		assert_int_equal(fixture_finding(&v, "test.mild")->severity, SEV_WARNING);
		fixture_close(&x);
	}
}

/* The last of more rows than are listed is the one that fails. */
static void
rows_that_are_not_listed_decide(void **state)
{
	struct fixture x;
	struct verdict v;
	struct rows *r;
	char id[24];

	(void)state;
	fixture_open(&x, words, "14.1.8");
	r = fixture_rows(&x, "work", "main");
	for (int i = 0; i < RESULT_MAX; i++) {
		(void)snprintf(id, sizeof id, "%d", i);
		fixture_add(r, (const char *const[]){id, "4"});
	}
	expect(&x, "test.status", ST_NOT_APPLICABLE);
	fixture_add(r, (const char *const[]){"1000000", "1"});
	expect(&x, "test.status", ST_FAIL);
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_NO_GO);
	fixture_close(&x);
}

/* A condition whose query fails excuses nobody from reading the note. */
static void
a_note_whose_condition_fails_is_for_all(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, words, "14.1.8");
	expect(&x, "test.broken", ST_NOT_APPLICABLE);
	fixture_add(fixture_rows(&x, "work", "main"), (const char *const[]){"1", "5"});
	expect(&x, "test.broken", ST_MANUAL);
	fixture_close(&x);
}

static void
what_cannot_be_asked_is_an_error(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_add(fixture_rows(&x, "thing", "main"), (const char *const[]){"-2", "1"});
	expect(&x, "test.real", ST_ERROR);
	expect(&x, "test.plain", ST_PASS);
	fixture_close(&x);
	fixture_open(&x, rules, "14.1.8");
	fixture_add(fixture_rows(&x, "thing", "main"), (const char *const[]){"-1", "99"});
	expect(&x, "test.view", ST_ERROR);
	fixture_close(&x);
}

/* Rows or not: what is not complete is unknown, also where the rows found a part of the answer. */
static void
a_table_that_is_not_complete_is_unknown(void **state)
{
	(void)state;
	for (int s = PS_COMPLETE + 1; s < PS_N; s++) {
		struct fixture x;

		fixture_open(&x, rules, "14.1.8");
		rows_end(fixture_rows(&x, "thing", "main"), (enum part_status)s, "x");
		expect(&x, "test.plain", s == PS_ERROR ? ST_ERROR : ST_UNKNOWN);
		expect(&x, "test.view", s == PS_ERROR ? ST_ERROR : ST_UNKNOWN);
		fixture_close(&x);
	}
}

static void
absence_means_empty_only_where_declared(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.0.0");
	rows_end(fixture_rows(&x, "thing", "main"), PS_ABSENT, "x");
	expect(&x, "test.plain", ST_UNKNOWN);
	fixture_close(&x);
	fixture_open(&x, rules, "13.12.15");
	rows_end(fixture_rows(&x, "thing", "main"), PS_ABSENT, "x");
	expect(&x, "test.plain", ST_PASS);
	rows_end(fixture_rows(&x, "thing", "main"), PS_DENIED, "x");
	expect(&x, "test.plain", ST_UNKNOWN);
	fixture_close(&x);
}

static void
a_missing_column_may_be_of_another_release(void **state)
{
	static const struct {
		const char *from, *column;
		enum status status;
	} cases[] = {{"14.1.8", "n", ST_PASS}, {"14.2.0", "n", ST_UNKNOWN}, {"14.1.8", "id", ST_UNKNOWN},
	    {"14.1.8", "", ST_UNKNOWN}, {"14.1.8", "other", ST_UNKNOWN}};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;
		const char *missing[1] = {cases[i].column};
		struct rows *r;

		fixture_open(&x, rules, cases[i].from);
		r = fixture_rows(&x, "thing", "main");
		r->missing = missing;
		r->n_missing = 1;
		expect(&x, "test.plain", cases[i].status);
		fixture_close(&x);
	}
}

static void
age_is_judged(void **state)
{
	static const struct {
		int64_t read_at;
		enum status status;
	} cases[] = {{FIXTURE_NOW, ST_PASS}, {FIXTURE_NOW - (int64_t)3600 * 1000000, ST_PASS},
	    {FIXTURE_NOW - (int64_t)3600 * 1000000 - 1, ST_UNKNOWN}, {0, ST_UNKNOWN}};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct fixture x;

		fixture_open(&x, rules, "14.1.8");
		fixture_rows(&x, "thing", "main")->read_at = cases[i].read_at;
		expect(&x, "test.plain", cases[i].status);
		fixture_close(&x);
	}
}

/* A file may say any time; none before today makes rows fresh, or breaks the arithmetic. */
static void
no_time_of_reading_is_beyond_age(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1};

	(void)state;
	for (size_t i = 0; i < nitems(times); i++) {
		struct fixture x;

		fixture_open(&x, rules, "14.1.8");
		fixture_rows(&x, "thing", "main")->read_at = times[i];
		expect(&x, "test.plain", ST_UNKNOWN);
		fixture_close(&x);
	}
}

static void
half_a_table_shows_what_it_shows(void **state)
{
	struct fixture x;
	struct verdict v;
	size_t n = 0;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	rows_end(fixture_rows(&x, "halved", "ci"), PS_TIMEOUT, "x");
	expect(&x, "test.half", ST_UNKNOWN);
	v = fixture_decide(&x, "14.2.7");
	for (size_t i = 0; i < v.findings.n; i++)
		assert_true(strcmp(v.findings.items[i].rule, "test.half") != 0 ||
		    v.findings.items[i].status == ST_UNKNOWN); /* and not passed beside that */
	fixture_add(fixture_rows(&x, "halved", "main"), (const char *const[]){"1", "1"});
	expect(&x, "test.half", ST_FAIL);
	expect(&x, "test.whole", ST_UNKNOWN);
	v = fixture_decide(&x, "14.2.7");
	for (size_t i = 0; i < v.findings.n; i++)
		n += strcmp(v.findings.items[i].rule, "test.half") == 0;
	assert_int_equal(n, 2); /* the row, and what is unknown */
	assert_int_equal(v.gate, G_NO_GO);
	fixture_close(&x);
}

/* A condition that sees half of its table and finds nothing has not been answered. */
static void
a_source_is_not_ruled_out_by_half_a_table(void **state)
{
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	fixture_not_requested(&x, "postgres:sec");
	expect(&x, "test.secret", ST_NOT_APPLICABLE);
	fixture_add(fixture_rows(&x, "halved", "main"), (const char *const[]){"1", "91"});
	expect(&x, "test.secret", ST_UNKNOWN);
	fixture_close(&x);
	fixture_open(&x, rules, "14.1.8");
	fixture_not_requested(&x, "postgres:sec");
	rows_end(fixture_rows(&x, "halved", "ci"), PS_TIMEOUT, "x");
	expect(&x, "test.secret", ST_UNKNOWN);
	fixture_close(&x);
}

/* Whoever requests a source wants it read, also where the instance may do without it. */
static void
a_requested_source_must_be_read(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	rows_end(fixture_rows(&x, "secret", "sec"), PS_DENIED, "x");
	v = fixture_decide(&x, "14.2.7");
	assert_string_equal(fixture_finding(&v, "source.incomplete")->subject_name, "postgres:sec");
	assert_int_equal(fixture_finding(&v, "source.incomplete")->effect, EF_BLOCKS);
	fixture_close(&x);
}

/* A rule that needs the whole is not asked of what a reduced scope leaves of it. */
static void
a_rule_of_the_whole_needs_every_part(void **state)
{
	struct left_out out = {"postgres:ci", "no access"};
	struct fixture x;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	x.inputs.without = (struct left_outs){&out, 1, 1};
	expect(&x, "test.half", ST_PASS);
	expect(&x, "test.whole", ST_SKIPPED);
	fixture_close(&x);
}

static void
a_chore_must_be_confirmed(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	expect(&x, "test.chore", ST_MANUAL);
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_UNDETERMINED);
	assert_int_equal(fixture_finding(&v, "test.chore")->effect, EF_BLOCKS);
	fixture_close(&x);
}

static bool
is_clean(struct arena *a, const char *text)
{
	return strcmp(text, text_clean(a, text, strlen(text), 20000)) == 0;
}

/* Text that is cut inside a character is no UTF-8, and the report could not hold it. */
static void
long_messages_stay_text(void **state)
{
	struct fixture x;
	char *name = xcalloc(10002, 1);

	(void)state;
	for (size_t lead = 0; lead < 2; lead++) {
		const char *const row[] = {name};
		struct verdict v;
		const struct finding *f;

		memset(name, 'x', lead);
		for (size_t i = 0; i < 5000; i++)
			memcpy(name + lead + 2 * i, "\xC3\xA9", 2);
		fixture_open(&x, rules, "14.1.8");
		fixture_add(fixture_rows(&x, "named", "main"), row);
		v = fixture_decide(&x, "14.2.7");
		f = fixture_finding(&v, "test.named");
		assert_int_equal(f->status, ST_FAIL);
		assert_true(is_clean(x.arena, f->message));
		assert_true(is_clean(x.arena, f->subject_name));
		fixture_close(&x);
	}
	free(name);
}

/* However long they are, two things are two findings. */
static void
long_keys_stay_apart(void **state)
{
	struct fixture x;
	struct verdict v;
	char *name = xcalloc(5002, 1);

	(void)state;
	memset(name, 'x', 5001);
	fixture_open(&x, rules, "14.1.8");
	for (int i = 0; i < 2; i++) {
		const char *const row[] = {name};

		name[5000] = (char)('a' + i);
		fixture_add(fixture_rows(&x, "named", "main"), row);
	}
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.by_status[ST_ERROR], 0);
	for (size_t i = 0; i < v.findings.n; i++)
		assert_int_not_equal(v.findings.items[i].status, ST_ERROR);
	fixture_close(&x);
	free(name);
}

static void
keys_do_not_depend_on_the_target(void **state)
{
	struct finding a = {0}, b = {0}, c = {0}, d = {0};

	(void)state;
	finding_key(&a, "x.y", "main/1");
	finding_key(&b, "x.y", "main/1");
	finding_key(&c, "x.y", "main/2");
	finding_key(&d, "x.ymain", "/1");
	assert_string_equal(a.key, b.key);
	assert_string_not_equal(a.key, c.key);
	assert_string_not_equal(a.key, d.key);
	assert_int_equal(strspn(a.key, "0123456789abcdef"), 32);
	assert_memory_equal(a.anchor, "f-", 2);
	assert_int_equal(strlen(a.anchor), 14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_row_passes_and_a_row_fails),
	    cmocka_unit_test(progress_is_a_share_or_unknown),
	    cmocka_unit_test(notes_are_for_whom_they_concern),
	    cmocka_unit_test(not_asked_is_not_known),
	    cmocka_unit_test(null_in_a_message_is_an_error),
	    cmocka_unit_test(words_of_a_row_are_known_or_an_error),
	    cmocka_unit_test(rows_that_are_not_listed_decide),
	    cmocka_unit_test(a_note_whose_condition_fails_is_for_all),
	    cmocka_unit_test(what_cannot_be_asked_is_an_error),
	    cmocka_unit_test(a_table_that_is_not_complete_is_unknown),
	    cmocka_unit_test(absence_means_empty_only_where_declared),
	    cmocka_unit_test(a_missing_column_may_be_of_another_release),
	    cmocka_unit_test(age_is_judged),
	    cmocka_unit_test(no_time_of_reading_is_beyond_age),
	    cmocka_unit_test(half_a_table_shows_what_it_shows),
	    cmocka_unit_test(a_source_is_not_ruled_out_by_half_a_table),
	    cmocka_unit_test(a_requested_source_must_be_read),
	    cmocka_unit_test(a_rule_of_the_whole_needs_every_part),
	    cmocka_unit_test(a_chore_must_be_confirmed),
	    cmocka_unit_test(long_messages_stay_text),
	    cmocka_unit_test(long_keys_stay_apart),
	    cmocka_unit_test(keys_do_not_depend_on_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
