/*
 * Runs statements inside a read-only transaction, in one round trip where the library can, and cancels them at the
 * deadline. What to run is decided in source_postgres.c.
 */
#include "sources/postgres/pg_query.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define SECOND ((int64_t)1000000)
#define STATEMENT_US (10 * SECOND) /* the server's limit for one statement, as usual */
#define CANCEL_SECONDS 1

void
pg_result_drop(PGresult **r)
{
	PQclear(*r);
}

void
pg_array_add(struct buf *b, const char *s)
{
	buf_add(b, b->len == 0 ? "{" : ",");
	if (s == NULL) {
		buf_add(b, "NULL");
		return;
	}
	buf_addc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

/* ---- Giving up ---- */

/* PQcancel() opens a connection of its own, and blocks: not where our deadline has passed. */
static void *
cancel_thread(void *arg)
{
	PGcancel *c = arg;
	char message[256];

	(void)PQcancel(c, message, sizeof message);
	PQfreeCancel(c);
	return NULL;
}

static void
cancel(PGcancel *c, const struct timespec *until)
{
	pthread_t thread;

	if (c != NULL && pthread_create(&thread, NULL, cancel_thread, c) == 0) {
		if (pthread_timedjoin_np(thread, NULL, until) != 0)
			(void)pthread_detach(thread);
	} else {
		PQfreeCancel(c);
	}
}

/*
 * A server that has the next read already begins it when one is cancelled, and finds the connection closed only when
 * it answers: the second cancellation makes it answer.
 */
void
pg_abandon(struct pg *p)
{
	PGcancel *now = p->conn != NULL ? PQgetCancel(p->conn) : NULL;
	PGcancel *next = p->conn != NULL && p->n_sent > 0 ? PQgetCancel(p->conn) : NULL;
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CANCEL_SECONDS;
	cancel(now, &until);
	pg_close(p);
	cancel(next, &until);
}

static int64_t
statement_us(const struct pg *p)
{
	return p->statement_us > 0 ? p->statement_us : STATEMENT_US;
}

/* The server has its chance to answer first. */
static int64_t
silence_us(const struct pg *p)
{
	return statement_us(p) + SECOND;
}

static bool
not_waited(struct pg *p, enum wait_result w, struct pg_fault *f)
{
	char limit[TIME_TEXT];

	pg_abandon(p);
	f->lost = true;
	if (w != W_TIMEOUT)
		return pg_fail(f, PS_TIMEOUT, "%s while %s", wait_result_text(w), p->doing);
	if (clock_mono_us() >= p->run->deadline_us)
		return pg_fail(f, PS_TIMEOUT, "--timeout expired while %s", p->doing);
	return pg_fail(f, PS_TIMEOUT, "no answer within %s while %s", text_duration(silence_us(p), limit), p->doing);
}

static bool
lost(struct pg *p, const PGresult *r, struct pg_fault *f)
{
	const char *said = r != NULL ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	f->lost = true;
	(void)pg_fail(f, PS_UNREACHABLE, "server closed the connection while %s%s%s", p->doing,
	    said != NULL ? ": " : "", said != NULL ? said : "");
	pg_close(p);
	return false;
}

/* ---- What the server objects to ---- */

/*
 * `error` is a defect of a declaration, so it is left for what no state of an instance explains.
 * The classes are those of the manual's appendix "PostgreSQL Error Codes".
 */
static enum part_status
status_of(const char *state)
{
	static const struct {
		const char *prefix;
		enum part_status status;
	} known[] = {
	    {"42501", PS_DENIED},  /* insufficient_privilege */
	    {"42P01", PS_ABSENT},  /* undefined_table */
	    {"42703", PS_ABSENT},  /* undefined_column */
	    {"3F000", PS_ABSENT},  /* invalid_schema_name */
	    {"40", PS_TIMEOUT},    /* rolled back: a standby must apply what we look at */
	    {"55", PS_TIMEOUT},    /* object not in the right state: locked */
	    {"57", PS_TIMEOUT},    /* cancelled */
	    {"53", PS_UNREADABLE}, /* out of memory, disk or connections */
	    {"58", PS_UNREADABLE}, /* a file of the server cannot be read */
	    {"XX", PS_UNREADABLE}, /* damaged data, or a defect of the server */
	};

	for (size_t i = 0; i < nitems(known); i++)
		if (strncmp(state, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].status;
	return PS_ERROR;
}

static const char *
field(const PGresult *r, int code)
{
	const char *s = PQresultErrorField(r, code);

	return s != NULL ? s : "";
}

static bool
objected(const PGresult *r, int64_t begun, struct pg_fault *f)
{
	const char *state = field(r, PG_DIAG_SQLSTATE), *said = field(r, PG_DIAG_MESSAGE_PRIMARY);
	char waited[TIME_TEXT];

	if (strcmp(state, "55P03") == 0)
		return pg_fail(f, PS_TIMEOUT, "table is locked by another session (waited 0.5 s)");
	if (strcmp(state, "57014") == 0)
		return pg_fail(f, PS_TIMEOUT, "%s (after %s)", said, text_duration(clock_mono_us() - begun, waited));
	/* The same state as for a missing GRANT; the function is the server's own name for it. */
	if (strcmp(field(r, PG_DIAG_SOURCE_FUNCTION), "check_enable_rls") == 0)
		return pg_fail(f, PS_DENIED,
		    "row-level security would hide rows from us: the owner "
		    "of the table, or a role with BYPASSRLS, reads all of them (%s)",
		    said);
	f->not_granted = strcmp(state, "42501") == 0;
	return pg_fail(f, status_of(state), "%s", said[0] != '\0' ? said : PQresultErrorMessage(r));
}

/* ---- Statements ---- */

/* Until the next result can be taken without blocking. */
static enum wait_result
await_result(struct pg *p, int64_t until)
{
	for (;;) {
		int unsent = PQflush(p->conn);
		enum wait_result w;

		if (unsent < 0 && PQstatus(p->conn) != CONNECTION_BAD)
			return W_FAILED;
		if ((unsent == 0 && !PQisBusy(p->conn)) || PQstatus(p->conn) == CONNECTION_BAD)
			return W_READY; /* of a closed one, the result says so */
		w = run_wait(p->run, PQsocket(p->conn), (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN), until);
		if (w != W_READY)
			return w;
		/* Without memory for what arrived the socket stays readable: nobody would wait any more. */
		if (PQconsumeInput(p->conn) != 1 && PQstatus(p->conn) != CONNECTION_BAD)
			return W_FAILED;
	}
}

static int64_t
bytes_of(const PGresult *r)
{
	int64_t n = 0;

	for (int row = 0; row < PQntuples(r); row++)
		for (int c = 0; c < PQnfields(r); c++)
			n += PQgetlength(r, row, c);
	return n;
}

/* Hands them to the connection. Without pipelining in the library it takes one at a time. */
static bool
send_steps(struct pg *p, const struct pg_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p->source->requests++;
		p->source->bytes += (int64_t)strlen(steps[i].sql);
		if (PQsendQueryParams(p->conn, steps[i].sql, steps[i].n, NULL, steps[i].params, NULL, NULL, 0) != 1)
			return false;
	}
#ifdef PG_PIPELINING
	return PQpipelineSync(p->conn) == 1;
#else
	return true;
#endif
}

static bool
next_result(struct pg *p, PGresult **out, struct pg_fault *f)
{
	enum wait_result w = await_result(p, clock_mono_us() + silence_us(p));

	if (w != W_READY)
		return not_waited(p, w, f);
	*out = PQgetResult(p->conn);
	return true;
}

/* Of one statement: the first says what happened; what follows is its end. */
static bool
take_result(struct pg *p, PGresult **out, struct pg_fault *f)
{
	PGresult *next = NULL;

	*out = NULL;
	do {
		if (!next_result(p, &next, f))
			return false;
		if (*out == NULL)
			*out = next;
		else
			PQclear(next);
	} while (next != NULL);
	return true;
}

/* What ends the statements that were sent together; `failed` is the first that did, or NULL. */
static bool
take_end(struct pg *p, const PGresult *failed, struct pg_fault *f)
{
#ifdef PG_PIPELINING
	CLEANUP(pg_result_drop) PGresult *r = NULL;

	return next_result(p, &r, f) &&
	    (PQresultStatus(r) == PGRES_PIPELINE_SYNC || lost(p, failed != NULL ? failed : r, f));
#else
	(void)p;
	(void)failed;
	(void)f;
	return true;
#endif
}

static bool
is_failure(const PGresult *r)
{
	return PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_SINGLE_TUPLE;
}

/* `failed` is the first that did, if any. */
static bool
take_each(struct pg *p, struct pg_step *steps, size_t n, const PGresult **failed, struct pg_fault *f)
{
	for (size_t i = 0; i < n; i++) {
		PGresult **r = &steps[i].result;

		if (!take_result(p, r, f))
			return false;
		if (*failed == NULL && is_failure(*r))
			*failed = *r;
		if (PQstatus(p->conn) == CONNECTION_BAD || *r == NULL)
			return lost(p, *failed, f);
		p->source->bytes += bytes_of(*r);
	}
	return true;
}

static bool
take_steps(struct pg *p, struct pg_step *steps, size_t n, struct pg_fault *f)
{
	int64_t begun = clock_mono_us();
	const PGresult *failed = NULL;

	return take_each(p, steps, n, &failed, f) && take_end(p, failed, f) &&
	    (failed == NULL || objected(failed, begun, f));
}

/* ---- Transactions ---- */

/*
 * Names are written with their schema because the role's own search_path still holds while this is
 * parsed. pg_temp comes last: behind a pooler the session may have tables of another client.
 * cursor_tuple_fraction: we always read to the end.
 */
const char pg_settings[] = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),"
			   " pg_catalog.set_config('statement_timeout', $1, true),"
			   " pg_catalog.set_config('lock_timeout', '500ms', true),"
			   " pg_catalog.set_config('idle_in_transaction_session_timeout', '30s', true),"
			   " pg_catalog.set_config('row_security', 'off', true),"
			   " pg_catalog.set_config('client_encoding', 'UTF8', true),"
			   " pg_catalog.set_config('timezone', 'UTC', true),"
			   " pg_catalog.set_config('datestyle', 'ISO, YMD', true),"
			   " pg_catalog.set_config('intervalstyle', 'iso_8601', true),"
			   " pg_catalog.set_config('extra_float_digits', '3', true),"
			   " pg_catalog.set_config('bytea_output', 'hex', true),"
			   " pg_catalog.set_config('max_parallel_workers_per_gather', '0', true),"
			   " pg_catalog.set_config('jit', 'off', true),"
			   " pg_catalog.set_config('cursor_tuple_fraction', '1', true),"
			   " pg_catalog.current_setting('transaction_read_only'),"
			   " pg_catalog.current_setting('transaction_isolation'),"
			   " (extract(epoch FROM pg_catalog.clock_timestamp())"
			   " OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8";

