/*
 * The SQL functions that rules may call, and the list of allowed built-in ones. None reads a clock, a file or a
 * random number, so the same rows give the same result.
 */
#include "facts/sqlfunc.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

#define LIST_BYTES ((size_t)4 * 1024 * 1024) /* of all words together; more is an error */
#define LIST_MAX 100                         /* words that list() shows; the others are counted */

static const char *const allowed[] = {"abs", "coalesce", "count", "days", "duration_text", "glob", "hours", "ifnull",
    "iif", "instr", "json", "json_array_length", "json_each", "json_extract", "json_type", "json_valid", "length",
    "list", "ltrim", "max", "min", "minutes", "now", "nullif", "printf", "replace", "rtrim", "seconds", "substr", "sum",
    "time_text", "total_int", "trim", "version", "version_in", "version_minor_text", "version_text"};

bool
sqlfunc_allowed(const char *name)
{
	for (size_t i = 0; i < nitems(allowed); i++)
		if (sqlite3_stricmp(allowed[i], name) == 0)
			return true;
	return false;
}

/* No silent conversions: 14.10 as a number is 14.1, and 6h is 6. */
static bool
has_type(sqlite3_context *c, sqlite3_value *v, int type)
{
	if (sqlite3_value_type(v) == type)
		return true;
	sqlite3_result_error(c, type == SQLITE_TEXT ? "a text in quotes was expected" : "an integer was expected", -1);
	return false;
}

static void
fn_version(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *text = (const char *)sqlite3_value_text(v[0]);
	struct version version;
	struct err e;

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL || !has_type(c, v[0], SQLITE_TEXT))
		return;
	if (text == NULL)
		sqlite3_result_error_nomem(c);
	else if (version_parse(text, &version, &e))
		sqlite3_result_int64(c, version.key);
	else
		sqlite3_result_error(c, e.msg, -1);
}

static void
fn_version_in(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *range = (const char *)sqlite3_value_text(v[1]);
	struct err e;

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	if (range == NULL)
		sqlite3_result_error(c, "version_in: the range is NULL", -1);
	else if (sqlite3_value_type(v[0]) != SQLITE_INTEGER)
		sqlite3_result_error(c, "version_in: the first argument is no version", -1);
	else if (!version_range_check(range, &e))
		sqlite3_result_error(c, e.msg, -1);
	else
		sqlite3_result_int(c, version_in(sqlite3_value_int64(v[0]), range));
}

static void
fn_version_text(sqlite3_context *c, int n, sqlite3_value **v)
{
	char text[VERSION_TEXT];

	(void)n;
	if (sqlite3_value_type(v[0]) != SQLITE_NULL && has_type(c, v[0], SQLITE_INTEGER))
		sqlite3_result_text(c, version_text(sqlite3_value_int64(v[0]), text), -1, SQLITE_TRANSIENT);
}

static void
fn_version_minor_text(sqlite3_context *c, int n, sqlite3_value **v)
{
	char text[VERSION_TEXT];

	(void)n;
	if (sqlite3_value_type(v[0]) != SQLITE_NULL && has_type(c, v[0], SQLITE_INTEGER))
		sqlite3_result_text(c, version_minor_text(sqlite3_value_int64(v[0]), text), -1, SQLITE_TRANSIENT);
}

static void
fn_now(sqlite3_context *c, int n, sqlite3_value **v)
{
	const int64_t *now = sqlite3_user_data(c);

	(void)n;
	(void)v;
	sqlite3_result_int64(c, *now);
}

static void
fn_unit(sqlite3_context *c, int n, sqlite3_value **v)
{
	const int64_t *unit = sqlite3_user_data(c);
	int64_t product;

	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL || !has_type(c, v[0], SQLITE_INTEGER))
		return;
	if (__builtin_mul_overflow(sqlite3_value_int64(v[0]), *unit, &product))
		sqlite3_result_error(c, "duration out of range", -1);
	else
		sqlite3_result_int64(c, product);
}

static void
fn_time_text(sqlite3_context *c, int n, sqlite3_value **v)
{
	char text[TIME_PEOPLE];

	(void)n;
	if (sqlite3_value_type(v[0]) != SQLITE_NULL && has_type(c, v[0], SQLITE_INTEGER))
		sqlite3_result_text(c, text_time_people(sqlite3_value_int64(v[0]), text), -1, SQLITE_TRANSIENT);
}

static void
fn_duration_text(sqlite3_context *c, int n, sqlite3_value **v)
{
	char text[TIME_TEXT];

	(void)n;
	if (sqlite3_value_type(v[0]) != SQLITE_NULL && has_type(c, v[0], SQLITE_INTEGER))
		sqlite3_result_text(c, text_duration(sqlite3_value_int64(v[0]), text), -1, SQLITE_TRANSIENT);
}

