/* Prints rules for people: one rule with its facts and remedies, and the known migrations. */
#ifndef RULES_SHOW_H
#define RULES_SHOW_H

#include <stdio.h>

#include "ruleset/ruleset.h"

/* "hops to another minor, from >=14.0, to >=14.2" */
const char *hop_range_text(struct arena *, const struct hop_range *);
/* The reason for the rule, its facts, its SQL, the meaning of each status, and the remedies for each install method. */
void rules_show(FILE *, const struct ruleset *, const struct rule *, struct arena *);
/* The table known_migration, as text or as JSON. False: the rules have none. */
bool rules_known(FILE *, const struct ruleset *, bool json, struct arena *) MUST;

#endif
