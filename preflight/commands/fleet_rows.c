/*
 * Compares many reports with the list of expected instances. A bundle that cannot be read is a row, never nothing; what
 * is shown of a row is worded in reports/fleet*.c.
 */
#include "commands/fleet_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "commands/stored_report.h"
#include "discovery/options.h"

#define CLOCK_SLACK_US ((int64_t)5 * 60 * 1000000) /* by how much clocks of two hosts may differ */
#define NAMED_MOST 5                               /* labels in a note */

struct fleet_rows {
	struct fleet_row *items;
	size_t n, cap;
};

static const char *
keep(struct arena *a, const char *s)
{
	return text_clean(a, s, strlen(s), 400);
}

static const char *
chart_of(struct arena *a, const struct ruleset *set, const struct report *r)
{
	struct version to;
	struct err e;

	if (set == NULL || (strcmp(r->install_method, "helm") != 0 && strcmp(r->install_method, "operator") != 0) ||
	    !version_parse(r->gate.to, &to, &e))
		return "";
	for (size_t i = 0; i < set->stops.n; i++)
		if (version_minor(set->stops.items[i].version) == version_minor(to.key) &&
		    set->stops.items[i].chart != NULL)
			return arena_strdup(a, set->stops.items[i].chart);
	return "";
}

/* What a reader wants of the findings: what blocks, and for how long something takes. */
static void
take_findings(struct arena *a, const struct gate_result *g, struct fleet_row *row)
{
	size_t blocking = 0;

	row->blocker = row->eta = "";
	for (size_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].effect == EF_BLOCKS && blocking++ == 0 && g->groups[i].rule != NULL)
			row->blocker = keep(a, g->groups[i].rule);
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (f->effect == EF_WAITS && row->eta[0] == '\0' && f->has_progress && f->progress.eta != NULL)
			row->eta = keep(a, f->progress.eta);
	}
	row->more = blocking > 0 ? blocking - 1 : 0;
}

static struct fleet_row
row_of(struct arena *a, const struct report *r, const struct ruleset *set, const char *path)
{
	struct fleet_row row = {.label = keep(a, r->label),
	    .path = path,
	    .state = r->complete ? FS_CURRENT : FS_INCOMPLETE,
	    .why = r->complete ? "" : "the run was interrupted",
	    .has_verdict = true,
	    .decision = r->gate.decision,
	    .exit_code = r->gate.exit_code,
	    .version = keep(a, r->current_version),
	    .next = keep(a, r->gate.to),
	    .chart = chart_of(a, set, r),
	    .headline = keep(a, r->gate.headline),
	    .rules = keep(a, r->rules_version),
	    .tool = keep(a, r->tool_version)};

	if (!text_time_read(r->finished_at, &row.at))
		row.at = 0;
	row.since = row.at;
	take_findings(a, &r->gate, &row);
	return row;
}

static struct fleet_row
row_without(const char *label, const char *path, enum fleet_state state, const char *why)
{
	return (struct fleet_row){.label = label,
	    .path = path,
	    .state = state,
	    .why = why,
	    .version = "",
	    .next = "",
	    .chart = "",
	    .headline = "",
	    .blocker = "",
	    .eta = "",
	    .rules = "",
	    .tool = ""};
}

/* The memory of a bundle is that of this call. */
static struct fleet_row
read_row(struct arena *a, const char *path, const struct ruleset *set)
{
	CLEANUP(arena_drop) struct arena *own = arena_new();
	const char *shown = text_clean(a, path, strlen(path), 400);
	const struct report *r;
	struct err e;

	r = stored_report(own, path, &e);
	return r != NULL ? row_of(a, r, set, shown) : row_without("", shown, FS_UNREADABLE, keep(a, e.msg));
}

/* By label, the newest first. */
static int
by_label(const void *pa, const void *pb)
{
	const struct fleet_row *a = pa, *b = pb;
	int c = strcmp(a->label, b->label);

	if (c == 0 && a->at != b->at)
		return a->at > b->at ? -1 : 1;
	return c != 0 ? c : strcmp(a->path, b->path);
}

