/*
 * The format markdown: summary.md, for a note on a merge request or a ticket. Escapes everything that could
 * mention people or close issues.
 */
#include "reports/markdown.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "reports/chapters.h"

/*
 * For a note on a merge request, where text from outside must not act: mention people, close things,
 * load images or open a block of its own.
 */
#define DOCUMENT_MAX ((size_t)60000)
#define BLOCK_MAX ((size_t)24000)
#define ITEMS_MAX 20

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Heading, list, quote, rule or quick action, where a line begins with it; "12." begins a list. */
static bool
opens_line(const char *start, const char *s)
{
	if (s == start)
		return strchr("#+-=>/", *s) != NULL;
	return strchr(".)", *s) != NULL && (size_t)(s - start) == strspn(start, "0123456789");
}

/* Marks that are obeyed wherever they stand; an underscore inside a word is none. */
static bool
is_mark(const char *start, const char *s)
{
	if (strchr("\\`*[]{}<|", *s) != NULL)
		return true;
	if (*s == '_')
		return s == start || !is_alnum(s[-1]) || !is_alnum(s[1]);
	return *s == '.' && s - start >= 3 && strncasecmp(s - 3, "www", 3) == 0;
}

/* Signs that make a reference, an entity or an address of what follows them. */
static bool
refers(const char *s)
{
	if (*s == ':')
		return is_alnum(s[1]) ? s[1] > '9' : s[1] != '\0' && s[1] != ' ';
	return strchr("@#!$%~&^", *s) != NULL && s[1] != '\0' && s[1] != ' ';
}

void
markdown_text(struct buf *b, struct arena *a, const char *text)
{
	const char *s = one_line(a, text), *start;

	s += strspn(s, " ");
	for (start = s; *s != '\0'; s++) {
		bool refer = refers(s);

		if (refer || opens_line(start, s) || is_mark(start, s))
			buf_addc(b, '\\');
		buf_addc(b, *s);
		if (refer && *s != ':')
			buf_add(b, "&#8203;");
	}
}

