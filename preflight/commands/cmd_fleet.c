/*
 * preflight fleet: many instances on one page, those without a current verdict first. Reads the reports in bundles, and
 * decides nothing about an instance.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "commands/cli.h"
#include "commands/fleet_rows.h"
#include "discovery/name_rules.h"

#define MAX_AGE_US ((int64_t)7 * 24 * 3600 * 1000000) /* where neither the list nor --max-age names one */

static const struct fleet_format {
	const char *name;
	bool (*render)(FILE *, const struct fleet *, struct err *);
} fleet_formats[] = {{"text", fleet_text}, {"html", fleet_html}, {"json", fleet_json}, {"markdown", fleet_markdown}};

/* NAME or NAME=FILE. */
static const struct fleet_format *
format_of(const char *word, const char **file, struct err *e)
{
	size_t n = strcspn(word, "=");

	*file = word[n] == '=' ? word + n + 1 : NULL;
	for (size_t i = 0; i < nitems(fleet_formats); i++)
		if (strlen(fleet_formats[i].name) == n && strncmp(fleet_formats[i].name, word, n) == 0)
			return *file == NULL || **file != '\0' ? &fleet_formats[i] : NULL;
	(void)fail(e, NOWHERE, "--format: fleet has the formats text, html, json and markdown");
	return NULL;
}

static bool
check_formats(const struct options *o, struct err *e)
{
	size_t to_stdout = 0;
	const char *file;

	*e = (struct err){.msg = "--format: give the name of a file after the ="};
	for (size_t i = 0; i < o->formats.n; i++) {
		if (format_of(o->formats.items[i], &file, e) == NULL)
			return false;
		to_stdout += file == NULL;
	}
	return to_stdout < 2 ||
	    fail(e, NOWHERE,
		"only one --format can go to stdout: give the others a file, as in --format html=fleet.html");
}

static bool
write_file(const struct fleet_format *format, const char *file, const struct fleet *f, struct err *e)
{
	FILE *out = fopen(file, "we");
	bool ok;

	if (out == NULL)
		return fail(e, NOWHERE, "cannot write %s: %s", file, strerror(errno));
	ok = format->render(out, f, e);
	if (fclose(out) != 0 && ok)
		ok = fail(e, NOWHERE, "cannot write %s: %s", file, strerror(errno));
	return ok;
}

static bool
show(const struct options *o, const struct fleet *f, struct err *e)
{
	const struct fleet_format *chosen = &fleet_formats[0];
	const char *file;

	for (size_t i = 0; i < o->formats.n; i++) {
		const struct fleet_format *format = format_of(o->formats.items[i], &file, e);

		if (format != NULL && file == NULL)
			chosen = format;
		else if (format == NULL || !write_file(format, file, f, e))
			return false;
	}
	if (o->quiet && chosen == &fleet_formats[0]) {
		(void)printf("%s\n", f->headline);
		return true;
	}
	return chosen->render(stdout, f, e);
}

static bool
take_times(const struct options *o, int64_t *at, int64_t *max_age, struct err *e)
{
	*at = clock_wall_us();
	*max_age = MAX_AGE_US;
	if (o->at != NULL && !text_time_read(o->at, at))
		return fail(e, NOWHERE, "--at %s: a time is written like 2026-11-22T23:12Z", o->at);
	return o->max_age == NULL || read_duration(o->max_age, max_age) ||
	    fail(e, NOWHERE, "--max-age %s: a duration is written like 2h, 30min or 7d", o->max_age);
}

int
cmd_fleet(const struct options *o, struct arena *a)
{
	struct expected_fleet expected;
	struct ruleset *set;
	struct fleet f;
	struct err e;
	int64_t at, max_age;
	bool ok;

	if (o->expect == NULL)
		return usage_error("fleet needs the list of instances: preflight fleet --expect fleet.yml BUNDLE...");
	if (!take_times(o, &at, &max_age, &e) || !check_formats(o, &e) ||
	    !fleet_expect(a, o->expect, max_age, &expected, &e))
		return complain(&e);
	set = named_rules(o, false, a);
	f = fleet_of(a, &expected, &o->words, set, at);
	ruleset_free(set);
	ok = show(o, &f, &e);
	return ok ? f.exit_code : complain_internal(&e);
}
