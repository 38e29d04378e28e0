/* `preflight rules import`: what a new release of GitLab brings, as rows of rule files. */
#ifndef RULES_IMPORT_H
#define RULES_IMPORT_H

#include "discovery/options.h"

/*
 * Reads the release that --release names and prints rows for path.yml, markers.yml, known.yml and coming.yml on stdout:
 * of the releases after the last one that the rule set covers, up to this one. An exit code; errors are printed.
 */
int rules_import(const struct options *, const struct ruleset *, struct arena *);

#endif
