/*
 * The page while it is being written: the gate in hand, and the one that was shown before it. html.c has the page as a
 * whole, html_groups.c findings, html_lists.c everything that is only listed.
 */
#ifndef HTML_PAGE_H
#define HTML_PAGE_H

#include "reports/html_writer.h"
#include "reports/chapters.h"

struct page {
	struct html *h;
	struct arena *a;
	const struct report *r;
	const struct gate_result *gate;  /* being shown */
	const struct gate_result *above; /* shown already, or NULL */
};

/* How findings of one weight are shown; the order is that of the page. */
enum kind { K_BLOCKERS, K_UNKNOWN, K_WAITING, K_WARNINGS, K_DECIDED, K_NOTICES, K_CHORES };
#define K_N (K_CHORES + 1)
struct kind_look {
	const char *id, *title, *one, *many; /* "blockers", "Blockers", "blocker", "blockers" */
	const char *about;                   /* beside the title; or "" */
	unsigned tone;
	enum icon icon;
};
extern const struct kind_look kind_look[K_N];
/* How a verdict is shown. */
struct gate_look {
	unsigned tone;
	enum icon icon;
};
extern const struct gate_look gate_look[]; /* for each enum gate */
enum kind kind_of(const struct group *);
/* How many there are of a kind in the tally. */
size_t kind_count(const struct gate_result *, enum kind);

/* "1 blocker", "3 blockers" */
const char *page_count(const struct page *, size_t n, const char *one, const char *many);
/* The permalink of a finding; the second gate shows the same finding under an id of its own. */
const char *page_anchor(const struct page *, const struct finding *);
/* Where a group begins. */
const char *page_group_id(const struct page *, const struct group *);
/* The id of a part of the page; the second gate's begins with "next-". */
const char *page_id(const struct page *, const char *id);
/* Does the list of actions tell more than the one card with the one fix? */
bool page_needs_actions(const struct page *);
/* A name and its value in a T_DL; nothing without a value. */
void page_pair(struct page *, const char *name, const char *value);
void page_table_open(struct page *, unsigned classes, const char *caption, const char *const *columns, size_t n);
void page_table_close(struct page *);

#endif
