/*
 * Merges several snapshots of one instance: the files of every node, each store once. A part that two snapshots
 * hold is an error here, never a silent choice.
 */
#include "facts/merge.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tables of facts: each part of one reading ---- */

struct piece {
	const struct named_snapshot *from;
	struct rows **rows; /* its place in that snapshot */
};

/* Requested, and read or failed: a result that a second one could contradict. */
static bool
is_held(const struct rows *r)
{
	return r->status != PS_NOT_CONFIGURED && r->status != PS_NOT_COLLECTED && r->status != PS_DISABLED;
}

static int
by_part(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;
	const struct rows *x = *a->rows, *y = *b->rows;
	int c = strcmp(x->fact->table, y->fact->table);

	if (c == 0)
		c = strcmp(x->part, y->part);
	if (c == 0)
		c = (int)is_held(y) - (int)is_held(x);
	if (c == 0)
		c = strcmp(x->reason, y->reason);
	return c != 0 ? c : strcmp(a->from->name, b->from->name);
}

static bool
is_same_part(const struct rows *a, const struct rows *b)
{
	return a->fact == b->fact && strcmp(a->part, b->part) == 0;
}

/* Sorted; the caller frees them. */
static struct piece *
pieces_of(const struct named_snapshot *readings, size_t n, size_t *n_out)
{
	struct piece *pieces;
	size_t all = 0, k = 0;

	for (size_t i = 0; i < n; i++)
		all += readings[i].snapshot->n;
	pieces = xcalloc(all + 1, sizeof *pieces);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < readings[i].snapshot->n; r++) {
			const struct fact *f = readings[i].snapshot->items[r]->fact;

			if (f != &run_fact && f != &source_fact)
				pieces[k++] = (struct piece){&readings[i], &readings[i].snapshot->items[r]};
		}
	qsort(pieces, k, sizeof *pieces, by_part);
	*n_out = k;
	return pieces;
}

/* ---- The tables of the engine ---- */

struct line {
	const struct named_snapshot *from;
	const struct cell *cells;
};

static const struct cell *
cell_of(const struct cell *cells, const char *column)
{
	return &cells[fact_column_find(&source_fact, column)];
}

static bool
is_requested(const struct line *l)
{
	return cell_of(l->cells, "requested")->i != 0;
}

static int
by_cell(const struct cell *a, const struct cell *b)
{
	if (a->kind == CELL_TEXT && b->kind == CELL_TEXT)
		return strcmp(a->s, b->s);
	return a->kind != b->kind ? (int)a->kind - (int)b->kind : (a->i > b->i) - (a->i < b->i);
}

/* By source and node; of equal ones the requested one first; then any stable order. */
static int
by_source(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	int c = strcmp(cell_of(a->cells, "id")->s, cell_of(b->cells, "id")->s);

	if (c == 0)
		c = (int)is_requested(b) - (int)is_requested(a);
	if (c == 0)
		c = strcmp(cell_of(a->cells, "node")->s, cell_of(b->cells, "node")->s);
	for (size_t i = 0; c == 0 && i < source_fact.n_columns; i++)
		c = by_cell(&b->cells[i], &a->cells[i]);
	return c != 0 ? c : strcmp(a->from->name, b->from->name);
}

static struct line *
lines_of(const struct named_snapshot *readings, size_t n, size_t *n_out)
{
	struct line *lines;
	size_t all = 0, k = 0;

	for (size_t i = 0; i < n; i++)
		all += snapshot_find(readings[i].snapshot, &source_fact, "run")->n;
	lines = xcalloc(all + 1, sizeof *lines);
	for (size_t i = 0; i < n; i++) {
		const struct rows *r = snapshot_find(readings[i].snapshot, &source_fact, "run");

		for (size_t row = 0; row < r->n; row++)
			lines[k++] = (struct line){&readings[i], r->items[row]};
	}
	qsort(lines, k, sizeof *lines, by_source);
	*n_out = k;
	return lines;
}

static bool
is_same_cell(const struct line *a, const struct line *b, const char *column)
{
	return strcmp(cell_of(a->cells, column)->s, cell_of(b->cells, column)->s) == 0;
}

bool
snapshot_holds(const struct named_snapshot *r, const char *id, const char *node)
{
	const struct rows *rows = snapshot_find(r->snapshot, &source_fact, "run");

	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(cell_of(rows->items[i], "id")->s, id) == 0 && cell_of(rows->items[i], "requested")->i != 0 &&
		    (node == NULL || strcmp(cell_of(rows->items[i], "node")->s, node) == 0))
			return true;
	return false;
}

/* ---- Refusals ---- */

static bool
clash(const struct named_snapshot *a, const struct named_snapshot *b, const char *what, const char *node, struct err *e)
{
	bool in_order = strcmp(a->name, b->name) <= 0;
	const char *first = in_order ? a->name : b->name, *second = in_order ? b->name : a->name;

	if (node[0] != '\0')
		return fail(
		    e, NOWHERE, "%s and %s both contain the files of %s: leave one of them out", first, second, node);
	return fail(e, NOWHERE,
	    "%s and %s both contain %s: read it once, and of the other nodes their files only, "
	    "with preflight collect --only host",
	    first, second, what);
}

