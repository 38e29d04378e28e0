/*
 * Writes and reads the NDJSON files of a snapshot. Live rows and rows from a bundle get the same checks in rows.c,
 * so a replay decides like the run itself.
 */
#include "facts/snapshot.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct snapshot *
snapshot_new(void)
{
	return xcalloc(1, sizeof(struct snapshot));
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		rows_free(s->items[i]);
	free(s->items);
	free(s);
}

void
snapshot_add(struct snapshot *s, struct rows *r)
{
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? s->cap * 2 : 32;
		s->items = xrealloc(s->items, s->cap, sizeof *s->items);
	}
	s->items[s->n++] = r;
}

void
snapshot_put(struct snapshot *s, struct rows *r)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i]->fact == r->fact && strcmp(s->items[i]->part, r->part) == 0) {
			rows_free(s->items[i]);
			s->items[i] = r;
			return;
		}
	snapshot_add(s, r);
}

const struct rows *
snapshot_find(const struct snapshot *s, const struct fact *f, const char *part)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i]->fact == f && strcmp(s->items[i]->part, part) == 0)
			return s->items[i];
	return NULL;
}

static json_t *
columns_json(const struct fact *f)
{
	json_t *list = json_array();

	if (f->part_column != NULL)
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "name", f->part_column, "type", "text"));
	for (size_t i = 0; i < f->n_columns; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", f->columns[i].name, "type", col_type_word[f->columns[i].type]));
	return list;
}

static json_t *
part_json(const struct rows *r)
{
	json_t *missing = json_array();

	for (size_t i = 0; i < r->n_missing; i++)
		(void)json_array_append_new(missing, json_string(r->missing[i]));
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:I, s:I}", "part", r->part, "status", part_status_word[r->status],
	    "reason", r->reason, "rows", (json_int_t)r->n, "missing", missing, "read_at", (json_int_t)r->read_at,
	    "duration_us", (json_int_t)r->duration_us);
}

static json_t *
row_json(const struct rows *r, const struct cell *row)
{
	json_t *list = json_array();

	if (r->fact->part_column != NULL)
		(void)json_array_append_new(list, json_string(r->part));
	for (size_t i = 0; i < r->fact->n_columns; i++) {
		json_t *cell = NULL;

		switch (row[i].kind) {
		case CELL_NULL:
			cell = json_null();
			break;
		case CELL_INT:
			cell = json_integer(row[i].i);
			break;
		case CELL_TEXT:
			cell = json_string(row[i].s);
			break;
		}
		(void)json_array_append_new(list, cell);
	}
	return list;
}

static char *
dump(json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);

	json_decref(value);
	return text;
}

/* Line 1 says what the table is; then one line for each row, sorted bytewise. */
static void
write_table(const struct snapshot *s, const struct fact *f, struct arena *a, struct members *out)
{
	json_t *parts = json_array();
	struct member m = {.path = arena_printf(a, "facts/%s.ndjson", f->table)};
	char **lines, *header, *p, *text;
	size_t n = 0, k = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->items[i]->fact == f ? s->items[i]->n : 0;
	lines = xcalloc(n + 1, sizeof *lines);
	for (size_t i = 0; i < s->n; i++) {
		const struct rows *r = s->items[i];

		if (r->fact != f)
			continue;
		(void)json_array_append_new(parts, part_json(r));
		for (size_t row = 0; row < r->n; row++)
			lines[k++] = dump(row_json(r, r->items[row]));
	}
	qsort(lines, n, sizeof *lines, by_text);
	header = dump(json_pack("{s:s, s:s, s:o, s:o}", "table", f->table, "source", f->source, "columns",
	    columns_json(f), "parts", parts));
	m.len = strlen(header) + 1;
	for (size_t i = 0; i < n; i++)
		m.len += strlen(lines[i]) + 1;
	p = text = arena_alloc(a, m.len + 1);
	p = stpcpy(stpcpy(p, header), "\n");
	for (size_t i = 0; i < n; i++) {
		p = stpcpy(stpcpy(p, lines[i]), "\n");
		free(lines[i]);
	}
	free(lines);
	free(header);
	m.data = text;
	ARENA_PUSH(a, out, m);
}

static int
by_path(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;

	return strcmp(a->path, b->path);
}

void
snapshot_write(const struct snapshot *s, struct arena *a, struct members *out)
{
	for (size_t i = 0; i < s->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || s->items[k]->fact == s->items[i]->fact;
		if (!seen)
			write_table(s, s->items[i]->fact, a, out);
	}
	qsort(out->items, out->n, sizeof *out->items, by_path);
}

