/*
 * `preflight plan`: prints the upgrade path with what each step needs, as text or JSON. The path is made in
 * verdict/plan.c and verdict/plan_hops.c; the exit code is no verdict.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/assess.h"
#include "discovery/name_rules.h"
#include "discovery/take_facts.h"
#include "verdict/plan_hops.h"
#include "commands/output.h"
#include "base/text.h"
#include "base/version.h"

/* The last column: later lines are indented to its first one. */
#define CHORES_AT 64
#define WIDTH 100
#define CHORES_SHOWN 6

/* From the column `at` on; what follows the first line is indented by two. */
static void
print_wrapped(const char *text, size_t at)
{
	text_print_wrapped(stdout, text, at, at + 2, WIDTH);
}

static bool
is_anything_read(const struct instance *inst)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].state == PART_READ)
			return true;
	return false;
}

static void
print_chore(bool *first, const char *text)
{
	if (!*first)
		(void)printf("%*s", CHORES_AT, "");
	print_wrapped(text, CHORES_AT);
	*first = false;
}

static void
print_chores(const struct planned_hop *h, struct arena *a)
{
	bool first = true;

	for (size_t i = 0; i < h->n_chores && i < CHORES_SHOWN; i++)
		print_chore(&first, h->chores[i]);
	if (h->n_chores > CHORES_SHOWN)
		print_chore(&first, arena_printf(a, "and %zu more", h->n_chores - CHORES_SHOWN));
	if (h->step->undecided)
		print_chore(&first, h->step->reason);
	if (h->unknown > 0)
		print_chore(
		    &first, arena_printf(a, "%zu rules could not be decided: what they need was not read", h->unknown));
	if (h->n_notes > 0)
		print_chore(&first, arena_printf(a, "%zu %s to read", h->n_notes, h->n_notes == 1 ? "note" : "notes"));
	if (first)
		print_chore(&first, "-");
}

static void
print_hop(const struct planned_hop *h, struct arena *a)
{
	static const char *const kinds[] = {[SK_CURRENT] = "current",
	    [SK_REQUIRED] = "required",
	    [SK_CONDITIONAL] = "conditional",
	    [SK_INTERMEDIATE] = "detour",
	    [SK_TARGET] = "target"};
	char v[VERSION_TEXT], number[24] = "", queues[32] = "not on record";
	const char *kind = h->step->undecided ? "undecidable*" : kinds[h->step->kind];

	if (h->number > 0)
		(void)snprintf(number, sizeof number, "%zu", h->number);
	if (h->queues > 0)
		(void)snprintf(queues, sizeof queues, "at least %zu", h->queues);
	(void)printf("%2s  %-9s %-6s %-13s %-7s %-6s %-13s ", number, version_text(h->to, v),
	    h->step->chart != NULL ? h->step->chart : "", h->number == 0 ? "not needed*" : kind,
	    h->number == 0 ? "" : "?", h->number == 0 ? "" : "?", h->number == 0 ? "" : queues);
	if (h->number == 0)
		print_wrapped(h->step->reason, CHORES_AT);
	else
		print_chores(h, a);
}

static void
print_rules(const struct plan_hops *j)
{
	char v[VERSION_TEXT];

	for (size_t i = 0; i < j->n; i++) {
		const struct planned_hop *h = &j->items[i];

		if (h->number == 0)
			continue;
		(void)printf("\nStep %zu, to %s: %zu rules can be decided now, %zu after the step before\n", h->number,
		    version_text(h->to, v), h->n_now, h->n_after);
		for (size_t k = 0; k < h->n_notes; k++) {
			(void)printf("  - ");
			print_wrapped(h->notes[k], 4);
		}
		for (size_t k = 0; k < h->n_rules; k++) {
			(void)printf("  %-34s ", h->rules[k].rule->id);
			switch (h->rules[k].decidable) {
			case DC_NOW:
				(void)printf("decidable now: %s\n", status_word[h->rules[k].status]);
				break;
			case DC_AFTER:
				(void)printf("after step %zu\n", h->number - 1);
				break;
			case DC_PERSON:
				(void)printf("manual\n");
				break;
			}
		}
	}
}

