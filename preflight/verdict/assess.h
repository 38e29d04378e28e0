/* From files of facts to a report: the one way that check, report, verify and plan go. */
#ifndef ASSESS_H
#define ASSESS_H

#include "verdict/report_build.h"

struct assessment {
	struct arena *arena;
	struct snapshot *snapshot;
	struct instance *instance;
	struct plan plan;
	bool has_plan;
	struct verdict asked, next;
	const struct report *report;
};

/*
 * Reads facts/ of the members, plans, evaluates, decides, composes. `read` is what they were read as before, with the
 * same rules, and is taken over, or NULL. False: the facts or the inputs are wrong, and nothing was evaluated.
 */
bool assess(struct assessment *, const struct ruleset *, const struct members *, struct snapshot *read,
    const struct inputs *, bool hypothetical, struct err *) MUST;
void assessment_drop(struct assessment *);

#endif
