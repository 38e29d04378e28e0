/* What the rules do about GitLab's published upgrade notes: the table upgrade_note of coverage.yml. */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "verdict/remedy.h"
#include "reports/report.h"

/* The notes of the releases that the hop crosses. Rules without such a table cover nothing, and say so by "". */
struct coverage coverage_of(const struct world *, struct hop);

#endif
