/*
 * Makes the files of a bundle again from its facts, rules and inputs, and compares each with the stored one. Called by
 * cmd_verify.c after the bundle was evaluated again.
 */
#include "commands/verify_files.h"

#include <string.h>

#include "base/json.h"
#include "bundle/bundle_limits.h"
#include "commands/output.h"

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

static bool
make_expected(struct remaking *v, struct err *e)
{
	const struct opened *o = v->opened;
	const struct left_behind left = {
	    .options = v->o, .set = o->set, .inputs = &o->inputs, .report = o->assessment.report, .replay = true};
	struct manifest m = output_manifest(o->assessment.report);

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

/* Equal but for the process that made it, of which the facts hold nothing. */
static bool
manifests_agree(const struct member *stored, const struct member *expected)
{
	json_error_t je;
	CLEANUP(json_drop) json_t *is = json_loadb(stored->data, stored->len, JSON_REJECT_DUPLICATES, &je);
	CLEANUP(json_drop) json_t *should = json_loadb(expected->data, expected->len, JSON_REJECT_DUPLICATES, &je);

	(void)json_object_del(is, "process");
	return json_equal(is, should) != 0;
}

static bool
is_same(const struct remaking *v, const struct member *m)
{
	const struct member *should = members_find(&v->expected, m->path);

	return m->len == should->len && memcmp(m->data, should->data, m->len) == 0;
}

/*
 * Every file is one that a check writes, and what can be made again is the same. The manifest comes last: it
 * lists the digests of the others. SHA256SUMS was compared with them when the bundle was read.
 */
static bool
compare_files(struct remaking *v, struct err *e)
{
	const struct members *stored = &v->opened->bundle.members;

	for (size_t i = 0; i < stored->n; i++) {
		const struct member *m = &stored->items[i];

		if (bundle_is_voucher(m->path))
			continue;
		if (members_find(&v->expected, m->path) == NULL)
			return fail(e, NOWHERE, "%s is a foreign file: no check writes it", m->path);
		if (is_same(v, m))
			continue;
		if (v->same_tool)
			return fail(e, NOWHERE, "%s is not what these facts, rules and inputs give", m->path);
		ARENA_PUSH(v->a, v->unchecked, m->path);
	}
	for (size_t i = 0; v->same_tool && i < v->expected.n; i++)
		if (members_find(stored, v->expected.items[i].path) == NULL)
			return fail(e, NOWHERE, "%s is missing", v->expected.items[i].path);
	return !v->same_tool ||
	    manifests_agree(members_find(stored, "manifest.json"), members_find(&v->expected, "manifest.json")) ||
	    fail(e, NOWHERE, "manifest.json is not what these facts, rules and inputs give");
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
	return make_expected(v, e) && compare_files(v, e);
}

bool
verify_files(
    const struct options *o, const struct opened *opened, struct arena *a, struct texts *unchecked, struct err *e)
{
	struct remaking v = {.o = o, .a = a, .opened = opened, .unchecked = unchecked};

	return compare_all(&v, e);
}
