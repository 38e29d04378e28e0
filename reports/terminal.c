/*
 * The formats text and quiet: the summary for a terminal, and the verdict in one line. Width and colour are the
 * caller's choice.
 */
#include "reports/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define LEAD 9 /* columns of "BLOCKER  " */
#define COMMAND_INDENT "      "
#define COMMANDS_MAX 10

struct term {
	FILE *f;
	struct arena *a;
	const struct render_style *style;
	size_t width;
	const struct gate_result *above; /* shown already, or NULL */
};

static const char *const bold_red = "\033[1;31m", *const bold_magenta = "\033[1;35m", *const bold_blue = "\033[1;34m",
			 *const bold_yellow = "\033[1;33m", *const bold_green = "\033[1;32m", *const bold = "\033[1m";

static const char *
gate_colour(enum gate g)
{
	const char *const colours[] = {[G_GO] = bold_green,
	    [G_GO_WITH_WARNINGS] = bold_yellow,
	    [G_WAIT] = bold_blue,
	    [G_UNDETERMINED] = bold_magenta,
	    [G_NO_GO] = bold_red};

	return colours[g];
}

static const char *
group_colour(const struct group *g)
{
	const char *const colours[CH_N] = {[CH_BLOCKERS] = bold_red,
	    [CH_WAITING] = bold_blue,
	    [CH_UNDECIDED] = bold_magenta,
	    [CH_WARNINGS] = bold_yellow,
	    [CH_NOTICES] = bold};

	return colours[chapter_of(g)];
}

static size_t
columns(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xC0) != 0x80;
	return n;
}

static void
blanks(const struct term *t, size_t n)
{
	(void)fprintf(t->f, "%*s", (int)n, "");
}

static void
coloured(const struct term *t, const char *colour, const char *text)
{
	(void)fprintf(t->f, "%s%s%s", t->style->colour ? colour : "", text, t->style->colour ? "\033[0m" : "");
}

/* Words from `column` on; further lines begin at `indent`. Returns the column that it ends in. */
static size_t
wrapped(const struct term *t, size_t column, size_t indent, const char *text)
{
	const char *s = one_line(t->a, text);
	bool first = true;

	for (s += strspn(s, " "); *s != '\0'; s += strspn(s, " ")) {
		size_t len = strcspn(s, " "), cells = columns(arena_strndup(t->a, s, len));

		if (column + !first + cells > t->width && column > indent) {
			(void)fputc('\n', t->f);
			blanks(t, indent);
			column = indent;
			first = true;
		}
		if (!first)
			(void)fputc(' ', t->f);
		(void)fwrite(s, 1, len, t->f);
		column += !first + cells;
		first = false;
		s += len;
	}
	return column;
}

/* A lead in its own columns, then a paragraph beside it. */
static void
paragraph(const struct term *t, const char *lead, size_t indent, const char *text)
{
	size_t used = columns(lead), len = strlen(lead);

	while (!is_given(text) && len > 0 && lead[len - 1] == ' ')
		len--;
	(void)fwrite(lead, 1, len, t->f);
	if (is_given(text) && used < indent)
		blanks(t, indent - used);
	(void)wrapped(t, used < indent ? indent : used, indent, text);
	(void)fputc('\n', t->f);
}

/* Right-aligned at the end of a line that has come to `column`; two blanks away if there is no room. */
static void
at_the_right(const struct term *t, size_t column, const char *text)
{
	size_t cells = columns(text);

	blanks(t, column + 2 + cells <= t->width ? t->width - column - cells : 2);
	(void)fprintf(t->f, "%s\n", text);
}

static void
two_sides(const struct term *t, const char *left, const char *right)
{
	const char *l = one_line(t->a, left), *r = one_line(t->a, right);

	if (columns(l) + columns(r) + 2 > t->width) {
		paragraph(t, "", 0, l);
		paragraph(t, "", 2, r);
		return;
	}
	(void)fputs(l, t->f);
	at_the_right(t, columns(l), r);
}

