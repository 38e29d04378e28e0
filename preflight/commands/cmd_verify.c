/*
 * preflight verify: is a bundle intact, does everything in it follow from the facts, rules and inputs that it
 * carries, was it signed with the key that is expected, and does its verdict still hold? Nothing is extracted.
 */
#include "commands/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "commands/opened.h"
#include "commands/verify_expect.h"
#include "commands/verify_files.h"
#include "bundle/bundle_read.h"
#include "bundle/bundle_sign.h"
#include "discovery/name_rules.h"
#include "ruleset/engine_rules.h"

#define SCHEMA_ID "urn:preflight:schema:verify:1"

/* One line of the answer. */
struct check_line {
	const char *what, *answer, *text;
};

struct verifying {
	const struct options *o;
	struct arena *a;
	struct minisign_public key; /* of --key, if that was given */
	struct opened opened;
	struct texts unchecked;
	bool json;
	struct {
		struct check_line *items;
		size_t n, cap;
	} lines;
};

static void
line(struct verifying *v, const char *what, const char *answer, const char *text)
{
	const struct check_line l = {what, answer, arena_strdup(v->a, text)};

	ARENA_PUSH(v->a, &v->lines, l);
	if (!v->json)
		(void)printf("%-12s%-9s%s\n", what, answer, text);
}

/* The last line: what all of it comes to. */
static int
end(const struct verifying *v, int rc, const char *text)
{
	if (!v->json)
		(void)printf("%s%*sexit %d\n", text, 4, "", rc);
	return rc;
}

static int
failed(struct verifying *v, const char *what, const char *text)
{
	line(v, what, "NO", text);
	return end(v, EXIT_VERIFY,
	    arena_printf(v->a, "%s failed verification.",
		text_clean(v->a, v->o->words.items[0], strlen(v->o->words.items[0]), 400)));
}

static const char *
joined(struct arena *a, const struct texts *list)
{
	const char *all = "";

	for (size_t i = 0; i < list->n; i++)
		all = arena_printf(a, "%s%s%s", all, i > 0 ? ", " : "", list->items[i]);
	return all;
}

/* A GO holds for a while only. What stopped an upgrade then is no permission, whatever the time. */
static bool
check_time(const struct verifying *v, int64_t at, const char **text)
{
	const struct report *r = v->opened.assessment.report;
	int64_t until = 0, finished = 0, age = 0;
	char shown[TIME_PEOPLE], end[TIME_PEOPLE];

	if (v->o->max_age != NULL &&
	    (!read_duration(v->o->max_age, &age) || !text_time_read(r->finished_at, &finished) ||
		at - finished > age)) {
		*text = arena_printf(v->a, "collected at %s, which is older than --max-age %s",
		    text_time_people(finished, shown), v->o->max_age);
		return false;
	}
	if (r->gate.decision > G_GO_WITH_WARNINGS) {
		*text = "no permission, so none that could expire";
		return true;
	}
	if (!text_time_read(r->gate.valid_until, &until)) {
		*text = "the report does not state until when it is valid";
		return false;
	}
	*text = arena_printf(v->a, "%s, valid until %s", text_time_people(at, shown), text_time_people(until, end));
	return at <= until;
}

static bool
take_time(const struct options *o, int64_t *at, struct err *e)
{
	int64_t age;

	*at = clock_wall_us();
	if (o->at != NULL && !text_time_read(o->at, at))
		return fail(e, NOWHERE, "--at %s: a time is written like 2026-11-22T23:12Z", o->at);
	if (o->max_age != NULL && !read_duration(o->max_age, &age))
		return fail(e, NOWHERE, "--max-age %s: a duration is written like 2h, 30min or 7d", o->max_age);
	return true;
}

/* The last line of what was found: what this program cannot check at all. */
static void
show_unchecked(struct verifying *v)
{
	static const char always[] = "who ran it, where and when (manifest.json, process)";

	line(v, "Not checked", "",
	    v->unchecked.n > 0 ? arena_printf(v->a, "%s (another version of preflight or its rules wrote them); %s",
				     joined(v->a, &v->unchecked), always)
			       : always);
}

/* Facts without a verdict, as collect leaves them. */
static int
verify_collected(struct verifying *v)
{
	CLEANUP(ruleset_drop) struct ruleset *today = named_rules(v->o, false, v->a);
	struct err e;

	if (today == NULL)
		return EXIT_USAGE;
	if (!verify_collected_files(v->o, &v->opened, today, v->a, &v->unchecked, &e))
		return failed(v, "Facts", e.msg);
	if (v->o->require_decision || expectations_given(v->o))
		return failed(v, "Decision", "it holds facts only: no decision was made");
	line(v, "Decision", "none", "it holds facts only, as preflight collect writes them");
	show_unchecked(v);
	return end(v, EXIT_GO, "The facts are as they were collected. preflight check --facts evaluates them.");
}

