/* What the rules do about GitLab's published upgrade notes: the table upgrade_note of coverage.yml. */
#ifndef REPORT_NOTES_H
#define REPORT_NOTES_H

#include "verdict/remedy.h"
#include "reports/report.h"

/*
 * The notes of the releases that the hop crosses, and what the gate's findings make of them. Rules without such a table
 * cover nothing; the text is then "".
 */
struct notes_coverage report_notes(const struct instance *, struct hop, const struct gate_result *);

#endif
