/* The report: what was decided, in the words that every format shows. */
#ifndef REPORT_BUILD_H
#define REPORT_BUILD_H

#include "verdict/decide.h"

struct report_inputs {
	const struct instance *inst;
	const struct plan *plan; /* NULL: the current version is not known */
	const struct verdict *asked;
	const struct verdict *next; /* of the next hop, or NULL */
	const char *snapshot_digest;
};

/* Everything lives in the instance's arena. */
const struct report *report_build(const struct report_inputs *);

#endif
