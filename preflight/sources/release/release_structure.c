/*
 * The structure that a release expects, out of its db/structure.sql: each statement through PostgreSQL's parser, and
 * rows of what it declares. A statement that is not understood makes its table unknown, and nothing else.
 */
#include "sources/release/release_kept.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/sql_tree.h"

#define TABLES_MAX 20000
#define NAME_MAX_BYTES 200

struct column {
	const char *name, *type;
	bool not_null;
};

struct table {
	const char *schema, *name, *kind, *parent, *reason; /* reason NULL: understood */
	bool declared;                                      /* by CREATE TABLE */
	struct {
		struct column *items;
		size_t n, cap;
	} columns;
};

struct sequence {
	const char *schema, *name, *table, *column;
};

struct structure {
	const struct source *source;
	struct arena *arena;
	struct arena *brief; /* as long as the statement */
	const char *sql;     /* the statement */
	size_t len;
	struct release_objects *objects;
	const char *word; /* gitlab, geo */
	struct {
		struct table **items;
		size_t n, cap;
	} tables;
	struct {
		struct sequence *items;
		size_t n, cap;
	} sequences;
	struct hsearch_data by_name;
	const char *fault; /* a statement that no table is to blame for, or NULL */
};

/* ---- Names and tables ---- */

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *
string_of(const json_t *node)
{
	const char *s = text_of(json_object_get(node, "String"), "sval");

	return s != NULL ? s : "";
}

static const char *
copy(struct structure *s, const char *text)
{
	return text != NULL ? arena_strdup(s->arena, text) : NULL;
}

/* The name of a table as other rows give it: with its schema, unless that is public. */
static const char *
shown(struct structure *s, const char *schema, const char *name)
{
	return schema == NULL || strcmp(schema, "public") == 0 ? copy(s, name)
							       : arena_printf(s->arena, "%s.%s", schema, name);
}

static const char *
relation(struct structure *s, const json_t *range)
{
	return shown(s, text_of(range, "schemaname"), text_of(range, "relname"));
}

static struct table *
table_of(struct structure *s, const char *schema, const char *name)
{
	ENTRY item = {.key = (char *)(uintptr_t)shown(s, schema, name)}, *found;
	struct table *t;

	if (hsearch_r(item, FIND, &found, &s->by_name) != 0)
		return found->data;
	t = arena_alloc(s->arena, sizeof *t);
	*t = (struct table){
	    .schema = schema != NULL ? copy(s, schema) : "public", .name = copy(s, name), .kind = "table"};
	ARENA_PUSH(s->arena, &s->tables, t);
	item.data = t;
	if (s->tables.n > TABLES_MAX || hsearch_r(item, ENTER, &found, &s->by_name) == 0)
		s->fault = "it declares too many tables";
	return t;
}

static struct table *
table_in(struct structure *s, const json_t *range)
{
	const char *name = text_of(range, "relname");

	return table_of(s, text_of(range, "schemaname"), name != NULL ? name : "");
}

static void
blame(struct structure *s, struct table *t, const char *why)
{
	if (t->reason == NULL)
		t->reason = arena_printf(s->arena, "%.250s", why);
}

static void
note(struct structure *s, const char *kind, const struct table *t, const char *name)
{
	struct release_object o = {s->word, kind, shown(s, t->schema, t->name), copy(s, name)};

	ARENA_PUSH(s->arena, s->objects, o);
}

/* "a,b" out of a list of names. */
static const char *
joined(struct structure *s, const json_t *names)
{
	struct buf b;
	const char *out;

	buf_init(&b, 4096);
	for (size_t i = 0; i < json_array_size(names); i++)
		buf_printf(&b, "%s%s", i > 0 ? "," : "", string_of(json_array_get(names, i)));
	out = arena_strndup(s->brief, b.p, b.len);
	buf_free(&b);
	return out;
}

/* ---- Texts ---- */

/* Behind the quoted text that begins at p. */
static const char *
skip_quoted(const char *p, const char *end)
{
	char quote = *p++;

	while (p < end && !(*p == quote && (p + 1 >= end || p[1] != quote)))
		p += *p == quote ? 2 : 1;
	return p < end ? p + 1 : end;
}

