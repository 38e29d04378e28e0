/*
 * References from one section of a rule set to another, resolved and checked after all are read. SQL is checked in
 * lint.c.
 */
#include "ruleset/ruleset_resolve.h"

#include <string.h>

#include "ruleset/yaml_rows.h"
#include "sources/collect.h"
#include "base/version.h"

static void
suggest(struct loader *l, struct loc at, const char *what, const char *word, const char *const *words, size_t n)
{
	const char *near = closest(word, words, n);

	if (near != NULL)
		faults_add(l->faults, at, "there is no %s \"%s\": did you mean \"%s\"?", what, word, near);
	else
		faults_add(l->faults, at, "there is no %s \"%s\"", what, word);
}

static void
resolve_remedy(struct loader *l, struct rule *r)
{
	struct texts names = {0};

	if (r->remedy == NULL)
		return;
	r->remedy_decl = ruleset_remedy(l->set, r->remedy);
	if (r->remedy_decl != NULL)
		return;
	for (size_t i = 0; i < l->set->remedies.n; i++)
		ARENA_PUSH(l->arena, &names, l->set->remedies.items[i].name);
	suggest(l, r->remedy_at, "remedy", r->remedy, names.items, names.n);
}

static const struct fact *
find_table(struct loader *l, struct loc at, const char *name)
{
	const struct fact *f = fact_find(&l->set->facts, name);
	struct texts names = {0};

	if (f != NULL)
		return f;
	for (size_t i = 0; i < l->set->facts.n; i++)
		ARENA_PUSH(l->arena, &names, l->set->facts.items[i].table);
	suggest(l, at, "fact table", name, names.items, names.n);
	return NULL;
}

/* Checks the rows too, by putting them through the door once. */
static void
resolve_given(struct loader *l, struct given *g)
{
	struct rows *r;

	if (g->checked)
		return;
	g->checked = true;
	g->fact = find_table(l, g->table->at, g->table->text);
	if (g->fact == NULL)
		return;
	r = rows_new(g->fact, g->fact->n_parts > 0 ? g->fact->parts[0] : "run");
	yaml_rows(l->arena, g->rows, r, 0, l->faults);
	rows_free(r);
}

static void
check_method(struct loader *l, struct loc at, const char *name)
{
	if (ruleset_method(l->set, name) == NULL)
		faults_add(l->faults, at, "there is no install method \"%s\"", name);
}

static void
check_tests(struct loader *l, struct rule *r)
{
	bool passes = false, fails = false;

	for (size_t g = 0; g < r->tests.shared.n; g++)
		resolve_given(l, r->tests.shared.items[g]);
	for (size_t i = 0; i < r->tests.n; i++) {
		struct rule_test *t = &r->tests.items[i];

		passes = passes || t->status == ST_PASS;
		fails = fails || t->status == ST_FAIL || t->status == ST_WAITING || t->status == ST_MANUAL ||
		    (t->status == ST_UNKNOWN && t->unknown.n == 0);
		for (size_t g = 0; g < t->given.n; g++)
			resolve_given(l, t->given.items[g]);
		for (size_t u = 0; u < t->unknown.n; u++)
			(void)find_table(l, t->at, t->unknown.items[u]);
		if (t->install_method != NULL)
			check_method(l, t->at, t->install_method);
		if (!rule_applies(r, t->from, t->to) && t->status != ST_NOT_APPLICABLE)
			faults_add(l->faults, t->at, "rule %s does not apply to the hop of this test", r->id);
	}
	if (!fails)
		faults_add(l->faults, r->at, "rule %s needs a test that it does not pass", r->id);
	if (!passes && r->kind != RK_MANUAL)
		faults_add(l->faults, r->at, "rule %s needs a test that it passes", r->id);
}

static void
check_methods(struct loader *l)
{
	for (size_t i = 0; i < l->set->methods.n; i++)
		if (l->set->methods.items[i].variant_of != NULL)
			check_method(l, l->set->methods.items[i].at, l->set->methods.items[i].variant_of);
	for (size_t i = 0; i < l->set->remedies.n; i++) {
		const struct step_decls *steps = &l->set->remedies.items[i].steps;

		for (size_t s = 0; s < steps->n; s++)
			for (size_t m = 0; m < steps->items[s].methods.n; m++)
				check_method(l, steps->items[s].at, steps->items[s].methods.items[m]);
	}
}

/* A fact that no declared source can fill would be unknown for ever. */
static void
check_sources(struct loader *l)
{
	for (size_t i = 0; i < l->set->facts.n; i++) {
		const struct fact *f = &l->set->facts.items[i];

		for (size_t p = 0; p < f->n_parts; p++)
			if (ruleset_source_of(l->set, f, f->parts[p]) == NULL)
				faults_add(l->faults, f->at, "table %s: no source %s:%s is declared", f->table,
				    f->source, f->parts[p]);
	}
}

static bool
has_part(const struct fact *f, const char *part)
{
	for (size_t i = 0; f != NULL && i < f->n_parts; i++)
		if (strcmp(f->parts[i], part) == 0)
			return true;
	return false;
}

/* Tables may be declared behind the facts that take their rows. */
static void
resolve_over(struct loader *l, struct fact *f)
{
	const char *fault;

	if (f->n_after > 0 && f->n_after_parts == 0)
		faults_add(l->faults, f->at, "after: no after_parts");
	for (size_t i = 0; i < f->n_after; i++)
		for (size_t k = 0; k < f->n_after_parts; k++)
			if (!has_part(fact_find(&l->set->facts, f->after[i]), f->after_parts[k]))
				faults_add(l->faults, f->at, "after: no fact %s with a part %s", f->after[i],
				    f->after_parts[k]);
	if (f->over_table == NULL)
		return;
	for (size_t i = 0; i < l->set->tables.n; i++)
		if (strcmp(l->set->tables.items[i].fact.table, f->over_table) == 0)
			f->over = l->set->tables.items[i].rows;
	fault = f->over == NULL ? "there is no such data table"
	    : l->ready          ? NULL
				: source_kind_find(f->source)->over_fault(f->over, l->arena);
	if (fault != NULL)
		faults_add(l->faults, f->at, "over: %s: %s", f->over_table, fault);
}

void
ruleset_resolve(struct loader *l)
{
	if (l->set->known_through == 0)
		faults_add(l->faults, NOWHERE,
		    "the rule set has no path with known_through: "
		    "is this a directory of rules?");
	for (size_t i = 0; i < l->set->facts.n; i++)
		resolve_over(l, &l->set->facts.items[i]);
	for (size_t i = 0; i < l->set->rules.n; i++) {
		resolve_remedy(l, &l->set->rules.items[i]);
		if (!l->set->tests_left_out && l->set->rules.items[i].kind != RK_ENGINE)
			check_tests(l, &l->set->rules.items[i]);
	}
	check_methods(l);
	check_sources(l);
}
