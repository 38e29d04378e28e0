/* Where GitLab's stores are according to its YAML files below a root directory. */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "sources/source.h"
#include "ruleset/ruleset.h"

struct discovered {
	struct source *items;
	size_t n, cap;
};

/*
 * The sources of the rule set that GitLab's database.yml and resque.yml below `root` name. A file that
 * is there and cannot be read or understood gives sources with a `fault`: what it could name is not
 * known. Embedded Ruby is not executed.
 */
struct discovered discover(const struct ruleset *, const char *root, struct arena *);

#endif
