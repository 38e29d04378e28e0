/*
 * Dictionaries of a release: YAML files of which a few keys are read. A file that is not YAML makes its own table
 * unreadable, and no other.
 */
#include "sources/release/release_kept.h"

#include <stdio.h>
#include <string.h>

#include "base/yaml.h"

/* The document of a file, or NULL: the table is ended. */
static const struct ynode *
parsed(const struct release_found *found, const struct release_kept *file, struct arena *a, enum release_table table)
{
	const struct yfile y = {.path = file->path, .text = file->data, .len = file->len};
	const struct ynode *top;
	struct err e;

	top = yaml_parse_foreign(a, &y, &e);
	if (top == NULL) {
		char text[300];

		err_text(&e, text, sizeof text);
		release_end(found->source, table, PS_UNREADABLE, "not understood: %s", text);
	}
	return top;
}

/* NULL: not there, empty, or no scalar. */
static const char *
value(const struct ynode *map, const char *key)
{
	const struct ynode *v = map != NULL && map->kind == Y_MAP ? yaml_get(map, key) : NULL;

	if (v == NULL || v->kind != Y_SCALAR || v->text[0] == '\0')
		return NULL;
	return v->style == YS_PLAIN && (strcmp(v->text, "null") == 0 || strcmp(v->text, "~") == 0) ? NULL : v->text;
}

/* Fourteen digits that are not all zero, or NULL. */
static const char *
migration_number(const char *text)
{
	return text != NULL && strspn(text, "0123456789") == 14 && text[14] == '\0' && strspn(text, "0") < 14 ? text
													      : NULL;
}

typedef void take_document(const struct release_found *, const struct release_kept *, const struct ynode *);

/* Each file of a folder; `what` names a release that has none of them. */
static void
each_file(const struct release_found *found, const char *folder, enum release_table table, take_document *take)
{
	for (size_t i = 0; i < found->n; i++) {
		CLEANUP(arena_drop) struct arena *a = NULL;
		const struct ynode *top;

		if (!release_kept_in(&found->items[i], folder) || strstr(found->items[i].path, ".y") == NULL)
			continue;
		a = arena_new();
		top = parsed(found, &found->items[i], a, table);
		if (top == NULL)
			return;
		take(found, &found->items[i], top);
	}
}

static bool
has_folder(const struct release_found *found, const char *folder)
{
	for (size_t i = 0; i < found->n; i++)
		if (release_kept_in(&found->items[i], folder))
			return true;
	return false;
}

/* Complete, if the folder is there; a release without it is not one without entries. */
static void
end_folder(const struct release_found *found, const char *folder, enum release_table table)
{
	if (has_folder(found, folder))
		release_end(found->source, table, PS_COMPLETE, "%s", "");
	else
		release_end(found->source, table, PS_ABSENT, "the release has no %s", folder);
}

static void
take_batched(const struct release_found *found, const struct release_kept *file, const struct ynode *top)
{
	const char *name = value(top, "migration_job_name");

	if (name == NULL) {
		release_end(
		    found->source, RL_BATCHED_MIGRATIONS, PS_UNREADABLE, "%s has no migration_job_name", file->path);
		return;
	}
	release_add(found->source, RL_BATCHED_MIGRATIONS,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(name), release_version_cell(value(top, "milestone")),
		cell_text(migration_number(value(top, "queued_migration_version"))),
		cell_text(migration_number(value(top, "finalized_by"))), cell_text(value(top, "gitlab_schema"))});
}

static void
take_documented(const struct release_found *found, const struct release_kept *file, const struct ynode *top)
{
	const char *kind = release_kept_in(file, "db/docs") ? "table"
	    : release_kept_in(file, "db/docs/views")        ? "view"
							    : "deleted_table";
	const char *name = value(top, "table_name");

	if (name == NULL)
		name = value(top, "view_name");
	if (name == NULL) {
		release_end(found->source, RL_DOCUMENTED_TABLES, PS_UNREADABLE, "%s names no table", file->path);
		return;
	}
	release_add(found->source, RL_DOCUMENTED_TABLES,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(kind), cell_text(name),
		cell_text(value(top, "gitlab_schema")), release_version_cell(value(top, "milestone"))});
}

static void
add_schemas(const struct release_found *found, const char *name, const struct ynode *list, bool locked)
{
	for (size_t i = 0; list != NULL && list->kind == Y_LIST && i < list->n; i++)
		if (list->items[i]->kind == Y_SCALAR)
			release_add(found->source, RL_CONNECTIONS,
			    (const struct cell[RELEASE_COLUMNS_MAX]){
				cell_text(name), cell_text(list->items[i]->text), cell_int(locked)});
}

static void
take_connection(const struct release_found *found, const struct release_kept *file, const struct ynode *top)
{
	const char *name = value(top, "name");

	if (name == NULL) {
		release_end(found->source, RL_CONNECTIONS, PS_UNREADABLE, "%s has no name", file->path);
		return;
	}
	add_schemas(found, name, yaml_get(top, "gitlab_schemas"), false);
	add_schemas(found, name, yaml_get(top, "lock_gitlab_schemas"), true);
}

/* ---- Advanced search ---- */

/* The number that a file's name begins with, or NULL. */
static const char *
number_of_file(const struct release_kept *file, char out[15])
{
	const char *base = strrchr(file->path, '/') + 1;

	if (strspn(base, "0123456789") != 14)
		return NULL;
	memcpy(out, base, 14);
	out[14] = '\0';
	return out;
}

static bool
has_number_in(const struct release_found *found, const char *folder, const char *number)
{
	char other[15];

	for (size_t i = 0; i < found->n; i++)
		if (release_kept_in(&found->items[i], folder) && number_of_file(&found->items[i], other) != NULL &&
		    strcmp(other, number) == 0)
			return true;
	return false;
}

