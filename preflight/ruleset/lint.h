/* Every statement of a rule set, prepared against its own declarations. */
#ifndef LINT_H
#define LINT_H

#include "ruleset/ruleset.h"

/* Checks all SQL, messages and remedies, and infers what each rule needs. Faults say where. */
void lint_ruleset(struct ruleset *, struct faults *);

#endif
