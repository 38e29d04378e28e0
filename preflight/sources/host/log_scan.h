/*
 * Errors that the rules name, found in text of any size in one pass: db:migrate, reconfigure, what containers and
 * orchestrators print. Memory does not grow with the text.
 */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include "base/err.h"
#include "facts/rows.h"

#define LOG_ERRORS_MAX 500 /* different ones; further ones are only counted */

/* What a pattern captures, and what is found around it. Texts are never NULL. */
enum log_field {
	LF_KIND,
	LF_DATABASE,
	LF_MIGRATION,      /* its number: 14 digits */
	LF_MIGRATION_NAME, /* ValidatePushRules, or validate_push_rules from a file's name */
	LF_CLASS,
	LF_TABLE,
	LF_COLUMN,
	LF_ARGUMENTS,
	LF_STATE,
	LF_CONSTRAINT,
	LF_SUBJECT,
	LF_DETAIL,
	LF_N
};
extern const char *const log_field_name[LF_N]; /* "kind", "database", "migration", ... */

struct log_error {
	const char *fields[LF_N];
	int64_t line;  /* of its first place, from 1 */
	int64_t times; /* places */
};
struct log_errors {
	struct log_error *items;
	size_t n, cap;
	size_t left_out; /* places of errors beyond LOG_ERRORS_MAX */
};

/*
 * A data table of patterns: kind, words (searched as they are), pattern (a POSIX extended expression; a blank stands
 * for any blanks and line breaks, or none; empty: the words are enough), captures (names of fields, one for each
 * group, - for none; `configuration`: the hash behind the match), lines (that belong to an error behind its first).
 * Rows of the kind `prefix` are what may stand before the text of a line. NULL, or what is wrong with the rows.
 */
const char *log_patterns_fault(const struct rows *, struct arena *);

struct log_scan;
/* The rows must be without a fault, and outlive the scan. */
struct log_scan *log_scan_new(const struct rows *patterns);
/* A piece of the text, in order. */
void log_scan_feed(struct log_scan *, const char *, size_t);
/* After the last piece. What was found lives as long as the scan. */
const struct log_errors *log_scan_end(struct log_scan *);
/* The number of line breaks that were fed. */
int64_t log_scan_lines(const struct log_scan *);
void log_scan_free(struct log_scan *);
void log_scan_drop(struct log_scan **);

#endif
