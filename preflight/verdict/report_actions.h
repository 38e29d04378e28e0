/* What has to be done, as one list. */
#ifndef REPORT_ACTIONS_H
#define REPORT_ACTIONS_H

#include "reports/report.h"

/* Fills the actions of a gate from its groups, which must be there. */
void report_actions(struct arena *, struct gate_result *);

#endif