/* Where the element that begins at p ends: at a comma or parenthesis outside of its own. */
static const char *
element_end(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '\'' || *p == '"') {
			p = skip_quoted(p, end);
			continue;
		}
		depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
		if (depth < 0 || (depth == 0 && *p == ','))
			break;
		p++;
	}
	return p;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p;
}

/* As long as the statement. */
static const char *
trimmed(struct structure *s, const char *p, const char *end)
{
	p = skip_blanks(p, end);
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	return arena_strndup(s->brief, p, (size_t)(end - p));
}

/* Without this word at its end. */
static bool
drop_last_word(char *text, const char *word)
{
	size_t n = strlen(text), k = strlen(word);

	if (n < k || strcasecmp(text + n - k, word) != 0)
		return false;
	n -= k;
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	text[n] = '\0';
	return true;
}

/* What is written behind "CONSTRAINT name", without NOT VALID. */
static const char *
constraint_text(struct structure *s, const json_t *c)
{
	size_t at = (size_t)json_integer_value(json_object_get(c, "location"));
	const char *end = s->sql + s->len, *p = at < s->len ? s->sql + at : end;
	char *text;

	if ((size_t)(end - p) > 10 && strncasecmp(p, "CONSTRAINT", 10) == 0) {
		p = skip_blanks(p + 10, end);
		if (p < end && *p == '"')
			p = skip_quoted(p, end);
		else
			while (p < end && !isspace((unsigned char)*p) && *p != '(')
				p++;
	}
	text = arena_strdup(s->brief, trimmed(s, p, element_end(p, end)));
	if (drop_last_word(text, "VALID"))
		(void)drop_last_word(text, "NOT");
	return text;
}

/* Of "CHECK ((a > 1)) NO INHERIT": "(a > 1)". */
static const char *
check_expression(struct structure *s, const char *text)
{
	const char *open = strchr(text, '('), *end = text + strlen(text), *p;

	if (open == NULL)
		return NULL;
	p = element_end(open + 1, end);
	while (p < end && *p == ',')
		p = element_end(p + 1, end);
	return p < end && *p == ')' ? trimmed(s, open + 1, p) : NULL;
}

/* ---- Constraints ---- */

/* Names of the columns in an expression, each once, in the order of the text. */
static void
collect_columns(struct arena *a, const json_t *v, struct texts *out)
{
	const json_t *fields = json_object_get(json_object_get(v, "ColumnRef"), "fields"), *item;
	const char *key;
	size_t i, n = json_array_size(fields);

	if (n > 0) {
		const char *name = string_of(json_array_get(fields, n - 1));

		if (!texts_has(out, name))
			ARENA_PUSH(a, out, arena_strdup(a, name));
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, item) collect_columns(a, item, out);
	json_array_foreach(v, i, item) collect_columns(a, item, out);
}

static const char *
columns_of(struct structure *s, const json_t *c)
{
	const json_t *keys = json_object_get(c, "keys"), *foreign = json_object_get(c, "fk_attrs");
	struct texts names = {0};
	const char *out = "";

	if (keys != NULL || foreign != NULL)
		return joined(s, keys != NULL ? keys : foreign);
	collect_columns(s->brief, c, &names);
	for (size_t i = 0; i < names.n; i++)
		out = arena_printf(s->brief, "%s%s%s", out, i > 0 ? "," : "", names.items[i]);
	return out;
}

static const char *
kind_of(const char *contype)
{
	static const char *const words[][2] = {{"CONSTR_CHECK", "check"}, {"CONSTR_FOREIGN", "foreign_key"},
	    {"CONSTR_PRIMARY", "primary_key"}, {"CONSTR_UNIQUE", "unique"}, {"CONSTR_EXCLUSION", "exclude"}};

	for (size_t i = 0; contype != NULL && i < nitems(words); i++)
		if (strcmp(words[i][0], contype) == 0)
			return words[i][1];
	return NULL;
}

/* The text that is kept must mean what was parsed. */
static bool
same_meaning(struct structure *s, const char *text, const char *expression, const char *definition, const char *tree)
{
	const char *again;
	struct err e;
	bool valid;

	again = sql_short_constraint(s->brief, text, &valid, &e);
	if (again == NULL || strcmp(again, definition) != 0)
		return false;
	if (tree == NULL)
		return true;
	again = expression != NULL ? sql_short_expression(s->brief, expression, &e) : NULL;
	return again != NULL && strcmp(again, tree) == 0;
}

