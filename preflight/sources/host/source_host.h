/* Files of GitLab on this host, or below a directory that holds a copy of its tree. */
#ifndef SOURCE_HOST_H
#define SOURCE_HOST_H

#include "sources/collect.h"
#include "ruleset/ruleset.h"

/* Whether any file that the rule set's host facts look for exists below `root`. */
bool source_host_is_here(const char *root, const struct ruleset *);

#endif
