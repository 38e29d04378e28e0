/*
 * Prints expressions of constraints, between a definition (pg_definition.c) and the question that is made of it
 * (pg_question.c). What is printed is composed of the pieces below and of nothing of the foreign text but names and
 * constants, is parsed again, and has to give the tree that was examined.
 */
#include "sources/postgres/pg_expression.h"

#include <string.h>

#include "sources/sql_tree.h"

#define PRINTED_MAX ((size_t)16 * 1024)
#define NODES_MAX 4000

/* All of them are PostgreSQL's own, cheap, and depend on their arguments only. */
static const char *const functions[] = {"char_length", "length", "octet_length", "num_nonnulls", "num_nulls",
    "cardinality", "jsonb_typeof", "btrim", "array_position", "date_trunc", "lower", NULL};
static const char *const operators[] = {"<=", "=", ">=", ">", "<", "<>", "+", "~", "!~", "<@", NULL};
static const char *const casts[] = {"text", "int4", "int8", "float8", "timestamptz", "varchar", NULL};

struct printing {
	struct buf out;
	struct texts *columns;
	struct arena *arena;
	const char *sql; /* what locations are about */
	const char *why;
	size_t nodes;
};

static bool print_node(struct printing *, const json_t *);

static bool
refuse(struct printing *p, const char *what, const char *name)
{
	if (p->why == NULL)
		p->why = arena_printf(p->arena, "%s %.60s", what, name);
	return false;
}

/* Drops the positions in the text, so that json_equal() compares what was meant. */
static void
tree_without_places(json_t *tree)
{
	const char *key;
	json_t *value;
	size_t i;

	(void)json_object_del(tree, "location");
	json_object_foreach(tree, key, value) tree_without_places(value);
	json_array_foreach(tree, i, value) tree_without_places(value);
}

/* ---- Pieces ---- */

static bool
is_listed(const char *const *list, const char *name)
{
	while (*list != NULL && (name == NULL || strcmp(*list, name) != 0))
		list++;
	return *list != NULL;
}

static const char *
text_of(const json_t *node, const char *key)
{
	const char *s = json_string_value(json_object_get(node, key));

	return s != NULL ? s : "";
}

static const char *
string_at(const json_t *list, size_t i)
{
	return text_of(json_object_get(json_array_get(list, i), "String"), "sval");
}

/* Every field of a node is known, or it might mean something that is not printed. */
static bool
has_only(struct printing *p, const json_t *node, const char *const *fields)
{
	const char *key;
	const json_t *value;

	json_object_foreach((json_t *)(uintptr_t)node, key,
	    value) if (strcmp(key, "location") != 0 && !is_listed(fields, key)) return refuse(p, "clause", key);
	return true;
}

/* A name, or one of pg_catalog: the last part is on the list. */
static bool
print_listed(struct printing *p, const json_t *names, const char *const *list, const char *what)
{
	size_t n = json_array_size(names);
	const char *last = string_at(names, n > 0 ? n - 1 : 0);

	if (!is_listed(list, last) || n > 2 || (n == 2 && strcmp(string_at(names, 0), "pg_catalog") != 0))
		return refuse(p, what, last);
	buf_printf(&p->out, "%s%s", n == 2 ? "pg_catalog." : "", last);
	return true;
}

/* E where a backslash is in it. */
static void
print_literal(struct printing *p, const char *s)
{
	buf_add(&p->out, strchr(s, '\\') != NULL ? "E'" : "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_addc(&p->out, *s);
		buf_addc(&p->out, *s);
	}
	buf_addc(&p->out, '\'');
}

static bool
print_list(struct printing *p, const json_t *list, const char *between)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		buf_add(&p->out, i > 0 ? between : "");
		if (!print_node(p, json_array_get(list, i)))
			return false;
	}
	return json_array_size(list) > 0 || refuse(p, "clause", "without elements");
}

/* ---- Nodes ---- */

static bool
print_column(struct printing *p, const json_t *node)
{
	const json_t *fields = json_object_get(node, "fields");
	const char *name = string_at(fields, 0);
	size_t i = 0;

	if (json_array_size(fields) != 1 || name[0] == '\0')
		return refuse(p, "column", "of another table");
	while (i < p->columns->n && strcmp(p->columns->items[i], name) != 0)
		i++;
	if (i == p->columns->n)
		ARENA_PUSH(p->arena, p->columns, arena_strdup(p->arena, name));
	buf_add_name(&p->out, name);
	return true;
}