/* A fence longer than any run of backticks inside; indented, so that no line begins with a slash. */
static void
add_command(struct buf *b, struct arena *a, const char *command)
{
	size_t longest = 2, run = 0;

	for (const char *p = command; *p != '\0'; p++) {
		run = *p == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	buf_add(b, "\n   ");
	for (size_t i = 0; i <= longest; i++)
		buf_addc(b, '`');
	buf_add(b, "sh\n");
	add_lines(b, a, "   ", command);
	buf_add(b, "   ");
	for (size_t i = 0; i <= longest; i++)
		buf_addc(b, '`');
	buf_addc(b, '\n');
}

static void
add_remedy(struct buf *b, struct arena *a, const struct remedy *m)
{
	if (is_given(m->install_title)) {
		buf_add(b, "\n**");
		markdown_text(b, a, m->install_title);
		buf_add(b, "**\n");
	}
	buf_addc(b, '\n');
	for (size_t i = 0; i < m->n_steps; i++) {
		buf_add(b, "1. ");
		markdown_text(b, a, m->steps[i].text);
		buf_addc(b, '\n');
		if (m->steps[i].command != NULL)
			add_command(b, a, m->steps[i].command);
	}
}

static void
add_fix(struct buf *b, struct arena *a, const struct group *g)
{
	bool any = g->n_remedies > 0;

	for (size_t i = 0; i < g->n && i < ITEMS_MAX; i++)
		any = any || g->items[i]->n_remedies > 0;
	if (!any)
		return;
	buf_add(b, "\n<details><summary>What to do</summary>\n");
	if (g->n_remedies > 0)
		add_remedy(b, a, g->remedies);
	for (size_t i = 0; g->n_remedies == 0 && i < g->n && i < ITEMS_MAX; i++) {
		if (g->items[i]->n_remedies == 0)
			continue;
		buf_add(b, "\nFor ");
		markdown_text(b, a, g->items[i]->subject_name);
		buf_add(b, ":\n");
		add_remedy(b, a, g->items[i]->remedies);
	}
	buf_add(b, "\n</details>\n");
}

static void
add_items(struct buf *b, struct arena *a, const struct group *g)
{
	buf_addc(b, '\n');
	for (size_t i = 0; i < g->n && i < ITEMS_MAX; i++) {
		buf_add(b, "- ");
		markdown_text(b, a, g->items[i]->message);
		buf_printf(b, " `%s`\n", g->items[i]->anchor);
		if (g->items[i]->decision != NULL) {
			buf_add(b, "  ");
			markdown_text(b, a, decision_text(a, g->items[i]->decision));
			buf_addc(b, '\n');
		}
	}
	if (g->n > ITEMS_MAX)
		buf_printf(b, "- and %zu more, in report.html\n", g->n - ITEMS_MAX);
}

static void
add_states(struct buf *b, struct arena *a, const struct group *g)
{
	if (is_given(g->detail)) {
		buf_addc(b, '\n');
		markdown_text(b, a, g->detail);
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < g->n_states; i++) {
		buf_printf(b, "%s%zu ", i == 0 ? "\n" : ", ", g->states[i].n);
		markdown_text(b, a, g->states[i].word);
	}
	if (g->n_states > 0)
		buf_addc(b, '\n');
}

static void
add_group(struct buf *b, struct arena *a, const struct group *g)
{
	buf_printf(b, "\n#### %s: ", g->word);
	markdown_text(b, a, g->headline);
	buf_addc(b, '\n');
	add_states(b, a, g);
	if (is_given(g->why)) {
		buf_add(b, "\nWhy it matters: ");
		markdown_text(b, a, g->why);
		buf_addc(b, '\n');
	}
	add_items(b, a, g);
	add_fix(b, a, g);
}

/* A bot finds its note by this line; no label can end the comment, which takes two dashes. */
static void
add_marker(struct buf *b, const char *label)
{
	char before = ' ';

	buf_add(b, "<!-- preflight:");
	for (; *label != '\0'; before = *label++)
		buf_addc(b, is_alnum(*label) || *label == '.' || (*label == '-' && before != '-') ? *label : '_');
	buf_add(b, " -->\n");
}

static void
add_line(struct buf *b, struct arena *a, const char *before, const char *text)
{
	if (!is_given(text))
		return;
	buf_add(b, before);
	markdown_text(b, a, text);
	buf_addc(b, '\n');
}

/* At most half of the document: the findings have to fit too. */
static void
add_actions(struct buf *b, struct arena *a, const struct gate_result *g)
{
	struct buf commands;
	size_t i = 0;

	if (g->n_actions == 0)
		return;
	buf_init(&commands, BLOCK_MAX);
	buf_add(b, "\n#### All that is to do, in this order\n\n");
	for (; i < g->n_actions && b->len < DOCUMENT_MAX / 2; i++) {
		add_line(b, a, "1. ", g->actions[i].text);
		buf_reset(&commands);
		for (size_t c = 0; c < g->actions[i].n_commands; c++)
			buf_printf(&commands, "%s%s", c > 0 ? "\n" : "", g->actions[i].commands[c]);
		if (commands.len > 0 && commands.len < DOCUMENT_MAX / 4)
			add_command(b, a, commands.p);
		else if (commands.len > 0)
			buf_printf(b, "   %zu commands, in report.html\n", g->actions[i].n_commands);
	}
	if (i < g->n_actions)
		buf_printf(b, "\nand %zu more, in report.html\n", g->n_actions - i);
	buf_free(&commands);
}

static void
add_head(struct buf *b, struct arena *a, const struct report *r)
{
	add_marker(b, r->label);
	add_line(b, a, "### ", r->title);
	buf_addc(b, '\n');
	add_line(b, a, "", r->gate.headline);
	add_line(b, a, "", r->gate.permission);
	buf_addc(b, '\n');
	add_line(b, a, "- ", r->gate.counts);
	add_line(b, a, "- ", r->gate.coverage.text);
	add_line(b, a, "- ", r->not_read);
	for (size_t i = 0; i < r->gate.n_excluded; i++)
		add_line(b, a, "- Left out on purpose: ", r->gate.excluded[i]);
	if (r->has_next)
		add_line(b, a, "- The next upgrade step, ",
		    arena_printf(a, "%s -> %s: %s: %s", r->next.from, r->next.to, gate_title[r->next.decision],
			r->next.headline));
	add_line(b, a, "- Change ", r->change);
	if (r->gate.n_upgrade > 0)
		add_remedy(b, a, r->gate.upgrade);
	add_actions(b, a, &r->gate);
	if (is_given(r->gate.next_command))
		add_remedy(b, a,
		    &(struct remedy){"any", "",
			&(struct remedy_step){.text = r->gate.next_title, .command = r->gate.next_command}, 1});
}

static void
add_foot(struct buf *b, struct arena *a, const struct report *r)
{
	buf_add(b, "\n---\n\n");
	add_line(b, a, "",
	    arena_printf(a,
		"preflight %s, rules %s, run %s of %s. Nothing was changed on "
		"the instance.",
		r->tool_version, r->rules_version, r->run_id, r->started_at));
}

/* Whole groups only; what does not fit is counted, never cut in silence. */
static void
add_groups(struct buf *b, struct arena *a, const struct gate_result *g)
{
	size_t left_out = 0, findings = 0;

	for (size_t c = 0; c < CH_N; c++)
		for (size_t i = 0; i < g->n_groups; i++) {
			struct buf block;

			if (chapter_of(&g->groups[i]) != (enum chapter)c)
				continue;
			buf_init(&block, BLOCK_MAX);
			add_group(&block, a, &g->groups[i]);
			if (block.over || b->len + block.len > DOCUMENT_MAX - 2048) {
				left_out++;
				findings += g->groups[i].n;
			} else {
				buf_add(b, block.p);
			}
			buf_free(&block);
		}
	if (left_out > 0)
		buf_printf(b,
		    "\n**Left out here to stay within the size limit: %zu groups with %zu findings. "
		    "report.html has them.**\n",
		    left_out, findings);
}

static bool
markdown_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct buf b;

	(void)style;
	buf_init(&b, DOCUMENT_MAX);
	add_head(&b, a, r);
	add_groups(&b, a, &r->gate);
	add_foot(&b, a, r);
	(void)fwrite(b.p, 1, b.len, f);
	buf_free(&b);
	return stream_end(f, "summary.md", e);
}

const struct format format_markdown = {
    "markdown", "summary.md", "the same in short, for a merge request or a ticket", markdown_render};
