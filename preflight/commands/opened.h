/* A bundle that was opened again, for the commands that show or check one. */
#ifndef OPENED_H
#define OPENED_H

#include "verdict/assess.h"

struct opened {
	struct bundle bundle; /* of opened_read: only the members that the report follows from */
	struct ruleset *set;
	struct inputs inputs;
	struct assessment assessment;
};

/*
 * Reads an intact bundle and recomputes it: EXIT_GO, or another exit code once the one line that says why has been
 * printed. Drop it with opened_drop in either case.
 */
int opened_read(struct opened *, const char *path, struct arena *) MUST;
/* Evaluates the facts of the bundle again, under the rules and inputs that it carries. */
bool opened_recompute(struct opened *, struct arena *, struct err *) MUST;
void opened_drop(struct opened *);

#endif
