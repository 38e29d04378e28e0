/*
 * Computes the upgrade path from the stops of the rules, with conditional stops decided by facts. What to do
 * before each step is in plan_hops.c.
 */
#include "verdict/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"

#define PATCH 10 /* between the keys of two patches: see version.h */

const char *const step_kind_word[] = {
    [SK_CURRENT] = "current",
    [SK_REQUIRED] = "required_stop",
    [SK_CONDITIONAL] = "conditional_stop",
    [SK_INTERMEDIATE] = "intermediate",
    [SK_TARGET] = "target",
};

const char *const step_state_word[] = {
    [SS_DONE] = "done",
    [SS_NEXT] = "next",
    [SS_LATER] = "later",
    [SS_NOT_NEEDED] = "not_needed",
    [SS_UNDECIDED] = "undecided",
};

const char *
plan_bad_release(const struct ruleset *set, int64_t version)
{
	for (size_t i = 0; i < set->bad.n; i++)
		if (version_in(version, set->bad.items[i].range))
			return set->bad.items[i].reason;
	return NULL;
}

/* The first patch from this one on that is not listed as bad, where no patch of the minor is on record. */
static int64_t
first_good(const struct ruleset *set, int64_t version)
{
	for (int patch = 0; patch < 100 && plan_bad_release(set, version) != NULL; patch++)
		version += PATCH;
	return version;
}

int64_t
plan_latest_patch(const struct ruleset *set, int64_t version)
{
	int64_t best = 0;

	for (size_t i = 0; i < set->latest.n; i++)
		if (version_minor(set->latest.items[i]) == version_minor(version) && set->latest.items[i] > best &&
		    plan_bad_release(set, set->latest.items[i]) == NULL)
			best = set->latest.items[i];
	return best > 0 ? best : first_good(set, version);
}

/* The newest known release with these leading numbers: of a major (parts 1) or of all (0). */
static int64_t
newest(const struct ruleset *set, int64_t version, int parts)
{
	int64_t best = 0, major = (int64_t)1000000 * 10;

	for (size_t i = 0; i < set->latest.n; i++) {
		int64_t v = set->latest.items[i];

		if ((parts == 0 ? version_minor(v) <= set->known_through : v / major == version / major) && v > best &&
		    plan_bad_release(set, v) == NULL)
			best = v;
	}
	return best;
}

/* Whether two versions agree in their first numbers: in all that matters for parts 0. */
static bool
same_start(int64_t a, int64_t b, int parts)
{
	int64_t major = (int64_t)1000000 * 10;

	return parts == 0 || (parts == 1 ? a / major == b / major : version_minor(a) == version_minor(b));
}

/*
 * The release in the chart of that version: minor and patch are the chart's, and the major version follows from any stop
 * with a chart of the same major version.
 */
static bool
chart_release(const struct ruleset *set, const char *chart, struct version *v, struct err *e)
{
	int64_t major = (int64_t)1000000 * 10;
	struct version known;
	struct err unused;

	if (!version_parse(chart, v, e))
		return false;
	for (size_t i = 0; i < set->stops.n; i++) {
		const struct stop *s = &set->stops.items[i];

		if (s->chart == NULL || !version_parse(s->chart, &known, &unused) ||
		    known.key / major != v->key / major)
			continue;
		v->key += (s->version / major - known.key / major) * major;
		return true;
	}
	return fail(e, NOWHERE, "no chart %s is covered by the rules: give the version of GitLab in it", chart);
}

#define CHART "chart-"

bool
plan_resolve(const struct ruleset *set, const char *text, int64_t from, int64_t *key, struct err *e)
{
	struct version v = {0};

	if (strncmp(text, CHART, strlen(CHART)) == 0) {
		if (!chart_release(set, text + strlen(CHART), &v, e))
			return false;
	} else if (strcmp(text, "latest") != 0 && !version_parse(text, &v, e)) {
		return false;
	}
	*key = v.key;
	if (v.parts < 2)
		*key = newest(set, v.key, v.parts);
	if (v.parts == 2)
		*key = plan_latest_patch(set, v.key);
	if (v.parts < 3 && from > *key && same_start(from, v.key, v.parts))
		*key = from;
	if (*key == 0)
		return fail(e, NOWHERE,
		    "the rules list no release of GitLab %s: give all three numbers, "
		    "such as %s.0.1",
		    text, text);
	return true;
}

static int
by_version(const void *pa, const void *pb)
{
	const struct step *a = pa, *b = pb;

	return a->version < b->version ? -1 : a->version > b->version;
}

static void
judge_condition(const struct instance *inst, const struct stop *stop, struct step *step)
{
	struct condition_answer found;
	enum yes_no_unknown needed;

	if (!stop->conditional)
		return;
	needed = instance_condition(inst, &stop->condition, &stop->needs, &found);
	step->database = found.database;
	step->undecided = needed == YNU_UNKNOWN;
	if (step->undecided) {
		step->state = SS_UNDECIDED;
		step->reason = arena_printf(inst->arena,
		    "needed if %s; this cannot be decided from what was "
		    "read, so it stays in the path%s%s",
		    stop->reason, found.reason != NULL ? ": " : "", found.reason != NULL ? found.reason : "");
	} else if (needed == YNU_NO) {
		step->state = SS_NOT_NEEDED;
		step->reason = arena_printf(
		    inst->arena, "needed if %s: %s", stop->reason, found.reason != NULL ? found.reason : "not so here");
	} else {
		step->reason = arena_printf(
		    inst->arena, "needed: %s", found.reason != NULL ? found.reason : stop->reason);
	}
}

