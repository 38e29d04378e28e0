/*
 * Sources side by side: one thread each, one deadline. A new kind of source is one file and one row in
 * collect.c; CONTRIBUTING.md has a whole one in 50 lines.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include "sources/source.h"

const struct source_kind *source_kind_find(const char *name);
/* The part that the rows of a source belong to: as its kind finds out, else as declared. */
const char *source_part(const struct source *, struct arena *);
/* Where a kind finds a source on this machine by itself; NULL: nowhere. */
const char *source_found(const char *kind, struct arena *);

/* Who looks on while sources are read; NULL: nobody. */
struct collect_watch {
	/*
	 * Called by the thread that waits for the sources: whenever one ended, and several times a second. Of a
	 * source that has not ended only what was given and `reading` may be looked at.
	 */
	void (*look)(void *arg, struct source *const *items, const bool *ended, size_t n);
	void *arg;
};

/*
 * Runs all sources (`known`: rows that were read before, which outlive the run, or NULL; full: large tables are read
 * whole), each in its thread, until they ended or the time is over. A source that did not end even then is replaced
 * by NULL in `items`: its memory still belongs to its thread.
 * Returns the signal that interrupted the run, or 0: SIGINT, SIGTERM or SIGHUP, which are blocked meanwhile. At the
 * end the mask of signals is what it was before.
 */
int collect_sources(struct source **items, size_t n, const struct known_rows *known, int64_t timeout_us, bool full,
    const struct collect_watch *watch);

#endif
