/*
 * Reader of the kind host for YAML files. Keeps only values that a declaration names, or whether a key is set; a
 * file that does not parse makes the part unreadable.
 */
#include "sources/host/host_yaml.h"

#include <string.h>

#include "base/secret.h"
#include "base/yaml.h"
#include "base/yaml_walk.h"

#define VALUES_MAX 64

/* A value that the declaration names; `only_set`: no more than whether it is set is kept. */
struct wanted {
	const char *key, *text;
	bool only_set;
};

struct wanted_values {
	struct arena *arena;
	const char *section; /* "production", which stands before each key */
	const char *path;    /* of the file */
	struct wanted items[VALUES_MAX];
	size_t n;
	const char *hushed; /* key of a value in which a secret may stand, or NULL */
};

struct value_row {
	const struct wanted *wanted;
	const char *path;
};

static const char *
value_value(const void *arg, const char *column)
{
	const struct value_row *row = arg;

	return strcmp(column, "key") == 0  ? row->wanted->key
	    : strcmp(column, "value") == 0 ? row->wanted->text
					   : row->path;
}

/* Embedded Ruby is not executed: what it gives is not known. */
static bool
is_value(const char *text, bool plain)
{
	return text != NULL && text[0] != '\0' && strstr(text, "<%") == NULL &&
	    !(plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0));
}

/* What is set twice counts as it is set last; a map is set by what is in it. */
static void
take_value(void *arg, const char *path, const char *text, bool plain)
{
	struct wanted_values *all = arg;
	size_t n = strlen(all->section);

	if (strncmp(path, all->section, n) != 0 || path[n] != '.')
		return;
	path += n + 1;
	for (size_t i = 0; i < all->n; i++) {
		struct wanted *w = &all->items[i];

		n = strlen(w->key);
		if (strncmp(path, w->key, n) != 0)
			continue;
		if (w->only_set && (path[n] == '.' || path[n] == '\0') && is_value(text, plain))
			w->text = "true";
		if (!w->only_set && path[n] == '\0' && text != NULL && secret_is_named(text))
			all->hushed = w->key;
		else if (!w->only_set && path[n] == '\0')
			w->text = is_value(text, plain) ? arena_strdup(all->arena, text) : NULL;
	}
}

static void
add_wanted(struct wanted_values *all, const struct ynode *keys, bool only_set)
{
	for (size_t i = 0; keys != NULL && keys->kind == Y_LIST && i < keys->n && all->n < VALUES_MAX; i++)
		if (keys->items[i]->kind == Y_SCALAR)
			all->items[all->n++] = (struct wanted){.key = keys->items[i]->text, .only_set = only_set};
}

static bool
add_values(struct host_reading *rd, const struct wanted_values *all, struct err *e)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct value_row row = {&all->items[i], all->path};

		if (all->items[i].text != NULL && !host_add_row(rd, value_value, &row, e))
			return false;
	}
	return true;
}

/*
 * `yaml_values`: of the first of params.files that is there the values of params.keys, each by the keys that
 * lead to it, and "true" for those of params.set that are set; all below params.section.
 */
void
host_read_yaml(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;
	const char *section = params != NULL ? host_entry_text(params, "section") : NULL;
	struct wanted_values all = {.arena = rd->source->arena, .section = section};
	enum found found = NO_FILE;
	struct err e;

	if (files == NULL || files->kind != Y_LIST || section == NULL) {
		rows_end(
		    rd->rows, PS_ERROR, "%s needs params.files, a list, and params.section", rd->rows->fact->table);
		return;
	}
	add_wanted(&all, yaml_get(params, "keys"), false);
	add_wanted(&all, yaml_get(params, "set"), true);
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < files->n && found == NO_FILE; i++)
		if (files->items[i]->kind == Y_SCALAR)
			found = host_read_file(rd, all.path = files->items[i]->text);
	if (found == BROKEN)
		rows_end(rd->rows, PS_UNREADABLE, "%s is there and cannot be read: run as root", all.path);
	else if (found == FOUND && (!yaml_walk(rd->text, rd->len, take_value, &all, &e) || !add_values(rd, &all, &e)))
		rows_end(rd->rows, PS_UNREADABLE, "%s: %s", all.path, e.msg);
	else if (found == FOUND && all.hushed != NULL)
		rows_end(rd->rows, PS_UNREADABLE,
		    "%s: the value of %s is not valid; it is not shown, because it may contain a password", all.path,
		    all.hushed);
	else
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
}