/* All that differ are shown, not only the first. */
static bool
check_expected(struct verifying *v)
{
	struct texts met = {0}, unmet = {0};

	if (!expectations_given(v->o))
		return true;
	expectations_compare(v->o, v->opened.assessment.report, v->a, &met, &unmet);
	for (size_t i = 0; i + 1 < unmet.n; i++)
		line(v, "Expected", "NO", unmet.items[i]);
	if (unmet.n == 0)
		line(v, "Expected", "yes", joined(v->a, &met));
	else
		(void)failed(v, "Expected", unmet.items[unmet.n - 1]);
	return unmet.n == 0;
}

/* "3 blockers, 40 passed; left out: host; accepted by A. Person until 2026-12-01: bbm.failed-jobs" */
static const char *
completeness(struct arena *a, const struct report *r)
{
	const char *text = r->gate.counts;

	for (size_t i = 0; i < r->gate.n_excluded; i++)
		text = arena_printf(a, "%s; left out: %s", text, r->gate.excluded[i]);
	for (size_t i = 0; i < r->gate.n_decisions; i++) {
		const struct decision *d = &r->gate.decisions[i];

		if (strcmp(d->state, "applied") == 0)
			text = arena_printf(a, "%s; %s by %s until %s: %s", text, d->kind, d->approver, d->expires,
			    d->rule[0] != '\0' ? d->rule : d->notes_read);
	}
	return text;
}

/* How many rules did not exist then, and how many of those the same facts break. */
static const char *
with_rules_of_today(struct verifying *v, const struct ruleset *today, const struct assessment *an)
{
	const struct gate_result *g = &an->report->gate;
	struct texts since = {0}, broken = {0};

	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (ruleset_rule_of(today, f->rule) == NULL || ruleset_rule_of(v->opened.set, f->rule) != NULL)
			continue;
		if (!texts_has(&since, f->rule))
			ARENA_PUSH(v->a, &since, f->rule);
		if (f->status == ST_FAIL && f->effect != EF_NONE && !texts_has(&broken, f->rule))
			ARENA_PUSH(v->a, &broken, f->rule);
	}
	return arena_printf(v->a,
	    "rules %s decide %s over these facts; rules of this step that did not exist then: %zu; of these, not met: %s",
	    an->report->rules_version, gate_title[g->decision], since.n, broken.n > 0 ? joined(v->a, &broken) : "none");
}

/* What is known since then does not change whether the decision was right. */
static void
show_afterwards(struct verifying *v)
{
	const struct report *r = v->opened.assessment.report;
	CLEANUP(assessment_drop) struct assessment an = {0};
	struct inputs inputs = v->opened.inputs;
	struct ruleset *today;
	struct err e;

	if (strcmp(r->rules_origin, "shipped") == 0) {
		line(v, "Afterwards", "same", "the rules are those of this program");
		return;
	}
	today = named_rules(v->o, false, v->a);
	inputs.rules_file = NULL;
	if (today == NULL)
		line(v, "Afterwards", "unknown", "the rules of this program cannot be read");
	else if (!assess(&an, today, &v->opened.bundle.members, NULL, &inputs, false, &e))
		line(v, "Afterwards", "unknown", e.msg);
	else
		line(v, "Afterwards", "", with_rules_of_today(v, today, &an));
	ruleset_free(today);
}

static int
show_verdict(struct verifying *v)
{
	const struct report *r = v->opened.assessment.report;

	line(v, "Rules", r->rules_origin,
	    arena_printf(v->a, "set %s, digest %.16s%s%s", r->rules_version, r->rules_digest,
		r->rules_signature != NULL ? ", from one file, signature: " : "",
		r->rules_signature != NULL ? r->rules_signature : ""));
	line(v, "Complete", r->complete ? "yes" : "no", completeness(v->a, r));
	show_afterwards(v);
	show_unchecked(v);
	if (!v->json)
		(void)printf(
		    "%s  %s -> %s: %s\n", gate_title[r->gate.decision], r->gate.from, r->gate.to, r->gate.headline);
	return end(v, EXIT_GO,
	    "The decision follows from the facts in this file. That does not prove that the servers told the truth.");
}