/* The newest of one label, which knows how long its verdict has been the same. */
static struct fleet_row
newest(const struct fleet_row *rows, size_t n)
{
	struct fleet_row row = rows[0];

	for (size_t i = 1; i < n && rows[i].decision == row.decision && rows[i].version != NULL; i++)
		row.since = rows[i].at;
	return row;
}

static void
judge_age(struct arena *a, struct fleet_row *row, int64_t max_age_us, int64_t at)
{
	char limit[TIME_TEXT];

	if (row->state != FS_CURRENT)
		return;
	if (row->at == 0 || row->at > at + CLOCK_SLACK_US) {
		row->state = FS_OLD;
		row->why = row->at == 0 ? "it has no time" : "its time is in the future: check the clock of its host";
	} else if (at - row->at > max_age_us) {
		row->state = FS_OLD;
		row->why = arena_printf(a, "older than %s", text_duration(max_age_us, limit));
	}
}

static const struct expected_instance *
expected_of(const struct expected_fleet *x, const char *label)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->items[i].label, label) == 0)
			return &x->items[i];
	return NULL;
}

/* One row a label, and one for each bundle that cannot be read or has no label. */
static void
take_rows(
    struct arena *a, const struct expected_fleet *x, const struct fleet_rows *all, struct fleet_rows *out, int64_t at)
{
	for (size_t i = 0, n; i < all->n; i += n) {
		const struct expected_instance *want = expected_of(x, all->items[i].label);
		struct fleet_row row;

		for (n = 1; all->items[i].label[0] != '\0' && i + n < all->n &&
		     strcmp(all->items[i + n].label, all->items[i].label) == 0;
		     n++)
			;
		row = newest(&all->items[i], n);
		if (want != NULL)
			judge_age(a, &row, want->max_age_us, at);
		else if (row.state != FS_UNREADABLE) {
			row.state = FS_UNEXPECTED;
			row.why = row.label[0] != '\0' ? "the list of --expect does not name it"
						       : "its bundle has no label";
		}
		ARENA_PUSH(a, out, row);
	}
}

static void
add_missing(struct arena *a, const struct expected_fleet *x, struct fleet_rows *rows)
{
	size_t had = rows->n;

	for (size_t i = 0; i < x->n; i++) {
		bool found = false;

		for (size_t k = 0; k < had; k++)
			found = found || strcmp(rows->items[k].label, x->items[i].label) == 0;
		if (!found)
			ARENA_PUSH(
			    a, rows, row_without(keep(a, x->items[i].label), "", FS_MISSING, "no bundle is about it"));
	}
}

/* Problems first, then the worst verdict, then by name. */
static int
by_need(const void *pa, const void *pb)
{
	const struct fleet_row *a = pa, *b = pb;
	int c;

	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (a->decision != b->decision)
		return a->decision > b->decision ? -1 : 1;
	c = text_natural(a->label, strlen(a->label), b->label, strlen(b->label));
	return c != 0 ? c : strcmp(a->path, b->path);
}

/* "2026.11 (38), 2026.10 (2: shop-eu, shop-us)", the most frequent first; NULL where all are equal. */
static const char *
unequal(struct arena *a, const struct fleet *f, const char *what, const char *(*get)(const struct fleet_row *))
{
	struct texts values = {0};
	const char *text = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (f->rows[i].has_verdict && !texts_has(&values, get(&f->rows[i])))
			ARENA_PUSH(a, &values, get(&f->rows[i]));
	if (values.n < 2)
		return NULL;
	qsort(values.items, values.n, sizeof *values.items, by_text);
	for (size_t v = 0; v < values.n; v++) {
		const char *names = "";
		size_t n = 0;

		for (size_t i = 0; i < f->n; i++)
			if (f->rows[i].has_verdict && strcmp(get(&f->rows[i]), values.items[v]) == 0 &&
			    n++ < NAMED_MOST)
				names = arena_printf(a, "%s%s%s", names, n > 1 ? ", " : "", f->rows[i].label);
		text = arena_printf(a, "%s%s%s (%zu: %s%s)", text != NULL ? text : what, text != NULL ? ", " : "",
		    values.items[v], n, names, n > NAMED_MOST ? ", ..." : "");
	}
	return text;
}

