/*
 * The format html: the page as a whole and its first screen, which answers in five seconds whether to upgrade. Findings
 * are in html_groups.c, lists in html_lists.c; every character goes out through html_writer.c, which escapes it. A pure
 * function of the report.
 */
#include "reports/html_groups.h"
#include "reports/html_lists.h"

#include <string.h>

#include "base/text.h"
#include "script_js.h"
#include "style_css.h"

#define ACTION_MAX ((size_t)160) /* bytes of an action that fits the verdict */
#define ACTIONS_MAX 4            /* of those */
#define COMMAND_MAX 100          /* bytes of a command line */

static bool
is_go(const struct gate_result *g)
{
	return g->decision <= G_GO_WITH_WARNINGS;
}

static const char *
edition_title(const struct report *r)
{
	return strcmp(r->edition, "ee") == 0 ? ", Enterprise Edition"
	    : strcmp(r->edition, "ce") == 0  ? ", Community Edition"
					     : "";
}

static void
top(struct page *p)
{
	const struct report *r = p->r;

	html_open(p->h, T_HEADER, C_TOP);
	html_open(p->h, T_P, C_NONE);
	html_put(p->h, T_STRONG, C_NONE, "preflight");
	html_text(p->h, " GitLab upgrade check");
	html_close(p->h, T_P);
	html_put(p->h, T_P, C_NONE,
	    arena_printf(p->a, "%s%s%s%s%s%s", r->label, is_given(r->label) ? ", " : "", r->install_title,
		edition_title(r), is_given(r->change) ? ", change " : "", r->change));
	html_close(p->h, T_HEADER);
}

/* ---- The verdict ---- */

/* What blocks or waits, each leading to its place. */
static void
reasons(struct page *p)
{
	const struct gate_result *g = p->gate;
	size_t n = 0;

	for (size_t i = 0; g->groups != NULL && i < g->n_groups; i++)
		n += g->groups[i].effect == EF_BLOCKS || g->groups[i].effect == EF_WAITS;
	if (n < 2)
		return;
	html_open(p->h, T_UL, C_LIST);
	for (size_t i = 0; i < g->n_groups; i++) {
		const struct group *k = &g->groups[i];

		if (k->effect != EF_BLOCKS && k->effect != EF_WAITS)
			continue;
		html_open(p->h, T_LI, kind_look[kind_of(k)].tone);
		html_icon(p->h, kind_look[kind_of(k)].icon);
		html_text(p->h, " ");
		html_jump(p->h, page_group_id(p, k), k->headline);
		html_close(p->h, T_LI);
	}
	html_close(p->h, T_UL);
}

/* What was allowed, then in bold until when. */
static void
permission(struct page *p)
{
	const struct gate_result *g = p->gate;
	const char *s = g->permission, *until = is_given(s) ? strstr(s, ". ") : NULL;

	if (g->decision != G_GO || !is_given(s))
		html_text(p->h, arena_printf(p->a, "%s%s", g->headline, is_given(s) ? " " : ""));
	if (until == NULL) {
		html_text(p->h, is_given(s) ? s : "");
		return;
	}
	html_text(p->h, arena_printf(p->a, "%.*s ", (int)(until - s) + 1, s));
	html_put(p->h, T_STRONG, C_NONE, until + 2);
}

static void
lead(struct page *p)
{
	const struct gate_result *g = p->gate;
	const struct group *k = g->n_groups > 0 ? &g->groups[0] : NULL;

	html_open(p->h, T_P, C_LEAD);
	if (is_go(g)) {
		permission(p);
	} else {
		html_text(p->h, g->decision == G_WAIT ? "Do not upgrade yet: " : "Do not upgrade: ");
		if (k != NULL && k->effect != EF_NONE && k->effect != EF_WARNS)
			html_jump(p->h, page_group_id(p, k), g->headline);
		else
			html_text(p->h, g->headline);
	}
	html_close(p->h, T_P);
	reasons(p);
}

static void
verdict_word(struct page *p, enum gate decision)
{
	html_open(p->h, T_SPAN, C_WORD);
	html_icon(p->h, gate_look[decision].icon);
	html_text(p->h, " ");
	html_text(p->h, gate_title[decision]);
	html_close(p->h, T_SPAN);
}

