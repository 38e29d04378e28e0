/*
 * From SQL text to trees and their short form, for the kinds release and postgres. What is compared with what, and
 * what a difference means, is decided by rules.
 */
#include "sources/sql_tree.h"

#include <ctype.h>
#include <string.h>

#ifdef HAVE_PG_QUERY
#include <pg_query.h>
#endif

#include "facts/rows.h"

/* ---- Parsing ---- */

void
sql_tree_drop(json_t **t)
{
	json_decref(*t);
}

#ifdef HAVE_PG_QUERY

const char *
sql_tree_fault(void)
{
	return NULL;
}

/* Lines of psql: `\restrict KEY`. In a dump of a structure no text has a line that begins so. */
static void
blank_psql_lines(char *text)
{
	for (char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line == '\\')
			memset(line, ' ', strcspn(line, "\n"));
		if (*line == '\0')
			return;
	}
}

/* Behind blanks and comments. */
static const char *
skip_comments(const char *p, const char *end)
{
	while (p < end && (isspace((unsigned char)*p) || (end - p > 1 && p[0] == '-' && p[1] == '-')))
		p += *p == '-' ? strcspn(p, "\n") : 1;
	return p < end ? p : end;
}

/* The library leaves out a last statement that has no end. */
static bool
is_split_whole(const char *text, const PgQuerySplitResult *r)
{
	const PgQuerySplitStmt *last = r->n_stmts > 0 ? r->stmts[r->n_stmts - 1] : NULL;
	const char *p = text + (last != NULL ? last->stmt_location + last->stmt_len : 0), *end = text + strlen(text);

	p = skip_comments(p, end);
	while (*p == ';')
		p = skip_comments(p + 1, end);
	return p == end;
}

bool
sql_split(char *text, sql_visit *visit, void *arg, struct err *e)
{
	PgQuerySplitResult r;
	bool ok;

	blank_psql_lines(text);
	r = pg_query_split_with_scanner(text);
	ok = r.error == NULL && is_split_whole(text, &r);
	if (!ok)
		(void)fail(e, NOWHERE, "cannot be split into statements: %.200s",
		    r.error != NULL ? r.error->message : "the last one has no end");
	for (int i = 0; ok && i < r.n_stmts; i++) {
		const char *p = text + r.stmts[i]->stmt_location, *end = p + r.stmts[i]->stmt_len;

		p = skip_comments(p, end);
		visit(arg, p, (size_t)(end - p));
	}
	pg_query_free_split_result(r);
	return ok;
}

json_t *
sql_tree_parse(const char *sql, size_t len, struct err *e)
{
	CLEANUP(free_ptr) char *text = NULL;
	CLEANUP(sql_tree_drop) json_t *all = NULL;
	PgQueryParseResult r;
	json_error_t je;
	json_t *statement;

	if (len > SQL_STATEMENT_MAX || memchr(sql, '\0', len) != NULL) {
		(void)fail(e, NOWHERE, "a statement of more than %zu KB is not parsed", SQL_STATEMENT_MAX / 1024);
		return NULL;
	}
	text = xcalloc(len + 1, 1);
	memcpy(text, sql, len);
	r = pg_query_parse(text);
	if (r.error != NULL) {
		(void)fail(e, NOWHERE, "%.200s", r.error->message);
		pg_query_free_parse_result(r);
		return NULL;
	}
	all = json_loads(r.parse_tree, 0, &je);
	pg_query_free_parse_result(r);
	if (all == NULL)
		(void)fail(e, NOWHERE, "a statement is nested too deeply");
	statement = json_object_get(json_array_get(json_object_get(all, "stmts"), 0), "stmt");
	if (all != NULL && (statement == NULL || json_array_size(json_object_get(all, "stmts")) != 1)) {
		(void)fail(e, NOWHERE, "this is not one statement");
		return NULL;
	}
	return json_incref(statement);
}

#else

const char *
sql_tree_fault(void)
{
	return "this build has no libpg_query, which parses the structure of a release";
}

