/*
 * The part of the HTML page that only lists: rules without findings, upgrade notes, sources, fact tables, and where the
 * report comes from.
 */
#include "reports/html_lists.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* ---- Rules without findings ---- */

static void
quiet_rule(struct page *p, const struct finding *f, enum icon icon)
{
	html_open_id(p->h, T_LI, f->status == ST_PASS ? C_GOOD : C_NOTE, page_anchor(p, f));
	html_icon(p->h, icon);
	html_text(p->h, " ");
	html_text(p->h, f->message);
	html_text(p->h, " ");
	html_put(p->h, T_CODE, C_NONE, f->rule);
	html_close(p->h, T_LI);
}

/* A folded list of all rules of one status. */
static void
quiet_list(struct page *p, enum status s, enum icon icon, const char *id, const char *title, const char *beside)
{
	const struct gate_result *g = p->gate;

	if (g->by_status[s] == 0)
		return;
	id = page_id(p, id);
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? title : arena_printf(p->a, "Next step: %s", title), beside);
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, "Show all");
	html_open(p->h, T_UL, C_PASSED);
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->status == s)
			quiet_rule(p, g->findings[i], icon);
	html_close(p->h, T_UL);
	html_close(p->h, T_DETAILS);
	html_close(p->h, T_SECTION);
}

static bool
has_cause(const struct finding *f, const struct gate_result *g)
{
	for (size_t i = 0; i < g->n_unchecked; i++)
		for (size_t k = 0; k < g->unchecked[i].n; k++)
			if (g->unchecked[i].items[k] == f)
				return true;
	return false;
}

static void
unchecked(struct page *p, const struct unchecked *u)
{
	html_put(p->h, T_P, C_NONE, arena_printf(p->a, "%s (%s)", u->cause, page_count(p, u->n, "rule", "rules")));
	html_open(p->h, T_UL, C_PASSED);
	for (size_t i = 0; i < u->n; i++)
		quiet_rule(p, u->items[i], I_SKIPPED);
	html_close(p->h, T_UL);
}

/* Those whose cause is not recorded. */
static void
unchecked_rest(struct page *p)
{
	const struct gate_result *g = p->gate;
	size_t rest = g->by_status[ST_SKIPPED];

	for (size_t i = 0; i < g->n_unchecked; i++)
		rest -= g->unchecked[i].n;
	if (rest == 0)
		return;
	html_open(p->h, T_UL, C_PASSED);
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->status == ST_SKIPPED && !has_cause(g->findings[i], g))
			quiet_rule(p, g->findings[i], I_SKIPPED);
	html_close(p->h, T_UL);
}

/* Open for the gate that was requested; that of the next step mostly repeats it. */
static void
not_checked(struct page *p)
{
	const struct gate_result *g = p->gate;
	const char *id = page_id(p, "not-checked");

	if (g->by_status[ST_SKIPPED] == 0)
		return;
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? "Not checked" : "Next step: Not checked",
	    page_count(p, g->by_status[ST_SKIPPED], "rule", "rules"));
	if (p->above != NULL) {
		html_open(p->h, T_DETAILS, C_NONE);
		html_put(p->h, T_SUMMARY, C_NONE, "Show all");
	}
	for (size_t i = 0; i < g->n_unchecked; i++)
		unchecked(p, &g->unchecked[i]);
	unchecked_rest(p);
	if (p->above != NULL)
		html_close(p->h, T_DETAILS);
	html_close(p->h, T_SECTION);
}

void
page_quiet(struct page *p)
{
	quiet_list(p, ST_PASS, I_TICK, "passed", "Passed", page_count(p, p->gate->by_status[ST_PASS], "rule", "rules"));
	not_checked(p);
	quiet_list(p, ST_NOT_APPLICABLE, I_NOTE, "not-applicable", "Not applicable",
	    page_count(p, p->gate->by_status[ST_NOT_APPLICABLE], "rule", "rules"));
}

/* ---- Decisions ---- */

