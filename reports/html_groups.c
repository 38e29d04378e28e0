/*
 * The part of the HTML page that shows findings, grouped by rule and state, with one fix for each. Uses html_writer.c
 * only, so text cannot become markup.
 */
#include "reports/html_groups.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define ROWS_MAX 1000    /* findings of one group that are listed; report.json has all */
#define COMMANDS_MAX 200 /* lines of one step */
#define UPGRADE_STEPS 2  /* of an upgrade that fits the verdict */
#define EVIDENCE_MAX 100 /* rows of the table of evidence */

/* The first lines of a list that is too long to be read. */
static const char *
first_lines(struct page *p, const char *lines, size_t most)
{
	const char *end = lines;
	size_t n = 0;

	for (; *end != '\0' && n < most; n++)
		end += strcspn(end, "\n") + (end[strcspn(end, "\n")] == '\n');
	return *end == '\0' ? lines : arena_strndup(p->a, lines, (size_t)(end - lines));
}

static void
one_step(struct page *p, const struct remedy_step *s)
{
	html_open(p->h, T_LI, C_NONE);
	html_linked_text(p->h, s->text);
	if (s->command != NULL) {
		const char *shown = first_lines(p, s->command, COMMANDS_MAX);

		html_commands(p->h, shown);
		if (strlen(shown) < strlen(s->command))
			html_put(p->h, T_P, C_SOFT,
			    arena_printf(p->a, "The first %d commands; report.json has all.", COMMANDS_MAX));
	}
	html_close(p->h, T_LI);
}

static void
one_remedy(struct page *p, const struct remedy *m)
{
	enum tag list = m->n_steps == 1 ? T_UL : T_OL;

	html_open(p->h, list, C_FIX);
	for (size_t i = 0; i < m->n_steps; i++)
		one_step(p, &m->steps[i]);
	html_close(p->h, list);
}

/* Lines of commands; NULL without any. */
static const char *
joined(struct arena *a, const char *const *commands, size_t n)
{
	struct buf b;
	const char *s;

	if (n == 0)
		return NULL;
	buf_init(&b, (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? "\n" : "", commands[i]);
	s = arena_strdup(a, b.p);
	buf_free(&b);
	return s;
}

bool
upgrade_is_long(const struct gate_result *g)
{
	return g->n_upgrade > 0 && g->upgrade[0].n_steps > UPGRADE_STEPS;
}

static bool
same_steps(const struct remedy *a, const struct remedy *b)
{
	if (a->n_steps != b->n_steps)
		return false;
	for (size_t i = 0; i < a->n_steps; i++) {
		const char *c = a->steps[i].command, *d = b->steps[i].command;

		if (strcmp(a->steps[i].text, b->steps[i].text) != 0 || (c == NULL) != (d == NULL) ||
		    (c != NULL && strcmp(c, d) != 0))
			return false;
	}
	return true;
}

/* The instance's own way of installing is open; the others are folded, and are not printed. */
static void
remedies(struct page *p, const struct remedy *list, size_t n)
{
	size_t others = 0;

	if (n == 0)
		return;
	one_remedy(p, &list[0]);
	for (size_t i = 1; i < n; i++)
		others += !same_steps(&list[0], &list[i]);
	if (others == 0)
		return;
	html_open(p->h, T_DETAILS, C_OTHER);
	html_put(p->h, T_SUMMARY, C_NONE, "Other installation methods");
	for (size_t i = 1; i < n; i++) {
		if (same_steps(&list[0], &list[i]))
			continue;
		html_put(p->h, T_P, C_STATE, list[i].install_title);
		one_remedy(p, &list[i]);
	}
	html_close(p->h, T_DETAILS);
}

void
page_upgrade(struct page *p)
{
	remedies(p, p->gate->upgrade, p->gate->n_upgrade);
}

void
page_upgrade_choices(struct page *p)
{
	const char *id = page_id(p, "upgrade");

	if (!upgrade_is_long(p->gate))
		return;
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? "Upgrade commands" : "Next step: Upgrade commands",
	    "one of them, by operating system and edition");
	page_upgrade(p);
	html_close(p->h, T_SECTION);
}

