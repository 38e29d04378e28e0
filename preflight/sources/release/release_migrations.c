/*
 * The migrations of a release: their order, and what words of them name, told by the names that the structure has.
 */
#include "sources/release/release_kept.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "sources/release/release_scan.h"

struct migration {
	const char *structure, *version, *name, *phase; /* name and phase NULL: only its number is there */
	const char *changes_rows, *guard, *schema;
	struct cell milestone;
};

struct migrations {
	const struct release_found *found;
	const struct release_objects *objects;
	struct migration *items;
	size_t n, cap;
};

/* The one that is read, as names of objects are told. */
struct reading {
	const struct release_found *found;
	const struct release_objects *objects;
	const struct migration *migration;
	struct arena *arena; /* as long as the file */
	struct texts tables;
};

/* ---- Names ---- */

/* The first object of this name; the next ones follow. *end: behind the last. */
static const struct release_object *
objects_named(const struct release_objects *all, const char *name, const struct release_object **end)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < all->n && strcmp(all->items[high].name, name) == 0; high++)
		continue;
	*end = all->items + high;
	return all->items + low;
}

static bool
is_of(const struct reading *rd, const struct release_object *o, const char *kind)
{
	return strcmp(o->kind, kind) == 0 && strcmp(o->structure, rd->migration->structure) == 0;
}

static void
add_name(const struct reading *rd, const char *kind, const char *table, const char *name, const char *by)
{
	release_add(rd->found->source, RL_MIGRATION_NAMES,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(rd->migration->structure),
		cell_text(rd->migration->version), cell_text(kind), cell_text(table), cell_text(name), cell_text(by)});
}

static void
name_tables(struct reading *rd, const char *word, const char *by)
{
	const struct release_object *end;

	for (const struct release_object *o = objects_named(rd->objects, word, &end); o < end; o++)
		if (is_of(rd, o, "table") && !texts_has(&rd->tables, o->table)) {
			ARENA_PUSH(rd->arena, &rd->tables, o->table);
			add_name(rd, "table", o->table, o->name, by);
		}
}

/* MergeRequest as merge_requests, PackageEntity as package_entities. */
static const char *
table_of_model(struct arena *a, const char *model)
{
	char *out = arena_alloc(a, strlen(model) * 2 + 4);
	size_t n = 0;

	for (const char *p = model; *p != '\0'; p++) {
		if (isupper((unsigned char)*p) && n > 0)
			out[n++] = '_';
		out[n++] = (char)tolower((unsigned char)*p);
	}
	if (n > 1 && out[n - 1] == 'y' && strchr("aeiou", out[n - 2]) == NULL)
		memcpy(out + n - 1, "ies", sizeof "ies");
	else if (n > 1 && (out[n - 1] == 's' || out[n - 1] == 'x'))
		memcpy(out + n, "es", sizeof "es");
	else
		memcpy(out + n, "s", sizeof "s");
	return out;
}

static bool
lists(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = names; (p = strstr(p, name)) != NULL; p++)
		if ((p == names || p[-1] == ',') && (p[n] == '\0' || p[n] == ','))
			return true;
	return false;
}

/* Whether such a helper is called for this column, or for one that is not understood. */
static bool
calls_for(const struct scanned *found, const char *kind, const char *word, const struct release_object *column)
{
	for (size_t i = 0; i < found->calls.n; i++) {
		const struct scanned_call *c = &found->calls.items[i];
		const char *columns = c->columns == NULL && strcmp(kind, "not_null") == 0 ? c->name : c->columns;

		if (strcmp(c->kind, kind) == 0 && strstr(c->call, word) != NULL &&
		    (c->table == NULL || strcmp(c->table, column->table) == 0) &&
		    (columns == NULL || lists(columns, column->name)))
			return true;
	}
	return false;
}

/* Names that GitLab's helpers compute from a table and a column, where a constraint has that name. */
static void
name_computed(const struct reading *rd, const struct scanned *found, const struct release_object *column)
{
	static const struct {
		const char *kind, *helper, *before, *behind;
	} forms[] = {{"not_null", "not_null", "check_", "_check_not_null"},
	    {"check", "text_limit", "check_", "_check_max_length"}, {"foreign_key", "foreign_key", "fk_", "_fk"}};

	for (size_t i = 0; i < nitems(forms); i++) {
		const char *identifier = arena_printf(
		    rd->arena, "%s_%s%s", column->table, column->name, forms[i].behind);
		const struct release_object *end, *o;
		char digest[65];

		if (!calls_for(found, forms[i].kind, forms[i].helper, column))
			continue;
		sha256_hex(identifier, strlen(identifier), digest);
		o = objects_named(rd->objects, arena_printf(rd->arena, "%s%.10s", forms[i].before, digest), &end);
		for (; o < end; o++)
			if (is_of(rd, o, "constraint") && strcmp(o->table, column->table) == 0)
				add_name(rd, "constraint", o->table, o->name, "computed");
	}
}

static void
name_others(const struct reading *rd, const struct scanned *found, const char *word)
{
	const struct release_object *end;

	for (const struct release_object *o = objects_named(rd->objects, word, &end); o < end; o++) {
		if (is_of(rd, o, "column") && texts_has(&rd->tables, o->table)) {
			add_name(rd, "column", o->table, o->name, "literal");
			name_computed(rd, found, o);
		} else if (is_of(rd, o, "constraint") || is_of(rd, o, "index"))
			add_name(rd, o->kind, o->table, o->name, "literal");
	}
}

static void
add_names(struct reading *rd, const struct scanned *found)
{
	for (size_t i = 0; i < found->words.n; i++)
		name_tables(rd, found->words.items[i], "literal");
	for (size_t i = 0; i < found->constants.n; i++)
		name_tables(rd, table_of_model(rd->arena, found->constants.items[i]), "model");
	for (size_t i = 0; i < found->words.n; i++)
		name_others(rd, found, found->words.items[i]);
}

