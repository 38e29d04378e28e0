/*
 * preflight report: a bundle's report again, in any format, or that of a report.json alone, without rules and facts.
 * Needs an intact bundle; compares nothing.
 */
#include "commands/cli.h"

#include "commands/attach.h"
#include "commands/opened.h"
#include "commands/output.h"
#include "commands/stored_report.h"

static int
show(const struct options *o, const struct report *r)
{
	CLEANUP(out_drop) struct out *attached = NULL;
	struct err e;

	if (!attach_open(o, &attached, &e) || !attach_begin(attached, &e) || !attach_write(attached, r, &e))
		return complain(&e);
	return output_formats(o, r, NULL, &e) ? EXIT_GO : complain_internal(&e);
}

static int
show_bundle(const struct options *o, const char *path, struct arena *a)
{
	CLEANUP(opened_drop) struct opened opened = {0};
	int code;

	if ((code = opened_read(&opened, path, a)) != EXIT_GO)
		return code;
	return show(o, opened.assessment.report);
}

int
cmd_report(const struct options *o, struct arena *a)
{
	const struct report *r;
	struct err e;

	if (o->words.n != 1)
		return usage_error("report takes one bundle or report.json: preflight report FILE");
	if (!output_check_formats(o, &e))
		return complain(&e);
	if (!is_report_json(o->words.items[0]))
		return show_bundle(o, o->words.items[0], a);
	r = stored_report(a, o->words.items[0], &e);
	return r != NULL ? show(o, r) : complain(&e);
}