/* Columns of a primary key are NOT NULL, whether the file says so again or not. */
static void
mark_not_null(struct table *t, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++)
		for (size_t k = 0; k < t->columns.n; k++)
			if (strcmp(t->columns.items[k].name, string_of(json_array_get(keys, i))) == 0)
				t->columns.items[k].not_null = true;
}

static void
add_constraint(struct structure *s, struct table *t, const json_t *node)
{
	const json_t *c = json_object_get(node, "Constraint"), *to = json_object_get(c, "pktable"),
		     *raw = json_object_get(c, "raw_expr");
	const char *kind = kind_of(text_of(c, "contype")), *name = text_of(c, "conname");
	const char *definition, *text, *expression = NULL, *tree = NULL;

	if (kind == NULL || name == NULL || json_object_get(c, "indexname") != NULL) {
		blame(s, t, "it has a constraint without a name or of a kind that is not known");
		return;
	}
	definition = sql_tree_short(s->brief, s->sql, node);
	text = constraint_text(s, c);
	if (raw != NULL) {
		expression = check_expression(s, text);
		tree = sql_tree_short(s->brief, s->sql, raw);
	}
	if (definition == NULL || !same_meaning(s, text, expression, definition, tree)) {
		blame(s, t, arena_printf(s->arena, "the text of its constraint %s is not understood", name));
		return;
	}
	note(s, "constraint", t, name);
	if (strcmp(kind, "primary_key") == 0)
		mark_not_null(t, json_object_get(c, "keys"));
	release_add(s->source, RL_CONSTRAINTS,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(t->schema), cell_text(t->name),
		cell_text(name), cell_text(kind), cell_text(columns_of(s, c)),
		cell_text(to != NULL ? relation(s, to) : NULL),
		cell_text(to != NULL ? joined(s, json_object_get(c, "pk_attrs")) : NULL),
		cell_int(!json_is_true(json_object_get(c, "skip_validation"))), cell_text(definition), cell_text(text),
		cell_text(expression)});
}

/* ---- Tables ---- */

static void
add_column(struct structure *s, struct table *t, const json_t *def)
{
	const json_t *constraints = json_object_get(def, "constraints");
	struct column c = {.name = copy(s, text_of(def, "colname"))};

	c.type = sql_tree_type(s->arena, s->sql, json_object_get(def, "typeName"));
	for (size_t i = 0; i < json_array_size(constraints); i++) {
		const char *kind = text_of(json_object_get(json_array_get(constraints, i), "Constraint"), "contype");

		if (kind != NULL && strcmp(kind, "CONSTR_NOTNULL") == 0)
			c.not_null = true;
		else if (kind == NULL || kind_of(kind) != NULL)
			blame(s, t, "one of its columns declares a constraint");
	}
	if (c.name == NULL || c.type == NULL) {
		blame(s, t, "one of its columns has no name or type");
		return;
	}
	ARENA_PUSH(s->arena, &t->columns, c);
	note(s, "column", t, c.name);
}

static void
create_table(struct structure *s, const json_t *create)
{
	struct table *t = table_in(s, json_object_get(create, "relation"));
	const json_t *elements = json_object_get(create, "tableElts");

	if (t->declared)
		blame(s, t, "it is declared twice");
	t->declared = true;
	if (json_object_get(create, "partspec") != NULL)
		t->kind = "partitioned";
	if (json_object_get(create, "inhRelations") != NULL) {
		t->kind = "partition";
		t->parent = relation(
		    s, json_object_get(json_array_get(json_object_get(create, "inhRelations"), 0), "RangeVar"));
		blame(s, t, "its columns are those of another table");
	}
	for (size_t i = 0; i < json_array_size(elements); i++) {
		const json_t *e = json_array_get(elements, i);

		if (json_object_get(e, "ColumnDef") != NULL)
			add_column(s, t, json_object_get(e, "ColumnDef"));
		else if (json_object_get(e, "Constraint") != NULL)
			add_constraint(s, t, e);
		else
			blame(s, t, "it takes its columns from elsewhere");
	}
}

