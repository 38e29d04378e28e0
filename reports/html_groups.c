/*
 * The part of the HTML page that shows findings with remedies and evidence. Uses html_writer.c only, so text
 * cannot become markup.
 */
#include "reports/html_groups.h"

#include <inttypes.h>

#include "base/text.h"

/* Findings of one group that are shown whole; the rest is a list, so that a page stays readable. */
#define WHOLE_MAX 50

static const struct {
	const char *id;
	unsigned tone;
} chapters[CH_N] = {
    [CH_BLOCKERS] = {"blockers", C_BAD},
    [CH_WAITING] = {"waiting", C_WAIT},
    [CH_UNDECIDED] = {"unknown", C_OPEN},
    [CH_WARNINGS] = {"warnings", C_WARN},
    [CH_NOTICES] = {"notices", C_PLAIN},
};

const char *
page_anchor(const struct page *p, const struct finding *f)
{
	return p->above == NULL ? f->anchor : arena_printf(p->a, "next-%s", f->anchor);
}

unsigned
page_tone(const struct group *g)
{
	return chapters[chapter_of(g)].tone;
}

static void
one_step(struct page *p, const struct remedy_step *s)
{
	html_open(p->h, T_LI, C_NONE);
	html_text(p->h, s->text);
	if (s->command != NULL) {
		html_open(p->h, T_PRE, C_NONE);
		html_put(p->h, T_CODE, C_NONE, s->command);
		html_close(p->h, T_PRE);
	}
	html_close(p->h, T_LI);
}

static void
one_remedy(struct page *p, const struct remedy *m)
{
	html_open(p->h, T_OL, C_NONE);
	for (size_t i = 0; i < m->n_steps; i++)
		one_step(p, &m->steps[i]);
	html_close(p->h, T_OL);
}

/* The instance's own way of installing stands first and open. */
static void
remedies(struct page *p, const char *title, const struct remedy *list, size_t n)
{
	const char *own = n > 0 ? list[0].install_title : "";

	if (n == 0)
		return;
	html_open(p->h, T_DIV, C_FIX);
	html_put(p->h, T_H4, C_NONE, is_given(own) ? arena_printf(p->a, "%s (%s)", title, own) : title);
	one_remedy(p, &list[0]);
	if (n > 1) {
		html_open(p->h, T_DETAILS, C_NONE);
		html_put(p->h, T_SUMMARY, C_NONE, "Installed in another way");
		for (size_t i = 1; i < n; i++) {
			html_put(p->h, T_H4, C_NONE, list[i].install_title);
			one_remedy(p, &list[i]);
		}
		html_close(p->h, T_DETAILS);
	}
	html_close(p->h, T_DIV);
}

void
page_upgrade(struct page *p)
{
	remedies(p, "Upgrade with", p->gate->upgrade, p->gate->n_upgrade);
}

static void
progress(struct page *p, const struct progress *m)
{
	char done[TIME_TEXT], total[TIME_TEXT];

	html_open(p->h, T_P, C_META);
	if (m->known) {
		html_progress(p->h, m->tenths);
		html_text(p->h,
		    arena_printf(p->a, "%" PRId64 ".%" PRId64 " %% (%s of %s)", m->tenths / 10, m->tenths % 10,
			text_count(m->done, done), text_count(m->total, total)));
	}
	if (is_given(m->state))
		html_text(p->h, arena_printf(p->a, "%s%s", m->known ? ", " : "", m->state));
	if (is_given(m->eta))
		html_text(p->h, arena_printf(p->a, "; expected: %s", m->eta));
	html_close(p->h, T_P);
}

static void
evidence(struct page *p, const struct finding *f)
{
	if (f->evidence.n == 0)
		return;
	html_open(p->h, T_DETAILS, C_NONE);
	html_put(p->h, T_SUMMARY, C_NONE, "Evidence");
	html_open(p->h, T_DL, C_FACTS);
	for (size_t i = 0; i < f->evidence.n; i++) {
		html_put(p->h, T_DT, C_NONE, f->evidence.fields[i].name);
		html_open(p->h, T_DD, C_NONE);
		html_put(p->h, T_CODE, C_NONE, f->evidence.fields[i].value);
		html_close(p->h, T_DD);
	}
	html_close(p->h, T_DL);
	html_close(p->h, T_DETAILS);
}

static void
references(struct page *p, const struct finding *f)
{
	if (f->n_refs == 0)
		return;
	html_open(p->h, T_P, C_META);
	html_text(p->h, "More: ");
	for (size_t i = 0; i < f->n_refs; i++) {
		html_text(p->h, i > 0 ? "; " : "");
		html_link(p->h, f->refs[i].url, f->refs[i].title);
	}
	html_close(p->h, T_P);
}