static void
set_timeout(const struct pg *p, char timeout[32])
{
	int64_t left = p->run->deadline_us - clock_mono_us();

	left = left < statement_us(p) ? left : statement_us(p);
	(void)snprintf(timeout, 32, "%lldms", left > 1000 ? (long long)(left / 1000) : 1);
}

/* Whether the transaction is what it must be, by the result of pg_settings, and by what else shows that it is open. */
static bool
has_begun(const PGresult *r, bool open, struct pg_fault *f)
{
	int last = PQnfields(r) - 1;

	if (!open || PQntuples(r) != 1 || strcmp(PQgetvalue(r, 0, last - 2), "on") != 0 ||
	    strcmp(PQgetvalue(r, 0, last - 1), "repeatable read") != 0)
		return pg_fail(f, PS_ERROR, "the server did not begin a read-only transaction");
	return true;
}

/* Also where a later statement failed. */
static void
take_clock(struct pg *p, const PGresult *settings)
{
	if (PQntuples(settings) == 1)
		p->read_at = strtoll(PQgetvalue(settings, 0, PQnfields(settings) - 1), NULL, 10);
}

/* The answer to the last ROLLBACK. The state of the connection is of no use here: the next statements are on their way. */
static bool
take_rollback(struct pg *p, struct pg_fault *f)
{
	struct pg_step end = {.sql = PG_ROLLBACK};
	bool ok, ended;

	if (!p->ends)
		return true;
	p->ends = false;
	ok = take_steps(p, &end, 1, f);
	ended = ok && strcmp(PQcmdStatus(end.result), PG_ROLLBACK) == 0;
	PQclear(end.result);
	if (f->lost || ended)
		return ended;
	f->lost = true;
	pg_close(p);
	return ok ? pg_fail(f, PS_ERROR, "the transaction did not end") : false;
}

