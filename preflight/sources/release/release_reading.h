/*
 * Inside the kind release: one reading of an artefact, its limits, and where names lead. Every function that returns
 * bool sets the reading's error when it returns false.
 */
#ifndef RELEASE_READING_H
#define RELEASE_READING_H

#include <search.h>

#include "sources/release/release_tree.h"

#define RELEASE_FILE_MAX ((int64_t)16 << 20)     /* bytes of one wanted file */
#define RELEASE_FILES_MAX ((size_t)20000)        /* wanted files */
#define RELEASE_UNPACKED_MAX ((int64_t)16 << 30) /* bytes that are unpacked in all */
#define RELEASE_ENTRIES_MAX ((size_t)4000000)    /* files and folders looked at */
#define RELEASE_HELD_MAX ((size_t)28 << 20)      /* bytes that are kept of an image until its layers are known */
#define RELEASE_NAME_MAX 4096                    /* bytes of a path with its NUL */
#define RELEASE_WINDOW_MAX ((int64_t)64 << 20)   /* bytes that a decompressor may look back */

/* The wanted files that were seen. */
struct release_names {
	struct hsearch_data seen;
};

struct release_reading {
	struct arena *arena; /* the caller's */
	struct arena *own;   /* as long as the reading */
	const struct run *run;
	release_take *take;
	void *arg;
	struct release_artefact *out;
	struct err *e;
	bool failed;         /* `e` is set: a message of libarchive says less */
	bool unknown_format; /* and the reason is that libarchive does not recognise some data */
	int64_t unpacked;
	size_t entries, files;
	bool has_ee;
	struct sha256 *listed; /* of a directory */
	struct release_names *names;
};

/* Always false; the first error is kept. */
bool release_fail(struct release_reading *, const char *, ...) PRINTF(2, 3);
/* The same, with a foreign name made harmless at the end. */
bool release_unsafe(struct release_reading *, const char *what, const char *name);
/* The run goes on: neither its deadline nor an interruption. */
bool release_goes_on(struct release_reading *) MUST;
bool release_count_entry(struct release_reading *) MUST;
bool release_count_unpacked(struct release_reading *, size_t) MUST;

/* A name in an archive without "./" before it and "/" behind; false: it is absolute, climbs or is not plain. */
bool release_plain_name(const char *, char out[RELEASE_NAME_MAX]) MUST;
/* `inner` is `outer` or below it. */
bool release_is_below(const char *outer, const char *inner);
/* The path that `take` gets for a file of an installed tree, or NULL: not wanted. */
const char *release_path_of(const char *name);
/* Whether a wanted file can be below this folder of an installed tree. */
bool release_leads_to_wanted(const char *name);
/* Whether only the name of this file is read. */
bool release_only_name(const char *path);
/* The n-th folder below the Rails root that holds wanted files, NULL after the last; and the n-th Rails root. */
const char *release_folder(size_t n);
const char *release_root(size_t n);
extern const char *const release_manifest, *const release_deprecations; /* in an installed tree */

/* Notes a wanted file; false: it is there twice, is one too many, or too large. */
bool release_admit(struct release_reading *, const char *scope, const char *path, int64_t len) MUST;
/* Gives a file to the caller. */
bool release_give(struct release_reading *, const char *path, const char *data, size_t len) MUST;
/* The package is one of GitLab; sets package, version and edition. */
bool release_is_package(struct release_reading *, const char *name, const char *version) MUST;

struct release_pipe;
/* One file per format; each reads all of its input. */
bool release_read_deb(struct release_reading *, struct release_pipe *) MUST;
bool release_read_rpm(struct release_reading *, struct release_pipe *) MUST;
bool release_read_image(struct release_reading *, struct release_pipe *) MUST;
bool release_read_image_dir(struct release_reading *, int dir) MUST;
bool release_read_dir(struct release_reading *, int dir, const char *path) MUST;

#endif
