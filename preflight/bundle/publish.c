/*
 * Puts the finished output in place: opened before the first connection, written to a temporary name, then
 * renamed. Does not know what the bytes mean.
 */
#include "bundle/publish.h"
#include "base/temporary.h"
#include "bundle/bundle_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 4096

struct out {
	enum bundle_form form;
	enum bundle_effort effort;
	bool to_stdout;
	bool named; /* --out was given; else the top folder names the file */
	bool committed;
	char path[NAME_BYTES];      /* the destination, or where it ended up */
	char dir[NAME_BYTES];       /* that holds it */
	struct temporary temporary; /* file or directory beside it */
};

static bool
cannot(struct err *e, const char *path, const char *why)
{
	return fail(e, NOWHERE, "cannot write %s: %s", path, why);
}

static bool
set_paths(struct out *o, const char *path, struct err *e)
{
	size_t n = strlen(path);
	const char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n >= NAME_BYTES - 64)
		return cannot(e, "--out", "the name is too long");
	memcpy(o->path, path, n);
	slash = memrchr(o->path, '/', n);
	if (slash == NULL)
		memcpy(o->dir, ".", 2);
	else
		memcpy(o->dir, o->path, slash == o->path ? 1 : (size_t)(slash - o->path));
	return true;
}

/* A folder that anybody may write to and rename in is no place for a verdict. */
static bool
check_parent(const struct out *o, struct err *e)
{
	struct stat st;

	if (stat(o->dir, &st) != 0 && errno == ENOENT)
		return fail(
		    e, NOWHERE, "cannot write %s: the directory %s does not exist: create it first", o->path, o->dir);
	if (stat(o->dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return fail(e, NOWHERE, "cannot write %s: %s is not a directory that can be used", o->path, o->dir);
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
		return fail(e, NOWHERE,
		    "cannot write %s: anybody may change what is in %s; choose another "
		    "directory",
		    o->path, o->dir);
	return true;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	if (d == NULL)
		return false;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n <= 2;
}

/* An older bundle of preflight is recognised by its manifest. */
static bool
is_our_directory(const char *path)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct bundle b;
	struct err e;

	return bundle_read(a, path, &b, &e) && members_find(&b.members, "manifest.json") != NULL &&
	    (b.state == BS_INTACT || strstr(b.why, "not a manifest of preflight") == NULL);
}

static bool
check_destination(const struct out *o, struct err *e)
{
	struct stat st;

	if (lstat(o->path, &st) != 0)
		return errno == ENOENT || cannot(e, o->path, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return cannot(e, o->path, "it is a symbolic link; name its target");
	if (o->form == BF_DIRECTORY && !S_ISDIR(st.st_mode))
		return cannot(e, o->path,
		    "there is a file of that name; end the name in .tar.gz or .zip, or "
		    "choose another");
	if (o->form != BF_DIRECTORY && !S_ISREG(st.st_mode))
		return cannot(e, o->path, "there is something else of that name; choose another");
	if (o->form == BF_DIRECTORY && !is_empty(o->path) && !is_our_directory(o->path))
		return cannot(e, o->path, "the directory contains other files than those of a bundle; choose another");
	return true;
}

bool
out_open(const char *path, struct out **out, struct err *e)
{
	CLEANUP(out_drop) struct out *o = xcalloc(1, sizeof *o);

	o->named = path != NULL;
	o->to_stdout = path != NULL && strcmp(path, "-") == 0;
	if (!o->to_stdout) {
		o->form = BF_TAR_GZ;
		if ((path != NULL && !bundle_form_of(path, &o->form, e)) ||
		    !set_paths(o, path != NULL ? path : "the bundle", e) || !check_parent(o, e) ||
		    (o->named && !check_destination(o, e)))
			return false;
		/* Beside the destination, so that the rename at the end stays within one file system. */
		if (!temporary_make(&o->temporary, o->dir, o->form == BF_DIRECTORY))
			return cannot(e, o->path, strerror(errno));
	}
	*out = steal(&o);
	return true;
}

bool
out_begin(struct out *o, struct err *e)
{
	struct stat st;

	if (o->to_stdout || !o->named || lstat(o->path, &st) != 0)
		return true;
	if (!check_destination(o, e))
		return false;
	if (!temporary_remove(o->path))
		return fail(e, NOWHERE, "cannot remove the older %s: %s", o->path, strerror(errno));
	return true;
}

static bool
write_file(const char *path, const struct member *m, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t done = 0;
	bool ok = fd >= 0;

	while (ok && done < m->len) {
		ssize_t n = write(fd, m->data + done, m->len - done);

		ok = n > 0 || (n < 0 && errno == EINTR);
		done += n > 0 ? (size_t)n : 0;
	}
	if (!ok)
		(void)cannot(e, path, strerror(errno));
	if (fd >= 0 && close(fd) != 0 && ok)
		ok = cannot(e, path, strerror(errno));
	return ok;
}

/* Creates the folders of "facts/run.ndjson" below `root`. */
static bool
make_folders(const char *root, const char *path, struct err *e)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		CLEANUP(free_ptr) char *dir = NULL;

		if (asprintf(&dir, "%s/%.*s", root, (int)(slash - path), path) < 0)
			return cannot(e, root, "out of memory");
		if (mkdir(dir, 0700) != 0 && errno != EEXIST)
			return cannot(e, dir, strerror(errno));
	}
	return true;
}

