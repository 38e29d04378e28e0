/*
 * Groups findings as a report shows them: by rule, or by the cause that several unknowns share. Neither adds nor
 * drops a finding.
 */
#include <stdlib.h>
#include <string.h>

#include "verdict/report_groups.h"
#include "ruleset/engine_rules.h"
#include "ruleset/message.h"
#include "reports/derive.h"

#define RULES_NAMED 3               /* of those that lack the same data */
#define UNFINISHED "hop.unfinished" /* while it fails, nothing about the next hop can be relied on */

struct work {
	struct group group;
	const struct finding **items;
	size_t cap;
	const char *cause;
};
struct works {
	struct work *items;
	size_t n, cap;
};

static bool
is_shown(const struct finding *f)
{
	return f->status != ST_PASS && f->status != ST_NOT_APPLICABLE && f->status != ST_SKIPPED;
}

static const char *
word_of(const struct finding *f)
{
	if (f->decision != NULL)
		return strcmp(f->decision->kind, "accepted") == 0 ? "ACCEPTED" : "CONFIRMED";
	switch (f->status) {
	case ST_WAITING:
		return "WAITING";
	case ST_UNKNOWN:
		return "UNKNOWN";
	case ST_ERROR:
		return "ERROR";
	case ST_MANUAL:
		return f->severity == SEV_BLOCKER ? "CONFIRM" : "READ FIRST";
	case ST_FAIL:
	case ST_PASS:
	case ST_NOT_APPLICABLE:
	case ST_SKIPPED:
		break;
	}
	return f->severity == SEV_BLOCKER ? "BLOCKER" : f->severity == SEV_WARNING ? "WARNING" : "NOTICE";
}

static bool
belongs(const struct work *k, const struct finding *f)
{
	const struct finding *first = k->items[0];

	if (first->decision != f->decision)
		return false;
	if (k->cause != NULL || f->cause != NULL)
		return k->cause != NULL && f->cause != NULL && strcmp(k->cause, f->cause) == 0;
	return first->status == f->status && first->effect == f->effect && first->severity == f->severity &&
	    strcmp(first->rule, f->rule) == 0;
}

static void
put(struct arena *a, struct works *works, const struct finding *f)
{
	struct work *k = NULL;

	for (size_t i = 0; i < works->n && k == NULL; i++)
		if (belongs(&works->items[i], f))
			k = &works->items[i];
	if (k == NULL) {
		struct work fresh = {.cause = f->cause};

		fresh.group = (struct group){
		    .word = word_of(f), .effect = f->effect, .status = f->status, .rule = f->rule, .why = f->why};
		ARENA_PUSH(a, works, fresh);
		k = &works->items[works->n - 1];
	}
	if (k->group.n == k->cap)
		k->items = arena_grow(a, k->items, sizeof(const struct finding *), &k->cap);
	k->items[k->group.n++] = f;
}

static int
by_row(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa, *b = *(const struct finding *const *)pb;

	return a->row != b->row ? (a->row > b->row) - (a->row < b->row) : strcmp(a->key, b->key);
}

static bool
same_remedy(const struct finding *a, const struct finding *b)
{
	if (a->n_remedies != b->n_remedies)
		return false;
	for (size_t i = 0; i < a->n_remedies; i++) {
		const struct remedy *x = &a->remedies[i], *y = &b->remedies[i];

		if (x->n_steps != y->n_steps)
			return false;
		for (size_t s = 0; s < x->n_steps; s++) {
			const char *c = x->steps[s].command, *d = y->steps[s].command;

			if (strcmp(x->steps[s].text, y->steps[s].text) != 0 || (c == NULL) != (d == NULL) ||
			    (c != NULL && strcmp(c, d) != 0))
				return false;
		}
	}
	return true;
}

static const char *
rule_headline(const struct instance *inst, const struct work *k)
{
	const struct rule *r = ruleset_rule_of(inst->set, k->items[0]->rule);
	const char *n, *text;
	size_t total = 0;
	struct buf b;

	for (size_t i = 0; i < k->group.n; i++)
		total += 1 + k->items[i]->more;
	if (total == 1)
		return k->items[0]->title;
	n = arena_printf(inst->arena, "%zu", total);
	if (r == NULL || r->headline == NULL)
		return arena_printf(inst->arena, "%s (%s times)", k->items[0]->title, n);
	buf_init(&b, 300);
	message_expand(&b, r->headline, &(struct field){"n", n}, 1, Q_PLAIN);
	text = arena_strdup(inst->arena, b.p);
	buf_free(&b);
	return text;
}