/* sum() that is 0, not NULL, over no rows, and an error, not a float, when it overflows. */
struct total {
	int64_t sum;
	bool bad;
};

static void
total_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct total *t = sqlite3_aggregate_context(c, (int)sizeof *t);

	(void)n;
	if (t == NULL || sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	t->bad = t->bad || sqlite3_value_type(v[0]) != SQLITE_INTEGER ||
	    __builtin_add_overflow(t->sum, sqlite3_value_int64(v[0]), &t->sum);
}

static void
total_final(sqlite3_context *c)
{
	struct total *t = sqlite3_aggregate_context(c, 0);

	if (t != NULL && t->bad)
		sqlite3_result_error(c, "total_int: not an integer, or out of range", -1);
	else
		sqlite3_result_int64(c, t != NULL ? t->sum : 0);
}

/* Sorted words, so that the answer does not depend on the order of rows. */
struct words {
	char **items;
	size_t n, cap, bytes;
};

static void
list_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct words *w = sqlite3_aggregate_context(c, (int)sizeof *w);
	const char *text = (const char *)sqlite3_value_text(v[0]);

	(void)n;
	if (w == NULL || (text == NULL && sqlite3_value_type(v[0]) != SQLITE_NULL)) {
		sqlite3_result_error_nomem(c); /* a word must not be lost */
		return;
	}
	if (text == NULL)
		return;
	w->bytes += strlen(text);
	if (w->bytes > LIST_BYTES) {
		sqlite3_result_error(c, "list: too much text", -1);
		return;
	}
	if (w->n == w->cap) {
		w->cap = w->cap > 0 ? w->cap * 2 : 8;
		w->items = xrealloc(w->items, w->cap, sizeof *w->items);
	}
	w->items[w->n++] = xstrdup(text);
}

static void
list_final(sqlite3_context *c)
{
	struct words *w = sqlite3_aggregate_context(c, 0);
	struct buf out;

	buf_init(&out, 32768);
	if (w != NULL && w->n > 1)
		qsort(w->items, w->n, sizeof *w->items, by_text);
	for (size_t i = 0, shown = 0; w != NULL && i < w->n; i++) {
		if (i > 0 && strcmp(w->items[i - 1], w->items[i]) == 0)
			continue;
		if (shown++ < LIST_MAX)
			buf_printf(&out, "%s%s", shown > 1 ? ", " : "", w->items[i]);
		else if (shown == LIST_MAX + 1)
			buf_add(&out, ", ...");
	}
	for (size_t i = 0; w != NULL && i < w->n; i++)
		free(w->items[i]);
	if (w != NULL)
		free(w->items);
	sqlite3_result_text(c, out.p, -1, SQLITE_TRANSIENT);
	buf_free(&out);
}

/* For ORDER BY: numbers in names count as numbers, so that table_2 comes before table_10. */
static int
natural(void *data, int na, const void *a, int nb, const void *b)
{
	(void)data;
	return text_natural(a, (size_t)na, b, (size_t)nb);
}

bool
sqlfunc_register(sqlite3 *db, const int64_t *now)
{
	static int64_t second = 1000000, minute = 60000000, hour = 3600000000, day = 86400000000;
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
	const struct {
		const char *name;
		int arguments;
		void *data;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
		void (*step)(sqlite3_context *, int, sqlite3_value **);
		void (*final)(sqlite3_context *);
	} ours[] = {
	    {"version", 1, NULL, fn_version, NULL, NULL},
	    {"version_in", 2, NULL, fn_version_in, NULL, NULL},
	    {"version_text", 1, NULL, fn_version_text, NULL, NULL},
	    {"version_minor_text", 1, NULL, fn_version_minor_text, NULL, NULL},
	    {"now", 0, (void *)(uintptr_t)now, fn_now, NULL, NULL},
	    {"seconds", 1, &second, fn_unit, NULL, NULL},
	    {"minutes", 1, &minute, fn_unit, NULL, NULL},
	    {"hours", 1, &hour, fn_unit, NULL, NULL},
	    {"days", 1, &day, fn_unit, NULL, NULL},
	    {"time_text", 1, NULL, fn_time_text, NULL, NULL},
	    {"duration_text", 1, NULL, fn_duration_text, NULL, NULL},
	    {"total_int", 1, NULL, NULL, total_step, total_final},
	    {"list", 1, NULL, NULL, list_step, list_final},
	};

	for (size_t i = 0; i < nitems(ours); i++)
		if (sqlite3_create_function_v2(db, ours[i].name, ours[i].arguments, flags, ours[i].data, ours[i].call,
			ours[i].step, ours[i].final, NULL) != SQLITE_OK)
			return false;
	return sqlite3_create_collation(db, "numbered", SQLITE_UTF8, NULL, natural) == SQLITE_OK;
}
