/*
 * Signatures in minisign's format: Ed25519 over the BLAKE2b-512 of a file (or, made with minisign -l, over the file
 * itself), with a trusted comment that a second signature covers. Keys are files that minisign makes. Whoever has no
 * preflight checks and makes the same with minisign.
 */
#ifndef MINISIGN_H
#define MINISIGN_H

#include "base/err.h"

#define MINISIGN_ID 17 /* up to 16 hex digits, as minisign prints the id of a key, and NUL */

struct minisign_public {
	unsigned char id[8], key[32];
};
struct minisign_secret {
	struct minisign_public public;
	unsigned char seed[32];
};

/* The id of a key, as minisign prints it; `out` is returned. */
char *minisign_id(const struct minisign_public *, char out[MINISIGN_ID]);
/* A public key, as the text RW... or as the file that holds it. */
bool minisign_public_read(const char *key_or_file, struct minisign_public *, struct err *) MUST;
/*
 * The file of a secret key. The password of an encrypted one is the first line of `password_file`, or, where that is
 * NULL, the value of the environment variable `variable`. Wipe the key with minisign_secret_wipe.
 */
bool minisign_secret_read(
    const char *path, const char *password_file, const char *variable, struct minisign_secret *, struct err *) MUST;
void minisign_secret_wipe(struct minisign_secret *);

/* *sig: the text of a signature file. The comment is one line. False: libcrypto cannot. */
bool minisign_sign(struct arena *, const struct minisign_secret *, const void *, size_t, const char *trusted_comment,
    const char **sig, struct err *) MUST;
/*
 * Whether the signature file `sig` was made with this key over these bytes, and its trusted comment too. *comment is
 * then that comment, clean. False: *e names the reason.
 */
bool minisign_verify(struct arena *, const struct minisign_public *, const char *sig, size_t sig_len, const void *,
    size_t, const char **comment, struct err *) MUST;
/* The id of the key with which a signature file claims to be made. Nothing is checked. */
bool minisign_claimed_id(const char *sig, size_t sig_len, char out[MINISIGN_ID], struct err *) MUST;

#endif
