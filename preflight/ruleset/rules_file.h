/* A rule set as one file, for a host that cannot fetch newer rules, with a signature beside it. */
#ifndef RULES_FILE_H
#define RULES_FILE_H

#include "base/minisign.h"
#include "bundle/bundle.h"
#include "ruleset/ruleset.h"

struct rules_file {
	struct members members;   /* the rules below "rules/", and the manifest */
	char signer[MINISIGN_ID]; /* the key that signed it; "" where that was not checked */
};

/*
 * Reads such a file as a bundle from a stranger is read. With a key (see minisign_public_read) the signature in
 * PATH.minisig must be of that key; NULL: it is not looked at. The error does not name the file.
 */
bool rules_file_read(struct arena *, const char *path, const char *key, struct rules_file *, struct err *) MUST;
/* The members of such a file, sealed: the same for the same rules. `*top`: the name of its top folder. */
bool rules_file_members(struct arena *, const struct ruleset *, struct members *, const char **top, struct err *) MUST;
/* The time of its entries: the date of the rules, in seconds. */
int64_t rules_file_time(const struct ruleset *, struct arena *);

#endif
