/*
 * One source and what its kind may call while it reads. A source fills its private rows and never
 * touches SQLite, the terminal or another source.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <pthread.h>
#include <stdio.h>

#include "facts/rows.h"

/* What all threads share; read-only for them. */
struct run {
	int64_t deadline_us; /* monotonic */
	int stop_fd;         /* readable once the run was interrupted */
	bool full;           /* large tables are read whole, not in part */
};

enum wait_result { W_READY, W_TIMEOUT, W_INTERRUPTED, W_FAILED };
/*
 * Waits until fd is ready (POLLIN, POLLOUT), `until_us` (monotonic; 0: the run's deadline) or the
 * run's deadline passes, or the run is interrupted. The one place where collection waits.
 */
enum wait_result run_wait(const struct run *, int fd, short events, int64_t until_us);
/* The text for anything but W_READY: "no answer within 10 s" is the caller's to add. */
const char *wait_result_text(enum wait_result);

/* One endpoint and what came of it. */
struct source {
	const char *id;            /* "postgres:main" */
	const char *kind;          /* "postgres" */
	const char *part;          /* "main": the part its rows belong to */
	bool discovered;           /* GitLab's own files or settings name it, and no person */
	const char *origin_text;   /* "--postgres", "shop.yml:3", "/.../database.yml" */
	const char *endpoint;      /* as given: conninfo, URL, directory; never with a secret */
	const char *password_file; /* or NULL */
	const char *password_env;  /* name of the environment variable, or NULL */
	const char *sentinel_password_file, *sentinel_password_env; /* the same, of Redis Sentinels */
	/* That GitLab's own files hold: never shown, never stored; or NULL. */
	const char *password, *sentinel_password;
	int64_t installed;    /* version of GitLab (a key), where the operator gave it; 0: not known */
	int64_t limit_us;     /* its own time limit; 0: that of the run */
	const int64_t *stops; /* nothing is read that matters only beyond the next of them */
	size_t n_stops;
	unsigned acts_as;               /* user id for the connection; 0: our own */
	const char *fault;              /* why it cannot be contacted at all; or NULL */
	const struct http_login *login; /* for sources over HTTP, or NULL */
	struct rows **rows;             /* made by collect.c: one per fact table of this kind and part */
	size_t n_rows;

	/* filled by the source */
	struct arena *arena;
	bool withdrawn;          /* this instance has no such store: it was not contacted */
	enum part_status status; /* complete: all its rows are */
	char reason[300];
	char shown[200];               /* endpoint as people read it: "PostgreSQL on socket /run/..." */
	char version[64];              /* of the server: "15.18" */
	char tls[32];                  /* unix_socket, plaintext, verify-full, ... ; empty: unknown */
	char privilege[64];            /* "superuser", "owner of ...", "restricted"; empty: unknown */
	char identity[200];            /* equal for two sources: the same store, read it once */
	_Atomic(const char *) reading; /* the table that it reads now; NULL: it is not that far. Of the rule set. */
	int64_t started_at;            /* wall clock */
	int64_t duration_us, requests, bytes;
	_Atomic int64_t done, size; /* bytes of a large file, while it is read; size 0: not known */
};

/* Rows that were read before this run: out of bundles. */
struct known_rows {
	const struct rows *const *items;
	size_t n;
};

/* All sources of a run. Kinds call the functions below; only collect.c looks inside. */
struct sources {
	struct source **items;
	size_t n;
	bool *settled; /* its identity is known, or will never be */
	bool *ended;
	size_t *told;       /* so many of its tables are read */
	pthread_t *threads; /* of the sources that were started */
	bool *started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int done_fd; /* counts the sources that ended */
	struct known_rows known;
	int64_t begun_us; /* monotonic */
	struct run run;
};

struct reader {                     /* a compiled-in table of a kind that is not SQL */
	const char *name;           /* `from:` in the declaration */
	const char *const *columns; /* that a declaration may name, NULL-terminated */
	const char *const *params;  /* allowed keys of `params:`, NULL-terminated; or NULL */
};

struct source_kind {
	const char *name;             /* the word in rule files */
	const char *part_column;      /* database, instance, node */
	const struct reader *readers; /* ended by a name of NULL; or NULL */
	/*
	 * Reads every struct rows of the source. Never fails: what could not be read is recorded in
	 * the status of the rows and of the source. Ends all of its rows.
	 */
	void (*collect)(const struct run *, struct sources *, struct source *);
	/* Prints all that `collect` would send or open for the source's rows, without doing any of it. */
	void (*describe)(const struct source *, FILE *);
	/*
	 * Whose the rows of a source are. A kind that sets this has as many parts as a snapshot contains: the
	 * nodes of an instance. NULL: its parts are the declared ones.
	 */
	const char *(*part)(const struct source *, struct arena *);
	/*
	 * The endpoint of the source on this machine, or NULL: there is none. Called for each declared
	 * source of the kind, unless --no-discover is given. NULL: options or GitLab's files name the
	 * endpoints of this kind, see discovery/name_sources.c.
	 */
	const char *(*find)(struct arena *);
	bool sql;                /* facts are SQL, unless they name a reader */
	const char *over_reader; /* the one that takes the rows of a data table (`over:`), or NULL */
	/* What is wrong with these rows, or NULL. */
	const char *(*over_fault)(const struct rows *over, struct arena *);
	/*
	 * The relations that are read for these rows, with their schema; one may be there twice. `but`: rows of the
	 * same table that need none, or NULL.
	 */
	void (*over_relations)(const struct rows *over, const struct rows *but, struct arena *, struct texts *out);
};

/*
 * Records the identity of this source, and finds whether an earlier source (in the order of the
 * run) is the same store. Waits for the earlier ones of its kind. Returns the id, or NULL.
 */
const char *sources_same_store(struct sources *, struct source *, const struct run *);

/* Records that the first `n` tables of this source are read and will not change any more. */
void sources_tell(struct sources *, struct source *, size_t n);
/*
 * A table that another source reads, once it is read; waits for it until the run's deadline. `part`
 * NULL: of any part. Known rows first. NULL: no source of this run reads it, or not in time. What is needed of it is
 * copied at once.
 */
const struct rows *sources_await(struct sources *, const struct run *, const char *table, const char *part);
/*
 * Whether the facts that this one of the source comes after were read; waits for them as long as they may take, and
 * the deadline in `run`, which is the source's own, moves as much. ABSENT: nobody reads them; COMPLETE; else why they
 * could not be read, with the table in *what.
 */
enum part_status
sources_await_before(struct sources *, struct source *, struct run *, const struct fact *, const char **what) MUST;
/* Source `i` ended, or at least its identity is settled; wakes whoever waits for it. */
void sources_settle(struct sources *, size_t i, bool ended);

/* Sets every row of the source that is still not_collected, and the source, to this status. */
void source_end_all(struct source *, enum part_status, const char *reason, ...) PRINTF(3, 4);

#endif
