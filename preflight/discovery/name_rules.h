/* Which rules a command uses. */
#ifndef NAME_RULES_H
#define NAME_RULES_H

#include "discovery/options.h"

/*
 * Loads the rules that the options name, or those of the program, with or without their tests. NULL after printing every
 * fault. The arena must outlive them.
 */
struct ruleset *named_rules(const struct options *, bool tests, struct arena *);

#endif
