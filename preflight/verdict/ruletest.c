/*
 * Runs the tests that rules carry, each also with its rows reversed, with NULLs put in and on the steps around the
 * bounds of its rule. Uses the same evaluation as a real run, without any server.
 */
#include "verdict/ruletest.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/source_row.h"
#include "verdict/decide.h"
#include "ruleset/yaml_rows.h"
#include "verdict/rule_edges.h"
#include "base/version.h"

/* The moment at which every test takes place; any would do. */
#define NOW ((int64_t)1790000000 * 1000000)
#define SECOND_NODE "a-second-node"

struct mutation {
	bool reversed;
	bool doubled;            /* a second node has the same rows as the first */
	bool in_ci;              /* the database ci has the rows of main too */
	const struct fact *fact; /* whose column is NULL, or NULL */
	size_t column;
	const struct fact *unread; /* could not be read, or NULL */
	enum part_status status;   /* why */
};

struct test_outcome {
	struct arena *arena;
	struct findings findings; /* of the rule; passes and the like left out */
	enum status status;
	enum effect effect;
};

static const struct ynode *
given_rows(const struct rule_test *t, const struct fact *f)
{
	for (size_t i = 0; i < t->given.n; i++)
		if (t->given.items[i]->fact == f)
			return t->given.items[i]->rows;
	return NULL;
}

static void
add_node(struct arena *a, struct texts *nodes, const char *node)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (strcmp(nodes->items[i], node) == 0)
			return;
	ARENA_PUSH(a, nodes, node);
}

/* The nodes that the rows of a test name; rows that name none are those of the declared one. */
static struct texts
nodes_of(const struct rule_test *t, const struct mutation *m, struct arena *a)
{
	struct texts nodes = {0};

	for (size_t i = 0; i < t->given.n; i++) {
		const struct given *g = t->given.items[i];

		assert(g->rows != NULL); /* a key of a map always has a value */
		for (size_t k = 0; g->fact->found_parts && g->rows->kind == Y_LIST && k < g->rows->n; k++) {
			const struct ynode *row = g->rows->items[k],
					   *node = row->kind == Y_MAP ? yaml_get(row, g->fact->part_column) : NULL;

			add_node(a, &nodes, node != NULL && node->kind == Y_SCALAR ? node->text : g->fact->parts[0]);
		}
	}
	if (nodes.n == 0)
		add_node(a, &nodes, "local");
	if (m->doubled)
		add_node(a, &nodes, SECOND_NODE);
	return nodes;
}

static bool
add_source_row(struct rows *r, const struct source_decl *d, const char *node)
{
	const struct source_row row = {
	    .id = d->id, .kind = d->kind, .requested = true, .status = PS_COMPLETE, .started_at = NOW, .node = node};
	struct err e;

	return source_row_add(r, &row, &e);
}

static void
add_run_rows(struct snapshot *s, const struct ruleset *set, const struct ynode *given, const struct texts *nodes,
    struct arena *a, struct faults *faults)
{
	struct rows *run = rows_new(&run_fact, "run"), *sources = rows_new(&source_fact, "run");
	const struct cell when = {.kind = CELL_INT, .i = NOW}, zero = {.kind = CELL_INT};
	const struct cell text = {.kind = CELL_TEXT, .s = ""};
	const struct cell run_cells[] = {when, when, text, text, zero, text, text};
	struct err e;

	if (rows_add(run, run_cells, &e))
		rows_end(run, PS_COMPLETE, "%s", "");
	if (given != NULL)
		yaml_rows(a, given, sources, NOW, faults);
	for (size_t i = 0; given == NULL && i < set->sources.n; i++) {
		const struct source_decl *d = &set->sources.items[i];
		bool ok = true;

		for (size_t k = 0; ok && k < (d->by_node ? nodes->n : 1); k++)
			ok = add_source_row(sources, d, d->by_node ? nodes->items[k] : "");
	}
	rows_end(sources, PS_COMPLETE, "%s", "");
	snapshot_add(s, run);
	snapshot_add(s, sources);
}

