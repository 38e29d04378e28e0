/*
 * Makes tests of the bounds of a rule. Runs nothing: ruletest.c does.
 */
#include "verdict/rule_edges.h"

#include "base/text.h"
#include "base/version.h"

#define EDGES_MAX 32 /* of one range */

struct maker {
	const struct rule *rule;
	const struct rule_test *test;
	struct arena *arena;
	struct rule_tests *out;
};

static bool
is_step(const struct rule *r, int64_t from, int64_t to)
{
	bool patch = version_minor(from) == version_minor(to);

	return from < to && !(r->applies.hop == HOP_MINOR && patch) && !(r->applies.hop == HOP_PATCH && !patch);
}

static bool
in_range(int64_t version, const char *range, const char *when)
{
	return (range == NULL || version_in(version, range)) && (when == NULL || version_in(version, when));
}

static bool
is_taken(const struct rule_tests *tests, int64_t from, int64_t to)
{
	for (size_t i = 0; i < tests->n; i++)
		if (tests->items[i].from == from && tests->items[i].to == to)
			return true;
	return false;
}

static void
add(const struct maker *m, int64_t from, int64_t to)
{
	char first[VERSION_TEXT], last[VERSION_TEXT];
	struct rule_test t = *m->test;

	if (is_taken(m->out, from, to))
		return;
	t.from = from;
	t.to = to;
	t.name = arena_printf(m->arena, "%s, from %s to %s", t.name, version_text(from, first), version_text(to, last));
	t.message = t.state = t.fix = NULL; /* they may name a version */
	if (!rule_applies(m->rule, from, to))
		t.status = ST_NOT_APPLICABLE;
	else if (!hop_in_range(&m->rule->when, from, to))
		t.status = ST_PASS;
	if (t.status != m->test->status)
		t.has_findings = t.has_effect = false;
	ARENA_PUSH(m->arena, m->out, t);
}

/* A step from `from`, to where the test goes or else to the nearest version that the rule is about. */
static void
add_from(const struct maker *m, int64_t from)
{
	const struct rule *r = m->rule;
	const int64_t to[] = {m->test->to, version_after(from), version_after(version_minor(from) + 990)};

	for (size_t i = 0; i < nitems(to); i++)
		if (is_step(r, from, to[i]) && in_range(to[i], r->applies.to, r->when.to)) {
			add(m, from, to[i]);
			return;
		}
}

static void
add_to(const struct maker *m, int64_t to)
{
	const struct rule *r = m->rule;
	const int64_t from[] = {m->test->from, version_before(to), version_before(version_minor(to))};

	for (size_t i = 0; i < nitems(from); i++)
		if (is_step(r, from[i], to) && in_range(from[i], r->applies.from, r->when.from)) {
			add(m, from[i], to);
			return;
		}
}

/* A rule about one version, not about a step. */
static void
add_at(const struct maker *m, int64_t version)
{
	add(m, version, version);
}

static void
each_edge(const struct maker *m, const char *range, void (*f)(const struct maker *, int64_t))
{
	int64_t edges[EDGES_MAX];
	size_t n = range != NULL ? version_range_edges(range, edges, EDGES_MAX) : 0;

	for (size_t i = 0; i < n; i++)
		f(m, edges[i]);
}

/* A step to another patch, for a rule that is about minors only. */
static void
add_patch(const struct maker *m)
{
	const struct hop_range *r = &m->rule->applies;
	int64_t from = m->test->from, to = m->test->to, first = version_minor(to);
	const int64_t pairs[][2] = {{first, to > first ? to : version_after(first)}, {from, version_after(from)}};

	for (size_t i = 0; r->hop == HOP_MINOR && i < nitems(pairs); i++)
		if (in_range(pairs[i][0], r->from, NULL) && in_range(pairs[i][1], r->to, NULL)) {
			add(m, pairs[i][0], pairs[i][1]);
			return;
		}
}

void
rule_edges(const struct rule *r, const struct rule_test *t, struct arena *a, struct rule_tests *out)
{
	const struct maker m = {r, t, a, out};
	bool after = t->from == t->to;

	if (t->status != ST_FAIL && t->status != ST_MANUAL && t->status != ST_WAITING)
		return;
	each_edge(&m, r->applies.from, after ? add_at : add_from);
	each_edge(&m, r->when.from, after ? add_at : add_from);
	each_edge(&m, r->applies.to, after ? add_at : add_to);
	each_edge(&m, r->when.to, after ? add_at : add_to);
	if (!after)
		add_patch(&m);
}
