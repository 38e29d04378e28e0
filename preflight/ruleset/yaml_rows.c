/*
 * Turns rows written in YAML (data tables, the `given` of rule tests) into typed rows. They pass the same check in
 * facts/rows.c as live rows.
 */
#include "ruleset/yaml_rows.h"

#include <string.h>

#include "base/text.h"
#include "ruleset/ruleset_read.h"

static bool
time_from_text(const char *text, int64_t now, int64_t *out)
{
	int64_t offset;

	if (strcmp(text, "now") == 0) {
		*out = now;
		return true;
	}
	if ((text[0] != '-' && text[0] != '+') || !read_duration(text, &offset))
		return false;
	*out = now + offset;
	return true;
}

static bool
cell_from_yaml(const struct fact_column *c, const struct ynode *node, int64_t now, struct cell *out, struct err *e)
{
	const char *text = node->text;

	if (node->style == YS_PLAIN && strcmp(text, "null") == 0)
		text = NULL;
	if (text != NULL && c->type == T_TIME) {
		*out = (struct cell){.kind = CELL_INT};
		return time_from_text(text, now, &out->i) ||
		    fail(e, node->at, "column %s: \"%s\" is no time: write it as -6h or +20min", c->name, text);
	}
	return cell_from_text(c, text, out, e);
}

static struct cell
default_cell(const struct fact_column *c, int64_t now)
{
	struct cell cell = {.kind = CELL_INT};
	struct err e;

	if (c->null)
		return (struct cell){.kind = CELL_NULL};
	if (c->example != NULL && cell_from_text(c, c->example, &cell, &e))
		return cell;
	if (c->type == T_TEXT)
		return (struct cell){.kind = CELL_TEXT, .s = c->n_values > 0 ? c->values[0] : ""};
	if (c->type == T_TIME)
		cell.i = now;
	if (c->type == T_VERSION)
		cell.i = 5;
	return cell;
}

static void
unknown_column(const struct ynode *key, const struct fact *f, struct faults *faults)
{
	const char *words[60], *near;

	for (size_t i = 0; i < f->n_columns; i++)
		words[i] = f->columns[i].name;
	near = closest(key->text, words, f->n_columns);
	faults_add(faults, key->at, "table %s has no column \"%s\"%s%s%s", f->table, key->text,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* The cell of a row that is a list of values, or NULL. */
static const struct ynode *
list_cell(const struct ynode *map)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->items[i]->kind == Y_LIST)
			return map->items[i];
	return NULL;
}

/*
 * Adds one row. `list`: the cell that is a list, or NULL; `value`: that of its values which the row has.
 * `cells`: room for one row.
 */
static void
add_row(const struct ynode *map, const struct ynode *list, const struct ynode *value, struct rows *r,
    struct cell *cells, int64_t now, struct faults *faults)
{
	const struct fact *f = r->fact;
	struct err e = {.at = map->at};

	for (size_t i = 0; i < f->n_columns; i++)
		cells[i] = default_cell(&f->columns[i], now);
	for (size_t i = 0; i < map->n; i++) {
		const struct ynode *node = map->items[i] == list ? value : map->items[i];
		int c = fact_column_find(f, map->keys[i]->text);

		if (c < 0) {
			if (f->part_column == NULL || strcmp(f->part_column, map->keys[i]->text) != 0)
				unknown_column(map->keys[i], f, faults);
			continue;
		}
		if (node->kind != Y_SCALAR)
			faults_add(
			    faults, node->at, "column %s: one value, or one list of them in a row", map->keys[i]->text);
		else if (!cell_from_yaml(&f->columns[c], node, now, &cells[c], &e))
			faults_add(faults, node->at, "%s", e.msg);
	}
	if (!rows_add(r, cells, &e))
		faults_add(faults, map->at, "table %s: %s", f->table, e.msg);
	if (r->left_out > 0)
		faults_add(
		    faults, map->at, "table %s: column %s has more than %d bytes", f->table, r->too_long, CELL_MAX);
}

static void
add_each(const struct ynode *map, struct rows *r, struct cell *cells, int64_t now, struct faults *faults)
{
	const struct ynode *list = list_cell(map);

	if (list == NULL)
		add_row(map, NULL, NULL, r, cells, now, faults);
	else if (list->n == 0)
		faults_add(faults, list->at, "table %s: a list in a row needs a value", r->fact->table);
	else
		for (size_t i = 0; i < list->n; i++)
			add_row(map, list, list->items[i], r, cells, now, faults);
}

/* The part that a row belongs to: its part column, else the first declared part. */
static bool
belongs(const struct ynode *map, const struct rows *r)
{
	const struct fact *f = r->fact;
	const struct ynode *node = f->part_column != NULL ? yaml_get(map, f->part_column) : NULL;
	const char *part = node != NULL && node->kind == Y_SCALAR ? node->text : f->n_parts > 0 ? f->parts[0] : r->part;

	return strcmp(part, r->part) == 0;
}

static void
add_rows(struct arena *a, const struct ynode *list, struct rows *r, int64_t now, bool part_only, struct faults *faults)
{
	struct cell *cells = arena_alloc(a, (r->fact->n_columns + 1) * sizeof *cells);

	if (list->kind != Y_LIST) {
		faults_add(faults, list->at, "rows of %s must be a list of maps", r->fact->table);
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i]->kind != Y_MAP)
			faults_add(faults, list->items[i]->at, "a row is a map: {column: value}");
		else if (!part_only || belongs(list->items[i], r))
			add_each(list->items[i], r, cells, now, faults);
}

size_t
yaml_rows_n(const struct ynode *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *cell = list->items[i]->kind == Y_MAP ? list_cell(list->items[i]) : NULL;

		n += cell != NULL ? cell->n : 1;
	}
	return n;
}

void
yaml_rows(struct arena *a, const struct ynode *list, struct rows *r, int64_t now, struct faults *faults)
{
	add_rows(a, list, r, now, false, faults);
}

void
yaml_part_rows(struct arena *a, const struct ynode *list, struct rows *r, int64_t now, struct faults *faults)
{
	add_rows(a, list, r, now, true, faults);
}
