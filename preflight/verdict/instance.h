/*
 * The snapshot as rules see it: which part of which table is known, which is known to be empty,
 * which does not exist here, which was not requested, and which is unknown; and the database that
 * holds the known rows. A table of which nothing is known does not exist in it. Views, and tables that need no room
 * that facts might need, are made when a statement reads them.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "verdict/inputs.h"
#include "facts/snapshot.h"
#include "facts/sqldb.h"

enum part_state {
	PART_READ,
	PART_EMPTY,          /* absent, and that means "no rows" in this version */
	PART_NOT_APPLICABLE, /* a conditional source that this instance does not have */
	PART_SKIPPED,        /* optional and not requested, or left out on purpose */
	PART_NOT_ASKED,      /* not worth asking in this version; unknown to a rule that needs it */
	PART_UNKNOWN,
};

struct part {
	const struct fact *fact;
	const char *name; /* main, queues, gitlab-rails-1 */
	const char *key;  /* the same in keys, where the only node of an instance has no name of its own */
	struct source_state *source;
	enum part_state state;
	enum part_status status;
	const char *reason;      /* clean, never NULL */
	const struct rows *rows; /* or NULL */
	bool matters;            /* some rule of a hop that was asked about may read it */
	bool decides;            /* and may block because of its rows, or because it is unknown */
};

/* What the run requested of a source, from the fact table `source`. */
struct source_state {
	const struct source_decl *decl;
	const char *node;         /* whose files; "" where the kind has no nodes, or none was read */
	bool one_of_many;         /* there are several nodes */
	const char *name, *title; /* of the declaration, and of the node where there are several: host/rails-2 */
	bool requested;
	bool needed;         /* required, or its condition holds or cannot be read, or --require */
	bool undecided;      /* needed only because its condition cannot be read */
	bool excluded;       /* --without */
	bool complete;       /* every part of it that matters is read or rightly empty */
	const char *foreign; /* why it is not the store of this GitLab: its facts count as absent; or NULL */
	enum part_status status;
	const char *reason, *endpoint, *version, *origin, *tls, *privilege, *excluded_why;
	int64_t started_at, duration_us; /* of the reading; 0: there was none */
};

struct instance {
	struct arena *arena;
	const struct ruleset *set;
	const struct snapshot *snapshot;
	const struct inputs *inputs;
	struct sqldb *db;
	int64_t now, finished_at; /* of the run: its first and last moment */
	int64_t newest;           /* when the source that was read last began to be: what rules take as now */
	bool interrupted;
	const char *operator_name, *host, *command; /* of the run; "" where not recorded */
	struct part *parts;
	size_t n_parts;
	bool reversed; /* rows are inserted in reverse order */
	/* Tables and views that the database gets when a statement reads them; by their number in the set. */
	struct making {
		enum making_state { MK_NONE, MK_PENDING, MK_MADE, MK_BROKEN } * facts, *views, *tables;
	} making;
	const char **view_faults;     /* for each view of the set why its rows could not be made, or NULL */
	struct source_state *sources; /* in the order of the rule set, and of their nodes */
	size_t n_sources;
	/* The sources of the installed version. */
	bool has_version;
	int64_t version;
	const char *version_given;                             /* as given with --from, or NULL */
	const char *package, *reconfigured, *schema, *serving; /* texts, or "" */
	const char *edition;                                   /* ee, ce, unknown */
	const char *install_method;                            /* by name; "unknown" */
};

/* Of `rules test`: rows in reverse order; no controls; only what one rule can reach (all zero: everything). */
struct instance_options {
	bool reversed;
	bool no_controls; /* a test gives a few tables: what is not in them proves nothing */
	struct reach reach;
};

struct instance *instance_new(struct arena *, const struct ruleset *, const struct snapshot *, const struct inputs *,
    const struct instance_options *, struct err *) MUST;
/* Gives the database back once all is decided; no statement can be evaluated from then on. */
void instance_close(struct instance *);
void instance_free(struct instance *);
void instance_drop(struct instance **);
/*
 * Puts the hop and the path before the rules: tables `hop` and `path_step`. What no rule of this hop
 * can reach does not count against its source: a release that never had a table lacks nothing.
 */
bool instance_set_hop(struct instance *, int64_t from, int64_t to, const struct rows *path_steps, struct err *) MUST;
/* Makes the tables and views of this reach that wait for a statement: all at once is faster than one by one. */
void instance_make(const struct instance *, const struct reach *);
/*
 * A part that matters and is not known. One that only warnings and notices read, and that took too long, is
 * their unknown and no more: its store was read.
 */
bool part_is_missing(const struct part *);
/*
 * What is told of a source that is not complete: its status and the reason, those of the first part of it that is
 * missing (also returned; NULL: it was not read at all). A database that was recognised and lacks a table is
 * unreadable, so that absent always means another store.
 */
const struct part *
source_fault(const struct instance *, const struct source_state *, enum part_status *status, const char **reason);
/* Whether a statement that reads the part lacks it; only this call reports one that was not requested. */
bool part_is_unknown(const struct part *);
/* The source of this id, or of its nodes the first. */
struct source_state *instance_source(const struct instance *, const char *id);

/* The family of the operating system, as the view upgrade_os has it; "unknown". */
const char *instance_os(const struct instance *);

enum yes_no_unknown { YNU_NO, YNU_YES, YNU_UNKNOWN };
/* Columns of the row that decided a condition; NULL where it has none of that name. */
struct condition_answer {
	const char *reason, *database;
};
/*
 * Whether a condition over facts returns a row; or, if it has a column `decision` (needed, not_needed,
 * unknown), what that says. It is `no` only if every table that it needs is known whole.
 */
enum yes_no_unknown
instance_condition(const struct instance *, const struct sql *, const struct fact_refs *, struct condition_answer *);

#endif
