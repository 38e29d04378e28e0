/* The sections rules, remedies and install_methods of rule files. */
#ifndef RULESET_RULES_H
#define RULESET_RULES_H

#include "ruleset/ruleset_read.h"

/* One top-level section each; faults go to the loader. */
void load_rules(struct loader *, const struct ynode *);
void load_remedies(struct loader *, const struct ynode *);
void load_methods(struct loader *, const struct ynode *);

#endif
