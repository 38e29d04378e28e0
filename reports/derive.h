/*
 * What follows from the findings of a gate and nothing else: the parts of a group, and how many there are of each. It is
 * derived where a report is built and where one is read again.
 */
#ifndef DERIVE_H
#define DERIVE_H

#include "base/base.h"
#include "reports/report.h"

/* Sets parts and states of a group from its items, in their order; all of it lives in the arena. */
void derive_parts(struct arena *, struct group *);
/* Sets tally and unchecked of a gate from its findings and groups. */
void derive_tally(struct arena *, struct gate_result *);

#endif