static bool
is_unknown(const struct rule_test *t, const struct fact *f)
{
	for (size_t i = 0; i < t->unknown.n; i++)
		if (strcmp(t->unknown.items[i], f->table) == 0)
			return true;
	return false;
}

static void
set_null(struct rows *r, const struct mutation *m)
{
	for (size_t i = 0; m->fact == r->fact && i < r->n; i++)
		r->items[i][m->column] = (struct cell){.kind = CELL_NULL};
}

/* The rows of one part as the test gives them; those of a second node, or of ci, are those of `first`. */
static struct rows *
make_part(const struct rule_test *t, const struct mutation *m, const struct fact *f, const char *part,
    const char *first, struct arena *a, struct faults *faults)
{
	bool second = f->found_parts && strcmp(part, SECOND_NODE) == 0;
	bool ci = m->in_ci && strcmp(f->source, "postgres") == 0 && strcmp(part, "ci") == 0;
	struct rows *r = rows_new(f, second || ci ? first : part);

	if (given_rows(t, f) != NULL)
		yaml_part_rows(a, given_rows(t, f), r, NOW, faults);
	r->part = arena_strdup(r->arena, part);
	return r;
}

/* A database of its own has a name of its own. */
static void
name_database(struct rows *r)
{
	int c = fact_column_find(r->fact, "dbname");

	for (size_t i = 0; c >= 0 && i < r->n; i++)
		if (r->items[i][c].kind == CELL_TEXT)
			r->items[i][c].s = arena_printf(r->arena, "%s_ci", r->items[i][c].s);
}

static void
add_part(struct snapshot *s, const struct rule_test *t, const struct mutation *m, struct rows *r)
{
	r->read_at = NOW;
	if (is_unknown(t, r->fact) || m->unread == r->fact)
		rows_end(r, m->unread == r->fact ? m->status : PS_UNREADABLE, "the test says so");
	else if (!fact_is_asked(r->fact, t->from))
		rows_end(r, PS_DISABLED, "read only where GitLab %s is installed", r->fact->asked);
	else
		rows_end(r, PS_COMPLETE, "%s", "");
	set_null(r, m);
	if (m->in_ci && strcmp(r->part, "ci") == 0)
		name_database(r);
	snapshot_add(s, r);
}

static struct snapshot *
make_snapshot(const struct ruleset *set, const struct rule_test *t, const struct mutation *m, const struct reach *reach,
    struct arena *a, struct faults *faults)
{
	struct snapshot *s = snapshot_new();
	const struct texts nodes = nodes_of(t, m, a);

	add_run_rows(s, set, given_rows(t, &source_fact), &nodes, a, faults);
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];
		const struct texts parts = f->found_parts
		    ? nodes
		    : (struct texts){.items = (const char **)(uintptr_t)f->parts, .n = f->n_parts};

		for (size_t p = 0; (reach->facts == NULL || reach->facts[i]) && p < parts.n; p++)
			add_part(s, t, m, make_part(t, m, f, parts.items[p], parts.items[0], a, faults));
	}
	return s;
}

static int
severity_of(enum effect e)
{
	static const int rank[] = {[EF_NONE] = 0, [EF_WARNS] = 1, [EF_WAITS] = 2, [EF_BLOCKS] = 3};

	return rank[e];
}

static void
take(struct test_outcome *out, const struct findings *all)
{
	out->status = ST_NOT_APPLICABLE;
	out->effect = EF_NONE;
	for (size_t i = 0; i < all->n; i++) {
		struct finding f = all->items[i];

		f.effect = finding_effect(&f);
		if (status_weight(f.status) > status_weight(out->status))
			out->status = f.status;
		if (severity_of(f.effect) > severity_of(out->effect))
			out->effect = f.effect;
		if (status_weight(f.status) > status_weight(ST_PASS))
			ARENA_PUSH(out->arena, &out->findings, f);
	}
}