/* Of rules that came as one file. */
static const char *
rules_signature(struct arena *a, const struct report *r)
{
	if (r->rules_signature == NULL)
		return "";
	return strcmp(r->rules_signature, "unsigned") == 0 ? " unsigned"
							   : arena_printf(a, " signed by %s", r->rules_signature);
}

static void
head(const struct term *t, const struct report *r)
{
	two_sides(t,
	    arena_printf(t->a, "preflight %s  rules %s%s (for %s)", r->tool_version, r->rules_version,
		rules_signature(t->a, r), r->rules_known),
	    arena_printf(t->a, "%s%s%s, GitLab %s", r->label, is_given(r->label) ? ", " : "", r->install_title,
		r->current_version));
}

/* Sources that nobody asked for are named in one line below; those that need not exist are not. */
static bool
is_listed(const struct term *t, const struct source_line *s)
{
	return t->style->verbosity > 0 || (strcmp(s->status, "not_collected") != 0 && !s->needless);
}

static const char *
source_place(const struct term *t, const struct source_line *s)
{
	const char *place = source_where(t->a, s);

	if (is_given(s->version) && strstr(place, s->version) == NULL)
		place = arena_printf(t->a, "%s%s%s", place, place[0] != '\0' ? ", " : "", s->version);
	if (is_given(s->origin))
		place = arena_printf(t->a, "%s%s(from %s)", place, place[0] != '\0' ? " " : "", s->origin);
	return place;
}

static void
sources(const struct term *t, const struct report *r)
{
	size_t widest = 0, status = 0;

	for (size_t i = 0; i < r->n_sources; i++) {
		if (!is_listed(t, &r->sources[i]))
			continue;
		widest = columns(r->sources[i].id) > widest ? columns(r->sources[i].id) : widest;
		status = columns(r->sources[i].status) > status ? columns(r->sources[i].status) : status;
	}
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_line *s = &r->sources[i];
		const char *lead = arena_printf(t->a, "  %-*s  %-*s %6" PRId64 " ms  ", (int)widest, s->id, (int)status,
		    spaced(t->a, s->status), s->duration_ms);

		if (!is_listed(t, s))
			continue;
		paragraph(t, lead, widest + 4, source_place(t, s));
		if (is_given(s->reason))
			paragraph(t, "", widest + 4, s->reason);
	}
	if (is_given(r->nodes))
		paragraph(t, "  Read: ", 4, arena_printf(t->a, "%s.", r->nodes));
	if (is_given(r->not_read))
		paragraph(t, "  ", 2, r->not_read);
	for (size_t i = 0; i < r->gate.n_excluded; i++)
		paragraph(t, "  Left out on purpose: ", 4, r->gate.excluded[i]);
}

static void
path(const struct term *t, const struct report *r)
{
	const char *s = "";

	for (size_t i = 0; i < r->n_steps; i++)
		s = arena_printf(t->a, "%s%s%s (%s%s%s)", s, i > 0 ? " -> " : "", r->steps[i].version,
		    spaced(t->a, r->steps[i].kind), strcmp(r->steps[i].state, "done") == 0 ? "" : ", ",
		    strcmp(r->steps[i].state, "done") == 0 ? "" : spaced(t->a, r->steps[i].state));
	if (r->n_steps > 0)
		paragraph(t, "  path", 8, s);
}

static void
all_rules(const struct term *t, const struct gate_result *g)
{
	(void)fputc('\n', t->f);
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];
		const char *lead = arena_printf(
		    t->a, "  %-14s  %s  %-28s  ", finding_word(t->a, f), f->anchor, f->rule);

		paragraph(t, lead, 18,
		    is_given(f->subject_name)  ? arena_printf(t->a, "%s: %s", f->title, f->subject_name)
			: f->status == ST_PASS ? f->message
					       : f->title);
	}
}

