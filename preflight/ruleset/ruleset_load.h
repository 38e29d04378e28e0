/* A rule set from files. */
#ifndef RULESET_LOAD_H
#define RULESET_LOAD_H

#include "ruleset/ruleset.h"

/*
 * Loads all *.yml files below `dir` and below each pack, and checks everything that can be checked
 * without an instance (see lint.c). NULL: faults say why, all of them. Without `tests`, the tests of rules
 * that are as shipped are left out: a quarter of the time and memory, for what was tested when they were made.
 */
struct ruleset *ruleset_load(const char *dir, const struct texts *packs, bool tests, struct faults *);
/* The same, with files in memory instead of `dir`, as a bundle carries them (paths below "rules/"). They stay there. */
struct ruleset *ruleset_from_members(const struct members *, const struct texts *packs, bool tests, struct faults *);

#endif