bool
sql_split(char *text, sql_visit *visit, void *arg, struct err *e)
{
	(void)text;
	(void)visit;
	(void)arg;
	return fail(e, NOWHERE, "%s", sql_tree_fault());
}

json_t *
sql_tree_parse(const char *sql, size_t len, struct err *e)
{
	(void)sql;
	(void)len;
	(void)fail(e, NOWHERE, "%s", sql_tree_fault());
	return NULL;
}

#endif

/* ---- The short form ---- */

struct writer {
	struct buf b;
	const char *sql; /* what locations are about */
};

static void write_value(struct writer *, const json_t *);

static const char *
text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s != NULL ? s : "";
}

static void
write_quoted(struct writer *w, const char *s, char quote)
{
	buf_addc(&w->b, quote);
	for (; *s != '\0'; s++) {
		if (*s == quote)
			buf_addc(&w->b, quote);
		buf_addc(&w->b, *s);
	}
	buf_addc(&w->b, quote);
}

/* Words of constants are quoted where they are names. */
static void
write_name(struct writer *w, const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_$");

	if (n > 0 && s[n] == '\0' && !isdigit((unsigned char)*s) && strcmp(s, "true") != 0 && strcmp(s, "false") != 0 &&
	    strcmp(s, "null") != 0)
		buf_add(&w->b, s);
	else
		write_quoted(w, s, '"');
}

static void
write_list(struct writer *w, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i > 0)
			buf_addc(&w->b, ',');
		write_value(w, json_array_get(list, i));
	}
}

/* Names of functions, operators and types: without pg_catalog. */
static void
write_path(struct writer *w, const json_t *names, bool is_operator)
{
	size_t n = json_array_size(names);

	for (size_t i = 0; i < n; i++) {
		const char *s = text_of(json_object_get(json_array_get(names, i), "String"), "sval");

		if (i + 1 < n && strcmp(s, "pg_catalog") == 0)
			continue;
		if (is_operator)
			buf_add(&w->b, s);
		else
			write_name(w, s);
		if (i + 1 < n)
			buf_addc(&w->b, '.');
	}
}

/* Whether an object has no other keys than these and its location. */
static bool
has_only(const json_t *object, const char *const *keys)
{
	const char *key;
	json_t *value;
	bool known = true;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		bool found = strcmp(key, "location") == 0;

		for (size_t i = 0; keys[i] != NULL; i++)
			found = found || strcmp(keys[i], key) == 0;
		known = known && found;
	}
	return known;
}
#define HAS_ONLY(object, ...) has_only(object, (const char *const[]){__VA_ARGS__, NULL})

/*
 * The library leaves out the value of an integer below 1: it is taken from the text. Whatever else is there in its
 * place makes the form one that equals no other.
 */
static void
write_small_integer(struct writer *w, const json_t *constant)
{
	size_t at = (size_t)json_integer_value(json_object_get(constant, "location"));
	const char *p = w->sql + (at < strlen(w->sql) ? at : strlen(w->sql));

	if (*p == '-') {
		buf_addc(&w->b, '-');
		p += 1 + strspn(p + 1, " \t\r\n(");
	}
	if (strspn(p, "0123456789") == 0)
		buf_printf(&w->b, "?%zu", at);
	buf_addn(&w->b, p, strspn(p, "0123456789"));
}

static bool
write_constant(struct writer *w, const json_t *n)
{
	const json_t *i = json_object_get(n, "ival"), *f = json_object_get(n, "fval"), *s = json_object_get(n, "sval"),
		     *b = json_object_get(n, "boolval");

	if (!HAS_ONLY(n, "ival", "fval", "sval", "boolval", "isnull"))
		return false;
	if (i != NULL && json_integer_value(json_object_get(i, "ival")) > 0)
		buf_printf(&w->b, "%lld", (long long)json_integer_value(json_object_get(i, "ival")));
	else if (i != NULL)
		write_small_integer(w, n);
	else if (f != NULL)
		buf_add(&w->b, text_of(f, "fval"));
	else if (s != NULL)
		write_quoted(w, text_of(s, "sval"), '\'');
	else if (b != NULL)
		buf_add(&w->b, json_is_true(json_object_get(b, "boolval")) ? "true" : "false");
	else
		buf_add(&w->b, "null");
	return true;
}