/* What clears the gate, as one list; the script adds a button that copies all of its commands. */
void
page_actions(struct page *p)
{
	const struct gate_result *g = p->gate;
	const char *id = page_id(p, "actions");
	struct remedy_step *steps;

	if (!page_needs_actions(p))
		return;
	steps = arena_alloc(p->a, g->n_actions * sizeof *steps);
	for (size_t i = 0; i < g->n_actions; i++)
		steps[i] = (struct remedy_step){.text = g->actions[i].text,
		    .command = joined(p->a, g->actions[i].commands, g->actions[i].n_commands)};
	html_open_section(p->h, C_PART, id);
	html_heading(
	    p->h, T_H2, id, p->above == NULL ? "All that is to do" : "Next step: All that is to do", "in this order");
	one_remedy(p, &(struct remedy){"", "", steps, g->n_actions});
	html_close(p->h, T_SECTION);
}

/* "34.2 % (412 of 1,205)" and a bar. */
static void
progress(struct page *p, const struct progress *m)
{
	char done[TIME_TEXT], total[TIME_TEXT];

	if (!m->known)
		return;
	html_put(
	    p->h, T_SPAN, C_NUMBER, arena_printf(p->a, "%" PRId64 ".%" PRId64 " %%", m->tenths / 10, m->tenths % 10));
	html_text(p->h, " ");
	html_put(p->h, T_SPAN, C_SOFT,
	    arena_printf(p->a, "(%s of %s)", text_count(m->done, done), text_count(m->total, total)));
	html_bar(p->h, m->tenths);
}

/* ---- Evidence ---- */

static bool
is_internal(const char *name)
{
	static const char *const internal[] = {"status", "severity", "progress_done", "progress_total", "percent"};

	for (size_t i = 0; i < nitems(internal); i++)
		if (strcmp(internal[i], name) == 0)
			return true;
	return false;
}

/* Does the message leave out the value of this column for any of the findings? */
static bool
adds_evidence(const struct finding *const *items, size_t n, size_t column)
{
	for (size_t i = 0; i < n; i++) {
		const struct evidence *e = &items[i]->evidence;
		const char *value = column < e->n ? e->fields[column].value : "";

		if (column < e->n && is_internal(e->fields[column].name))
			return false;
		if (is_given(value) && strstr(items[i]->message, value) == NULL)
			return true;
	}
	return false;
}

static void
evidence_of_one(struct page *p, const struct finding *f, const bool *adds)
{
	html_open(p->h, T_DL, C_FACTS);
	for (size_t i = 0; i < f->evidence.n; i++) {
		if (!adds[i])
			continue;
		html_put(p->h, T_DT, C_NONE, spaced(p->a, f->evidence.fields[i].name));
		html_open(p->h, T_DD, C_NONE);
		html_put(p->h, T_CODE, C_NONE, f->evidence.fields[i].value);
		html_close(p->h, T_DD);
	}
	html_close(p->h, T_DL);
}

static void
evidence_row(struct page *p, const struct group_part *k, size_t row, const bool *adds)
{
	const struct evidence *e = &k->items[row]->evidence;

	html_open(p->h, T_TR, C_NONE);
	html_put(p->h, T_TD, C_NUMBER, arena_printf(p->a, "%zu", row + 1));
	for (size_t i = 0; i < k->items[0]->evidence.n; i++)
		if (adds[i]) {
			html_open(p->h, T_TD, C_NONE);
			html_put(p->h, T_CODE, C_NONE, i < e->n ? e->fields[i].value : "");
			html_close(p->h, T_TD);
		}
	html_close(p->h, T_TR);
}

