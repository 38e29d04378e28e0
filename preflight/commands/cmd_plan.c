/*
 * `preflight plan`: prints the upgrade path with what each step needs, as text, JSON or Markdown. The path is made in
 * verdict/plan.c and verdict/plan_hops.c; the exit code is no verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/assess.h"
#include "discovery/name_rules.h"
#include "discovery/take_facts.h"
#include "verdict/plan_hops.h"
#include "commands/output.h"
#include "commands/plan_markdown.h"
#include "commands/plan_print.h"
#include "base/json.h"
#include "base/text.h"
#include "base/version.h"

enum { PLAN_TEXT, PLAN_JSON, PLAN_MARKDOWN };
static const char *const plan_formats[] = {"text", "json", "markdown", NULL};

static json_t *
hop_json(const struct planned_hop *h)
{
	json_t *rules = json_array(), *chores = json_array(), *notes = json_array(), *tables = json_array();
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
	for (size_t i = 0; i < h->n_tables; i++)
		(void)json_array_append_new(tables,
		    json_pack("{s:s, s:s, s:s, s:o, s:I}", "database", h->tables[i].database, "table",
			h->tables[i].name, "changes", h->tables[i].changes, "rows",
			h->tables[i].rows >= 0 ? json_integer((json_int_t)h->tables[i].rows) : json_null(), "bytes",
			(json_int_t)h->tables[i].bytes));
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "version",
	    version_text(h->to, v), "kind", step_kind_word[h->step->kind], "state", step_state_word[h->step->state],
	    "reason", h->step->reason, "chart", h->step->chart, "hop", (json_int_t)h->number, "queues",
	    (json_int_t)h->queues, "to_read", (json_int_t)h->n_notes, "undecided_rules", (json_int_t)h->unknown,
	    "chores", chores, "notes", notes, "rules", rules, "tables", tables);
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
	(void)json_print(all, 2, stdout);
	json_decref(all);
}

static int
make_plan(const struct options *o, const struct ruleset *set, struct arena *a, size_t format)
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
	    !assess(&an, set, &taken.facts, take_facts_read(&taken), &in, taken.hypothetical, &e))
		return complain(&e);
	if (!an.has_plan)
		return usage_error("the installed version is unknown: specify it with --from VERSION");
	if (an.plan.to < an.plan.from)
		return usage_error("GitLab cannot be downgraded: the target is older than what is installed");
	if (!plan_hops_make(an.instance, &an.plan, &hops, &e))
		return complain(&e);
	if (format == PLAN_JSON)
		print_json(&an.plan, &hops);
	else if (format == PLAN_MARKDOWN)
		plan_print_markdown(an.instance, &an.plan, &hops);
	else
		plan_print_text(an.instance, &an.plan, &hops, o->verbose);
	return EXIT_GO;
}

int
cmd_plan(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	size_t format;
	struct err e;

	if (o->words.n > 0)
		return usage_error("plan takes no argument \"%s\": the target is --to VERSION", o->words.items[0]);
	if (!output_choose("plan", o, plan_formats, &format, &e))
		return complain(&e);
	if (o->to == NULL && o->facts.n == 0)
		return usage_error("name the target: --to VERSION");
	set = named_rules(o, false, a);
	return set != NULL ? make_plan(o, set, a, format) : EXIT_USAGE;
}
