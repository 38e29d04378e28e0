/* One reading of an instance: sources side by side, and what came of it as files of facts. */
#ifndef READ_LIVE_H
#define READ_LIVE_H

#include "sources/collect.h"
#include "verdict/inputs.h"

/* How long and how much is read: --timeout and --depth. */
struct live_limits {
	int64_t timeout_us;
	int64_t release_us;      /* of a release, which is a large file on a disk */
	bool full;               /* large tables whole, where else a part is read */
	bool to_next_stop;       /* nothing that matters only beyond the rules' next required stop */
	struct known_rows known; /* of bundles beside this reading */
	const char *command;     /* the command line, recorded with the reading; or NULL */
	/* After this time what the view `work` reads is read again: 0, never. Only with the inputs of a check. */
	int64_t observe_us;
	const struct inputs *inputs;
};
struct options;
bool live_limits_of(const struct options *, struct live_limits *, struct err *) MUST;

struct live_reading {
	struct members facts;   /* facts/TABLE.ndjson, sorted */
	int signal;             /* that interrupted the reading, or 0 */
	bool required_complete; /* every required source was read whole */
	bool asked_complete;    /* the same of those that were to be read at all */
};

/*
 * Reads the sources and fills `facts`, in memory of the arena. Sources of the rule set that are
 * not among `sources` get their row in the table `source` all the same. `installed`: the version
 * that decides which facts are worth asking (a key; 0: unknown, all are).
 */
void read_live(const struct ruleset *, struct source *sources, size_t n, const struct left_outs *skip,
    int64_t installed, struct live_limits, struct arena *, struct live_reading *);

/* Prints what read_live() would send to the sources and open, and contacts nothing. */
void describe_live(const struct ruleset *, const struct source *sources, size_t n, int64_t installed, FILE *);

/* The key of the version that --from names; 0: not given, or not a version. */
int64_t installed_key(const char *from);

#endif