struct table_reading {
	const struct fact *fact;
	const char *path;
	struct rows **parts; /* of this table */
	int64_t *expected;   /* rows of each, according to line 1 */
	size_t n_parts;
	int *column; /* declared column -> place in a row; -1: not in the file */
	int part_at;
	size_t width;
	struct arena *arena;
	struct snapshot *snapshot;
	size_t line;
};

static bool
bad(const struct table_reading *rd, struct err *e, const char *what)
{
	return fail(e, (struct loc){.file = rd->path, .line = (unsigned)rd->line, .col = 1}, "%s", what);
}

static int
find_column(const json_t *columns, const char *name, const char *type)
{
	for (size_t i = 0; i < json_array_size(columns); i++) {
		const json_t *c = json_array_get(columns, i);
		const char *n = json_string_value(json_object_get(c, "name"));
		const char *t = json_string_value(json_object_get(c, "type"));

		if (n != NULL && t != NULL && strcmp(n, name) == 0 && strcmp(t, type) == 0)
			return (int)i;
	}
	return -1;
}

static bool
read_part(struct table_reading *rd, const json_t *p, struct err *e)
{
	const char *part = json_string_value(json_object_get(p, "part"));
	const char *reason = json_string_value(json_object_get(p, "reason"));
	const json_t *missing = json_object_get(p, "missing");
	const json_t *rows = json_object_get(p, "rows"), *read_at = json_object_get(p, "read_at");
	enum part_status status;
	struct rows *r;

	if (part == NULL || reason == NULL || !json_is_array(missing) || !json_is_integer(rows) ||
	    !json_is_integer(read_at) || json_integer_value(read_at) < 0 ||
	    !part_status_of(json_string_value(json_object_get(p, "status")), &status))
		return bad(rd, e, "a part of the table is described wrongly");
	if (snapshot_find(rd->snapshot, rd->fact, part) != NULL)
		return bad(rd, e, "duplicate part in the table");
	r = rows_new(rd->fact, part);
	r->read_at = json_integer_value(json_object_get(p, "read_at"));
	r->duration_us = json_integer_value(json_object_get(p, "duration_us"));
	r->missing = arena_alloc(r->arena, (json_array_size(missing) + 1) * sizeof *r->missing);
	for (size_t i = 0; i < json_array_size(missing); i++) {
		const char *name = json_string_value(json_array_get(missing, i));

		if (name == NULL)
			name = "";
		r->missing[r->n_missing++] = text_clean(r->arena, name, strlen(name), 200);
	}
	rows_end(r, status, "%s", reason);
	rd->expected[rd->n_parts] = json_integer_value(rows);
	rd->parts[rd->n_parts++] = r;
	snapshot_add(rd->snapshot, r);
	return true;
}

enum header {
	HEADER_READ,
	HEADER_FOREIGN, /* of another declaration: the file is carried, not read */
	HEADER_WRONG,
};

static enum header
wrong_header(const struct table_reading *rd, struct err *e, const char *what)
{
	(void)bad(rd, e, what);
	return HEADER_WRONG;
}

/* Where each declared column is in a row; false: the file lacks one, or has it with another type. */
static bool
find_columns(struct table_reading *rd, const json_t *columns)
{
	const struct fact *f = rd->fact;

	rd->width = json_array_size(columns);
	rd->part_at = f->part_column != NULL ? find_column(columns, f->part_column, "text") : -1;
	rd->column = arena_alloc(rd->arena, (f->n_columns + 1) * sizeof *rd->column);
	for (size_t i = 0; i < f->n_columns; i++) {
		rd->column[i] = find_column(columns, f->columns[i].name, col_type_word[f->columns[i].type]);
		if (rd->column[i] < 0)
			return false;
	}
	return f->part_column == NULL || rd->part_at >= 0;
}

static enum header
read_header(struct table_reading *rd, const json_t *h, struct err *e)
{
	const json_t *columns = json_object_get(h, "columns"), *parts = json_object_get(h, "parts");
	const char *table = json_string_value(json_object_get(h, "table"));

	if (table == NULL || strcmp(table, rd->fact->table) != 0)
		return wrong_header(rd, e, "line 1 names another table than the file");
	if (!json_is_array(columns) || !json_is_array(parts) || json_array_size(parts) > 1000)
		return wrong_header(rd, e, "line 1 does not describe a fact table");
	if (!find_columns(rd, columns))
		return HEADER_FOREIGN;
	rd->parts = arena_alloc(rd->arena, (json_array_size(parts) + 1) * sizeof *rd->parts);
	rd->expected = arena_alloc(rd->arena, (json_array_size(parts) + 1) * sizeof *rd->expected);
	for (size_t i = 0; i < json_array_size(parts); i++)
		if (!read_part(rd, json_array_get(parts, i), e))
			return HEADER_WRONG;
	return HEADER_READ;
}

