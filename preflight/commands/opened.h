/* A bundle that was opened again, for the commands that show or check one. */
#ifndef OPENED_H
#define OPENED_H

#include "verdict/assess.h"

struct opened {
	struct bundle bundle;
	struct ruleset *set;
	struct inputs inputs;
	struct assessment assessment;
};

/* Evaluates the facts of the bundle again, under the rules and inputs that it carries. */
bool opened_recompute(struct opened *, struct arena *, struct err *) MUST;
void opened_drop(struct opened *);

#endif
