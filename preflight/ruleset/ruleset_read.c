/*
 * Reads a YAML map by a table of its keys, with the types checked and unknown keys refused with a suggestion.
 * Shared by all ruleset_*.c; knows no section by itself.
 */
#include "ruleset/ruleset_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

bool
read_is_list(struct loader *l, const struct ynode *node, const char *what)
{
	if (node->kind == Y_LIST)
		return true;
	faults_add(l->faults, node->at, "%s must be a list (lines that start with \"- \")", what);
	return false;
}

bool
read_texts(struct loader *l, const struct ynode *node, const char *what, struct texts *out)
{
	if (node->kind == Y_SCALAR) {
		ARENA_PUSH(l->arena, out, node->text);
		return true;
	}
	if (!read_is_list(l, node, what))
		return false;
	for (size_t i = 0; i < node->n; i++) {
		if (node->items[i]->kind != Y_SCALAR) {
			faults_add(l->faults, node->items[i]->at, "%s: each entry must be a word", what);
			return false;
		}
		ARENA_PUSH(l->arena, out, node->items[i]->text);
	}
	return true;
}

static bool
read_bool(const char *text, bool *out)
{
	*out = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
	return *out || strcmp(text, "false") == 0 || strcmp(text, "no") == 0;
}

static bool
read_count(const char *text, size_t *out)
{
	char *end;
	unsigned long long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtoull(text, &end, 10);
	*out = (size_t)n;
	return *end == '\0' && n <= 100000000;
}

/* The words, as a list that a message can show. */
static const char *
word_list(struct arena *a, const char *const *words)
{
	const char *s = words[0];

	for (size_t i = 1; words[i] != NULL; i++)
		s = arena_printf(a, "%s, %s", s, words[i]);
	return s;
}

static bool
read_word(struct loader *l, const struct ynode *node, const struct field_spec *f, int *out)
{
	for (int i = 0; f->words[i] != NULL; i++)
		if (strcmp(f->words[i], node->text) == 0) {
			*out = i;
			return true;
		}
	faults_add(
	    l->faults, node->at, "%s: \"%s\" is not one of: %s", f->key, node->text, word_list(l->arena, f->words));
	return false;
}

static bool
read_version(struct loader *l, const struct ynode *node, const struct field_spec *f, int64_t *out)
{
	struct version v;
	struct err e;

	if (!version_parse(node->text, &v, &e)) {
		faults_add(l->faults, node->at, "%s: %s", f->key, e.msg);
		return false;
	}
	*out = v.key;
	return true;
}

static bool
read_range(struct loader *l, const struct ynode *node, const struct field_spec *f, const char **out)
{
	struct err e;

	if (!version_range_check(node->text, &e)) {
		faults_add(l->faults, node->at, "%s: %s", f->key, e.msg);
		return false;
	}
	*out = node->text;
	return true;
}

/* The node is kept, for the places of faults: a copy, because the trees of shipped rules end with the loading. */
static bool
read_sql(struct loader *l, const struct ynode *node, const struct field_spec *f, struct sql *out)
{
	if (node->style != YS_LITERAL && node->style != YS_PLAIN) {
		faults_add(l->faults, node->at,
		    "%s: write SQL as a | block, so that an error in it has a "
		    "line and a column",
		    f->key);
		return false;
	}
	*out = (struct sql){.text = node->text, .node = yaml_copy(l->arena, node)};
	return true;
}

static bool
mismatch(struct loader *l, const struct ynode *node, const struct field_spec *f, const char *wanted)
{
	faults_add(l->faults, node->at, "%s: \"%.80s\" is not %s", f->key, node->text, wanted);
	return false;
}

