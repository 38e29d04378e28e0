#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "config.h"
#include "log.h"
#include "output.h"
#include "ruleset_read.h"
#include "session.h"
#include "version.h"

static void
set_drop(struct ruleset **set)
{
	ruleset_free(*set);
}

static void
print_text(const struct world *w, const struct plan *p)
{
	char from[VERSION_TEXT], to[VERSION_TEXT], v[VERSION_TEXT];
	size_t hops = 0, n = 0;

	for (size_t i = 1; i < p->n; i++)
		hops += p->items[i].state != SS_NOT_NEEDED;
	(void)printf("%s -> %s: %zu %s. Rules %s know the hops within GitLab %s.\n\n",
	    version_text(p->from, from), version_text(p->to, to), hops, hops == 1 ? "hop" : "hops",
	    w->set->version, ruleset_known(w->set, w->arena));
	(void)printf(" #  %-10s %-6s %-17s %-11s %s\n", "GitLab", "chart", "kind", "state", "why");
	for (size_t i = 1; i < p->n; i++) {
		const struct step *s = &p->items[i];
		char number[8] = "";

		if (s->state != SS_NOT_NEEDED)
			(void)snprintf(number, sizeof number, "%zu", ++n);
		(void)printf("%2s  %-10s %-6s %-17s %-11s %s\n", number, version_text(s->version, v),
		    s->chart != NULL ? s->chart : "", step_kind_word[s->kind], step_state_word[s->state],
		    s->reason);
	}
	(void)printf("\nA plan is not a gate: ask before each hop, first  preflight check --to %s\n",
	    version_text(p->items[p->next].version, v));
}

static void
print_json(const struct world *w, const struct plan *p)
{
	json_t *steps = json_array(), *all;
	char v[VERSION_TEXT];
	char *text;

	(void)w;
	for (size_t i = 0; i < p->n; i++)
		(void)json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s}", "version",
		    version_text(p->items[i].version, v), "kind", step_kind_word[p->items[i].kind], "state",
		    step_state_word[p->items[i].state], "reason", p->items[i].reason));
	all = json_pack("{s:{s:o, s:s}}", "plan", "steps", steps, "next",
	    version_text(p->items[p->next].version, v));
	text = json_dumps(all, JSON_INDENT(2));
	(void)printf("%s\n", text);
	free(text);
	json_decref(all);
}

static bool
gather(const struct options *o, const struct ruleset *set, struct arena *a, struct inputs *in,
    struct members *facts, struct err *e)
{
	static const struct left_outs nothing;
	int64_t timeout = 120 * (int64_t)1000000;
	struct source *sources;
	struct session s;
	struct bundle b;
	size_t n;

	if (o->timeout != NULL && (!read_duration(o->timeout, &timeout) || timeout <= 0))
		return fail(e, NOWHERE, "--timeout %s: write it as 90s or 5min", o->timeout);
	if (o->facts.n > 0) {
		const struct member *inputs;

		if (!bundle_read(a, o->facts.items[0], &b, e))
			return false;
		*facts = b.members;
		inputs = members_find(&b.members, "inputs.json");
		return inputs == NULL || inputs_merge(in, inputs->data, inputs->len, a, e);
	}
	if (!config_sources(o, set, &nothing, a, &sources, &n, e))
		return false;
	session_collect(set, sources, n, &nothing, installed_key(o->from), timeout, a, &s);
	*facts = s.facts;
	return true;
}

static int
make_plan(const struct options *o, const struct ruleset *set, struct arena *a, bool json)
{
	CLEANUP(answer_drop) struct answer an = {0};
	struct inputs in = {.from = o->from, .to = o->to, .install_method = o->install_method};
	struct members facts = {0};
	struct version from;
	int64_t to;
	struct err e;

	if (o->from != NULL && (!version_parse(o->from, &from, &e) || from.parts != 3))
		return usage_error("--from %s: name all three numbers, such as 14.1.8", o->from);
	if (o->to != NULL && !plan_resolve(set, o->to, &to, &e))
		return usage_error("--to: %s", e.msg);
	if (!gather(o, set, a, &in, &facts, &e) || !answer_make(&an, set, &facts, &in, false, &e))
		return usage_error("%s", e.msg);
	if (!an.has_plan)
		return usage_error("the installed version is not known: say it with --from VERSION");
	if (an.plan.to < an.plan.from)
		return usage_error("GitLab cannot be downgraded: the target is older than what is installed");
	if (json)
		print_json(an.world, &an.plan);
	else
		print_text(an.world, &an.plan);
	return EXIT_GO;
}

int
cmd_plan(const struct options *o, struct arena *a)
{
	CLEANUP(set_drop) struct ruleset *set = NULL;
	bool json = o->formats.n == 1 && strcmp(o->formats.items[0], "json") == 0;

	if (o->words.n > 0)
		return usage_error("plan takes no argument \"%s\": the target is --to VERSION",
		    o->words.items[0]);
	if (o->formats.n > 0 && !json && strcmp(o->formats.items[0], "text") != 0)
		return usage_error("plan has the formats text and json");
	if (o->to == NULL && o->facts.n == 0)
		return usage_error("name the target: --to VERSION");
	set = config_rules(o);
	return set != NULL ? make_plan(o, set, a, json) : EXIT_USAGE;
}
