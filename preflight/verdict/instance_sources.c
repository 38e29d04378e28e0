/* Reads the tables about the run itself (sources, nodes) for instance.c. Nothing about GitLab's state is in them. */
#include "verdict/instance_sources.h"

#include <stdlib.h>
#include <string.h>

#include "facts/source_row.h"

const char *
instance_text(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = &r->items[row][fact_column_find(r->fact, column)];

	return c->kind == CELL_TEXT ? c->s : "";
}

int64_t
instance_number(const struct rows *r, size_t row, const char *column)
{
	return r->items[row][fact_column_find(r->fact, column)].i;
}

static void
take_row(struct source_state *s, const struct source_row *r)
{
	s->requested = r->requested;
	s->status = r->status;
	s->reason = r->reason;
	s->endpoint = r->endpoint;
	s->version = r->version;
	s->origin = r->origin;
	s->tls = r->tls;
	s->privilege = r->privilege;
	s->started_at = r->started_at;
	s->duration_us = r->duration_us;
}

/* What was found of a source, or of one of its nodes: the row of that node, else that of all. */
static void
add_state(struct instance *inst, const struct rows *r, const struct source_decl *d, const char *node, bool one_of_many)
{
	struct source_state *s = &inst->sources[inst->n_sources++];
	const char *why = why_left_out(&inst->inputs->without, d->id);
	bool own = false;

	*s = (struct source_state){.decl = d,
	    .node = node,
	    .name = d->id,
	    .title = d->title,
	    .one_of_many = one_of_many,
	    .status = PS_NOT_CONFIGURED,
	    .reason = "",
	    .endpoint = "",
	    .version = "",
	    .origin = "",
	    .tls = "",
	    .privilege = "",
	    .excluded = why != NULL,
	    .excluded_why = why != NULL ? why : ""};
	s->needed = d->need == SN_REQUIRED || texts_has(&inst->inputs->require, d->id) ||
	    (node[0] != '\0' && texts_has(&inst->inputs->nodes, node));
	if (one_of_many) {
		s->name = arena_printf(inst->arena, "%s/%s", d->id, node);
		s->title = arena_printf(inst->arena, "%s (%s)", d->title, node);
	}
	for (size_t i = 0; r != NULL && i < r->n && !own; i++) {
		const struct source_row row = source_row_at(r, i);

		own = strcmp(row.id, d->id) == 0 && strcmp(row.node, node) == 0;
		if (own || (strcmp(row.id, d->id) == 0 && row.node[0] == '\0'))
			take_row(s, &row);
	}
}

static void
add_node(struct instance *inst, struct texts *nodes, const char *node)
{
	if (node[0] != '\0' && !texts_has(nodes, node))
		ARENA_PUSH(inst->arena, nodes, node);
}

/* Those that were asked, and those of which some table is there, in the order of their names. */
static struct texts
nodes_of(struct instance *inst, const struct rows *r, const struct source_decl *d)
{
	struct texts nodes = {0};

	if (why_left_out(&inst->inputs->without, d->id) != NULL)
		return nodes;
	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (strcmp(instance_text(r, i, "id"), d->id) == 0)
			add_node(inst, &nodes, instance_text(r, i, "node"));
	for (size_t i = 0; i < inst->snapshot->n; i++) {
		const struct rows *rows = inst->snapshot->items[i];

		if (rows->fact->found_parts && strcmp(rows->fact->source, d->kind) == 0)
			add_node(inst, &nodes, rows->part);
	}
	if (nodes.n > 1)
		qsort(nodes.items, nodes.n, sizeof *nodes.items, by_text);
	return nodes;
}

void
instance_read_sources(struct instance *inst)
{
	const struct rows *r = snapshot_find(inst->snapshot, &source_fact, "run");
	size_t n = inst->set->sources.n;
	struct texts *nodes = arena_alloc(inst->arena, (n + 1) * sizeof *nodes);
	size_t all = n;

	for (size_t i = 0; i < n; i++) {
		nodes[i] = nodes_of(inst, r, &inst->set->sources.items[i]);
		all += nodes[i].n;
	}
	inst->sources = arena_alloc(inst->arena, (all + 1) * sizeof *inst->sources);
	inst->n_sources = 0;
	for (size_t i = 0; i < n; i++) {
		const struct source_decl *d = &inst->set->sources.items[i];

		if (nodes[i].n == 0)
			add_state(inst, r, d, "", false);
		for (size_t k = 0; k < nodes[i].n; k++)
			add_state(inst, r, d, nodes[i].items[k], nodes[i].n > 1);
	}
}

bool
instance_node_is_read(const struct instance *inst, const char *node)
{
	for (size_t i = 0; i < inst->n_sources; i++)
		if (inst->sources[i].requested && strcmp(inst->sources[i].node, node) == 0)
			return true;
	return false;
}
