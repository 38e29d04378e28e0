/*
 * The format html: the page as a whole. Findings are in html_groups.c; every character goes out through
 * html_writer.c, which escapes it.
 */
#include "reports/html_groups.h"

#include <inttypes.h>
#include <string.h>

#include "style_css.h"
#include "base/text.h"

static const unsigned gate_tone[] = {
    [G_GO] = C_GOOD,
    [G_GO_WITH_WARNINGS] = C_WARN,
    [G_WAIT] = C_WAIT,
    [G_UNDETERMINED] = C_OPEN,
    [G_NO_GO] = C_BAD,
};

static void
pair(struct page *p, const char *name, const char *value)
{
	if (!is_given(value))
		return;
	html_put(p->h, T_DT, C_NONE, name);
	html_put(p->h, T_DD, C_NONE, value);
}

/* More than one reason: all of them at a glance, each leading to its place below. */
static void
reasons(struct page *p)
{
	const struct gate_result *g = p->gate;

	if (g->n_reasons < 2)
		return;
	html_open(p->h, T_UL, C_REASONS);
	for (size_t i = 0; i < g->n_groups; i++) {
		const struct group *k = &g->groups[i];

		if (k->effect == EF_NONE)
			continue;
		html_open(p->h, T_LI, C_NONE);
		html_put(p->h, T_SPAN, C_CHIP | page_tone(k), k->word);
		html_text(p->h, " ");
		html_jump(p->h, page_anchor(p, k->items[0]), k->headline);
		html_close(p->h, T_LI);
	}
	html_close(p->h, T_UL);
}

static void
verdict(struct page *p, const char *label, enum tag heading)
{
	const struct gate_result *g = p->gate;

	html_open(p->h, heading, C_NONE);
	html_put(p->h, T_SPAN, C_WORD, gate_title[g->decision]);
	html_text(p->h,
	    arena_printf(p->a, " %s%sGitLab %s \xE2\x86\x92 %s", label, is_given(label) ? ": " : "", g->from, g->to));
	html_close(p->h, heading);
	html_put(p->h, T_P, C_LEAD, g->headline);
	if (is_given(g->permission))
		html_put(p->h, T_P, C_LEAD, g->permission);
	reasons(p);
}

/* A time of the report as people write it. */
static const char *
people(struct arena *a, const char *time)
{
	char text[TIME_PEOPLE];
	int64_t us;

	return text_time_read(time, &us) ? arena_strdup(a, text_time_people(us, text)) : time;
}

static const char *
what_was_asked(const struct page *p)
{
	const struct report *r = p->r;
	const char *s = arena_printf(
	    p->a, "%zu rules about this upgrade step, GitLab %s to %s", r->gate.total, r->gate.from, r->gate.to);

	return is_given(r->requested) && strcmp(r->requested, r->resolved) != 0
	    ? arena_printf(p->a, "%s (requested: %s)", s, r->requested)
	    : s;
}

static const char *
what_was_read(const struct page *p)
{
	const char *s = NULL;

	for (size_t i = 0; i < p->r->n_sources; i++) {
		const struct source_line *l = &p->r->sources[i];
		const char *what = is_given(l->node) ? arena_printf(p->a, "files of %s", l->node) : l->id;

		if (strcmp(l->status, "complete") == 0 && !(is_given(l->node) && is_given(p->r->nodes)))
			s = s == NULL ? what : arena_printf(p->a, "%s, %s", s, what);
	}
	if (is_given(p->r->nodes))
		s = s == NULL ? p->r->nodes : arena_printf(p->a, "%s, %s", s, p->r->nodes);
	return arena_printf(p->a, "%s", s != NULL ? s : "nothing completely");
}

static const char *
what_was_left_out(const struct page *p)
{
	const struct gate_result *g = &p->r->gate;
	const char *s = NULL;

	for (size_t i = 0; i < g->n_excluded; i++)
		s = s == NULL ? g->excluded[i] : arena_printf(p->a, "%s; %s", s, g->excluded[i]);
	return s;
}

static void
fold(struct page *p)
{
	const struct report *r = p->r;

	html_open_id(p->h, T_HEADER, C_VERDICT | gate_tone[r->gate.decision], "verdict");
	verdict(p, r->label, T_H1);
	if (r->has_next) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, "next",
		    arena_printf(p->a, "The next upgrade step, %s to %s: %s", r->next.from, r->next.to,
			gate_title[r->next.decision]));
		html_text(p->h, arena_printf(p->a, ". %s", r->next.headline));
		html_close(p->h, T_P);
	}
	if (is_given(r->not_read))
		html_put(p->h, T_P, C_META, r->not_read);
	html_close(p->h, T_HEADER);
	html_open(p->h, T_DL, C_FACTS | C_ASIDE);
	pair(p, "Checked", what_was_asked(p));
	pair(p, "Result", r->gate.counts);
	pair(p, "Upgrade notes", r->gate.coverage.text);
	pair(p, "Collected", what_was_read(p));
	pair(p, "Left out on purpose", what_was_left_out(p));
	pair(p, "Check again",
	    arena_printf(p->a, "if the upgrade starts after %s; data collected at %s",
		people(p->a, r->gate.valid_until), people(p->a, r->started_at)));
	pair(p, "Change", r->change);
	pair(p, "Changed on the instance", "nothing");
	html_close(p->h, T_DL);
	page_upgrade(p);
}

