/*
 * preflight verify: is a bundle intact, does everything in it follow from the facts, rules and inputs that it
 * carries, was it signed with the key that is expected, and does its verdict still hold? Nothing is extracted.
 */
#include "commands/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "bundle/bundle_limits.h"
#include "commands/opened.h"
#include "commands/output.h"
#include "bundle/bundle_read.h"
#include "bundle/bundle_sign.h"

struct verifying {
	const struct options *o;
	struct arena *a;
	struct minisign_public key; /* of --key, if that was given */
	struct opened opened;
	struct members expected; /* the bundle as this program makes it of the same facts */
	struct texts unchecked;
	bool same_tool;
};

static void
line(const char *what, const char *answer, const char *text)
{
	(void)printf("%-12s%-9s%s\n", what, answer, text);
}

static int
failed(const struct verifying *v, const char *what, const char *text)
{
	line(what, "NO", text);
	(void)printf("%s failed verification.%*sexit %d\n",
	    text_clean(v->a, v->o->words.items[0], strlen(v->o->words.items[0]), 400), 40, "", EXIT_VERIFY);
	return EXIT_VERIFY;
}

static const char *
joined(struct arena *a, const struct texts *list)
{
	const char *all = "";

	for (size_t i = 0; i < list->n; i++)
		all = arena_printf(a, "%s%s%s", all, i > 0 ? ", " : "", list->items[i]);
	return all;
}

/* The facts of tables that the bundle's own rules declare: others were not evaluated. */
static bool
is_used_fact(const struct verifying *v, const char *path)
{
	size_t n = strlen(path);

	return strncmp(path, "facts/", 6) == 0 && n > 13 && strcmp(path + n - 7, ".ndjson") == 0 &&
	    fact_find(&v->opened.set->facts, arena_strndup(v->a, path + 6, n - 13)) != NULL;
}

static bool
make_expected(struct verifying *v, struct err *e)
{
	const struct opened *o = &v->opened;
	const struct left_behind left = {
	    .options = v->o, .set = o->set, .inputs = &o->inputs, .report = o->assessment.report, .replay = true};
	struct manifest m = output_manifest(o->assessment.report);

	for (size_t i = 0; i < o->bundle.members.n; i++)
		if (is_used_fact(v, o->bundle.members.items[i].path))
			ARENA_PUSH(v->a, &v->expected, o->bundle.members.items[i]);
	return output_files(v->a, &left, &v->expected, e) && bundle_seal(v->a, &v->expected, &m, e);
}

/* What another version of this program wrote cannot be made again here. */
static bool
is_made_by_us(const struct member *stored, const char *version)
{
	json_error_t je;
	CLEANUP(json_drop) json_t *report = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	const char *tool = json_string_value(json_object_get(json_object_get(report, "tool"), "version"));

	return tool != NULL && strcmp(tool, version) == 0;
}

/* Equal but for the process that made it, of which the facts hold nothing. */
static bool
manifests_agree(const struct member *stored, const struct member *expected)
{
	json_error_t je;
	CLEANUP(json_drop) json_t *is = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	CLEANUP(json_drop) json_t *should = json_loadb(expected->data, expected->len, JSON_REJECT_DUPLICATES, &je);

	(void)json_object_del(is, "process");
	return json_equal(is, should) != 0;
}

static bool
is_same(const struct verifying *v, const struct member *m)
{
	const struct member *should = members_find(&v->expected, m->path);

	return m->len == should->len && memcmp(m->data, should->data, m->len) == 0;
}

/*
 * Every file is one that a check writes, and what can be made again is the same. The manifest comes last: it
 * lists the digests of the others. SHA256SUMS was compared with them when the bundle was read.
 */
static bool
compare_files(struct verifying *v, struct err *e)
{
	const struct members *stored = &v->opened.bundle.members;

	for (size_t i = 0; i < stored->n; i++) {
		const struct member *m = &stored->items[i];

		if (bundle_is_voucher(m->path))
			continue;
		if (members_find(&v->expected, m->path) == NULL)
			return fail(e, NOWHERE, "%s is a foreign file: no check writes it", m->path);
		if (is_same(v, m))
			continue;
		if (v->same_tool)
			return fail(e, NOWHERE, "%s is not what these facts, rules and inputs give", m->path);
		ARENA_PUSH(v->a, &v->unchecked, m->path);
	}
	for (size_t i = 0; v->same_tool && i < v->expected.n; i++)
		if (members_find(stored, v->expected.items[i].path) == NULL)
			return fail(e, NOWHERE, "%s is missing", v->expected.items[i].path);
	return !v->same_tool ||
	    manifests_agree(members_find(stored, "manifest.json"), members_find(&v->expected, "manifest.json")) ||
	    fail(e, NOWHERE, "manifest.json is not what these facts, rules and inputs give");
}

static bool
compare(struct verifying *v, struct err *e)
{
	const struct report *r = v->opened.assessment.report;
	const struct member *stored = members_find(&v->opened.bundle.members, "report.json");
	json_error_t je;
	CLEANUP(json_drop) json_t *report = NULL;
	const char *decision;

	if (stored == NULL)
		return fail(e, NOWHERE, "report.json is missing");
	v->same_tool = is_made_by_us(stored, r->tool_version);
	report = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	decision = json_string_value(json_object_get(json_object_get(report, "gate"), "decision"));
	if (decision == NULL || strcmp(decision, gate_word[r->gate.decision]) != 0)
		return fail(
		    e, NOWHERE, "these facts, rules and inputs give another decision: %s", gate_word[r->gate.decision]);
	if (strcmp(v->opened.bundle.decision, decision) != 0)
		return fail(e, NOWHERE, "the manifest names another decision than report.json");
	return make_expected(v, e) && compare_files(v, e);
}

