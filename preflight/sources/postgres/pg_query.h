/*
 * Statements and transactions. Only the extended protocol is used: the server itself refuses more
 * than one statement, whatever a declaration says. Nothing is changed for longer than a
 * transaction, so that a pooler can hand the session to another client afterwards.
 */
#ifndef PG_QUERY_H
#define PG_QUERY_H

#include "sources/postgres/pg_connect.h"

void pg_result_drop(PGresult **); /* for CLEANUP */
/* One element of an array in PostgreSQL's text form, which the caller closes; NULL: the null element. */
void pg_array_add(struct buf *, const char *element);

/* A statement with text parameters, and its result. */
struct pg_step {
	const char *sql;
	const char *const *params;
	int n;
	PGresult *result; /* the caller's; NULL where it, or one before it, failed */
};
/*
 * Runs statements in one round trip; after one that fails the server runs none of them. False: the fault says why the
 * first failed; if it says `lost`, the statement was cancelled if need be and the connection is closed.
 */
#define PG_STEPS_MAX 2
bool pg_run(struct pg *, struct pg_step *, size_t n, struct pg_fault *) MUST;
/* Runs one. */
bool pg_exec(struct pg *, const char *sql, const char *const *params, int n, PGresult **out, struct pg_fault *) MUST;
#define PG_BEGIN "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define PG_ROLLBACK "ROLLBACK"
extern const char pg_settings[]; /* what every transaction sets for itself; $1: a time limit */
/*
 * The next statement begins a read-only transaction with one snapshot and with everything set that results depend on,
 * in the same round trip; its results count only if it is one. It sets `read_at`.
 */
void pg_begin(struct pg *, struct pg_fault *);
/*
 * Ends it, always by ROLLBACK, and does not wait for the answer: the next statement does. Nothing to do if the
 * connection is gone.
 */
bool pg_rollback(struct pg *, struct pg_fault *) MUST;
/*
 * A read is one cursor, read to its end in a read-only transaction of its own; one that fails touches no other. `declare`
 * is PG_DECLARE and a SELECT, and lives until the read is taken. Up to PG_AHEAD may be sent before the first is taken, so
 * that none of them waits for the network; until all are taken, no other statement may be sent.
 */
#define PG_DECLARE "DECLARE pf NO SCROLL CURSOR FOR "
#define PG_FETCH "FETCH ALL FROM pf"
bool pg_send_read(struct pg *, const char *declare, struct pg_fault *) MUST;
/*
 * Takes the oldest one: `take` gets the rows as they arrive, and after it failed no more. Its rows count only if all
 * ends well: the transaction was what it must be, too. It sets `read_at`.
 */
typedef bool pg_take_fn(void *arg, const PGresult *, struct pg_fault *);
bool pg_take_read(struct pg *, pg_take_fn *take, void *arg, struct pg_fault *) MUST;
/* Tells the server to stop what it is doing for us, then closes. Takes a second at most. */
void pg_abandon(struct pg *);

#endif
