/*
 * Compares two finished reports by the keys of their findings. A pure function: reads no file, evaluates no rule, and
 * prints nothing. A fault between the two is no progress: what is no longer checked is told apart from what is cleared.
 */
#include "reports/compare.h"

#include <stdlib.h>
#include <string.h>

#include "reports/chapters.h"

const char *const difference_word[] = {
    [DF_NEW] = "new",
    [DF_CHANGED] = "changed",
    [DF_UNSEEN] = "unseen",
    [DF_CLEARED] = "cleared",
    [DF_UNCHANGED] = "unchanged",
};

/* The findings of a gate, sorted for lookups. */
struct index {
	const struct finding **by_key, **by_rule;
	size_t n;
};
struct differences {
	struct difference *items;
	size_t n, cap;
};

static int
order_key(const void *pa, const void *pb)
{
	const struct finding *const *a = pa, *const *b = pb;

	return strcmp((*a)->key, (*b)->key);
}

static int
order_rule(const void *pa, const void *pb)
{
	const struct finding *const *a = pa, *const *b = pb;

	return strcmp((*a)->rule, (*b)->rule);
}

static struct index
index_of(struct arena *a, const struct gate_result *g)
{
	struct index x = {.n = g->n_findings};

	x.by_key = arena_alloc(a, (x.n + 1) * sizeof *x.by_key);
	x.by_rule = arena_alloc(a, (x.n + 1) * sizeof *x.by_rule);
	for (size_t i = 0; i < x.n; i++)
		x.by_key[i] = x.by_rule[i] = g->findings[i];
	if (x.n > 1) {
		qsort(x.by_key, x.n, sizeof *x.by_key, order_key);
		qsort(x.by_rule, x.n, sizeof *x.by_rule, order_rule);
	}
	return x;
}

/* The open finding of that key, or NULL. */
static const struct finding *
find_open(const struct index *x, const struct finding *f)
{
	const struct finding *const *found = x->n > 0 ? bsearch(&f, x->by_key, x->n, sizeof *x->by_key, order_key)
						      : NULL;

	return found != NULL && !is_quiet(*found) ? *found : NULL;
}

/* What became of a rule: its heaviest of unknown, error and skipped; ST_PASS if it was evaluated; ST_N if it is absent. */
static int
rule_state(const struct index *x, const struct finding *f)
{
	const struct finding *const *at = x->n > 0 ? bsearch(&f, x->by_rule, x->n, sizeof *x->by_rule, order_rule)
						   : NULL;
	int state = ST_PASS;

	if (at == NULL)
		return ST_N;
	while (at > x->by_rule && order_rule(at - 1, &f) == 0)
		at--;
	for (; at < x->by_rule + x->n && order_rule(at, &f) == 0; at++)
		if ((*at)->status == ST_UNKNOWN || (*at)->status == ST_ERROR ||
		    ((*at)->status == ST_SKIPPED && state == ST_PASS))
			state = (*at)->status;
	return state;
}

static const char *
progress_text(struct arena *a, const struct finding *f)
{
	if (!f->has_progress)
		return "";
	if (!f->progress.known)
		return f->progress.state != NULL ? f->progress.state : "";
	return arena_printf(a, "%lld.%lld %%%s%s", (long long)(f->progress.tenths / 10),
	    (long long)(f->progress.tenths % 10), f->progress.state != NULL ? " " : "",
	    f->progress.state != NULL ? f->progress.state : "");
}

static const char *
decided(const struct finding *f)
{
	return f->decision != NULL ? f->decision->kind : "undecided";
}

/* "waiting -> blocker, 34.2 % moving -> 51.0 % moving"; "" if nothing changed. */
static const char *
changes(struct arena *a, const struct finding *old, const struct finding *new)
{
	const char *const pairs[][2] = {{finding_word(a, old), finding_word(a, new)},
	    {progress_text(a, old), progress_text(a, new)}, {decided(old), decided(new)}};
	const char *all = "";

	for (size_t i = 0; i < nitems(pairs); i++)
		if (strcmp(pairs[i][0], pairs[i][1]) != 0)
			all = arena_printf(a, "%s%s%s -> %s", all, all[0] != '\0' ? ", " : "",
			    pairs[i][0][0] != '\0' ? pairs[i][0] : "no progress known",
			    pairs[i][1][0] != '\0' ? pairs[i][1] : "no progress known");
	if (all[0] != '\0')
		return all;
	if (old->effect != new->effect)
		return arena_printf(a, "%s -> %s", effect_word[old->effect], effect_word[new->effect]);
	return strcmp(old->message, new->message) != 0 ? "another text" : "";
}

