/* A comparison of two reports, for people and as JSON. */
#ifndef DIFF_SHOW_H
#define DIFF_SHOW_H

#include "base/err.h"
#include "reports/compare.h"

/* verbosity: -1 the last line only, 0, 1 everything that did not change and every row of long lists. */
void diff_show_text(const struct report_diff *, int exit_code, int verbosity);
/* One JSON object on stdout. False: it cannot be expressed. */
bool diff_show_json(const struct report_diff *, int exit_code, struct err *) MUST;

#endif
