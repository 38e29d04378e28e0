/*
 * What a format is. Each is one file, and one row of the table in render.c: --help, the bundle and
 * its README take it from there. CONTRIBUTING.md has a whole one in 20 lines.
 */
#ifndef RENDER_H
#define RENDER_H

#include <stdio.h>

#include "base/err.h"
#include "reports/report.h"

/* How much colour and width the stream takes; files get {false, 100}. */
struct render_style {
	bool colour;
	int width;
	int verbosity;                       /* -1 quiet, 0, 1 verbose: for the terminal */
	const struct format *const *formats; /* all of them, for the README of a bundle; ended by NULL */
	/* Of a GitLab job: its address, and where report.html and the bundle are among its artifacts; each may be NULL. */
	const char *job_url, *report_path, *bundle_path;
	bool alone; /* the README is that of these formats without facts and rules */
};

struct format {
	const char *name;  /* --format NAME */
	const char *file;  /* name in the bundle, or NULL: not in it */
	const char *about; /* what that file is, for the README of the bundle; or NULL */
	/* Writes the whole document. False: writing failed, or the report cannot be expressed. */
	bool (*render)(FILE *, const struct report *, const struct render_style *, struct err *);
};

extern const struct format *const formats[]; /* ended by NULL */
const struct format *format_find(const char *name);

#endif
