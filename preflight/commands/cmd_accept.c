/*
 * preflight accept: prints decision entries for findings of a bundle, complete but for the reason, which is a person's.
 * Changes nothing: an entry counts once it is in the file of --decisions.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml_write.h"
#include "commands/cli.h"
#include "commands/opened.h"
#include "ruleset/engine_rules.h"

#define VALID_US ((int64_t)30 * 24 * 3600 * 1000000) /* unless the person writes another day */
#define PREFIX_MIN 8                                 /* digits of a key */

struct accepting {
	const struct opened *opened;
	const char *id;
	const char *end;     /* day on which the entries end */
	size_t named;        /* findings of that id that are open */
	const char *why_not; /* why the last of them can have no entry */
};

static bool
is_meant(const struct finding *f, const char *id)
{
	size_t n = strlen(id);

	return strcmp(f->rule, id) == 0 || strcmp(f->anchor, id) == 0 ||
	    (n >= PREFIX_MIN && strncmp(f->key, id, n) == 0);
}

static void
print_value(const char *name, const char *value)
{
	(void)printf("    %s: ", name);
	yaml_write_text(stdout, value);
}

static void
print_entry(const struct report *r, const struct finding *f, const char *end)
{
	(void)fputs("  - rule: ", stdout);
	yaml_write_text(stdout, f->rule);
	print_value("key", f->key);
	(void)fputs("    # ", stdout);
	for (const char *p = f->message; *p != '\0'; p++)
		(void)putchar(*p == '\n' ? ' ' : *p);
	(void)fputs("\n    justification: \"\" # write why, in at least 10 characters\n", stdout);
	print_value("approver", r->operator_name);
	print_value("ticket", r->change);
	print_value("expires", end);
	print_value("target", r->gate.to);
}

/* The entries of one kind, under its heading. */
static size_t
print_kind(struct accepting *c, bool confirmed)
{
	const struct report *r = c->opened->assessment.report;
	size_t n = 0;

	for (size_t i = 0; i < r->gate.n_findings; i++) {
		const struct finding *f = r->gate.findings[i];
		const struct decision_entry entry = {.confirmed = confirmed, .rule = f->rule, .key = f->key};

		if (!is_meant(f, c->id) || !decision_is_open(f) || (f->status == ST_MANUAL) != confirmed)
			continue;
		c->named++;
		c->why_not = decision_forbidden(&entry, ruleset_rule_of(c->opened->set, f->rule), f);
		if (c->why_not != NULL)
			continue;
		if (n++ == 0)
			(void)puts(confirmed ? "confirmed:" : "accepted:");
		print_entry(r, f, c->end);
	}
	return n;
}

static int
print_entries(const struct opened *opened, const char *id, const char *bundle)
{
	struct accepting c = {.opened = opened, .id = id};
	char end[TIME_TEXT];
	size_t n;

	(void)text_time(opened->assessment.instance->finished_at + VALID_US, end);
	end[strcspn(end, "T")] = '\0';
	c.end = end;
	n = print_kind(&c, false) + print_kind(&c, true);
	if (n > 0)
		return EXIT_GO;
	if (c.named > 0)
		return usage_error("%s: %s", id, c.why_not);
	return usage_error("%s is no open finding of %s: name its rule, its key or its anchor (f-...)", id, bundle);
}

int
cmd_accept(const struct options *o, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	const char *bundle = o->words.n == 2 ? o->words.items[1] : NULL;
	int code;

	if (bundle == NULL)
		return usage_error("accept takes a finding and a bundle: preflight accept ID BUNDLE");
	if ((code = opened_read(&opened, bundle, a)) != EXIT_GO)
		return code;
	return print_entries(&opened, o->words.items[0], bundle);
}
