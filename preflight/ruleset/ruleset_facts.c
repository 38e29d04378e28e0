/*
 * Reads the sections `facts`, `views`, `tables` and `sources` of rule files into declarations. Checks each
 * declaration by itself; lint.c prepares the SQL.
 */
#include "ruleset/ruleset_facts.h"

#include <ctype.h>
#include <string.h>

#include "ruleset/bounded.h"
#include "sources/collect.h"
#include "ruleset/yaml_rows.h"
#include "base/text.h"
#include "base/version.h"

/* Words in a column's name that mean that its value must never leave the store. */
static const char *const secret_words[] = {
    "password", "encrypted", "secret", "token", "private_key", "otp_", "_salt", "credential"};

struct raw_column {
	int type, class, form;
	bool null;
	const char *sql, *example;
	int64_t since;
	struct texts values;
};

struct raw_fact {
	const char *table, *about, *source, *from, *where, *asked, *over;
	struct texts databases, instances, nodes, parts, uses, grants, after, after_parts;
	struct sql query;
	const struct ynode *columns, *variants, *bounded, *absent, *params;
	size_t max_rows, min_rows;
	int64_t fresh_for;
	bool lasting;
};

static bool
holds_secret(const char *name)
{
	for (size_t i = 0; i < nitems(secret_words); i++)
		if (strstr(name, secret_words[i]) != NULL)
			return true;
	return false;
}

static bool
read_column(struct loader *l, const struct ynode *key, const struct ynode *node, struct fact_column *out)
{
	static const char *const types[] = {"integer", "text", "time", "bool", "version", NULL};
	static const char *const classes[] = {"public", "identifier", "host", "free_text", "secret", NULL};
	static const char *const forms[] = {"as_it_is", "constraint", "index", "type", NULL};
	static const struct field_spec fields[] = {
	    {"type", FK_WORD, offsetof(struct raw_column, type), true, types},
	    {"class", FK_WORD, offsetof(struct raw_column, class), true, classes},
	    {"null", FK_BOOL, offsetof(struct raw_column, null), false, NULL},
	    {"sql", FK_LINE, offsetof(struct raw_column, sql), false, NULL},
	    {"form", FK_WORD, offsetof(struct raw_column, form), false, forms},
	    {"since", FK_VERSION, offsetof(struct raw_column, since), false, NULL},
	    {"values", FK_TEXTS, offsetof(struct raw_column, values), false, NULL},
	    {"example", FK_LINE, offsetof(struct raw_column, example), false, NULL},
	};
	struct raw_column raw = {0};
	const char *what = arena_printf(l->arena, "column %s", key->text);

	if (!read_map(l, node, what, fields, nitems(fields), &raw))
		return false;
	if (raw.class == 4 || holds_secret(key->text) || (raw.sql != NULL && holds_secret(raw.sql))) {
		faults_add(l->faults, key->at, "%s looks like a secret: facts must not select one", what);
		return false;
	}
	*out = (struct fact_column){.name = key->text,
	    .type = (enum col_type)raw.type,
	    .class = (enum col_class)raw.class,
	    .null = raw.null,
	    .sql = raw.sql,
	    .since = raw.since,
	    .has_since = raw.since > 0,
	    .form = (enum col_form)raw.form,
	    .values = raw.values.items,
	    .n_values = raw.values.n,
	    .example = raw.example,
	    .at = key->at};
	return true;
}

static bool
read_columns(struct loader *l, const struct ynode *map, struct fact *f)
{
	struct fact_column *columns;
	bool ok = true;

	if (map->kind != Y_MAP || map->n == 0 || map->n > 60) {
		faults_add(l->faults, map->at, "columns must be a map of 1 to 60 columns");
		return false;
	}
	columns = arena_alloc(l->arena, map->n * sizeof *columns);
	for (size_t i = 0; i < map->n; i++) {
		if (!is_name(map->keys[i]->text) ||
		    (f->part_column != NULL && strcmp(map->keys[i]->text, f->part_column) == 0)) {
			faults_add(
			    l->faults, map->keys[i]->at, "\"%s\" cannot be the name of a column", map->keys[i]->text);
			ok = false;
			continue;
		}
		ok = read_column(l, map->keys[i], map->items[i], &columns[i]) && ok;
	}
	f->columns = columns;
	f->n_columns = map->n;
	return ok;
}

