/*
 * Files and directories that are whole under another name before they get theirs. They are removed however the
 * program ends: by return or exit(), a signal, a crash, or lack of memory; only SIGKILL leaves one behind. For the main
 * thread.
 */
#ifndef TEMPORARY_H
#define TEMPORARY_H

#include <limits.h>

#include "base/base.h"

struct temporary {
	char path[PATH_MAX]; /* "": there is none */
	int fd;              /* of a file, or -1; the caller may close it and set -1 */
};

/*
 * A new file, or an empty directory, for the user alone in the directory `dir`. False: it cannot be made, and errno
 * tells why. `t` must stay where it is until it is kept or dropped.
 */
bool temporary_make(struct temporary *t, const char *dir, bool directory) MUST;
/* Renames it, which replaces a file of that name. False: errno tells why, and it is still there. */
bool temporary_keep(struct temporary *t, const char *path) MUST;
/* Closes and removes it, unless it was kept or never made. */
void temporary_drop(struct temporary *t);
/* Removes a file, or a directory with all it holds; no link is followed. False: something is still there. */
bool temporary_remove(const char *path);

#endif
