/* From files of facts to a report: the one way that check, report, verify and plan go. */
#ifndef ANSWER_H
#define ANSWER_H

#include "verdict/compose.h"

struct answer {
	struct arena *arena;
	struct snapshot *snapshot;
	struct world *world;
	struct plan plan;
	bool has_plan;
	struct verdict asked, next;
	const struct report *report;
};

/*
 * Reads facts/ of the members, plans, evaluates, decides, composes. False: the facts or the
 * inputs are wrong, and nothing was evaluated.
 */
bool answer_make(struct answer *, const struct ruleset *, const struct members *,
    const struct inputs *, bool hypothetical, struct err *) MUST;
void answer_drop(struct answer *);

#endif
