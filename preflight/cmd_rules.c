#include <stdio.h>
#include <string.h>

#include "config.h"
#include "ruletest.h"
#include "text.h"

static void
set_drop(struct ruleset **set)
{
	ruleset_free(*set);
}

static const char *
range_text(struct arena *a, const struct hop_range *r)
{
	static const char *const hops[] = {[HOP_ANY] = "any hop", [HOP_MINOR] = "hops to another minor",
	    [HOP_PATCH] = "patch hops"};
	const char *s = hops[r->hop];

	if (r->from != NULL)
		s = arena_printf(a, "%s, from %s", s, r->from);
	if (r->to != NULL)
		s = arena_printf(a, "%s, to %s", s, r->to);
	return s;
}

static int
list_rules(const struct ruleset *set, struct arena *a)
{
	for (size_t i = 0; i < set->rules.n; i++) {
		const struct rule *r = &set->rules.items[i];

		(void)printf("%-34s %-8s %s  (%s)\n", r->id, severity_word[r->severity], r->title,
		    range_text(a, &r->applies));
	}
	return EXIT_GO;
}

static void
print_block(const char *indent, const char *text)
{
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		(void)printf("%s%.*s\n", indent, (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static void
show_remedy(const struct remedy_decl *d)
{
	(void)printf("\nWhat clears it (%s)\n", d->name);
	for (size_t i = 0; i < d->steps.n; i++) {
		const struct step_decl *s = &d->steps.items[i];

		print_block("  - ", s->text);
		if (s->shell != NULL)
			(void)printf("      %s\n", s->shell);
		if (s->runner != NULL)
			(void)printf("      rails runner: %s\n", s->runner);
		if (s->rake == NULL)
			continue;
		(void)printf("      rake: %s", s->rake);
		for (size_t k = 0; k < s->rake_args.n; k++)
			(void)printf("%s%s", k == 0 ? "[" : ",", s->rake_args.items[k]);
		(void)printf("%s\n", s->rake_args.n > 0 ? "]" : "");
	}
}

static int
show_rule(const struct ruleset *set, const char *id, struct arena *a)
{
	static const char *const kinds[] = {"SQL", "versions", "manual"};
	static const char *const confidences[] = {"documented by GitLab", "read in GitLab's source",
	    "not verified"};
	const struct rule *r = ruleset_rule(set, id);
	const char *near, **ids = arena_alloc(a, (set->rules.n + 1) * sizeof *ids);

	if (r == NULL) {
		for (size_t i = 0; i < set->rules.n; i++)
			ids[i] = set->rules.items[i].id;
		near = closest(id, ids, set->rules.n);
		return near != NULL ? usage_error("there is no rule %s: did you mean %s?", id, near) :
		    usage_error("there is no rule %s: see preflight rules list", id);
	}
	(void)printf("%s  %s\n%s\n\n", r->id, severity_word[r->severity], r->title);
	print_block("  ", r->why);
	(void)printf("\nAsked for     %s\nDecided by    %s, knowledge %s\nDeclared in   %s:%u\n",
	    range_text(a, &r->applies), kinds[r->kind], confidences[r->confidence], r->file, r->at.line);
	if (r->source_of_fact != NULL)
		(void)printf("Source        %s\n", r->source_of_fact);
	for (size_t i = 0; i < r->n_needs; i++)
		(void)printf("%s%s%s", i == 0 ? "Reads         " : ", ", r->needs[i]->table,
		    i + 1 == r->n_needs ? "  (preflight facts TABLE shows where they come from)\n" : "");
	if (r->kind == RK_SQL) {
		(void)printf("\nEach row of this query over the snapshot is one finding\n");
		print_block("    ", r->query.text);
	}
	show_remedy(r->remedy_decl);
	for (size_t i = 0; i < r->refs.n; i++)
		(void)printf("%s  %s\n    %s\n", i == 0 ? "\nRead\n" : "", r->refs.items[i].title,
		    r->refs.items[i].url);
	return EXIT_GO;
}

static int
lint_rules(const struct ruleset *set)
{
	/* A rule set with a fault does not load: its faults have been printed. */
	(void)printf("rules %s: %zu rules, %zu fact tables, %zu views, %zu stops: no fault\n",
	    set->version, set->rules.n, set->facts.n, set->views.n, set->stops.n);
	return EXIT_GO;
}

static int
test_rules(const struct ruleset *set, const char *id)
{
	struct ruletest_counts counts = {0};

	for (size_t i = 0; i < set->rules.n; i++)
		if (id == NULL || strcmp(set->rules.items[i].id, id) == 0)
			ruletest_rule(set, &set->rules.items[i], &counts);
	(void)printf("%zu tests, run %zu times: %zu failed\n", counts.tests, counts.runs, counts.failed);
	return counts.failed == 0 && counts.tests > 0 ? EXIT_GO : EXIT_USAGE;
}

int
cmd_rules(const struct options *o, struct arena *a)
{
	CLEANUP(set_drop) struct ruleset *set = NULL;
	const char *verb = o->words.n > 0 ? o->words.items[0] : "";
	const char *word = o->words.n > 1 ? o->words.items[1] : NULL;
	bool list = strcmp(verb, "list") == 0, show = strcmp(verb, "show") == 0;
	bool lint = strcmp(verb, "lint") == 0, test = strcmp(verb, "test") == 0;

	if ((!list && !show && !lint && !test) || o->words.n > 2 || (show && word == NULL))
		return usage_error("rules takes one of: list, show ID, lint, test [ID]");
	set = config_rules(o);
	if (set == NULL)
		return EXIT_USAGE;
	if (list)
		return list_rules(set, a);
	if (show)
		return show_rule(set, word, a);
	return lint ? lint_rules(set) : test_rules(set, word);
}