static void
evidence_of_many(struct page *p, const struct group_part *k, const bool *adds)
{
	const struct evidence *e = &k->items[0]->evidence;
	const char **columns = arena_alloc(p->a, (e->n + 1) * sizeof *columns);
	size_t n = 0;

	columns[n++] = "Row";
	for (size_t i = 0; i < e->n; i++)
		if (adds[i])
			columns[n++] = spaced(p->a, e->fields[i].name);
	html_open(p->h, T_SCROLL, C_LIST);
	page_table_open(p, C_NONE, "Further columns that the rule found", columns, n);
	for (size_t i = 0; i < k->n && i < EVIDENCE_MAX; i++)
		evidence_row(p, k, i, adds);
	page_table_close(p);
	html_close(p->h, T_SCROLL);
	if (k->n > EVIDENCE_MAX)
		html_put(
		    p->h, T_P, C_SOFT, arena_printf(p->a, "The first %d rows; report.json has all.", EVIDENCE_MAX));
}

static void
evidence(struct page *p, const struct group_part *k)
{
	size_t n = k->items[0]->evidence.n;
	bool *adds = arena_alloc(p->a, (n + 1) * sizeof *adds), any = false;

	for (size_t i = 0; i < n; i++) {
		adds[i] = adds_evidence(k->items, k->n, i);
		any = any || adds[i];
	}
	if (!any)
		return;
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, "Evidence");
	if (k->n == 1)
		evidence_of_one(p, k->items[0], adds);
	else
		evidence_of_many(p, k, adds);
	html_close(p->h, T_DETAILS);
}

static void
references(struct page *p, const struct finding *f)
{
	if (f->n_refs == 0)
		return;
	html_open(p->h, T_P, C_META);
	html_text(p->h, "See ");
	for (size_t i = 0; i < f->n_refs; i++) {
		html_text(p->h, i > 0 ? "; " : "");
		html_link(p->h, f->refs[i].url, f->refs[i].title);
	}
	html_close(p->h, T_P);
}

/* ---- Parts of a group ---- */

/* What the rows of a table have beside number and message. */
struct columns {
	bool state, progress, eta;
};

static struct columns
columns_of(const struct group_part *k)
{
	struct columns c = {0};

	for (size_t i = 0; i < k->n; i++) {
		const struct finding *f = k->items[i];

		c.state = c.state || (!is_given(k->state) && f->has_progress && is_given(f->progress.state));
		c.progress = c.progress || (f->has_progress && f->progress.known);
		c.eta = c.eta || is_given(f->progress.eta);
	}
	return c;
}

static void
row(struct page *p, const struct finding *f, size_t number, const struct columns *c)
{
	html_open_id(p->h, T_TR, C_NONE, page_anchor(p, f));
	html_open_cell(p->h, C_NUMBER, "");
	html_permalink(p->h, page_anchor(p, f), arena_printf(p->a, "%zu", number), f->subject_name);
	html_close(p->h, T_TD);
	html_open_cell(p->h, C_NONE, "");
	html_linked_text(p->h, f->message);
	html_close(p->h, T_TD);
	if (c->state) {
		html_open_cell(p->h, C_NOWRAP, "State");
		html_text(p->h, is_given(f->progress.state) ? f->progress.state : "");
		html_close(p->h, T_TD);
	}
	if (c->progress) {
		html_open_cell(p->h, C_PROGRESS, "");
		progress(p, &f->progress);
		html_close(p->h, T_TD);
	}
	if (c->eta) {
		html_open_cell(p->h, C_NUMBER, "Expected");
		html_text(p->h, is_given(f->progress.eta) ? f->progress.eta : "?");
		html_close(p->h, T_TD);
	}
	html_close(p->h, T_TR);
}

