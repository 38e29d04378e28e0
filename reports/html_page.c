/*
 * What the parts of the HTML page share: kinds of findings, ids, tables. html.c has the page as a whole.
 */
#include "reports/html_page.h"

#include <string.h>

#include "base/text.h"

const struct gate_look gate_look[] = {
    [G_GO] = {C_GOOD, I_GOOD},
    [G_GO_WITH_WARNINGS] = {C_WARN, I_WARN},
    [G_WAIT] = {C_WAIT, I_WAIT},
    [G_UNDETERMINED] = {C_UNKNOWN, I_UNKNOWN},
    [G_NO_GO] = {C_BAD, I_BAD},
};

const struct kind_look kind_look[K_N] = {
    [K_BLOCKERS] = {"blockers", "Blockers", "blocker", "blockers", "", C_BAD, I_BAD},
    [K_UNKNOWN] = {"unknown", "Unknown", "unknown", "unknown", "blocks until the data can be read", C_UNKNOWN,
	I_UNKNOWN},
    [K_WAITING] = {"waiting", "Waiting", "waiting", "waiting", "finishes by itself", C_WAIT, I_WAIT},
    [K_WARNINGS] = {"warnings", "Warnings", "warning", "warnings", "", C_WARN, I_WARN},
    [K_DECIDED] = {"decided", "Accepted and confirmed", "accepted or confirmed", "accepted or confirmed",
	"a person decided", C_WARN, I_NOTE},
    [K_NOTICES] = {"notices", "Notices", "notice", "notices", "nothing has to be done", C_NOTE, I_NOTE},
    [K_CHORES] = {"to-read", "To read and confirm", "to read", "to read", "a person decides", C_NOTE, I_NOTE},
};

enum kind
kind_of(const struct group *g)
{
	if (g->items[0]->decision != NULL)
		return K_DECIDED;
	if (g->status == ST_MANUAL)
		return K_CHORES;
	if (g->status == ST_UNKNOWN || g->status == ST_ERROR)
		return K_UNKNOWN;
	switch (chapter_of(g)) {
	case CH_BLOCKERS:
		return K_BLOCKERS;
	case CH_WAITING:
		return K_WAITING;
	case CH_UNDECIDED:
		return K_UNKNOWN;
	case CH_WARNINGS:
		return K_WARNINGS;
	case CH_NOTICES:
		break;
	}
	return K_NOTICES;
}

size_t
kind_count(const struct gate_result *g, enum kind k)
{
	const size_t n[K_N] = {[K_BLOCKERS] = g->tally.blockers,
	    [K_UNKNOWN] = g->tally.unknown,
	    [K_WAITING] = g->tally.waiting,
	    [K_WARNINGS] = g->tally.warnings,
	    [K_DECIDED] = g->tally.accepted + g->tally.confirmed,
	    [K_NOTICES] = g->tally.notices,
	    [K_CHORES] = g->tally.to_read};

	return n[k];
}

const char *
page_count(const struct page *p, size_t n, const char *one, const char *many)
{
	char text[TIME_TEXT];

	return arena_printf(p->a, "%s %s", text_count((int64_t)n, text), n == 1 ? one : many);
}

const char *
page_id(const struct page *p, const char *id)
{
	return p->above == NULL ? id : arena_printf(p->a, "next-%s", id);
}

const char *
page_anchor(const struct page *p, const struct finding *f)
{
	return page_id(p, f->anchor);
}

/* A finding that is alone is its group. */
const char *
page_group_id(const struct page *p, const struct group *g)
{
	return g->n == 1 ? page_anchor(p, g->items[0])
			 : page_id(p, arena_printf(p->a, "g-%s", g->items[0]->anchor + strlen("f-")));
}

bool
page_needs_actions(const struct page *p)
{
	const struct gate_result *g = p->gate;
	size_t fixes = 0;

	for (size_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].effect == EF_BLOCKS || g->groups[i].effect == EF_WAITS)
			fixes += g->groups[i].rule != NULL ? g->groups[i].n_parts : 1;
	return fixes > 1 && g->n_actions > 0;
}

void
page_pair(struct page *p, const char *name, const char *value)
{
	if (!is_given(value))
		return;
	html_put(p->h, T_DT, C_NONE, name);
	html_put(p->h, T_DD, C_NONE, value);
}

void
page_table_open(struct page *p, unsigned classes, const char *caption, const char *const *columns, size_t n)
{
	html_open(p->h, T_TABLE, classes);
	if (is_given(caption))
		html_put(p->h, T_CAPTION, C_NONE, caption);
	html_open(p->h, T_THEAD, C_NONE);
	html_open(p->h, T_TR, C_NONE);
	for (size_t i = 0; i < n; i++)
		html_put(p->h, T_TH, C_NONE, columns[i]);
	html_close(p->h, T_TR);
	html_close(p->h, T_THEAD);
	html_open(p->h, T_TBODY, C_NONE);
}

void
page_table_close(struct page *p)
{
	html_close(p->h, T_TBODY);
	html_close(p->h, T_TABLE);
}
