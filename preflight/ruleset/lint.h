/* Every statement of a rule set, prepared against its own declarations. */
#ifndef LINT_H
#define LINT_H

#include "ruleset/ruleset.h"

/* Checks all SQL, messages and remedies, and infers what each rule needs. Every fault has its place. */
void lint_ruleset(struct ruleset *, struct faults *);

#endif