static void
rows(struct page *p, const struct group_part *k, size_t *shown)
{
	const struct columns c = columns_of(k);
	const char *names[5] = {"No.", "Finding"};
	size_t n = 2, first = *shown;

	if (c.state)
		names[n++] = "State";
	if (c.progress)
		names[n++] = "Progress";
	if (c.eta)
		names[n++] = "Expected";
	page_table_open(p, C_NONE, "", names, n);
	for (size_t i = 0; i < k->n && *shown < ROWS_MAX; i++, (*shown)++)
		row(p, k->items[i], i + 1, &c);
	page_table_close(p);
	if (*shown - first < k->n)
		html_put(p->h, T_P, C_SOFT,
		    arena_printf(p->a, "%s, which report.json lists.",
			page_count(p, k->n - (*shown - first), "more finding", "more findings")));
}

/* How far a finding that is alone has come: in a table it is a column. */
static void
own_progress(struct page *p, const struct finding *f)
{
	if (!f->has_progress || !f->progress.known)
		return;
	html_open(p->h, T_DIV, C_META);
	html_text(p->h, is_given(f->progress.state) ? arena_printf(p->a, "%s, ", f->progress.state) : "");
	progress(p, &f->progress);
	if (is_given(f->progress.eta))
		html_text(p->h, arena_printf(p->a, " expected: %s", f->progress.eta));
	html_close(p->h, T_DIV);
}

/* "18 failed"; without a state only how many, and only where there are several fixes. */
static void
part_head(struct page *p, const struct group *g, const struct group_part *k)
{
	if (g->n_parts == 1 && !is_given(k->state))
		return;
	if (is_given(k->state))
		html_put(p->h, T_H4, C_STATE, arena_printf(p->a, "%zu %s", k->n, k->state));
	else
		html_put(p->h, T_H4, C_STATE, page_count(p, k->n, "finding", "findings"));
}

static void
part(struct page *p, const struct group *g, const struct group_part *k, size_t *shown)
{
	html_open(p->h, T_DIV, g->n_parts > 1 ? C_GAP : C_NONE);
	if (g->n > 1)
		part_head(p, g, k);
	remedies(p, k->remedies, k->n_remedies);
	if (g->n > 1)
		rows(p, k, shown);
	evidence(p, k);
	html_close(p->h, T_DIV);
}

/* ---- Groups ---- */

static void
why(struct page *p, const struct group *g)
{
	if (!is_given(g->why))
		return;
	html_open(p->h, T_P, C_NONE);
	html_linked_text(p->h, g->why);
	html_close(p->h, T_P);
}

/* What a finding that is alone is about; in a table it is a row. */
static void
own_message(struct page *p, const struct group *g)
{
	if (adds_message(g, g->items[0])) {
		html_open(p->h, T_P, C_NONE);
		html_linked_text(p->h, g->items[0]->message);
		html_close(p->h, T_P);
	}
	own_progress(p, g->items[0]);
}

/* The rules that lack the same data, each with its permalink. */
static void
dependents(struct page *p, const struct group *g)
{
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, page_count(p, g->n, "finding of this cause", "findings of this cause"));
	html_open(p->h, T_UL, C_PASSED);
	for (size_t i = 0; i < g->n; i++) {
		const struct finding *f = g->items[i];

		html_open_id(p->h, T_LI, C_NONE, page_anchor(p, f));
		html_text(p->h, f->title);
		html_text(p->h, " ");
		html_put(p->h, T_CODE, C_NONE, f->rule);
		html_close(p->h, T_LI);
	}
	html_close(p->h, T_UL);
	html_close(p->h, T_DETAILS);
}

static void
states(struct page *p, const struct group *g)
{
	const char *s = is_given(g->detail) ? g->detail : "";

	for (size_t i = 0; i < g->n_states && g->n > 1; i++)
		s = arena_printf(p->a, "%s%s%zu %s", s, s[0] != '\0' ? ", " : "", g->states[i].n, g->states[i].word);
	if (s[0] != '\0')
		html_text(p->h, arena_printf(p->a, " %s", s));
}