static bool
write_column(struct writer *w, const json_t *n)
{
	const json_t *fields = json_object_get(n, "fields");

	if (!HAS_ONLY(n, "fields"))
		return false;
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *name = json_object_get(json_array_get(fields, i), "String");

		if (i > 0)
			buf_addc(&w->b, '.');
		if (name != NULL)
			write_name(w, text_of(name, "sval"));
		else
			buf_addc(&w->b, '*');
	}
	return true;
}

/* "=(a,1)", "any=(a,array(...))" */
static bool
write_operation(struct writer *w, const json_t *n)
{
	const char *kind = text_of(n, "kind");

	if (!HAS_ONLY(n, "kind", "name", "lexpr", "rexpr"))
		return false;
	if (strcmp(kind, "AEXPR_OP_ANY") == 0)
		buf_add(&w->b, "any");
	else if (strcmp(kind, "AEXPR_OP") != 0)
		buf_printf(&w->b, "%s:", kind);
	write_path(w, json_object_get(n, "name"), true);
	buf_addc(&w->b, '(');
	write_value(w, json_object_get(n, "lexpr"));
	buf_addc(&w->b, ',');
	write_value(w, json_object_get(n, "rexpr"));
	buf_addc(&w->b, ')');
	return true;
}

static bool
write_call(struct writer *w, const json_t *n)
{
	if (!HAS_ONLY(n, "funcname", "args", "funcformat"))
		return false;
	write_path(w, json_object_get(n, "funcname"), false);
	buf_addc(&w->b, '(');
	write_list(w, json_object_get(n, "args"));
	buf_addc(&w->b, ')');
	return true;
}

static bool
write_with(struct writer *w, const char *word, const json_t *arguments)
{
	buf_printf(&w->b, "%s(", word);
	if (json_is_array(arguments))
		write_list(w, arguments);
	else
		write_value(w, arguments);
	buf_addc(&w->b, ')');
	return true;
}

static bool
write_logic(struct writer *w, const json_t *n)
{
	const char *op = text_of(n, "boolop");

	return HAS_ONLY(n, "boolop", "args") &&
	    write_with(w,
		strcmp(op, "AND_EXPR") == 0      ? "and"
		    : strcmp(op, "OR_EXPR") == 0 ? "or"
						 : "not",
		json_object_get(n, "args"));
}

static bool
write_null_test(struct writer *w, const json_t *n)
{
	return HAS_ONLY(n, "arg", "nulltesttype") &&
	    write_with(
		w, strcmp(text_of(n, "nulltesttype"), "IS_NULL") == 0 ? "null" : "notnull", json_object_get(n, "arg"));
}

static bool
write_array(struct writer *w, const json_t *n)
{
	return HAS_ONLY(n, "elements") && write_with(w, "array", json_object_get(n, "elements"));
}

static bool
write_coalesce(struct writer *w, const json_t *n)
{
	return HAS_ONLY(n, "args") && write_with(w, "coalesce", json_object_get(n, "args"));
}

static bool
write_type(struct writer *w, const json_t *n)
{
	const json_t *mods = json_object_get(n, "typmods");

	if (!HAS_ONLY(n, "names", "typemod", "typmods", "arrayBounds"))
		return false;
	write_path(w, json_object_get(n, "names"), false);
	if (mods != NULL)
		(void)write_with(w, "", mods);
	for (size_t i = 0; i < json_array_size(json_object_get(n, "arrayBounds")); i++)
		buf_add(&w->b, "[]");
	return true;
}

/* text, varchar without a length, and arrays of them: servers print these casts in several ways. */
static bool
is_text_type(const json_t *type)
{
	const json_t *names = json_object_get(type, "names");
	size_t n = json_array_size(names);
	const char *s = n > 0 ? text_of(json_object_get(json_array_get(names, n - 1), "String"), "sval") : "";

	return json_object_get(type, "typmods") == NULL && (strcmp(s, "text") == 0 || strcmp(s, "varchar") == 0);
}

