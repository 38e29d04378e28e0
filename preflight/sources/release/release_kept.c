/*
 * The files of a release that facts are made of, kept until the release was read to its end: of one that was not there
 * are no facts.
 */
#include "sources/release/release_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"

#define LARGE ((size_t)1 << 20)

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

static void
forget(struct release_kept *file)
{
	arena_drop(&file->own);
	file->own = NULL;
	file->data = "";
	file->len = 0;
}

/*
 * Whether the data of this file are of no use. Of the two files of a structure the one that the package brought
 * (".bundled") counts; the other one may have been dumped later.
 */
static bool
is_superseded(struct release_found *found, const char *path)
{
	static const char bundled[] = ".bundled";

	for (size_t i = 0; i < found->n; i++) {
		size_t n = strlen(path), other = strlen(found->items[i].path);

		if (other == n + strlen(bundled) && strncmp(found->items[i].path, path, n) == 0 &&
		    strcmp(found->items[i].path + n, bundled) == 0)
			return true;
		if (n == other + strlen(bundled) && strncmp(found->items[i].path, path, other) == 0 &&
		    strcmp(path + other, bundled) == 0)
			forget(&found->items[i]);
	}
	return false;
}

/* Of search migrations the name is enough; settings of other versions are not looked at here. */
bool
release_keep(void *arg, const struct release_file *file, struct err *e)
{
	struct release_found *found = arg;
	struct release_kept kept = {.path = arena_strdup(found->arena, file->path), .data = ""};
	bool structure = strstr(file->path, "structure.sql") != NULL;

	(void)e;
	if (strcmp(file->path, "@deprecations.rb") == 0 || strcmp(file->path, "@version-manifest.json") == 0)
		return true;
	if (strncmp(file->path, "ee/elastic/migrate/", strlen("ee/elastic/migrate/")) != 0 &&
	    !(structure && is_superseded(found, file->path))) {
		char *data;

		kept.own = file->len > LARGE ? arena_new() : NULL;
		data = arena_alloc(kept.own != NULL ? kept.own : found->arena, file->len + 1);
		memcpy(data, file->data, file->len);
		kept.data = data;
		kept.len = file->len;
	}
	ARENA_PUSH(found->arena, found, kept);
	return true;
}

void
release_kept_shrink(struct release_found *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->items[i].own != NULL)
			forget(&found->items[i]);
}

void
release_kept_sort(struct release_found *found)
{
	if (found->n > 0)
		qsort(found->items, found->n, sizeof *found->items, by_path);
}
