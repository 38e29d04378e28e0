/*
 * The page while it is being written: the gate in hand, and the one that was shown before it.
 */
#ifndef HTML_GROUPS_H
#define HTML_GROUPS_H

#include "reports/html_writer.h"
#include "reports/chapters.h"

struct page {
	struct html *h;
	struct arena *a;
	const struct report *r;
	const struct gate_result *gate;  /* being shown */
	const struct gate_result *above; /* shown already, or NULL */
};

/* The permalink of a finding; the second gate shows the same finding under an id of its own. */
const char *page_anchor(const struct page *, const struct finding *);
unsigned page_tone(const struct group *);
/* The commands that upgrade, after a GO; nothing otherwise. */
void page_upgrade(struct page *);
/* All groups of the gate in hand, chapter by chapter. */
void page_chapters(struct page *);

#endif