/*
 * Functions that do more than read, or wait: some of them anybody may call, in a read-only transaction too. The length
 * of the one at p, or 0.
 */
static size_t
refused_call(const char *p)
{
	static const char *const prefixes[] = {"dblink", "lo_", "nextval", "pg_advisory_", "pg_cancel_backend",
	    "pg_create_", "pg_logical_", "pg_ls_", "pg_notify", "pg_promote", "pg_read_", "pg_reload_conf",
	    "pg_rotate_", "pg_sleep", "pg_stat_file", "pg_stat_reset", "pg_switch_", "pg_terminate_backend",
	    "pg_try_advisory_", "query_to_xml", "set_config", "setval", "txid_current"};
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	const char *behind = p + n + strspn(p + n, " \t\n\"");

	for (size_t i = 0; *behind == '(' && i < nitems(prefixes); i++)
		if (strncasecmp(p, prefixes[i], strlen(prefixes[i])) == 0)
			return n;
	return 0;
}

static bool
calls_nothing_refused(struct loader *l, const struct ynode *node, const char *query)
{
	for (const char *p = query; *p != '\0' && !l->ready; p++) {
		bool begins = p == query || (!isalnum((unsigned char)p[-1]) && p[-1] != '_');
		size_t n = begins ? refused_call(p) : 0;

		if (n == 0)
			continue;
		faults_add(l->faults, yaml_loc_at(node, (size_t)(p - query)),
		    "the function %.*s() is not allowed in facts", (int)n, p);
		return false;
	}
	return true;
}

static bool
read_variant(struct loader *l, const struct ynode *node, struct fact_variant *out)
{
	struct raw {
		const struct ynode *when;
		struct sql query;
		struct texts uses;
	} raw = {0};
	struct when {
		const char *has, *index;
	} when = {0};
	static const struct field_spec fields[] =
	    {
		{"when", FK_NODE, offsetof(struct raw, when), false, NULL},
		{"query", FK_SQL, offsetof(struct raw, query), true, NULL},
		{"uses", FK_TEXTS, offsetof(struct raw, uses), true, NULL},
	    },
				       when_fields[] = {
					   {"has", FK_LINE, offsetof(struct when, has), false, NULL},
					   {"index", FK_LINE, offsetof(struct when, index), false, NULL},
				       };

	if (!read_map(l, node, "a variant", fields, nitems(fields), &raw) ||
	    (raw.when != NULL && !read_map(l, raw.when, "when", when_fields, nitems(when_fields), &when)) ||
	    !calls_nothing_refused(l, raw.query.node, raw.query.text))
		return false;
	*out = (struct fact_variant){.has = when.has,
	    .index = when.index,
	    .query = raw.query.text,
	    .uses = raw.uses.items,
	    .n_uses = raw.uses.n,
	    .at = raw.query.node->at};
	return true;
}