static bool
evaluate_test(const struct ruleset *set, const struct rule *r, const struct rule_test *t, const struct mutation *m,
    struct test_outcome *out, struct err *e)
{
	char from[VERSION_TEXT], to[VERSION_TEXT];
	struct inputs in = {.from = version_text(t->from, from),
	    .required_only = t->required_only,
	    .after = t->after,
	    .install_method = t->install_method};
	struct faults faults = {0};
	/* What a test says of the sources is judged by their conditions, which read what they like. */
	const struct instance_options options = {.reversed = m->reversed,
	    .no_controls = true,
	    .reach = given_rows(t, &source_fact) == NULL ? r->reach : (struct reach){0}};
	struct snapshot *s = make_snapshot(set, t, m, &options.reach, out->arena, &faults);
	CLEANUP(instance_drop) struct instance *inst = instance_new(out->arena, set, s, &in, &options, e);
	struct findings all = {0};
	struct rows *steps = NULL;
	struct plan plan;
	bool ok = inst != NULL && faults.n == 0;

	if (faults.n > 0)
		*e = faults.items[0];
	if (ok && r->reach.path_steps && plan_build(inst, version_text(t->to, to), &plan, e))
		steps = plan_rows(&plan);
	ok = ok && instance_set_hop(inst, t->from, t->to, steps, e);
	if (ok && rule_applies(r, t->from, t->to))
		evaluate_rule(inst, r, (struct hop){t->from, t->to}, &all);
	take(out, &all);
	rows_free(steps);
	snapshot_free(s);
	faults_free(&faults);
	return ok;
}

struct checking {
	const struct rule *rule;
	const struct rule_test *test;
	struct ruletest_counts *counts;
	FILE *log; /* or NULL */
};

PRINTF(2, 3)
static void
failed(const struct checking *c, const char *fmt, ...)
{
	char msg[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s:%u: %s, test \"%s\": %s\n", c->test->at.file, c->test->at.line, c->rule->id,
	    c->test->name, msg);
	c->counts->failed++;
}

static bool
has_message(const struct test_outcome *o, const char *message)
{
	for (size_t i = 0; i < o->findings.n; i++)
		if (strcmp(o->findings.items[i].message, message) == 0)
			return true;
	return false;
}

static bool
has_state(const struct test_outcome *o, const char *state)
{
	for (size_t i = 0; i < o->findings.n; i++) {
		const struct finding *f = &o->findings.items[i];

		if (f->has_progress && f->progress.state != NULL && strcmp(f->progress.state, state) == 0)
			return true;
	}
	return false;
}

static bool
has_eta(const struct test_outcome *o, const char *eta)
{
	bool none = true;

	for (size_t i = 0; i < o->findings.n; i++) {
		const char *said = o->findings.items[i].progress.eta;

		if (said != NULL && strstr(said, eta) != NULL)
			return true;
		none = none && said == NULL;
	}
	return none && strcmp(eta, "none") == 0;
}

static bool
has_fix(const struct test_outcome *o, const char *fix)
{
	for (size_t i = 0; i < o->findings.n; i++) {
		const struct finding *f = &o->findings.items[i];

		for (size_t k = 0; k < f->n_remedies; k++)
			for (size_t s = 0; s < f->remedies[k].n_steps; s++) {
				const struct remedy_step *step = &f->remedies[k].steps[s];

				if (strstr(step->text, fix) != NULL ||
				    (step->command != NULL && strstr(step->command, fix) != NULL))
					return true;
			}
	}
	return false;
}

