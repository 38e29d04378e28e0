/*
 * One error: where, and what could not be done. It lives on the caller's stack. Nobody switches on
 * errors; the exit status comes from the stage that failed.
 */
#ifndef ERR_H
#define ERR_H

#include "base/base.h"

struct loc {
	const char *file;
	unsigned line, col; /* line 0: the whole file, or not from a file */
};
#define NOWHERE ((struct loc){NULL, 0, 0})

struct err {
	struct loc at;
	char msg[512];
};

/* Always false, so that callers write: return fail(e, at, ...). */
bool fail(struct err *, struct loc, const char *, ...) PRINTF(3, 4);
/* Puts "text: " before the message, behind its place. */
void err_prefix(struct err *, const char *, ...) PRINTF(2, 3);
/* Puts "what: " before the place and the message; the place becomes a part of the message. */
void err_within(struct err *, const char *what);
/* "file:line:col: message", as it is printed. */
void err_text(const struct err *, char *out, size_t size);

/* All faults of a rule set, not only the first one. File names are copied. */
struct faults {
	struct err *items;
	size_t n, cap;
};
void faults_add(struct faults *, struct loc, const char *, ...) PRINTF(3, 4);
void faults_free(struct faults *);
/* Sorted by file and position; one line each on stderr. */
void faults_print(struct faults *);

/* The word in `words` closest to `word`, or NULL if none is close enough to suggest. */
const char *closest(const char *word, const char *const *words, size_t n);

#endif