/* Commands that leave columns and constraints as they are. */
static bool
is_harmless(const char *subtype)
{
	static const char *const words[] = {"AT_ChangeOwner", "AT_SetStorage", "AT_SetStatistics", "AT_ReplicaIdentity",
	    "AT_ClusterOn", "AT_SetRelOptions", "AT_SetCompression", "AT_SetOptions", "AT_EnableTrig", "AT_DisableTrig",
	    "AT_AddIdentity", "AT_ColumnDefault"};

	for (size_t i = 0; i < nitems(words); i++)
		if (strcmp(words[i], subtype) == 0)
			return true;
	return false;
}

static void
attach(struct structure *s, const char *parent, const json_t *def)
{
	struct table *t = table_in(s, json_object_get(json_object_get(def, "PartitionCmd"), "name"));

	t->kind = "partition";
	t->parent = parent;
}

static void
alter_table(struct structure *s, const json_t *alter)
{
	const json_t *range = json_object_get(alter, "relation"), *commands = json_object_get(alter, "cmds");
	struct table *t = table_in(s, range);

	for (size_t i = 0; i < json_array_size(commands); i++) {
		const json_t *command = json_object_get(json_array_get(commands, i), "AlterTableCmd");
		const char *subtype = text_of(command, "subtype");

		if (subtype == NULL)
			blame(s, t, "a statement about it is not understood");
		else if (strcmp(subtype, "AT_AddConstraint") == 0)
			add_constraint(s, t, json_object_get(command, "def"));
		else if (strcmp(subtype, "AT_AttachPartition") == 0)
			attach(s, relation(s, range), json_object_get(command, "def"));
		else if (!is_harmless(subtype))
			blame(s, t, arena_printf(s->arena, "the statement %s about it is not understood", subtype));
	}
}

/* ---- Indexes, sequences, extensions ---- */

/* NULL: the key has an expression. */
static const char *
index_columns(struct structure *s, const json_t *params)
{
	const char *out = "";

	for (size_t i = 0; i < json_array_size(params); i++) {
		const char *name = text_of(json_object_get(json_array_get(params, i), "IndexElem"), "name");

		if (name == NULL)
			return NULL;
		out = arena_printf(s->brief, "%s%s%s", out, i > 0 ? "," : "", name);
	}
	return out;
}

static void
create_index(struct structure *s, const json_t *index)
{
	struct table *t = table_in(s, json_object_get(index, "relation"));
	bool unique = json_is_true(json_object_get(index, "unique"));
	const char *name = text_of(index, "idxname"), *text = strcasestr(s->sql, " USING ");
	CLEANUP(sql_tree_drop) json_t *node = json_pack("{s:O}", "IndexStmt", index);
	const char *definition = unique ? sql_tree_short(s->brief, s->sql, node) : NULL;

	if (name == NULL || (unique && definition == NULL)) {
		blame(s, t, "one of its indexes is not understood");
		return;
	}
	note(s, "index", t, name);
	release_add(s->source, RL_INDEXES,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(t->schema), cell_text(t->name),
		cell_text(name), cell_int(unique), cell_text(index_columns(s, json_object_get(index, "indexParams"))),
		cell_text(definition), cell_text(unique && text != NULL ? text + 1 : NULL)});
}

static struct sequence *
sequence_of(struct structure *s, const json_t *range)
{
	const char *schema = text_of(range, "schemaname"), *name = text_of(range, "relname");
	struct sequence q = {
	    .schema = schema != NULL ? copy(s, schema) : "public", .name = copy(s, name != NULL ? name : "")};

	for (size_t i = s->sequences.n; i > 0; i--)
		if (strcmp(s->sequences.items[i - 1].name, q.name) == 0 &&
		    strcmp(s->sequences.items[i - 1].schema, q.schema) == 0)
			return &s->sequences.items[i - 1];
	ARENA_PUSH(s->arena, &s->sequences, q);
	return &s->sequences.items[s->sequences.n - 1];
}

/* OWNED BY table.column, or schema.table.column. */
static void
alter_sequence(struct structure *s, const json_t *alter)
{
	struct sequence *q = sequence_of(s, json_object_get(alter, "sequence"));
	const json_t *options = json_object_get(alter, "options");

	for (size_t i = 0; i < json_array_size(options); i++) {
		const json_t *o = json_object_get(json_array_get(options, i), "DefElem");
		const json_t *names = json_object_get(json_object_get(json_object_get(o, "arg"), "List"), "items");
		size_t n = json_array_size(names);

		if (text_of(o, "defname") == NULL || strcmp(text_of(o, "defname"), "owned_by") != 0 || n < 2)
			continue;
		q->column = copy(s, string_of(json_array_get(names, n - 1)));
		q->table = shown(
		    s, n > 2 ? string_of(json_array_get(names, n - 3)) : NULL, string_of(json_array_get(names, n - 2)));
	}
}

