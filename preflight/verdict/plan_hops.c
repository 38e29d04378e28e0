/*
 * Evaluates every step of a path with today's facts, for `preflight plan`. A statement about a later step is a
 * forecast and never a gate.
 */
#include "verdict/plan_hops.h"

#include <string.h>

#include "base/version.h"

const char *const decidable_word[] = {
    [DC_NOW] = "now",
    [DC_AFTER] = "after_hop",
    [DC_PERSON] = "manual",
};

struct lines {
	const char **items;
	size_t n, cap;
};
struct planned_rules {
	struct planned_rule *items;
	size_t n, cap;
};

/* A chore is listed with the first hop that it blocks. */
struct telling {
	struct instance *inst;
	struct findings told;
};

static bool
was_told(const struct telling *t, const struct finding *f)
{
	for (size_t i = 0; i < t->told.n; i++)
		if (strcmp(t->told.items[i].key, f->key) == 0)
			return true;
	return false;
}

/*
 * What a rule says about a later hop holds when that hop comes only if its tables do not change with
 * GitLab's own upgrades, or are about rows that a person can mend today.
 */
static enum decidable
decidable(const struct rule *r, size_t number)
{
	if (r->kind == RK_MANUAL)
		return DC_PERSON;
	for (size_t i = 0; i < r->n_needs && number > 1; i++)
		if (!r->needs[i]->lasting && r->needs[i]->asked == NULL)
			return DC_AFTER;
	return DC_NOW;
}

static enum status
worst_of(const struct findings *all)
{
	enum status worst = ST_NOT_APPLICABLE;

	for (size_t i = 0; i < all->n; i++)
		if (status_weight(all->items[i].status) > status_weight(worst))
			worst = all->items[i].status;
	return worst;
}

/* Notes stay a person's matter where it is not known whom they concern. */
static bool
has_manual(const struct findings *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].status == ST_MANUAL)
			return true;
	return false;
}

static void
tell(struct telling *t, const struct rule *r, const struct findings *all, struct lines *chores, struct lines *notes)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct finding *f = &all->items[i];

		if (f->status == ST_MANUAL)
			ARENA_PUSH(t->inst->arena, notes, r->kind == RK_MANUAL ? f->title : f->message);
		if (finding_effect(f) == EF_NONE || was_told(t, f) || f->status == ST_UNKNOWN || f->status == ST_ERROR)
			continue;
		ARENA_PUSH(t->inst->arena, &t->told, *f);
		ARENA_PUSH(t->inst->arena, chores, f->message);
	}
}

static void
ask(struct telling *t, const struct rule *r, struct planned_hop *h, struct planned_rules *rules, struct lines *chores,
    struct lines *notes)
{
	struct planned_rule jr = {.rule = r, .decidable = decidable(r, h->number)};
	struct findings all = {0};

	evaluate_rule(t->inst, r, (struct hop){h->from, h->to}, &all);
	jr.status = worst_of(&all);
	/* A table that is not worth asking yet, or not read: the hop before decides. */
	if (jr.decidable == DC_NOW && h->number > 1 && (jr.status == ST_UNKNOWN || jr.status == ST_SKIPPED))
		jr.decidable = DC_AFTER;
	if (has_manual(&all))
		jr.decidable = DC_PERSON;
	if (jr.decidable != DC_AFTER)
		tell(t, r, &all, chores, notes);
	h->unknown += jr.decidable == DC_NOW && (jr.status == ST_UNKNOWN || jr.status == ST_ERROR);
	h->n_now += jr.decidable == DC_NOW;
	h->n_after += jr.decidable == DC_AFTER;
	ARENA_PUSH(t->inst->arena, rules, jr);
}

static size_t
queued_between(const struct ruleset *set, int64_t from, int64_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < set->tables.n; i++) {
		const struct data_table *t = &set->tables.items[i];
		int kind = fact_column_find(&t->fact, "kind"), queued = fact_column_find(&t->fact, "queued_in");

		for (size_t k = 0;
		     strcmp(t->fact.table, "known_migration") == 0 && kind >= 0 && queued >= 0 && k < t->rows->n; k++) {
			const struct cell *row = t->rows->items[k];

			n += strcmp(row[kind].s, "batched") == 0 && row[queued].kind == CELL_INT &&
			    row[queued].i > version_minor(from) && row[queued].i <= version_minor(to);
		}
	}
	return n;
}

/* Only of the step to the release that was read, and where the live tables are among the facts. */
static void
take_tables(struct instance *inst, struct planned_hop *h)
{
	static const struct sql sql = {
	    .text = "SELECT t.database, t.table_name, t.changes, t.estimated_rows, t.bytes FROM changed_table AS t"
		    " CROSS JOIN hop AS h JOIN target_release AS r"
		    " ON version_minor_text(r.version) = version_minor_text(h.to_version)"
		    " ORDER BY t.bytes DESC, t.database, t.table_name"};
	struct changed_table *tables;
	struct result r;
	struct err e;

	if (!sqldb_query(inst->db, &sql, inst->arena, &r, &e))
		return;
	tables = arena_alloc(inst->arena, (r.n + 1) * sizeof *tables);
	for (size_t i = 0; i < r.n; i++) {
		const char *const *cells = &r.items[i * r.n_columns];

		tables[i] = (struct changed_table){cells[0], cells[1], cells[2],
		    cells[3] != NULL ? r.numbers[i * r.n_columns + 3] : -1, r.numbers[i * r.n_columns + 4]};
	}
	h->tables = tables;
	h->n_tables = r.n;
}

static bool
go(struct telling *t, struct planned_hop *h, const struct rows *steps, struct err *e)
{
	const struct rules *all = &t->inst->set->rules;
	struct planned_rules rules = {0};
	struct lines chores = {0}, notes = {0};

	if (!instance_set_hop(t->inst, h->from, h->to, steps, e))
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (rule_applies(&all->items[i], h->from, h->to))
			ask(t, &all->items[i], h, &rules, &chores, &notes);
	h->rules = rules.items;
	h->n_rules = rules.n;
	h->chores = chores.items;
	h->n_chores = chores.n;
	h->notes = notes.items;
	h->n_notes = notes.n;
	h->queues = queued_between(t->inst->set, h->from, h->to);
	take_tables(t->inst, h);
	return true;
}

bool
plan_hops_make(struct instance *inst, const struct plan *p, struct plan_hops *j, struct err *e)
{
	struct telling t = {.inst = inst};
	struct rows *steps = plan_rows(p);
	int64_t at = p->from;
	bool ok = true;

	*j = (struct plan_hops){.items = arena_alloc(inst->arena, (p->n + 1) * sizeof *j->items)};
	for (size_t i = 1; i < p->n && ok; i++) {
		struct planned_hop *h = &j->items[j->n++];

		*h = (struct planned_hop){.step = &p->items[i], .from = at, .to = p->items[i].version};
		if (p->items[i].state == SS_NOT_NEEDED || p->items[i].version == at)
			continue;
		h->number = ++j->hops;
		ok = go(&t, h, steps, e);
		j->chores += h->n_chores;
		at = h->to;
	}
	rows_free(steps);
	return ok;
}
