/*
 * Prints every command of the shipped remedies, for printed_lines.t: remedy_lines DATABASE VALUE, where VALUE stands for
 * each field that no condition of a step names. A line has the remedy, the install method, whether a rule with one
 * finding for each database has the remedy, and the command, with tabs between them.
 */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "ruleset/message.h"
#include "ruleset/ruleset_load.h"
#include "verdict/remedy.h"

#define FIELDS_MAX 100

struct values {
	struct field fields[FIELDS_MAX];
	size_t n;
	const char *other;
};

static void
set(struct values *v, const char *name, const char *value)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->fields[i].name, name) == 0)
			return;
	if (v->n < FIELDS_MAX)
		v->fields[v->n++] = (struct field){name, value};
}

static void
set_others(struct arena *a, struct values *v, const char *tmpl)
{
	char name[64];

	for (const char *p = tmpl; p != NULL && message_next(&p, name);)
		set(v, arena_strdup(a, name), v->other);
}

/* The fields with which this step is chosen; false: it is for other databases. */
static bool
choose(struct arena *a, const struct step_decl *s, const char *database, struct values *v)
{
	v->n = 0;
	set(v, "database", database);
	set(v, "task", strcmp(database, "main") == 0 ? "finalize" : arena_printf(a, "finalize:%s", database));
	for (size_t i = 0; i < s->where.n; i++) {
		const struct condition *c = &s->where.items[i];
		bool has = strcmp(c->column, "database") != 0;

		for (size_t k = 0; k < c->values.n; k++)
			has = has || strcmp(c->values.items[k], database) == 0;
		if (!has)
			return false;
		set(v, c->column, c->values.items[0]);
	}
	for (size_t i = 0; i < s->rake_args.n; i++)
		set_others(a, v, s->rake_args.items[i]);
	set_others(a, v, s->text);
	set_others(a, v, s->shell);
	set_others(a, v, s->rake);
	set_others(a, v, s->runner);
	set_others(a, v, s->sql);
	return true;
}

static int64_t
key(int major, int minor, int patch)
{
	char text[VERSION_TEXT];
	struct version v;
	struct err e;

	(void)snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
	return version_parse(text, &v, &e) ? v.key : 0;
}

/* A step from one minor release to the next that the range holds. */
static struct hop
hop_of(const struct step_decl *s)
{
	static const int last[] = {12, 10, 11, 11, 11, 11, 5};

	for (int major = 13; major <= 19; major++)
		for (int minor = major == 13 ? 12 : 0; minor <= last[major - 13]; minor++) {
			bool end = minor == last[major - 13];
			struct hop h = {key(major, minor, 3), end ? key(major + 1, 0, 4) : key(major, minor + 1, 4)};

			if (hop_in_range(&s->when, h.from, h.to))
				return h;
		}
	return (struct hop){0};
}

static bool
reads_ci(const struct rule *r)
{
	for (size_t i = 0; i < r->n_needs; i++)
		for (size_t p = 0; p < r->needs[i]->n_parts; p++)
			if (strcmp(r->needs[i]->parts[p], "ci") == 0)
				return true;
	return false;
}

/* Whether a rule that counts each database for itself prints the remedy. */
static bool
is_of_databases(const struct ruleset *set, const struct remedy_decl *r)
{
	for (size_t i = 0; i < set->rules.n; i++)
		if (set->rules.items[i].remedy_decl == r && set->rules.items[i].key != NULL &&
		    strstr(set->rules.items[i].key, "{database}") != NULL && reads_ci(&set->rules.items[i]))
			return true;
	return false;
}

static void
print(const struct ruleset *rules, const struct remedy_decl *r, const struct remedy *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].n_steps; k++)
			if (list[i].steps[k].command != NULL)
				(void)printf("%s\t%s\t%s\t%s\n", r->name, list[i].install_method,
				    is_of_databases(rules, r) ? "each" : "", list[i].steps[k].command);
}

int
main(int argc, char **argv)
{
	struct faults faults = {0};
	struct ruleset *rules = ruleset_load("rules", &(struct texts){0}, false, &faults);
	struct arena *a = arena_new();

	if (argc != 3 || rules == NULL)
		return 2;
	for (size_t i = 0; i < rules->remedies.n; i++)
		for (size_t k = 0; k < rules->remedies.items[i].steps.n; k++) {
			const struct remedy_decl *r = &rules->remedies.items[i];
			struct remedy_decl one = {.name = r->name, .steps = {&r->steps.items[k], 1, 1}};
			struct values v = {.other = argv[2]};
			struct hop h = hop_of(&r->steps.items[k]);

			if (h.from == 0) {
				(void)fprintf(stderr, "%s: no upgrade step has step %zu of it\n", r->name, k + 1);
				return 1;
			}
			if (!choose(a, &r->steps.items[k], argv[1], &v))
				continue;
			for (size_t m = 0; m < rules->methods.n; m++) {
				struct instance inst = {
				    .set = rules, .arena = a, .install_method = rules->methods.items[m].name};
				const struct remedy *list;
				size_t n;

				remedy_expand(&inst, &one, h, v.fields, v.n, &list, &n);
				print(rules, r, list, n > 0 ? 1 : 0);
			}
		}
	ruleset_free(rules);
	arena_free(a);
	return 0;
}
