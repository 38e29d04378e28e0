/*
 * Finds the installed GitLab and packages in the caches of package managers, and looks at the version of an artefact
 * without reading the rest of it.
 */
#include "sources/release/release_places.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/version.h"
#include "sources/release/release_reading.h"

static const char *
below(struct arena *a, const char *root, const char *path)
{
	return root == NULL || strcmp(root, "/") == 0 ? arena_strdup(a, path) : arena_printf(a, "%s%s", root, path);
}

static bool
is_rails(struct arena *a, const char *path)
{
	return access(arena_printf(a, "%s/VERSION", path), F_OK) == 0 &&
	    access(arena_printf(a, "%s/db", path), F_OK) == 0;
}

const char *
release_installed(struct arena *a, const char *root)
{
	const char *path, *name;

	for (size_t i = 0; (name = release_root(i)) != NULL; i++) {
		path = below(a, root, arena_printf(a, "/%s", name));
		if (is_rails(a, path))
			return path;
	}
	path = below(a, root, "/home/git/gitlab");
	return is_rails(a, path) ? path : NULL;
}

/* ---- Caches ---- */

/* "19.5.3" of gitlab-ee_19.5.3-ee.0_amd64.deb and gitlab-ee-19.5.3-ee.0.el9.x86_64.rpm, or NULL. */
static const char *
version_in_name(struct arena *a, const char *path)
{
	const char *name = strrchr(path, '/') + 1, *p = name + strlen("gitlab-ee");
	size_t n;

	if (strncmp(name, "gitlab-ee", 9) != 0 && strncmp(name, "gitlab-ce", 9) != 0)
		return NULL;
	if (*p != '_' && *p != '-')
		return NULL;
	n = strspn(++p, "0123456789.");
	return n > 0 ? arena_strndup(a, p, n) : NULL;
}

/* "19.5" means any of 19.5.1, 19.5.3. */
static bool
is_version(const char *version, const char *wanted)
{
	size_t n = strlen(wanted);

	return strncmp(version, wanted, n) == 0 && (version[n] == '\0' || version[n] == '.');
}

static void
glob_drop(glob_t *g)
{
	globfree(g);
}

bool
release_in_cache(struct arena *a, const char *root, const char *to, const char **path, struct err *e)
{
	static const char *const patterns[] = {"/var/cache/apt/archives/gitlab-[ce]e_*.deb",
	    "/var/cache/dnf/*/packages/gitlab-[ce]e-*.rpm", "/var/cache/libdnf5/*/packages/gitlab-[ce]e-*.rpm",
	    "/var/cache/yum/*/*/*/packages/gitlab-[ce]e-*.rpm", "/var/cache/zypp/packages/*/*/gitlab-[ce]e-*.rpm",
	    "/var/cache/zypp/packages/*/gitlab-[ce]e-*.rpm"};
	struct version newest = {0}, v;
	struct err ignored;

	if (to == NULL)
		return fail(e, NOWHERE, "--release auto needs --to VERSION: the package of that version is looked for");
	*path = NULL;
	for (size_t i = 0; i < nitems(patterns); i++) {
		CLEANUP(glob_drop) glob_t g = {0};

		if (glob(below(a, root, patterns[i]), 0, NULL, &g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc; k++) {
			const char *version = version_in_name(a, g.gl_pathv[k]);

			if (version == NULL || !is_version(version, to) || !version_parse(version, &v, &ignored))
				continue;
			if (*path != NULL && v.key == newest.key)
				return fail(e, NOWHERE, "--release auto: %s and %s are both there: specify one of them",
				    *path, g.gl_pathv[k]);
			if (*path == NULL || v.key > newest.key) {
				*path = arena_strdup(a, g.gl_pathv[k]);
				newest = v;
			}
		}
	}
	return *path != NULL ||
	    fail(e, NOWHERE,
		"--release auto: no package of GitLab %s is in the cache of apt, dnf, yum or zypper: download it, for "
		"example with apt-get install --download-only, or specify its path",
		to);
}

/* ---- A look at a file ---- */

struct peek {
	bool seen; /* the version is known, and the reading was ended for that reason */
};

static bool
take_version(void *arg, const struct release_file *file, struct err *e)
{
	struct peek *l = arg;

	l->seen = strcmp(file->path, "@control/control") == 0 || strcmp(file->path, "VERSION") == 0;
	return l->seen ? fail(e, NOWHERE, "the version is known") : true;
}

static bool
begins_with(const char *path, const char *magic, size_t n)
{
	char head[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = fd >= 0 ? read(fd, head, n) : -1;

	if (fd >= 0)
		(void)close(fd);
	return got == (ssize_t)n && memcmp(head, magic, n) == 0;
}

static bool
has_early_version(struct arena *a, const char *path, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return is_rails(a, path) || release_installed(a, path) != NULL;
	return begins_with(path, "!<arch>\n", 8) || begins_with(path, "\xed\xab\xee\xdb", 4);
}

bool
release_peek(struct arena *a, const char *path, const char **version, struct err *e)
{
	struct run run = {.deadline_us = clock_mono_us() + (int64_t)60 * 1000000, .stop_fd = -1};
	struct release_artefact artefact = {0};
	struct peek look = {0};
	struct stat st;

	*version = "";
	if (stat(path, &st) != 0)
		return fail(e, NOWHERE, "it cannot be opened: %s", strerror(errno));
	if (!has_early_version(a, path, &st))
		return true;
	if (!release_read(a, path, &run, take_version, &look, &artefact, e) && !look.seen)
		return false;
	*version = artefact.version;
	return true;
}
