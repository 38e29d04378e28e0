/*
 * Reads decisions.yml: who accepted or confirmed what, why, and until when. Whether an entry concerns a finding, and
 * what that does to the gate, is decided in decisions_apply.c.
 */
#include "verdict/decisions.h"

#include <string.h>

#include "base/text.h"
#include "base/version.h"

#define VALUE_MAX ((size_t)1000)
#define WHY_MIN ((size_t)10) /* characters of a justification: a word is none */
#define DAY_US ((int64_t)24 * 3600 * 1000000)

struct entry_reading {
	struct arena *arena;
	struct faults *faults;
	struct decision_entries *out;
};

struct entry_key {
	const char *name;
	size_t offset;
};

static const struct entry_key keys[] = {
    {"rule", offsetof(struct decision_entry, rule)},
    {"key", offsetof(struct decision_entry, key)},
    {"notes_read", offsetof(struct decision_entry, notes_read)},
    {"target", offsetof(struct decision_entry, target)},
    {"justification", offsetof(struct decision_entry, justification)},
    {"approver", offsetof(struct decision_entry, approver)},
    {"ticket", offsetof(struct decision_entry, ticket)},
    {"expires", offsetof(struct decision_entry, expires)},
};

static void
unknown_word(
    const struct entry_reading *r, const struct ynode *key, const char *what, const char *const *words, size_t n)
{
	const char *near = closest(key->text, words, n);

	faults_add(r->faults, key->at, "%s has no key \"%s\"%s%s%s", what, key->text,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static void
take_value(const struct entry_reading *r, const struct ynode *key, const struct ynode *value, struct decision_entry *e)
{
	const char *names[nitems(keys)];

	for (size_t i = 0; i < nitems(keys); i++) {
		names[i] = keys[i].name;
		if (strcmp(key->text, keys[i].name) != 0)
			continue;
		if (value->kind != Y_SCALAR || value->text[strspn(value->text, " \n")] == '\0')
			faults_add(r->faults, value->at, "%s needs a text", key->text);
		else
			*(const char **)(void *)((char *)e + keys[i].offset) = text_clean(
			    r->arena, value->text, value->len, VALUE_MAX);
		return;
	}
	unknown_word(r, key, "an entry", names, nitems(names));
}

/* "2026-12-01": to the end of that day, UTC. */
static bool
read_end(struct arena *a, const char *text, int64_t *end)
{
	if (text_time_read(text, end))
		return true;
	if (!text_time_read(arena_printf(a, "%sT00:00Z", text), end))
		return false;
	*end += DAY_US;
	return true;
}

static bool
is_key(const char *s)
{
	return strlen(s) == 32 && s[strspn(s, "0123456789abcdef")] == '\0';
}

static void
check_subject(const struct entry_reading *r, const struct ynode *node, struct decision_entry *e)
{
	struct version v;
	struct err err;

	if (e->notes_read != NULL && (!e->confirmed || e->rule != NULL || e->key != NULL))
		faults_add(r->faults, node->at, "notes_read belongs to an entry of confirmed, alone");
	if (e->rule == NULL && e->key == NULL && e->notes_read == NULL)
		faults_add(
		    r->faults, node->at, "an entry needs %s", e->confirmed ? "rule, key or notes_read" : "rule or key");
	if (e->key != NULL && !is_key(e->key))
		faults_add(r->faults, yaml_get(node, "key")->at,
		    "key is the key of a finding: 32 digits, which preflight accept prints");
	if (e->notes_read != NULL && !version_parse(e->notes_read, &v, &err))
		faults_add(r->faults, yaml_get(node, "notes_read")->at, "notes_read: %s", err.msg);
	else if (e->notes_read != NULL)
		e->notes_minor = version_minor(v.key);
	if (e->target != NULL && !version_parse(e->target, &v, &err)) {
		faults_add(r->faults, yaml_get(node, "target")->at, "target: %s", err.msg);
	} else if (e->target != NULL) {
		e->target_key = v.key;
		e->target_parts = v.parts;
	}
}

/* Anonymous, for ever or for no reason is no decision. */
static void
check_entry(const struct entry_reading *r, const struct ynode *node, struct decision_entry *e)
{
	const struct {
		const char *name, *value;
	} needed[] = {{"justification", e->justification}, {"approver", e->approver}, {"ticket", e->ticket},
	    {"expires", e->expires}};

	check_subject(r, node, e);
	for (size_t i = 0; i < nitems(needed); i++)
		if (needed[i].value == NULL && yaml_get(node, needed[i].name) == NULL)
			faults_add(r->faults, node->at, "an entry needs %s", needed[i].name);
	if (e->justification != NULL && strlen(e->justification) < WHY_MIN)
		faults_add(r->faults, yaml_get(node, "justification")->at,
		    "justification: write why, in at least %zu characters", WHY_MIN);
	if (e->expires != NULL && !read_end(r->arena, e->expires, &e->expires_at))
		faults_add(r->faults, yaml_get(node, "expires")->at,
		    "expires: write a day or a time, such as 2026-12-01 or 2026-12-01T22:00Z");
}

static void
take_entries(const struct entry_reading *r, const struct ynode *list, bool confirmed)
{
	if (list->kind != Y_LIST) {
		faults_add(r->faults, list->at, "%s is a list of entries", confirmed ? "confirmed" : "accepted");
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *node = list->items[i];
		struct decision_entry e = {.confirmed = confirmed, .line = node->at.line};

		if (node->kind != Y_MAP) {
			faults_add(r->faults, node->at, "an entry is a map: rule, key, justification, ...");
			continue;
		}
		for (size_t k = 0; k < node->n; k++)
			take_value(r, node->keys[k], node->items[k], &e);
		check_entry(r, node, &e);
		ARENA_PUSH(r->arena, r->out, e);
	}
}

void
decisions_read(struct arena *a, const char *name, const char *text, size_t len, struct decision_entries *out,
    struct faults *faults)
{
	static const char *const sections[] = {"accepted", "confirmed"};
	const struct entry_reading r = {.arena = a, .faults = faults, .out = out};
	struct yfile *f = arena_alloc(a, sizeof *f);
	const struct ynode *root;

	*f = (struct yfile){.path = name, .text = text, .len = len};
	root = yaml_parse(a, f, faults);
	if (root == NULL)
		return;
	if (root->kind != Y_MAP) {
		faults_add(faults, root->at, "decisions are a map with the lists accepted and confirmed");
		return;
	}
	for (size_t i = 0; i < root->n; i++)
		if (strcmp(root->keys[i]->text, "accepted") == 0 || strcmp(root->keys[i]->text, "confirmed") == 0)
			take_entries(&r, root->items[i], root->keys[i]->text[0] == 'c');
		else
			unknown_word(&r, root->keys[i], "a file of decisions", sections, nitems(sections));
}

bool
decisions_notes_read(struct decision_entries *out, const char *version, struct err *e, struct arena *a)
{
	struct decision_entry entry = {.confirmed = true,
	    .notes_read = version,
	    .justification = "stated with --notes-read",
	    .expires_at = INT64_MAX};
	struct version v;

	if (!version_parse(version, &v, e)) {
		err_prefix(e, "--notes-read");
		return false;
	}
	entry.notes_minor = version_minor(v.key);
	ARENA_PUSH(a, out, entry);
	return true;
}
