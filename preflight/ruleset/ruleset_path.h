/* The section of rule files that declares the upgrade path. */
#ifndef RULESET_PATH_H
#define RULESET_PATH_H

#include "ruleset/ruleset_read.h"

void load_path(struct loader *, const struct ynode *);

#endif
