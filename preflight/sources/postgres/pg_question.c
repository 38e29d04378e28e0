/*
 * Composes the question whether rows break a constraint. It stands between what is known of a constraint (a
 * data table of the rules) and pg_constraints.c, which looks at the catalogue and sends the statement.
 *
 * A window is the part of a table that is read: it has the columns of the constraint, and KEY. Conditions are
 * written as NOT (x IS NOT NULL), of which the planner makes x IS NULL and takes an index, if there is one.
 */
#include "sources/postgres/pg_question.h"

#include <string.h>

#define SQL_MAX ((size_t)64 * 1024)
#define KEY "\"*key\"" /* no column of GitLab's has this name */
#define IDS_SHOWN 5

static const char *const kind_word[] = {[CK_NOT_NULL] = "not_null",
    [CK_NUM_NONNULLS] = "num_nonnulls",
    [CK_LENGTH] = "length",
    [CK_CHECK] = "check",
    [CK_FOREIGN_KEY] = "foreign_key",
    [CK_UNIQUE] = "unique"};

enum constraint_kind
constraint_kind_of(const char *name)
{
	size_t i = 0;

	while (i < CK_N && strcmp(kind_word[i], name) != 0)
		i++;
	return (enum constraint_kind)i;
}

const char *
constraint_kind_word(enum constraint_kind k)
{
	return k < CK_N ? kind_word[k] : "";
}

const char *
constraint_list(const struct texts *t, struct arena *a)
{
	const char *all = "";

	for (size_t i = 0; i < t->n; i++)
		all = arena_printf(a, "%s%s%s", all, i > 0 ? "," : "", t->items[i]);
	return all;
}