static bool
read_variants(struct loader *l, const struct raw_fact *raw, struct fact *f)
{
	struct fact_variant *v;
	size_t n = raw->variants != NULL ? raw->variants->n : 1;

	if (raw->variants != NULL && !read_is_list(l, raw->variants, "variants"))
		return false;
	v = arena_alloc(l->arena, n * sizeof *v);
	f->variants = v;
	f->n_variants = n;
	if (raw->variants == NULL) {
		*v = (struct fact_variant){.query = raw->query.text,
		    .uses = raw->uses.items,
		    .n_uses = raw->uses.n,
		    .at = raw->query.node->at};
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (!read_variant(l, raw->variants->items[i], &v[i]))
			return false;
	return true;
}

/* public.table, public.table.column: what the catalog probe can look for by name. */
static bool
is_dotted(const char *s, size_t parts)
{
	size_t dots = 0;

	for (const char *p = s; *p != '\0'; p++)
		dots += *p == '.';
	return dots == parts - 1 && s[0] != '.' && s[strlen(s) - 1] != '.' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == '\0';
}

/* The cursor around a query is ours: a semicolon would end it early. */
static bool
no_semicolon(struct loader *l, const struct ynode *node, const char *query)
{
	const char *semi = strrchr(query, ';');

	if (semi == NULL || semi[1 + strspn(semi + 1, " \t\n")] != '\0')
		return true;
	faults_add(l->faults, yaml_loc_at(node, (size_t)(semi - query)),
	    "query must not end in a semicolon: it is read through a cursor");
	return false;
}

static bool
check_postgres(struct loader *l, const struct ynode *node, const struct raw_fact *raw, const struct fact *f)
{
	bool ok = true;

	if ((f->from != NULL) + (raw->query.text != NULL) + (raw->variants != NULL) + (raw->bounded != NULL) != 1) {
		faults_add(l->faults, node->at,
		    "a postgres fact needs exactly one of: from, query (with uses), variants, bounded");
		return false;
	}
	if (f->from != NULL && !is_dotted(f->from, 2)) {
		faults_add(l->faults, yaml_get(node, "from")->at, "from must be schema.table, such as public.features");
		ok = false;
	}
	if (raw->query.text != NULL)
		ok = no_semicolon(l, raw->query.node, raw->query.text) &&
		    calls_nothing_refused(l, raw->query.node, raw->query.text) && ok;
	for (size_t i = 0; i < f->n_grants; i++)
		if (!is_dotted(f->grants[i], 2)) {
			faults_add(l->faults, node->at, "grants: \"%s\" must be schema.relation", f->grants[i]);
			ok = false;
		}
	for (size_t v = 0; v < f->n_variants; v++)
		for (size_t i = 0; i < f->variants[v].n_uses; i++)
			if (!is_dotted(f->variants[v].uses[i], 3)) {
				faults_add(l->faults, f->variants[v].at, "uses: \"%s\" must be schema.table.column",
				    f->variants[v].uses[i]);
				ok = false;
			}
	return ok;
}

static size_t
count_words(const char *const *words)
{
	size_t n = 0;

	while (words != NULL && words[n] != NULL)
		n++;
	return n;
}

static bool
one_of(struct loader *l, struct loc at, const char *what, const char *word, const char *const *words)
{
	size_t n = count_words(words);
	const char *near;

	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	near = closest(word, words, n);
	faults_add(l->faults, at, "%s has no \"%s\"%s%s%s", what, word, near != NULL ? ": did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	return false;
}

/* A compiled-in reader offers fixed columns and parameters; anything else is a typing error. */
static bool
check_reader(struct loader *l, const struct ynode *node, const struct fact *f, const struct source_kind *kind)
{
	const struct reader *r = kind->readers;
	const char *what;
	bool ok = true, over;

	while (r->name != NULL && (f->from == NULL || strcmp(r->name, f->from) != 0))
		r++;
	if (r->name == NULL) {
		faults_add(l->faults, f->from != NULL ? yaml_get(node, "from")->at : node->at,
		    "from: source %s has no reader \"%s\"", kind->name, f->from != NULL ? f->from : "");
		return false;
	}
	over = kind->over_reader != NULL && strcmp(kind->over_reader, r->name) == 0;
	if ((f->over_table != NULL) + (f->n_after > 0) != over) {
		faults_add(l->faults, node->at, "reader %s %s", r->name,
		    over ? "needs a data table (over) or facts (after)" : "takes no rows of other tables");
		return false;
	}
	what = arena_printf(l->arena, "reader %s", r->name);
	for (size_t i = 0; i < f->n_columns; i++)
		ok = one_of(l, f->columns[i].at, what, f->columns[i].name, r->columns) && ok;
	for (size_t i = 0; f->params != NULL && i < f->params->n; i++)
		ok = one_of(l, f->params->keys[i]->at, what, f->params->keys[i]->text, r->params) && ok;
	return ok;
}

/* A reader's name has no dot. */
static bool
is_sql(const struct source_kind *kind, const struct fact *f)
{
	return kind->sql && (f->from == NULL || strchr(f->from, '.') != NULL);
}

static bool
read_absent(struct loader *l, const struct ynode *node, struct fact *f)
{
	struct raw {
		int64_t before, from;
	} raw = {-1, -1};
	static const struct field_spec fields[] = {
	    {"before", FK_VERSION, offsetof(struct raw, before), false, NULL},
	    {"from", FK_VERSION, offsetof(struct raw, from), false, NULL},
	};

	if (node == NULL)
		return true;
	if (!read_map(l, node, "absent", fields, nitems(fields), &raw))
		return false;
	f->has_absent_before = raw.before >= 0;
	f->absent_before = raw.before;
	f->has_absent_from = raw.from >= 0;
	f->absent_from = raw.from;
	return true;
}

static bool
read_parts(struct loader *l, const struct ynode *node, const struct raw_fact *raw, struct fact *f)
{
	const struct {
		const char *column, *key;
		const struct texts *words;
	} forms[] = {{"database", "databases", &raw->databases}, {"instance", "instances", &raw->instances},
	    {"node", "nodes", &raw->nodes}, {"part", "parts", &raw->parts}};
	bool found = false;

	for (size_t i = 0; i < nitems(forms); i++) {
		bool mine = strcmp(forms[i].column, f->part_column) == 0;

		if (mine != (forms[i].words->n > 0)) {
			faults_add(l->faults, node->at,
			    mine ? "a %s fact needs the key \"%s\"" : "a %s fact has no key \"%s\"", f->source,
			    forms[i].key);
			return false;
		}
		if (mine) {
			f->parts = forms[i].words->items;
			f->n_parts = forms[i].words->n;
			found = true;
		}
	}
	if (found && f->found_parts && f->n_parts != 1) {
		faults_add(l->faults, node->at,
		    "a %s fact names one %s, which represents all of those in a "
		    "snapshot",
		    f->source, f->part_column);
		return false;
	}
	return found;
}

static const struct field_spec fact_fields[] = {
    {"table", FK_LINE, offsetof(struct raw_fact, table), true, NULL},
    {"about", FK_TEXT, offsetof(struct raw_fact, about), true, NULL},
    {"source", FK_LINE, offsetof(struct raw_fact, source), true, NULL},
    {"databases", FK_TEXTS, offsetof(struct raw_fact, databases), false, NULL},
    {"instances", FK_TEXTS, offsetof(struct raw_fact, instances), false, NULL},
    {"nodes", FK_TEXTS, offsetof(struct raw_fact, nodes), false, NULL},
    {"parts", FK_TEXTS, offsetof(struct raw_fact, parts), false, NULL},
    {"from", FK_LINE, offsetof(struct raw_fact, from), false, NULL},
    {"where", FK_LINE, offsetof(struct raw_fact, where), false, NULL},
    {"query", FK_SQL, offsetof(struct raw_fact, query), false, NULL},
    {"uses", FK_TEXTS, offsetof(struct raw_fact, uses), false, NULL},
    {"grants", FK_TEXTS, offsetof(struct raw_fact, grants), false, NULL},
    {"variants", FK_NODE, offsetof(struct raw_fact, variants), false, NULL},
    {"bounded", FK_NODE, offsetof(struct raw_fact, bounded), false, NULL},
    {"columns", FK_NODE, offsetof(struct raw_fact, columns), false, NULL},
    {"absent", FK_NODE, offsetof(struct raw_fact, absent), false, NULL},
    {"params", FK_NODE, offsetof(struct raw_fact, params), false, NULL},
    {"over", FK_LINE, offsetof(struct raw_fact, over), false, NULL},
    {"after", FK_TEXTS, offsetof(struct raw_fact, after), false, NULL},
    {"after_parts", FK_TEXTS, offsetof(struct raw_fact, after_parts), false, NULL},
    {"max_rows", FK_COUNT, offsetof(struct raw_fact, max_rows), false, NULL},
    {"min_rows", FK_COUNT, offsetof(struct raw_fact, min_rows), false, NULL},
    {"lasting", FK_BOOL, offsetof(struct raw_fact, lasting), false, NULL},
    {"asked", FK_RANGE, offsetof(struct raw_fact, asked), false, NULL},
    {"fresh_for", FK_DURATION, offsetof(struct raw_fact, fresh_for), false, NULL},
};

/* Names of fact tables, data tables and views share one space: SQL sees them side by side. */
static bool
name_is_free(struct loader *l, const struct ynode *node, const char *name)
{
	const struct ruleset *set = l->set;
	struct loc at = node->at;
	bool taken = fact_find(&set->facts, name) != NULL || strcmp(name, hop_fact.table) == 0 ||
	    strcmp(name, path_step_fact.table) == 0 || strcmp(name, given_fact.table) == 0;

	if (!is_name(name)) {
		faults_add(l->faults, at, "\"%s\" cannot be a name: use small letters, digits and _", name);
		return false;
	}
	for (size_t i = 0; i < set->views.n; i++)
		taken = taken || strcmp(set->views.items[i].name, name) == 0;
	for (size_t i = 0; i < set->tables.n; i++)
		taken = taken || strcmp(set->tables.items[i].fact.table, name) == 0;
	if (taken)
		faults_add(l->faults, at, "the name \"%s\" is taken", name);
	return !taken;
}

/* Its columns are declared, or those of every bounded fact. */
static bool
read_what(struct loader *l, const struct ynode *node, const struct raw_fact *raw, struct fact *f)
{
	if ((raw->columns != NULL) != (raw->bounded != NULL))
		return raw->columns != NULL ? read_columns(l, raw->columns, f) : read_bounded(l, raw->bounded, f);
	faults_add(l->faults, node->at, "a fact has the key \"columns\", or else \"bounded\"");
	return false;
}

static void
load_fact(struct loader *l, const struct ynode *node)
{
	struct raw_fact raw = {.max_rows = ROWS_MAX};
	const struct source_kind *kind;
	struct fact f = {.at = node->at, .of_pack = l->pack != NULL};

	if (!read_map(l, node, "a fact", fact_fields, nitems(fact_fields), &raw))
		return;
	kind = source_kind_find(raw.source);
	if (kind == NULL) {
		faults_add(l->faults, yaml_get(node, "source")->at, "there is no kind of source \"%s\"", raw.source);
		return;
	}
	f.table = raw.table;
	f.about = raw.about;
	f.source = kind->name;
	f.part_column = kind->part_column;
	f.found_parts = kind->part != NULL;
	f.from = raw.from;
	f.where = raw.where;
	f.max_rows = raw.max_rows;
	f.min_rows = raw.min_rows;
	f.fresh_for_us = raw.fresh_for;
	f.asked = raw.asked;
	f.grants = raw.grants.items;
	f.n_grants = raw.grants.n;
	f.lasting = raw.lasting;
	f.params = yaml_copy(l->arena, raw.params);
	f.over_table = raw.over;
	f.after = raw.after.items;
	f.n_after = raw.after.n;
	f.after_parts = raw.after_parts.items;
	f.n_after_parts = raw.after_parts.n;
	if (!name_is_free(l, yaml_get(node, "table"), f.table) || !read_parts(l, node, &raw, &f) ||
	    !read_what(l, node, &raw, &f) || !read_absent(l, raw.absent, &f))
		return;
	if ((raw.query.text != NULL || raw.variants != NULL) && !read_variants(l, &raw, &f))
		return;
	if (!(is_sql(kind, &f) ? check_postgres(l, node, &raw, &f) : check_reader(l, node, &f, kind)))
		return;
	ARENA_PUSH(l->arena, &l->set->facts, f);
}

void
load_facts(struct loader *l, const struct ynode *list)
{
	if (!read_is_list(l, list, "facts"))
		return;
	for (size_t i = 0; i < list->n; i++)
		load_fact(l, list->items[i]);
}

void
load_views(struct loader *l, const struct ynode *list)
{
	static const struct field_spec fields[] = {
	    {"name", FK_LINE, offsetof(struct view, name), true, NULL},
	    {"about", FK_TEXT, offsetof(struct view, about), true, NULL},
	    {"query", FK_SQL, offsetof(struct view, query), true, NULL},
	    {"fallback", FK_SQL, offsetof(struct view, fallback), false, NULL},
	};

	if (!read_is_list(l, list, "views"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *node = list->items[i];
		struct view v = {.at = node->at};

		if (read_map(l, node, "a view", fields, nitems(fields), &v) &&
		    name_is_free(l, yaml_get(node, "name"), v.name))
			ARENA_PUSH(l->arena, &l->set->views, v);
	}
}

static void
load_table(struct loader *l, const struct ynode *node)
{
	struct raw {
		const char *table, *about;
		const struct ynode *columns, *rows;
	} raw = {0};
	static const struct field_spec fields[] = {
	    {"table", FK_LINE, offsetof(struct raw, table), true, NULL},
	    {"about", FK_TEXT, offsetof(struct raw, about), true, NULL},
	    {"columns", FK_NODE, offsetof(struct raw, columns), true, NULL},
	    {"rows", FK_NODE, offsetof(struct raw, rows), true, NULL},
	};
	struct data_table *t = arena_alloc(l->arena, sizeof *t);

	if (!read_map(l, node, "a table", fields, nitems(fields), &raw) ||
	    !name_is_free(l, yaml_get(node, "table"), raw.table))
		return;
	t->fact = (struct fact){
	    .table = raw.table, .about = raw.about, .source = "rules", .max_rows = ROWS_MAX, .at = node->at};
	if (!read_columns(l, raw.columns, &t->fact))
		return;
	ARENA_PUSH(l->arena, &l->set->tables, *t);
	t = &l->set->tables.items[l->set->tables.n - 1];
	t->rows = rows_new(&t->fact, "rules");
	yaml_rows(l->arena, raw.rows, t->rows, 0, l->faults);
	rows_end(t->rows, PS_COMPLETE, "%s", "");
}

void
load_tables(struct loader *l, const struct ynode *list)
{
	if (!read_is_list(l, list, "tables"))
		return;
	for (size_t i = 0; i < list->n; i++)
		load_table(l, list->items[i]);
}

static void
load_source(struct loader *l, const struct ynode *node)
{
	static const char *const needs[] = {"required", "conditional", "optional", NULL};
	static const struct field_spec fields[] = {
	    {"id", FK_LINE, offsetof(struct source_decl, id), true, NULL},
	    {"part", FK_LINE, offsetof(struct source_decl, part), false, NULL},
	    {"title", FK_LINE, offsetof(struct source_decl, title), true, NULL},
	    {"covers", FK_LINE, offsetof(struct source_decl, covers), false, NULL},
	    {"request", FK_LINE, offsetof(struct source_decl, request), false, NULL},
	    {"need", FK_WORD, offsetof(struct source_decl, need), true, needs},
	    {"condition", FK_SQL, offsetof(struct source_decl, condition), false, NULL},
	    {"control", FK_SQL, offsetof(struct source_decl, control), false, NULL},
	};
	struct source_decl s = {.at = node->at};
	const char *colon;

	if (!read_map(l, node, "a source", fields, nitems(fields), &s))
		return;
	colon = strchr(s.id, ':');
	s.kind = colon != NULL ? arena_strndup(l->arena, s.id, (size_t)(colon - s.id)) : s.id;
	if (s.part == NULL)
		s.part = colon != NULL ? colon + 1 : "local";
	if (source_kind_find(s.kind) == NULL)
		faults_add(l->faults, node->at, "there is no kind of source \"%s\"", s.kind);
	else if (ruleset_source(l->set, s.id) != NULL)
		faults_add(l->faults, node->at, "source %s is declared twice", s.id);
	else if ((s.need == SN_CONDITIONAL) != (s.condition.text != NULL))
		faults_add(
		    l->faults, node->at, "a conditional source needs a condition, and only a conditional one has it");
	else {
		s.by_node = source_kind_find(s.kind)->part != NULL;
		ARENA_PUSH(l->arena, &l->set->sources, s);
	}
}

void
load_sources(struct loader *l, const struct ynode *list)
{
	if (!read_is_list(l, list, "sources"))
		return;
	for (size_t i = 0; i < list->n; i++)
		load_source(l, list->items[i]);
}
