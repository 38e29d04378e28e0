/*
 * From a path to the report in it. Whether that report follows from its facts is checked by cmd_verify.c; here it is
 * only read.
 */
#include "commands/stored_report.h"

#include <string.h>

#include "base/file.h"
#include "bundle/bundle_read.h"
#include "reports/json_read.h"

#define REPORT_MAX ((size_t)256 * 1024 * 1024) /* bytes of a report.json */

bool
is_report_json(const char *path)
{
	size_t len = strlen(path);

	return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

static const struct report *
report_of_bundle(struct arena *a, const char *path, struct err *e)
{
	const struct member *m;
	struct bundle b;

	if (!bundle_read(a, path, &b, e))
		return NULL;
	m = members_find(&b.members, "report.json");
	if (b.state != BS_INTACT)
		(void)fail(e, NOWHERE, "%s: see preflight verify", b.why);
	else if (m == NULL)
		(void)fail(e, NOWHERE, "it holds facts only, no verdict: preflight check --facts makes one");
	else
		return report_read(a, m->data, m->len, e);
	return NULL;
}

const struct report *
stored_report(struct arena *a, const char *path, struct err *e)
{
	const struct report *r;
	const char *text;
	size_t len;

	if (!is_report_json(path))
		r = report_of_bundle(a, path, e);
	else if (file_read(a, path, REPORT_MAX, &text, &len, e))
		r = report_read(a, text, len, e);
	else
		return NULL; /* the message names the file */
	if (r == NULL)
		err_within(e, path);
	return r;
}
