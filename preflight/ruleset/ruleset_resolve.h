/* References from one section of a rule set to another. */
#ifndef RULESET_RESOLVE_H
#define RULESET_RESOLVE_H

#include "ruleset/ruleset_read.h"

/* Links names of remedies, tables and sources to what they name; faults where there is none. SQL is lint.c's. */
void ruleset_resolve(struct loader *);

#endif
