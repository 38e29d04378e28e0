/* verify and report: both begin with a bundle and go the way of check from there. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "verdict/assess.h"
#include "base/log.h"
#include "commands/output.h"

struct opened {
	struct bundle bundle;
	struct ruleset *set;
	struct inputs inputs;
	struct assessment answer;
};

static void
opened_drop(struct opened *o)
{
	assessment_drop(&o->answer);
	ruleset_free(o->set);
}

/* Evaluates the facts of the bundle again, under the rules and inputs that it carries. */
static bool
recompute(struct opened *o, struct arena *a, struct err *e)
{
	const struct member *inputs = members_find(&o->bundle.members, "inputs.json");
	struct faults faults = {0};

	if (inputs == NULL)
		return fail(e, NOWHERE, "it holds facts only, no verdict (inputs.json is missing)");
	o->set = ruleset_from_members(&o->bundle.members, &faults);
	if (o->set == NULL) {
		(void)fail(e, NOWHERE, "the rules in it cannot be used: %s", faults.items[0].msg);
		faults_free(&faults);
		return false;
	}
	faults_free(&faults);
	return inputs_merge(&o->inputs, inputs->data, inputs->len, a, e) &&
	    assess(&o->answer, o->set, &o->bundle.members, &o->inputs, false, e);
}

/* The report as bytes, or, where another version of this program wrote it, the decision alone. */
static bool
compare(const struct opened *o, struct arena *a, struct err *e)
{
	const struct member *stored = members_find(&o->bundle.members, "report.json");
	const struct report *r = o->answer.report;
	struct member again;
	json_t *old;
	const char *tool, *decision;
	json_error_t je;
	bool same_tool, same;

	if (stored == NULL)
		return fail(e, NOWHERE, "report.json is missing");
	if (!output_render(a, "json", r, &again, e))
		return false;
	if (stored->len == again.len && memcmp(stored->data, again.data, again.len) == 0)
		return true;
	old = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	tool = json_string_value(json_object_get(json_object_get(old, "tool"), "version"));
	decision = json_string_value(json_object_get(json_object_get(old, "gate"), "decision"));
	same_tool = tool != NULL && strcmp(tool, r->tool_version) == 0;
	same = !same_tool && decision != NULL && strcmp(decision, gate_word[r->gate.decision]) == 0;
	json_decref(old);
	if (same)
		return true;
	return fail(e, NOWHERE,
	    same_tool ? "report.json is not what these facts, rules and inputs give"
		      : "these facts, rules and inputs give another decision: %s",
	    gate_word[r->gate.decision]);
}

static void
line(const char *what, bool ok, const char *text)
{
	(void)printf("%-12s%-5s%s\n", what, ok ? "yes" : "NO", text);
}

static int
not_verified(const char *path)
{
	(void)printf("%s is not to be relied on.%*sexit %d\n", path, 40, "", EXIT_VERIFY);
	return EXIT_VERIFY;
}

int
cmd_verify(const struct options *o, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	const struct report *r;
	const char *path;
	struct err e;

	if (o->words.n != 1)
		return usage_error("verify takes one bundle: preflight verify FILE");
	path = o->words.items[0];
	if (!bundle_read(a, path, &opened.bundle, &e)) {
		line("Intact", false, e.msg);
		return not_verified(path);
	}
	line("Intact", opened.bundle.state == BS_INTACT,
	    opened.bundle.state == BS_INTACT ? arena_printf(a, "%zu files match the manifest", opened.bundle.members.n)
					     : opened.bundle.why);
	if (opened.bundle.state != BS_INTACT)
		return not_verified(path);
	if (!recompute(&opened, a, &e) || !compare(&opened, a, &e)) {
		line("Recomputed", false, e.msg);
		return not_verified(path);
	}
	r = opened.answer.report;
	if (strcmp(opened.bundle.decision, gate_word[r->gate.decision]) != 0) {
		line("Recomputed", false, "the manifest names another decision");
		return not_verified(path);
	}
	line("Recomputed", true,
	    arena_printf(a,
		"%zu rules run again over the stored facts: the decision "
		"is the same",
		r->gate.total));
	line("Rules", strcmp(r->rules_origin, "shipped") == 0,
	    arena_printf(a, "set %s, %s, digest %.16s", r->rules_version, r->rules_origin, r->rules_digest));
	line("Complete", r->complete, r->gate.counts);
	(void)printf("%s  %s -> %s: %s (until %s)\n", gate_title[r->gate.decision], r->gate.from, r->gate.to,
	    r->gate.headline, r->gate.valid_until);
	(void)printf("The decision follows from the facts in this file. That does not prove that the "
		     "servers told the truth.%*sexit 0\n",
	    4, "");
	return EXIT_GO;
}

int
cmd_report(const struct options *o, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	struct err e;

	if (o->words.n != 1)
		return usage_error("report takes one bundle: preflight report FILE");
	if (!output_check_formats(o, &e))
		return usage_error("%s", e.msg);
	if (!bundle_read(a, o->words.items[0], &opened.bundle, &e))
		return usage_error("%s: %s", o->words.items[0], e.msg);
	if (opened.bundle.state != BS_INTACT)
		return usage_error("%s: %s: see preflight verify", o->words.items[0], opened.bundle.why);
	if (!recompute(&opened, a, &e))
		return usage_error("%s: %s", o->words.items[0], e.msg);
	if (!output_formats(o, opened.answer.report, NULL, &e)) {
		log_error("%s", e.msg);
		return EXIT_INTERNAL;
	}
	return EXIT_GO;
}
