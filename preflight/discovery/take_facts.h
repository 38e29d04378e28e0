/* From a command line to facts: from bundles, from live sources, or from both as one snapshot. */
#ifndef TAKE_FACTS_H
#define TAKE_FACTS_H

#include "discovery/options.h"
#include "discovery/read_live.h"
#include "sources/source.h"
#include "facts/merge.h"

struct taken_facts {
	struct members facts;  /* once it is finished */
	struct snapshot *read; /* what they were read as, where they are those of one bundle */
	bool replay;           /* everything is in bundles: nothing is contacted */
	bool hypothetical;     /* a directory of facts that are not as they were collected */
	int signal;            /* that interrupted the reading, or 0 */

	/* Between opening and finishing. */
	struct named_snapshot *bundles;
	struct source *sources; /* to be read live */
	size_t n_bundles, n_sources;
	struct live_limits limits;
};

/*
 * Reads the bundles of --facts; takes from exactly one of them the inputs that are still unset. Then
 * decides what is read live: what is named, and, where no bundle holds a required source, what GitLab's
 * files name, as without --facts; but a bundle of `check` is replayed as it is. A named source that a
 * bundle holds too is refused, a found one is left to the bundle. Contacts nothing.
 */
bool take_facts_open(struct taken_facts *, const struct options *, const struct ruleset *, struct inputs *,
    struct arena *, struct err *) MUST;
/* Reads what is to be read live, and leaves all facts in `facts`, in memory of the arena. */
bool take_facts_finish(
    struct taken_facts *, const struct ruleset *, const struct inputs *, struct arena *, struct err *) MUST;
/* `read`, which is the caller's from now on; NULL: the facts are still to be read. */
struct snapshot *take_facts_read(struct taken_facts *);
void take_facts_drop(struct taken_facts *);

#endif