static bool
cell_from_json(const json_t *value, struct cell *out)
{
	*out = (struct cell){.kind = CELL_NULL};
	if (json_is_integer(value))
		*out = (struct cell){.kind = CELL_INT, .i = json_integer_value(value)};
	else if (json_is_string(value))
		*out = (struct cell){.kind = CELL_TEXT, .s = json_string_value(value)};
	return json_is_integer(value) || json_is_string(value) || json_is_null(value);
}

static struct rows *
part_of(const struct table_reading *rd, const json_t *row)
{
	const char *part;

	if (rd->part_at < 0)
		return rd->n_parts == 1 ? rd->parts[0] : NULL;
	part = json_string_value(json_array_get(row, (size_t)rd->part_at));
	for (size_t i = 0; part != NULL && i < rd->n_parts; i++)
		if (strcmp(rd->parts[i]->part, part) == 0)
			return rd->parts[i];
	return NULL;
}

static bool
read_row(struct table_reading *rd, const json_t *row, struct cell *cells, struct err *e)
{
	struct rows *r;

	if (!json_is_array(row) || json_array_size(row) != rd->width)
		return bad(rd, e, "a row whose number of columns differs from line 1");
	r = part_of(rd, row);
	if (r == NULL || (r->status != PS_COMPLETE && r->status != PS_TRUNCATED))
		return bad(rd, e, "a row of a part that line 1 does not have, or not as read");
	for (size_t i = 0; i < rd->fact->n_columns; i++)
		if (!cell_from_json(json_array_get(row, (size_t)rd->column[i]), &cells[i]))
			return bad(rd, e, "a value that is neither integer, text nor null");
	if (!rows_add(r, cells, e)) {
		e->at = (struct loc){.file = rd->path, .line = (unsigned)rd->line, .col = 1};
		return false;
	}
	return true;
}

static json_t *
parse_line(const char **p, const char *end, struct table_reading *rd, struct err *e)
{
	const char *stop = memchr(*p, '\n', (size_t)(end - *p));
	json_error_t je;
	json_t *value;

	rd->line++;
	if (stop == NULL || (size_t)(stop - *p) > LINE_MAX_BYTES) {
		(void)bad(rd, e, "the file is cut, or a line is too long");
		return NULL;
	}
	value = json_loadb(*p, (size_t)(stop - *p), JSON_REJECT_DUPLICATES, &je);
	if (value == NULL)
		(void)bad(rd, e, "this line is not JSON");
	*p = stop + 1;
	return value;
}

static bool
read_table(struct table_reading *rd, const struct member *m, struct err *e)
{
	const char *p = m->data, *end = m->data + m->len;
	json_t *value = parse_line(&p, end, rd, e);
	struct cell *cells = arena_alloc(rd->arena, (rd->fact->n_columns + 1) * sizeof *cells);
	enum header header = value != NULL ? read_header(rd, value, e) : HEADER_WRONG;
	bool ok = header == HEADER_READ;

	json_decref(value);
	while (ok && p < end) {
		value = parse_line(&p, end, rd, e);
		ok = value != NULL && read_row(rd, value, cells, e);
		json_decref(value);
	}
	for (size_t i = 0; ok && i < rd->n_parts; i++)
		if (rd->expected[i] != (int64_t)rd->parts[i]->n)
			ok = bad(rd, e, "the number of rows differs from line 1");
	return ok || header == HEADER_FOREIGN;
}

bool
snapshot_read(
    struct snapshot *s, const struct fact_list *declared, const struct members *members, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < members->n; i++) {
		const struct member *m = &members->items[i];
		struct table_reading rd = {.path = m->path, .arena = a, .snapshot = s};
		size_t n = strlen(m->path);
		const char *table;

		if (strncmp(m->path, "facts/", 6) != 0 || n < 14 || strcmp(m->path + n - 7, ".ndjson") != 0)
			continue;
		table = arena_strndup(a, m->path + 6, n - 13);
		rd.fact = fact_find(declared, table);
		if (rd.fact != NULL && !read_table(&rd, m, e))
			return false;
	}
	if (snapshot_find(s, &run_fact, "run") == NULL || snapshot_find(s, &source_fact, "run") == NULL)
		return fail(e, NOWHERE,
		    "it contains no snapshot: facts/run.ndjson or facts/source.ndjson "
		    "is missing");
	return true;
}

void
snapshot_digest(const struct members *members, char out[65])
{
	struct sha256 *all = sha256_new();

	for (size_t i = 0; i < members->n; i++)
		if (strncmp(members->items[i].path, "facts/", 6) == 0) {
			sha256_add(all, members->items[i].path, strlen(members->items[i].path) + 1);
			sha256_add(all, members->items[i].data, members->items[i].len);
		}
	sha256_end(all, out);
}
