/* The archive: its files in memory, the manifest that vouches for them, and the writing. */
#ifndef BUNDLE_H
#define BUNDLE_H

#include "base/err.h"

/* A file of a bundle. `path` is relative to the top folder: "facts/run.ndjson". */
struct member {
	const char *path;
	const char *data;
	size_t len;
	const char *sha256; /* of the data, in hexadecimal, or NULL: not needed yet; see member_sha256 */
};
struct members {
	struct member *items;
	size_t n, cap;
};
const struct member *members_find(const struct members *, const char *path);
/* Its digest, computed when first needed. Copies of the member have it, too; its data do not change from then on. */
const char *member_sha256(struct arena *, struct member *);

/* What the manifest contains besides its list of files. */
struct manifest {
	const char *decision;  /* "no_go"; NULL for a bundle of `collect` */
	const char *from, *to; /* or NULL */
	int exit_code;
	const char *run_id;
	const char *rules_version, *rules_digest; /* or NULL */
	const char *tool_version;
	const char *const *process; /* name, value, name, value, ... NULL: argv, host, libraries;
	                                NULL with SOURCE_DATE_EPOCH, so that bytes repeat */
};

enum bundle_form { BF_TAR_GZ, BF_ZIP, BF_DIRECTORY };
/*
 * By the name of --out: .tar.gz, .tgz, .zip, in capitals too, anything else a directory. False: the name is that of
 * another kind of file, such as report.html or x.tar.xz, which nobody means as a directory.
 */
bool bundle_form_of(const char *path, enum bundle_form *, struct err *) MUST;

/*
 * Adds manifest.json (files with bytes and sha256, sorted by path; everything but itself, its
 * signature and SHA256SUMS) and SHA256SUMS (the format of sha256sum -c; everything but itself and
 * the signature), and sorts the members bytewise by path.
 */
bool bundle_seal(struct arena *, struct members *, const struct manifest *, struct err *) MUST;
/* Adds SHA256SUMS alone, and sorts: for files that no manifest vouches for. */
void bundle_sums(struct arena *, struct members *);
/* A verdict is waited for. What is carried to other hosts is a fifth smaller, and takes three times as long to pack. */
enum bundle_effort { BE_FAST, BE_SMALL };
/* The bytes of such an archive, in `b`, which is empty: see bundle_archive. */
bool bundle_pack(struct buf *b, enum bundle_form, enum bundle_effort, const char *top, const struct members *,
    int64_t time_s, struct err *) MUST;
/*
 * Writes sealed members as an archive to an open file. Reproducible: sorted, owner 0, mode 0600
 * for the archive's entries' files 0644, every time `time_s`, no gzip timestamp, no zone.
 */
bool bundle_archive(int fd, enum bundle_form, enum bundle_effort, const char *top, const struct members *,
    int64_t time_s, struct err *) MUST;
/* What a failed write means to the person who chose the place. */
const char *write_trouble(int error);

enum bundle_state {
	BS_INTACT, /* manifest present, exactly its files, all digests right */
	BS_NO_MANIFEST,
	BS_DIFFERS, /* some file is missing, extra or has another digest */
};
struct bundle {
	enum bundle_form form;
	const char *top; /* name of the top folder; "" for a directory */
	struct members members;
	enum bundle_state state;
	char why[300];     /* if not intact: which file, what */
	char decision[32]; /* from the manifest; "" if it is missing there */
};

#endif
