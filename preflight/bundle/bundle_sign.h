/*
 * The signature of a bundle: manifest.json.minisig. The manifest is what is signed, because it names every file by its
 * digest: the signature survives another archive format, and minisign alone checks it.
 */
#ifndef BUNDLE_SIGN_H
#define BUNDLE_SIGN_H

#include "base/minisign.h"
#include "bundle/bundle.h"

/* Adds the signature to sealed members; `comment` becomes the trusted comment. */
bool
bundle_sign(struct arena *, struct members *, const struct minisign_secret *, const char *comment, struct err *) MUST;
/* The signature of a bundle, or NULL. */
const struct member *bundle_signature(const struct members *);
/* Whether the manifest was signed with this key; *comment is the trusted comment. */
bool bundle_check_signature(
    struct arena *, const struct members *, const struct minisign_public *, const char **comment, struct err *) MUST;

#endif
