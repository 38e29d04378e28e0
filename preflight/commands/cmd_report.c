/*
 * preflight report: a bundle's report again, in any format, or that of a report.json alone, without rules and facts.
 * Needs an intact bundle; compares nothing.
 */
#include "commands/cli.h"

#include "commands/opened.h"
#include "commands/output.h"
#include "bundle/bundle_read.h"
#include "commands/stored_report.h"

static int
show_json(const struct options *o, const char *path, struct arena *a)
{
	struct err e;
	const struct report *r = stored_report(a, path, &e);

	if (r == NULL)
		return complain(&e);
	return output_formats(o, r, NULL, &e) ? EXIT_GO : complain_internal(&e);
}

int
cmd_report(const struct options *o, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	struct err e;

	if (o->words.n != 1)
		return usage_error("report takes one bundle or report.json: preflight report FILE");
	if (!output_check_formats(o, &e))
		return complain(&e);
	if (is_report_json(o->words.items[0]))
		return show_json(o, o->words.items[0], a);
	if (!bundle_read(a, o->words.items[0], &opened.bundle, &e))
		return complain_about(o->words.items[0], &e);
	if (opened.bundle.state != BS_INTACT)
		return usage_error("%s: %s: see preflight verify", o->words.items[0], opened.bundle.why);
	if (!opened_recompute(&opened, a, &e))
		return complain_about(o->words.items[0], &e);
	if (!output_formats(o, opened.assessment.report, NULL, &e))
		return complain_internal(&e);
	return EXIT_GO;
}
