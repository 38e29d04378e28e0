/*
 * What a person decided about findings: accepted (a risk, with a reason and an end) and confirmed (a chore that is
 * done, upgrade notes that were read). Read from decisions.yml, which goes into the bundle as it is.
 */
#ifndef DECISIONS_H
#define DECISIONS_H

#include "base/yaml.h"
#include "reports/report.h"

#define DECISIONS_FILE "decisions.yml" /* in a bundle */

struct decision_entry {
	bool confirmed;                                          /* else accepted */
	const char *rule, *key, *notes_read, *target;            /* NULL where not given */
	const char *justification, *approver, *ticket, *expires; /* all clean */
	int64_t expires_at;                                      /* the first moment at which it is over */
	int64_t target_key, target_parts;                        /* of `target` */
	int64_t notes_minor;                                     /* of `notes_read` */
	unsigned line;                                           /* of decisions.yml; 0: of the command line */
};
struct decision_entries {
	struct decision_entry *items;
	size_t n, cap;
};

/* Reads a file of entries. Every fault is added; on any fault nothing may be used. `name` is for messages. */
void decisions_read(
    struct arena *, const char *name, const char *text, size_t len, struct decision_entries *, struct faults *);
/* --notes-read VERSION: an entry of the operator, which ends with the run. False: it is no version. */
bool decisions_notes_read(struct decision_entries *, const char *version, struct err *, struct arena *) MUST;

#endif
