/*
 * Compares the files of a bundle with its manifest and SHA256SUMS. Runs after bundle_read.c; whether the verdict
 * follows from the facts is checked by cmd_verify.c.
 */
#include "bundle/bundle_check.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "bundle/bundle_limits.h"

static bool differs(struct bundle *b, const char *fmt, ...) PRINTF(2, 3);

static bool
differs(struct bundle *b, const char *fmt, ...)
{
	va_list ap;

	b->state = BS_DIFFERS;
	va_start(ap, fmt);
	(void)vsnprintf(b->why, sizeof b->why, fmt, ap);
	va_end(ap);
	return false;
}

static const char *
text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* NULL if it is not a manifest of preflight; `why` has the reason. */
static json_t *
load_manifest(const struct member *m, char *why, size_t size)
{
	CLEANUP(json_drop) json_t *o = NULL;
	json_error_t at;
	const char *id;
	char clean[120];

	if (m->len > MANIFEST_MAX) {
		(void)snprintf(why, size, "manifest.json is larger than %zu MiB", MANIFEST_MAX >> 20);
		return NULL;
	}
	o = json_loadb(m->data, m->len, JSON_REJECT_DUPLICATES, &at);
	if (o == NULL) {
		text_clean_into(clean, sizeof clean, at.text);
		(void)snprintf(
		    why, size, "manifest.json is not valid JSON: line %d, column %d: %s", at.line, at.column, clean);
		return NULL;
	}
	id = text_of(json_object_get(o, "schema"), "id");
	if (strcmp(id, MANIFEST_SCHEMA) != 0 || !json_is_array(json_object_get(o, "files"))) {
		text_clean_into(clean, sizeof clean, id);
		(void)snprintf(why, size,
		    "manifest.json is not one that this program writes: schema \"%s\", "
		    "expected \"%s\" and a list of files",
		    clean, MANIFEST_SCHEMA);
		return NULL;
	}
	return steal(&o);
}

/*
 * The member that an entry of the manifest names, as index; SIZE_MAX if the entry names none that
 * is there, n if it is no entry at all. `path` is safe to show afterwards.
 */
static size_t
listed_member(const struct members *m, const json_t *file, const char **path)
{
	size_t i = 0;

	*path = text_of(file, "path");
	if (!bundle_path_ok(*path) || bundle_is_voucher(*path))
		return m->n;
	while (i < m->n && strcmp(m->items[i].path, *path) != 0)
		i++;
	return i < m->n ? i : SIZE_MAX;
}

/* Each entry of the manifest is a file that is there, once, with this size and digest. */
static bool
check_listed(struct bundle *b, const json_t *files, bool *listed, struct arena *a)
{
	if (json_array_size(files) > BUNDLE_ENTRIES_MAX)
		return differs(b, "manifest.json lists more than %zu files", BUNDLE_ENTRIES_MAX);
	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *file = json_array_get(files, i), *bytes = json_object_get(file, "bytes");
		const char *path, *sum = text_of(file, "sha256");
		size_t k = listed_member(&b->members, file, &path);

		if (k == b->members.n)
			return differs(b, "manifest.json lists a file wrongly: entry %zu", i + 1);
		if (k == SIZE_MAX)
			return differs(b, "%s is missing: manifest.json lists it", path);
		if (listed[k])
			return differs(b, "duplicate entry for %s in manifest.json", path);
		listed[k] = true;
		if (!json_is_integer(bytes) || json_integer_value(bytes) != (json_int_t)b->members.items[k].len)
			return differs(
			    b, "%s has %zu bytes, which differs from manifest.json", path, b->members.items[k].len);
		if (strcmp(sum, member_sha256(a, &b->members.items[k])) != 0)
			return differs(b, "%s was changed: its SHA-256 differs from manifest.json", path);
	}
	return true;
}

static bool
check_unlisted(struct bundle *b, const bool *listed)
{
	for (size_t i = 0; i < b->members.n; i++)
		if (!listed[i] && !bundle_is_voucher(b->members.items[i].path))
			return differs(b, "%s was added: manifest.json does not list it", b->members.items[i].path);
	return true;
}

/* For people without this program: byte for byte what bundle_seal writes. */
static bool
check_sums(struct bundle *b, struct arena *a)
{
	const struct member *sums = members_find(&b->members, "SHA256SUMS");
	size_t at = 0;

	if (sums == NULL)
		return differs(b, "SHA256SUMS is missing");
	for (size_t i = 0; i < b->members.n; i++) {
		const char *path = b->members.items[i].path;
		char line[BUNDLE_NAME_MAX + 70];
		size_t n;

		if (strcmp(path, "SHA256SUMS") == 0 || strcmp(path, "manifest.json.minisig") == 0)
			continue;
		(void)snprintf(line, sizeof line, "%s  %s\n", member_sha256(a, &b->members.items[i]), path);
		n = strlen(line);
		if (sums->len - at < n || memcmp(sums->data + at, line, n) != 0)
			return differs(b, "SHA256SUMS does not agree about %s", path);
		at += n;
	}
	return at == sums->len || differs(b, "SHA256SUMS lists more files than there are");
}

void
bundle_check(struct arena *a, struct bundle *b)
{
	const struct member *m = members_find(&b->members, "manifest.json");
	CLEANUP(json_drop) json_t *o = NULL;
	const json_t *files;
	bool *listed;

	if (m == NULL) {
		b->state = BS_NO_MANIFEST;
		(void)snprintf(b->why, sizeof b->why, "manifest.json is missing");
		return;
	}
	b->state = BS_DIFFERS;
	o = load_manifest(m, b->why, sizeof b->why);
	if (o == NULL)
		return;
	text_clean_into(b->decision, sizeof b->decision, text_of(json_object_get(o, "verdict"), "decision"));
	listed = arena_alloc(a, b->members.n * sizeof *listed);
	files = json_object_get(o, "files");
	if (check_listed(b, files, listed, a) && check_unlisted(b, listed) && check_sums(b, a))
		b->state = BS_INTACT;
}

bool
bundle_is_ours(const struct members *m)
{
	const struct member *manifest = members_find(m, "manifest.json");
	CLEANUP(json_drop) json_t *o = NULL;
	const json_t *files;
	char why[300];
	size_t unlisted = m->n;

	o = manifest != NULL ? load_manifest(manifest, why, sizeof why) : NULL;
	if (o == NULL)
		return false;
	files = json_object_get(o, "files");
	for (size_t i = 0; i < m->n; i++) {
		const char *path = m->items[i].path;
		bool found = bundle_is_voucher(path);

		for (size_t k = 0; !found && k < json_array_size(files); k++)
			found = strcmp(text_of(json_array_get(files, k), "path"), path) == 0;
		unlisted -= found ? 1 : 0;
	}
	return unlisted == 0;
}
