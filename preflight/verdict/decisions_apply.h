/* Which findings of one hop the decision entries concern, and what became of each entry. */
#ifndef DECISIONS_APPLY_H
#define DECISIONS_APPLY_H

#include "verdict/evaluate.h"

/* The entries as they are for one hop, in their order. */
struct decided {
	const struct decision_entry *entries;
	struct decision *items; /* one for each entry */
	size_t n;
};

/* Something to report about an entry: a finding of this engine rule. */
struct decision_remark {
	const char *id, *subject, *message;
};
struct decision_remarks {
	struct decision_remark *items;
	size_t n, cap;
};

/* Entries that have ended, or are for another target, are out from here on. */
void decisions_begin(const struct instance *, struct hop, struct decided *);
/* The entry that states that the upgrade notes of this minor were read; NULL: none. It counts as applied. */
const struct decision *decisions_of_notes(struct decided *, int64_t minor);
/* Gives findings their decision, where a rule permits it. */
void decisions_apply(const struct instance *, struct decided *, struct findings *);
/* Whether there is something to decide about. */
bool decision_is_open(const struct finding *);
/* Why an entry that concerns a finding may not decide about it; NULL: it may. The rule of the finding may be NULL. */
const char *decision_forbidden(const struct decision_entry *, const struct rule *, const struct finding *);
/* About entries that have ended, concern nothing, may not be or are wider than they should be. */
struct decision_remarks decisions_remarks(const struct instance *, const struct decided *);
/* What an open finding does to the gate once a person has decided about it. */
enum effect decision_effect(const struct finding *, enum effect open);

#endif