/* ---- Statements ---- */

enum statement { ST_OTHER, ST_TABLE, ST_INDEX, ST_SEQUENCE, ST_EXTENSION };

struct first_words {
	const char *p, *end;
	char word[NAME_MAX_BYTES];
};

/* The next word or name of a statement, with what it qualifies, without quotes. */
static const char *
next_word(struct first_words *w)
{
	size_t n = 0;

	w->p = skip_blanks(w->p, w->end);
	while (w->p < w->end && !isspace((unsigned char)*w->p) && strchr("();,", *w->p) == NULL) {
		if (*w->p != '"' && n + 1 < sizeof w->word)
			w->word[n++] = *w->p;
		w->p++;
	}
	w->word[n] = '\0';
	return w->word;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(*words, word) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(word, ...) is_one_of(word, (const char *const[]){__VA_ARGS__, NULL})

/* What a statement is about, by its first words; of a table or an index the name of the table is in `w`. */
static enum statement
begins(struct first_words *w)
{
	bool create = strcasecmp(next_word(w), "CREATE") == 0;
	enum statement kind = ST_OTHER;

	if (!create && strcasecmp(w->word, "ALTER") != 0)
		return ST_OTHER;
	while (IS_ONE_OF(next_word(w), "UNIQUE", "UNLOGGED", "FOREIGN"))
		continue;
	kind = strcasecmp(w->word, "TABLE") == 0    ? ST_TABLE
	    : strcasecmp(w->word, "SEQUENCE") == 0  ? ST_SEQUENCE
	    : !create                               ? ST_OTHER
	    : strcasecmp(w->word, "INDEX") == 0     ? ST_INDEX
	    : strcasecmp(w->word, "EXTENSION") == 0 ? ST_EXTENSION
						    : ST_OTHER;
	while (kind != ST_OTHER && IS_ONE_OF(next_word(w), "IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"))
		continue;
	if (kind == ST_INDEX) {
		while (w->word[0] != '\0' && strcasecmp(w->word, "ON") != 0)
			(void)next_word(w);
		if (strcasecmp(next_word(w), "ONLY") == 0)
			(void)next_word(w);
	}
	return kind;
}

/* "schema.name" */
static struct table *
table_named(struct structure *s, char *name)
{
	char *dot = strchr(name, '.');

	if (dot == NULL)
		return table_of(s, NULL, name);
	*dot = '\0';
	return table_of(s, name, dot + 1);
}

static void
misunderstood(struct structure *s, enum statement kind, struct first_words *w, const char *why)
{
	if ((kind == ST_TABLE || kind == ST_INDEX) && w->word[0] != '\0')
		blame(s, table_named(s, w->word), why);
	else if (s->fault == NULL)
		s->fault = arena_printf(s->arena, "a statement is not understood: %.200s", why);
}

/* `w` is behind the first words. */
static void
take_tree(struct structure *s, enum statement kind, struct first_words *w, const json_t *tree)
{
	const char *key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)tree));
	const json_t *node = json_object_get(tree, key);

	if (strcmp(key, "CreateStmt") == 0)
		create_table(s, node);
	else if (strcmp(key, "AlterTableStmt") == 0)
		alter_table(s, node);
	else if (strcmp(key, "IndexStmt") == 0)
		create_index(s, node);
	else if (strcmp(key, "CreateSeqStmt") == 0)
		(void)sequence_of(s, json_object_get(node, "sequence"));
	else if (strcmp(key, "AlterSeqStmt") == 0)
		alter_sequence(s, node);
	else if (strcmp(key, "CreateExtensionStmt") == 0)
		release_add(s->source, RL_EXTENSIONS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(text_of(node, "extname"))});
	else
		misunderstood(s, kind, w, "a statement of an unusual kind");
}