static void
path(struct page *p)
{
	if (p->r->n_steps == 0)
		return;
	html_open_id(p->h, T_SECTION, C_NONE, "path");
	html_put(p->h, T_H2, C_NONE, "Upgrade path");
	html_open(p->h, T_OL, C_PATH);
	for (size_t i = 0; i < p->r->n_steps; i++) {
		const struct plan_step *s = &p->r->steps[i];
		enum tag li = strcmp(s->state, "next") == 0 ? T_LI_CURRENT : T_LI;

		html_open(p->h, li, C_NONE);
		html_put(p->h, T_STRONG, C_NONE, s->version);
		html_text(p->h, arena_printf(p->a, " %s: %s", spaced(p->a, s->kind), spaced(p->a, s->state)));
		if (is_given(s->reason))
			html_put(p->h, T_P, C_META, s->reason);
		html_close(p->h, li);
	}
	html_close(p->h, T_OL);
	html_close(p->h, T_SECTION);
}

static void
next_hop(struct page *p)
{
	struct page n = {p->h, p->a, p->r, &p->r->next, &p->r->gate};

	if (!p->r->has_next)
		return;
	html_open_id(p->h, T_SECTION, C_VERDICT | gate_tone[p->r->next.decision], "next");
	html_put(p->h, T_P, C_META, "The next upgrade step on the path, evaluated in the same run");
	verdict(&n, "", T_H2);
	html_put(p->h, T_P, C_META, p->r->next.counts);
	page_upgrade(&n);
	html_close(p->h, T_SECTION);
	page_chapters(&n);
}

static void
table_open(struct page *p, const char *caption, const char *const *columns, size_t n)
{
	html_open(p->h, T_TABLE, C_RULES);
	html_put(p->h, T_CAPTION, C_NONE, caption);
	html_open(p->h, T_THEAD, C_NONE);
	html_open(p->h, T_TR, C_NONE);
	for (size_t i = 0; i < n; i++)
		html_put(p->h, T_TH, C_NONE, columns[i]);
	html_close(p->h, T_TR);
	html_close(p->h, T_THEAD);
	html_open(p->h, T_TBODY, C_NONE);
}

static void
table_close(struct page *p)
{
	html_close(p->h, T_TBODY);
	html_close(p->h, T_TABLE);
}

/* Passes and the like have their permalink here; of the others, the word leads to their place above. */
static void
rule_row(struct page *p, const struct finding *f)
{
	if (is_quiet(f))
		html_open_id(p->h, T_TR, C_NONE, f->anchor);
	else
		html_open(p->h, T_TR, C_NONE);
	html_open(p->h, T_TD, C_NONE);
	if (is_quiet(f))
		html_text(p->h, finding_word(p->a, f));
	else
		html_jump(p->h, f->anchor, finding_word(p->a, f));
	html_close(p->h, T_TD);
	html_open(p->h, T_TD, C_NONE);
	html_put(p->h, T_CODE, C_NONE, f->rule);
	html_close(p->h, T_TD);
	html_put(p->h, T_TD, C_NONE,
	    is_given(f->subject_name)  ? arena_printf(p->a, "%s: %s", f->title, f->subject_name)
		: f->status == ST_PASS ? f->message
				       : f->title);
	html_close(p->h, T_TR);
}

static void
rules(struct page *p)
{
	static const char *const columns[] = {"Status", "Rule", "What"};
	const struct gate_result *g = &p->r->gate;

	html_open_id(p->h, T_SECTION, C_NONE, "rules");
	html_put(p->h, T_H2, C_NONE, "All rules");
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, arena_printf(p->a, "%zu rules: %s", g->total, g->counts));
	table_open(p, "Every rule of this upgrade step, and each finding", columns, nitems(columns));
	for (size_t i = 0; i < g->n_findings; i++)
		rule_row(p, g->findings[i]);
	table_close(p);
	html_close(p->h, T_DETAILS);
	html_close(p->h, T_SECTION);
}

