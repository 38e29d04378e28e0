/* A bundle from a file or directory into memory, of which nothing is trusted. */
#ifndef BUNDLE_READ_H
#define BUNDLE_READ_H

#include "bundle/bundle.h"

/*
 * Reads an archive (tar.gz or zip, nothing else) or a directory into memory. False: it cannot be
 * read, is cut, or is hostile (absolute or climbing names, links, devices, duplicates, too many
 * or too large files, too great a ratio); the message says what. Nothing is written.
 */
bool bundle_read(struct arena *, const char *path, struct bundle *, struct err *) MUST;
/* The same, with the bytes of an archive that was read, such as one whose signature was checked. */
bool bundle_read_bytes(struct arena *, const char *, size_t, struct bundle *, struct err *) MUST;

#endif
