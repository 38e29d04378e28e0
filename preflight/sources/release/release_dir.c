/*
 * A directory: a Rails root, or what a package unpacks to, or the root of a machine. Links on the way to the Rails
 * root may lead anywhere below the directory; below the Rails root no link is followed.
 */
#include "sources/release/release_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define NAMES_MAX ((size_t)100000) /* in one folder */
#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void
release_fd_drop(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void
dir_drop(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

bool
release_list(struct release_reading *rd, int dir, const char *shown, struct texts *names)
{
	int own = openat(dir, ".", FOLDER); /* closedir() closes it */
	CLEANUP(dir_drop) DIR *d = own >= 0 ? fdopendir(own) : NULL;
	struct dirent *en;

	if (d == NULL) {
		release_fd_drop(&own);
		return release_fail(rd, "its folder \"%s\" cannot be read: %s", shown, strerror(errno));
	}
	for (errno = 0; (en = readdir(d)) != NULL; errno = 0) {
		if (strcmp(en->d_name, ".") == 0 || strcmp(en->d_name, "..") == 0)
			continue;
		if (names->n >= NAMES_MAX)
			return release_fail(rd, "its folder \"%s\" contains more than %zu files", shown, NAMES_MAX);
		ARENA_PUSH(rd->own, names, arena_strdup(rd->own, en->d_name));
	}
	if (errno != 0)
		return release_fail(rd, "its folder \"%s\" cannot be read: %s", shown, strerror(errno));
	if (names->n > 0)
		qsort(names->items, names->n, sizeof *names->items, by_text);
	return true;
}

bool
release_open_file(struct release_reading *rd, int dir, const char *base, const char *shown, int *fd, struct stat *st)
{
	if (fstatat(dir, base, st, AT_SYMLINK_NOFOLLOW) != 0)
		return release_fail(rd, "%s cannot be read: %s", shown, strerror(errno));
	if (!S_ISREG(st->st_mode))
		return release_unsafe(rd, "it contains a link or a device in place of a file of GitLab", shown);
	*fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, st) != 0)
		return release_fail(rd, "%s cannot be opened: %s", shown, strerror(errno));
	return S_ISREG(st->st_mode) || release_unsafe(rd, "it changed while it was read", shown);
}

/* Exactly `len` bytes, and then the end: it is not being written to. */
static bool
read_whole(int fd, char *to, size_t len)
{
	size_t got = 0;
	ssize_t n = 1;
	char more;

	while (got < len && n > 0) {
		n = read(fd, to + got, len - got);
		if (n < 0 && errno == EINTR)
			n = 1;
		else
			got += n > 0 ? (size_t)n : 0;
	}
	return got == len && read(fd, &more, 1) == 0;
}

static bool
take_file(struct release_reading *rd, int dir, const char *base, const char *path)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(release_fd_drop) int fd = -1;
	bool whole = !release_only_name(path);
	struct stat st;
	char *data;

	if (!release_goes_on(rd) || !release_open_file(rd, dir, base, path, &fd, &st) ||
	    !release_admit(rd, "", path, st.st_size))
		return false;
	data = arena_alloc(a, whole ? (size_t)st.st_size + 1 : 1);
	if (whole && !read_whole(fd, data, (size_t)st.st_size))
		return release_fail(rd, "%s cannot be read, or changed while it was read", path);
	return release_give(rd, path, data, whole ? (size_t)st.st_size : 0);
}

/* One part of the path after the other; -1 and errno where it ends. An empty path is `dir`. */
static int
open_folder(int dir, const char *path)
{
	int at = openat(dir, path[0] == '/' ? "/" : ".", FOLDER);

	for (const char *p = path + strspn(path, "/"); *p != '\0' && at >= 0;) {
		char part[NAME_MAX + 1];
		size_t n = strcspn(p, "/");
		int next = -1;

		if (n < sizeof part) {
			memcpy(part, p, n);
			part[n] = '\0';
			next = openat(at, part, FOLDER);
		} else
			errno = ENAMETOOLONG;
		release_fd_drop(&at);
		at = next;
		p += n + strspn(p + n, "/");
	}
	return at;
}

static bool
take_folder(struct release_reading *rd, int rails, const char *folder)
{
	CLEANUP(release_fd_drop) int dir = open_folder(rails, folder);
	struct texts names = {0};

	if (dir < 0)
		return errno == ENOENT ||
		    release_fail(rd, "its folder \"%s\" cannot be opened: %s", folder,
			errno == ENOTDIR || errno == ELOOP ? "it is a link or no folder" : strerror(errno));
	if (!release_list(rd, dir, folder, &names))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		const char *path = arena_printf(
		    rd->own, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", names.items[i]);

		if (release_wants(path) && !take_file(rd, dir, names.items[i], path))
			return false;
	}
	return true;
}

static bool
take_rails(struct release_reading *rd, int rails)
{
	const char *folder;

	for (size_t i = 0; (folder = release_folder(i)) != NULL; i++)
		if (!take_folder(rd, rails, folder))
			return false;
	return true;
}

/*
 * A folder below `top` by its name, with its links resolved and still below `top`. `fd` stays -1 if there is none.
 * The resolved path is then opened without following links, so that nobody can exchange it meanwhile.
 */
static bool
open_inside(struct release_reading *rd, const char *top, const char *name, int *fd)
{
	CLEANUP(free_ptr) char *root = realpath(top, NULL);
	CLEANUP(free_ptr) char *full = realpath(arena_printf(rd->own, "%s/%s", top, name), NULL);
	size_t n = root != NULL ? strlen(root) : 0;

	if (full == NULL && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (full == NULL || root == NULL)
		return release_fail(rd, "its folder \"%s\" cannot be opened: %s", name, strerror(errno));
	if (n > 1 && (strncmp(full, root, n) != 0 || full[n] != '/'))
		return release_unsafe(rd, "its folder is a link that leads out of it", name);
	*fd = open_folder(AT_FDCWD, full);
	return *fd >= 0 || release_fail(rd, "its folder \"%s\" cannot be opened: %s", name, strerror(errno));
}

/* A file of the package that is not below the Rails root; a container's image or a checkout has none. */
static bool
take_beside(struct release_reading *rd, const char *top, const char *name)
{
	CLEANUP(release_fd_drop) int dir = -1;
	const char *base = strrchr(name, '/') + 1;
	struct stat st;

	if (!open_inside(rd, top, arena_strndup(rd->own, name, (size_t)(base - 1 - name)), &dir))
		return false;
	if (dir < 0 || (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT))
		return true;
	return take_file(rd, dir, base, release_path_of(name));
}

static bool
take_below(struct release_reading *rd, const char *top)
{
	bool found = false;
	const char *root;

	for (size_t i = 0; (root = release_root(i)) != NULL; i++) {
		CLEANUP(release_fd_drop) int rails = -1;

		if (!open_inside(rd, top, root, &rails))
			return false;
		if (rails >= 0 && found)
			return release_fail(
			    rd, "it contains two GitLab trees: name one of them, for example %s/%s", top, root);
		if (rails >= 0 && !take_rails(rd, rails))
			return false;
		found = found || rails >= 0;
	}
	return take_beside(rd, top, release_manifest) && take_beside(rd, top, release_deprecations);
}

bool
release_read_dir(struct release_reading *rd, int dir, const char *path)
{
	if (faccessat(dir, "VERSION", F_OK, AT_SYMLINK_NOFOLLOW) == 0 && faccessat(dir, "db", F_OK, 0) == 0)
		return take_rails(rd, dir);
	return take_below(rd, path);
}
