/* What the HTML page only lists. */
#ifndef HTML_LISTS_H
#define HTML_LISTS_H

#include "reports/html_page.h"

/* Passed, not checked and not applicable rules of the gate in hand. */
void page_quiet(struct page *);
/* The entries of decisions, also those that concern nothing. */
void page_decisions(struct page *);
/* GitLab's upgrade notes for the step of the gate in hand. */
void page_notes(struct page *);
void page_sources(struct page *);
/* Versions, run, rules, fact tables, and how to verify all that. */
void page_provenance(struct page *);

#endif