static bool
write_cast(struct writer *w, const json_t *n)
{
	const json_t *type = json_object_get(n, "typeName");

	if (!HAS_ONLY(n, "arg", "typeName"))
		return false;
	if (is_text_type(type)) {
		write_value(w, json_object_get(n, "arg"));
		return true;
	}
	buf_add(&w->b, "cast(");
	write_value(w, json_object_get(n, "arg"));
	buf_addc(&w->b, ',');
	if (!write_type(w, type))
		write_value(w, type);
	buf_addc(&w->b, ')');
	return true;
}

static bool
write_string(struct writer *w, const json_t *n)
{
	write_name(w, text_of(n, "sval"));
	return HAS_ONLY(n, "sval");
}

static bool
write_index_element(struct writer *w, const json_t *n)
{
	if (!HAS_ONLY(n, "name", "ordering", "nulls_ordering") ||
	    strcmp(text_of(n, "ordering"), "SORTBY_DEFAULT") != 0 ||
	    strcmp(text_of(n, "nulls_ordering"), "SORTBY_NULLS_DEFAULT") != 0)
		return false;
	write_name(w, text_of(n, "name"));
	return true;
}

static bool
write_check(struct writer *w, const json_t *n)
{
	return strcmp(text_of(n, "contype"), "CONSTR_CHECK") == 0 && json_object_get(n, "is_no_inherit") == NULL &&
	    write_with(w, "check", json_object_get(n, "raw_expr"));
}

/* A form of its own for the usual nodes; false: the node has something unusual, and takes the general form. */
static const struct form {
	const char *node;
	bool (*write)(struct writer *, const json_t *);
} forms[] = {
    {"A_Const", write_constant},
    {"ColumnRef", write_column},
    {"A_Expr", write_operation},
    {"FuncCall", write_call},
    {"BoolExpr", write_logic},
    {"NullTest", write_null_test},
    {"A_ArrayExpr", write_array},
    {"CoalesceExpr", write_coalesce},
    {"TypeName", write_type},
    {"TypeCast", write_cast},
    {"String", write_string},
    {"IndexElem", write_index_element},
    {"Constraint", write_check},
};

/* What says nothing about the meaning of an object, or is kept beside its short form. */
static bool
is_left_out(const char *key, const json_t *value)
{
	static const char *const always[] = {"location", "conname", "idxname", "relpersistence", "inh", "funcformat",
	    "behavior", "skip_validation", "initially_valid", "concurrent", "if_not_exists", "contype"};
	static const char *const usual[][2] = {{"schemaname", "public"}, {"ordering", "SORTBY_DEFAULT"},
	    {"nulls_ordering", "SORTBY_NULLS_DEFAULT"}, {"fk_matchtype", "s"}, {"fk_upd_action", "a"}};
	const char *s = json_string_value(value);

	for (size_t i = 0; i < nitems(always); i++)
		if (strcmp(always[i], key) == 0)
			return true;
	for (size_t i = 0; i < nitems(usual); i++)
		if (s != NULL && strcmp(usual[i][0], key) == 0 && strcmp(usual[i][1], s) == 0)
			return true;
	return strcmp(key, "typemod") == 0 && json_integer_value(value) == -1;
}

static void
write_fields(struct writer *w, const json_t *object)
{
	const char *key, *before = "";
	json_t *value;

	buf_addc(&w->b, '{');
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (is_left_out(key, value))
			continue;
		buf_printf(&w->b, "%s%s:", before, key);
		write_value(w, value);
		before = ",";
	}
	buf_addc(&w->b, '}');
}

static void
write_node(struct writer *w, const char *name, const json_t *fields)
{
	size_t before = w->b.len;
	const char *word = name;

	for (size_t i = 0; i < nitems(forms); i++)
		if (strcmp(forms[i].node, name) == 0 && forms[i].write(w, fields))
			return;
	w->b.len = before; /* what a form began */
	if (strcmp(name, "Constraint") == 0)
		word = text_of(fields, "contype");
	buf_add(&w->b, word);
	write_fields(w, fields);
}

