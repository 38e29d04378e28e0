/*
 * Makes the files of a bundle again from its facts, rules and inputs, and compares each with the stored one. Called by
 * cmd_verify.c after the bundle was evaluated again.
 */
#include "commands/verify_files.h"

#include <string.h>

#include "base/json.h"
#include "bundle/bundle_limits.h"
#include "commands/output.h"
#include "facts/snapshot.h"

struct remaking {
	const struct options *o;
	struct arena *a;
	const struct opened *opened;
	struct members expected; /* the bundle as this program makes it of the same facts */
	struct texts *unchecked;
	bool same_tool;
};

/* The facts of tables that the bundle's own rules declare: others were not evaluated. */
static bool
is_used_fact(const struct remaking *v, const char *path)
{
	size_t n = strlen(path);

	return strncmp(path, "facts/", 6) == 0 && n > 13 && strcmp(path + n - 7, ".ndjson") == 0 &&
	    fact_find(&v->opened->set->facts, arena_strndup(v->a, path + 6, n - 13)) != NULL;
}

/* The stored process, of which the facts hold nothing; NULL: the manifest has none. */
static const char *const *
stored_process(struct arena *a, const json_t *manifest)
{
	json_t *process = json_object_get(manifest, "process"), *value;
	const char **pairs, *name;
	size_t n = 0;

	if (process == NULL)
		return NULL;
	pairs = arena_alloc(a, (2 * json_object_size(process) + 1) * sizeof *pairs);
	json_object_foreach(process, name, value)
	{
		pairs[n++] = arena_strdup(a, name);
		pairs[n++] = json_is_string(value) ? arena_strdup(a, json_string_value(value)) : "";
	}
	return pairs;
}

static json_t *
stored_manifest(const struct remaking *v)
{
	const struct member *m = members_find(&v->opened->bundle.members, "manifest.json");
	json_error_t je;

	return json_loadb(m->data, m->len, JSON_REJECT_DUPLICATES, &je);
}

static bool
make_expected(struct remaking *v, struct err *e)
{
	CLEANUP(json_drop) json_t *stored = stored_manifest(v);
	const struct opened *o = v->opened;
	const struct left_behind left = {
	    .options = v->o, .set = o->set, .inputs = &o->inputs, .report = o->assessment.report, .replay = true};
	struct manifest m = output_manifest(o->assessment.report);

	m.process = stored_process(v->a, stored);
	for (size_t i = 0; i < o->bundle.members.n; i++)
		if (is_used_fact(v, o->bundle.members.items[i].path))
			ARENA_PUSH(v->a, &v->expected, o->bundle.members.items[i]);
	return output_files(v->a, &left, &v->expected, e) && bundle_seal(v->a, &v->expected, &m, e);
}

/* What another version of this program wrote cannot be made again here. */
static bool
is_made_by_us(const struct member *stored, const char *version)
{
	json_error_t je;
	CLEANUP(json_drop) json_t *report = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	const char *tool = json_string_value(json_object_get(json_object_get(report, "tool"), "version"));

	return tool != NULL && strcmp(tool, version) == 0;
}

static bool
is_same(const struct remaking *v, const struct member *m)
{
	const struct member *should = members_find(&v->expected, m->path);

	return m->len == should->len && memcmp(m->data, should->data, m->len) == 0;
}

static bool
is_signature(const char *path)
{
	return bundle_is_voucher(path) && strcmp(path, "manifest.json") != 0;
}

/*
 * Every file is one that `writer` writes, and what can be made again is the same. The signature has a check of its own,
 * and SHA256SUMS was compared when the bundle was read. The manifest lists the digests of the others, so it differs
 * with any of them, and is named only if it alone differs.
 */
static bool
compare_files(struct remaking *v, const char *writer, struct err *e)
{
	const struct members *stored = &v->opened->bundle.members;
	const char *differs = NULL;

	for (size_t i = 0; i < stored->n; i++) {
		const struct member *m = &stored->items[i];

		if (is_signature(m->path))
			continue;
		if (members_find(&v->expected, m->path) == NULL)
			return fail(e, NOWHERE, "%s is a foreign file: %s", m->path, writer);
		if (is_same(v, m))
			continue;
		if (differs == NULL || strcmp(differs, "manifest.json") == 0)
			differs = m->path;
		if (!v->same_tool)
			ARENA_PUSH(v->a, v->unchecked, m->path);
	}
	if (v->same_tool && differs != NULL)
		return fail(e, NOWHERE, "%s is not what these facts, rules and inputs give", differs);
	for (size_t i = 0; v->same_tool && i < v->expected.n; i++)
		if (members_find(stored, v->expected.items[i].path) == NULL)
			return fail(e, NOWHERE, "%s is missing", v->expected.items[i].path);
	return true;
}

