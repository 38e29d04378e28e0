/* `preflight rules pack`. */
#ifndef RULES_PACK_H
#define RULES_PACK_H

#include "discovery/options.h"

/* Writes the rules as one file (--out, or by its version in the current directory), and its signature. Exit code. */
int rules_pack(const struct options *, const struct ruleset *, struct arena *);

#endif
