/* preflight report: a bundle's report again, in any format. Needs an intact bundle; compares nothing. */
#include "commands/cli.h"

#include "commands/opened.h"
#include "commands/output.h"
#include "bundle/bundle_read.h"

int
cmd_report(const struct options *o, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	struct err e;

	if (o->words.n != 1)
		return usage_error("report takes one bundle: preflight report FILE");
	if (!output_check_formats(o, &e))
		return complain(&e);
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
