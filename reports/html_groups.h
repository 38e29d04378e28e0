/* The findings of a gate on the HTML page. */
#ifndef HTML_GROUPS_H
#define HTML_GROUPS_H

#include "reports/html_page.h"

/* The commands that upgrade, after a GO; nothing otherwise. */
void page_upgrade(struct page *);
/* Do they need a place of their own, because they are several to choose from? */
bool upgrade_is_long(const struct gate_result *);
/* That place; nothing where they fit the verdict. */
void page_upgrade_choices(struct page *);
/* What clears the gate, with its commands; nothing where one card tells it. */
void page_actions(struct page *);
/* All groups of the gate in hand, kind by kind. */
void page_findings(struct page *);

#endif
