/*
 * Which tables and views a statement may read, by the words in it: more than it does read, never
 * less. What is not in reach need not exist while the statement is prepared or run.
 */
#ifndef SQL_REACH_H
#define SQL_REACH_H

#include "ruleset/ruleset.h"

/*
 * Sorts the views so that each comes after those that it reads, and fills the reach of every view
 * and of every rule (one without a query reaches nothing) and condition. Views that read each other in a circle are a fault.
 */
void sql_reach(struct ruleset *, struct faults *);

#endif