static bool
compare_all(struct remaking *v, struct err *e)
{
	const struct report *r = v->opened->assessment.report;
	const struct member *stored = members_find(&v->opened->bundle.members, "report.json");
	json_error_t je;
	CLEANUP(json_drop) json_t *report = NULL;
	const char *decision;

	if (stored == NULL)
		return fail(e, NOWHERE, "report.json is missing");
	v->same_tool = is_made_by_us(stored, r->tool_version);
	report = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	decision = json_string_value(json_object_get(json_object_get(report, "gate"), "decision"));
	if (decision == NULL || strcmp(decision, gate_word[r->gate.decision]) != 0)
		return fail(
		    e, NOWHERE, "these facts, rules and inputs give another decision: %s", gate_word[r->gate.decision]);
	if (strcmp(v->opened->bundle.decision, decision) != 0)
		return fail(e, NOWHERE, "the manifest names another decision than report.json");
	return make_expected(v, e) && compare_files(v, "no check writes it", e);
}

bool
verify_files(
    const struct options *o, const struct opened *opened, struct arena *a, struct texts *unchecked, struct err *e)
{
	struct remaking v = {.o = o, .a = a, .opened = opened, .unchecked = unchecked};

	return compare_all(&v, e);
}

/* Facts that other rules, or another version of the program, wrote are carried as they are. */
static void
expect_foreign_facts(struct remaking *v)
{
	const struct members *stored = &v->opened->bundle.members;

	for (size_t i = 0; i < stored->n; i++) {
		const struct member *m = &stored->items[i];

		if (strncmp(m->path, "facts/", 6) != 0 || members_find(&v->expected, m->path) != NULL)
			continue;
		ARENA_PUSH(v->a, v->unchecked, m->path);
		ARENA_PUSH(v->a, &v->expected, *m);
	}
}

/* Facts are written in one form only: sorted, without a space too many. */
static bool
expect_facts(struct remaking *v, const struct ruleset *today, struct err *e)
{
	CLEANUP(snapshot_drop) struct snapshot *s = snapshot_new();
	const struct members *stored = &v->opened->bundle.members;

	if (!snapshot_read(s, &today->facts, stored, v->a, e))
		return false;
	snapshot_write(s, v->a, &v->expected);
	if (!v->same_tool)
		expect_foreign_facts(v);
	return true;
}

static bool
expect_inputs(struct remaking *v, struct err *e)
{
	const struct member *stored = members_find(&v->opened->bundle.members, COLLECT_INPUTS);
	struct inputs all = {0};
	struct member m = {.path = COLLECT_INPUTS};

	if (stored == NULL)
		return true;
	if (!inputs_merge(&all, stored->data, stored->len, v->a, e)) {
		err_prefix(e, COLLECT_INPUTS);
		return false;
	}
	m.data = inputs_write(&(struct inputs){.from = all.from, .redaction = all.redaction}, v->a);
	m.len = strlen(m.data);
	ARENA_PUSH(v->a, &v->expected, m);
	return true;
}

static const char *
text_at(const json_t *o, const char *part, const char *name)
{
	const char *s = json_string_value(json_object_get(json_object_get(o, part), name));

	return s != NULL ? s : "";
}

bool
verify_collected_files(const struct options *o, const struct opened *opened, const struct ruleset *today,
    struct arena *a, struct texts *unchecked, struct err *e)
{
	struct remaking v = {.o = o, .a = a, .opened = opened, .unchecked = unchecked};
	CLEANUP(json_drop) json_t *stored = stored_manifest(&v);
	struct manifest m = {
	    .rules_version = today->version, .rules_digest = today->digest, .tool_version = PREFLIGHT_VERSION};
	char digest[65];

	v.same_tool = strcmp(text_at(stored, "tool", "version"), PREFLIGHT_VERSION) == 0 &&
	    strcmp(text_at(stored, "rules", "digest"), today->digest) == 0;
	if (!expect_facts(&v, today, e) || !expect_inputs(&v, e))
		return false;
	snapshot_digest(&opened->bundle.members, digest);
	m.run_id = arena_strndup(a, digest, 32);
	m.process = stored_process(a, stored);
	return bundle_seal(a, &v.expected, &m, e) && compare_files(&v, "preflight collect does not write it", e);
}
