/*
 * Signs the manifest of a sealed bundle, and checks such a signature. That the files are those of the manifest is
 * checked by bundle_check.c; what a signature is worth is decided by the commands.
 */
#include "bundle/bundle_sign.h"

#include <string.h>

#include "bundle/bundle_limits.h"

#define SIGNATURE "manifest.json.minisig"

const struct member *
bundle_signature(const struct members *m)
{
	return members_find(m, SIGNATURE);
}

bool
bundle_sign(struct arena *a, struct members *m, const struct minisign_secret *key, const char *comment, struct err *e)
{
	const struct member *manifest = members_find(m, "manifest.json");
	struct member sig = {.path = SIGNATURE};

	if (manifest == NULL)
		return fail(e, NOWHERE, "there is no manifest to sign");
	if (!minisign_sign(a, key, manifest->data, manifest->len, comment, &sig.data, e))
		return false;
	sig.len = strlen(sig.data);
	ARENA_PUSH(a, m, sig);
	bundle_sort(m);
	return true;
}

bool
bundle_check_signature(
    struct arena *a, const struct members *m, const struct minisign_public *key, const char **comment, struct err *e)
{
	const struct member *manifest = members_find(m, "manifest.json"), *sig = bundle_signature(m);

	if (manifest == NULL || sig == NULL)
		return fail(e, NOWHERE, "%s is missing: the bundle is not signed", SIGNATURE);
	return minisign_verify(a, key, sig->data, sig->len, manifest->data, manifest->len, comment, e);
}