static void
heading(struct page *p, enum tag level, const char *id, const char *label)
{
	html_open_id(p->h, level, C_NONE, arena_printf(p->a, "h-%s", id));
	verdict_word(p, p->gate->decision);
	html_text(p->h,
	    arena_printf(p->a, " %s%sGitLab %s to %s", label, is_given(label) ? ": " : "", p->gate->from, p->gate->to));
	html_close(p->h, level);
}

static void
count(struct page *p, size_t n, enum icon icon, unsigned classes, const char *id, const char *one, const char *many)
{
	html_open(p->h, T_LI, n == 0 ? classes << 8 | C_ZERO : classes);
	html_icon(p->h, icon);
	html_put(p->h, T_STRONG, C_NUMBER, arena_printf(p->a, "%zu", n));
	html_text(p->h, " ");
	html_open(p->h, T_SPAN, C_NONE);
	if (n > 0)
		html_jump(p->h, id, n == 1 ? one : many);
	else
		html_text(p->h, many);
	html_close(p->h, T_SPAN);
	html_close(p->h, T_LI);
}

static void
counts(struct page *p)
{
	const struct tally *t = &p->gate->tally;

	html_open(p->h, T_COUNTS, C_COUNTS);
	for (size_t k = 0; k < K_N; k++) {
		if (k == K_DECIDED && kind_count(p->gate, K_DECIDED) == 0)
			continue;
		count(p, kind_count(p->gate, (enum kind)k), kind_look[k].icon, kind_look[k].tone, kind_look[k].id,
		    kind_look[k].one, kind_look[k].many);
	}
	count(p, t->passed, I_TICK, C_GOOD | WITH(C_GAP), "passed", "passed", "passed");
	count(p, t->not_checked, I_SKIPPED, C_NOTE, "not-checked", "not checked", "not checked");
	html_close(p->h, T_COUNTS);
}

/* ---- The path ---- */

static const char *
step_words(const struct page *p, const struct plan_step *s)
{
	if (strcmp(s->kind, "current") == 0)
		return "installed";
	if (strcmp(s->state, "next") == 0 || strcmp(s->kind, "intermediate") == 0)
		return spaced(p->a, s->kind);
	return arena_printf(p->a, "%s, %s", spaced(p->a, s->kind), spaced(p->a, s->state));
}

/* The verdict of a step that this run evaluated. */
static const struct gate_result *
step_gate(const struct page *p, const struct plan_step *s)
{
	if (strcmp(s->kind, "current") == 0)
		return NULL;
	if (p->r->has_next && strcmp(s->version, p->r->next.to) == 0)
		return &p->r->next;
	return strcmp(s->version, p->r->gate.to) == 0 ? &p->r->gate : NULL;
}

static void
step(struct page *p, const struct plan_step *s)
{
	const struct gate_result *g = step_gate(p, s);
	bool current = strcmp(s->state, "next") == 0;

	html_open(p->h, current ? T_LI_CURRENT : T_LI,
	    strcmp(s->state, "done") == 0 ? C_DONE
		: g != NULL               ? gate_look[g->decision].tone
					  : C_NONE);
	html_put(p->h, T_STRONG, C_NONE, s->version);
	html_text(p->h, " ");
	html_put(p->h, T_SPAN, C_NONE, step_words(p, s));
	if (g != NULL) {
		html_text(p->h, " ");
		html_open(p->h, T_SPAN, C_STATE);
		html_icon(p->h, gate_look[g->decision].icon);
		html_text(p->h, arena_printf(p->a, " %s", gate_title[g->decision]));
		html_close(p->h, T_SPAN);
	}
	if (is_given(s->reason)) {
		html_text(p->h, " ");
		html_put(p->h, T_SPAN, C_SOFT, s->reason);
	}
	html_close(p->h, current ? T_LI_CURRENT : T_LI);
}

static void
path(struct page *p)
{
	if (p->r->n_steps == 0)
		return;
	html_open(p->h, T_OL, C_PATH);
	for (size_t i = 0; i < p->r->n_steps; i++)
		step(p, &p->r->steps[i]);
	html_close(p->h, T_OL);
}

/* ---- Not checked, and what to run next ---- */

