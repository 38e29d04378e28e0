/*
 * Messages, keys and commands with {placeholders}: a brace, a name, a brace. Any other brace stands
 * for itself, so that Ruby and shell code can be written as it is.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "base/err.h"
#include "reports/report.h"

enum quoting {
	Q_PLAIN, /* as it is */
	Q_KEY,   /* '/' and '%' as %2F and %25: keys are joined with '/' */
	Q_SHELL, /* one shell word */
	Q_RUBY,  /* inside a single-quoted Ruby string */
};

/* Replaces each placeholder by the field's value; one that names no field stays as it is. */
void message_expand(struct buf *, const char *tmpl, const struct field *, size_t n, enum quoting);
/* The next placeholder at or after *p: its name into `name`, *p behind it. False: none. */
bool message_next(const char **p, char name[64]);
/* A fault for each placeholder that names none of the columns. */
void
message_check(const char *tmpl, struct loc, const char *what, const char *const *columns, size_t n, struct faults *);

#endif
