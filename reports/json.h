/* Parts of report.json for documents that hold a few of them. The caller owns what is returned. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>

#include "reports/report.h"

json_t *report_finding_json(const struct finding *);
json_t *report_remedies_json(const struct remedy *, size_t n);

#endif
