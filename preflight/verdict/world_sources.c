#include "verdict/world_sources.h"

#include <stdlib.h>
#include <string.h>

const char *
world_text(const struct rows *r, size_t row, const char *column)
{
	const struct cell *c = &r->items[row][fact_column_find(r->fact, column)];

	return c->kind == CELL_TEXT ? c->s : "";
}

int64_t
world_number(const struct rows *r, size_t row, const char *column)
{
	return r->items[row][fact_column_find(r->fact, column)].i;
}

static enum part_status
status_of_word(const char *word)
{
	for (size_t i = 0; i < PS_N; i++)
		if (strcmp(part_status_word[i], word) == 0)
			return (enum part_status)i;
	return PS_ERROR;
}

static void
read_row(struct source_state *s, const struct rows *r, size_t row)
{
	s->requested = world_number(r, row, "requested") != 0;
	s->status = status_of_word(world_text(r, row, "status"));
	s->reason = world_text(r, row, "reason");
	s->endpoint = world_text(r, row, "endpoint");
	s->version = world_text(r, row, "version");
	s->origin = world_text(r, row, "origin");
	s->tls = world_text(r, row, "tls");
	s->privilege = world_text(r, row, "privilege");
	s->started_at = world_number(r, row, "started_at");
	s->duration_us = world_number(r, row, "duration_us");
}

static bool
is_among(const struct texts *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

static const char *
why_left_out(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->inputs->without.n; i++)
		if (strcmp(w->inputs->without.items[i].source, id) == 0)
			return w->inputs->without.items[i].reason;
	return NULL;
}

/* What was found of a source, or of one of its nodes: the row of that node, else that of all. */
static void
add_state(struct world *w, const struct rows *r, const struct source_decl *d, const char *node, bool one_of_many)
{
	struct source_state *s = &w->sources[w->n_sources++];
	const char *why = why_left_out(w, d->id);
	bool own = false;

	*s = (struct source_state){.decl = d, .node = node, .name = d->id, .title = d->title,
	    .one_of_many = one_of_many, .status = PS_NOT_CONFIGURED, .reason = "", .endpoint = "",
	    .version = "", .origin = "", .tls = "", .privilege = "", .excluded = why != NULL,
	    .excluded_why = why != NULL ? why : ""};
	s->needed = d->need == SN_REQUIRED || is_among(&w->inputs->require, d->id) ||
	    (node[0] != '\0' && is_among(&w->inputs->nodes, node));
	if (one_of_many) {
		s->name = arena_printf(w->arena, "%s/%s", d->id, node);
		s->title = arena_printf(w->arena, "%s (%s)", d->title, node);
	}
	for (size_t i = 0; r != NULL && i < r->n && !own; i++) {
		const char *said = world_text(r, i, "node");

		own = strcmp(world_text(r, i, "id"), d->id) == 0 && strcmp(said, node) == 0;
		if (own || (strcmp(world_text(r, i, "id"), d->id) == 0 && said[0] == '\0'))
			read_row(s, r, i);
	}
}

static void
add_node(struct world *w, struct texts *nodes, const char *node)
{
	if (node[0] != '\0' && !is_among(nodes, node))
		ARENA_PUSH(w->arena, nodes, node);
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Those that were asked, and those of which some table is there, in the order of their names. */
static struct texts
nodes_of(struct world *w, const struct rows *r, const struct source_decl *d)
{
	struct texts nodes = {0};

	if (why_left_out(w, d->id) != NULL)
		return nodes;
	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (strcmp(world_text(r, i, "id"), d->id) == 0)
			add_node(w, &nodes, world_text(r, i, "node"));
	for (size_t i = 0; i < w->snapshot->n; i++) {
		const struct rows *rows = w->snapshot->items[i];

		if (rows->fact->found_parts && strcmp(rows->fact->source, d->kind) == 0)
			add_node(w, &nodes, rows->part);
	}
	if (nodes.n > 1)
		qsort(nodes.items, nodes.n, sizeof *nodes.items, by_bytes);
	return nodes;
}

void
world_read_sources(struct world *w)
{
	const struct rows *r = snapshot_find(w->snapshot, &source_fact, "run");
	size_t n = w->set->sources.n;
	struct texts *nodes = arena_alloc(w->arena, (n + 1) * sizeof *nodes);
	size_t all = n;

	for (size_t i = 0; i < n; i++) {
		nodes[i] = nodes_of(w, r, &w->set->sources.items[i]);
		all += nodes[i].n;
	}
	w->sources = arena_alloc(w->arena, (all + 1) * sizeof *w->sources);
	w->n_sources = 0;
	for (size_t i = 0; i < n; i++) {
		const struct source_decl *d = &w->set->sources.items[i];

		if (nodes[i].n == 0)
			add_state(w, r, d, "", false);
		for (size_t k = 0; k < nodes[i].n; k++)
			add_state(w, r, d, nodes[i].items[k], nodes[i].n > 1);
	}
}

bool
world_node_is_read(const struct world *w, const char *node)
{
	for (size_t i = 0; i < w->n_sources; i++)
		if (w->sources[i].requested && strcmp(w->sources[i].node, node) == 0)
			return true;
	return false;
}