bool
snapshots_clash(const struct named_snapshot *readings, size_t n, struct err *e)
{
	size_t n_lines, n_pieces;
	struct line *lines = lines_of(readings, n, &n_lines);
	struct piece *pieces = pieces_of(readings, n, &n_pieces);
	bool clashes = false;

	for (size_t i = 1; i < n_lines && !clashes; i++)
		if (is_same_cell(&lines[i - 1], &lines[i], "id") && is_same_cell(&lines[i - 1], &lines[i], "node") &&
		    is_requested(&lines[i]))
			clashes = !clash(lines[i - 1].from, lines[i].from, cell_of(lines[i].cells, "id")->s,
			    cell_of(lines[i].cells, "node")->s, e);
	for (size_t i = 1; i < n_pieces && !clashes; i++) {
		const struct rows *r = *pieces[i].rows;

		if (is_same_part(*pieces[i - 1].rows, r) && is_held(r))
			clashes = !clash(
			    pieces[i - 1].from, pieces[i].from, r->fact->table, r->fact->found_parts ? r->part : "", e);
	}
	free(lines);
	free(pieces);
	return clashes;
}

/* ---- Merging ---- */

/* Each name once, in the order of their bytes: "ops, root". */
static const char *
names_of(struct arena *a, const struct named_snapshot *readings, size_t n, const char *column)
{
	const char *all = "", *last = "";
	int c = fact_column_find(&run_fact, column);

	for (;;) {
		const char *next = NULL;

		for (size_t i = 0; i < n; i++) {
			const struct rows *r = snapshot_find(readings[i].snapshot, &run_fact, "run");
			const char *s = r->n > 0 && r->items[0][c].kind == CELL_TEXT ? r->items[0][c].s : "";

			if (strcmp(s, last) > 0 && (next == NULL || strcmp(s, next) < 0))
				next = s;
		}
		if (next == NULL)
			return all;
		all = arena_printf(a, "%s%s%s", all, all[0] != '\0' ? ", " : "", next);
		last = next;
	}
}

/* From the first to the last moment of all; a collection that does not state how it ended counts as incomplete. */
static bool
merge_run(const struct named_snapshot *readings, size_t n, struct snapshot *out, struct err *e)
{
	struct rows *r = rows_new(&run_fact, "run");
	struct cell cells[] = {{.kind = CELL_INT}, {.kind = CELL_INT}, {.kind = CELL_TEXT}, {.kind = CELL_TEXT},
	    {.kind = CELL_INT}, {.kind = CELL_TEXT}, {.kind = CELL_TEXT}};
	bool first = true;

	snapshot_add(out, r);
	for (size_t i = 0; i < n; i++) {
		const struct rows *run = snapshot_find(readings[i].snapshot, &run_fact, "run");

		if (run->n != 1) {
			cells[4].i = 1;
			continue;
		}
		if (first || run->items[0][0].i < cells[0].i)
			cells[0].i = run->items[0][0].i;
		if (first || run->items[0][1].i > cells[1].i)
			cells[1].i = run->items[0][1].i;
		if (run->items[0][4].i != 0)
			cells[4].i = 1;
		first = false;
	}
	cells[2].s = names_of(r->arena, readings, n, "operator");
	cells[3].s = names_of(r->arena, readings, n, "tool_version");
	cells[5].s = names_of(r->arena, readings, n, "host");
	cells[6].s = names_of(r->arena, readings, n, "command");
	if (!rows_add(r, cells, e))
		return false;
	rows_end(r, PS_COMPLETE, "%s", "");
	return true;
}

/* A source that one collection contacted keeps that row; otherwise one row, as not requested. */
static bool
merge_sources(const struct named_snapshot *readings, size_t n, struct snapshot *out, struct err *e)
{
	struct rows *r = rows_new(&source_fact, "run");
	size_t n_lines;
	struct line *lines = lines_of(readings, n, &n_lines);
	bool ok = true;

	snapshot_add(out, r);
	for (size_t i = 0; i < n_lines && ok; i++)
		if (is_requested(&lines[i]) || i == 0 || !is_same_cell(&lines[i - 1], &lines[i], "id"))
			ok = rows_add(r, lines[i].cells, e);
	free(lines);
	if (ok)
		rows_end(r, PS_COMPLETE, "%s", "");
	return ok;
}

static void
merge_parts(const struct named_snapshot *readings, size_t n, struct snapshot *out)
{
	size_t n_pieces;
	struct piece *pieces = pieces_of(readings, n, &n_pieces);
	const struct rows *last = NULL;

	for (size_t i = 0; i < n_pieces; i++) {
		struct rows *r = *pieces[i].rows;

		if (last != NULL && is_same_part(last, r))
			continue;
		snapshot_add(out, r);
		*pieces[i].rows = NULL;
		last = r;
	}
	free(pieces);
}

bool
snapshots_merge(struct named_snapshot *readings, size_t n, struct snapshot *out, struct err *e)
{
	if (snapshots_clash(readings, n, e))
		return false;
	if (!merge_run(readings, n, out, e) || !merge_sources(readings, n, out, e)) {
		err_prefix(e, "the bundles cannot be put together");
		return false;
	}
	merge_parts(readings, n, out);
	return true;
}
