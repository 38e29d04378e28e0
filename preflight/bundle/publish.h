/*
 * Publish or nothing: the destination is opened before the first connection, an older output of
 * that name is gone once collection starts, and the new one appears whole or not at all.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include "bundle/bundle.h"

struct out;
/*
 * `path` NULL: an archive in the current directory whose name is given at the end. "-": standard
 * output. Otherwise the form follows the name; the directory that holds it must exist; a
 * destination that is a symbolic link, or a directory that holds anything but an older bundle of
 * ours, is refused. Fails with one line that says what to do.
 */
bool out_open(const char *path, struct out **, struct err *) MUST;
/* Removes an older output of that name, so that no stale GO survives. */
bool out_begin(struct out *, struct err *) MUST;
/* Chooses between time and size of the archive; the default is BE_FAST. */
void out_pack(struct out *, enum bundle_effort);
/* Writes, fsyncs, renames. `top` names the top folder, and the file where no path was given. */
bool out_commit(struct out *, const char *top, const struct members *sealed, int64_t time_s, struct err *) MUST;
/* Where it is after the commit; for people. */
const char *out_path(const struct out *);
void out_drop(struct out **); /* removes the temporary if it was not committed */

#endif