static const struct stop *
declared_stop(const struct ruleset *set, int64_t version)
{
	for (size_t i = 0; i < set->stops.n; i++)
		if (set->stops.items[i].version == version)
			return &set->stops.items[i];
	return NULL;
}

/* Those of the rules, or those of --path: a stop that is in both keeps what the rules declare. */
static struct stops
stops_of(const struct instance *inst)
{
	struct stops stops = {0};
	struct version v;
	struct err ignored;

	if (inst->inputs->path.n == 0)
		return inst->set->stops;
	for (size_t i = 0; i < inst->inputs->path.n; i++) {
		struct stop stop = {.reason = "stop of the path that --path names"};
		const struct stop *known;

		if (!version_parse(inst->inputs->path.items[i], &v, &ignored))
			continue;
		stop.version = version_minor(v.key);
		known = declared_stop(inst->set, stop.version);
		ARENA_PUSH(inst->arena, &stops, known != NULL ? *known : stop);
	}
	return stops;
}

static void
add_stops(const struct instance *inst, struct plan *p)
{
	const struct stops stops = stops_of(inst);

	for (size_t i = 0; i < stops.n; i++) {
		const struct stop *stop = &stops.items[i];
		struct step step = {.version = plan_latest_patch(inst->set, stop->version),
		    .kind = stop->conditional ? SK_CONDITIONAL : SK_REQUIRED,
		    .state = SS_LATER,
		    .reason = stop->reason,
		    .chart = stop->chart};

		if (stop->version <= version_minor(p->from) || stop->version >= version_minor(p->to))
			continue;
		judge_condition(inst, stop, &step);
		ARENA_PUSH(inst->arena, p, step);
	}
}

static void
add_detours(const struct instance *inst, struct plan *p)
{
	for (size_t i = 0; i < inst->set->detours.n; i++) {
		const struct detour *d = &inst->set->detours.items[i];
		struct step step = {.version = d->via, .kind = SK_INTERMEDIATE, .state = SS_LATER, .reason = d->reason};

		if (version_in(p->from, d->from) && version_in(p->to, d->to))
			ARENA_PUSH(inst->arena, p, step);
	}
}

/* Without a requested target: the first stop ahead, else the newest release that the rules list. */
static int64_t
default_target(const struct instance *inst)
{
	const struct stops stops = stops_of(inst);
	int64_t best = 0;

	for (size_t i = 0; i < stops.n; i++) {
		const struct stop *s = &stops.items[i];

		if (s->version > version_minor(inst->version) && (best == 0 || s->version < best) && !s->conditional)
			best = s->version;
	}
	if (best == 0)
		best = inst->set->known_through;
	best = plan_latest_patch(inst->set, best);
	return best > inst->version ? best : inst->version;
}

bool
plan_build(const struct instance *inst, const char *to, struct plan *p, struct err *e)
{
	struct step current = {.version = inst->version, .kind = SK_CURRENT, .state = SS_DONE, .reason = ""};
	struct step target = {.kind = SK_TARGET, .state = SS_LATER, .reason = ""};
	const struct stop *stop;

	*p = (struct plan){.from = inst->version, .requested = to != NULL ? to : "", .has_target = true};
	p->to = default_target(inst);
	if (to != NULL && !plan_resolve(inst->set, to, inst->version, &p->to, e))
		return false;
	ARENA_PUSH(inst->arena, p, current);
	add_stops(inst, p);
	add_detours(inst, p);
	target.version = p->to;
	stop = declared_stop(inst->set, version_minor(p->to));
	if (stop != NULL) {
		target.reason = stop->conditional ? "" : stop->reason;
		target.chart = stop->chart;
	}
	if (p->n > 2)
		qsort(p->items + 1, p->n - 1, sizeof *p->items, by_version);
	ARENA_PUSH(inst->arena, p, target);
	for (p->next = 1; p->next < p->n && p->items[p->next].state == SS_NOT_NEEDED; p->next++)
		;
	if (p->items[p->next].state == SS_LATER)
		p->items[p->next].state = SS_NEXT;
	return true;
}

struct rows *
plan_rows(const struct plan *p)
{
	struct rows *r = rows_new(&path_step_fact, "plan");
	struct err e;

	for (size_t i = 0; i < p->n; i++) {
		const struct cell cells[] = {{.kind = CELL_INT, .i = p->items[i].version},
		    {.kind = CELL_TEXT, .s = step_kind_word[p->items[i].kind]},
		    {.kind = CELL_TEXT, .s = step_state_word[p->items[i].state]}};

		if (!rows_add(r, cells, &e))
			break;
	}
	return r;
}
