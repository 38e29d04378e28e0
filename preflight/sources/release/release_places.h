/* Where releases are on this machine, and which one a file is before it is read. For discovery; reads no facts. */
#ifndef RELEASE_PLACES_H
#define RELEASE_PLACES_H

#include "sources/release/release_tree.h"

/* The Rails root of the GitLab that is installed below `root` (NULL: /); NULL: none is there. */
const char *release_installed(struct arena *, const char *root);

/* The package of version `to` ("19.5.3", "19.5") in a package cache below `root` (NULL: /). */
bool release_in_cache(struct arena *, const char *root, const char *to, const char **path, struct err *) MUST;

/*
 * The version of a package or tree, from its first bytes; *version "": only known once it is read, as of an image.
 * False: it cannot be opened, or is no GitLab.
 */
bool release_peek(struct arena *, const char *path, const char **version, struct err *) MUST;

#endif
