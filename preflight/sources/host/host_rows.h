/* What the readers of host files share. */
#ifndef HOST_ROWS_H
#define HOST_ROWS_H

#include "sources/source.h"

#define HOST_FILE_MAX ((size_t)4 * 1024 * 1024) /* the resolved settings of a node have some 200 KiB */
#define HOST_FILE_MADE_UP ((size_t)256 * 1024)  /* read of a file that the kernel makes up */
#define HOST_COLUMNS_MAX 8

enum found { FOUND, NO_FILE, BROKEN };

struct host_reading {
	const struct source *source;
	int64_t deadline_us; /* monotonic: nothing is read beyond it */
	struct rows *rows;
	char *text; /* of the file that was read last, NUL-terminated */
	size_t len;
};

/* Reads the whole of a regular file below the source's root. */
enum found host_read_file(struct host_reading *, const char *path);
/* A cell of each column by name, from text; what `value` has not is NULL where that is allowed, else empty. */
bool host_add_row(
    struct host_reading *, const char *(*value)(const void *, const char *column), const void *arg, struct err *) MUST;
/* The text of a member of a map, or NULL. */
const char *host_entry_text(const struct ynode *entry, const char *key);

#endif