static void
check_outcome(const struct checking *c, const struct test_outcome *o)
{
	const struct rule_test *t = c->test;
	const char *said = o->findings.n > 0 ? o->findings.items[0].message : "nothing";

	if (o->status != t->status)
		failed(c, "expected %s, got %s (message: %s)", status_word[t->status], status_word[o->status], said);
	else if (t->has_findings && o->findings.n != t->findings)
		failed(c, "expected %zu findings, got %zu (first message: %s)", t->findings, o->findings.n, said);
	else if (t->has_effect && o->effect != t->effect)
		failed(c, "expected effect %s, got %s", effect_word[t->effect], effect_word[o->effect]);
	else if (t->message != NULL && !has_message(o, t->message))
		failed(c, "no finding has the message \"%s\" (first message: %s)", t->message, said);
	else if (t->state != NULL && !has_state(o, t->state))
		failed(c, "no finding has the state \"%s\" (first message: %s)", t->state, said);
	else if (t->eta != NULL && !has_eta(o, t->eta))
		failed(c, "no finding has an estimate with \"%s\" (first message: %s)", t->eta, said);
	else if (t->fix != NULL && !has_fix(o, t->fix))
		failed(c, "no remedy contains \"%s\" (first message: %s)", t->fix, said);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct finding *)a)->key, ((const struct finding *)b)->key);
}

static bool
same_findings(struct test_outcome *a, struct test_outcome *b)
{
	if (a->findings.n != b->findings.n || a->status != b->status)
		return false;
	if (a->findings.n == 0)
		return true;
	qsort(a->findings.items, a->findings.n, sizeof *a->findings.items, by_key);
	qsort(b->findings.items, b->findings.n, sizeof *b->findings.items, by_key);
	for (size_t i = 0; i < a->findings.n; i++)
		if (strcmp(a->findings.items[i].key, b->findings.items[i].key) != 0 ||
		    strcmp(a->findings.items[i].message, b->findings.items[i].message) != 0 ||
		    a->findings.items[i].status != b->findings.items[i].status)
			return false;
	return true;
}

static bool
may_vanish(const struct rule_test *t, const struct fact *f, const char *column)
{
	char full[160];

	(void)snprintf(full, sizeof full, "%s.%s", f->table, column);
	for (size_t i = 0; i < t->null_ok.n; i++)
		if (strcmp(t->null_ok.items[i], column) == 0 || strcmp(t->null_ok.items[i], full) == 0)
			return true;
	return false;
}

static bool
has_error(const struct test_outcome *o)
{
	for (size_t i = 0; i < o->findings.n; i++)
		if (o->findings.items[i].status == ST_ERROR)
			return true;
	return false;
}

/*
 * How many findings two nodes with the same rows have: each its own, if the rule reads nothing else and is
 * not about the whole.
 */
static size_t
least_of_two(const struct rule *r, const struct test_outcome *one)
{
	for (size_t i = 0; i < r->n_needs; i++)
		if (!r->needs[i]->found_parts)
			return one->findings.n;
	return r->whole ? one->findings.n : 2 * one->findings.n;
}

/* Rows of a node, and of one node only: then what a second one like it says can be foretold. */
static bool
is_about_one_node(const struct rule_test *t, struct arena *a)
{
	static const struct mutation none;

	for (size_t i = 0; i < t->given.n; i++)
		if (t->given.items[i]->fact->found_parts)
			return nodes_of(t, &none, a).n == 1;
	return false;
}

static void
run_mutated(const struct ruleset *set, const struct checking *c, struct test_outcome *plain, const struct mutation *m)
{
	struct test_outcome o = {.arena = arena_new()};
	struct err e;

	c->counts->runs++;
	if (!evaluate_test(set, c->rule, c->test, m, &o, &e))
		failed(c, "cannot be run mutated: %s", e.msg);
	else if (m->doubled && (has_error(&o) || o.findings.n < least_of_two(c->rule, plain)))
		failed(c,
		    "with the same rows on a second node %s: select the column node, so that each node has "
		    "a finding of its own",
		    has_error(&o) ? "the rule is an error" : "findings are missing");
	else if (m->reversed && !same_findings(plain, &o))
		failed(c, "the findings depend on the order of rows");
	else if (m->fact != NULL &&
	    (o.findings.n < plain->findings.n || severity_of(o.effect) < severity_of(plain->effect)))
		failed(c,
		    "with NULL in %s.%s a finding disappears or gets milder; if that is intended, "
		    "add null_ok: [%s]",
		    m->fact->table, m->fact->columns[m->column].name, m->fact->columns[m->column].name);
	arena_free(o.arena);
}

