/*
 * Makes tables and views of the evaluation database when a statement reads them, because most are read by no rule of
 * an upgrade step. Tables with rows of facts are not made here: whether there is room for those decides which parts
 * are known. One that should exist and cannot be made is broken, and never taken for one that is rightly absent.
 */
#include "verdict/instance_make.h"

#include <string.h>

#include "base/log.h"

/* A view that fails on these rows does not exist: rules that read it are errors, not passes. */
static void
make_view(const struct instance *inst, size_t view)
{
	struct err e;

	inst->making.views[view] = MK_MADE;
	if (sqldb_view(inst->db, &inst->set->views.items[view], &e))
		return;
	inst->making.views[view] = MK_BROKEN;
	log_warning("%s", e.msg);
	if (sqldb_is_exceeded(inst->db))
		inst->view_faults[view] = arena_strdup(inst->arena, e.msg);
}

/* Half a table would be read as the whole of it: without all rows there is none. */
static void
make_table(const struct instance *inst, enum making_state *state, const struct fact *f, const struct rows *r)
{
	struct err e, ignored;

	*state = MK_MADE;
	if (sqldb_table(inst->db, f, &e) && (r == NULL || sqldb_insert(inst->db, r, inst->reversed, &e)))
		return;
	*state = MK_BROKEN;
	log_warning("table %s: %s", f->table, e.msg);
	if (!sqldb_drop_table(inst->db, f->table, &ignored))
		log_warning("table %s: %s", f->table, ignored.msg);
}

static void
make_fact(const struct instance *inst, size_t fact)
{
	make_table(inst, &inst->making.facts[fact], &inst->set->facts.items[fact], NULL);
}

static void
make_rule_table(const struct instance *inst, size_t table)
{
	const struct data_table *t = &inst->set->tables.items[table];

	make_table(inst, &inst->making.tables[table], &t->fact, t->rows);
}

void
instance_make(const struct instance *inst, const struct reach *reach)
{
	const struct ruleset *set = inst->set;

	for (size_t i = 0; i < set->facts.n; i++)
		if (reach->facts[i] && inst->making.facts[i] == MK_PENDING)
			make_fact(inst, i);
	for (size_t i = 0; i < set->tables.n; i++)
		if (reach->tables[i] && inst->making.tables[i] == MK_PENDING)
			make_rule_table(inst, i);
	/* Each comes after those that it reads. */
	for (size_t i = 0; i < set->views.n; i++)
		if (reach->views[i] && inst->making.views[i] == MK_PENDING)
			make_view(inst, i);
}

/* A view needs what it reads first. */
static void
make_view_and_reach(const struct instance *inst, size_t view)
{
	instance_make(inst, &inst->set->views.items[view].reach);
	make_view(inst, view);
}

static enum table_made
make_state(
    const struct instance *inst, enum making_state *state, void (*make)(const struct instance *, size_t), size_t i)
{
	bool due = *state == MK_PENDING;

	if (due)
		make(inst, i);
	return *state == MK_BROKEN ? TM_BROKEN : due ? TM_MADE : TM_NONE;
}

static enum table_made
make_missing(void *arg, const char *name)
{
	const struct instance *inst = arg;
	const struct ruleset *set = inst->set;

	for (size_t i = 0; i < set->views.n; i++)
		if (strcasecmp(set->views.items[i].name, name) == 0)
			return make_state(inst, &inst->making.views[i], make_view_and_reach, i);
	for (size_t i = 0; i < set->facts.n; i++)
		if (strcasecmp(set->facts.items[i].table, name) == 0)
			return make_state(inst, &inst->making.facts[i], make_fact, i);
	for (size_t i = 0; i < set->tables.n; i++)
		if (strcasecmp(set->tables.items[i].fact.table, name) == 0)
			return make_state(inst, &inst->making.tables[i], make_rule_table, i);
	return TM_NONE;
}

void
instance_make_later(struct instance *inst, const struct reach *reach)
{
	const struct ruleset *set = inst->set;

	inst->making = (struct making){
	    .facts = arena_alloc(inst->arena, (set->facts.n + 1) * sizeof(enum making_state)),
	    .views = arena_alloc(inst->arena, (set->views.n + 1) * sizeof(enum making_state)),
	    .tables = arena_alloc(inst->arena, (set->tables.n + 1) * sizeof(enum making_state))};
	inst->view_faults = arena_alloc(inst->arena, (set->views.n + 1) * sizeof *inst->view_faults);
	for (size_t i = 0; i < set->views.n; i++)
		inst->making.views[i] = is_in_reach(reach->views, i) ? MK_PENDING : MK_NONE;
	for (size_t i = 0; i < set->tables.n; i++)
		inst->making.tables[i] = is_in_reach(reach->tables, i) ? MK_PENDING : MK_NONE;
	sqldb_on_missing(inst->db, make_missing, inst);
}
