/* The format junit, in the dialect that GitLab's pipelines show: one case for each rule, one for the verdict. */
#include "reports/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define CASE_MAX ((size_t)8 * 1024) /* escaped text of one case */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define TEXT_MAX ((size_t)64 * 1024)
#define NAME_MAX_BYTES ((size_t)300)
#define CUT "\n(cut here: report.json has it whole)"

/*
 * The dialect that GitLab reads (lib/gitlab/ci/parsers/test/junit.rb): what it shows is the content of
 * an element, so there are no message attributes; a `type` attribute would be taken for a Rails type
 * and can spoil the whole file, so there is none anywhere.
 */
struct junit {
	FILE *f;
	struct arena *a;
	size_t case_max;
};

struct case_outcome {
	const char *element; /* NULL: passed */
	const char *prefix;
};

/*
 * Escaped up to `max` bytes, whole characters only. What follows "[[ATTACHMENT" would become a link,
 * so that word is broken up. False: something was left out.
 */
static bool
escape(struct buf *out, const char *s, size_t max)
{
	while (*s != '\0') {
		size_t n = utf8_length(*s);
		char character[5] = "";
		const char *piece = character;

		(void)strncpy(character, s, n);
		switch (*s) {
		case '&':
			piece = "&amp;";
			break;
		case '<':
			piece = "&lt;";
			break;
		case '>':
			piece = "&gt;";
			break;
		case '"':
			piece = "&quot;";
			break;
		case '[':
			piece = strncmp(s, "[[ATTACHMENT", 12) == 0 ? "[ " : "[";
			break;
		}
		if (out->len + strlen(piece) > max)
			return false;
		buf_add(out, piece);
		s += strlen(character);
	}
	return true;
}

static void
attribute(const struct junit *j, const char *name, const char *value)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	(void)escape(&b, one_line(j->a, value), TEXT_MAX);
	(void)fprintf(j->f, " %s=\"%s\"", name, b.p);
	buf_free(&b);
}

static void
content(const struct junit *j, const char *element, const char *text)
{
	struct buf b;

	buf_init(&b, CASE_MAX + sizeof CUT);
	if (!escape(&b, text, j->case_max))
		buf_add(&b, CUT);
	(void)fprintf(j->f, ">\n      <%s>%s</%s>\n    </testcase>\n", element, b.p, element);
	buf_free(&b);
}

static void
add_fix(const struct junit *j, struct buf *b, const struct finding *f)
{
	const struct remedy *own = f->remedies;

	if (f->n_remedies == 0)
		return;
	buf_add(b, "\nWhat to do");
	if (is_given(own->install_title))
		buf_printf(b, " (%s)", one_line(j->a, own->install_title));
	buf_add(b, ":\n");
	for (size_t i = 0; i < own->n_steps; i++) {
		buf_printf(b, "%zu. %s\n", i + 1, one_line(j->a, own->steps[i].text));
		if (own->steps[i].command != NULL)
			add_lines(b, j->a, "   ", own->steps[i].command);
	}
}

static void
add_progress(const struct junit *j, struct buf *b, const struct progress *p)
{
	buf_add(b, "Progress: ");
	if (p->known)
		buf_printf(
		    b, "%" PRId64 ".%" PRId64 " %%%s", p->tenths / 10, p->tenths % 10, is_given(p->state) ? ", " : "");
	buf_printf(b, "%s%s%s\n", is_given(p->state) ? one_line(j->a, p->state) : "",
	    is_given(p->eta) ? "; expected: " : "", is_given(p->eta) ? one_line(j->a, p->eta) : "");
}

static void
add_finding(const struct junit *j, struct buf *b, const struct finding *f)
{
	buf_printf(b, "%s\n", one_line(j->a, f->message));
	if (is_quiet(f))
		return;
	if (is_given(f->why))
		buf_printf(b, "Why it matters: %s\n", one_line(j->a, f->why));
	if (is_given(f->cause))
		buf_printf(b, "Cause: %s\n", one_line(j->a, f->cause));
	if (f->has_progress)
		add_progress(j, b, &f->progress);
	add_fix(j, b, f);
	if (f->evidence.n > 0)
		buf_add(b, "\nEvidence:\n");
	for (size_t i = 0; i < f->evidence.n; i++)
		buf_printf(b, "  %s: %s\n", one_line(j->a, f->evidence.fields[i].name),
		    one_line(j->a, f->evidence.fields[i].value));
	buf_printf(b, "\nreport.html#%s\n", f->anchor);
}

static struct case_outcome
blocking(const struct finding *f)
{
	switch (f->status) {
	case ST_UNKNOWN:
		return (struct case_outcome){"error", "UNKNOWN: "};
	case ST_MANUAL:
		return (struct case_outcome){"error", "confirm: "};
	case ST_ERROR:
		return (struct case_outcome){"error", "ERROR: "};
	case ST_FAIL:
	case ST_WAITING:
	case ST_PASS:
	case ST_NOT_APPLICABLE:
	case ST_SKIPPED:
		break;
	}
	return (struct case_outcome){"failure", ""};
}