/* A fault may only worsen the verdict: what was requested and not read is neither a pass nor milder than a finding. */
static void
run_unread(const struct ruleset *set, const struct checking *c, const struct test_outcome *plain, const struct fact *f,
    enum part_status status)
{
	const struct mutation m = {.unread = f, .status = status};
	struct test_outcome o = {.arena = arena_new()};
	struct err e;

	c->counts->runs++;
	if (!evaluate_test(set, c->rule, c->test, &m, &o, &e))
		failed(c, "cannot be run without %s: %s", f->table, e.msg);
	else if (status_weight(o.status) <= status_weight(ST_PASS) ||
	    severity_of(o.effect) < severity_of(plain->effect))
		failed(c, "where %s could not be read (%s), the rule is %s, effect %s: it must be unknown", f->table,
		    part_status_word[status], status_word[o.status], effect_word[o.effect]);
	arena_free(o.arena);
}

/* Each table once; those that a fallback covers with every fault. */
static void
run_each_unread(const struct ruleset *set, const struct checking *c, const struct test_outcome *plain)
{
	static const enum part_status faults[] = {PS_DENIED, PS_TIMEOUT, PS_UNREACHABLE, PS_UNREADABLE, PS_ERROR};
	const struct rule *r = c->rule;

	if (!rule_applies(r, c->test->from, c->test->to))
		return;
	for (size_t i = 0; i < r->n_needs; i++)
		if (fact_is_asked(r->needs[i], c->test->from) && !is_unknown(c->test, r->needs[i]))
			run_unread(set, c, plain, r->needs[i], faults[i % nitems(faults)]);
	for (size_t i = 0; i < r->covered.n; i++)
		for (size_t k = 0; k < nitems(faults); k++)
			if (fact_is_asked(r->covered.items[i], c->test->from) &&
			    !is_unknown(c->test, r->covered.items[i]))
				run_unread(set, c, plain, r->covered.items[i], faults[k]);
}

/* "ci" as the last part of a word: finalize:ci, gitlabhq_production_ci, but not ci_builds. */
static bool
names_ci(const char *command)
{
	for (const char *p = command; (p = strstr(p, "ci")) != NULL; p += 2)
		if ((p == command || !isalnum((unsigned char)p[-1])) && p[2] != '_' && !isalnum((unsigned char)p[2]))
			return true;
	return false;
}

/* Commands that act on one database, main where they name none. */
static bool
acts_on_database(const char *command)
{
	static const char *const marks[] = {
	    "psql", "dbconsole", "BackgroundMigration", "background_migrations", "migrate:up"};

	for (size_t i = 0; i < nitems(marks); i++)
		if (strstr(command, marks[i]) != NULL)
			return true;
	return false;
}

static bool
is_of_ci(const struct finding *f)
{
	for (size_t i = 0; i < f->evidence.n; i++)
		if (strcmp(f->evidence.fields[i].name, "database") == 0)
			return strcmp(f->evidence.fields[i].value, "ci") == 0;
	return false;
}

static void
check_commands(const struct checking *c, const struct finding *f)
{
	for (size_t i = 0; i < f->n_remedies; i++)
		for (size_t s = 0; s < f->remedies[i].n_steps; s++) {
			const char *command = f->remedies[i].steps[s].command;

			if (command != NULL && acts_on_database(command) && !names_ci(command))
				failed(c, "for a row of the database ci this command acts on main: %s", command);
		}
}

