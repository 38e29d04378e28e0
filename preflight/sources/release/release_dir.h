/*
 * Inside the kind release: directories, looked at without following a link out of them.
 */
#ifndef RELEASE_DIR_H
#define RELEASE_DIR_H

#include <sys/stat.h>

#include "sources/release/release_reading.h"

void release_fd_drop(int *); /* for CLEANUP; -1: nothing */
/* The names in a folder, sorted; `shown` is what a message calls it. */
bool release_list(struct release_reading *, int dir, const char *shown, struct texts *) MUST;
/* Opens a regular file; a link is refused, a device or a pipe never opened. */
bool
release_open_file(struct release_reading *, int dir, const char *base, const char *shown, int *fd, struct stat *) MUST;

#endif
