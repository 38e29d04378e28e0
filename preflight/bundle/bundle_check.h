/* Whether the files of a bundle are those of its manifest. */
#ifndef BUNDLE_CHECK_H
#define BUNDLE_CHECK_H

#include "bundle/bundle.h"

/* Compares the members with their manifest: sets state, why and decision. */
void bundle_check(struct arena *, struct bundle *);
/* True if there is a manifest of preflight and no file besides those that it lists. */
bool bundle_is_ours(const struct members *);

#endif
