/*
 * preflight diff: two reports, of bundles or report.json files, finding by finding. Reads what was written then;
 * evaluates nothing again. It connects stored_report.c, compare.c and diff_show.c.
 */
#include <string.h>

#include "commands/cli.h"
#include "commands/diff_show.h"
#include "commands/stored_report.h"

int
cmd_diff(const struct options *o, struct arena *a)
{
	bool json = o->formats.n == 1 && strcmp(o->formats.items[0], "json") == 0;
	const struct report *before, *after = NULL;
	struct report_diff c;
	struct err e;
	int rc;

	if (o->words.n != 2)
		return usage_error("diff takes two bundles or report.json files: preflight diff OLD NEW");
	if (o->formats.n > 0 && !json && strcmp(o->formats.items[0], "text") != 0)
		return usage_error("diff has the formats text and json");
	before = stored_report(a, o->words.items[0], &e);
	if (before != NULL)
		after = stored_report(a, o->words.items[1], &e);
	if (after == NULL)
		return complain(&e);
	c = compare_reports(a, before, after);
	rc = c.worse ? EXIT_WORSE : EXIT_GO;
	if (json)
		return diff_show_json(&c, rc, &e) ? rc : complain_internal(&e);
	diff_show_text(&c, rc, o->quiet ? -1 : o->verbose ? 1 : 0);
	return rc;
}