/* Where one cause stands behind several rules, the rule names the finding; its message may repeat. */
static void
item_head(struct page *p, const struct group *g, const struct finding *f)
{
	if (g->rule == NULL) {
		html_open(p->h, T_P, C_NONE);
		html_text(p->h, f->title);
		html_text(p->h, " ");
		html_put(p->h, T_CODE, C_NONE, f->rule);
		html_close(p->h, T_P);
	}
	if (adds_message(g, f))
		html_put(p->h, T_P, C_NONE, f->message);
}

static void
advice(struct page *p, const struct group *g)
{
	if (is_given(g->why)) {
		html_open(p->h, T_P, C_WHY);
		html_put(p->h, T_STRONG, C_NONE, "Why it matters: ");
		html_text(p->h, g->why);
		html_close(p->h, T_P);
	}
	remedies(p, "What to do", g->remedies, g->n_remedies);
}

/* A finding that stands alone: what it is comes first, then why it matters and what to do. */
static void
item_body(struct page *p, const struct group *g, const struct finding *f)
{
	item_head(p, g, f);
	if (f->has_progress)
		progress(p, &f->progress);
	if (g->n == 1)
		advice(p, g);
	if (g->n_remedies == 0)
		remedies(p, "What to do", f->remedies, f->n_remedies);
	evidence(p, f);
	references(p, f);
}

static void
item(struct page *p, const struct group *g, const struct finding *f)
{
	html_open_id(p->h, T_ARTICLE, C_ITEM, page_anchor(p, f));
	if (p->above != NULL && gate_has(p->above, f)) {
		html_open(p->h, T_P, C_NONE);
		html_jump(p->h, f->anchor, f->message);
		html_text(p->h, " (the same as above)");
		html_close(p->h, T_P);
	} else {
		item_body(p, g, f);
	}
	html_close(p->h, T_ARTICLE);
}

static void
rest(struct page *p, const struct group *g)
{
	html_put(
	    p->h, T_P, C_META, arena_printf(p->a, "%zu more, in short; report.json has them whole:", g->n - WHOLE_MAX));
	html_open(p->h, T_UL, C_NONE);
	for (size_t i = WHOLE_MAX; i < g->n; i++) {
		html_open_id(p->h, T_LI, C_NONE, page_anchor(p, g->items[i]));
		html_text(p->h, g->items[i]->message);
		html_close(p->h, T_LI);
	}
	html_close(p->h, T_UL);
}

static void
group_meta(struct page *p, const struct group *g)
{
	const char *between = "";

	html_open(p->h, T_P, C_META);
	if (g->rule != NULL) {
		html_put(p->h, T_CODE, C_NONE, g->rule);
		between = ", ";
	}
	if (is_given(g->detail)) {
		html_text(p->h, between);
		html_text(p->h, g->detail);
		between = ", ";
	}
	for (size_t i = 0; i < g->n_states; i++) {
		html_text(p->h, between);
		html_text(p->h, arena_printf(p->a, "%zu %s", g->states[i].n, g->states[i].word));
		between = ", ";
	}
	html_close(p->h, T_P);
}

static void
group(struct page *p, const struct group *g)
{
	unsigned tone = page_tone(g);
	bool repeated = p->above != NULL && gate_has(p->above, g->items[0]);

	html_open(p->h, T_SECTION, C_GROUP | tone);
	html_open(p->h, T_H3, C_NONE);
	html_put(p->h, T_SPAN, C_CHIP | tone, g->word);
	html_text(p->h, " ");
	html_text(p->h, g->headline);
	html_close(p->h, T_H3);
	group_meta(p, g);
	if (g->n > 1 && !repeated)
		advice(p, g);
	for (size_t i = 0; i < g->n && i < WHOLE_MAX; i++)
		item(p, g, g->items[i]);
	if (g->n > WHOLE_MAX)
		rest(p, g);
	html_close(p->h, T_SECTION);
}

static void
chapter(struct page *p, enum chapter c)
{
	if (chapter_is_empty(p->gate, c))
		return;
	html_open_id(
	    p->h, T_SECTION, C_NONE, p->above == NULL ? chapters[c].id : arena_printf(p->a, "next-%s", chapters[c].id));
	html_put(p->h, T_H2, C_NONE, chapter_title[c]);
	for (size_t i = 0; i < p->gate->n_groups; i++)
		if (chapter_of(&p->gate->groups[i]) == c)
			group(p, &p->gate->groups[i]);
	html_close(p->h, T_SECTION);
}

void
page_chapters(struct page *p)
{
	for (size_t c = 0; c < CH_N; c++)
		chapter(p, (enum chapter)c);
}
