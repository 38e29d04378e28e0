/* Rows of the table `source`, one for each source (files: one for each node), as a struct. */
#ifndef SOURCE_ROW_H
#define SOURCE_ROW_H

#include "facts/rows.h"

/* Every text may be NULL when it is written, and never is when it was read. */
struct source_row {
	const char *id, *kind;
	bool requested;     /* an option, a file or the discovery names it */
	const char *origin; /* which of them */
	enum part_status status;
	const char *reason, *endpoint, *version, *tls, *privilege;
	int64_t started_at; /* microseconds UTC; 0: it was not read */
	int64_t duration_us, requests, bytes;
	const char *node; /* whose files; "" for what has no nodes */
};

/* Through the door: see rows_add. */
bool source_row_add(struct rows *, const struct source_row *, struct err *) MUST;
/* Row `i` of rows of source_fact; an unknown status reads as PS_ERROR. Texts live in the rows. */
struct source_row source_row_at(const struct rows *, size_t i);

#endif
