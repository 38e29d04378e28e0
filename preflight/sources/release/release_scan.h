/*
 * Inside the kind release: words of one migration. Ruby is taken apart into tokens and never executed; what the tokens
 * do not show is a value of its own.
 */
#ifndef RELEASE_SCAN_H
#define RELEASE_SCAN_H

#include "base/base.h"

/* Texts are NULL where the migration gives no plain value. */
struct scanned_call {
	const char *call, *action, *kind, *table, *name, *columns, *other, *guarded;
	unsigned line;
};

struct scanned_batch {
	const char *call, *job, *table, *column;
};

struct scanned {
	const char *milestone, *schema; /* as written; or NULL */
	const char *changes_rows;       /* yes, no, not_understood */
	const char *guard;              /* none, gitlab_com, not_understood */
	struct texts words, constants;  /* names in symbols, texts and SQL; constants */
	struct {
		struct scanned_call *items;
		size_t n, cap;
	} calls;
	struct {
		struct scanned_batch *items;
		size_t n, cap;
	} batches;
};

/* Everything but `down`. In memory of the arena, which must outlive `text` no longer than the result is used. */
void release_scan(struct arena *, const char *text, size_t len, struct scanned *);

#endif