static void
write_value(struct writer *w, const json_t *v)
{
	const char *first = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)v));

	if (json_is_object(v) && json_object_size(v) == 1 && isupper((unsigned char)first[0]))
		write_node(w, first, json_object_get(v, first));
	else if (json_is_object(v))
		write_fields(w, v);
	else if (json_is_array(v)) {
		buf_addc(&w->b, '[');
		write_list(w, v);
		buf_addc(&w->b, ']');
	} else if (json_is_string(v))
		write_quoted(w, json_string_value(v), '\'');
	else if (json_is_integer(v))
		buf_printf(&w->b, "%lld", (long long)json_integer_value(v));
	else
		buf_add(&w->b, json_is_true(v) ? "t" : json_is_false(v) ? "f" : "");
}

const char *
sql_tree_short(struct arena *a, const char *sql, const json_t *node)
{
	struct writer w = {.sql = sql};
	const char *out;

	buf_init(&w.b, CELL_MAX - 1);
	write_value(&w, node);
	out = w.b.over ? NULL : arena_strndup(a, w.b.p, w.b.len);
	buf_free(&w.b);
	return out;
}

const char *
sql_tree_type(struct arena *a, const char *sql, const json_t *type_name)
{
	CLEANUP(sql_tree_drop) json_t *node = json_pack("{s:O}", "TypeName", type_name);

	return sql_tree_short(a, sql, node);
}

/* ---- What a server prints ---- */

/* The part of the one statement at this path of keys; an empty key: the first of a list. */
static const char *
short_at(struct arena *a, const char *sql, const char *const *path, bool *valid, struct err *e)
{
	CLEANUP(sql_tree_drop) json_t *all = sql_tree_parse(sql, strlen(sql), e);
	const json_t *node = all;
	const char *out;

	if (all == NULL)
		return NULL;
	for (; *path != NULL; path++)
		node = **path == '\0' ? json_array_get(node, 0) : json_object_get(node, *path);
	if (node == NULL) {
		(void)fail(e, NOWHERE, "this is another statement");
		return NULL;
	}
	if (valid != NULL)
		*valid = !json_is_true(json_object_get(json_object_get(node, "Constraint"), "skip_validation"));
	out = sql_tree_short(a, sql, node);
	if (out == NULL)
		(void)fail(e, NOWHERE, "its short form is too long");
	return out;
}

const char *
sql_short_constraint(struct arena *a, const char *definition, bool *valid, struct err *e)
{
	static const char *const path[] = {"AlterTableStmt", "cmds", "", "AlterTableCmd", "def", NULL};

	return short_at(a, arena_printf(a, "ALTER TABLE t ADD CONSTRAINT c %s", definition), path, valid, e);
}

const char *
sql_short_index(struct arena *a, const char *definition, struct err *e)
{
	return short_at(a, definition, (const char *const[]){NULL}, NULL, e);
}

const char *
sql_short_type(struct arena *a, const char *type, struct err *e)
{
	static const char *const path[] = {
	    "SelectStmt", "targetList", "", "ResTarget", "val", "TypeCast", "typeName", NULL};
	const char *sql = arena_printf(a, "SELECT NULL::%s", type);
	CLEANUP(sql_tree_drop) json_t *all = sql_tree_parse(sql, strlen(sql), e);
	const json_t *node = all;

	for (const char *const *p = path; node != NULL && *p != NULL; p++)
		node = **p == '\0' ? json_array_get(node, 0) : json_object_get(node, *p);
	if (all != NULL && node == NULL)
		(void)fail(e, NOWHERE, "this is no type");
	return node != NULL ? sql_tree_type(a, sql, node) : NULL;
}

const char *
sql_short_expression(struct arena *a, const char *expression, struct err *e)
{
	static const char *const path[] = {"SelectStmt", "whereClause", NULL};

	return short_at(a, arena_printf(a, "SELECT 1 WHERE %s", expression), path, NULL, e);
}
