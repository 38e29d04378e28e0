/*
 * Reads a small regular file whole, and writes one whole. Reading refuses a pipe or a device instead of waiting for
 * it. Does not look at the content.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temporary.h"

bool
file_read(struct arena *a, const char *path, size_t max, const char **text, size_t *len, struct err *e)
{
	struct loc at = {.file = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *all;
	ssize_t n;

	if (fd < 0)
		return fail(e, at, "cannot be opened: %s", strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)max) {
		(void)close(fd);
		return fail(e, at, "is not a regular file of at most %zu KiB", max / 1024);
	}
	all = arena_alloc(a, (size_t)st.st_size + 1);
	n = read(fd, all, (size_t)st.st_size);
	(void)close(fd);
	if (n != (ssize_t)st.st_size)
		return fail(e, at, "cannot be read whole");
	*text = all;
	*len = (size_t)n;
	return true;
}

/* A pipe, a device, a link: it must stay what it is. */
static bool
is_replaceable(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 ? errno == ENOENT : S_ISREG(st.st_mode);
}

/* errno tells why it failed. */
static bool
write_and_close(int fd, const char *text, size_t len)
{
	bool ok = true;
	int why;

	while (ok && len > 0) {
		ssize_t n = write(fd, text, len);

		ok = n > 0 || (n < 0 && errno == EINTR);
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	why = errno;
	if (close(fd) != 0 && ok)
		return false;
	errno = why;
	return ok;
}

static bool
write_in_place(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);

	return fd >= 0 && write_and_close(fd, text, len);
}

/* Where the directory may not be written to, the file itself perhaps may. */
static bool
write_beside(const char *path, const char *text, size_t len)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *dir = slash == NULL ? "." : arena_strndup(a, path, (size_t)(slash - path) + 1);
	struct temporary t;
	bool ok;
	int fd, why;

	if (!temporary_make(&t, dir, false))
		return (errno == EACCES || errno == EPERM) && write_in_place(path, text, len);
	fd = t.fd;
	t.fd = -1;
	ok = write_and_close(fd, text, len) && temporary_keep(&t, path);
	why = errno;
	temporary_drop(&t);
	errno = why;
	return ok;
}

bool
file_write(const char *path, const char *text, size_t len, struct err *e)
{
	if (is_replaceable(path) ? write_beside(path, text, len) : write_in_place(path, text, len))
		return true;
	return fail(e, NOWHERE, "cannot write %s: %s", path, strerror(errno));
}