/* A GO holds for a while only. What stopped an upgrade then is no permission, whatever the time. */
static bool
check_time(const struct verifying *v, int64_t at, const char **text)
{
	const struct report *r = v->opened.assessment.report;
	int64_t until = 0, finished = 0, age = 0;
	char shown[TIME_TEXT];

	if (v->o->max_age != NULL &&
	    (!read_duration(v->o->max_age, &age) || !text_time_read(r->finished_at, &finished) ||
		at - finished > age)) {
		*text = arena_printf(
		    v->a, "collected at %s, which is older than --max-age %s", r->finished_at, v->o->max_age);
		return false;
	}
	if (r->gate.decision > G_GO_WITH_WARNINGS) {
		*text = "no permission, so none that could expire";
		return true;
	}
	*text = arena_printf(v->a, "%s, valid until %s", text_time(at, shown), r->gate.valid_until);
	return text_time_read(r->gate.valid_until, &until) && at <= until;
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

/* Facts without a verdict, as collect leaves them. */
static int
verify_collected(const struct verifying *v)
{
	if (v->o->require_decision)
		return failed(v, "Decision", "it holds facts only: no decision was made");
	line("Decision", "none", "it holds facts only, as preflight collect writes them");
	(void)printf("The facts are as they were collected. preflight check --facts evaluates them.%*sexit 0\n", 4, "");
	return EXIT_GO;
}

static int
show_verdict(const struct verifying *v)
{
	const struct report *r = v->opened.assessment.report;

	line("Rules", r->rules_origin,
	    arena_printf(v->a, "set %s, digest %.16s%s%s", r->rules_version, r->rules_digest,
		r->rules_signature != NULL ? ", from one file, signature: " : "",
		r->rules_signature != NULL ? r->rules_signature : ""));
	line("Complete", r->complete ? "yes" : "NO", r->gate.counts);
	line("Not checked", "",
	    v->unchecked.n > 0 ? arena_printf(v->a,
				     "%s (another version of preflight wrote them); who ran it, where and when "
				     "(manifest.json, process)",
				     joined(v->a, &v->unchecked))
			       : "who ran it, where and when (manifest.json, process)");
	(void)printf("%s  %s -> %s: %s\n", gate_title[r->gate.decision], r->gate.from, r->gate.to, r->gate.headline);
	(void)printf("The decision follows from the facts in this file. That does not prove that the "
		     "servers told the truth.%*sexit 0\n",
	    4, "");
	return EXIT_GO;
}

static int
verify_verdict(struct verifying *v, int64_t at)
{
	const char *text;
	struct err e;

	if (!opened_recompute(&v->opened, v->a, &e) || !compare(v, &e))
		return failed(v, "Recomputed", e.msg);
	line("Recomputed", "yes",
	    arena_printf(v->a,
		"%zu rules evaluated again over the stored facts: same decision, "
		"same files",
		v->opened.assessment.report->gate.total));
	if (!check_time(v, at, &text))
		return failed(v, "In time", text);
	line("In time", "yes", text);
	if (v->o->require_decision && v->opened.assessment.report->gate.decision > G_GO_WITH_WARNINGS)
		return failed(v, "Decision", gate_title[v->opened.assessment.report->gate.decision]);
	return show_verdict(v);
}

/* False: the signature of --key is missing or wrong. Without --key it prints that no signature was checked. */
static bool
check_signature(const struct verifying *v, struct err *e)
{
	const struct member *sig = bundle_signature(&v->opened.bundle.members);
	const char *comment;
	char id[MINISIGN_ID];

	if (v->o->key != NULL) {
		if (!bundle_check_signature(v->a, &v->opened.bundle.members, &v->key, &comment, e))
			return false;
		line("Signed", "yes", arena_printf(v->a, "key %s, comment \"%s\"", minisign_id(&v->key, id), comment));
		return true;
	}
	if (sig == NULL)
		line("Signed", "no",
		    "nobody signed it: whoever can change this file can make another one that is intact");
	else if (minisign_claimed_id(sig->data, sig->len, id, e))
		line("Signed", "unknown",
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
	line("Intact", "yes", arena_printf(v->a, "%zu files match the manifest", b->members.n));
	if (!check_signature(v, &e))
		return failed(v, "Signed", e.msg);
	if (b->decision[0] == '\0' && members_find(&b->members, "report.json") == NULL)
		return verify_collected(v);
	return verify_verdict(v, at);
}

int
cmd_verify(const struct options *o, struct arena *a)
{
	struct verifying v = {.o = o, .a = a};
	struct err e;
	int64_t at;
	int rc;

	if (o->words.n != 1)
		return usage_error("verify takes one bundle: preflight verify FILE");
	if (!take_time(o, &at, &e))
		return complain(&e);
	if (o->key != NULL && !minisign_public_read(o->key, &v.key, &e))
		return complain_about("--key", &e);
	rc = verify(&v, at);
	opened_drop(&v.opened);
	return rc;
}
