/* report.json read again, so that any format can be made from it without rules and facts. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "base/err.h"
#include "reports/report.h"

/*
 * Reads the text of a report.json of this major version into the arena. NULL: it is none, and `e` has the member that
 * is missing or wrong. Nothing in it is trusted: it may come from anywhere.
 */
const struct report *report_read(struct arena *, const char *text, size_t len, struct err *e);

#endif
