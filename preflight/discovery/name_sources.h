/* Where the sources are, and which option or file names them. */
#ifndef NAME_SOURCES_H
#define NAME_SOURCES_H

#include "discovery/options.h"
#include "sources/source.h"

/*
 * The sources that options and discovery name, in the order of the rule set. `skip`: ids that
 * are not to be contacted. Endpoints are checked for what can be checked without connecting.
 */
bool name_sources(const struct options *, const struct ruleset *, const struct left_outs *skip, struct arena *,
    struct source **out, size_t *n_out, struct err *) MUST;
/*
 * The path that --release names, and the version that it has: "" where that is known only once it is read, as of an
 * image. False: it is no GitLab, or not the version of --to. Without --release both are NULL.
 */
bool named_release(const struct options *, struct arena *, const char **path, const char **version, struct err *) MUST;

#endif
