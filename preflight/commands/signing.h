/* The key with which a command signs what it writes. */
#ifndef SIGNING_H
#define SIGNING_H

#include "base/minisign.h"
#include "bundle/bundle.h"
#include "discovery/options.h"

struct signing {
	bool on; /* --sign-key was given */
	struct minisign_secret key;
};

/* Reads the key of --sign-key: before anything is collected, so that a wrong password costs nothing. */
bool signing_open(struct signing *, const struct options *, struct err *) MUST;
/* Signs a sealed bundle, if there is a key; NULL: there is none. */
bool signing_sign(const struct signing *, struct arena *, struct members *, const char *comment, struct err *) MUST;
void signing_drop(struct signing *); /* wipes the key */

#endif
