/*
 * What a bundle may be, shared only by the files that write, read and publish one.
 * The writer keeps to the reader's limits, so that it never makes what the reader refuses.
 */
#ifndef BUNDLE_LIMITS_H
#define BUNDLE_LIMITS_H

#include "bundle/bundle.h"

#define MANIFEST_SCHEMA "urn:preflight:schema:manifest:1"
#define MANIFEST_MAX ((size_t)4 << 20) /* bytes; jansson takes nine times as much */
#define BUNDLE_MAX ((size_t)256 << 20) /* bytes of an archive, and of all its files */
#define BUNDLE_FILE_MAX ((size_t)64 << 20)
#define BUNDLE_ENTRIES_MAX ((size_t)2000)   /* files and folders, the top folder included */
#define BUNDLE_NAME_MAX ((size_t)200)       /* bytes of a path, and of the top folder's name */
#define BUNDLE_DEPTH_MAX ((size_t)4)        /* folders below the top folder */
#define BUNDLE_RATIO_MAX ((size_t)200)      /* of the files to the archive, */
#define BUNDLE_RATIO_FROM ((size_t)1 << 20) /* once they have more bytes than this */

/* Relative, nothing climbs, and of characters that no shell, terminal or file system obeys. */
bool bundle_path_ok(const char *);
/* They cannot both be extracted: equal but for capitals, or one is a folder of the other. */
bool bundle_paths_clash(const char *, const char *);
/* The manifest, its signature, SHA256SUMS: what the manifest does not list. */
bool bundle_is_voucher(const char *path);
bool bundle_ratio_ok(size_t unpacked, size_t packed);
void bundle_sort(struct members *);

#endif