/* The library leaves out the value of an integer below 1: it is taken from the text. */
static bool
print_small_integer(struct printing *p, const json_t *node)
{
	size_t at = (size_t)json_integer_value(json_object_get(node, "location")), sign, digits;
	const char *s = p->sql + (at < strlen(p->sql) ? at : strlen(p->sql));

	sign = *s == '-';
	digits = strspn(s + sign, "0123456789");
	if (digits == 0)
		return refuse(p, "number", "in an unusual form");
	buf_addn(&p->out, s, sign + digits);
	return true;
}

static bool
print_constant(struct printing *p, const json_t *node)
{
	const json_t *v;

	if ((v = json_object_get(node, "sval")) != NULL) {
		print_literal(p, text_of(v, "sval"));
	} else if ((v = json_object_get(node, "ival")) != NULL && json_object_get(v, "ival") == NULL) {
		return print_small_integer(p, node);
	} else if ((v = json_object_get(node, "ival")) != NULL) {
		buf_printf(&p->out, "%lld", (long long)json_integer_value(json_object_get(v, "ival")));
	} else if ((v = json_object_get(node, "fval")) != NULL) {
		const char *s = text_of(v, "fval");

		if (s[0] == '\0' || s[1 + strspn(s + 1, "0123456789.")] != '\0')
			return refuse(p, "number", s);
		buf_add(&p->out, s);
	} else if ((v = json_object_get(node, "boolval")) != NULL) {
		buf_add(&p->out, json_is_true(json_object_get(v, "boolval")) ? "true" : "false");
	} else if (json_is_true(json_object_get(node, "isnull"))) {
		buf_add(&p->out, "NULL");
	} else {
		return refuse(p, "constant", "of an unusual kind");
	}
	return true;
}

static bool
print_operation(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"kind", "name", "lexpr", "rexpr", NULL};
	bool any = strcmp(text_of(node, "kind"), "AEXPR_OP_ANY") == 0;

	if (!any && strcmp(text_of(node, "kind"), "AEXPR_OP") != 0)
		return refuse(p, "operator", text_of(node, "kind"));
	if (json_array_size(json_object_get(node, "name")) != 1 || json_object_get(node, "lexpr") == NULL)
		return refuse(p, "operator", string_at(json_object_get(node, "name"), 0));
	buf_addc(&p->out, '(');
	if (!has_only(p, node, fields) || !print_node(p, json_object_get(node, "lexpr")))
		return false;
	buf_addc(&p->out, ' ');
	if (!print_listed(p, json_object_get(node, "name"), operators, "operator"))
		return false;
	buf_add(&p->out, any ? " ANY (" : " ");
	if (!print_node(p, json_object_get(node, "rexpr")))
		return false;
	buf_add(&p->out, any ? "))" : ")");
	return true;
}

static bool
print_call(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"funcname", "args", "funcformat", NULL};

	if (!print_listed(p, json_object_get(node, "funcname"), functions, "function") || !has_only(p, node, fields))
		return false;
	buf_addc(&p->out, '(');
	if (!print_list(p, json_object_get(node, "args"), ", "))
		return false;
	buf_addc(&p->out, ')');
	return true;
}

static bool
print_bool(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"boolop", "args", NULL};
	const char *op = text_of(node, "boolop");

	buf_add(&p->out, strcmp(op, "NOT_EXPR") == 0 ? "(NOT " : "(");
	if (!has_only(p, node, fields) ||
	    !print_list(p, json_object_get(node, "args"), strcmp(op, "AND_EXPR") == 0 ? " AND " : " OR "))
		return false;
	buf_addc(&p->out, ')');
	return true;
}

static bool
print_test(struct printing *p, const json_t *node, const char *of)
{
	static const struct {
		const char *name, *sql;
	} tests[] = {{"IS_NULL", "NULL"}, {"IS_NOT_NULL", "NOT NULL"}, {"IS_TRUE", "TRUE"}, {"IS_NOT_TRUE", "NOT TRUE"},
	    {"IS_FALSE", "FALSE"}, {"IS_NOT_FALSE", "NOT FALSE"}, {"IS_UNKNOWN", "UNKNOWN"},
	    {"IS_NOT_UNKNOWN", "NOT UNKNOWN"}};
	const char *const fields[] = {"arg", of, NULL};
	size_t i = 0;

	while (i < nitems(tests) && strcmp(tests[i].name, text_of(node, of)) != 0)
		i++;
	if (i == nitems(tests))
		return refuse(p, "test", text_of(node, of));
	buf_addc(&p->out, '(');
	if (!has_only(p, node, fields) || !print_node(p, json_object_get(node, "arg")))
		return false;
	buf_printf(&p->out, " IS %s)", tests[i].sql);
	return true;
}

