/* One connection to PostgreSQL: how it is made, how it is shown, how it ends. */
#ifndef PG_CONNECT_H
#define PG_CONNECT_H

#include <libpq-fe.h>

#include "sources/source.h"

/* What went wrong, in the words of a part or of a source. */
struct pg_fault {
	enum part_status status;
	char reason[300];
	bool lost;        /* the connection is gone, and with it all that is still unread */
	bool not_granted; /* a GRANT would clear it */
};
/* Always false. */
bool pg_fail(struct pg_fault *, enum part_status, const char *, ...) PRINTF(3, 4);

/* libpq before 14 takes one statement at a time; a test builds the program as if any did (NO_PIPELINING). */
#if defined LIBPQ_HAS_PIPELINING && !defined NO_PIPELINING
#define PG_PIPELINING
#endif

/* Reads that the server has at once: one that it works at, the others wait there. */
#ifdef PG_PIPELINING
#define PG_AHEAD 3
#else
#define PG_AHEAD 1
#endif

struct pg {
	const struct run *run;
	struct source *source; /* its counters, `shown`, `version` and `tls` are filled here */
	PGconn *conn;          /* NULL: not open */
	int64_t statement_us;  /* the most that one statement may take; 0: as usual */
	bool begins;           /* a transaction begins with the next statement */
	bool ends;             /* its end was sent, and not yet answered */
	size_t n_sent;         /* reads that were sent, and not yet taken */
	const char *sent;      /* the one, where the library has no pipelining */
	int64_t read_at;       /* the server's clock when it began */
	const char *doing;     /* "reading features": for the text of a fault */
	char database[64];     /* as the server names it; like the role, set after pg_open */
	char role[130];        /* ready to be used in a GRANT */
};

/*
 * Connects within 5 s (or connect_timeout, where one is given), through run_wait only. A TCP host
 * that is not this machine is verify-full unless sslmode is set.
 */
bool pg_open(struct pg *, struct pg_fault *) MUST;
/* Cancels nothing: that is pg_abandon's (pg_query.h). */
void pg_close(struct pg *);

#endif