static void
notes(struct page *p)
{
	const struct notes_coverage *c = &p->r->gate.coverage;

	if (c->n_open == 0)
		return;
	html_open_id(p->h, T_SECTION, C_NONE, "notes");
	html_put(p->h, T_H2, C_NONE, "Published upgrade notes that are not covered");
	html_open(p->h, T_UL, C_NONE);
	for (size_t i = 0; i < c->n_open; i++)
		html_put(p->h, T_LI, C_NONE,
		    arena_printf(p->a, "%s: %s (%s)", c->open[i].version, c->open[i].note, c->open[i].why));
	html_close(p->h, T_UL);
	html_close(p->h, T_SECTION);
}

static void
row(struct page *p, const char *const *cells, size_t n)
{
	html_open(p->h, T_TR, C_NONE);
	for (size_t i = 0; i < n; i++)
		html_put(p->h, T_TD, C_NONE, cells[i] != NULL ? cells[i] : "");
	html_close(p->h, T_TR);
}

static void
sources(struct page *p)
{
	static const char *const columns[] = {"Source", "Status", "Version", "Where", "Protected by", "Role", "Time"};

	html_open_id(p->h, T_SECTION, C_NONE, "sources");
	html_put(p->h, T_H2, C_NONE, "Sources");
	table_open(p, "Sources, and whether each was read", columns, nitems(columns));
	for (size_t i = 0; i < p->r->n_sources; i++) {
		const struct source_line *s = &p->r->sources[i];
		const char *status = spaced(p->a, s->status);

		row(p,
		    (const char *const[]){s->id,
			is_given(s->reason) ? arena_printf(p->a, "%s: %s", status, s->reason) : status, s->version,
			is_given(s->origin) ? arena_printf(p->a, "%s (from %s)", source_where(p->a, s), s->origin)
					    : source_where(p->a, s),
			s->tls, s->privilege, arena_printf(p->a, "%" PRId64 " ms", s->duration_ms)},
		    nitems(columns));
	}
	table_close(p);
	html_close(p->h, T_SECTION);
}

static void
facts(struct page *p)
{
	static const char *const columns[] = {"Table", "Database", "Status", "Rows"};
	char rows[TIME_TEXT];

	html_open_id(p->h, T_SECTION, C_NONE, "facts");
	html_put(p->h, T_H2, C_NONE, "Facts");
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, "The tables that the rules were evaluated on");
	table_open(p, "Fact tables", columns, nitems(columns));
	for (size_t i = 0; i < p->r->n_facts; i++) {
		const struct fact_line *f = &p->r->facts[i];
		const char *status = spaced(p->a, f->status);

		row(p,
		    (const char *const[]){f->table, f->database,
			is_given(f->reason) ? arena_printf(p->a, "%s: %s", status, f->reason) : status,
			text_count(f->rows, rows)},
		    nitems(columns));
	}
	table_close(p);
	html_close(p->h, T_DETAILS);
	html_close(p->h, T_SECTION);
}

static void
provenance(struct page *p)
{
	const struct report *r = p->r;

	html_open_id(p->h, T_SECTION, C_NONE, "provenance");
	html_put(p->h, T_H2, C_NONE, "Provenance");
	html_open(p->h, T_DL, C_FACTS);
	pair(p, "Instance",
	    arena_printf(p->a, "%s%s%s, GitLab %s (edition %s)", r->label, is_given(r->label) ? ", " : "",
		r->install_title, r->current_version, r->edition));
	pair(p, "Installed package", r->package_version);
	pair(p, "Last reconfigured", r->reconfigured_version);
	pair(p, "Schema", r->schema_version);
	pair(p, "Serving", r->serving_version);
	pair(p, "Program", arena_printf(p->a, "preflight %s", r->tool_version));
	pair(p, "Rules",
	    arena_printf(p->a, "%s (%s), for %s", r->rules_version, spaced(p->a, r->rules_origin), r->rules_known));
	pair(p, "Digest of the rules", r->rules_digest);
	pair(p, "Run", r->run_id);
	pair(p, "Read from, until",
	    arena_printf(p->a, "%s, %s%s", r->started_at, r->finished_at, r->complete ? "" : " (cut short)"));
	pair(p, "Operator", r->operator_name);
	html_close(p->h, T_DL);
	html_close(p->h, T_SECTION);
}

static bool
html_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct page p = {html_begin(f, r->title, style_css), a, r, &r->gate, NULL};

	(void)style;
	html_open(p.h, T_MAIN, C_NONE);
	fold(&p);
	path(&p);
	page_chapters(&p);
	next_hop(&p);
	rules(&p);
	notes(&p);
	sources(&p);
	facts(&p);
	provenance(&p);
	html_close(p.h, T_MAIN);
	if (!html_end(p.h))
		return fail(e, NOWHERE, "cannot write report.html");
	return stream_end(f, "report.html", e);
}

const struct format format_html = {
    "html", "report.html", "the report; opens in a browser, needs no network", html_render};