static bool
is_number(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* "= 1", ">= 1" */
static bool
is_comparison(const char *s)
{
	size_t n = strspn(s, "<=>");

	return n > 0 && n <= 2 && s[n] == ' ' && is_number(s + n + 1);
}

bool
constraint_check(const struct constraint *c, const char **why)
{
	const char *fault = NULL;

	if (c->kind >= CK_N)
		fault = "there is no such kind of constraint";
	else if (c->columns.n == 0)
		fault = "it names no column";
	else if (c->kind == CK_NUM_NONNULLS && (c->expression == NULL || !is_comparison(c->expression)))
		fault = "the expression of num_nonnulls is a comparison such as \"= 1\"";
	else if (c->kind == CK_LENGTH && (c->expression == NULL || !is_number(c->expression)))
		fault = "the expression of length is a number";
	else if (c->kind == CK_CHECK && c->expression == NULL)
		fault = "a check needs an expression";
	else if (c->kind == CK_FOREIGN_KEY && (c->referenced == NULL || c->referenced_columns.n != c->columns.n))
		fault = "a foreign key references as many columns as it has";
	if (fault != NULL)
		*why = fault;
	return fault == NULL;
}

/* ---- Parts of a statement ---- */

const char *
constraint_quoted(const char *name, struct arena *a)
{
	CLEANUP(buf_free) struct buf b;

	buf_init(&b, SQL_MAX);
	buf_add_name(&b, name);
	return arena_strdup(a, b.p);
}

static void
add_column(struct buf *b, const char *of, const char *name)
{
	buf_printf(b, "%s.", of);
	buf_add_name(b, name);
}

/* t."a" AFTER BETWEEN t."b" AFTER ... */
static void
add_columns(struct buf *b, const struct constraint *c, const char *after, const char *between)
{
	for (size_t i = 0; i < c->columns.n; i++) {
		buf_add(b, i > 0 ? between : "");
		add_column(b, "t", c->columns.items[i]);
		buf_add(b, after);
	}
}

/* By what rows are duplicates of each other. */
static void
add_keys(struct buf *b, const struct constraint *c, const char *after, const char *between)
{
	if (c->keys.n == 0)
		add_columns(b, c, after, between);
	for (size_t i = 0; i < c->keys.n; i++)
		buf_printf(b, "%s(%s)%s", i > 0 ? between : "", c->keys.items[i], after);
}

/* A row that a unique constraint is about. */
static void
add_is_indexed(struct buf *b, const struct constraint *c)
{
	if (c->nulls_equal)
		buf_add(b, "true");
	else
		add_keys(b, c, " IS NOT NULL", " AND ");
	if (c->predicate != NULL)
		buf_printf(b, " AND (%s)", c->predicate);
}

/* Of a row t, and of the row r that it references: whether t breaks the constraint. */
static void
add_broken(struct buf *b, const struct constraint *c)
{
	switch (c->kind) {
	case CK_NOT_NULL:
		buf_add(b, "NOT (");
		add_columns(b, c, " IS NOT NULL", " AND ");
		buf_addc(b, ')');
		break;
	case CK_NUM_NONNULLS:
		buf_add(b, "NOT (num_nonnulls(");
		add_columns(b, c, "", ", ");
		buf_printf(b, ") %s)", c->expression);
		break;
	case CK_LENGTH:
		buf_add(b, "char_length(");
		add_columns(b, c, "", ", ");
		buf_printf(b, ") > %s", c->expression);
		break;
	case CK_CHECK:
		buf_printf(b, "NOT (%s)", c->expression);
		break;
	case CK_FOREIGN_KEY:
		add_columns(b, c, " IS NOT NULL", " AND ");
		buf_add(b, " AND ");
		add_column(b, "r", c->referenced_columns.items[0]);
		buf_add(b, " IS NULL");
		break;
	case CK_UNIQUE:
		add_is_indexed(b, c);
		break;
	case CK_N:
		break;
	}
}

static void
add_table(struct buf *b, const struct constraint *c)
{
	if (c->schema == NULL || strcmp(c->schema, "public") == 0)
		buf_add(b, "public");
	else
		buf_add_name(b, c->schema);
	buf_addc(b, '.');
	buf_add_name(b, c->table);
}

static void
add_join(struct buf *b, const struct constraint *c)
{
	if (c->kind != CK_FOREIGN_KEY)
		return;
	buf_add(b, " LEFT JOIN public.");
	buf_add_name(b, c->referenced);
	buf_add(b, " AS r ON ");
	for (size_t i = 0; i < c->columns.n; i++) {
		buf_add(b, i > 0 ? " AND " : "");
		add_column(b, "r", c->referenced_columns.items[i]);
		buf_add(b, " = ");
		add_column(b, "t", c->columns.items[i]);
	}
}

static void
add_window(struct buf *b, const struct constraint *c, const char *key)
{
	buf_add(b, "SELECT ");
	if (key != NULL)
		add_column(b, "x", key);
	else
		buf_add(b, "x.ctid::text");
	buf_add(b, " AS " KEY);
	for (size_t i = 0; i < c->columns.n; i++) {
		buf_add(b, ", ");
		add_column(b, "x", c->columns.items[i]);
	}
	buf_add(b, " FROM ");
	add_table(b, c);
	buf_add(b, " AS x");
}

static void
add_end(struct buf *b, const struct constraint *c, const struct question *q, const char *direction)
{
	buf_addc(b, '(');
	add_window(b, c, q->key);
	buf_add(b, " ORDER BY ");
	add_column(b, "x", q->key);
	buf_printf(b, "%s LIMIT %zu) UNION ALL ", direction, q->ends);
}

static void
add_windows(struct buf *b, const struct constraint *c, const struct question *q)
{
	if (q->extent == QX_PARTS && q->key != NULL) {
		add_end(b, c, q, "");
		add_end(b, c, q, " DESC");
	}
	add_window(b, c, q->key);
	if (q->extent == QX_PARTS)
		buf_printf(b, " TABLESAMPLE SYSTEM (%.9f) REPEATABLE (1)", q->percent);
}

/* ---- Statements ---- */

/* Every row of the window is looked at, and counted. */
static void
add_counted(struct buf *b, const struct constraint *c, const struct question *q)
{
	buf_printf(b,
	    "SELECT count(DISTINCT q.key) FILTER (WHERE q.broken),"
	    " array_to_string((array_agg(DISTINCT q.key) FILTER (WHERE q.broken))[1:%d], ', '), count(*)"
	    " FROM (SELECT t." KEY " AS key, ",
	    IDS_SHOWN);
	add_broken(b, c);
	buf_add(b, " AS broken FROM (");
	add_windows(b, c, q);
	buf_add(b, ") AS t");
	add_join(b, c);
	buf_add(b, ") AS q");
}

/* The reading stops once enough is found. */
static void
add_limited(struct buf *b, const struct constraint *c, const struct question *q)
{
	bool unique = c->kind == CK_UNIQUE;

	buf_printf(b,
	    "SELECT count(*), array_to_string((array_agg(q.key))[1:%d], ', '), NULL::bigint FROM (SELECT %s AS key FROM (",
	    IDS_SHOWN, unique ? "min(t." KEY ")" : "t." KEY);
	add_windows(b, c, q);
	buf_add(b, ") AS t");
	add_join(b, c);
	buf_add(b, " WHERE ");
	add_broken(b, c);
	if (unique) {
		buf_add(b, " GROUP BY ");
		add_keys(b, c, "", ", ");
		buf_add(b, " HAVING count(*) > 1");
	}
	buf_printf(b, " LIMIT %d) AS q", QUESTION_FOUND_MAX);
}

const char *
question_sql(const struct constraint *c, const struct question *q, struct arena *a)
{
	CLEANUP(buf_free) struct buf b;

	buf_init(&b, SQL_MAX);
	if (q->extent == QX_WHOLE || c->kind == CK_UNIQUE)
		add_limited(&b, c, q);
	else
		add_counted(&b, c, q);
	return arena_strdup(a, b.p);
}

const char *
question_shown(const struct constraint *c, struct arena *a)
{
	CLEANUP(buf_free) struct buf b;
	bool unique = c->kind == CK_UNIQUE;

	buf_init(&b, SQL_MAX);
	buf_add(&b, "SELECT ");
	if (unique)
		add_keys(&b, c, "", ", ");
	else
		buf_add(&b, "t.*");
	buf_add(&b, " FROM ");
	add_table(&b, c);
	buf_add(&b, " AS t");
	add_join(&b, c);
	buf_add(&b, " WHERE ");
	add_broken(&b, c);
	if (unique) {
		buf_add(&b, " GROUP BY ");
		add_keys(&b, c, "", ", ");
		buf_add(&b, " HAVING count(*) > 1");
	}
	buf_add(&b, " LIMIT 10");
	return arena_strdup(a, b.p);
}
