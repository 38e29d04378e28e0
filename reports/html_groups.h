/* The findings of a gate on the HTML page. */
#ifndef HTML_GROUPS_H
#define HTML_GROUPS_H

#include "reports/html_page.h"

/* The commands that upgrade, after a GO; nothing otherwise. */
void page_upgrade(struct page *);
/* All groups of the gate in hand, kind by kind. */
void page_findings(struct page *);

#endif
