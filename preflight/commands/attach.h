/* --attach: a small zip of the report alone, for a change ticket. */
#ifndef ATTACH_H
#define ATTACH_H

#include "bundle/publish.h"
#include "discovery/options.h"
#include "reports/report.h"

/*
 * Opens the place of --attach: before anything is collected. *out is NULL without --attach, and then the other two do
 * nothing. False: it is no .zip, cannot be written, or is where the bundle goes.
 */
bool attach_open(const struct options *, struct out **out, struct err *) MUST;
/* Removes an older one. */
bool attach_begin(struct out *, struct err *) MUST;
/*
 * Writes HTML, JSON, Markdown, README.txt and SHA256SUMS of the report; the same report gives the same bytes. What makes
 * it larger than 2 MB is left out, with a warning: first the JSON, then the HTML.
 */
bool attach_write(struct out *, const struct report *, struct err *) MUST;

#endif
