/* What a format is. Each is one file, and one row of the table in render.c. */
#ifndef RENDER_H
#define RENDER_H

#include <stdio.h>

#include "base/err.h"
#include "reports/report.h"

/* How much colour and width the stream takes; files get {false, 100}. */
struct render_style {
	bool colour;
	int width;
	int verbosity; /* -1 quiet, 0, 1 verbose: for the terminal */
};

struct format {
	const char *name; /* --format NAME: json, html, junit, markdown, text, quiet */
	const char *file; /* name in the bundle, or NULL: not in it */
	/* Writes the whole document. False: writing failed, or the report cannot be expressed. */
	bool (*render)(FILE *, const struct report *, const struct render_style *, struct err *);
};

extern const struct format *const formats[]; /* ended by NULL */
const struct format *format_find(const char *name);

#endif
