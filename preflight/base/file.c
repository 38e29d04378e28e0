/*
 * Reads a small regular file whole. It refuses a pipe or a device instead of waiting for it, and does not look at
 * the content.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
