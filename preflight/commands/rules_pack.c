/*
 * `preflight rules pack`: writes the rules that are in use as one file for --rules-file, and with --sign-key its
 * signature beside it, which minisign checks as well.
 */
#include "commands/rules_pack.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/minisign.h"
#include "bundle/publish.h"
#include "commands/signing.h"
#include "ruleset/rules_file.h"

#define FILE_MAX ((size_t)256 << 20)

/* Signs the bytes that are in the file now. */
static bool
sign_file(struct arena *a, const struct ruleset *set, const char *path, const struct signing *s, struct err *e)
{
	const char *data, *sig, *sig_path = arena_printf(a, "%s.minisig", path);
	size_t len;

	if (!file_read(a, path, FILE_MAX, &data, &len, e) ||
	    !minisign_sign(a, &s->key, data, len,
		arena_printf(a, "preflight rules %s sha256 %s", set->version, set->digest), &sig, e))
		return false;
	return file_write(sig_path, sig, strlen(sig), e);
}

static bool
check_out(const struct options *o, const struct signing *s, struct err *e)
{
	enum bundle_form form = BF_TAR_GZ;

	if (o->out == NULL)
		return true;
	if (strcmp(o->out, "-") == 0)
		return !s->on ||
		    fail(e, NOWHERE, "--sign-key needs a file beside which the signature goes: --out FILE");
	return (bundle_form_of(o->out, &form, e) && form != BF_DIRECTORY) ||
	    fail(e, NOWHERE, "--out %s: rules travel as one file, *.tar.gz or *.zip", o->out);
}

int
rules_pack(const struct options *o, const struct ruleset *set, struct arena *a)
{
	CLEANUP(signing_drop) struct signing s = {0};
	CLEANUP(out_drop) struct out *out = NULL;
	struct members members;
	const char *top;
	struct err e;

	if (!signing_open(&s, o, &e) || !check_out(o, &s, &e) || !rules_file_members(a, set, &members, &top, &e) ||
	    !out_open(o->out, &out, &e) || !out_begin(out, &e))
		return complain(&e);
	out_pack(out, BE_SMALL);
	if (!out_commit(out, top, &members, rules_file_time(set, a), &e) ||
	    (s.on && !sign_file(a, set, out_path(out), &s, &e)))
		return complain_internal(&e);
	if (out_path(out) != NULL)
		(void)printf("rules %s, digest %s: %s\n", set->version, set->digest, out_path(out));
	return EXIT_GO;
}
