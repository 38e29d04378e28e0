/* What the first screen of a report answers beside the verdict: what is next, and the way back. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include "verdict/decide.h"
#include "reports/report.h"

/* The command to run next, and what it is for; after decision, from and to. */
void report_next_command(struct arena *, struct gate_result *);
/* The same where the next step of the path was evaluated as well, because another one was requested. */
void report_next_step(struct arena *, struct gate_result *asked, const struct gate_result *next);
/* What a restore would start from, from the rules' view `known_backup`; "" without it. */
const char *report_way_back(const struct instance *);

#endif
