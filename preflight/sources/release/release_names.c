/*
 * Which files of a release are read, and where a GitLab is in a package, an image or a directory. The one table of
 * wanted files is here.
 */
#include "sources/release/release_reading.h"

#include <string.h>

/* `name` is a whole name, or ".x": every name that ends so; or "*": every name. */
static const struct want {
	const char *folder, *name;
} wants[] = {
    {"", "VERSION"},
    {"config", "upgrade_path.yml"},
    {"db", "structure.sql"},
    {"db", "structure.sql.bundled"},
    {"db", "integer_ids_not_yet_initialized_to_bigint.yml"},
    {"db/migrate", ".rb"},
    {"db/post_migrate", ".rb"},
    {"db/schema_migrations", "*"},
    {"db/docs", ".yml"},
    {"db/docs/deleted_tables", ".yml"},
    {"db/docs/views", ".yml"},
    {"db/docs/batched_background_migrations", ".yml"},
    {"db/database_connections", ".yaml"},
    {"ee/elastic/docs", ".yml"},
    {"ee/elastic/migrate", ".rb"},
    {"ee/db/geo", "structure.sql"},
    {"ee/db/geo", "structure.sql.bundled"},
    {"ee/db/geo/migrate", ".rb"},
    {"ee/db/geo/post_migrate", ".rb"},
};

static const char *const roots[] = {"opt/gitlab/embedded/service/gitlab-rails", "srv/gitlab"};
const char *const release_manifest = "opt/gitlab/version-manifest.json";
const char *const release_deprecations = "opt/gitlab/embedded/cookbooks/package/libraries/deprecations.rb";

static bool
name_fits(const char *name, const char *wanted)
{
	size_t n = strlen(name), w = strlen(wanted);

	if (strcmp(wanted, "*") == 0)
		return name[0] != '.';
	if (wanted[0] == '.')
		return n > w && name[0] != '.' && strcmp(name + n - w, wanted) == 0;
	return strcmp(name, wanted) == 0;
}

bool
release_wants(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;

	for (size_t i = 0; i < nitems(wants); i++)
		if (strlen(wants[i].folder) == n && strncmp(wants[i].folder, path, n) == 0 && name[0] != '\0' &&
		    name_fits(name, wants[i].name))
			return true;
	return false;
}

bool
release_only_name(const char *path)
{
	return strncmp(path, "db/schema_migrations/", strlen("db/schema_migrations/")) == 0;
}

const char *
release_folder(size_t n)
{
	for (size_t i = 0; i < nitems(wants); i++)
		if ((i == 0 || strcmp(wants[i].folder, wants[i - 1].folder) != 0) && n-- == 0)
			return wants[i].folder;
	return NULL;
}

const char *
release_root(size_t n)
{
	return n < nitems(roots) ? roots[n] : NULL;
}

const char *
release_path_of(const char *name)
{
	if (strcmp(name, release_manifest) == 0)
		return "@version-manifest.json";
	if (strcmp(name, release_deprecations) == 0)
		return "@deprecations.rb";
	for (size_t i = 0; i < nitems(roots); i++) {
		size_t n = strlen(roots[i]);

		if (strncmp(name, roots[i], n) == 0 && name[n] == '/')
			return release_wants(name + n + 1) ? name + n + 1 : NULL;
	}
	return NULL;
}

bool
release_is_below(const char *outer, const char *inner)
{
	size_t n = strlen(outer);

	return n == 0 || (strncmp(outer, inner, n) == 0 && (inner[n] == '\0' || inner[n] == '/'));
}

bool
release_leads_to_wanted(const char *name)
{
	const char *folder;

	if (release_is_below(name, release_manifest) || release_is_below(name, release_deprecations))
		return true;
	for (size_t i = 0; i < nitems(roots); i++) {
		size_t n = strlen(roots[i]);

		if (release_is_below(name, roots[i]))
			return true;
		if (strncmp(name, roots[i], n) != 0 || name[n] != '/')
			continue;
		for (size_t k = 0; (folder = release_folder(k)) != NULL; k++)
			if (release_is_below(name + n + 1, folder))
				return true;
	}
	return false;
}

static bool
part_ok(const char *p, size_t n)
{
	return n > 0 && !(n == 1 && p[0] == '.') && !(n == 2 && p[0] == '.' && p[1] == '.');
}

bool
release_plain_name(const char *given, char out[RELEASE_NAME_MAX])
{
	const char *p = given;
	size_t n;

	while (p[0] == '.' && p[1] == '/')
		p += 2;
	if (strcmp(p, ".") == 0 || (p[0] == '\0' && p > given))
		p = "";
	else if (p[0] == '\0')
		return false;
	n = strlen(p);
	n -= n > 0 && p[n - 1] == '/' ? 1 : 0;
	if (n >= RELEASE_NAME_MAX)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	for (size_t at = 0, end; n > 0 && at <= n; at = end + 1) {
		end = at + strcspn(out + at, "/");
		if (!part_ok(out + at, end - at))
			return false;
	}
	return true;
}