static void
take_statement(void *arg, const char *sql, size_t len)
{
	struct structure *s = arg;
	struct first_words w = {.p = sql, .end = sql + len};
	enum statement kind = begins(&w);
	CLEANUP(sql_tree_drop) json_t *tree = NULL;
	struct err e;

	if (kind == ST_OTHER)
		return;
	tree = sql_tree_parse(sql, len, &e);
	if (tree == NULL) {
		misunderstood(s, kind, &w, e.msg);
		return;
	}
	s->brief = arena_new();
	s->sql = arena_strndup(s->brief, sql, len);
	s->len = len;
	take_tree(s, kind, &w, tree);
	arena_drop(&s->brief);
}

/* ---- Rows ---- */

static void
add_table(struct structure *s, struct table *t)
{
	if (!t->declared)
		blame(s, t, "no statement that declares it is understood");
	note(s, "table", t, t->name);
	release_add(s->source, RL_TABLES,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(t->schema), cell_text(t->name),
		cell_text(t->kind), cell_text(t->parent), cell_int(t->reason == NULL), cell_text(t->reason)});
	for (size_t i = 0; i < t->columns.n; i++) {
		const struct column *c = &t->columns.items[i];

		release_add(s->source, RL_COLUMNS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(t->schema),
			cell_text(t->name), cell_text(c->name), cell_text(c->type), cell_int(c->not_null)});
	}
}

static void
end_tables(const struct source *s, enum part_status status, const char *reason)
{
	static const enum release_table tables[] = {
	    RL_TABLES, RL_COLUMNS, RL_CONSTRAINTS, RL_INDEXES, RL_SEQUENCES, RL_EXTENSIONS};

	for (size_t i = 0; i < nitems(tables); i++)
		release_end(s, tables[i], status, "%s", reason);
}

/* False: the tables are ended. */
static bool
read_structure(struct structure *s, const struct release_kept *file)
{
	struct err e;
	bool ok;

	if (strlen(file->data) != file->len) {
		end_tables(s->source, PS_UNREADABLE, arena_printf(s->arena, "%s contains a NUL byte", file->path));
		return false;
	}
	if (hcreate_r((size_t)TABLES_MAX * 2, &s->by_name) == 0) {
		end_tables(s->source, PS_ERROR, "out of memory");
		return false;
	}
	ok = sql_split((char *)(uintptr_t)file->data, take_statement, s, &e);
	for (size_t i = 0; i < s->tables.n; i++)
		add_table(s, s->tables.items[i]);
	for (size_t i = 0; i < s->sequences.n; i++) {
		const struct sequence *q = &s->sequences.items[i];

		release_add(s->source, RL_SEQUENCES,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(s->word), cell_text(q->schema),
			cell_text(q->name), cell_text(q->table), cell_text(q->column)});
	}
	hdestroy_r(&s->by_name);
	if (ok && s->fault == NULL && s->tables.n == 0)
		s->fault = "it declares no table";
	if (!ok || s->fault != NULL)
		end_tables(
		    s->source, PS_UNREADABLE, arena_printf(s->arena, "%s: %s", file->path, ok ? s->fault : e.msg));
	return ok && s->fault == NULL;
}

static int
by_object_name(const void *a, const void *b)
{
	const struct release_object *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : strcmp(x->table, y->table);
}

void
release_fill_structure(const struct release_found *found, struct release_objects *objects)
{
	static const struct {
		const char *word, *paths[2];
	} structures[] = {{"gitlab", {"db/structure.sql.bundled", "db/structure.sql"}},
	    {"geo", {"ee/db/geo/structure.sql.bundled", "ee/db/geo/structure.sql"}}};

	if (sql_tree_fault() != NULL)
		end_tables(found->source, PS_UNREADABLE, sql_tree_fault());
	for (size_t i = 0; sql_tree_fault() == NULL && i < nitems(structures); i++) {
		const struct release_kept *file = release_kept_find(found, structures[i].paths[0]);
		struct structure s = {
		    .source = found->source, .arena = found->arena, .objects = objects, .word = structures[i].word};

		if (file == NULL)
			file = release_kept_find(found, structures[i].paths[1]);
		if (file == NULL && i == 0)
			end_tables(found->source, PS_ABSENT, "the release has no db/structure.sql");
		if (file == NULL || !read_structure(&s, file))
			break;
	}
	end_tables(found->source, PS_COMPLETE, "");
	if (objects->n > 0)
		qsort(objects->items, objects->n, sizeof *objects->items, by_object_name);
}
