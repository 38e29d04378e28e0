/*
 * Rules that travel: packs a rule set into the members of one archive, and reads such an archive, of which nothing is
 * trusted. What the rules mean is read by ruleset_load.c.
 */
#include "ruleset/rules_file.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "bundle/bundle_limits.h"
#include "bundle/bundle_read.h"

#define RULES_FILE_MAX ((size_t)16 << 20) /* ours have 200 KiB */
#define SIGNATURE_MAX ((size_t)16 * 1024)

static bool
check_signature(struct arena *a, const char *path, const char *key, const struct member *file, char signer[MINISIGN_ID],
    struct err *e)
{
	const char *sig_path = arena_printf(a, "%s.minisig", path), *sig, *comment;
	struct minisign_public public;
	size_t len;

	if (!minisign_public_read(key, &public, e)) {
		err_within(e, "--rules-key");
		return false;
	}
	if (!file_read(a, sig_path, SIGNATURE_MAX, &sig, &len, e)) {
		err_within(e, "its signature is needed to check it with --rules-key");
		return false;
	}
	if (!minisign_verify(a, &public, sig, len, file->data, file->len, &comment, e))
		return false;
	(void)minisign_id(&public, signer);
	return true;
}

static bool
is_rule_path(const char *path)
{
	size_t n = strlen(path);

	return strncmp(path, "rules/", 6) == 0 && n > 10 && strcmp(path + n - 4, ".yml") == 0;
}

bool
rules_file_read(struct arena *a, const char *path, const char *key, struct rules_file *out, struct err *e)
{
	struct member file = {.path = path};
	struct bundle b;

	*out = (struct rules_file){.signer = ""};
	if (!file_read(a, path, RULES_FILE_MAX, &file.data, &file.len, e)) {
		e->at = NOWHERE; /* the caller names it */
		return false;
	}
	if (key != NULL && !check_signature(a, path, key, &file, out->signer, e))
		return false;
	if (!bundle_read_bytes(a, file.data, file.len, &b, e))
		return false;
	if (b.state != BS_INTACT)
		return fail(e, NOWHERE, "%s", b.why);
	for (size_t i = 0; i < b.members.n; i++)
		if (!bundle_is_voucher(b.members.items[i].path) && !is_rule_path(b.members.items[i].path))
			return fail(e, NOWHERE,
			    "is not a file of rules: it contains %s (make one with preflight rules pack)",
			    b.members.items[i].path);
	out->members = b.members;
	return true;
}

bool
rules_file_members(struct arena *a, const struct ruleset *set, struct members *out, const char **top, struct err *e)
{
	const struct manifest m = {.run_id = arena_strndup(a, set->digest, 32),
	    .rules_version = set->version,
	    .rules_digest = set->digest,
	    .tool_version = PREFLIGHT_VERSION};

	*out = (struct members){0};
	for (size_t i = 0; i < set->files.n; i++) {
		struct member rule = set->files.items[i].member;

		rule.path = arena_printf(a, "rules/%s", rule.path);
		ARENA_PUSH(a, out, rule);
	}
	*top = arena_printf(a, "preflight-rules-%s", set->version);
	return bundle_seal(a, out, &m, e);
}

int64_t
rules_file_time(const struct ruleset *set, struct arena *a)
{
	int64_t us = 0;

	return text_time_read(arena_printf(a, "%sT00:00Z", set->dated), &us) ? us / 1000000 : 0;
}
