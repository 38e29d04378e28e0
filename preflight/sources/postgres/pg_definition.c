/*
 * Reads definitions of constraints out of a release's structure or out of the catalogue. The text is parsed by
 * PostgreSQL's own parser; its expressions pass the list of pg_expression.c, and its names are quoted by whoever
 * composes a statement of them.
 */
#include "sources/postgres/pg_definition.h"

#include <string.h>

#include "sources/postgres/pg_expression.h"
#include "sources/sql_tree.h"

struct definition {
	struct constraint *c;
	const char *text; /* of the statement */
	struct arena *arena;
	const char **why;
};

static bool
refuse(const struct definition *d, const char *why)
{
	*d->why = why;
	return false;
}

static const json_t *
at(const json_t *node, const char *key)
{
	return json_object_get(node, key);
}

static const char *
text_at(const json_t *node, const char *key)
{
	const char *s = json_string_value(at(node, key));

	return s != NULL ? s : "";
}

static void
add_once(const struct definition *d, const char *name)
{
	for (size_t i = 0; i < d->c->columns.n; i++)
		if (strcmp(d->c->columns.items[i], name) == 0)
			return;
	ARENA_PUSH(d->arena, &d->c->columns, arena_strdup(d->arena, name));
}

static void
add_names(const struct definition *d, const json_t *list, struct texts *out)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		ARENA_PUSH(
		    d->arena, out, arena_strdup(d->arena, text_at(at(json_array_get(list, i), "String"), "sval")));
}

static bool
take_check(const struct definition *d, const json_t *constraint)
{
	const json_t *tree = at(constraint, "raw_expr"), *test = at(tree, "NullTest");

	d->c->kind = CK_CHECK;
	d->c->expression = expression_sql(d->text, tree, &d->c->columns, d->arena, d->why);
	if (d->c->expression == NULL)
		return false;
	if (d->c->columns.n == 0)
		return refuse(d, "it names no column");
	if (strcmp(text_at(test, "nulltesttype"), "IS_NOT_NULL") == 0 && at(at(test, "arg"), "ColumnRef") != NULL)
		d->c->kind = CK_NOT_NULL;
	return true;
}

static bool
take_foreign_key(const struct definition *d, const json_t *constraint)
{
	const json_t *table = at(constraint, "pktable");
	const char *schema = text_at(table, "schemaname");

	d->c->kind = CK_FOREIGN_KEY;
	d->c->referenced = arena_strdup(d->arena, text_at(table, "relname"));
	add_names(d, at(constraint, "fk_attrs"), &d->c->columns);
	add_names(d, at(constraint, "pk_attrs"), &d->c->referenced_columns);
	if (schema[0] != '\0' && strcmp(schema, "public") != 0)
		return refuse(d, "it references a table of another schema");
	if (strcmp(text_at(constraint, "fk_matchtype"), "s") != 0)
		return refuse(d, "it is MATCH FULL");
	if (d->c->columns.n == 0 || d->c->columns.n != d->c->referenced_columns.n)
		return refuse(d, "it references as many columns as it has, by name");
	return true;
}

static bool
take_keys(const struct definition *d, const json_t *constraint)
{
	d->c->kind = CK_UNIQUE;
	d->c->nulls_equal = json_is_true(at(constraint, "nulls_not_distinct"));
	add_names(d, at(constraint, "keys"), &d->c->columns);
	return d->c->columns.n > 0 || refuse(d, "it names no column");
}

static bool
take_constraint(const struct definition *d, const json_t *constraint)
{
	static const struct {
		const char *word;
		bool (*take)(const struct definition *, const json_t *);
	} kinds[] = {{"CONSTR_CHECK", take_check}, {"CONSTR_FOREIGN", take_foreign_key}, {"CONSTR_UNIQUE", take_keys},
	    {"CONSTR_PRIMARY", take_keys}};

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcmp(kinds[i].word, text_at(constraint, "contype")) == 0)
			return kinds[i].take(d, constraint);
	return refuse(d, arena_printf(d->arena, "constraint of kind %.40s", text_at(constraint, "contype")));
}

/* Two values are the same for the default operator class of text and for these. */
static bool
has_usual_equality(const json_t *element)
{
	const json_t *class = at(element, "opclass");
	const char *name = text_at(at(json_array_get(class, 0), "String"), "sval");

	if (at(element, "collation") != NULL || at(element, "opclassopts") != NULL)
		return false;
	return json_array_size(class) == 0 ||
	    (json_array_size(class) == 1 &&
		(strcmp(name, "text_pattern_ops") == 0 || strcmp(name, "varchar_pattern_ops") == 0));
}

static bool
take_element(const struct definition *d, const json_t *element)
{
	const char *name = text_at(element, "name");
	const char *key = NULL;

	if (!has_usual_equality(element))
		return refuse(d, "operator class or collation of an index");
	if (name[0] == '\0') {
		key = expression_sql(d->text, at(element, "expr"), &d->c->columns, d->arena, d->why);
		if (key == NULL)
			return false;
	} else {
		add_once(d, name);
		key = constraint_quoted(name, d->arena);
	}
	ARENA_PUSH(d->arena, &d->c->keys, key);
	return true;
}

static bool
take_index(const struct definition *d, const json_t *index)
{
	const json_t *elements = at(index, "indexParams"), *where = at(index, "whereClause");

	d->c->kind = CK_UNIQUE;
	d->c->nulls_equal = json_is_true(at(index, "nulls_not_distinct"));
	if (!json_is_true(at(index, "unique")) || strcmp(text_at(index, "accessMethod"), "btree") != 0)
		return refuse(d, "index that is not a unique btree");
	for (size_t i = 0; i < json_array_size(elements); i++)
		if (!take_element(d, at(json_array_get(elements, i), "IndexElem")))
			return false;
	if (where != NULL) {
		d->c->predicate = expression_sql(d->text, where, &d->c->columns, d->arena, d->why);
		if (d->c->predicate == NULL)
			return false;
	}
	return d->c->columns.n > 0 || refuse(d, "it names no column");
}

static bool
take_statement(const struct definition *d, const json_t *statement)
{
	const json_t *commands = at(at(statement, "AlterTableStmt"), "cmds"), *index = at(statement, "IndexStmt");
	const json_t *command = at(json_array_get(commands, 0), "AlterTableCmd");
	const json_t *constraint = at(at(command, "def"), "Constraint");

	if (index != NULL)
		return take_index(d, index);
	if (json_array_size(commands) != 1 || constraint == NULL)
		return refuse(d, "it is no constraint");
	return take_constraint(d, constraint);
}

bool
definition_read(const char *definition, struct constraint *c, struct arena *a, const char **why)
{
	struct definition d = {.c = c, .arena = a, .why = why};
	bool whole = strncmp(definition, "CREATE ", 7) == 0 || strncmp(definition, "ALTER ", 6) == 0;
	CLEANUP(sql_tree_drop) json_t *statement = NULL;
	struct err e;

	if (strlen(definition) > EXPRESSION_MAX)
		return refuse(&d, "it is longer than 4096 bytes");
	d.text = whole ? definition : arena_printf(a, "ALTER TABLE t ADD CONSTRAINT c %s", definition);
	statement = sql_tree_parse(d.text, strlen(d.text), &e);
	return statement != NULL ? take_statement(&d, statement) : refuse(&d, arena_strdup(a, e.msg));
}