static void
all_facts(const struct term *t, const struct report *r)
{
	char rows[TIME_TEXT];

	(void)fputc('\n', t->f);
	for (size_t i = 0; i < r->n_facts; i++) {
		const struct fact_line *f = &r->facts[i];
		const char *lead = arena_printf(t->a, "  %-32s  %-8s  %-14s  %10s  ", f->table, f->database,
		    spaced(t->a, f->status), text_count(f->rows, rows));

		paragraph(t, lead, 18, is_given(f->reason) ? f->reason : "");
	}
}

static const char *
step_text(const struct term *t, const struct remedy *m, size_t i)
{
	const char *s = m->steps[i].text;

	if (m->n_steps > 1)
		s = arena_printf(t->a, "%zu. %s", i + 1, s);
	return i == 0 && is_given(m->install_title) ? arena_printf(t->a, "(%s) %s", m->install_title, s) : s;
}

/* The lines of a command; of a list that is too long for a screen the first ones. */
static void
command(const struct term *t, const char *lines)
{
	size_t most = t->style->verbosity > 0 ? SIZE_MAX : COMMANDS_MAX, n = 0, all = 1;
	struct buf b;

	for (const char *p = lines; *p != '\0'; p++)
		all += *p == '\n' && p[1] != '\0';
	most += most < SIZE_MAX && all == most + 1;
	buf_init(&b, (size_t)8 * 1024 * 1024);
	for (const char *p = lines; *p != '\0' && n < most; n++) {
		size_t len = strcspn(p, "\n");

		add_lines(&b, t->a, COMMAND_INDENT, arena_strndup(t->a, p, len));
		p += len + (p[len] == '\n');
	}
	(void)fputs(b.p, t->f);
	buf_free(&b);
	if (n < all)
		paragraph(t, COMMAND_INDENT, LEAD, arena_printf(t->a, "and %zu more: see report.html", all - n));
}

static void
remedy(const struct term *t, const char *lead, const struct remedy *m)
{
	for (size_t i = 0; i < m->n_steps; i++) {
		paragraph(t, i == 0 ? lead : "", LEAD, step_text(t, m, i));
		if (m->steps[i].command != NULL)
			command(t, m->steps[i].command);
	}
}

/* How many findings of a part are told one by one before the rest is only counted. */
static size_t
most_items(const struct term *t, const struct group *g)
{
	if (t->style->verbosity > 0)
		return g->n;
	switch (chapter_of(g)) {
	case CH_BLOCKERS:
		return g->n_parts > 1 ? 5 : 20;
	case CH_WAITING:
		return 5;
	case CH_UNDECIDED:
		return g->rule != NULL ? 5 : 0;
	case CH_WARNINGS:
	case CH_NOTICES:
		break;
	}
	return 3;
}

static void
items(const struct term *t, const struct group *g, const struct group_part *k)
{
	size_t most = most_items(t, g);

	most += most > 0 && k->n == most + 1; /* the line that says "1 more" holds it as well */
	for (size_t i = 0; i < k->n && i < most; i++) {
		const struct finding *f = k->items[i];

		if (adds_message(g, f))
			paragraph(t, g->n > 1 ? "       -" : "", LEAD,
			    is_given(f->progress.eta)
				? arena_printf(t->a, "%s; expected: %s", f->message, f->progress.eta)
				: f->message);
	}
	if (k->n > most && most > 0)
		paragraph(t, "       -", LEAD, arena_printf(t->a, "and %zu more: see report.html", k->n - most));
}

static void
group_head(const struct term *t, const struct group *g)
{
	size_t lead = columns(g->word) < LEAD - 1 ? LEAD : columns(g->word) + 2, column;

	coloured(t, group_colour(g), g->word);
	blanks(t, lead - columns(g->word));
	column = wrapped(t, lead, LEAD, g->headline);
	if (g->rule != NULL && column + 2 + columns(g->rule) <= t->width) {
		at_the_right(t, column, g->rule);
		return;
	}
	(void)fputc('\n', t->f);
	if (g->rule != NULL)
		paragraph(t, "", LEAD, g->rule);
}

