/* How `preflight plan` shows an upgrade path on a terminal, and words for other formats. Nothing here decides. */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "discovery/options.h"
#include "verdict/plan_hops.h"

/* To stdout; verbose: with the notes and the rules of each step. */
void plan_print_text(const struct instance *, const struct plan *, const struct plan_hops *, bool verbose);

/* Whether any source was read: without, only what versions tell is planned. */
bool plan_is_informed(const struct instance *);
/* What is shown in place of a path that has no step. */
const char *plan_at_target(struct arena *, const struct plan *);
/* "required", "undecidable*", "not needed*". */
const char *plan_kind(const struct planned_hop *);
/* "at least 45" batched migrations, or "not on record". */
const char *plan_queues(struct arena *, const struct planned_hop *);
/* What is to do before the step, a line each. */
void plan_chores(struct arena *, const struct planned_hop *, struct texts *out);

/* "about 5,000 rows, 102,400,000 bytes", of one table that the step changes. */
const char *plan_size(struct arena *, const struct changed_table *);
#define PLAN_TABLES_SHOWN 20

#endif
