/* What every reader of host files calls: a file below the root, and a row by column names. */
#include "sources/host/host_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

enum found
host_read_file(struct host_reading *rd, const char *path)
{
	char full[4096];
	struct stat st;
	size_t size;
	ssize_t n;
	int fd;

	if (snprintf(full, sizeof full, "%s%s", strcmp(rd->source->endpoint, "/") == 0 ? "" : rd->source->endpoint,
		path) >= (int)sizeof full)
		return BROKEN;
	/* Never a device or a pipe that would keep us waiting. */
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* A link to nowhere is a file that was meant to be there. */
	if (fd < 0)
		return (errno == ENOENT && lstat(full, &st) != 0) || errno == ENOTDIR ? NO_FILE : BROKEN;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)HOST_FILE_MAX) {
		(void)close(fd);
		return BROKEN;
	}
	/* What the kernel makes up, such as /proc/1/environ, has no size. */
	size = st.st_size > 0 ? (size_t)st.st_size : HOST_FILE_MADE_UP;
	rd->text = arena_alloc(rd->source->arena, size + 1);
	n = read(fd, rd->text, size);
	(void)close(fd);
	rd->len = n > 0 ? (size_t)n : 0;
	rd->text[rd->len] = '\0';
	return st.st_size > 0 ? (n == st.st_size ? FOUND : BROKEN) : n >= 0 ? FOUND : BROKEN;
}

const char *
host_entry_text(const struct ynode *entry, const char *key)
{
	const struct ynode *node = yaml_get(entry, key);

	return node != NULL && node->kind == Y_SCALAR ? node->text : NULL;
}

bool
host_add_row(struct host_reading *rd, const char *(*value)(const void *, const char *), const void *arg, struct err *e)
{
	const struct fact *f = rd->rows->fact;
	struct cell cells[HOST_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < f->n_columns && i < nitems(cells); i++) {
		const char *text = value(arg, f->columns[i].name);

		if (!cell_from_text(&f->columns[i], text != NULL || f->columns[i].null ? text : "", &cells[i], e))
			return false;
	}
	return rows_add(rd->rows, cells, e);
}
