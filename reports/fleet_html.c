/* The page of many instances as HTML: one table, in the style of report.html, without a script. */
#include "reports/fleet.h"

#include "base/text.h"
#include "reports/html_page.h"
#include "style_css.h"

/* Of a row: a problem looks like what cannot be decided. */
static enum gate
look_of(const struct fleet_row *r)
{
	return r->state < FS_CURRENT ? G_UNDETERMINED : r->decision;
}

static void
text_cell(struct page *p, const char *column, unsigned class, const char *text)
{
	html_open_cell(p->h, class, column);
	html_text(p->h, text);
	html_close(p->h, T_TD);
}

static void
row(struct page *p, const struct fleet *f, const struct fleet_row *r)
{
	char age[TIME_TEXT], since[TIME_PEOPLE];

	html_open(p->h, T_TR, C_NONE);
	html_open_cell(p->h, C_NOWRAP | WITH(gate_look[look_of(r)].tone), "Verdict");
	if (r->state != FS_UNEXPECTED) {
		html_icon(p->h, gate_look[look_of(r)].icon);
		html_text(p->h, " ");
	}
	html_put(p->h, T_STRONG, C_NONE, fleet_word(r));
	html_close(p->h, T_TD);
	text_cell(p, "Instance", C_NONE, is_given(r->label) ? r->label : r->path);
	text_cell(p, "Installed", C_NOWRAP, r->version);
	text_cell(p, "Next", C_NOWRAP, r->next);
	text_cell(p, "Chart", C_NOWRAP, r->chart);
	text_cell(p, "Since", C_NOWRAP, r->has_verdict ? text_time_people(r->since, since) : "");
	text_cell(p, "Why", C_NONE, fleet_reason(p->a, r));
	text_cell(p, "ETA", C_NONE, r->eta);
	text_cell(p, "Age of data", C_NOWRAP, fleet_age(f, r, age));
	html_close(p->h, T_TR);
}

static void
verdict(struct page *p, const struct fleet *f)
{
	enum gate look = f->n_problems > 0 ? gate_worse(f->worst, G_UNDETERMINED) : f->worst;

	html_open_section(p->h, C_VERDICT | WITH(gate_look[look].tone) | C_PART << 16, "verdict");
	html_heading(p->h, T_H1, "verdict", "GitLab upgrades of the fleet", "");
	html_put(p->h, T_P, C_LEAD, f->headline);
	for (size_t i = 0; i < f->n_notes; i++)
		html_put(p->h, T_P, C_NONE, f->notes[i]);
	html_close(p->h, T_SECTION);
}

bool
fleet_html(FILE *out, const struct fleet *f, struct err *e)
{
	static const char *const columns[] = {
	    "Verdict", "Instance", "Installed", "Next", "Chart", "Since", "Why", "ETA", "Age of data"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	char at[TIME_PEOPLE];
	const char *when = arena_printf(a, "As of %s", text_time_people(f->at, at));
	struct page p = {html_begin(out,
			     &(struct html_head){.title = "GitLab upgrades of the fleet (preflight)",
				 .css = style_css,
				 .top_left = "GitLab upgrades of the fleet",
				 .top_right = "",
				 .bottom_left = when}),
	    a, NULL, NULL, NULL};

	html_open(p.h, T_HEADER, C_TOP);
	html_open(p.h, T_P, C_NONE);
	html_put(p.h, T_STRONG, C_NONE, "preflight");
	html_text(p.h, " GitLab upgrade check");
	html_close(p.h, T_P);
	html_put(p.h, T_P, C_NONE, when);
	html_close(p.h, T_HEADER);
	html_open(p.h, T_MAIN, C_NONE);
	verdict(&p, f);
	html_open_section(p.h, C_PART, "instances");
	html_heading(p.h, T_H2, "instances", "Instances", "");
	page_table_open(&p, C_LIST, "", columns, nitems(columns));
	for (size_t i = 0; i < f->n; i++)
		row(&p, f, &f->rows[i]);
	page_table_close(&p);
	html_close(p.h, T_SECTION);
	html_close(p.h, T_MAIN);
	if (!html_end(p.h) && !ferror(out))
		return fail(e, NOWHERE, "cannot write the page of the fleet");
	return stream_end(out, "the page of the fleet", e);
}
