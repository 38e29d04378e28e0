/*
 * GitLab's published upgrade notes for the step, and what the findings make of each: checked, not applicable, to be read
 * by a person, or not covered. The notes are rows of rules/coverage.yml.
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

struct notes {
	struct note_line *items;
	size_t n, cap;
};
struct open_notes {
	struct open_note *items;
	size_t n, cap;
};

static bool
has_word(const char *list, const char *word_)
{
	size_t len = strlen(word_);

	for (const char *p = list; (p = strstr(p, word_)) != NULL; p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == '\0' || p[len] == ' '))
			return true;
	return false;
}

/* The note that a finding is about; NULL: its rule is about one note. */
static const char *
note_of(const struct finding *f)
{
	for (size_t i = 0; i < f->n_subject; i++)
		if (strcmp(f->subject[i].name, "note") == 0)
			return f->subject[i].value;
	return NULL;
}

/* What the rules that a note names came to. */
struct outcome {
	size_t rules;                               /* findings of them, other notes aside */
	size_t evaluated, manual, unknown, skipped; /* of these; the others are not applicable */
};

static struct outcome
outcome_of(const struct gate_result *g, const char *rules, const char *note)
{
	struct outcome o = {0};

	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];
		const char *about = note_of(f);

		if (!has_word(rules, f->rule))
			continue;
		o.rules++;
		if (about != NULL && strcmp(about, note) != 0)
			continue;
		o.manual += f->status == ST_MANUAL;
		o.unknown += f->status == ST_UNKNOWN || f->status == ST_ERROR;
		o.skipped += f->status == ST_SKIPPED;
		o.evaluated += f->status == ST_PASS || f->status == ST_FAIL || f->status == ST_WAITING;
	}
	return o;
}

/* Only a rule that was evaluated checks a note; a person reads what no rule has ruled out. */
static const char *
state_of(const char *declared, bool has_rules, const struct outcome *o)
{
	if (strcmp(declared, "not_covered") == 0)
		return declared;
	if (!has_rules)
		return strcmp(declared, "manual") == 0 ? "to_read" : declared;
	if (strcmp(declared, "manual") == 0)
		return o->manual > 0 || o->unknown > 0 || o->skipped > 0 || o->rules == 0 ? "to_read"
											  : "not_applicable";
	if (o->evaluated > 0 || o->unknown > 0)
		return "checked";
	return o->manual > 0 ? "to_read" : o->skipped > 0 ? "not_checked" : "not_applicable";
}

static const char *
why_of(const struct instance *inst, const char *state, const struct data_table *t, const struct cell *row)
{
	const char *concerns = word(t, row, "concerns");
	char *spaced_out;

	if (strcmp(state, "not_applicable") != 0)
		return word(t, row, "why");
	if (concerns[0] == '\0')
		return "";
	spaced_out = arena_strdup(inst->arena, concerns);
	for (char *p = spaced_out; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return arena_printf(inst->arena, "concerns %s", spaced_out);
}

static void
add(const struct instance *inst, const struct gate_result *g, const struct data_table *t, const struct cell *row,
    struct notes *out)
{
	const char *rules = word(t, row, "rules"), *note = word(t, row, "note");
	const struct outcome o = outcome_of(g, rules, note);
	const char *state = state_of(word(t, row, "state"), rules[0] != '\0', &o);
	char version[VERSION_TEXT];

	(void)version_minor_text(version_of(t, row), version);
	ARENA_PUSH(inst->arena, out,
	    ((struct note_line){arena_strdup(inst->arena, version), note, state, rules, why_of(inst, state, t, row)}));
}

static void
count(const struct instance *inst, struct notes_coverage *c)
{
	struct open_notes open = {0};

	for (size_t i = 0; i < c->n_notes; i++) {
		const struct note_line *l = &c->notes[i];

		c->checked += strcmp(l->state, "checked") == 0;
		c->to_read += strcmp(l->state, "to_read") == 0;
		c->not_applicable += strcmp(l->state, "not_applicable") == 0;
		if (strcmp(l->state, "not_covered") == 0 || strcmp(l->state, "not_checked") == 0)
			ARENA_PUSH(inst->arena, &open,
			    ((struct open_note){l->version, l->note,
				strcmp(l->state, "not_checked") == 0 ? "its data was not collected" : l->why}));
	}
	c->total = c->n_notes;
	c->open = open.items;
	c->n_open = open.n;
}

struct notes_coverage
report_notes(const struct instance *inst, struct hop hop, const struct gate_result *g)
{
	const struct data_table *t = notes_of(inst->set);
	struct notes_coverage c = {.text = ""};
	struct notes notes = {0};

	for (size_t i = 0; t != NULL && i < t->rows->n; i++) {
		int64_t v = version_minor(version_of(t, t->rows->items[i]));

		if (v > version_minor(hop.from) && v <= version_minor(hop.to))
			add(inst, g, t, t->rows->items[i], &notes);
	}
	c.notes = notes.items;
	c.n_notes = notes.n;
	count(inst, &c);
	if (c.total > 0)
		c.text = arena_printf(inst->arena,
		    "%zu of %zu published upgrade notes for this step %s checked by rules; %zu not applicable, "
		    "%zu %s reading, %zu not covered",
		    c.checked, c.total, c.checked == 1 ? "is" : "are", c.not_applicable, c.to_read,
		    c.to_read == 1 ? "needs" : "need", c.n_open);
	return c;
}
