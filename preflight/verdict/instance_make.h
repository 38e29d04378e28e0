/* The tables and views that the evaluation database gets when a statement reads them. */
#ifndef INSTANCE_MAKE_H
#define INSTANCE_MAKE_H

#include "verdict/instance.h"

/*
 * For a database that is new: its views and the rule set's own tables wait for a statement, all or those of a reach.
 * Of fact tables those wait that the caller marks MK_PENDING.
 */
void instance_make_later(struct instance *, const struct reach *);
/* Whether a list of a reach has this entry; without a list everything is in it. */
static inline bool
is_in_reach(const bool *list, size_t i)
{
	return list == NULL || list[i];
}

#endif
