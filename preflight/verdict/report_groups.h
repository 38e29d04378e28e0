/* The findings of a verdict as people read them. */
#ifndef REPORT_GROUPS_H
#define REPORT_GROUPS_H

#include "verdict/decide.h"

/* Groups as people read them: those of one cause or one rule together, worst first. */
void report_groups(const struct instance *, const struct verdict *, struct gate_result *);

#endif