static const char *
states(const struct term *t, const struct group *g)
{
	const char *s = is_given(g->detail) ? g->detail : "";

	for (size_t i = 0; i < g->n_states; i++)
		s = arena_printf(t->a, "%s%s%zu %s", s, s[0] != '\0' ? ", " : "", g->states[i].n, g->states[i].word);
	return s;
}

/* A notice needs no action, so its fix is for those who want all of it. */
static bool
is_brief(const struct term *t, const struct group *g)
{
	return chapter_of(g) == CH_NOTICES && t->style->verbosity <= 0;
}

/* Findings of one state, and the one fix for all of them. */
static void
part(const struct term *t, const struct group *g, const struct group_part *k)
{
	if (g->n_parts > 1)
		paragraph(t, "", LEAD - 2,
		    is_given(k->state) ? arena_printf(t->a, "%zu %s:", k->n, k->state)
				       : arena_printf(t->a, "%zu %s:", k->n, k->n == 1 ? "finding" : "findings"));
	items(t, g, k);
	if (k->n_remedies > 0 && !is_brief(t, g))
		remedy(t, "  Fix", k->remedies);
}

static void
why(const struct term *t, const struct group *g)
{
	if (is_given(g->why) && !is_brief(t, g))
		paragraph(t, "  Why", LEAD, g->why);
}

/* Findings that share a cause share its fix, whatever their rules are. */
static void
group(const struct term *t, const struct group *g)
{
	const struct group_part all = {NULL, g->items, g->n, g->remedies, g->n_remedies};
	const struct group_part *parts = g->rule == NULL ? &all : g->parts;

	(void)fputc('\n', t->f);
	group_head(t, g);
	if (t->above != NULL && gate_has(t->above, g->items[0])) {
		paragraph(t, "", LEAD, "the same as above");
		return;
	}
	if (is_given(states(t, g)))
		paragraph(t, "", LEAD, states(t, g));
	if (g->items[0]->decision != NULL)
		paragraph(t, "", LEAD, decision_text(t->a, g->items[0]->decision));
	if (g->rule != NULL && g->n_parts > 1) {
		why(t, g);
		for (size_t i = 0; i < g->n_parts; i++)
			part(t, g, &parts[i]);
		return;
	}
	items(t, g, &parts[0]);
	why(t, g);
	if (parts[0].n_remedies > 0 && !is_brief(t, g))
		remedy(t, "  Fix", parts[0].remedies);
}

/* The most urgent chapter last, next to the verdict. */
static void
groups(const struct term *t, const struct gate_result *g)
{
	static const enum chapter order[] = {CH_NOTICES, CH_WARNINGS, CH_WAITING, CH_UNDECIDED, CH_BLOCKERS};

	for (size_t c = 0; c < nitems(order); c++)
		for (size_t i = 0; i < g->n_groups; i++)
			if (chapter_of(&g->groups[i]) == order[c])
				group(t, &g->groups[i]);
}

/* Whether the list of actions says more than the one fix above it. */
static bool
needs_actions(const struct gate_result *g)
{
	size_t groups = 0;

	for (size_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].effect == EF_BLOCKS || g->groups[i].effect == EF_WAITS)
			groups += g->groups[i].n_remedies > 0 ? 1 : g->groups[i].n;
	return groups > 1 && g->n_actions > 1;
}

static void
actions(const struct term *t, const struct gate_result *g)
{
	struct buf b;

	if (!needs_actions(g))
		return;
	buf_init(&b, (size_t)8 * 1024 * 1024);
	(void)fputs("\nAll that is to do, in this order\n", t->f);
	for (size_t i = 0; i < g->n_actions; i++) {
		const struct action *x = &g->actions[i];

		paragraph(t, "", LEAD, arena_printf(t->a, "%zu. %s", i + 1, x->text));
		buf_reset(&b);
		for (size_t c = 0; c < x->n_commands; c++)
			buf_printf(&b, "%s%s", c > 0 ? "\n" : "", x->commands[c]);
		if (x->n_commands > 0)
			command(t, b.p);
	}
	buf_free(&b);
}