/* The heading tells it already. */
static const char *
without_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0 ? s + strlen(prefix) : s;
}

static void
unchecked(struct page *p)
{
	const struct report *r = p->r;
	const struct gate_result *g = p->gate;
	bool all = g->tally.not_checked == 0 && !is_given(r->not_read) && g->n_excluded == 0;

	html_open(p->h, T_DIV, C_OPEN);
	html_open(p->h, T_H2, C_NONE);
	html_icon(p->h, all ? I_TICK : I_SKIPPED);
	html_text(p->h,
	    all ? " Everything requested was checked"
		: arena_printf(p->a, " Not checked: %s", page_count(p, g->tally.not_checked, "rule", "rules")));
	html_close(p->h, T_H2);
	if (is_given(r->not_read))
		html_put(p->h, T_P, C_NONE, without_prefix(r->not_read, "Not checked: "));
	for (size_t i = 0; i < g->n_excluded; i++)
		html_put(p->h, T_P, C_NONE, arena_printf(p->a, "Left out on purpose: %s", g->excluded[i]));
	if (g->coverage.n_notes > 0 && g->coverage.to_read + g->coverage.n_open > 0) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, page_id(p, "notes"),
		    page_count(p, g->coverage.to_read, "upgrade note needs reading", "upgrade notes need reading"));
		html_text(p->h, arena_printf(p->a, ", %zu not covered.", g->coverage.n_open));
		html_close(p->h, T_P);
	}
	html_close(p->h, T_DIV);
}

/* The actions in short; their commands are below, or in the card of the finding that is alone. */
static void
what_to_do(struct page *p)
{
	const struct gate_result *g = p->gate;
	const char *id;

	if (g->n_actions == 0 || g->n_groups == 0)
		return;
	id = page_needs_actions(p) ? page_id(p, "actions") : page_group_id(p, &g->groups[0]);
	html_put(p->h, T_H2, C_NONE, g->n_actions > 1 ? "All that is to do, in this order" : "What to do");
	html_open(p->h, T_OL, C_FIX);
	for (size_t i = 0; i < g->n_actions && i < ACTIONS_MAX; i++) {
		const char *text = g->actions[i].text;

		html_open(p->h, T_LI, C_NONE);
		html_jump(p->h, id, text_clean(p->a, text, strlen(text), ACTION_MAX));
		html_close(p->h, T_LI);
	}
	html_close(p->h, T_OL);
	if (g->n_actions > ACTIONS_MAX)
		html_put(p->h, T_P, C_SOFT, arena_printf(p->a, "and %zu more", g->n_actions - ACTIONS_MAX));
}

static void
what_next(struct page *p)
{
	const struct gate_result *g = p->gate;

	if (g->n_upgrade == 0 && g->n_actions == 0 && !is_given(g->next_command) && !p->r->has_next)
		return;
	html_open(p->h, T_DIV, C_NEXT);
	what_to_do(p);
	if (g->n_upgrade > 0)
		html_put(p->h, T_H2, C_NONE, "Upgrade command");
	if (upgrade_is_long(g)) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, page_id(p, "upgrade"), "Commands by operating system and edition");
		html_close(p->h, T_P);
	} else {
		page_upgrade(p);
	}
	if (is_given(g->next_command)) {
		html_put(p->h, g->n_upgrade > 0 ? T_P : T_H2, C_NONE, g->next_title);
		html_commands(p->h, g->next_command);
	}
	if (p->r->has_next && p->above == NULL) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, "next",
		    arena_printf(p->a, "Next upgrade step, %s to %s: %s", p->r->next.from, p->r->next.to,
			gate_title[p->r->next.decision]));
		html_close(p->h, T_P);
	}
	html_close(p->h, T_DIV);
}

static void
first_screen(struct page *p)
{
	html_open_section(p->h, C_VERDICT | WITH(gate_look[p->gate->decision].tone), "verdict");
	html_open(p->h, T_DIV, C_SPLIT);
	html_open(p->h, T_DIV, C_NONE);
	heading(p, T_H1, "verdict", p->r->label);
	lead(p);
	path(p);
	html_close(p->h, T_DIV);
	counts(p);
	html_close(p->h, T_DIV);
	html_open(p->h, T_DIV, C_PAIR);
	unchecked(p);
	what_next(p);
	html_close(p->h, T_DIV);
	html_close(p->h, T_SECTION);
}