/* Of the findings of one cause, the one about the source describes it best. */
static const struct finding *
finding_of_source(const struct work *k)
{
	for (size_t i = 0; i < k->group.n; i++)
		if (strcmp(k->items[i]->rule, "source.incomplete") == 0)
			return k->items[i];
	return k->items[0];
}

/* The rules that lack the data of one cause, each once, in order. */
static struct texts
dependent_rules(struct arena *a, const struct work *k)
{
	struct texts rules = {0};

	for (size_t i = 0; i < k->group.n; i++) {
		const char *rule = k->items[i]->rule;

		if (strcmp(rule, "source.incomplete") != 0 && !texts_has(&rules, rule))
			ARENA_PUSH(a, &rules, rule);
	}
	return rules;
}

/* "20 rules depend on this: a.b, c.d, e.f and 17 more" */
static const char *
dependents_text(struct arena *a, const struct texts *rules)
{
	const char *s = arena_printf(a, "%zu %s on this", rules->n, rules->n == 1 ? "rule depends" : "rules depend");
	size_t named = rules->n <= RULES_NAMED + 1 ? rules->n : RULES_NAMED;

	for (size_t i = 0; i < named; i++)
		s = arena_printf(a, "%s%s%s", s, i == 0 ? ": " : ", ", rules->items[i]);
	return named < rules->n ? arena_printf(a, "%s and %zu more", s, rules->n - named) : s;
}

static void
word_cause(const struct instance *inst, struct work *k)
{
	const struct finding *s = finding_of_source(k);
	struct texts rules = dependent_rules(inst->arena, k);

	k->group.headline = s->message;
	k->group.rule = k->group.n == 1 ? s->rule : NULL;
	k->group.why = s->why;
	if (k->group.n > 1)
		k->group.detail = dependents_text(inst->arena, &rules);
	k->group.remedies = s->remedies;
	k->group.n_remedies = s->n_remedies;
}

static void
word_rule(const struct instance *inst, struct work *k)
{
	bool shared = true;

	k->group.headline = rule_headline(inst, k);
	for (size_t i = 1; i < k->group.n && shared; i++)
		shared = same_remedy(k->items[0], k->items[i]);
	if (shared) {
		k->group.remedies = k->items[0]->remedies;
		k->group.n_remedies = k->items[0]->n_remedies;
	}
}

/* Who decided what, why, and until when. */
static void
word_decision(struct arena *a, struct work *k)
{
	const struct decision *d = k->items[0]->decision;

	if (d == NULL)
		return;
	k->group.detail = arena_printf(a, "%s%s%s%s%s%s: %s", d->kind,
	    d->approver != NULL && d->approver[0] != '\0' ? " by " : "", d->approver != NULL ? d->approver : "",
	    d->expires[0] != '\0' ? arena_printf(a, " until %s", d->expires) : "", d->ticket[0] != '\0' ? ", " : "",
	    d->ticket, d->justification);
}

static int
by_weight(const void *pa, const void *pb)
{
	const struct work *a = pa, *b = pb;
	int c = (int)a->group.effect - (int)b->group.effect;

	if (c == 0)
		c = (a->group.status != ST_FAIL) - (b->group.status != ST_FAIL);
	if (c == 0)
		c = (strcmp(a->items[0]->rule, UNFINISHED) != 0) - (strcmp(b->items[0]->rule, UNFINISHED) != 0);
	return c != 0 ? c : strcmp(a->items[0]->rule, b->items[0]->rule);
}

void
report_groups(const struct instance *inst, const struct verdict *v, struct gate_result *out)
{
	struct works works = {0};
	struct group *groups;

	for (size_t i = 0; i < v->findings.n; i++)
		if (is_shown(&v->findings.items[i]))
			put(inst->arena, &works, &v->findings.items[i]);
	for (size_t i = 0; i < works.n; i++)
		if (works.items[i].cause == NULL)
			qsort(works.items[i].items, works.items[i].group.n, sizeof *works.items[i].items, by_row);
	if (works.n > 1)
		qsort(works.items, works.n, sizeof *works.items, by_weight);
	groups = arena_alloc(inst->arena, (works.n + 1) * sizeof *groups);
	for (size_t i = 0; i < works.n; i++) {
		struct work *k = &works.items[i];

		if (k->cause != NULL)
			word_cause(inst, k);
		else
			word_rule(inst, k);
		word_decision(inst->arena, k);
		k->group.items = k->items;
		derive_parts(inst->arena, &k->group);
		groups[i] = k->group;
	}
	out->groups = groups;
	out->n_groups = works.n;
}