static void
next_hop(const struct term *t, const struct report *r)
{
	struct term n = *t;
	size_t column;

	(void)fputs("\nNext upgrade step ", t->f);
	coloured(t, gate_colour(r->next.decision), gate_title[r->next.decision]);
	(void)fputs("  ", t->f);
	column = strlen("Next upgrade step   ") + columns(gate_title[r->next.decision]);
	(void)wrapped(t, column, LEAD, arena_printf(t->a, "%s -> %s: %s", r->next.from, r->next.to, r->next.headline));
	(void)fputc('\n', t->f);
	if (r->next.n_upgrade > 0)
		remedy(t, "Upgrade", r->next.upgrade);
	n.above = &r->gate;
	groups(&n, &r->next);
}

/* The last thing, for the eye and for grep. Alone it is one line; below a report it keeps to the width. */
static void
verdict(const struct term *t, const struct report *r, bool alone)
{
	const struct gate_result *g = &r->gate;
	const char *word = gate_title[g->decision];
	const char *rest = one_line(t->a,
	    arena_printf(
		t->a, "%s%s%s -> %s: %s", r->label, is_given(r->label) ? "  " : "", g->from, g->to, g->headline));
	const char *code = arena_printf(t->a, "exit %d", g->exit_code);
	size_t column = columns(word) + 2;

	coloured(t, gate_colour(g->decision), word);
	(void)fputs("  ", t->f);
	if (!alone && column + columns(rest) > t->width) {
		column = wrapped(t, column, 2, rest);
	} else {
		(void)fputs(rest, t->f);
		column += columns(rest);
	}
	if (!alone && column + 2 + columns(code) > t->width) {
		(void)fputc('\n', t->f);
		column = 0;
	}
	at_the_right(t, column, code);
}

/* Counts, what the upgrade notes come to, and what to run next; under a GO also until when it holds. */
static void
closing(const struct term *t, const struct report *r)
{
	const struct gate_result *g = &r->gate;

	two_sides(t, g->counts, "nothing was changed on the instance");
	if (is_given(g->coverage.text) && (g->decision <= G_GO_WITH_WARNINGS || t->style->verbosity > 0))
		paragraph(t, "", 0, arena_printf(t->a, "%s.", g->coverage.text));
	if (is_given(g->permission))
		paragraph(t, "", 0, g->permission);
	if (g->n_upgrade > 0)
		remedy(t, "Upgrade", g->upgrade);
	if (is_given(g->next_command)) {
		paragraph(t, "", 0, arena_printf(t->a, "%s:", g->next_title));
		command(t, g->next_command);
	}
	(void)fputc('\n', t->f);
}

static struct term
term_of(FILE *f, struct arena *a, const struct render_style *style)
{
	return (struct term){f, a, style, style->width >= 40 ? (size_t)style->width : 100, NULL};
}

static bool
quiet_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct term t = term_of(f, a, style);

	verdict(&t, r, true);
	return stream_end(f, "the verdict", e);
}

static bool
terminal_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct term t = term_of(f, a, style);

	if (style->verbosity < 0)
		return quiet_render(f, r, style, e);
	head(&t, r);
	sources(&t, r);
	path(&t, r);
	if (style->verbosity > 0) {
		all_facts(&t, r);
		all_rules(&t, &r->gate);
	}
	groups(&t, &r->gate);
	actions(&t, &r->gate);
	if (r->has_next)
		next_hop(&t, r);
	(void)fputc('\n', f);
	closing(&t, r);
	verdict(&t, r, false);
	return stream_end(f, "the summary", e);
}

const struct format format_text = {"text", NULL, NULL, terminal_render},
		    format_quiet = {"quiet", NULL, NULL, quiet_render};
