/* The second look of a run at unfinished work: --observe. Which tables it reads, and what the first look saw. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "facts/snapshot.h"
#include "verdict/inputs.h"

#define OBSERVED_SOURCE "history:observed"

/* For each fact of the set whether the view `work` reads it; NULL: the rules have no such view. Of the set. */
const bool *observed_facts(const struct ruleset *);
/* The unfinished work of a snapshot as rows of the table `sample`; the caller owns them. NULL, after a warning: none. */
struct rows *observed_work(const struct ruleset *, const struct snapshot *, const struct inputs *);

#endif
