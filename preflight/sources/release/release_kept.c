/*
 * The files of a release that facts are made of, kept until the release was read to its end: of one that was not there
 * are no facts.
 */
#include "sources/release/release_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"

struct cell
release_version_cell(const char *text)
{
	struct version v;
	struct err ignored;

	return text != NULL && version_parse(text, &v, &ignored) ? cell_int(v.key) : cell_text(NULL);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct release_kept *)a)->path, ((const struct release_kept *)b)->path);
}

const struct release_kept *
release_kept_find(const struct release_found *found, const char *path)
{
	const struct release_kept wanted = {.path = path};

	return found->n > 0 ? bsearch(&wanted, found->items, found->n, sizeof wanted, by_path) : NULL;
}

bool
release_kept_in(const struct release_kept *file, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(file->path, folder, n) == 0 && file->path[n] == '/' && strchr(file->path + n + 1, '/') == NULL;
}

/* Of search migrations the name of the file is enough; settings of other versions are not looked at here. */
bool
release_keep(void *arg, const struct release_file *file, struct err *e)
{
	struct release_found *found = arg;
	struct release_kept kept = {.path = arena_strdup(found->arena, file->path), .data = ""};

	(void)e;
	if (strcmp(file->path, "@deprecations.rb") == 0 || strcmp(file->path, "@version-manifest.json") == 0)
		return true;
	if (strncmp(file->path, "ee/elastic/migrate/", strlen("ee/elastic/migrate/")) != 0) {
		char *data = arena_alloc(found->arena, file->len + 1);

		memcpy(data, file->data, file->len);
		kept.data = data;
		kept.len = file->len;
	}
	ARENA_PUSH(found->arena, found, kept);
	return true;
}

void
release_kept_sort(struct release_found *found)
{
	if (found->n > 0)
		qsort(found->items, found->n, sizeof *found->items, by_path);
}
