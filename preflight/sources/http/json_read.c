/*
 * Takes typed cells out of JSON bodies. A wrong type becomes NULL, and facts/rows.c decides whether that column
 * may be NULL.
 */
#include "sources/http/json_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/version.h"

struct cell
json_read_text(const char *s)
{
	return s != NULL ? (struct cell){.kind = CELL_TEXT, .s = s} : (struct cell){.kind = CELL_NULL};
}

static struct cell
integer_cell(int64_t n)
{
	return (struct cell){.kind = CELL_INT, .i = n};
}

struct cell
json_read_integer(const json_t *j)
{
	const char *s = json_string_value(j);
	char *end = NULL;
	long long n;

	if (json_is_integer(j))
		return integer_cell(json_integer_value(j));
	if (s == NULL || s[0] == '\0')
		return (struct cell){.kind = CELL_NULL};
	errno = 0;
	n = strtoll(s, &end, 10);
	return errno == 0 && *end == '\0' ? integer_cell(n) : (struct cell){.kind = CELL_NULL};
}

struct cell
json_read_bool(const json_t *j)
{
	const char *s = json_string_value(j);

	if (j == NULL || json_is_null(j) || json_is_false(j) || (s != NULL && strcmp(s, "false") == 0))
		return integer_cell(0);
	if (json_is_true(j) || (s != NULL && strcmp(s, "true") == 0))
		return integer_cell(1);
	return (struct cell){.kind = CELL_NULL};
}

struct cell
json_read_time(const json_t *j)
{
	const char *s = json_string_value(j), *p;
	struct tm tm = {0};
	int64_t fraction = 0, unit = 100000;

	p = s != NULL ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (p == NULL)
		return (struct cell){.kind = CELL_NULL};
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			fraction += (*p - '0') * unit;
	if (strcmp(p, "Z") != 0 && strcmp(p, "+00:00") != 0)
		return (struct cell){.kind = CELL_NULL};
	return integer_cell((int64_t)timegm(&tm) * 1000000 + fraction);
}

struct cell
json_read_version(const char *text)
{
	char digits[64];
	struct version v;
	struct err e;

	(void)snprintf(digits, sizeof digits, "%.*s", (int)strspn(text, "0123456789."), text);
	return version_parse(digits, &v, &e) ? integer_cell(v.key) : (struct cell){.kind = CELL_NULL};
}

bool
json_read_row(struct rows *r, const struct named_cell *cells, size_t n, struct err *e)
{
	struct cell row[32] = {0};

	for (size_t i = 0; i < r->fact->n_columns && i < nitems(row); i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(r->fact->columns[i].name, cells[k].column) == 0)
				row[i] = cells[k].cell;
	return r->fact->n_columns <= nitems(row)
	    ? rows_add(r, row, e)
	    : fail(e, NOWHERE, "%s declares more columns than there are", r->fact->table);
}
