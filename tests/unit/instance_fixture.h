/*
 * A rule set from lines of YAML, and a snapshot of it in which everything was read and nothing was
 * found, so that a test changes only what it is about. To be included before cmocka.h.
 */
#ifndef INSTANCE_FIXTURE_H
#define INSTANCE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/source_row.h"
#include "verdict/decide.h"
#include "base/version.h"
#include "ruleset/ruleset_load.h"

#define FIXTURE_NOW ((int64_t)1790000000 * 1000000)

struct fixture {
	struct arena *arena;
	struct ruleset *set;
	struct snapshot *snapshot;
	struct inputs inputs;
	struct instance *instance;
	struct plan plan;
	bool hypothetical;
};

/* The test cannot go on: the fixture itself is wrong. */
static inline _Noreturn void
fixture_broken(const char *what)
{
	(void)fprintf(stderr, "instance_fixture.h: %s\n", what);
	exit(1);
}

static inline struct rows *
fixture_rows(struct fixture *x, const char *table, const char *part)
{
	for (size_t i = 0; i < x->snapshot->n; i++)
		if (strcmp(x->snapshot->items[i]->fact->table, table) == 0 &&
		    strcmp(x->snapshot->items[i]->part, part) == 0)
			return x->snapshot->items[i];
	fixture_broken("no such table or part");
}

/* A row by the text of its cells, as many as the table has columns; NULL is NULL. */
static inline void
fixture_add(struct rows *r, const char *const *texts)
{
	struct cell cells[20];
	struct err e;

	for (size_t i = 0; i < r->fact->n_columns; i++)
		if (!cell_from_text(&r->fact->columns[i], texts[i], &cells[i], &e))
			fixture_broken(e.msg);
	if (!rows_add(r, cells, &e))
		fixture_broken(e.msg);
}

/* Every source was asked for and read. */
static inline void
fixture_own_rows(struct fixture *x)
{
	struct rows *run = rows_new(&run_fact, "run"), *sources = rows_new(&source_fact, "run");
	static const char *const when = "1790000000000000";
	struct err e;

	fixture_add(run, (const char *const[]){when, when, "", "", "f", "", ""});
	for (size_t i = 0; i < x->set->sources.n; i++)
		if (!source_row_add(sources,
			&(const struct source_row){.id = x->set->sources.items[i].id,
			    .kind = "postgres",
			    .requested = true,
			    .status = PS_COMPLETE,
			    .started_at = FIXTURE_NOW},
			&e))
			fixture_broken(e.msg);
	rows_end(run, PS_COMPLETE, "%s", "");
	rows_end(sources, PS_COMPLETE, "%s", "");
	snapshot_add(x->snapshot, run);
	snapshot_add(x->snapshot, sources);
}

static inline void
fixture_set(struct fixture *x, const char *yaml)
{
	struct member m = {.path = "rules/x.yml", .data = yaml, .len = strlen(yaml)};
	struct members members = {.items = &m, .n = 1, .cap = 1};
	struct faults faults = {0};

	x->set = ruleset_from_members(&members, &(struct texts){0}, false, &faults);
	faults_print(&faults);
	faults_free(&faults);
	if (x->set == NULL)
		fixture_broken("the rule set is wrong");
}

/* From `from` on, with everything of the rule set read at FIXTURE_NOW, and no row anywhere. */
static inline void
fixture_open(struct fixture *x, const char *yaml, const char *from)
{
	*x = (struct fixture){.arena = arena_new(), .snapshot = snapshot_new(), .inputs.from = from};
	fixture_set(x, yaml);
	fixture_own_rows(x);
	for (size_t i = 0; i < x->set->facts.n; i++)
		for (size_t p = 0; p < x->set->facts.items[i].n_parts; p++) {
			struct rows *r = rows_new(&x->set->facts.items[i], x->set->facts.items[i].parts[p]);

			rows_end(r, PS_COMPLETE, "%s", "");
			r->read_at = FIXTURE_NOW;
			snapshot_add(x->snapshot, r);
		}
}

static inline void
fixture_close(struct fixture *x)
{
	instance_free(x->instance);
	snapshot_free(x->snapshot);
	ruleset_free(x->set);
	arena_free(x->arena);
}

static inline void
fixture_not_requested(struct fixture *x, const char *id)
{
	struct rows *r = fixture_rows(x, "source", "run");

	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->items[i][fact_column_find(r->fact, "id")].s, id) == 0) {
			r->items[i][fact_column_find(r->fact, "requested")].i = 0;
			r->items[i][fact_column_find(r->fact, "status")].s = "not_configured";
			return;
		}
	fixture_broken("no such source");
}

/* The instance, new at every call: what was read may have changed. */
static inline void
fixture_instance(struct fixture *x)
{
	struct err e;

	instance_free(x->instance);
	x->instance = instance_new(x->arena, x->set, x->snapshot, &x->inputs, NULL, &e);
	if (x->instance == NULL)
		fixture_broken(e.msg);
}

static inline void
fixture_plan(struct fixture *x, const char *to)
{
	struct err e;

	fixture_instance(x);
	if (!plan_build(x->instance, to, &x->plan, &e))
		fixture_broken(e.msg);
}

/* The verdict about the one hop to `to`; NULL: nothing is known about any hop. */
static inline struct verdict
fixture_decide(struct fixture *x, const char *to)
{
	struct verdict v = {0};
	struct hop hop = {0};
	struct err e;

	if (to != NULL) {
		fixture_plan(x, to);
		hop = (struct hop){x->instance->version, x->plan.to};
	} else {
		fixture_instance(x);
	}
	if (!decide(x->instance, to != NULL ? &x->plan : NULL, hop, x->hypothetical, &v, &e))
		fixture_broken(e.msg);
	return v;
}

static inline const struct finding *
fixture_finding(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->findings.n; i++)
		if (strcmp(v->findings.items[i].rule, rule) == 0)
			return &v->findings.items[i];
	return NULL;
}

#endif