static struct case_outcome
without_effect(const struct finding *f)
{
	switch (f->status) {
	case ST_PASS:
		return (struct case_outcome){NULL, ""};
	case ST_NOT_APPLICABLE:
		return (struct case_outcome){"skipped", "not applicable to this instance: "};
	case ST_SKIPPED:
		return (struct case_outcome){"skipped", "not checked, its source was not requested: "};
	case ST_MANUAL:
		return (struct case_outcome){"skipped", "read first: "};
	case ST_FAIL:
	case ST_WAITING:
	case ST_UNKNOWN:
	case ST_ERROR:
		break;
	}
	return (struct case_outcome){"skipped", "NOTICE: "};
}

static struct case_outcome
outcome_of(const struct finding *f)
{
	switch (f->effect) {
	case EF_BLOCKS:
		return blocking(f);
	case EF_WAITS:
		return (struct case_outcome){"failure", "WAITING: "};
	case EF_WARNS:
		return (struct case_outcome){"skipped", "WARNING: "};
	case EF_NONE:
		break;
	}
	return without_effect(f);
}

/* The rule's id up to its first dot makes the suite that GitLab shows: "preflight.bbm". */
static void
one_case(const struct junit *j, const struct finding *f)
{
	struct case_outcome o = outcome_of(f);
	struct buf b;

	(void)fputs("    <testcase", j->f);
	attribute(j, "classname", arena_printf(j->a, "preflight.%.*s", (int)strcspn(f->rule, "."), f->rule));
	/* Two findings of a rule differ by the permalink, whatever they are called. */
	attribute(j, "name",
	    is_quiet(f) ? arena_printf(j->a, "%s: %s", f->rule, f->title)
			: arena_printf(j->a, "%s: %s [%s%s%s]", f->rule,
			      text_clean(j->a, f->title, strlen(f->title), NAME_MAX_BYTES),
			      text_clean(j->a, f->subject_name, strlen(f->subject_name), NAME_MAX_BYTES),
			      is_given(f->subject_name) ? " " : "", f->anchor));
	if (is_given(f->rule_file))
		attribute(j, "file", f->rule_file);
	if (o.element == NULL) {
		(void)fputs("/>\n", j->f);
		return;
	}
	buf_init(&b, TEXT_MAX);
	buf_add(&b, o.prefix);
	add_finding(j, &b, f);
	content(j, o.element, b.p);
	buf_free(&b);
}

static struct case_outcome
verdict_outcome(enum gate g)
{
	switch (g) {
	case G_GO:
	case G_GO_WITH_WARNINGS:
		return (struct case_outcome){NULL, ""};
	case G_WAIT:
		return (struct case_outcome){"failure", "WAITING: "};
	case G_UNDETERMINED:
		return (struct case_outcome){"error", ""};
	case G_NO_GO:
		break;
	}
	return (struct case_outcome){"failure", ""};
}

static const char *
verdict_text(const struct junit *j, const struct report *r, const char *prefix)
{
	const struct gate_result *g = &r->gate;
	const char *s = arena_printf(j->a, "%s%s: %s\n%s\n", prefix, gate_title[g->decision],
	    one_line(j->a, g->headline), one_line(j->a, g->counts));

	if (is_given(g->permission))
		s = arena_printf(j->a, "%s%s\n", s, one_line(j->a, g->permission));
	if (is_given(g->next_command))
		s = arena_printf(j->a, "%s%s: %s\n", s, g->next_title, one_line(j->a, g->next_command));
	if (is_given(r->not_read))
		s = arena_printf(j->a, "%s%s\n", s, one_line(j->a, r->not_read));
	if (r->has_next)
		s = arena_printf(j->a, "%sThe next upgrade step, %s to %s: %s: %s\n", s, r->next.from, r->next.to,
		    gate_title[r->next.decision], one_line(j->a, r->next.headline));
	return s;
}

/* First, so that the list is never empty and never green while the gate is shut. */
static void
verdict_case(const struct junit *j, const struct report *r)
{
	struct case_outcome o = verdict_outcome(r->gate.decision);

	(void)fputs("    <testcase", j->f);
	attribute(j, "classname", "preflight");
	attribute(j, "name", arena_printf(j->a, "verdict %s -> %s", r->gate.from, r->gate.to));
	if (o.element == NULL)
		(void)fputs("/>\n", j->f);
	else
		content(j, o.element, verdict_text(j, r, o.prefix));
}

/* With very many findings, each has less room, so that the file stays one that GitLab reads. */
static size_t
room_of_a_case(size_t cases)
{
	size_t room = FILE_MAX / cases;

	room = room > 1024 ? room - 768 : 256;
	return room < CASE_MAX - sizeof CUT ? room : CASE_MAX - sizeof CUT;
}

static bool
junit_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct junit j = {f, a, room_of_a_case(r->gate.n_findings + 1)};

	(void)style;
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", f);
	attribute(&j, "name", is_given(r->label) ? arena_printf(a, "preflight %s", r->label) : "preflight");
	(void)fputs(">\n", f);
	verdict_case(&j, r);
	for (size_t i = 0; i < r->gate.n_findings; i++)
		one_case(&j, r->gate.findings[i]);
	(void)fputs("  </testsuite>\n</testsuites>\n", f);
	return stream_end(f, "junit.xml", e);
}

const struct format format_junit = {"junit", "junit.xml", "the same for a CI pipeline", junit_render};