static void
print_text(const struct instance *inst, const struct plan *p, const struct plan_hops *j, bool verbose)
{
	char from[VERSION_TEXT], to[VERSION_TEXT], v[VERSION_TEXT], at[TIME_TEXT];

	(void)printf("%s -> %s: %zu %s, %zu %s known today.\nRules %s cover GitLab %s.\n", version_text(p->from, from),
	    version_text(p->to, to), j->hops, j->hops == 1 ? "upgrade step" : "upgrade steps", j->chores,
	    j->chores == 1 ? "chore" : "chores", inst->set->version, ruleset_known(inst->set, inst->arena));
	if (is_anything_read(inst))
		(void)printf(
		    "Data collected at %s; what is marked * is decided again there.\n\n", text_time(inst->now, at));
	else
		(void)printf("No source was read: what depends on data is decided before each step.\n\n");
	(void)printf(" #  %-9s %-6s %-13s %-7s %-6s %-13s %s\n", "GitLab", "chart", "kind", "window", "wait", "queues",
	    "before you start");
	for (size_t i = 0; i < j->n; i++)
		print_hop(&j->items[i], inst->arena);
	if (verbose)
		print_rules(j);
	(void)printf(
	    "\n\"?\": the duration is not on record. \"queues\": batched background "
	    "migrations on record\nthat the releases of this step begin; all of them must be finished before the next one.\n"
	    "%sA plan is not a gate: check before each step, first with  preflight check --to %s\n",
	    verbose ? "" : "preflight plan -v lists the notes and the rules of each step.\n",
	    version_text(p->items[p->next].version, v));
}

static json_t *
hop_json(const struct planned_hop *h)
{
	json_t *rules = json_array(), *chores = json_array(), *notes = json_array();
	char v[VERSION_TEXT];

	for (size_t i = 0; i < h->n_rules; i++)
		(void)json_array_append_new(rules,
		    json_pack("{s:s, s:s, s:s?}", "id", h->rules[i].rule->id, "decidable",
			decidable_word[h->rules[i].decidable], "status",
			h->rules[i].decidable == DC_NOW ? status_word[h->rules[i].status] : NULL));
	for (size_t i = 0; i < h->n_chores; i++)
		(void)json_array_append_new(chores, json_string(h->chores[i]));
	for (size_t i = 0; i < h->n_notes; i++)
		(void)json_array_append_new(notes, json_string(h->notes[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "version",
	    version_text(h->to, v), "kind", step_kind_word[h->step->kind], "state", step_state_word[h->step->state],
	    "reason", h->step->reason, "chart", h->step->chart, "hop", (json_int_t)h->number, "queues",
	    (json_int_t)h->queues, "to_read", (json_int_t)h->n_notes, "undecided_rules", (json_int_t)h->unknown,
	    "chores", chores, "notes", notes, "rules", rules);
}

static void
print_json(const struct plan *p, const struct plan_hops *j)
{
	json_t *steps = json_array(), *all;
	char v[VERSION_TEXT];

	(void)json_array_append_new(steps,
	    json_pack("{s:s, s:s, s:s, s:s}", "version", version_text(p->from, v), "kind", step_kind_word[SK_CURRENT],
		"state", step_state_word[SS_DONE], "reason", ""));
	for (size_t i = 0; i < j->n; i++)
		(void)json_array_append_new(steps, hop_json(&j->items[i]));
	all = json_pack("{s:{s:o, s:s}}", "plan", "steps", steps, "next", version_text(p->items[p->next].version, v));
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

static int
make_plan(const struct options *o, const struct ruleset *set, struct arena *a, bool json)
{
	CLEANUP(assessment_drop) struct assessment an = {0};
	struct inputs in = {.to = o->to, .install_method = o->install_method};
	CLEANUP(take_facts_drop) struct taken_facts taken = {0};
	struct plan_hops hops;
	int64_t to;
	struct err e;

	if (!inputs_from(&in, o->from, &e))
		return complain(&e);
	if (o->to != NULL && !plan_resolve(set, o->to, 0, &to, &e))
		return complain_about("--to", &e);
	if (o->path != NULL && !inputs_path(&in, o->path, a, &e))
		return complain_about("--path", &e);
	if (!take_facts_open(&taken, o, set, &in, a, &e) || !take_facts_finish(&taken, set, &in, a, &e) ||
	    !assess(&an, set, &taken.facts, &in, taken.hypothetical, &e))
		return complain(&e);
	if (!an.has_plan)
		return usage_error("the installed version is unknown: specify it with --from VERSION");
	if (an.plan.to < an.plan.from)
		return usage_error("GitLab cannot be downgraded: the target is older than what is installed");
	if (!plan_hops_make(an.instance, &an.plan, &hops, &e))
		return complain(&e);
	if (json)
		print_json(&an.plan, &hops);
	else
		print_text(an.instance, &an.plan, &hops, o->verbose);
	return EXIT_GO;
}

int
cmd_plan(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	bool json = o->formats.n == 1 && strcmp(o->formats.items[0], "json") == 0;

	if (o->words.n > 0)
		return usage_error("plan takes no argument \"%s\": the target is --to VERSION", o->words.items[0]);
	if (o->formats.n > 0 && !json && strcmp(o->formats.items[0], "text") != 0)
		return usage_error("plan has the formats text and json");
	if (o->to == NULL && o->facts.n == 0)
		return usage_error("name the target: --to VERSION");
	set = named_rules(o, false, a);
	return set != NULL ? make_plan(o, set, a, json) : EXIT_USAGE;
}