static bool
send_and_take(struct pg *p, struct pg_step *steps, size_t n, struct pg_fault *f)
{
#ifdef PG_PIPELINING
	return (send_steps(p, steps, n) || lost(p, NULL, f)) && take_rollback(p, f) && take_steps(p, steps, n, f);
#else
	bool ok = take_rollback(p, f);

	for (size_t i = 0; i < n && ok; i++)
		ok = (send_steps(p, &steps[i], 1) || lost(p, NULL, f)) && take_steps(p, &steps[i], 1, f);
	return ok;
#endif
}

void
pg_begin(struct pg *p, struct pg_fault *f)
{
	*f = (struct pg_fault){0};
	p->begins = true;
	p->read_at = 0;
}

bool
pg_run(struct pg *p, struct pg_step *steps, size_t n, struct pg_fault *f)
{
	char timeout[32];
	const char *params[] = {timeout};
	struct pg_step all[2 + PG_STEPS_MAX] = {{.sql = PG_BEGIN}, {.sql = pg_settings, .params = params, .n = 1}};
	size_t first = p->begins ? 2 : 0;
	bool ok;

	assert(n <= PG_STEPS_MAX && p->n_sent == 0);
	set_timeout(p, timeout);
	memcpy(all + first, steps, n * sizeof *steps);
	ok = send_and_take(p, all, first + n, f);
	p->begins = false;
	if (first > 0)
		take_clock(p, all[1].result);
	ok = ok && (first == 0 || has_begun(all[1].result, PQtransactionStatus(p->conn) == PQTRANS_INTRANS, f));
	for (size_t i = 0; i < first + n; i++)
		if (!ok || i < first) {
			PQclear(all[i].result);
			all[i].result = NULL;
		}
	for (size_t i = 0; i < n; i++)
		steps[i].result = all[first + i].result;
	return ok;
}

