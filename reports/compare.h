/* Two reports of one instance, finding by finding: what came, went, changed, or is no longer checked. */
#ifndef COMPARE_H
#define COMPARE_H

#include "base/base.h"
#include "reports/report.h"

/*
 * Of findings that are open: neither passed, nor not applicable, nor left out. A finding that went because its rule
 * could not be evaluated again is `unseen`, never `cleared`.
 */
enum difference_kind { DF_NEW, DF_CHANGED, DF_UNSEEN, DF_CLEARED, DF_UNCHANGED };
#define DF_N (DF_UNCHANGED + 1)
extern const char *const difference_word[]; /* "new", "changed", "unseen", "cleared", "unchanged" */

struct difference {
	enum difference_kind kind;
	const struct finding *before, *after; /* at least one; both of what changed or did not */
	const char *what;                     /* what changed, why it is unseen, or what a new one means; "" */
	bool other_rules;                     /* only one of the reports evaluates its rule at all */
	bool worse;                           /* counts against the newer report */
};

struct report_diff {
	const struct report *before, *after;
	const struct difference *items; /* by kind, then as the findings are ordered in their report */
	size_t n, count[DF_N];
	const char *const *notes; /* what differs beside the findings: step, label, rules, program; a sentence each */
	size_t n_notes;
	bool other_rules; /* the rule sets differ */
	bool worse;       /* the newer gate is worse, or it is no better and a finding is worse */
};

/* Compares the gates that were requested; a gate of a next step is not looked at. Lives in the arena. */
struct report_diff compare_reports(struct arena *, const struct report *before, const struct report *after);

#endif