/* ---- The facts below it ---- */

static const char *
what_was_checked(const struct page *p)
{
	const struct report *r = p->r;
	const char *s = page_count(p, r->gate.total, "rule", "rules");

	return is_given(r->requested) && strcmp(r->requested, r->resolved) != 0
	    ? arena_printf(p->a, "%s for this upgrade step (requested: %s)", s, r->requested)
	    : arena_printf(p->a, "%s for this upgrade step", s);
}

static const char *
what_was_collected(const struct page *p)
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
	return s != NULL ? s : "nothing completely";
}

static const char *
who(const struct page *p)
{
	const struct report *r = p->r;

	return is_given(r->host)
	    ? arena_printf(p->a, "%s%son %s", r->operator_name, is_given(r->operator_name) ? " " : "", r->host)
	    : r->operator_name;
}

/* Its first words; the whole of it is in the provenance. */
static const char *
shortened(const struct page *p, const char *s)
{
	size_t n = strlen(s);

	if (n <= COMMAND_MAX)
		return s;
	for (n = COMMAND_MAX; n > 0 && s[n] != ' '; n--)
		;
	return arena_printf(p->a, "%.*s ...", (int)n, s);
}

static void
glance(struct page *p)
{
	const struct report *r = p->r;

	html_open(p->h, T_DL, C_FACTS | WITH(C_GLANCE));
	page_pair(p, "Checked", what_was_checked(p));
	page_pair(p, "Way back", r->way_back);
	page_pair(p, "Collected", what_was_collected(p));
	page_pair(p, "Who", who(p));
	page_pair(p, "Change", r->change);
	page_pair(p, "Command", shortened(p, r->command));
	page_pair(p, "Notes", r->gate.coverage.text);
	html_put(p->h, T_DT, C_NONE, "Verify");
	html_open(p->h, T_DD, C_NONE);
	html_jump(p->h, "provenance", "How to verify this report");
	html_close(p->h, T_DD);
	page_pair(p, "Changed", "Nothing on the instance");
	html_close(p->h, T_DL);
}

/* ---- Contents and filter ---- */

static void
contents_line(struct page *p, const char *id, const char *title, size_t n)
{
	html_open(p->h, T_LI, C_NONE);
	html_jump(p->h, id, title);
	if (n > 0) {
		html_text(p->h, " ");
		html_put(p->h, T_SPAN, C_NUMBER, arena_printf(p->a, "%zu", n));
	}
	html_close(p->h, T_LI);
}

static bool
has_kind(const struct gate_result *g, enum kind k)
{
	for (size_t i = 0; i < g->n_groups; i++)
		if (kind_of(&g->groups[i]) == k)
			return true;
	return false;
}

static void
contents(struct page *p)
{
	const struct gate_result *g = p->gate;
	const struct {
		const char *id, *title;
		size_t n;
		bool there;
	} lists[] = {{"decisions", "Decisions", g->n_decisions, g->n_decisions > 0},
	    {"upgrade", "Upgrade commands", 0, upgrade_is_long(g)},
	    {"notes", "Upgrade notes", g->coverage.n_notes, g->coverage.n_notes > 0},
	    {"passed", "Passed", g->tally.passed, g->tally.passed > 0},
	    {"not-checked", "Not checked", g->tally.not_checked, g->tally.not_checked > 0},
	    {"not-applicable", "Not applicable", g->tally.not_applicable, g->tally.not_applicable > 0},
	    {"next", "Next upgrade step", 0, p->r->has_next}, {"sources", "Sources", 0, true},
	    {"provenance", "Provenance and verification", 0, true}};

	html_open(p->h, T_NAV, C_NONE);
	html_put(p->h, T_H2, C_NONE, "Contents");
	html_open(p->h, T_UL, C_CONTENTS);
	if (page_needs_actions(p))
		contents_line(p, "actions", "What to do", g->n_actions);
	for (size_t k = 0; k < K_N; k++)
		if (has_kind(g, (enum kind)k))
			contents_line(p, kind_look[k].id, kind_look[k].title, kind_count(g, (enum kind)k));
	for (size_t i = 0; i < nitems(lists); i++)
		if (lists[i].there)
			contents_line(p, lists[i].id, lists[i].title, lists[i].n);
	html_close(p->h, T_UL);
	html_close(p->h, T_NAV);
}

