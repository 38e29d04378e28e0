/*
 * Finds which tables and views a statement could read, by its words. Used to create only these before a statement
 * is prepared; may name too many, never too few.
 */
#include "ruleset/sql_reach.h"

#include <stdlib.h>
#include <string.h>

#include "ruleset/ruleset_read.h"

enum name_kind { NK_FACT, NK_VIEW, NK_TABLE, NK_HOP };

struct name {
	const char *text;
	enum name_kind kind;
	size_t i;
};

struct names {
	struct name *items;
	size_t n, cap;
};

static int
by_name_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static struct names
names_of(const struct ruleset *set)
{
	struct names names = {0};

	for (size_t i = 0; i < set->facts.n; i++)
		ARENA_PUSH(set->arena, &names, ((struct name){set->facts.items[i].table, NK_FACT, i}));
	for (size_t i = 0; i < set->views.n; i++)
		ARENA_PUSH(set->arena, &names, ((struct name){set->views.items[i].name, NK_VIEW, i}));
	for (size_t i = 0; i < set->tables.n; i++)
		ARENA_PUSH(set->arena, &names, ((struct name){set->tables.items[i].fact.table, NK_TABLE, i}));
	ARENA_PUSH(set->arena, &names, ((struct name){hop_fact.table, NK_HOP, 0}));
	ARENA_PUSH(set->arena, &names, ((struct name){path_step_fact.table, NK_HOP, 1}));
	qsort(names.items, names.n, sizeof *names.items, by_name_text);
	return names;
}

static struct reach
reach_new(const struct ruleset *set)
{
	return (struct reach){.facts = arena_alloc(set->arena, set->facts.n + 1),
	    .views = arena_alloc(set->arena, set->views.n + 1),
	    .tables = arena_alloc(set->arena, set->tables.n + 1)};
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void
mark(const struct names *names, const char *word, struct reach *out)
{
	const struct name key = {.text = word},
			  *found = bsearch(&key, names->items, names->n, sizeof key, by_name_text);

	if (found == NULL)
		return;
	switch (found->kind) {
	case NK_FACT:
		out->facts[found->i] = true;
		break;
	case NK_VIEW:
		out->views[found->i] = true;
		break;
	case NK_TABLE:
		out->tables[found->i] = true;
		break;
	case NK_HOP:
		out->hop = true;
		out->path_steps = out->path_steps || found->i == 1;
		break;
	}
}

/* Every word of the text, in strings and comments too; SQL does not know capitals from small letters. */
static void
scan(const struct names *names, const char *text, struct reach *out)
{
	char word[64];

	for (const char *p = text; *p != '\0';) {
		size_t n = 0;

		while (is_word_char(*p)) {
			char c = *p++;

			if (n + 1 < sizeof word)
				word[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		}
		word[n] = '\0';
		if (n > 0)
			mark(names, word, out);
		else
			p++;
	}
}

static void
add(const struct ruleset *set, struct reach *out, const struct reach *more)
{
	for (size_t i = 0; i < set->facts.n; i++)
		out->facts[i] = out->facts[i] || more->facts[i];
	for (size_t i = 0; i < set->views.n; i++)
		out->views[i] = out->views[i] || more->views[i];
	for (size_t i = 0; i < set->tables.n; i++)
		out->tables[i] = out->tables[i] || more->tables[i];
	out->hop = out->hop || more->hop;
	out->path_steps = out->path_steps || more->path_steps;
}

/* Direct reach and that of the first n views in it, which have theirs already. */
static struct reach
reach_of(const struct ruleset *set, const struct names *names, const struct sql *sql, size_t n_views)
{
	struct reach r = reach_new(set);

	if (sql->text != NULL)
		scan(names, sql->text, &r);
	for (size_t i = n_views; i > 0; i--)
		if (r.views[i - 1])
			add(set, &r, &set->views.items[i - 1].reach);
	return r;
}

/* Whether all views that this one reads are among the first `n`. */
static bool
is_ready(const struct ruleset *set, const struct names *names, size_t view, size_t n)
{
	struct reach r = reach_new(set);

	scan(names, set->views.items[view].query.text, &r);
	for (size_t i = n; i < set->views.n; i++)
		if (i != view && r.views[i])
			return false;
	return true;
}

static bool
sort_views(struct ruleset *set, struct faults *faults)
{
	struct views *views = &set->views;

	for (size_t n = 0; n < views->n; n++) {
		const struct names names = names_of(set);
		size_t i = n;
		struct view v;

		while (i < views->n && !is_ready(set, &names, i, n))
			i++;
		if (i == views->n) {
			faults_add(faults, views->items[n].at, "view %s reads itself through other views",
			    views->items[n].name);
			return false;
		}
		v = views->items[i];
		memmove(&views->items[n + 1], &views->items[n], (i - n) * sizeof v);
		views->items[n] = v;
	}
	return true;
}

void
sql_reach(struct ruleset *set, struct faults *faults)
{
	struct names names;

	if (!sort_views(set, faults))
		return;
	names = names_of(set);
	for (size_t i = 0; i < set->views.n; i++)
		set->views.items[i].reach = reach_of(set, &names, &set->views.items[i].query, i);
	for (size_t i = 0; i < set->rules.n; i++)
		set->rules.items[i].reach = reach_of(set, &names, &set->rules.items[i].query, set->views.n);
	for (size_t i = 0; i < set->stops.n; i++)
		set->stops.items[i].reach = reach_of(set, &names, &set->stops.items[i].condition, set->views.n);
	for (size_t i = 0; i < set->sources.n; i++)
		set->sources.items[i].reach = reach_of(set, &names, &set->sources.items[i].condition, set->views.n);
}