static const char *
decision_about(struct page *p, const struct decision *d)
{
	if (is_given(d->notes_read))
		return arena_printf(p->a, "the upgrade notes of %s", d->notes_read);
	if (!is_given(d->key))
		return d->rule;
	return arena_printf(p->a, "%s%s%.12s", d->rule, is_given(d->rule) ? ", finding " : "finding ", d->key);
}

static const char *
decision_result(struct page *p, const struct decision *d)
{
	if (strcmp(d->state, "applied") == 0)
		return arena_printf(p->a, "concerns %s%s", page_count(p, d->n_findings, "finding", "findings"),
		    d->broad ? ": it names no key" : "");
	return is_given(d->reason) ? arena_printf(p->a, "%s: %s", spaced(p->a, d->state), d->reason)
				   : spaced(p->a, d->state);
}

static void
one_decision(struct page *p, const struct decision *d)
{
	const struct {
		const char *column, *text;
	} cells[] = {{"", strcmp(d->kind, "accepted") == 0 ? "Accepted" : "Confirmed"}, {"", decision_about(p, d)},
	    {"By", d->approver}, {"Ticket", d->ticket}, {"Until", d->expires}, {"Reason", d->justification},
	    {"Result", decision_result(p, d)}};

	html_open(p->h, T_TR, C_NONE);
	for (size_t i = 0; i < nitems(cells); i++) {
		html_open_cell(p->h, strcmp(cells[i].column, "Until") == 0 ? C_NOWRAP : C_NONE, cells[i].column);
		html_text(p->h, is_given(cells[i].text) ? cells[i].text : "");
		html_close(p->h, T_TD);
	}
	html_close(p->h, T_TR);
}

void
page_decisions(struct page *p)
{
	static const char *const columns[] = {"Decision", "About", "By", "Ticket", "Until", "Reason", "Result"};
	const struct gate_result *g = p->gate;
	const char *id = page_id(p, "decisions");

	if (g->n_decisions == 0)
		return;
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? "Decisions" : "Next step: Decisions",
	    page_count(p, g->n_decisions, "entry, written by a person", "entries, written by people"));
	page_table_open(p, C_LIST, "", columns, nitems(columns));
	for (size_t i = 0; i < g->n_decisions; i++)
		one_decision(p, &g->decisions[i]);
	page_table_close(p);
	html_close(p->h, T_SECTION);
}

/* ---- Upgrade notes ---- */

static bool
needs_action(const struct note_line *l)
{
	return strcmp(l->state, "checked") != 0 && strcmp(l->state, "not_applicable") != 0;
}

static const char *
how_covered(const struct page *p, const struct note_line *l)
{
	static const char *const words[][2] = {{"to_read", "Needs reading"}, {"not_applicable", "Not applicable"},
	    {"not_checked", "Not checked: its data was not collected"}, {"not_covered", "Not covered"}};
	const char *word = "Checked";

	for (size_t i = 0; i < nitems(words); i++)
		if (strcmp(words[i][0], l->state) == 0)
			word = words[i][1];
	return is_given(l->why) && strcmp(l->state, "checked") != 0 ? arena_printf(p->a, "%s: %s", word, l->why) : word;
}

static void
note(struct page *p, const struct note_line *l)
{
	bool checked = strcmp(l->state, "checked") == 0;

	html_open(p->h, T_TR, C_NONE);
	html_open_cell(p->h, C_NOWRAP, "Release");
	html_text(p->h, l->version);
	html_close(p->h, T_TD);
	html_open_cell(p->h, C_NONE, "");
	html_text(p->h, l->note);
	html_close(p->h, T_TD);
	html_open_cell(p->h, checked ? C_GOOD : C_NONE, "");
	if (checked) {
		html_icon(p->h, I_TICK);
		html_text(p->h, " ");
	} else if (needs_action(l)) {
		html_put(p->h, T_SPAN, C_BOX, "");
	}
	html_linked_text(p->h, how_covered(p, l));
	if (checked && is_given(l->rules)) {
		html_text(p->h, " by ");
		html_put(p->h, T_CODE, C_NONE, l->rules);
	}
	html_close(p->h, T_TD);
	html_close(p->h, T_TR);
}

