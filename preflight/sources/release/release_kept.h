/*
 * Inside the kind release: the files of a release that were kept while it was read, and the functions that make rows of
 * them once it was read to its end. Each ends the tables that it fills.
 */
#ifndef RELEASE_KEPT_H
#define RELEASE_KEPT_H

#include "sources/release/release_rows.h"
#include "sources/release/release_tree.h"

struct release_kept {
	const char *path, *data; /* data ends in NUL */
	size_t len;
	struct arena *own; /* of a large file, which is needed for a short time; or NULL */
};

struct release_found {
	struct arena *arena;
	struct source *source;
	struct release_artefact *artefact;
	struct release_kept *items; /* sorted by path */
	size_t n, cap;
};

/* A file, or NULL. */
const struct release_kept *release_kept_find(const struct release_found *, const char *path);
/* Whether this file is in `folder` itself. */
bool release_kept_in(const struct release_kept *, const char *folder);
/* A cell of a version that a file names: NULL where it is none. */
struct cell release_version_cell(const char *text);

/* Keeps a file, for release_read; `arg` is a struct release_found. Once all are there they are sorted. */
bool release_keep(void *arg, const struct release_file *, struct err *) MUST;
void release_kept_sort(struct release_found *);
/* Forgets the data of large files. */
void release_kept_shrink(struct release_found *);

/*
 * Names of the structures, by which words of migrations are told from others. kind: table, column, constraint, index.
 */
struct release_object {
	const char *structure, *kind, *table, *name;
};
struct release_objects {
	struct release_object *items; /* sorted by name */
	size_t n, cap;
};

/* release, floors */
void release_fill_package(const struct release_found *);
/* batched_migrations, search_migrations, stops, documented_tables, connections, bigint_columns */
void release_fill_docs(const struct release_found *);
/* migrations, migration_names, migration_calls, batched_calls */
void release_fill_migrations(const struct release_found *, const struct release_objects *);
/* tables, columns, constraints, indexes, sequences, extensions */
void release_fill_structure(const struct release_found *, struct release_objects *);

#endif
