/*
 * Many instances on one page: a row for each, decided before any format is asked. Formats do not count, sort or word.
 */
#ifndef FLEET_H
#define FLEET_H

#include <stdio.h>

#include "base/err.h"
#include "reports/words.h"

/* In the order of the page: what is missing comes first. */
enum fleet_state {
	FS_MISSING,    /* expected, and no bundle is about it */
	FS_UNREADABLE, /* a bundle that is cut, was changed, or has no verdict */
	FS_INCOMPLETE, /* its run was interrupted */
	FS_OLD,        /* older than allowed */
	FS_CURRENT,
	FS_UNEXPECTED, /* readable, and not in the list */
};
#define FS_N (FS_UNEXPECTED + 1)
extern const char *const fleet_state_word[FS_N]; /* "missing", ...: in JSON */

struct fleet_row {
	const char *label; /* "" if it has none */
	const char *path;  /* of the bundle; "" if there is none */
	enum fleet_state state;
	const char *why; /* of any state but current; "" */
	/* Of the newest bundle of that label, if it has a verdict: */
	bool has_verdict;
	enum gate decision;
	int exit_code;
	const char *version, *next, *chart; /* installed, gated, Helm chart of that one; "" where unknown */
	const char *headline;
	const char *blocker; /* rule id of the first that blocks; "" also where several rules share a cause */
	size_t more;         /* groups of findings that block too */
	const char *eta;     /* of the first that waits; "" */
	const char *rules, *tool;
	int64_t at, since; /* microseconds: data collected, and the oldest bundle since which the verdict is the same */
};

struct fleet {
	const struct fleet_row *rows;
	size_t n, expected;
	size_t n_problems; /* expected ones that are missing, unreadable, incomplete or old */
	int64_t at;        /* the moment for which ages hold */
	const char *const *notes;
	size_t n_notes;  /* "Rules differ: 2026.11 (38), 2026.10 (2: shop-eu, shop-us)" */
	enum gate worst; /* of expected ones */
	int exit_code;
	const char *headline; /* "2 of 40 instances have no current verdict; the others: 1 NO-GO, 37 GO" */
};

/* What several of them show: the word of a row, "MISSING" or that of its verdict; and "5 h", the age of its data. */
const char *fleet_word(const struct fleet_row *);
const char *fleet_age(const struct fleet *, const struct fleet_row *, char *out);
/* "bbm.unfinished: headline", the reason, or "". */
const char *fleet_reason(struct arena *, const struct fleet_row *);

/* Each writes the whole document. */
bool fleet_text(FILE *, const struct fleet *, struct err *) MUST;
bool fleet_html(FILE *, const struct fleet *, struct err *) MUST;
bool fleet_json(FILE *, const struct fleet *, struct err *) MUST;
bool fleet_markdown(FILE *, const struct fleet *, struct err *) MUST;

#endif
