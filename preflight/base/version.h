/*
 * GitLab's version numbers as one integer that compares, sorts and joins like the version:
 *   (major * 1000000 + minor * 1000 + patch) * 10 + (5 for a release, 0 for a pre-release)
 * 14.10.0 is 140100005. Source of the grammar: GitLab's VERSION file and the names of its packages
 * ("14.0.5", "14.1.8-ee", "17.10.0-rc42-ee", "v17.1.0", "15.11.13+ee.0").
 */
#ifndef VERSION_H
#define VERSION_H

#include "base/err.h"

#define VERSION_TEXT 32

struct version {
	int64_t key;
	int parts;           /* how many numbers were written: 1, 2 or 3 */
	const char *edition; /* "ee", "ce" or NULL: from a suffix */
};

/* At most 999 a part. Missing parts count as 0. */
bool version_parse(const char *text, struct version *, struct err *) MUST;
/* "14.10.0", or "14.10.0-pre" for a pre-release. `out` holds VERSION_TEXT bytes; returned. */
char *version_text(int64_t key, char *out);
/* "14.10" */
char *version_minor_text(int64_t key, char *out);
/* The key of X.Y.0 of the same minor: equal for all patches and pre-releases of one minor. */
int64_t version_minor(int64_t key);
int64_t version_next_minor(int64_t key); /* X.(Y+1).0 */
int64_t version_major(int64_t key);      /* X */
bool version_is_pre(int64_t key);

/*
 * A range: terms joined by blanks or commas must all hold; `||` separates alternatives.
 *   ">=14.1"  "<14.0.5"  ">=14.0 <14.0.5"  "=14.1" (any patch of it)  "=14.1.8"
 * ">14.1" and "<=14.1" are refused: with two numbers it is unclear whether they include 14.1.3.
 */
bool version_range_check(const char *range, struct err *) MUST;
/* False also for a range that does not pass version_range_check. */
bool version_in(int64_t key, const char *range);
/*
 * The releases on both sides of each bound of a range, in `out`, which holds `cap`: for ">=14.1 <15" 14.0.99, 14.1.0,
 * 14.99.99 and 15.0.0. Each once, in no order. Returns how many; 0 for a range that is not one.
 */
size_t version_range_edges(const char *range, int64_t *out, size_t cap);
/* The releases before and after a version, as if each minor had patches up to 99 and each major minors up to 99. */
int64_t version_before(int64_t key);
int64_t version_after(int64_t key);
/* The text of a version key, in memory of the arena. */
const char *version_copy(struct arena *, int64_t key);

#endif
