/* The page of many instances as text, and as Markdown for a wiki or a ticket. */
#include "reports/fleet.h"

#include "base/text.h"
#include "reports/chapters.h"
#include "reports/markdown.h"

#define DOCUMENT_MAX ((size_t)64 << 20)
#define WIDTH 100
#define TEXT_AT 15

/* "14.1.8 -> 14.2.7 (chart 5.2), data 5 h old, GO since 26 Nov 2026 06:24 UTC, ETA 4 h" */
static const char *
facts(struct arena *a, const struct fleet *f, const struct fleet_row *r)
{
	char age[TIME_TEXT], since[TIME_PEOPLE];
	const char *s;

	if (!r->has_verdict)
		return r->path;
	s = arena_printf(a, "%s -> %s", r->version, r->next);
	if (is_given(r->chart))
		s = arena_printf(a, "%s (chart %s)", s, r->chart);
	s = arena_printf(a, "%s, data %s old, %s since %s", s, fleet_age(f, r, age), gate_title[r->decision],
	    text_time_people(r->since, since));
	return is_given(r->eta) ? arena_printf(a, "%s, ETA %s", s, r->eta) : s;
}

bool
fleet_text(FILE *out, const struct fleet *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct fleet_row *r = &f->rows[i];
		const char *about = facts(a, f, r), *why = fleet_reason(a, r);

		(void)fprintf(
		    out, "%-13s  %s\n", fleet_word(r), one_line(a, is_given(r->label) ? r->label : "(no label)"));
		for (size_t k = 0; k < 2; k++) {
			const char *line = one_line(a, k == 0 ? about : why);

			if (line[0] == '\0')
				continue;
			(void)fprintf(out, "%*s", TEXT_AT, "");
			text_print_wrapped(out, line, TEXT_AT, TEXT_AT, WIDTH);
		}
	}
	if (f->n > 0)
		(void)fputc('\n', out);
	for (size_t i = 0; i < f->n_notes; i++)
		text_print_wrapped(out, f->notes[i], 0, 2, WIDTH);
	text_print_wrapped(out, f->headline, 0, 2, WIDTH);
	(void)fprintf(out, "%*sexit %d\n", WIDTH - 7, "", f->exit_code);
	return stream_end(out, "the summary", e);
}

static void
cell(struct buf *b, struct arena *a, const char *text)
{
	buf_addc(b, ' ');
	markdown_text(b, a, text);
	buf_add(b, " |");
}

static void
markdown_row(struct buf *b, struct arena *a, const struct fleet *f, const struct fleet_row *r)
{
	char age[TIME_TEXT], since[TIME_PEOPLE];
	const char *const cells[] = {fleet_word(r), r->label, r->version, r->next, r->chart,
	    r->has_verdict ? text_time_people(r->since, since) : "", fleet_reason(a, r), r->eta, fleet_age(f, r, age)};

	buf_addc(b, '|');
	for (size_t i = 0; i < nitems(cells); i++)
		cell(b, a, cells[i]);
	buf_addc(b, '\n');
}

bool
fleet_markdown(FILE *out, const struct fleet *f, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct buf b;

	buf_init(&b, DOCUMENT_MAX);
	buf_add(&b, "### GitLab upgrades of the fleet\n\n");
	markdown_text(&b, a, f->headline);
	buf_add(&b,
	    "\n\n| Verdict | Instance | Installed | Next | Chart | Since | Why | ETA | Age of data |\n"
	    "|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < f->n; i++)
		markdown_row(&b, a, f, &f->rows[i]);
	for (size_t i = 0; i < f->n_notes; i++) {
		buf_add(&b, "\n- ");
		markdown_text(&b, a, f->notes[i]);
	}
	buf_addc(&b, '\n');
	(void)fwrite(b.p, 1, b.len, out);
	buf_free(&b);
	return stream_end(out, "fleet.md", e);
}
