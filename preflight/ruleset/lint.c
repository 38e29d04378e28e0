/* Prepares every statement of a rule set against its own declarations, and finds what each needs. */
#include "ruleset/lint.h"

#include <string.h>

#include "base/text.h"
#include "ruleset/engine_rules.h"
#include "ruleset/join_columns.h"
#include "ruleset/lint_words.h"
#include "ruleset/message.h"
#include "ruleset/sql_reach.h"
#include "facts/sqldb.h"

static bool
create_tables(struct sqldb *db, const struct ruleset *set, struct err *e)
{
	static const struct fact *const engine[] = {&run_fact, &source_fact, &given_fact, &hop_fact, &path_step_fact};

	for (size_t i = 0; i < nitems(engine); i++)
		if (!sqldb_table(db, engine[i], e))
			return false;
	for (size_t i = 0; i < set->facts.n; i++)
		if (!sqldb_table(db, &set->facts.items[i], e))
			return false;
	for (size_t i = 0; i < set->tables.n; i++)
		if (!sqldb_table(db, &set->tables.items[i].fact, e))
			return false;
	return true;
}

static void
add_columns(struct arena *a, const struct fact *f, struct texts *out)
{
	if (f->part_column != NULL)
		ARENA_PUSH(a, out, f->part_column);
	for (size_t i = 0; i < f->n_columns; i++)
		ARENA_PUSH(a, out, f->columns[i].name);
}

/* What follows the prefix in the message; NULL: it begins otherwise. */
static const char *
behind(const char *msg, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(msg, prefix, n) == 0 ? msg + n : NULL;
}

/* The nearest name where SQLite reports an unknown column or table. */
static const char *
suggest_name(const struct ruleset *set, const struct reach *reach, const char *msg, struct arena *a)
{
	const char *column = behind(msg, "no such column: ");
	const char *name = column != NULL ? column : behind(msg, "no such table: "), *dot;
	struct texts names = {0};

	if (name == NULL)
		return NULL;
	dot = strrchr(name, '.');
	for (size_t i = 0; i < set->facts.n; i++)
		if (!column)
			ARENA_PUSH(a, &names, set->facts.items[i].table);
		else if (reach == NULL || reach->facts[i])
			add_columns(a, &set->facts.items[i], &names);
	for (size_t i = 0; i < set->tables.n; i++)
		if (!column)
			ARENA_PUSH(a, &names, set->tables.items[i].fact.table);
		else if (reach == NULL || reach->tables[i])
			add_columns(a, &set->tables.items[i].fact, &names);
	for (size_t i = 0; !column && i < set->views.n; i++)
		ARENA_PUSH(a, &names, set->views.items[i].name);
	return closest(dot != NULL ? dot + 1 : name, names.items, names.n);
}

static void
add(struct faults *faults, const struct ruleset *set, const struct reach *reach, const struct err *e, const char *what)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *function = behind(e->msg, "not authorized to use function: ");
	const char *near = suggest_name(set, reach, e->msg, a);

	if (function != NULL)
		faults_add(faults, e->at, "%s: the function %s() is not allowed in rules", what, function);
	else if (strcmp(e->msg, "not authorized") == 0)
		faults_add(faults, e->at,
		    "%s: not authorized: SQL in rules is one SELECT without recursive queries, PRAGMA and ATTACH",
		    what);
	else
		faults_add(faults, e->at, "%s: %s%s%s%s", what, e->msg, near != NULL ? ": did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static void
lint_view(struct sqldb *db, const struct ruleset *set, const struct view *v, struct faults *faults)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct result main = {0}, fallback = {0};
	struct err e;

	lint_sql_words(&v->query, faults);
	if (v->reach.hop)
		faults_add(faults, v->at,
		    "view %s: views are evaluated once, before there is a hop: "
		    "join hop or path_step in the rule",
		    v->name);
	if (!sqldb_columns(db, &v->query, a, &main, &e)) {
		add(faults, set, &v->reach, &e, v->name);
		return;
	}
	for (size_t i = 0; i < main.n_columns; i++)
		if (!is_name(main.names[i])) {
			faults_add(faults, yaml_loc_at(v->query.node, 0),
			    "column %zu is called \"%.60s\": name it with AS", i + 1, main.names[i]);
			return;
		}
	if (v->fallback.text == NULL)
		return;
	lint_sql_words(&v->fallback, faults);
	if (!sqldb_columns(db, &v->fallback, a, &fallback, &e)) {
		add(faults, set, &v->reach, &e, v->name);
		return;
	}
	for (size_t i = 0; i < main.n_columns; i++)
		if (i >= fallback.n_columns || strcmp(main.names[i], fallback.names[i]) != 0) {
			faults_add(faults, v->at, "view %s: query and fallback must return the same columns", v->name);
			return;
		}
}

