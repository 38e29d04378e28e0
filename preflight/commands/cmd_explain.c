/*
 * `preflight explain`: a log of a failed upgrade, a rule, or a finding of a bundle, in words and with the way on. Only
 * connects: logs are in explain_log.c, rules in rules_show.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "commands/cli.h"
#include "commands/explain_log.h"
#include "commands/opened.h"
#include "commands/output.h"
#include "commands/rules_show.h"
#include "discovery/name_rules.h"
#include "ruleset/engine_rules.h"

static bool
wants_json(const struct options *o)
{
	return o->formats.n > 0 && strcmp(o->formats.items[0], "json") == 0;
}

static int
explain_text(const struct options *o, const struct ruleset *set, const char *log, struct arena *a)
{
	CLEANUP(explanation_drop) struct explanation x = {0};
	int rc = explain_log(&x, o, set, log, a);

	if (rc != EXIT_GO)
		return rc;
	if (wants_json(o))
		explain_print_json(&x);
	else
		explain_print(&x, o);
	return x.n_errors > 0 ? EXIT_GO : EXIT_UNDETERMINED;
}

/* An anchor, a key, or the id of a rule. */
static bool
is_meant(const struct finding *f, const char *id)
{
	return strcmp(f->anchor, id) == 0 || strcmp(f->key, id) == 0 || strcmp(f->rule, id) == 0;
}

static void
print_finding(const struct finding *f)
{
	(void)printf("%s  %s (%s)\n  %s\n", f->anchor, f->title, f->rule, f->message);
	(void)printf("  status %s, severity %s\n", status_word[f->status], severity_word[f->severity]);
	if (f->why != NULL) {
		(void)printf("  Why   ");
		text_print_wrapped(stdout, f->why, 8, 8, 100);
	}
	for (size_t i = 0; i < f->n_remedies; i++) {
		const struct remedy *r = &f->remedies[i];

		(void)printf("  Fix%s%s\n", r->install_title[0] != '\0' ? ", " : "", r->install_title);
		for (size_t s = 0; s < r->n_steps; s++) {
			(void)printf("    %zu. ", s + 1);
			text_print_wrapped(stdout, r->steps[s].text, 7, 7, 100);
			if (r->steps[s].command != NULL)
				(void)printf("         %s\n", r->steps[s].command);
		}
	}
	for (size_t i = 0; i < f->n_refs; i++)
		(void)printf("  See   %s: %s\n", f->refs[i].title, f->refs[i].url);
}

static int
explain_finding(const char *id, const char *path, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	const struct gate_result *gates[2];
	size_t shown = 0;
	int code;

	if ((code = opened_read(&opened, path, a)) != EXIT_GO)
		return code;
	gates[0] = &opened.assessment.report->gate;
	gates[1] = &opened.assessment.report->next;
	for (size_t g = 0; g < (opened.assessment.report->has_next ? 2 : 1) && shown == 0; g++)
		for (size_t i = 0; i < gates[g]->n_findings; i++)
			if (is_meant(gates[g]->findings[i], id)) {
				(void)printf("%s", shown++ > 0 ? "\n" : "");
				print_finding(gates[g]->findings[i]);
			}
	return shown > 0 ? EXIT_GO : usage_error("%s has no finding %s: see preflight report %s", path, id, path);
}

static bool
is_anchor(const char *word)
{
	return strncmp(word, "f-", 2) == 0 && strlen(word) == 14 &&
	    strspn(word + 2, "0123456789abcdef") == strlen(word + 2);
}

int
cmd_explain(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	const char *word = o->words.n > 0 ? o->words.items[0] : NULL;
	static const char *const names[] = {"text", "json", NULL}, *const text_only[] = {"text", NULL};
	const struct rule *r;
	size_t format;
	struct err e;

	if (o->words.n > 2)
		return usage_error("explain takes a log, or ID [BUNDLE]");
	if (!output_choose("explain", o, names, &format, &e))
		return complain(&e);
	if (o->words.n == 2 && !output_choose("explain ID BUNDLE", o, text_only, &format, &e))
		return complain(&e);
	if (o->words.n == 2 && word != NULL)
		return explain_finding(word, o->words.items[1], a);
	set = named_rules(o, false, a);
	if (set == NULL)
		return EXIT_USAGE;
	r = word != NULL && access(word, F_OK) != 0 ? ruleset_rule_of(set, word) : NULL;
	if (r != NULL && !output_choose("explain ID", o, text_only, &format, &e))
		return complain(&e);
	if (r != NULL) {
		rules_show(stdout, set, r, a);
		return EXIT_GO;
	}
	if (word != NULL && is_anchor(word) && access(word, F_OK) != 0)
		return usage_error("%s is a finding: specify its bundle too: preflight explain %s BUNDLE", word, word);
	return explain_text(o, set, word, a);
}
