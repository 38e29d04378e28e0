/*
 * The typed rows of one fact table and part. rows_add is the only way in and checks every cell; a violation makes
 * the part an error. Does no I/O.
 */
#include "facts/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

const char *const part_status_word[PS_N] = {
    [PS_COMPLETE] = "complete",
    [PS_ABSENT] = "absent",
    [PS_DENIED] = "denied",
    [PS_TIMEOUT] = "timeout",
    [PS_UNREACHABLE] = "unreachable",
    [PS_TLS_FAILED] = "tls_failed",
    [PS_TRUNCATED] = "truncated",
    [PS_STALE] = "stale",
    [PS_UNREADABLE] = "unreadable",
    [PS_NOT_CONFIGURED] = "not_configured",
    [PS_NOT_COLLECTED] = "not_collected",
    [PS_DISABLED] = "disabled",
    [PS_ERROR] = "error",
};

bool
part_status_of(const char *word, enum part_status *out)
{
	for (size_t i = 0; word != NULL && i < PS_N; i++)
		if (strcmp(part_status_word[i], word) == 0) {
			*out = (enum part_status)i;
			return true;
		}
	return false;
}

struct rows *
rows_new(const struct fact *f, const char *part)
{
	struct rows *r = xcalloc(1, sizeof *r);

	r->arena = arena_new();
	r->fact = f;
	r->part = arena_strdup(r->arena, part);
	r->status = PS_NOT_COLLECTED;
	return r;
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	arena_free(r->arena);
	free(r);
}

static bool
integer_from_text(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

static bool
bool_from_text(const char *text, int64_t *out)
{
	static const char *const no[] = {"f", "0", "false"}, *const yes[] = {"t", "1", "true"};

	for (size_t i = 0; i < nitems(no); i++) {
		*out = strcmp(text, yes[i]) == 0;
		if (*out != 0 || strcmp(text, no[i]) == 0)
			return true;
	}
	return false;
}

bool
cell_from_text(const struct fact_column *c, const char *text, struct cell *out, struct err *e)
{
	struct version v;
	bool ok = true;

	*out = (struct cell){.kind = CELL_INT};
	if (text == NULL) {
		out->kind = CELL_NULL;
		return true;
	}
	switch (c->type) {
	case T_INTEGER:
	case T_TIME:
		ok = integer_from_text(text, &out->i);
		break;
	case T_BOOL:
		ok = bool_from_text(text, &out->i);
		break;
	case T_VERSION:
		ok = version_parse(text, &v, e);
		out->i = v.key;
		break;
	case T_TEXT:
		*out = (struct cell){.kind = CELL_TEXT, .s = text};
		break;
	}
	if (!ok)
		return fail(e, NOWHERE, "column %s: \"%.60s\" is no %s", c->name, text, col_type_word[c->type]);
	return true;
}

static bool
text_fits(const struct fact_column *c, const struct cell *cell, struct err *e)
{
	if (cell->kind != CELL_TEXT)
		return fail(e, NOWHERE, "column %s: a number where text was declared", c->name);
	for (size_t i = 0; i < c->n_values; i++)
		if (strcmp(c->values[i], cell->s) == 0)
			return true;
	if (c->n_values > 0)
		return fail(e, NOWHERE, "column %s: \"%.60s\" is not one of its declared values", c->name, cell->s);
	return true;
}

static bool
cell_fits(const struct fact_column *c, const struct cell *cell, struct err *e)
{
	if (cell->kind == CELL_NULL) {
		if (!c->null)
			return fail(e, NOWHERE, "column %s: NULL where a value was declared", c->name);
		return true;
	}
	if (c->type == T_TEXT)
		return text_fits(c, cell, e);
	if (cell->kind != CELL_INT)
		return fail(e, NOWHERE, "column %s: text where %s was declared", c->name, col_type_word[c->type]);
	if (c->type == T_BOOL && cell->i != 0 && cell->i != 1)
		return fail(e, NOWHERE, "column %s: %lld is no bool", c->name, (long long)cell->i);
	if (c->type == T_VERSION && (cell->i < 0 || (cell->i % 10 != 0 && cell->i % 10 != 5)))
		return fail(e, NOWHERE, "column %s: %lld is no version key", c->name, (long long)cell->i);
	return true;
}

/* The cell as it is kept; false: its text is too long. Many a column has the text of the row above: it is kept once. */
static bool
take_cell(struct rows *r, const struct cell *cell, const struct cell *above, struct cell *out)
{
	*out = *cell;
	if (cell->kind != CELL_TEXT)
		return true;
	if (above != NULL && above->kind == CELL_TEXT && strcmp(above->s, cell->s) == 0) {
		*out = *above;
		r->bytes += strlen(out->s);
		return true;
	}
	if (strlen(cell->s) > CELL_MAX)
		return false;
	out->s = text_clean(r->arena, cell->s, strlen(cell->s), (size_t)8 * CELL_MAX);
	r->bytes += strlen(out->s);
	return strlen(out->s) <= CELL_MAX;
}

bool
rows_add(struct rows *r, const struct cell *cells, struct err *e)
{
	const struct fact *f = r->fact;
	const struct cell *above = r->n > 0 ? r->items[r->n - 1] : NULL;
	struct cell *row;

	if (r->n >= f->max_rows) {
		rows_end(r, PS_TRUNCATED, "more than %zu rows", f->max_rows);
		return fail(e, NOWHERE, "%s", r->reason);
	}
	for (size_t i = 0; i < f->n_columns; i++)
		if (!cell_fits(&f->columns[i], &cells[i], e)) {
			err_prefix(e, "row %zu", r->n + 1);
			return false;
		}
	row = arena_alloc(r->arena, f->n_columns * sizeof *row);
	for (size_t i = 0; i < f->n_columns; i++)
		if (!take_cell(r, &cells[i], above != NULL ? &above[i] : NULL, &row[i])) {
			rows_leave_out(r, i);
			return true;
		}
	if (r->bytes > PART_MAX) {
		rows_end(r, PS_TRUNCATED, "more than %zu MiB of text, in %zu rows", PART_MAX >> 20, r->n + 1);
		return fail(e, NOWHERE, "%s", r->reason);
	}
	ARENA_PUSH(r->arena, r, row);
	return true;
}

void
rows_leave_out(struct rows *r, size_t column)
{
	if (r->left_out++ == 0)
		r->too_long = r->fact->columns[column].name;
}

/* A table without the rows that were left out is not complete, and the reason mentions them. */
static void
add_left_out(struct rows *r)
{
	size_t n = strlen(r->reason);

	(void)snprintf(r->reason + n, sizeof r->reason - n, "%s%zu %s left out: column %s has more than %d bytes",
	    n > 0 ? "; " : "", r->left_out, r->left_out == 1 ? "row" : "rows", r->too_long, CELL_MAX);
	r->status = PS_TRUNCATED;
}

void
rows_end(struct rows *r, enum part_status status, const char *reason, ...)
{
	char raw[sizeof r->reason];
	va_list ap;

	r->status = status;
	va_start(ap, reason);
	(void)vsnprintf(raw, sizeof raw, reason, ap);
	va_end(ap);
	text_clean_into(r->reason, sizeof r->reason, raw);
	if (r->left_out > 0 && (status == PS_COMPLETE || status == PS_TRUNCATED))
		add_left_out(r);
	if (status != PS_COMPLETE && status != PS_TRUNCATED) {
		r->items = NULL;
		r->n = r->cap = 0;
	}
}
