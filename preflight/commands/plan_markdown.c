/* The upgrade path in Markdown, for a wiki or a ticket: the table, and the notes of each step as boxes to tick. */
#include "commands/plan_markdown.h"

#include <stdio.h>

#include "base/text.h"
#include "base/version.h"
#include "commands/plan_print.h"
#include "reports/markdown.h"

#define DOCUMENT_MAX ((size_t)200000)

static void
cell(struct buf *b, struct arena *a, const char *text)
{
	buf_add(b, " ");
	markdown_text(b, a, text);
	buf_add(b, " |");
}

static void
row(struct buf *b, struct arena *a, const struct planned_hop *h)
{
	char v[VERSION_TEXT];
	struct texts lines = {0};

	buf_printf(b, "| %s | %s | %s |", h->number > 0 ? arena_printf(a, "%zu", h->number) : "",
	    version_text(h->to, v), h->step->chart != NULL ? h->step->chart : "");
	cell(b, a, plan_kind(h));
	cell(b, a, h->number > 0 ? plan_queues(a, h) : "");
	if (h->number > 0)
		plan_chores(a, h, &lines);
	else
		ARENA_PUSH(a, &lines, h->step->reason);
	buf_addc(b, ' ');
	for (size_t i = 0; i < lines.n; i++) {
		buf_add(b, i > 0 ? "<br>" : "");
		markdown_text(b, a, lines.items[i]);
	}
	buf_add(b, " |\n");
}

static void
head(struct buf *b, const struct instance *inst, const struct plan *p, const struct plan_hops *j)
{
	char from[VERSION_TEXT], to[VERSION_TEXT], at[TIME_PEOPLE];

	buf_printf(b, "### GitLab upgrade path: %s to %s\n\n%zu %s, %zu %s known today. ", version_text(p->from, from),
	    version_text(p->to, to), j->hops, j->hops == 1 ? "upgrade step" : "upgrade steps", j->chores,
	    j->chores == 1 ? "chore" : "chores");
	if (plan_is_informed(inst))
		buf_printf(b, "Data collected at %s; what is marked \\* is decided again there.\n\n",
		    text_time_people(inst->now, at));
	else
		buf_add(b, "No source was read: what depends on data is decided before each step.\n\n");
	buf_add(b, "| Step | GitLab | Chart | Kind | Queues | Before you start |\n|---|---|---|---|---|---|\n");
}

/* Folded: a step has up to some dozens. */
static void
notes(struct buf *b, struct arena *a, const struct planned_hop *h)
{
	char v[VERSION_TEXT];

	if (h->n_notes == 0)
		return;
	buf_printf(b, "\n<details><summary>Step %zu, to %s: %zu %s to read</summary>\n\n", h->number,
	    version_text(h->to, v), h->n_notes, h->n_notes == 1 ? "note" : "notes");
	for (size_t i = 0; i < h->n_notes; i++) {
		buf_add(b, "- [ ] ");
		markdown_text(b, a, h->notes[i]);
		buf_addc(b, '\n');
	}
	buf_add(b, "\n</details>\n");
}

/* All of them: a page has room. */
static void
tables(struct buf *b, struct arena *a, const struct planned_hop *h)
{
	char v[VERSION_TEXT];

	if (h->n_tables == 0)
		return;
	buf_printf(b, "\n<details><summary>Migrations of GitLab %s change %zu %s</summary>\n\n", version_text(h->to, v),
	    h->n_tables, h->n_tables == 1 ? "table" : "tables");
	buf_add(
	    b, "| Database | Table | Changes | Size as of the last ANALYZE, without indexes |\n|---|---|---|---|\n");
	for (size_t i = 0; i < h->n_tables; i++) {
		buf_add(b, "|");
		cell(b, a, h->tables[i].database);
		cell(b, a, h->tables[i].name);
		cell(b, a, h->tables[i].changes);
		cell(b, a, plan_size(a, &h->tables[i]));
		buf_addc(b, '\n');
	}
	buf_add(b, "\n</details>\n");
}

void
plan_print_markdown(const struct instance *inst, const struct plan *p, const struct plan_hops *j)
{
	struct arena *a = inst->arena;
	char v[VERSION_TEXT];
	struct buf b;

	if (j->hops == 0) {
		(void)printf("%s\n", plan_at_target(a, p));
		return;
	}
	buf_init(&b, DOCUMENT_MAX);
	head(&b, inst, p, j);
	for (size_t i = 0; i < j->n; i++)
		row(&b, a, &j->items[i]);
	buf_add(&b,
	    "\nQueues: batched background migrations on record that the releases of this step begin; all of them must be "
	    "finished before the next one.\n");
	for (size_t i = 0; i < j->n; i++) {
		tables(&b, a, &j->items[i]);
		notes(&b, a, &j->items[i]);
	}
	buf_printf(&b,
	    "\nA plan is not a gate: check before each step, first with\n\n```sh\npreflight check --to %s\n```\n",
	    version_text(p->items[p->next].version, v));
	buf_printf(&b, "\nRules %s, for %s.\n", inst->set->version, ruleset_known(inst->set, a));
	(void)fwrite(b.p, 1, b.len, stdout);
	buf_free(&b);
}
