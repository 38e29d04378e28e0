/*
 * Evaluates each rule on the rows of its first test that it fails and of its first test that it passes, with N
 * rows more in each table that it reads: `sizes N [RULE...]`. One line for each: rule, test, status, seconds,
 * and the message of an error. What the rows say does not matter, only that there are many of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ruleset/ruleset_load.h"
#include "base/log.h"
#include "base/version.h"
#include "facts/source_row.h"
#include "ruleset/yaml_rows.h"
#include "verdict/decide.h"

#define NOW ((int64_t)1790000000 * 1000000)

static _Noreturn void
broken(const char *what)
{
	(void)fprintf(stderr, "sizes: %s\n", what);
	exit(1);
}

/* Row `i` of many: ids are its number, words and small numbers repeat. */
static struct cell
cell_of(struct arena *a, const struct fact_column *c, size_t i)
{
	size_t len = strlen(c->name);

	switch (c->type) {
	case T_INTEGER:
		return cell_int(
		    len >= 2 && strcmp(c->name + len - 2, "id") == 0 ? (int64_t)i + 1000 : (int64_t)(i % 10));
	case T_TIME:
		return cell_int(NOW - (int64_t)(i % 10) * 3600 * 1000000);
	case T_BOOL:
		return cell_int((int64_t)(i % 2));
	case T_VERSION:
		return cell_int(1401080);
	case T_TEXT:
		break;
	}
	if (c->n_values > 0)
		return cell_text(c->values[i % c->n_values]);
	return cell_text(arena_printf(a, "%s%zu", c->name, i));
}

static void
add_many(struct rows *r, size_t n)
{
	struct cell cells[50];
	struct err e;

	for (size_t i = 0; i < n && r->n < r->fact->max_rows; i++) {
		for (size_t c = 0; c < r->fact->n_columns; c++)
			cells[c] = cell_of(r->arena, &r->fact->columns[c], i);
		if (!rows_add(r, cells, &e))
			broken(e.msg);
	}
}

static bool
is_read(const struct rule *r, const struct fact *f)
{
	bool read = false;

	for (size_t i = 0; i < r->n_needs; i++)
		read = read || r->needs[i] == f;
	for (size_t i = 0; i < r->covered.n; i++)
		read = read || r->covered.items[i] == f;
	return read;
}

static struct snapshot *
make_snapshot(const struct ruleset *set, const struct rule *rule, const struct rule_test *t, size_t n, struct arena *a)
{
	struct snapshot *s = snapshot_new();
	struct rows *run = rows_new(&run_fact, "run"), *sources = rows_new(&source_fact, "run");
	const struct cell cells[] = {
	    cell_int(NOW), cell_int(NOW), cell_text(""), cell_text(""), cell_int(0), cell_text(""), cell_text("")};
	struct faults faults = {0};
	struct err e;

	if (!rows_add(run, cells, &e))
		broken(e.msg);
	rows_end(run, PS_COMPLETE, "%s", "");
	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source_decl *d = &set->sources.items[i];
		const struct source_row row = {.id = d->id,
		    .kind = d->kind,
		    .requested = true,
		    .status = PS_COMPLETE,
		    .started_at = NOW,
		    .node = d->by_node ? "local" : ""};

		if (!source_row_add(sources, &row, &e))
			broken(e.msg);
	}
	rows_end(sources, PS_COMPLETE, "%s", "");
	snapshot_add(s, run);
	snapshot_add(s, sources);
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];

		for (size_t p = 0; rule->reach.facts[i] && p < f->n_parts; p++) {
			struct rows *r = rows_new(f, f->parts[p]);

			for (size_t g = 0; g < t->given.n; g++)
				if (t->given.items[g]->fact == f)
					yaml_part_rows(a, t->given.items[g]->rows, r, NOW, &faults);
			if (p == 0 && is_read(rule, f))
				add_many(r, n);
			r->read_at = NOW;
			rows_end(r, PS_COMPLETE, "%s", "");
			snapshot_add(s, r);
		}
	}
	faults_free(&faults);
	return s;
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
evaluate_one(const struct ruleset *set, const struct rule *r, const struct rule_test *t, const char *kind, size_t n)
{
	struct arena *a = arena_new();
	char from[VERSION_TEXT];
	const struct inputs in = {.from = version_text(t->from, from), .install_method = t->install_method};
	const struct instance_options options = {.reach = r->reach};
	struct snapshot *s = make_snapshot(set, r, t, n, a);
	struct findings all = {0};
	enum status worst = ST_NOT_APPLICABLE;
	const char *error = "";
	struct instance *inst;
	double begun = seconds();
	struct err e;

	inst = instance_new(a, set, s, &in, &options, &e);
	if (inst == NULL || !instance_set_hop(inst, t->from, t->to, NULL, &e))
		broken(e.msg);
	evaluate_rule(inst, r, (struct hop){t->from, t->to}, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (status_weight(all.items[i].status) > status_weight(worst))
			worst = all.items[i].status;
		if (all.items[i].status == ST_ERROR)
			error = all.items[i].message;
	}
	(void)printf("%s %s %s %.2f %s\n", r->id, kind, status_word[worst], seconds() - begun, error);
	(void)fflush(stdout);
	instance_free(inst);
	snapshot_free(s);
	arena_free(a);
}

static void
evaluate_both(const struct ruleset *set, const struct rule *r, size_t n)
{
	bool failed = false, passed = false;

	for (size_t i = 0; i < r->tests.n && r->query.text != NULL; i++) {
		const struct rule_test *t = &r->tests.items[i];
		bool *done = t->status == ST_PASS ? &passed : &failed;

		if (*done || t->unknown.n > 0 || !rule_applies(r, t->from, t->to))
			continue;
		*done = true;
		evaluate_one(set, r, t, t->status == ST_PASS ? "passes" : "fails", n);
	}
}

int
main(int argc, char **argv)
{
	struct faults faults = {0};
	struct ruleset *set = ruleset_load("rules", &(struct texts){0}, true, &faults);

	if (argc < 2 || set == NULL)
		broken("usage, in the directory of the repository: sizes N [RULE...]");
	for (size_t i = 0; i < set->rules.n; i++) {
		bool wanted = argc == 2;

		for (int k = 2; k < argc; k++)
			wanted = wanted || strcmp(argv[k], set->rules.items[i].id) == 0;
		if (wanted)
			evaluate_both(set, &set->rules.items[i], strtoul(argv[1], NULL, 10));
	}
	ruleset_free(set);
	faults_free(&faults);
	return 0;
}
