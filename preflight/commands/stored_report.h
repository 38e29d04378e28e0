/* The report that a bundle or a report.json holds, as it was written: for diff, fleet and report. */
#ifndef STORED_REPORT_H
#define STORED_REPORT_H

#include "base/err.h"
#include "reports/report.h"

/* Whether the name is that of a report.json, not of a bundle. */
bool is_report_json(const char *path);
/*
 * Reads a report.json, or the one of an intact bundle, into the arena; nothing is evaluated again. NULL: there is none
 * that can be read, and `e` has the reason, with the path in front.
 */
const struct report *stored_report(struct arena *, const char *path, struct err *);

#endif