static bool
print_null_test(struct printing *p, const json_t *node)
{
	return print_test(p, node, "nulltesttype");
}

static bool
print_boolean_test(struct printing *p, const json_t *node)
{
	return print_test(p, node, "booltesttype");
}

static bool
print_cast(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"arg", "typeName", NULL};
	static const char *const of_type[] = {"names", "typemod", "arrayBounds", NULL};
	const json_t *type = json_object_get(node, "typeName");

	buf_add(&p->out, "(");
	if (!has_only(p, node, fields) || !has_only(p, type, of_type) || !print_node(p, json_object_get(node, "arg")))
		return false;
	buf_add(&p->out, ")::");
	if (!print_listed(p, json_object_get(type, "names"), casts, "cast to"))
		return false;
	buf_add(&p->out, json_array_size(json_object_get(type, "arrayBounds")) > 0 ? "[]" : "");
	return true;
}

static bool
print_array(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"elements", NULL};

	buf_add(&p->out, "ARRAY[");
	if (!has_only(p, node, fields) || !print_list(p, json_object_get(node, "elements"), ", "))
		return false;
	buf_addc(&p->out, ']');
	return true;
}

static bool
print_coalesce(struct printing *p, const json_t *node)
{
	static const char *const fields[] = {"args", NULL};

	buf_add(&p->out, "COALESCE(");
	if (!has_only(p, node, fields) || !print_list(p, json_object_get(node, "args"), ", "))
		return false;
	buf_addc(&p->out, ')');
	return true;
}

static bool
print_node(struct printing *p, const json_t *node)
{
	static const struct {
		const char *name;
		bool (*print)(struct printing *, const json_t *);
	} nodes[] = {{"NullTest", print_null_test}, {"ColumnRef", print_column}, {"A_Expr", print_operation},
	    {"FuncCall", print_call}, {"A_Const", print_constant}, {"BoolExpr", print_bool},
	    {"BooleanTest", print_boolean_test}, {"TypeCast", print_cast}, {"A_ArrayExpr", print_array},
	    {"CoalesceExpr", print_coalesce}};
	const char *name = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)node));

	if (++p->nodes > NODES_MAX)
		return refuse(p, "more than", "4000 parts");
	for (size_t i = 0; i < nitems(nodes) && name != NULL && json_object_size(node) == 1; i++)
		if (strcmp(nodes[i].name, name) == 0)
			return nodes[i].print(p, json_object_get(node, name));
	return refuse(p, "node", name != NULL ? name : "without a name");
}

/* ---- The whole ---- */

/* In the place where it is sent: NOT (...) within a statement. */
static bool
parses_to(struct printing *p, const char *sql, const json_t *tree)
{
	const char *place = arena_printf(p->arena, "SELECT 1 WHERE NOT (%s) LIMIT 1", sql), *got, *wanted;
	CLEANUP(sql_tree_drop) json_t *all = NULL, *there = NULL, *meant = NULL;
	const json_t *negated;
	struct err e;

	all = sql_tree_parse(place, strlen(place), &e);
	negated = json_object_get(json_object_get(json_object_get(all, "SelectStmt"), "whereClause"), "BoolExpr");
	there = json_deep_copy(json_array_get(json_object_get(negated, "args"), 0));
	if (there == NULL || strcmp(text_of(negated, "boolop"), "NOT_EXPR") != 0)
		return refuse(p, "text", "that does not parse again");
	got = sql_tree_short(p->arena, place, there); /* with the integers that trees lack */
	wanted = sql_tree_short(p->arena, p->sql, tree);
	meant = json_deep_copy(tree);
	tree_without_places(there);
	tree_without_places(meant);
	return (json_equal(there, meant) && got != NULL && wanted != NULL && strcmp(got, wanted) == 0) ||
	    refuse(p, "text", "that does not parse to the same again");
}

const char *
expression_sql(const char *text, const json_t *tree, struct texts *columns, struct arena *a, const char **why)
{
	struct printing p = {.columns = columns, .arena = a, .sql = text};
	const char *sql = NULL;

	buf_init(&p.out, PRINTED_MAX);
	if (print_node(&p, tree) && !p.out.over)
		sql = arena_strdup(a, p.out.p);
	buf_free(&p.out);
	if (sql != NULL && parses_to(&p, sql, tree))
		return sql;
	*why = p.why != NULL ? p.why : "it is too long";
	return NULL;
}
