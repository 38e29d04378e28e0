/* The parts of a group: findings in one state with one fix. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "base/base.h"
#include "reports/report.h"

/* Sets `parts` from `items`, in their order; all of it lives in the arena. */
void report_parts(struct arena *, struct group *);

#endif