static bool
names_are_clean(const struct rule *r, const struct result *columns, struct faults *faults)
{
	for (size_t i = 0; i < columns->n_columns; i++) {
		if (!is_name(columns->names[i])) {
			faults_add(faults, yaml_loc_at(r->query.node, 0),
			    "column %zu is called \"%.60s\": name it with AS", i + 1, columns->names[i]);
			return false;
		}
		for (size_t k = 0; k < i; k++)
			if (strcmp(columns->names[k], columns->names[i]) == 0) {
				faults_add(faults, yaml_loc_at(r->query.node, 0), "two columns are called \"%s\"",
				    columns->names[i]);
				return false;
			}
	}
	return true;
}

static void
lint_conditions(const struct conditions *where, const struct result *columns, struct loc at, const char *what,
    struct faults *faults)
{
	for (size_t i = 0; i < where->n; i++)
		if (result_column(columns, where->items[i].column) < 0)
			faults_add(faults, at, "%s: the query returns no column \"%s\"", what, where->items[i].column);
}

static void
lint_remedy(const struct rule *r, const struct result *columns, struct faults *faults)
{
	const char *what = r->id;

	for (size_t i = 0; r->remedy_decl != NULL && i < r->remedy_decl->steps.n; i++) {
		const struct step_decl *s = &r->remedy_decl->steps.items[i];
		const char *const texts[] = {s->text, s->shell, s->rake, s->runner};

		for (size_t k = 0; k < nitems(texts); k++)
			if (texts[k] != NULL)
				message_check(texts[k], s->at, what, columns->names, columns->n_columns, faults);
		for (size_t k = 0; k < s->rake_args.n; k++)
			message_check(s->rake_args.items[k], s->at, what, columns->names, columns->n_columns, faults);
		lint_conditions(&s->where, columns, s->at, what, faults);
	}
}

static const char *hop_columns[] = {"from_version", "to_version"};

/* A note may name the hop and the columns of its query. */
static void
add_hop_columns(struct result *columns, struct arena *a)
{
	size_t n = columns->n_columns;
	const char **names = arena_alloc(a, (n + nitems(hop_columns)) * sizeof *names);

	memcpy(names, columns->names, n * sizeof *names);
	memcpy(names + n, hop_columns, sizeof hop_columns);
	*columns = (struct result){.names = names, .n_columns = n + nitems(hop_columns)};
}

static void
lint_engine_rule(const struct rule *r, struct faults *faults)
{
	struct result columns = {0};

	engine_fields(engine_id_find(r->id), &columns.names, &columns.n_columns);
	lint_remedy(r, &columns, faults);
}

static void
lint_rule(struct sqldb *db, const struct ruleset *set, const struct rule *r, struct faults *faults)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct result columns = {.names = hop_columns, .n_columns = nitems(hop_columns)};
	struct err e;

	if (r->query.text != NULL) {
		lint_sql_words(&r->query, faults);
		if (!sqldb_columns(db, &r->query, a, &columns, &e)) {
			add(faults, set, &r->reach, &e, r->id);
			return;
		}
		if (!names_are_clean(r, &columns, faults))
			return;
		if (r->kind == RK_MANUAL)
			add_hop_columns(&columns, a);
		else
			message_check(r->key, r->key_at, "key", columns.names, columns.n_columns, faults);
	}
	message_check(r->message, r->message_at, "message", columns.names, columns.n_columns, faults);
	for (size_t i = 0; i < r->cures.n; i++)
		lint_conditions(&r->cures.items[i].where, &columns, r->at, "cured_by", faults);
	lint_remedy(r, &columns, faults);
}

static void
lint_plain(struct sqldb *db, const struct ruleset *set, const struct sql *sql, const char *what, struct faults *faults)
{
	struct err e;

	if (sql->text == NULL)
		return;
	lint_sql_words(sql, faults);
	if (!sqldb_prepares(db, sql, &e))
		add(faults, set, NULL, &e, what);
}

struct absence {
	struct ruleset *set;
	size_t fact;
};