bool
pg_exec(struct pg *p, const char *sql, const char *const *params, int n, PGresult **out, struct pg_fault *f)
{
	struct pg_step step = {.sql = sql, .params = params, .n = n};
	bool ok = pg_run(p, &step, 1, f);

	*out = step.result;
	return ok;
}

bool
pg_rollback(struct pg *p, struct pg_fault *f)
{
	const struct pg_step end = {.sql = PG_ROLLBACK};

	if (p->conn == NULL || p->begins) {
		p->begins = false;
		return true;
	}
	if (!send_steps(p, &end, 1))
		return lost(p, NULL, f);
	p->ends = true;
	return true;
}

/* ---- Reads ---- */

/* The statement whose rows arrive, from the first to the last; after a fault of `take` they are left out. */
struct fetch {
	pg_take_fn *take;
	void *arg;
	struct pg_fault fault;
	bool refused;
	PGresult *failure; /* the server's, or NULL; a second one only says that the connection was closed then */
};

static void
take_some(struct pg *p, struct fetch *t, PGresult *r)
{
	p->source->bytes += bytes_of(r);
	if (is_failure(r) && t->failure == NULL) {
		t->failure = r;
		return;
	}
	t->refused = t->refused || (!is_failure(r) && !t->take(t->arg, r, &t->fault));
	PQclear(r);
}

