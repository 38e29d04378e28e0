/* From a log to what it means: its errors as rows of a snapshot, and the findings of the rules about them. */
#ifndef EXPLAIN_LOG_H
#define EXPLAIN_LOG_H

#include "discovery/options.h"
#include "facts/snapshot.h"
#include "verdict/evaluate.h"

struct explained_log {
	const char *path;   /* as it is shown */
	int64_t changed_at; /* microseconds UTC; 0: not known */
	int64_t lines;      /* 0: not counted */
};

/* One error, with both ways on; a way that leads nowhere has no steps. */
struct explained_error {
	const struct finding *finding;
	const struct remedy *forward, *back;
	size_t n_forward, n_back;
};

struct explanation {
	struct arena *arena;
	struct snapshot *snapshot;
	struct instance *instance;
	struct inputs inputs;
	struct hop hop;           /* the release whose commands are shown */
	const char *version_from; /* how it is known: "given", "instance", "log", "unknown" */
	struct explained_log logs[8];
	size_t n_logs;
	struct explained_error *errors;
	size_t n_errors;
	size_t left_out; /* places of errors that were only counted */
};

/*
 * `log`: a file, "-" for standard input, or NULL for the newest logs of this host (or those of --facts). What can be
 * read of the instance is read, for the words about its present state; what cannot is left out. Returns an exit code;
 * everything but 0 was reported.
 */
int explain_log(struct explanation *, const struct options *, const struct ruleset *, const char *log, struct arena *);
void explanation_drop(struct explanation *);
/* Text for people, and JSON. */
/* What a log error is known by: "" where the finding has no such column. */
const char *explain_evidence(const struct finding *, const char *column);
void explain_print(const struct explanation *, const struct options *);
void explain_print_json(const struct explanation *);

#endif
