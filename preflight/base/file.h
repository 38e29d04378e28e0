/* Files that a person named: read and written whole, and never read from a pipe or a device by mistake. */
#ifndef FILE_H
#define FILE_H

#include "base/err.h"

/* The whole of a regular file of at most `max` bytes, NUL-terminated, in memory of the arena. */
bool file_read(struct arena *, const char *path, size_t max, const char **text, size_t *len, struct err *) MUST;
/*
 * Writes the file, for its owner alone. A regular file of that name stays as it is until the new one is whole; a pipe, a
 * device or the target of a link is written to. Fails with one line; then no part of the new text has replaced a file.
 */
bool file_write(const char *path, const char *text, size_t len, struct err *) MUST;

#endif
