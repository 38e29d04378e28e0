/*
 * Divides a group of a report into parts: findings in the same state that have the same fix. A person then reads one
 * fix, with the commands of all of them as one list, and not the same sentence for each finding. Counts the findings of
 * a gate by what they do. Decides nothing.
 */
#include "reports/derive.h"

#include <string.h>

struct part_work {
	const char *state;
	const struct finding **items;
	size_t n, cap;
};
struct part_works {
	struct part_work *items;
	size_t n, cap;
};

static const char *
state_of(const struct finding *f)
{
	return f->has_progress ? f->progress.state : NULL;
}

/* Work in progress needs nothing done, so all of it is one table, whatever its states are. */
static const char *
part_state(const struct finding *f)
{
	return f->effect == EF_WAITS ? NULL : state_of(f);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Steps may name their finding only where there is no more than one: lists of several would not fit together. */
static bool
fits(const struct remedy *a, const struct remedy *b)
{
	if (a->n_steps != b->n_steps || strcmp(a->install_method, b->install_method) != 0)
		return false;
	for (size_t i = 0; i < a->n_steps; i++) {
		const struct remedy_step *s = &a->steps[i], *t = &b->steps[i];

		if ((s->command == NULL) != (t->command == NULL) || (a->n_steps > 1 && strcmp(s->text, t->text) != 0))
			return false;
	}
	return true;
}

static bool
belongs(const struct part_work *w, const struct finding *f)
{
	const struct finding *first = w->items[0];

	if (!same_text(w->state, part_state(f)) || first->n_remedies != f->n_remedies)
		return false;
	for (size_t i = 0; i < f->n_remedies; i++)
		if (!fits(&first->remedies[i], &f->remedies[i]))
			return false;
	return true;
}

struct command_line {
	const char *text;
	size_t len;
};

/* The same command often belongs to several findings; it is one line. */
static bool
has_line(const struct command_line *lines, size_t n, const char *text, size_t len)
{
	for (size_t i = n; i > 0; i--)
		if (lines[i - 1].len == len && memcmp(lines[i - 1].text, text, len) == 0)
			return true;
	return false;
}

/* The commands of those findings whose step has this text, a line each. */
static const char *
commands(struct arena *a, const struct part_work *w, size_t remedy, size_t step, const char *text)
{
	struct command_line *lines = arena_alloc(a, w->n * sizeof *lines);
	const char *joined = NULL;
	size_t n = 0;
	struct buf b;

	for (size_t i = 0; i < w->n; i++) {
		const struct remedy_step *s = &w->items[i]->remedies[remedy].steps[step];
		size_t len = s->command != NULL ? strlen(s->command) : 0;

		if (len > 0 && strcmp(s->text, text) == 0 && !has_line(lines, n, s->command, len))
			lines[n++] = (struct command_line){s->command, len};
	}
	buf_init(&b, (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? "\n" : "", lines[i].text);
	if (n > 0)
		joined = arena_strdup(a, b.p);
	buf_free(&b);
	return joined;
}

struct part_steps {
	struct remedy_step *items;
	size_t n, cap;
};

static bool
has_step(const struct part_steps *steps, const char *text)
{
	for (size_t i = 0; i < steps->n; i++)
		if (strcmp(steps->items[i].text, text) == 0)
			return true;
	return false;
}

static struct remedy
merged(struct arena *a, const struct part_work *w, size_t remedy)
{
	const struct remedy *first = &w->items[0]->remedies[remedy];
	struct part_steps steps = {0};

	for (size_t s = 0; s < first->n_steps; s++) {
		struct part_steps same = {0}; /* step `s` of all findings, each text once */

		for (size_t i = 0; i < w->n; i++) {
			const char *text = w->items[i]->remedies[remedy].steps[s].text;
			struct remedy_step step;

			if (has_step(&same, text))
				continue;
			step = (struct remedy_step){.text = text, .command = commands(a, w, remedy, s, text)};
			ARENA_PUSH(a, &same, step);
			ARENA_PUSH(a, &steps, step);
		}
	}
	return (struct remedy){first->install_method, first->install_title, steps.items, steps.n};
}

static struct group_part
part_of(struct arena *a, const struct part_work *w)
{
	const struct finding *first = w->items[0];
	struct group_part p = {.state = w->state,
	    .items = w->items,
	    .n = w->n,
	    .remedies = first->remedies,
	    .n_remedies = first->n_remedies};
	struct remedy *remedies;

	if (w->n == 1 || first->n_remedies == 0)
		return p;
	remedies = arena_alloc(a, first->n_remedies * sizeof *remedies);
	for (size_t i = 0; i < first->n_remedies; i++)
		remedies[i] = merged(a, w, i);
	p.remedies = remedies;
	return p;
}

static void
put(struct arena *a, struct part_works *works, const struct finding *f)
{
	size_t i = 0;

	while (i < works->n && !belongs(&works->items[i], f))
		i++;
	if (i == works->n)
		ARENA_PUSH(a, works, ((struct part_work){.state = part_state(f)}));
	if (works->items[i].n == works->items[i].cap)
		works->items[i].items = arena_grow(
		    a, works->items[i].items, sizeof(const struct finding *), &works->items[i].cap);
	works->items[i].items[works->items[i].n++] = f;
}

static void
add_state(struct state_count *states, size_t *n, const char *state)
{
	size_t i = 0;

	while (i < *n && strcmp(states[i].word, state) != 0)
		i++;
	if (i == *n)
		states[(*n)++].word = state;
	states[i].n++;
}

static void
count_states(struct arena *a, struct group *g)
{
	struct state_count *states = arena_alloc(a, (g->n + 1) * sizeof *states);

	memset(states, 0, (g->n + 1) * sizeof *states);
	g->n_states = 0;
	for (size_t i = 0; i < g->n; i++)
		if (state_of(g->items[i]) != NULL)
			add_state(states, &g->n_states, state_of(g->items[i]));
	g->states = states;
}

void
derive_parts(struct arena *a, struct group *g)
{
	struct part_works works = {0};
	struct group_part *parts;

	for (size_t i = 0; i < g->n; i++)
		put(a, &works, g->items[i]);
	parts = arena_alloc(a, (works.n + 1) * sizeof *parts);
	for (size_t i = 0; i < works.n; i++)
		parts[i] = part_of(a, &works.items[i]);
	g->parts = parts;
	g->n_parts = works.n;
	count_states(a, g);
}

/* Findings about which a person decided are counted apart. */
static size_t
count_findings(const struct group *k, struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		const struct decision *c = k->items[i]->decision;

		if (c == NULL)
			n += 1 + k->items[i]->more;
		else if (strcmp(c->kind, "accepted") == 0)
			t->accepted++;
		else
			t->confirmed++;
	}
	return n;
}

static void
count_group(const struct group *k, struct tally *t)
{
	size_t n = count_findings(k, t);

	if (k->status == ST_MANUAL)
		t->to_read += n;
	else if (k->status == ST_UNKNOWN || k->status == ST_ERROR)
		t->unknown++;
	else if (k->effect == EF_BLOCKS)
		t->blockers += n;
	else if (k->effect == EF_WAITS)
		t->waiting += n;
	else if (k->effect == EF_WARNS)
		t->warnings += n;
	else
		t->notices += n;
}

struct uncheckeds {
	struct unchecked *items;
	size_t n, cap;
};
struct findings_of_cause {
	const struct finding **items;
	size_t n, cap;
};

/* Few causes, some dozens of rules. */
static void
add_unchecked(struct arena *a, const struct gate_result *g, const char *cause, struct uncheckeds *out)
{
	struct findings_of_cause list = {0};

	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->items[i].cause, cause) == 0)
			return;
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (f->status == ST_SKIPPED && f->cause != NULL && strcmp(f->cause, cause) == 0)
			ARENA_PUSH(a, &list, f);
	}
	ARENA_PUSH(a, out, ((struct unchecked){cause, list.items, list.n}));
}

void
derive_tally(struct arena *a, struct gate_result *g)
{
	struct uncheckeds list = {0};

	g->tally = (struct tally){.passed = g->by_status[ST_PASS],
	    .not_checked = g->by_status[ST_SKIPPED],
	    .not_applicable = g->by_status[ST_NOT_APPLICABLE]};
	for (size_t i = 0; i < g->n_groups; i++)
		count_group(&g->groups[i], &g->tally);
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->status == ST_SKIPPED && g->findings[i]->cause != NULL)
			add_unchecked(a, g, g->findings[i]->cause, &list);
	g->unchecked = list.items;
	g->n_unchecked = list.n;
}
