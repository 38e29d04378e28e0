/* `preflight facts`: prints the declared fact tables, their columns and their queries. Contacts nothing. */
#include <stdio.h>
#include <string.h>

#include "commands/cli.h"
#include "discovery/name_rules.h"
#include "base/text.h"

static void
print_query(const struct fact *f)
{
	if (f->n_variants == 0 && f->from != NULL)
		(void)printf("Read from  %s%s%s\n", f->from, f->where != NULL ? " where " : "",
		    f->where != NULL ? f->where : "");
	for (size_t i = 0; i < f->n_variants; i++) {
		const struct fact_variant *v = &f->variants[i];

		if (v->index != NULL)
			(void)printf("\nWhere the index %s exists\n", v->index);
		if (v->has != NULL)
			(void)printf("\nWhere the column %s exists\n", v->has);
		(void)printf("%s\n", v->query);
	}
}

static void
show_fact(const struct fact *f)
{
	static const char *const classes[] = {"public", "identifier", "host", "free text"};

	(void)printf("%s\n%s\n\nSource     %s", f->table, f->about, f->source);
	for (size_t i = 0; i < f->n_parts && !f->found_parts; i++)
		(void)printf("%s%s", i == 0 ? ": " : ", ", f->parts[i]);
	(void)printf("%s\nColumns\n", f->found_parts ? ", of each node" : "");
	if (f->part_column != NULL)
		(void)printf("  %-28s text\n", f->part_column);
	for (size_t i = 0; i < f->n_columns; i++)
		(void)printf("  %-28s %s%s (%s)\n", f->columns[i].name, col_type_word[f->columns[i].type],
		    f->columns[i].null ? ", may be NULL" : "", classes[f->columns[i].class]);
	print_query(f);
}

int
cmd_facts(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	const char **names, *near;
	const struct fact *f;

	if (o->words.n > 1)
		return usage_error("facts takes one table");
	set = named_rules(o, false, a);
	if (set == NULL)
		return EXIT_USAGE;
	names = arena_alloc(a, (set->facts.n + 1) * sizeof *names);
	for (size_t i = 0; i < set->facts.n; i++) {
		names[i] = set->facts.items[i].table;
		if (o->words.n == 0)
			(void)printf("%-30s %-9s %.*s\n", names[i], set->facts.items[i].source,
			    (int)strcspn(set->facts.items[i].about, "\n"), set->facts.items[i].about);
	}
	if (o->words.n == 0)
		return EXIT_GO;
	f = fact_find(&set->facts, o->words.items[0]);
	if (f != NULL) {
		show_fact(f);
		return EXIT_GO;
	}
	near = closest(o->words.items[0], names, set->facts.n);
	return usage_error("there is no fact table %s%s%s%s", o->words.items[0], near != NULL ? ": did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
}
