/*
 * The collected data: for each fact table and part (database, instance, node) its rows and how the
 * reading ended. Rows are typed where they enter (rows_add, the only door); live collection,
 * replay and rule tests all come through it.
 */
#ifndef ROWS_H
#define ROWS_H

#include "facts/fact.h"

enum part_status {
	PS_COMPLETE,
	PS_ABSENT, /* relation, column or index is not there */
	PS_DENIED, /* our role may not, or row security would hide rows */
	PS_TIMEOUT,
	PS_UNREACHABLE,
	PS_TLS_FAILED,
	PS_TRUNCATED, /* more rows or longer cells than the declaration allows */
	PS_STALE,
	PS_UNREADABLE,     /* an answer that makes no sense: wrong type of key, broken payload */
	PS_NOT_CONFIGURED, /* its address is configured nowhere */
	PS_NOT_COLLECTED,  /* not requested */
	PS_DISABLED,       /* left out on purpose: --without */
	PS_ERROR,          /* an internal error, or a wrong rule pack */
};
#define PS_N (PS_ERROR + 1)
extern const char *const part_status_word[PS_N]; /* "complete", "absent", ... */
/* The status that a word names; false: none, or no word. */
bool part_status_of(const char *word, enum part_status *);

enum cell_kind { CELL_NULL, CELL_INT, CELL_TEXT };
struct cell {
	enum cell_kind kind;
	union {
		int64_t i;     /* integer, microseconds UTC, 0/1, version key */
		const char *s; /* text: clean UTF-8 once it is in a `rows` */
	};
};
#define CELL_MAX 65536                      /* bytes of one text cell */
#define ROWS_MAX 200000                     /* rows of a part, where its declaration does not say less or more */
#define PART_MAX ((size_t)64 * 1024 * 1024) /* bytes of text of one part */

static inline struct cell
cell_int(int64_t i)
{
	return (struct cell){.kind = CELL_INT, .i = i};
}

/* NULL: a NULL cell. */
static inline struct cell
cell_text(const char *s)
{
	return (struct cell){.kind = s != NULL ? CELL_TEXT : CELL_NULL, .s = s};
}

/* Microseconds; 0, which no source gives: a NULL cell. */
static inline struct cell
cell_time(int64_t us)
{
	return us != 0 ? cell_int(us) : (struct cell){.kind = CELL_NULL};
}

/* One part of one fact table. Belongs to one thread until it is merged into the snapshot. */
struct rows {
	struct arena *arena;
	const struct fact *fact;
	const char *part; /* main, ci, queues, local */
	enum part_status status;
	char reason[300];    /* clean, one line; empty if complete */
	struct cell **items; /* n rows of fact->n_columns cells */
	size_t n, cap;
	size_t bytes;         /* of text */
	const char **missing; /* declared columns that this GitLab does not have */
	size_t n_missing;
	int64_t read_at; /* clock of the source, microseconds UTC; 0: not read */
	int64_t duration_us;
	size_t left_out;      /* rows with a text that is longer than CELL_MAX */
	const char *too_long; /* the column of the first of them */
};

struct rows *rows_new(const struct fact *, const char *part); /* status: not_collected */
void rows_free(struct rows *);
/*
 * The door. Takes fact->n_columns cells and copies them. Text is cleaned; integer columns take
 * only integers, and so on. False: the value does not fit the declaration, with the reason in `e`; the
 * caller then calls rows_end(PS_ERROR). More rows than max_rows: returns false with
 * `status` already set to PS_TRUNCATED. A row with a text longer than CELL_MAX is left out; that is no error, but
 * the table cannot be complete any more.
 */
bool rows_add(struct rows *, const struct cell *, struct err *) MUST;
/* The same for a row that did not come here at all, because its column `column` is too long. */
void rows_leave_out(struct rows *, size_t column);
/*
 * One cell from a server's text form: integers in decimal, booleans t/f, times as integer
 * microseconds, versions as text. NULL pointer: NULL cell.
 */
bool cell_from_text(const struct fact_column *, const char *text, struct cell *, struct err *) MUST;
/* Ends the reading; complete becomes truncated where rows were left out. Anything but complete and truncated drops the rows: half a table is no table. */
void rows_end(struct rows *, enum part_status, const char *reason, ...) PRINTF(3, 4);

#endif
