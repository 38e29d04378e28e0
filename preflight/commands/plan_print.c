/* The upgrade path on a terminal: a table of its steps, and with -v their rules. Decides nothing. */
#include "commands/plan_print.h"

#include <stdio.h>

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

bool
plan_is_informed(const struct instance *inst)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].state == PART_READ)
			return true;
	return false;
}

void
plan_chores(struct arena *a, const struct planned_hop *h, struct texts *out)
{
	for (size_t i = 0; i < h->n_chores && i < CHORES_SHOWN; i++)
		ARENA_PUSH(a, out, h->chores[i]);
	if (h->n_chores > CHORES_SHOWN)
		ARENA_PUSH(a, out, arena_printf(a, "and %zu more", h->n_chores - CHORES_SHOWN));
	if (h->step->undecided)
		ARENA_PUSH(a, out, h->step->reason);
	if (h->unknown > 0)
		ARENA_PUSH(a, out,
		    arena_printf(a, "%zu %s could not be decided: what %s was not read", h->unknown,
			h->unknown == 1 ? "rule" : "rules", h->unknown == 1 ? "it needs" : "they need"));
	if (h->n_notes > 0)
		ARENA_PUSH(a, out, arena_printf(a, "%zu %s to read", h->n_notes, h->n_notes == 1 ? "note" : "notes"));
}

static void
print_chores(const struct planned_hop *h, struct arena *a)
{
	struct texts lines = {0};

	plan_chores(a, h, &lines);
	if (lines.n == 0)
		ARENA_PUSH(a, &lines, "-");
	for (size_t i = 0; i < lines.n; i++) {
		if (i > 0)
			(void)printf("%*s", CHORES_AT, "");
		print_wrapped(lines.items[i], CHORES_AT);
	}
}

const char *
plan_kind(const struct planned_hop *h)
{
	static const char *const kinds[] = {[SK_CURRENT] = "current",
	    [SK_REQUIRED] = "required",
	    [SK_CONDITIONAL] = "conditional",
	    [SK_INTERMEDIATE] = "detour",
	    [SK_TARGET] = "target"};

	return h->number == 0 ? "not needed*" : h->step->undecided ? "undecidable*" : kinds[h->step->kind];
}

const char *
plan_queues(struct arena *a, const struct planned_hop *h)
{
	return h->queues > 0 ? arena_printf(a, "at least %zu", h->queues) : "not on record";
}

static void
print_hop(const struct planned_hop *h, struct arena *a)
{
	char v[VERSION_TEXT], number[24] = "";

	if (h->number > 0)
		(void)snprintf(number, sizeof number, "%zu", h->number);
	(void)printf("%2s  %-9s %-6s %-13s %-7s %-6s %-13s ", number, version_text(h->to, v),
	    h->step->chart != NULL ? h->step->chart : "", plan_kind(h), h->number == 0 ? "" : "?",
	    h->number == 0 ? "" : "?", h->number == 0 ? "" : plan_queues(a, h));
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

const char *
plan_size(struct arena *a, const struct changed_table *t)
{
	char rows[TIME_TEXT], bytes[TIME_TEXT];

	return arena_printf(a, "%s rows, %s bytes", t->rows < 0 ? "unknown number of" : text_count(t->rows, rows),
	    text_count(t->bytes, bytes));
}

static void
print_tables(const struct planned_hop *h, struct arena *a, bool all)
{
	char v[VERSION_TEXT];
	size_t shown = all || h->n_tables <= PLAN_TABLES_SHOWN ? h->n_tables : PLAN_TABLES_SHOWN;

	if (h->n_tables == 0)
		return;
	(void)printf("\nMigrations of GitLab %s change %zu %s (size as of the last ANALYZE, without indexes):\n",
	    version_text(h->to, v), h->n_tables, h->n_tables == 1 ? "table" : "tables");
	for (size_t i = 0; i < shown; i++)
		(void)printf("  %-5s %-9s %s: %s\n", h->tables[i].database, h->tables[i].changes, h->tables[i].name,
		    plan_size(a, &h->tables[i]));
	if (shown < h->n_tables)
		(void)printf("  and %zu smaller ones; -v lists them\n", h->n_tables - shown);
}

const char *
plan_at_target(struct arena *a, const struct plan *p)
{
	char from[VERSION_TEXT], to[VERSION_TEXT];

	return arena_printf(a,
	    "GitLab %s is installed, and the target is %s: there is no upgrade step. "
	    "preflight check --after checks this release.",
	    version_text(p->from, from), version_text(p->to, to));
}

void
plan_print_text(const struct instance *inst, const struct plan *p, const struct plan_hops *j, bool verbose)
{
	char from[VERSION_TEXT], to[VERSION_TEXT], v[VERSION_TEXT], at[TIME_PEOPLE];

	if (j->hops == 0) {
		(void)printf("%s\n", plan_at_target(inst->arena, p));
		return;
	}

	(void)printf("%s -> %s: %zu %s, %zu %s known today.\nRules %s cover GitLab %s.\n", version_text(p->from, from),
	    version_text(p->to, to), j->hops, j->hops == 1 ? "upgrade step" : "upgrade steps", j->chores,
	    j->chores == 1 ? "chore" : "chores", inst->set->version, ruleset_known(inst->set, inst->arena));
	if (plan_is_informed(inst))
		(void)printf("Data collected at %s; what is marked * is decided again there.\n\n",
		    text_time_people(inst->now, at));
	else
		(void)printf("No source was read: what depends on data is decided before each step.\n\n");
	(void)printf(" #  %-9s %-6s %-13s %-7s %-6s %-13s %s\n", "GitLab", "chart", "kind", "window", "wait", "queues",
	    "before you start");
	for (size_t i = 0; i < j->n; i++)
		print_hop(&j->items[i], inst->arena);
	for (size_t i = 0; i < j->n; i++)
		print_tables(&j->items[i], inst->arena, verbose);
	if (verbose)
		print_rules(j);
	(void)printf(
	    "\n\"?\": the duration is not on record. \"queues\": batched background "
	    "migrations on record\nthat the releases of this step begin; all of them must be finished before the next one.\n"
	    "%sA plan is not a gate: check before each step, first with  preflight check --to %s\n",
	    verbose ? "" : "preflight plan -v lists the notes and the rules of each step.\n",
	    version_text(p->items[p->next].version, v));
}
