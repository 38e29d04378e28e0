/*
 * `preflight rules list|show|lint|test|known|pack`: works on rule files only and contacts nothing; `import` reads a
 * release, see rules_import.c. What `show` and `known` print is in rules_show.c, the file that `pack` writes in
 * rules_pack.c.
 */
#include <stdio.h>
#include <string.h>

#include "commands/cli.h"
#include "commands/output.h"
#include "discovery/name_rules.h"
#include "commands/rules_pack.h"
#include "commands/rules_import.h"
#include "commands/rules_show.h"
#include "ruleset/engine_rules.h"
#include "verdict/ruletest.h"
#include "base/text.h"

static int
list_rules(const struct ruleset *set, struct arena *a)
{
	for (size_t i = 0; i < set->rules.n; i++) {
		const struct rule *r = &set->rules.items[i];

		(void)printf("%-34s %-8s %s  (%s)\n", r->id, severity_word[r->severity], r->title,
		    hop_range_text(a, &r->applies));
	}
	return EXIT_GO;
}

static int
show_rule(const struct ruleset *set, const char *id, struct arena *a)
{
	const struct rule *r = ruleset_rule_of(set, id);
	const char *near, **ids = arena_alloc(a, (set->rules.n + 1) * sizeof *ids);

	if (r != NULL) {
		rules_show(stdout, set, r, a);
		return EXIT_GO;
	}
	for (size_t i = 0; i < set->rules.n; i++)
		ids[i] = set->rules.items[i].id;
	near = closest(id, ids, set->rules.n);
	return near != NULL ? usage_error("there is no rule %s: did you mean %s?", id, near)
			    : usage_error("there is no rule %s: see preflight rules list", id);
}

static int
known_rules(const struct ruleset *set, const struct options *o, struct arena *a)
{
	static const char *const names[] = {"text", "json", NULL};
	size_t json;
	struct err e;

	if (!output_choose("rules known", o, names, &json, &e))
		return complain(&e);
	if (rules_known(stdout, set, json == 1, a))
		return EXIT_GO;
	return usage_error("these rules have no table known_migration");
}

static int
lint_rules(const struct ruleset *set)
{
	/* A rule set with a fault does not load: its faults have been printed. */
	(void)printf("rules %s: %zu rules, %zu fact tables, %zu views, %zu stops: no fault\n", set->version,
	    set->rules.n, set->facts.n, set->views.n, set->stops.n);
	return EXIT_GO;
}

static int
test_rules(const struct ruleset *set, const char *id, bool verbose)
{
	struct ruletest_counts counts = {0};

	for (size_t i = 0; i < set->rules.n; i++)
		if (id == NULL || strcmp(set->rules.items[i].id, id) == 0)
			ruletest_rule(set, &set->rules.items[i], verbose ? stdout : NULL, &counts);
	(void)printf("%zu tests and %zu made of bounds, run %zu times: %zu failed\n", counts.tests, counts.edges,
	    counts.runs, counts.failed);
	return counts.failed == 0 && counts.tests > 0 ? EXIT_GO : EXIT_USAGE;
}

/* On the command line: the environment serves other commands as well. */
static bool
is_given(const struct options *o, const char *name)
{
	return strncmp(option_origin(o, name, 0), "--", 2) == 0;
}

int
cmd_rules(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	const char *verb = o->words.n > 0 ? o->words.items[0] : "";
	const char *word = o->words.n > 1 ? o->words.items[1] : NULL;
	bool list = strcmp(verb, "list") == 0, show = strcmp(verb, "show") == 0;
	bool lint = strcmp(verb, "lint") == 0, test = strcmp(verb, "test") == 0;
	bool known = strcmp(verb, "known") == 0, pack = strcmp(verb, "pack") == 0;
	bool import = strcmp(verb, "import") == 0;
	static const char *const text_only[] = {"text", NULL};
	size_t format;
	struct err e;

	if ((!list && !show && !lint && !test && !known && !pack && !import) || o->words.n > 2 ||
	    (show && word == NULL) || (import && word != NULL))
		return usage_error(
		    "rules takes one of: list, show ID, lint, test [ID], known, pack, import --release PATH");
	if (!pack && (is_given(o, "out") || is_given(o, "sign-key")))
		return usage_error("--out and --sign-key belong to rules pack");
	if (!known && is_given(o, "format") &&
	    !output_choose(arena_printf(a, "rules %s", verb), o, text_only, &format, &e))
		return complain(&e);
	set = named_rules(o, lint || test || pack, a); /* the tests of rules matter to these alone */
	if (set == NULL)
		return EXIT_USAGE;
	if (list)
		return list_rules(set, a);
	if (show)
		return show_rule(set, word, a);
	if (pack)
		return rules_pack(o, set, a);
	if (import)
		return rules_import(o, set, a);
	if (known)
		return known_rules(set, o, a);
	return lint ? lint_rules(set) : test_rules(set, word, o->verbose);
}
