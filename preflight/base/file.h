/* Small files that a person named: read whole, and never a pipe or a device by mistake. */
#ifndef FILE_H
#define FILE_H

#include "base/err.h"

/* The whole of a regular file of at most `max` bytes, NUL-terminated, in memory of the arena. */
bool file_read(struct arena *, const char *path, size_t max, const char **text, size_t *len, struct err *) MUST;

#endif