static bool
sync_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		(void)cannot(e, path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/*
 * What decides must be on the disk before the bundle has its name. Of any other file that a power failure empties, the
 * manifest has the digest.
 */
static bool
decides(const char *path)
{
	return strcmp(path, "report.json") == 0 || strcmp(path, "manifest.json") == 0;
}

static bool
write_directory(const struct out *o, const struct members *m, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		CLEANUP(free_ptr) char *path = NULL;

		if (asprintf(&path, "%s/%s", o->temporary.path, m->items[i].path) < 0)
			return cannot(e, o->path, "out of memory");
		if (!make_folders(o->temporary.path, m->items[i].path, e) || !write_file(path, &m->items[i], e) ||
		    (decides(m->items[i].path) && !sync_file(path, e)))
			return false;
	}
	return true;
}

static void
sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd); /* some file systems cannot; the file itself is safe */
	(void)close(fd);
}

/* Also where close() fails the descriptor is gone. */
static int
take_fd(struct temporary *t)
{
	int fd = t->fd;

	t->fd = -1;
	return fd;
}

void
out_pack(struct out *o, enum bundle_effort effort)
{
	o->effort = effort;
}

bool
out_commit(struct out *o, const char *top, const struct members *sealed, int64_t time_s, struct err *e)
{
	if (o->to_stdout)
		return bundle_archive(STDOUT_FILENO, BF_TAR_GZ, o->effort, top, sealed, time_s, e);
	if (!o->named && snprintf(o->path, sizeof o->path, "%s.tar.gz", top) >= (int)sizeof o->path)
		return cannot(e, top, "the name is too long");
	if (o->form == BF_DIRECTORY) {
		if (!write_directory(o, sealed, e))
			return false;
		sync_directory(o->temporary.path);
	} else if (!bundle_archive(o->temporary.fd, o->form, o->effort, top, sealed, time_s, e)) {
		err_prefix(e, "cannot write %s", o->path);
		return false;
	} else if (fsync(o->temporary.fd) != 0 || close(take_fd(&o->temporary)) != 0) {
		return cannot(e, o->path, strerror(errno));
	}
	if (!temporary_keep(&o->temporary, o->path))
		return cannot(e, o->path, strerror(errno));
	sync_directory(o->dir);
	o->committed = true;
	return true;
}

const char *
out_path(const struct out *o)
{
	return o->committed ? o->path : NULL;
}

void
out_drop(struct out **out)
{
	struct out *o = *out;

	if (o == NULL)
		return;
	temporary_drop(&o->temporary);
	free(o);
	*out = NULL;
}