static int
verify_verdict(struct verifying *v, int64_t at)
{
	const char *text;
	struct err e;

	if (!opened_recompute(&v->opened, v->a, &e) || !verify_files(v->o, &v->opened, v->a, &v->unchecked, &e))
		return failed(v, "Recomputed", e.msg);
	line(v, "Recomputed", "yes",
	    arena_printf(v->a,
		"%zu rules evaluated again over the stored facts: same decision, "
		"same files",
		v->opened.assessment.report->gate.total));
	if (!check_time(v, at, &text))
		return failed(v, "In time", text);
	line(v, "In time", "yes", text);
	if (v->o->require_decision && v->opened.assessment.report->gate.decision > G_GO_WITH_WARNINGS)
		return failed(v, "Decision", gate_title[v->opened.assessment.report->gate.decision]);
	return check_expected(v) ? show_verdict(v) : EXIT_VERIFY;
}

/* False: the signature of --key is missing or wrong. Without --key it prints that no signature was checked. */
static bool
check_signature(struct verifying *v, struct err *e)
{
	const struct member *sig = bundle_signature(&v->opened.bundle.members);
	const char *comment;
	char id[MINISIGN_ID];

	if (v->o->key != NULL) {
		if (!bundle_check_signature(v->a, &v->opened.bundle.members, &v->key, &comment, e))
			return false;
		line(v, "Signed", "yes",
		    arena_printf(v->a, "key %s, comment \"%s\"", minisign_id(&v->key, id), comment));
		return true;
	}
	if (sig == NULL)
		line(v, "Signed", "no",
		    "nobody signed it: whoever can change this file can make another one that is intact");
	else if (minisign_claimed_id(sig->data, sig->len, id, e))
		line(v, "Signed", "unknown",
		    arena_printf(v->a, "the signature was not checked; it claims key %s: specify --key", id));
	else
		return false;
	return true;
}

static int
verify(struct verifying *v, int64_t at)
{
	const struct bundle *b = &v->opened.bundle;
	struct err e;

	if (!bundle_read(v->a, v->o->words.items[0], &v->opened.bundle, &e))
		return failed(v, "Intact", e.msg);
	if (b->state != BS_INTACT)
		return failed(v, "Intact", b->why);
	line(v, "Intact", "yes", arena_printf(v->a, "%zu files match the manifest", b->members.n));
	if (!check_signature(v, &e))
		return failed(v, "Signed", e.msg);
	if (b->decision[0] == '\0' && members_find(&b->members, "report.json") == NULL)
		return verify_collected(v);
	return verify_verdict(v, at);
}

static const char *
lower(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p != '\0'; p++)
		*p = *p == ' ' ? '_' : (char)tolower((unsigned char)*p);
	return copy;
}

/* The lines as an object, with what the bundle is about, once it was evaluated. */
static bool
print_json(const struct verifying *v, int rc, struct err *e)
{
	const struct report *r = v->opened.assessment.report;
	CLEANUP(json_drop)
	json_t *o = json_pack("{s:{s:s, s:s}, s:b, s:i, s:[]}", "schema", "id", SCHEMA_ID, "version", "1.0", "verified",
	    rc == EXIT_GO, "exit_code", rc, "checks");
	bool ok = o != NULL;

	for (size_t i = 0; ok && i < v->lines.n; i++) {
		const struct check_line *l = &v->lines.items[i];

		ok = json_array_append_new(json_object_get(o, "checks"),
			 json_pack("{s:s, s:s, s:s}", "name", lower(v->a, l->what), "answer", lower(v->a, l->answer),
			     "text", text_clean(v->a, l->text, strlen(l->text), 4096))) == 0;
	}
	if (ok && r != NULL)
		ok = json_object_set_new(o, "verdict",
			 json_pack("{s:s, s:s, s:s, s:s, s:s}", "decision", gate_word[r->gate.decision], "from",
			     r->gate.from, "to", r->gate.to, "label", r->label, "valid_until", r->gate.valid_until)) ==
		    0;
	if (!ok || !json_print(o, 2, stdout))
		return fail(e, NOWHERE, "the answer cannot be written as JSON");
	return true;
}

int
cmd_verify(const struct options *o, struct arena *a)
{
	struct verifying v = {.o = o, .a = a, .json = o->formats.n == 1 && strcmp(o->formats.items[0], "json") == 0};
	struct err e;
	int64_t at;
	int rc;

	if (o->words.n != 1)
		return usage_error("verify takes one bundle: preflight verify FILE");
	if (o->formats.n > 0 && !v.json && strcmp(o->formats.items[0], "text") != 0)
		return usage_error("verify has the formats text and json");
	if (!take_time(o, &at, &e) || !expectations_check(o, &e))
		return complain(&e);
	if (o->key != NULL && !minisign_public_read(o->key, &v.key, &e))
		return complain_about("--key", &e);
	rc = verify(&v, at);
	if (v.json && !print_json(&v, rc, &e))
		rc = complain_internal(&e);
	opened_drop(&v.opened);
	return rc;
}