static void
filter(struct page *p)
{
	html_open(p->h, T_FILTER, C_NONE);
	html_put(p->h, T_H2, C_NONE, "Filter findings");
	html_search_field(p->h);
	html_open(p->h, T_FIELDSET, C_NONE);
	for (size_t k = 0; k < K_N; k++)
		if (has_kind(p->gate, (enum kind)k) || (p->r->has_next && has_kind(&p->r->next, (enum kind)k)))
			html_checkbox(p->h, kind_look[k].id, kind_look[k].title);
	html_close(p->h, T_FIELDSET);
	html_put(p->h, T_SHOWN, C_SOFT, "");
	html_close(p->h, T_FILTER);
}

/* ---- The page ---- */

/* The step that comes next on the path, where another one was requested. */
static void
next_step(struct page *p)
{
	struct page n = {p->h, p->a, p->r, &p->r->next, &p->r->gate};

	if (!p->r->has_next)
		return;
	html_open_section(p->h, C_VERDICT | WITH(gate_look[n.gate->decision].tone) | C_PART << 16, "next");
	html_put(p->h, T_P, C_SOFT, "The next step of the upgrade path, evaluated in the same run");
	heading(&n, T_H2, "next", "");
	lead(&n);
	html_put(p->h, T_P, C_SOFT, n.gate->counts);
	what_next(&n);
	html_close(p->h, T_SECTION);
	page_actions(&n);
	page_findings(&n);
	page_decisions(&n);
	page_upgrade_choices(&n);
	page_notes(&n);
	page_quiet(&n);
}

static void
footer(struct page *p)
{
	html_open(p->h, T_FOOTER, C_NONE);
	html_put(p->h, T_P, C_NONE,
	    arena_printf(p->a, "preflight %s, rules %s, run %s. Nothing was changed on the instance.",
		p->r->tool_version, p->r->rules_version, p->r->run_id));
	html_open(p->h, T_P, C_NONE);
	html_jump(p->h, "verdict", "Back to the verdict");
	html_close(p->h, T_P);
	html_close(p->h, T_FOOTER);
}

static struct html *
begin(FILE *f, const struct report *r, struct arena *a)
{
	const char *what = arena_printf(a, "%s: %s%sGitLab %s to %s", gate_title[r->gate.decision], r->label,
	    is_given(r->label) ? ", " : "", r->gate.from, r->gate.to);

	return html_begin(f,
	    &(struct html_head){.title = arena_printf(a, "%s (preflight)", what),
		.css = style_css,
		.script = script_js,
		.top_left = is_given(r->change) ? arena_printf(a, "%s, %s", what, r->change) : what,
		.top_right = arena_printf(a, "run %s", r->run_id),
		.bottom_left = arena_printf(
		    a, "preflight %s, rules %s. Data of %s", r->tool_version, r->rules_version, r->finished_at)});
}

static bool
html_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct page p = {begin(f, r, a), a, r, &r->gate, NULL};

	(void)style;
	top(&p);
	html_open(p.h, T_MAIN, C_NONE);
	first_screen(&p);
	glance(&p);
	html_open(p.h, T_DIV, C_BODY);
	html_open(p.h, T_DIV, C_SIDE);
	contents(&p);
	filter(&p);
	html_close(p.h, T_DIV);
	html_open(p.h, T_DIV, C_FINDINGS);
	page_actions(&p);
	page_findings(&p);
	page_decisions(&p);
	page_upgrade_choices(&p);
	page_notes(&p);
	page_quiet(&p);
	next_step(&p);
	page_sources(&p);
	page_provenance(&p);
	html_close(p.h, T_DIV);
	html_close(p.h, T_DIV);
	html_close(p.h, T_MAIN);
	footer(&p);
	if (!html_end(p.h) && !ferror(f))
		return fail(e, NOWHERE, "cannot write report.html");
	return stream_end(f, "report.html", e);
}

const struct format format_html = {
    "html", "report.html", "the report; opens in a browser, needs no network", html_render};
