/*
 * What a GitLab release contains about its own upgrade, out of a Debian package, an RPM, a container image or a
 * directory, read once from beginning to end. Nothing is written to disk, and nothing is interpreted beyond names
 * and versions.
 */
#ifndef RELEASE_TREE_H
#define RELEASE_TREE_H

#include "sources/source.h"

struct release_file {
	/*
	 * Below the Rails root: "db/structure.sql". Or "@control/control" and "@control/preinst" (.deb and RPM; an
	 * RPM's header as the lines of a Debian control file), "@version-manifest.json", "@deprecations.rb".
	 */
	const char *path;
	const char *data; /* ends in NUL; valid during the call; of db/schema_migrations/ nothing but the names */
	size_t len;
};

/* Whether a file with this path below the Rails root is read at all. */
bool release_wants(const char *path);

/* Called once for each file that is there. False ends the reading; the error is then set. */
typedef bool release_take(void *arg, const struct release_file *, struct err *);

struct release_artefact {
	/* Set by the caller, or NULL: called about once for each MiB, with the bytes read and the size or 0. */
	void (*progress)(void *arg, int64_t done, int64_t size);
	void *progress_arg;
	/* Filled, in memory of the arena; "" where not known yet. */
	const char *kind;    /* deb, rpm, image, directory */
	const char *package; /* "gitlab-ee"; "" for an image or a directory */
	const char *version; /* "19.5.3", "18.9.0-pre" */
	const char *edition; /* "ee" or "ce" */
	char digest[65];     /* SHA-256 of the file; of a directory: of the names and contents that were read */
	bool complete;       /* read to the end: what is not there is not in the release */
};

/*
 * Reads the artefact at `path` and gives each wanted file to `take` once: of an image what its layers together leave.
 * The order is the artefact's, but "@control/..." comes first, and with it `package` and `version` of `out` are set,
 * so that `take` can refuse a release within milliseconds. Stops at the deadline of the run and when it is interrupted.
 * False: it is no GitLab release, is cut, damaged or unsafe, or `take` refused it; whatever was taken does not count.
 */
bool release_read(struct arena *a, const char *path, const struct run *run, release_take *take, void *arg,
    struct release_artefact *out, struct err *e) MUST;

#endif
