/* What discover.c and discover_redis.c share: GitLab's YAML files as trees, and sources out of them. */
#ifndef DISCOVER_FILES_H
#define DISCOVER_FILES_H

#include "base/yaml.h"
#include "discovery/discover.h"

/* Where a way of installing GitLab keeps its files, and whose connections the database trusts (or NULL). */
struct file_layout {
	const char *config, *owner;
};

struct finding_out {
	const struct ruleset *set;
	const char *root; /* "" for / */
	const struct file_layout *layout;
	struct arena *arena;
	struct discovered out;
};

/* A new source KIND:PART, or NULL: the rules have none, or it is found already. `path` is who names it. */
struct source *found_source(struct finding_out *, const char *kind, const char *part, const char *path);
/* A source that is named, and cannot be used for the reason `why`. */
void found_fault(struct finding_out *, const char *kind, const char *part, const char *path, const char *why);
/* The value below `production` in a file below the root. NULL with *why, or NULL without one: there is no such file. */
const struct ynode *found_production(struct finding_out *, const char *path, const char **why);
/* The same, and NULL without a reason too where the file is empty or has no such section. */
const struct ynode *found_optional(struct finding_out *, const char *path, const char **why);
/*
 * GitLab's environment: the file that the package keeps for a variable, or that of this process; "" if neither, and
 * with a reason if the file cannot be read.
 */
const char *found_variable(struct finding_out *, const char *name, const char **why);
/* null, ~ or nothing, unquoted. */
bool found_is_null(const struct ynode *);
/* The text under a key of a map; "" where it is missing, empty or null. */
const char *found_word(const struct ynode *map, const char *key);
/* A path as GitLab names it, below the root where a file is there. */
const char *found_path(const struct finding_out *, const char *path);
/* "PATH:LINE: text" */
const char *found_at(const struct finding_out *, const char *path, const struct ynode *, const char *text);

#endif