bool
read_scalar(struct loader *l, const struct ynode *node, const struct field_spec *f, void *at)
{
	switch (f->kind) {
	case FK_LINE:
		if (strchr(node->text, '\n') != NULL)
			return mismatch(l, node, f, "one line");
		*(const char **)at = node->text;
		return true;
	case FK_TEXT:
		*(const char **)at = node->text;
		return true;
	case FK_SQL:
		return read_sql(l, node, f, at);
	case FK_BOOL:
		return read_bool(node->text, at) || mismatch(l, node, f, "true or false");
	case FK_WORD:
		return read_word(l, node, f, at);
	case FK_VERSION:
		return read_version(l, node, f, at);
	case FK_RANGE:
		return read_range(l, node, f, at);
	case FK_COUNT:
		return read_count(node->text, at) || mismatch(l, node, f, "a number");
	case FK_DURATION:
		return read_duration(node->text, at) || mismatch(l, node, f, "a duration such as 10s, 5min, 2h or 3d");
	case FK_TEXTS:
	case FK_NODE:
		break;
	}
	return true;
}

static bool
read_field(struct loader *l, const struct ynode *node, const struct field_spec *f, void *at)
{
	if (f->kind == FK_NODE) {
		*(const struct ynode **)at = node;
		return true;
	}
	if (f->kind == FK_TEXTS)
		return read_texts(l, node, f->key, at);
	if (node->kind != Y_SCALAR) {
		faults_add(l->faults, node->at, "%s must be one value", f->key);
		return false;
	}
	return read_scalar(l, node, f, at);
}

static void
unknown_key(struct loader *l, const struct ynode *key, const char *what, const struct field_spec *fields, size_t n)
{
	const char *words[40], *near;

	for (size_t i = 0; i < n; i++)
		words[i] = fields[i].key;
	near = closest(key->text, words, n);
	if (near != NULL)
		faults_add(l->faults, key->at, "%s has no key \"%s\": did you mean \"%s\"?", what, key->text, near);
	else
		faults_add(l->faults, key->at, "%s has no key \"%s\"", what, key->text);
}

bool
read_map(
    struct loader *l, const struct ynode *map, const char *what, const struct field_spec *fields, size_t n, void *out)
{
	bool ok = true;

	if (map->kind != Y_MAP) {
		faults_add(l->faults, map->at, "%s must be a map (key: value)", what);
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		size_t f = 0;

		while (f < n && strcmp(fields[f].key, map->keys[i]->text) != 0)
			f++;
		if (f == n) {
			unknown_key(l, map->keys[i], what, fields, n);
			ok = false;
		} else {
			ok = read_field(l, map->items[i], &fields[f], (char *)out + fields[f].offset) && ok;
		}
	}
	for (size_t f = 0; f < n; f++)
		if (fields[f].required && yaml_get(map, fields[f].key) == NULL) {
			faults_add(l->faults, map->at, "%s needs the key \"%s\"", what, fields[f].key);
			ok = false;
		}
	return ok;
}

bool
read_hop_range(struct loader *l, const struct ynode *node, const char *what, struct hop_range *out)
{
	static const char *const hops[] = {"any", "minor", "patch", NULL};
	static const struct field_spec fields[] = {
	    {"from", FK_RANGE, offsetof(struct hop_range, from), false, NULL},
	    {"to", FK_RANGE, offsetof(struct hop_range, to), false, NULL},
	    {"hop", FK_WORD, offsetof(struct hop_range, hop), false, hops},
	};

	if (node == NULL)
		return true;
	out->hop = HOP_UNSAID;
	return read_map(l, node, what, fields, nitems(fields), out);
}

bool
read_conditions(struct loader *l, const struct ynode *map, struct conditions *out)
{
	if (map == NULL)
		return true;
	if (map->kind != Y_MAP) {
		faults_add(l->faults, map->at, "where must be a map of columns and words");
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		struct condition c = {.column = map->keys[i]->text};

		if (!read_texts(l, map->items[i], c.column, &c.values))
			return false;
		ARENA_PUSH(l->arena, out, c);
	}
	return true;
}