static void
add_calls(const struct reading *rd, const struct scanned *found)
{
	for (size_t i = 0; i < found->calls.n; i++) {
		const struct scanned_call *c = &found->calls.items[i];

		release_add(rd->found->source, RL_MIGRATION_CALLS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(rd->migration->structure),
			cell_text(rd->migration->version), cell_int(c->line), cell_text(c->call), cell_text(c->action),
			cell_text(c->kind), cell_text(c->table), cell_text(c->name), cell_text(c->columns),
			cell_text(c->other), cell_text(c->guarded)});
	}
	for (size_t i = 0; i < found->batches.n; i++) {
		const struct scanned_batch *b = &found->batches.items[i];

		release_add(rd->found->source, RL_BATCHED_CALLS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(rd->migration->version), cell_text(b->call),
			cell_text(b->job), cell_text(b->table), cell_text(b->column)});
	}
}

/* ---- Files ---- */

static void
read_migration(struct migrations *all, const struct release_kept *file, const char *structure, const char *phase)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct arena *lasting = all->found->arena;
	const char *base = strrchr(file->path, '/') + 1;
	struct migration m = {.structure = structure, .phase = phase};
	struct reading rd = {.found = all->found, .objects = all->objects, .arena = a, .migration = &m};
	struct scanned words;

	if (strspn(base, "0123456789") != 14 || base[14] != '_')
		return;
	release_scan(a, file->data, file->len, &words);
	m.version = arena_strndup(lasting, base, 14);
	m.name = arena_strndup(lasting, base + 15, strlen(base + 15) - strlen(".rb"));
	m.milestone = release_version_cell(words.milestone);
	m.changes_rows = words.changes_rows;
	m.guard = words.guard;
	m.schema = words.schema != NULL ? arena_strdup(lasting, words.schema) : NULL;
	add_names(&rd, &words);
	add_calls(&rd, &words);
	ARENA_PUSH(lasting, all, m);
}

static int
by_version(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;
	int c = strcmp(x->structure, y->structure);

	return c != 0 ? c : strcmp(x->version, y->version);
}

static bool
has_version(const struct migrations *all, size_t n, const char *version)
{
	const struct migration wanted = {.structure = "gitlab", .version = version};

	return n > 0 && bsearch(&wanted, all->items, n, sizeof wanted, by_version) != NULL;
}

/* Numbers in db/schema_migrations that no file has. */
static void
add_numbers(struct migrations *all)
{
	size_t n = all->n;

	if (n > 0)
		qsort(all->items, n, sizeof *all->items, by_version);
	for (size_t i = 0; i < all->found->n; i++) {
		const struct release_kept *file = &all->found->items[i];
		const char *base = strrchr(file->path, '/');

		if (!release_kept_in(file, "db/schema_migrations") || strlen(base + 1) != 14 ||
		    strspn(base + 1, "0123456789") != 14 || has_version(all, n, base + 1))
			continue;
		ARENA_PUSH(all->found->arena, all,
		    ((struct migration){.structure = "gitlab",
			.version = base + 1,
			.changes_rows = "not_understood",
			.guard = "not_understood"}));
	}
}

/* Structure, milestone, regular ones first, number. */
static int
by_order(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;
	int c = strcmp(y->structure, x->structure);

	if (c == 0 && x->milestone.i != y->milestone.i)
		c = x->milestone.i < y->milestone.i ? -1 : 1;
	if (c == 0)
		c = strcmp(y->phase != NULL ? y->phase : "", x->phase != NULL ? x->phase : "");
	return c != 0 ? c : strcmp(x->version, y->version);
}

static void
add_migrations(const struct migrations *all)
{
	int64_t ordinal = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct migration *m = &all->items[i];

		if (i > 0 && strcmp(m->structure, all->items[i - 1].structure) != 0)
			ordinal = 0;
		ordinal += m->name != NULL;
		release_add(all->found->source, RL_MIGRATIONS,
		    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(m->structure), cell_text(m->version),
			cell_text(m->name), cell_text(m->phase), m->milestone, cell_int(m->name != NULL ? ordinal : 0),
			cell_int(m->name != NULL), cell_text(m->changes_rows), cell_text(m->guard),
			cell_text(m->schema)});
	}
}

void
release_fill_migrations(const struct release_found *found, const struct release_objects *objects)
{
	static const struct {
		const char *folder, *structure, *phase;
	} folders[] = {{"db/migrate", "gitlab", "regular"}, {"db/post_migrate", "gitlab", "post_deployment"},
	    {"ee/db/geo/migrate", "geo", "regular"}, {"ee/db/geo/post_migrate", "geo", "post_deployment"}};
	static const enum release_table tables[] = {
	    RL_MIGRATIONS, RL_MIGRATION_NAMES, RL_MIGRATION_CALLS, RL_BATCHED_CALLS};
	struct migrations all = {.found = found, .objects = objects};

	for (size_t i = 0; i < found->n; i++)
		for (size_t k = 0; k < nitems(folders); k++)
			if (release_kept_in(&found->items[i], folders[k].folder))
				read_migration(&all, &found->items[i], folders[k].structure, folders[k].phase);
	add_numbers(&all);
	if (all.n > 0)
		qsort(all.items, all.n, sizeof *all.items, by_order);
	add_migrations(&all);
	for (size_t i = 0; i < nitems(tables); i++)
		if (all.n > 0)
			release_end(found->source, tables[i], PS_COMPLETE, "%s", "");
		else
			release_end(found->source, tables[i], PS_ABSENT, "the release has no db/migrate");
}