static void
note_table(struct page *p, bool action)
{
	static const char *const columns[] = {"Release", "Upgrade note", "How it is covered"};
	const struct notes_coverage *c = &p->gate->coverage;

	page_table_open(p, C_LIST, "", columns, nitems(columns));
	for (size_t i = 0; i < c->n_notes; i++)
		if (needs_action(&c->notes[i]) == action)
			note(p, &c->notes[i]);
	page_table_close(p);
}

void
page_notes(struct page *p)
{
	const struct notes_coverage *c = &p->gate->coverage;
	const char *id = page_id(p, "notes");
	size_t action = 0;

	if (c->n_notes == 0)
		return;
	for (size_t i = 0; i < c->n_notes; i++)
		action += needs_action(&c->notes[i]);
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? "Upgrade notes" : "Next step: Upgrade notes",
	    arena_printf(p->a, "%zu published for this step", c->total));
	html_open(p->h, T_P, C_NONE);
	html_text(p->h, arena_printf(p->a, "%s. Their text: ", c->text));
	html_link(p->h, "https://docs.gitlab.com/update/versions/", "GitLab upgrade notes");
	html_close(p->h, T_P);
	if (action > 0)
		note_table(p, true);
	if (action < c->n_notes) {
		html_open(p->h, T_DETAILS, C_NONE);
		html_put(p->h, T_SUMMARY, C_NONE,
		    arena_printf(p->a, "%s: checked or not applicable",
			page_count(p, c->n_notes - action, "note needs no action", "notes need no action")));
		note_table(p, false);
		html_close(p->h, T_DETAILS);
	}
	html_close(p->h, T_SECTION);
}

/* ---- Sources and facts ---- */

static const char *
source_details(struct page *p, const struct source_line *s)
{
	const char *place = source_where(p->a, s), *text = "";
	const struct {
		const char *before, *what;
	} parts[] = {{"", s->reason}, {"", strstr(place, s->version) == NULL ? s->version : ""}, {"", place},
	    {"from ", s->origin}, {"", s->tls}, {"role: ", s->privilege}};

	for (size_t i = 0; i < nitems(parts); i++)
		if (is_given(parts[i].what))
			text = arena_printf(
			    p->a, "%s%s%s%s", text, text[0] != '\0' ? ", " : "", parts[i].before, parts[i].what);
	return text;
}

static void
source(struct page *p, const struct source_line *s)
{
	bool complete = strcmp(s->status, "complete") == 0;
	bool open = strcmp(s->status, "not_collected") == 0 || strcmp(s->status, "disabled") == 0;

	html_open(p->h, T_TR, C_NONE);
	html_open(p->h, T_TD, C_NOWRAP);
	html_put(p->h, T_CODE, C_NONE, s->id);
	html_close(p->h, T_TD);
	html_open(p->h, T_TD, C_NOWRAP | WITH(complete ? C_GOOD : open ? C_NOTE : C_UNKNOWN));
	html_icon(p->h, complete ? I_GOOD : open ? I_SKIPPED : I_UNKNOWN);
	html_text(p->h, " ");
	html_text(p->h, spaced(p->a, s->status));
	html_close(p->h, T_TD);
	html_put(p->h, T_TD, C_NONE, source_details(p, s));
	html_put(p->h, T_TD, C_NUMBER,
	    open ? ""
		 : arena_printf(p->a, "%" PRId64 ".%" PRId64 " s", s->duration_ms / 1000, s->duration_ms % 1000 / 100));
	html_close(p->h, T_TR);
}

/* Sources that this instance need not have, in one line. */
static void
needless_sources(struct page *p)
{
	const char *list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->r->n_sources; i++)
		if (p->r->sources[i].needless) {
			n++;
			list = list == NULL ? p->r->sources[i].id
					    : arena_printf(p->a, "%s, %s", list, p->r->sources[i].id);
		}
	if (n == 0)
		return;
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE,
	    arena_printf(p->a, "%s on this instance",
		page_count(p, n, "source is not configured", "sources are not configured")));
	html_put(p->h, T_P, C_SOFT, list);
	html_close(p->h, T_DETAILS);
}

