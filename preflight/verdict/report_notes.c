/*
 * Counts GitLab's published upgrade notes for the step by how the rules cover them. The notes are rows of
 * rules/coverage.yml.
 */
#include "verdict/report_notes.h"

#include <string.h>

#include "base/version.h"

static const struct data_table *
notes_of(const struct ruleset *set)
{
	for (size_t i = 0; i < set->tables.n; i++)
		if (strcmp(set->tables.items[i].fact.table, "upgrade_note") == 0)
			return &set->tables.items[i];
	return NULL;
}

static const char *
word(const struct data_table *t, const struct cell *row, const char *column)
{
	int i = fact_column_find(&t->fact, column);

	return i >= 0 && row[i].kind == CELL_TEXT ? row[i].s : "";
}

static int64_t
version_of(const struct data_table *t, const struct cell *row)
{
	int i = fact_column_find(&t->fact, "version");

	return i >= 0 && row[i].kind == CELL_INT ? row[i].i : 0;
}

struct open_notes {
	struct open_note *items;
	size_t n, cap;
};

static void
count(const struct instance *inst, const struct data_table *t, const struct cell *row, struct notes_coverage *c,
    struct open_notes *open)
{
	const char *state = word(t, row, "state");
	char version[VERSION_TEXT];

	c->total++;
	if (strcmp(state, "checked") == 0) {
		c->checked++;
	} else if (strcmp(state, "manual") == 0) {
		c->to_read++;
	} else {
		(void)version_minor_text(version_of(t, row), version);
		ARENA_PUSH(inst->arena, open,
		    ((struct open_note){
			arena_strdup(inst->arena, version), word(t, row, "note"), word(t, row, "why")}));
	}
}

struct notes_coverage
report_notes(const struct instance *inst, struct hop hop)
{
	const struct data_table *t = notes_of(inst->set);
	struct notes_coverage c = {.text = ""};
	struct open_notes open = {0};

	for (size_t i = 0; t != NULL && i < t->rows->n; i++) {
		int64_t v = version_minor(version_of(t, t->rows->items[i]));

		if (v > version_minor(hop.from) && v <= version_minor(hop.to))
			count(inst, t, t->rows->items[i], &c, &open);
	}
	c.open = open.items;
	c.n_open = open.n;
	if (c.total > 0)
		c.text = arena_printf(inst->arena,
		    "%zu of %zu published upgrade notes for this step %s checked by rules; %zu %s reading, %zu %s not covered",
		    c.checked, c.total, c.checked == 1 ? "is" : "are", c.to_read, c.to_read == 1 ? "needs" : "need",
		    c.n_open, c.n_open == 1 ? "is" : "are");
	return c;
}
