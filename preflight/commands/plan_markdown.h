/* How `preflight plan` shows an upgrade path in Markdown. Nothing here decides. */
#ifndef PLAN_MARKDOWN_H
#define PLAN_MARKDOWN_H

#include "verdict/plan_hops.h"

/* To stdout. */
void plan_print_markdown(const struct instance *, const struct plan *, const struct plan_hops *);

#endif