static const char *
rules_of(const struct fleet_row *r)
{
	return r->rules;
}

static const char *
tool_of(const struct fleet_row *r)
{
	return r->tool;
}

/* The ages that are furthest apart. */
static const char *
ages(struct arena *a, const struct fleet *f)
{
	const struct fleet_row *old = NULL, *new = NULL;
	char first[TIME_TEXT], last[TIME_TEXT];

	for (size_t i = 0; i < f->n; i++) {
		const struct fleet_row *r = &f->rows[i];

		if (r->at > 0 && (old == NULL || r->at < old->at))
			old = r;
		if (r->at > 0 && (new == NULL || r->at > new->at))
			new = r;
	}
	if (old == NULL || new == NULL || old == new)
		return NULL;
	return arena_printf(a, "Data is from %s (%s) to %s old (%s)", fleet_age(f, new, first), new->label,
	    fleet_age(f, old, last), old->label);
}

static void
add_notes(struct arena *a, struct fleet *f)
{
	const char *const notes[] = {
	    unequal(a, f, "Rules differ: ", rules_of), unequal(a, f, "Programs differ: ", tool_of), ages(a, f)};
	struct texts kept = {0};

	for (size_t i = 0; i < nitems(notes); i++)
		if (notes[i] != NULL)
			ARENA_PUSH(a, &kept, notes[i]);
	f->notes = kept.items;
	f->n_notes = kept.n;
}

/* Unexpected ones do not count: whose they are is not known. */
static void
decide_all(struct arena *a, struct fleet *f)
{
	size_t count[G_NO_GO + 1] = {0};
	const char *text;

	for (size_t i = 0; i < f->n; i++) {
		const struct fleet_row *r = &f->rows[i];

		f->n_problems += r->state < FS_CURRENT;
		if (r->state != FS_CURRENT)
			continue;
		count[r->decision]++;
		if (r->decision == f->worst && r->exit_code > f->exit_code)
			f->exit_code = r->exit_code;
		if (gate_worse(r->decision, f->worst) != f->worst) {
			f->worst = r->decision;
			f->exit_code = r->exit_code;
		}
	}
	if (f->n_problems > 0)
		f->exit_code = EXIT_UNDETERMINED;
	text = arena_printf(a, "%zu of %zu expected %s no current verdict", f->n_problems, f->expected,
	    f->n_problems == 1 ? "instances has" : "instances have");
	if (f->n_problems == 0)
		text = arena_printf(a, "%s of %zu expected %s", "Current verdicts", f->expected,
		    f->expected == 1 ? "instance" : "instances");
	for (size_t g = G_NO_GO + 1; g-- > 0;)
		if (count[g] > 0)
			text = arena_printf(a, "%s; %zu %s", text, count[g], gate_title[g]);
	f->headline = text;
}

struct fleet
fleet_of(
    struct arena *a, const struct expected_fleet *x, const struct texts *paths, const struct ruleset *set, int64_t at)
{
	struct fleet f = {.at = at, .expected = x->n, .worst = G_GO};
	struct fleet_rows all = {0}, rows = {0};

	for (size_t i = 0; i < paths->n; i++)
		ARENA_PUSH(a, &all, read_row(a, paths->items[i], set));
	if (all.n > 1)
		qsort(all.items, all.n, sizeof *all.items, by_label);
	take_rows(a, x, &all, &rows, at);
	add_missing(a, x, &rows);
	if (rows.n > 1)
		qsort(rows.items, rows.n, sizeof *rows.items, by_need);
	f.rows = rows.items;
	f.n = rows.n;
	add_notes(a, &f);
	decide_all(a, &f);
	return f;
}