static void
note_condition(struct sqldb *db, const struct absence *absent, const struct sql *condition, const struct reach *reach,
    struct fact_refs *needs)
{
	if (condition->text != NULL && reach->facts[absent->fact] && sqldb_lacks_for(db, condition))
		ARENA_PUSH(absent->set->arena, needs, &absent->set->facts.items[absent->fact]);
}

static void
note_needs(struct sqldb *db, void *arg)
{
	const struct absence *absent = arg;

	for (size_t i = 0; i < absent->set->stops.n; i++)
		note_condition(db, absent, &absent->set->stops.items[i].condition, &absent->set->stops.items[i].reach,
		    &absent->set->stops.items[i].needs);
	for (size_t i = 0; i < absent->set->sources.n; i++)
		note_condition(db, absent, &absent->set->sources.items[i].condition,
		    &absent->set->sources.items[i].reach, &absent->set->sources.items[i].needs);
	for (size_t i = 0; i < absent->set->rules.n; i++) {
		struct rule *r = &absent->set->rules.items[i];

		if (r->query.text != NULL && r->reach.facts[absent->fact] && sqldb_lacks_for(db, &r->query))
			r->needs[r->n_needs++] = &absent->set->facts.items[absent->fact];
	}
}

static bool
needs(const struct rule *r, const struct fact *f)
{
	return r->n_needs > 0 && r->needs[r->n_needs - 1] == f;
}

static void
note_covered(struct sqldb *db, void *arg)
{
	const struct absence *absent = arg;
	const struct fact *f = &absent->set->facts.items[absent->fact];

	for (size_t i = 0; i < absent->set->rules.n; i++) {
		struct rule *r = &absent->set->rules.items[i];

		if (r->query.text != NULL && r->reach.facts[absent->fact] && !needs(r, f) &&
		    sqldb_lacks_for(db, &r->query))
			ARENA_PUSH(absent->set->arena, &r->covered, f);
	}
}

static bool
is_behind_fallback(const struct views *views, size_t fact)
{
	for (size_t i = 0; i < views->n; i++)
		if (views->items[i].fallback.text != NULL && views->items[i].reach.facts[fact])
			return true;
	return false;
}

/* A rule needs a table if it no longer prepares without it: the authorizer does not see USING. */
static void
infer_needs(struct sqldb *db, struct ruleset *set, struct faults *faults)
{
	struct err e;

	for (size_t i = 0; i < set->rules.n; i++)
		set->rules.items[i].needs = arena_alloc(set->arena, (set->facts.n + 1) * sizeof(struct fact *));
	for (size_t f = 0; f < set->facts.n; f++) {
		struct absence absent = {.set = set, .fact = f};

		if (!sqldb_without(db, &set->facts, &set->views, f, true, note_needs, &absent, &e) ||
		    (is_behind_fallback(&set->views, f) &&
			!sqldb_without(db, &set->facts, &set->views, f, false, note_covered, &absent, &e)))
			faults_add(faults, set->facts.items[f].at, "cannot find out who needs %s: %s",
			    set->facts.items[f].table, e.msg);
	}
}

void
lint_ruleset(struct ruleset *set, struct faults *faults)
{
	CLEANUP(sqldb_drop) struct sqldb *db = sqldb_new(0);
	size_t before = faults->n;
	struct err e = {.msg = "cannot open a database in memory"};

	sql_reach(set, faults);
	if (db == NULL || !create_tables(db, set, &e)) {
		faults_add(faults, e.at, "%s", e.msg);
		return;
	}
	for (size_t i = 0; i < set->views.n && faults->n == before; i++) {
		lint_view(db, set, &set->views.items[i], faults);
		if (faults->n == before && !sqldb_view(db, &set->views.items[i], &e))
			add(faults, set, &set->views.items[i].reach, &e, set->views.items[i].name);
	}
	if (faults->n > before)
		return;
	for (size_t i = 0; i < set->rules.n; i++)
		if (set->rules.items[i].kind == RK_ENGINE)
			lint_engine_rule(&set->rules.items[i], faults);
		else
			lint_rule(db, set, &set->rules.items[i], faults);
	for (size_t i = 0; i < set->stops.n; i++)
		lint_plain(db, set, &set->stops.items[i].condition, "condition", faults);
	for (size_t i = 0; i < set->sources.n; i++) {
		lint_plain(db, set, &set->sources.items[i].condition, "condition", faults);
		lint_plain(db, set, &set->sources.items[i].control, "control", faults);
	}
	if (faults->n == before)
		infer_needs(db, set, faults);
	set->join_columns = join_columns(set);
}