void
page_sources(struct page *p)
{
	static const char *const columns[] = {"Source", "Result", "What and where", "Time"};

	html_open_section(p->h, C_PART, "sources");
	html_heading(p->h, T_H2, "sources", "Sources", "");
	page_table_open(p, C_LIST, "", columns, nitems(columns));
	for (size_t i = 0; i < p->r->n_sources; i++)
		if (!p->r->sources[i].needless)
			source(p, &p->r->sources[i]);
	page_table_close(p);
	needless_sources(p);
	html_close(p->h, T_SECTION);
}

static void
fact(struct page *p, const struct fact_line *f)
{
	const char *status = spaced(p->a, f->status);
	char rows[TIME_TEXT];

	html_open(p->h, T_TR, C_NONE);
	html_open(p->h, T_TD, C_NONE);
	html_put(p->h, T_CODE, C_NONE, f->table);
	html_close(p->h, T_TD);
	html_put(p->h, T_TD, C_NONE, f->database);
	html_put(p->h, T_TD, C_NONE, is_given(f->reason) ? arena_printf(p->a, "%s: %s", status, f->reason) : status);
	html_put(p->h, T_TD, C_NUMBER, text_count(f->rows, rows));
	html_close(p->h, T_TR);
}

static void
facts(struct page *p)
{
	static const char *const columns[] = {"Table", "Part", "Result", "Rows"};
	int64_t rows = 0;
	char text[TIME_TEXT];

	for (size_t i = 0; i < p->r->n_facts; i++)
		rows += p->r->facts[i].rows;
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE,
	    arena_printf(p->a, "Evidence: %s, %s rows, in the folder facts of the bundle",
		page_count(p, p->r->n_facts, "table", "tables"), text_count(rows, text)));
	page_table_open(p, C_LIST, "", columns, nitems(columns));
	for (size_t i = 0; i < p->r->n_facts; i++)
		fact(p, &p->r->facts[i]);
	page_table_close(p);
	html_close(p->h, T_DETAILS);
}

/* ---- Where the report comes from ---- */

static const char *
people(struct arena *a, const char *time)
{
	char text[TIME_PEOPLE];
	int64_t us;

	return text_time_read(time, &us) ? arena_strdup(a, text_time_people(us, text)) : time;
}

static void
versions(struct page *p)
{
	const struct report *r = p->r;

	page_pair(p, "Instance",
	    arena_printf(p->a, "%s%s%s, GitLab %s, edition %s", r->label, is_given(r->label) ? ", " : "",
		r->install_title, r->current_version, r->edition));
	page_pair(p, "Installed package", r->package_version);
	page_pair(p, "Last reconfigured", r->reconfigured_version);
	page_pair(p, "Schema", r->schema_version);
	page_pair(p, "Serving", r->serving_version);
}

void
page_provenance(struct page *p)
{
	const struct report *r = p->r;

	html_open_section(p->h, C_PART, "provenance");
	html_heading(p->h, T_H2, "provenance", "Provenance and verification", "");
	html_open(p->h, T_DL, C_FACTS);
	versions(p);
	page_pair(p, "Run", r->run_id);
	page_pair(p, "Collected",
	    arena_printf(p->a, "%s to %s%s", people(p->a, r->started_at), people(p->a, r->finished_at),
		r->complete ? "" : " (interrupted)"));
	page_pair(p, "Operator", r->operator_name);
	page_pair(p, "Host", r->host);
	page_pair(p, "Command", r->command);
	page_pair(p, "Program", arena_printf(p->a, "preflight %s", r->tool_version));
	page_pair(p, "Rules",
	    arena_printf(p->a, "%s (%s), for %s", r->rules_version, spaced(p->a, r->rules_origin), r->rules_known));
	page_pair(p, "Digest of the rules", r->rules_digest);
	html_close(p->h, T_DL);
	html_put(p->h, T_H3, C_NONE, "How to verify this report");
	html_put(p->h, T_P, C_NONE,
	    "In the folder of the bundle, without preflight: every file is as it was written. With preflight: the "
	    "verdict is evaluated again from the stored data.");
	html_commands(p->h, "sha256sum -c SHA256SUMS\npreflight verify .");
	facts(p);
	html_close(p->h, T_SECTION);
}