static void
run_in_ci(const struct ruleset *set, const struct checking *c)
{
	struct test_outcome o = {.arena = arena_new()};
	struct err e;

	c->counts->runs++;
	if (!evaluate_test(set, c->rule, c->test, &(struct mutation){.in_ci = true}, &o, &e))
		failed(c, "cannot be run with the same rows in ci: %s", e.msg);
	for (size_t i = 0; i < o.findings.n; i++)
		if (is_of_ci(&o.findings.items[i]))
			check_commands(c, &o.findings.items[i]);
	arena_free(o.arena);
}

/* Whether anything that the rule may read has more than one row: else there is no other order. */
static bool
has_an_order(const struct ruleset *set, const struct checking *c)
{
	for (size_t i = 0; i < c->test->given.n; i++)
		if (yaml_rows_n(c->test->given.items[i]->rows) > 1)
			return true;
	for (size_t i = 0; i < set->tables.n; i++)
		if (c->rule->reach.tables[i] && set->tables.items[i].rows->n > 1)
			return true;
	return false;
}

static void
run_test(const struct ruleset *set, const struct checking *c)
{
	const struct mutation none = {0}, reversed = {.reversed = true};
	struct test_outcome plain = {.arena = arena_new()};
	struct err e;

	c->counts->tests++;
	c->counts->runs++;
	if (!evaluate_test(set, c->rule, c->test, &none, &plain, &e)) {
		failed(c, "cannot be run: %s", e.msg);
		arena_free(plain.arena);
		return;
	}
	check_outcome(c, &plain);
	if (has_an_order(set, c))
		run_mutated(set, c, &plain, &reversed);
	if (is_about_one_node(c->test, plain.arena) && plain.findings.n > 0)
		run_mutated(set, c, &plain, &(struct mutation){.doubled = true});
	for (size_t g = 0; g < c->test->given.n && plain.findings.n > 0; g++) {
		const struct fact *f = c->test->given.items[g]->fact;

		for (size_t i = 0; i < f->n_columns; i++)
			if (f->columns[i].null && !may_vanish(c->test, f, f->columns[i].name))
				run_mutated(set, c, &plain, &(struct mutation){.fact = f, .column = i});
	}
	run_each_unread(set, c, &plain);
	if (plain.findings.n > 0)
		run_in_ci(set, c);
	arena_free(plain.arena);
}

static void
log_test(const struct checking *c, const char *what, enum status found)
{
	char from[VERSION_TEXT], to[VERSION_TEXT];

	if (c->log != NULL)
		(void)fprintf(c->log, "%s %s %s %s %s\n", what, c->rule->id, version_text(c->test->from, from),
		    version_text(c->test->to, to), status_word[found]);
}

/*
 * The same state on a step at a bound of the rule. What a rule finds there that looks at the versions itself cannot be
 * foretold, only that it finds something out.
 */
static void
run_edge(const struct ruleset *set, const struct checking *c)
{
	struct test_outcome o = {.arena = arena_new()};
	bool open = (c->rule->reach.hop || c->rule->reach.path_steps) && c->test->status != ST_NOT_APPLICABLE;
	struct err e;

	c->counts->runs++;
	if (!evaluate_test(set, c->rule, c->test, &(struct mutation){0}, &o, &e))
		failed(c, "cannot be run: %s", e.msg);
	else if (!open || o.status == ST_ERROR || o.status == ST_UNKNOWN)
		check_outcome(c, &o);
	log_test(c, "edge", o.status);
	arena_free(o.arena);
}

void
ruletest_rule(const struct ruleset *set, const struct rule *r, FILE *log, struct ruletest_counts *counts)
{
	struct arena *a = arena_new();
	struct rule_tests edges = {0};

	for (size_t i = 0; i < r->tests.n; i++) {
		const struct checking c = {r, &r->tests.items[i], counts, log};

		run_test(set, &c);
		log_test(&c, "test", c.test->status);
		rule_edges(r, &r->tests.items[i], a, &edges);
	}
	for (size_t i = 0; i < edges.n; i++)
		run_edge(set, &(struct checking){r, &edges.items[i], counts, log});
	counts->edges += edges.n;
	arena_free(a);
}