/* Effects are ordered from the worst to none. */
static struct difference
of_newer(struct arena *a, const struct index *before, const struct finding *f)
{
	struct difference d = {.before = find_open(before, f), .after = f, .what = ""};
	int state;

	if (d.before != NULL) {
		d.what = changes(a, d.before, f);
		d.kind = d.what[0] != '\0' ? DF_CHANGED : DF_UNCHANGED;
		d.worse = f->effect < d.before->effect;
		return d;
	}
	state = rule_state(before, f);
	d.kind = DF_NEW;
	d.other_rules = state == ST_N;
	d.worse = f->effect != EF_NONE;
	if (state == ST_N)
		d.what = "the older report did not evaluate this rule";
	else if (state != ST_PASS)
		d.what = "the older report could not check this";
	return d;
}

static struct difference
of_older(const struct index *after, const struct finding *f)
{
	struct difference d = {.before = f, .what = ""};
	int state = rule_state(after, f);

	d.kind = state == ST_PASS ? DF_CLEARED : DF_UNSEEN;
	d.other_rules = state == ST_N;
	d.worse = d.kind == DF_UNSEEN && state != ST_N && f->effect != EF_NONE;
	if (state == ST_N)
		d.what = "the newer report does not evaluate this rule";
	else if (state == ST_SKIPPED)
		d.what = "its source was left out or not requested";
	else if (state != ST_PASS)
		d.what = "the rule could not be evaluated";
	return d;
}

/* By kind; within one, in the order of their report. */
static void
take_sorted(struct arena *a, struct report_diff *c, const struct differences *all)
{
	struct difference *items = arena_alloc(a, (all->n + 1) * sizeof *items);

	for (size_t kind = 0; kind < DF_N; kind++)
		for (size_t i = 0; i < all->n; i++)
			if (all->items[i].kind == (enum difference_kind)kind) {
				items[c->n++] = all->items[i];
				c->count[kind]++;
			}
	c->items = items;
}

static void
add_note(struct arena *a, struct texts *notes, const char *what, const char *old, const char *new)
{
	if (strcmp(old, new) != 0)
		ARENA_PUSH(a, notes,
		    arena_printf(
			a, "%s: %s -> %s", what, old[0] != '\0' ? old : "none", new[0] != '\0' ? new : "none"));
}

static void
add_notes(struct arena *a, struct report_diff *c)
{
	const struct report *o = c->before, *n = c->after;
	struct texts notes = {0};

	add_note(a, &notes, "Instance", o->label, n->label);
	add_note(a, &notes, "Upgrade step", arena_printf(a, "%s to %s", o->gate.from, o->gate.to),
	    arena_printf(a, "%s to %s", n->gate.from, n->gate.to));
	add_note(a, &notes, "Rules", arena_printf(a, "%s (%.12s)", o->rules_version, o->rules_digest),
	    arena_printf(a, "%s (%.12s)", n->rules_version, n->rules_digest));
	add_note(a, &notes, "Program", o->tool_version, n->tool_version);
	if (strcmp(n->finished_at, o->finished_at) < 0)
		ARENA_PUSH(a, &notes, "The second report is older than the first: are they in the right order?");
	c->notes = notes.items;
	c->n_notes = notes.n;
	c->other_rules = strcmp(o->rules_digest, n->rules_digest) != 0;
}

static bool
is_worse(const struct report_diff *c)
{
	enum gate old = c->before->gate.decision, new = c->after->gate.decision;

	if (old != new &&gate_worse(old, new) == new)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].worse && (old == new || c->items[i].kind == DF_UNSEEN))
			return true;
	return false;
}

struct report_diff
compare_reports(struct arena *a, const struct report *before, const struct report *after)
{
	const struct index older = index_of(a, &before->gate), newer = index_of(a, &after->gate);
	struct report_diff c = {.before = before, .after = after};
	struct differences all = {0};

	for (size_t i = 0; i < newer.n; i++)
		if (!is_quiet(after->gate.findings[i]))
			ARENA_PUSH(a, &all, of_newer(a, &older, after->gate.findings[i]));
	for (size_t i = 0; i < older.n; i++)
		if (!is_quiet(before->gate.findings[i]) && find_open(&newer, before->gate.findings[i]) == NULL)
			ARENA_PUSH(a, &all, of_older(&newer, before->gate.findings[i]));
	take_sorted(a, &c, &all);
	add_notes(a, &c);
	c.worse = is_worse(&c);
	return c;
}