/* One row at a time, so that no more than that is in memory. */
static bool
take_rows(struct pg *p, struct fetch *t, struct pg_fault *f)
{
	PGresult *r = NULL;

	(void)PQsetSingleRowMode(p->conn); /* where the library cannot, all rows arrive at once */
	do {
		if (!next_result(p, &r, f))
			return false;
		if (r != NULL)
			take_some(p, t, r);
	} while (r != NULL);
	return PQstatus(p->conn) != CONNECTION_BAD || lost(p, t->failure, f);
}

static bool
has_read(const struct fetch *t, const PGresult *failed, int64_t begun, struct pg_fault *f)
{
	if (failed != NULL)
		return objected(failed, begun, f);
	if (t->refused)
		*f = t->fault;
	return !t->refused;
}

#ifdef PG_PIPELINING
bool
pg_send_read(struct pg *p, const char *declare, struct pg_fault *f)
{
	char timeout[32];
	const char *params[] = {timeout};
	const struct pg_step steps[] = {
	    {.sql = PG_BEGIN}, {.sql = pg_settings, .params = params, .n = 1}, {.sql = declare}, {.sql = PG_FETCH}};
	const struct pg_step end = {.sql = PG_ROLLBACK}; /* by itself: it must run after a failure, too */

	assert(p->n_sent < PG_AHEAD);
	*f = (struct pg_fault){0};
	set_timeout(p, timeout);
	if (!send_steps(p, steps, nitems(steps)) || !send_steps(p, &end, 1))
		return lost(p, NULL, f);
	p->n_sent++;
	return true;
}

/*
 * The state of the connection is of no use while more is on its way. But a cursor without HOLD is refused outside a
 * transaction, and ends with it: where both are answered, and then FETCH, all were in the same one.
 */
static bool
is_open(const struct pg_step begin[3])
{
	return strcmp(PQcmdStatus(begin[0].result), "BEGIN") == 0 &&
	    strcmp(PQcmdStatus(begin[2].result), "DECLARE CURSOR") == 0;
}

bool
pg_take_read(struct pg *p, pg_take_fn *take, void *arg, struct pg_fault *f)
{
	struct pg_step begin[3] = {{0}}; /* BEGIN, the settings, DECLARE */
	struct fetch t = {.take = take, .arg = arg};
	const PGresult *failed = NULL;
	int64_t begun = clock_mono_us();
	bool ok;

	*f = (struct pg_fault){0};
	p->read_at = 0;
	p->n_sent--;
	ok = take_rollback(p, f) && take_each(p, begin, nitems(begin), &failed, f);
	if (ok)
		take_clock(p, begin[1].result);
	ok = ok && take_rows(p, &t, f);
	failed = failed != NULL ? failed : t.failure;
	ok = ok && take_end(p, failed, f);
	p->ends = p->conn != NULL; /* its ROLLBACK was sent with it */
	ok = ok && has_read(&t, failed, begun, f) && has_begun(begin[1].result, is_open(begin), f);
	for (size_t i = 0; i < nitems(begin); i++)
		PQclear(begin[i].result);
	PQclear(t.failure);
	return ok;
}
#else
bool
pg_send_read(struct pg *p, const char *declare, struct pg_fault *f)
{
	assert(p->n_sent < PG_AHEAD);
	*f = (struct pg_fault){0};
	p->sent = declare;
	p->n_sent++;
	return true;
}

bool
pg_take_read(struct pg *p, pg_take_fn *take, void *arg, struct pg_fault *f)
{
	struct pg_step declare = {.sql = p->sent};
	const struct pg_step rows = {.sql = PG_FETCH};
	struct fetch t = {.take = take, .arg = arg};
	int64_t begun = clock_mono_us();
	struct pg_fault end = {0};
	bool ok;

	p->n_sent--;
	pg_begin(p, f);
	ok = pg_run(p, &declare, 1, f) && (send_steps(p, &rows, 1) || lost(p, NULL, f)) && take_rows(p, &t, f) &&
	    has_read(&t, t.failure, begun, f);
	PQclear(declare.result);
	PQclear(t.failure);
	if (f->lost || pg_rollback(p, &end))
		return ok;
	*f = end;
	return false;
}
#endif