#define SEARCH_DOCS "ee/elastic/docs"
#define SEARCH_CODE "ee/elastic/migrate"

/* The version is the file's: not every document has one. */
static void
take_search(const struct release_found *found, const struct release_kept *file, const struct ynode *top)
{
	const char *obsolete = value(top, "obsolete");
	char number[15];

	if (number_of_file(file, number) == NULL) {
		release_end(
		    found->source, RL_SEARCH_MIGRATIONS, PS_UNREADABLE, "%s has no number in its name", file->path);
		return;
	}
	release_add(found->source, RL_SEARCH_MIGRATIONS,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(number), cell_text(value(top, "name")),
		release_version_cell(value(top, "milestone")), cell_int(1),
		cell_int(obsolete != NULL && strcmp(obsolete, "true") == 0),
		release_version_cell(value(top, "marked_obsolete_in_milestone")),
		cell_int(has_number_in(found, SEARCH_CODE, number))});
}

static void
fill_search(const struct release_found *found)
{
	char number[15];

	if (!has_folder(found, SEARCH_DOCS) && !has_folder(found, SEARCH_CODE)) {
		/* A Community Edition rightly has none. */
		if (strcmp(found->artefact->edition, "ce") == 0)
			release_end(found->source, RL_SEARCH_MIGRATIONS, PS_COMPLETE, "%s", "");
		else
			release_end(found->source, RL_SEARCH_MIGRATIONS, PS_ABSENT, "the release has no " SEARCH_CODE);
		return;
	}
	each_file(found, SEARCH_DOCS, RL_SEARCH_MIGRATIONS, take_search);
	for (size_t i = 0; i < found->n; i++)
		if (release_kept_in(&found->items[i], SEARCH_CODE) &&
		    number_of_file(&found->items[i], number) != NULL && !has_number_in(found, SEARCH_DOCS, number))
			release_add(found->source, RL_SEARCH_MIGRATIONS,
			    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(number), cell_text(NULL),
				cell_text(NULL), cell_int(0), cell_int(0), cell_text(NULL), cell_int(1)});
	release_end(found->source, RL_SEARCH_MIGRATIONS, PS_COMPLETE, "%s", "");
}

/* ---- Single files ---- */

static void
fill_stops(const struct release_found *found)
{
	const struct release_kept *file = release_kept_find(found, "config/upgrade_path.yml");
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct ynode *top;

	if (file == NULL) {
		release_end(found->source, RL_STOPS, PS_ABSENT, "the release has no config/upgrade_path.yml");
		return;
	}
	top = parsed(found, file, a, RL_STOPS);
	if (top != NULL && top->kind != Y_LIST)
		release_end(found->source, RL_STOPS, PS_UNREADABLE, "%s is no list of stops", file->path);
	for (size_t i = 0; top != NULL && top->kind == Y_LIST && i < top->n; i++) {
		const char *major = value(top->items[i], "major"), *minor = value(top->items[i], "minor");
		struct cell version = major != NULL && minor != NULL
		    ? release_version_cell(arena_printf(a, "%s.%s", major, minor))
		    : cell_text(NULL);

		if (version.kind == CELL_NULL)
			release_end(found->source, RL_STOPS, PS_UNREADABLE, "%s: entry %zu has no major and minor",
			    file->path, i + 1);
		release_add(found->source, RL_STOPS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){version, cell_text(value(top->items[i], "comments"))});
	}
	release_end(found->source, RL_STOPS, PS_COMPLETE, "%s", "");
}

static void
fill_bigint(const struct release_found *found)
{
	const struct release_kept *file = release_kept_find(found, "db/integer_ids_not_yet_initialized_to_bigint.yml");
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct ynode *top;

	if (file == NULL) {
		release_end(found->source, RL_BIGINT_COLUMNS, PS_COMPLETE, "%s", "");
		return;
	}
	top = parsed(found, file, a, RL_BIGINT_COLUMNS);
	if (top != NULL && top->kind != Y_MAP)
		release_end(found->source, RL_BIGINT_COLUMNS, PS_UNREADABLE, "%s is no map", file->path);
	for (size_t i = 0; top != NULL && top->kind == Y_MAP && i < top->n; i++)
		for (size_t k = 0; top->items[i]->kind == Y_LIST && k < top->items[i]->n; k++)
			if (top->items[i]->items[k]->kind == Y_SCALAR)
				release_add(found->source, RL_BIGINT_COLUMNS,
				    (const struct cell[RELEASE_COLUMNS_MAX]){
					cell_text(top->keys[i]->text), cell_text(top->items[i]->items[k]->text)});
	release_end(found->source, RL_BIGINT_COLUMNS, PS_COMPLETE, "%s", "");
}

void
release_fill_docs(const struct release_found *found)
{
	each_file(found, "db/docs/batched_background_migrations", RL_BATCHED_MIGRATIONS, take_batched);
	end_folder(found, "db/docs/batched_background_migrations", RL_BATCHED_MIGRATIONS);
	each_file(found, "db/docs", RL_DOCUMENTED_TABLES, take_documented);
	each_file(found, "db/docs/views", RL_DOCUMENTED_TABLES, take_documented);
	each_file(found, "db/docs/deleted_tables", RL_DOCUMENTED_TABLES, take_documented);
	end_folder(found, "db/docs", RL_DOCUMENTED_TABLES);
	each_file(found, "db/database_connections", RL_CONNECTIONS, take_connection);
	end_folder(found, "db/database_connections", RL_CONNECTIONS);
	fill_search(found);
	fill_stops(found);
	fill_bigint(found);
}