static void
group_head(struct page *p, const struct group *g, const char *id)
{
	const struct kind_look *look = &kind_look[kind_of(g)];

	html_open(p->h, T_H3, C_NONE);
	html_open(p->h, T_SPAN, C_SEVERITY);
	html_icon(p->h, look->icon);
	html_text(p->h, arena_printf(p->a, " %s", g->word));
	html_close(p->h, T_SPAN);
	html_text(p->h, " ");
	html_text(p->h, g->headline);
	html_close(p->h, T_H3);
	html_open(p->h, T_P, C_META);
	if (g->rule != NULL) {
		html_put(p->h, T_CODE, C_NONE, g->rule);
		html_text(p->h, " ");
	}
	html_permalink(p->h, id, arena_printf(p->a, "#%s", id), g->headline);
	states(p, g);
	html_close(p->h, T_P);
}

/* What a person decided, or the line that prints the entry for it. */
static void
decided(struct page *p, const struct group *g)
{
	const struct finding *f = g->items[0];

	if (f->decision != NULL) {
		html_put(p->h, T_P, C_NONE, decision_text(p->a, f->decision));
		return;
	}
	if (f->decidable == NULL || p->above != NULL || (g->rule == NULL && g->n > 1))
		return;
	html_open(p->h, T_DETAILS, C_OTHER);
	html_put(p->h, T_SUMMARY, C_NONE, strcmp(f->decidable, "accepted") == 0 ? "Accept this risk" : "Confirm this");
	html_put(p->h, T_P, C_SOFT,
	    "In the folder of the bundle this prints the entry for the file of --decisions, which needs a reason and a name:");
	html_commands(p->h, arena_printf(p->a, "preflight accept %s .", g->n == 1 ? f->anchor : f->rule));
	html_close(p->h, T_DETAILS);
}

static void
group_body(struct page *p, const struct group *g)
{
	size_t shown = 0;

	if (g->n == 1)
		own_message(p, g);
	why(p, g);
	if (g->rule == NULL && g->n > 1) {
		remedies(p, g->remedies, g->n_remedies);
		dependents(p, g);
	} else {
		for (size_t i = 0; i < g->n_parts; i++)
			part(p, g, &g->parts[i], &shown);
	}
	decided(p, g);
	references(p, g->items[0]);
}

/* The gate of the next step often has the findings of the one above: a link is enough. */
static bool
is_repeated(const struct page *p, const struct group *g)
{
	bool all = p->above != NULL;

	for (size_t i = 0; i < g->n && all; i++)
		all = gate_has(p->above, g->items[i]);
	return all;
}

static void
group(struct page *p, const struct group *g)
{
	const char *id = page_group_id(p, g);

	html_open_filtered(p->h, T_ARTICLE, C_CARD | WITH(kind_look[kind_of(g)].tone), id, kind_look[kind_of(g)].id);
	group_head(p, g, id);
	if (is_repeated(p, g)) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, g->items[0]->anchor, "The same as above");
		html_close(p->h, T_P);
	} else {
		group_body(p, g);
	}
	html_close(p->h, T_ARTICLE);
}

static void
one_kind(struct page *p, enum kind k)
{
	const struct kind_look *look = &kind_look[k];
	const char *id = page_id(p, look->id);
	size_t n = 0;

	for (size_t i = 0; i < p->gate->n_groups; i++)
		n += kind_of(&p->gate->groups[i]) == k;
	if (n == 0)
		return;
	html_open_section(p->h, C_PART, id);
	html_heading(p->h, T_H2, id, p->above == NULL ? look->title : arena_printf(p->a, "Next step: %s", look->title),
	    arena_printf(p->a, "%zu%s%s", kind_count(p->gate, k), look->about[0] != '\0' ? ", " : "", look->about));
	for (size_t i = 0; i < p->gate->n_groups; i++)
		if (kind_of(&p->gate->groups[i]) == k)
			group(p, &p->gate->groups[i]);
	html_close(p->h, T_SECTION);
}

void
page_findings(struct page *p)
{
	for (size_t k = 0; k < K_N; k++)
		one_kind(p, (enum kind)k);
}
