/*
 * The format junit, in the dialect that GitLab's pipelines show: one case for the verdict, one for each finding. What
 * holds the upgrade back is a failure, also when it is only waiting or unknown. Decides nothing.
 */
#include "reports/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define CASES_MAX ((size_t)3000)    /* findings; the last case counts the others */
#define CASE_MAX ((size_t)8 * 1024) /* escaped text of one case */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define TEXT_MAX ((size_t)64 * 1024)
#define NAME_MAX_BYTES ((size_t)300)
#define CUT "\n(cut here: report.json has it whole)"

/*
 * The dialect that GitLab reads (lib/gitlab/ci/parsers/test/junit.rb): what it shows is the content of
 * an element, so there are no message attributes; a `type` attribute would be taken for a Rails type
 * and can spoil the whole file, so there is none anywhere. A `file` attribute would become a link into
 * the project of the pipeline, which has no such file. tests/schema/junit.xsd has what is left.
 */
struct junit {
	FILE *f;
	struct arena *a;
	size_t case_max;
};

struct case_outcome {
	const char *element; /* failure, error or skipped; NULL: passed */
	const char *prefix;
};

struct case_counts {
	size_t tests, failures, errors, skipped;
};

/*
 * Escaped up to `max` bytes, whole characters only. What follows "[[ATTACHMENT" would become a link,
 * so that word is broken up. False: something was left out.
 */
static bool
escape(struct buf *out, const char *s, size_t max)
{
	while (*s != '\0') {
		size_t plain = strcspn(s, "&<>\"[");
		const char *piece = "[";

		if (plain > max - out->len) {
			plain = max - out->len;
			while (plain > 0 && ((unsigned char)s[plain] & 0xC0) == 0x80)
				plain--;
			buf_addn(out, s, plain);
			return false;
		}
		buf_addn(out, s, plain);
		s += plain;
		switch (*s) {
		case '\0':
			return true;
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
		if (strlen(piece) > max - out->len)
			return false;
		buf_add(out, piece);
		s++;
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

/* The end of a case; what has passed may have a text as well. */
static void
content(const struct junit *j, const char *element, const char *text)
{
	struct buf b;

	buf_init(&b, CASE_MAX + sizeof CUT);
	if (!escape(&b, text, j->case_max))
		buf_add(&b, CUT);
	element = element != NULL ? element : "system-out";
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
	if (is_given(f->cause))
		buf_printf(b, "Cause: %s\n", one_line(j->a, f->cause));
	if (is_quiet(f))
		return;
	if (f->decision != NULL)
		buf_printf(b, "%s\n", one_line(j->a, decision_text(j->a, f->decision)));
	if (is_given(f->why))
		buf_printf(b, "Why it matters: %s\n", one_line(j->a, f->why));
	if (f->has_progress)
		add_progress(j, b, &f->progress);
	add_fix(j, b, f);
	if (f->evidence.n > 0)
		buf_add(b, "\nEvidence:\n");
	for (size_t i = 0; i < f->evidence.n; i++)
		buf_printf(b, "  %s: %s\n", one_line(j->a, f->evidence.fields[i].name),
		    one_line(j->a, f->evidence.fields[i].value));
}

static struct case_outcome
blocking(const struct finding *f)
{
	switch (f->status) {
	case ST_UNKNOWN:
		return (struct case_outcome){"failure", "UNKNOWN: "};
	case ST_MANUAL:
		return (struct case_outcome){"failure", "CONFIRM: "};
	case ST_ERROR:
		return (struct case_outcome){"error", "ERROR: "};
	case ST_FAIL:
	case ST_WAITING:
	case ST_PASS:
	case ST_NOT_APPLICABLE:
	case ST_SKIPPED:
		break;
	}
	return (struct case_outcome){"failure", "BLOCKER: "};
}

/* A notice asks for nothing, so it has passed; a skipped case is one about which the verdict has nothing. */
static struct case_outcome
without_effect(const struct finding *f)
{
	if (f->decision != NULL)
		return (struct case_outcome){"skipped", ""};
	switch (f->status) {
	case ST_NOT_APPLICABLE:
		return (struct case_outcome){"skipped", "Not applicable: "};
	case ST_SKIPPED:
		return (struct case_outcome){"skipped", "Not checked: "};
	case ST_MANUAL:
		return (struct case_outcome){NULL, "READ FIRST: "};
	case ST_PASS:
	case ST_FAIL:
	case ST_WAITING:
	case ST_UNKNOWN:
	case ST_ERROR:
		break;
	}
	return (struct case_outcome){NULL, f->status == ST_PASS ? "" : "NOTICE: "};
}

/* Warnings fail where they fail the job as well, which is with --exit-on-warnings. */
static struct case_outcome
outcome_of(const struct gate_result *g, const struct finding *f)
{
	switch (f->effect) {
	case EF_BLOCKS:
		return blocking(f);
	case EF_WAITS:
		return (struct case_outcome){"failure", "WAITING: "};
	case EF_WARNS:
		return (struct case_outcome){
		    g->decision == G_GO_WITH_WARNINGS && g->exit_code != 0 ? "failure" : "skipped", "WARNING: "};
	case EF_NONE:
		break;
	}
	return without_effect(f);
}

/*
 * A rule that has passed is named by what it found. A warning is skipped like much that nobody needs to read, so its
 * name begins with the word. Two findings of a rule differ by the anchor, whatever they are called.
 */
static const char *
name_of(const struct junit *j, const struct finding *f)
{
	const char *title = is_quiet(f) ? f->message : f->title;
	const char *subject = is_quiet(f) ? ""
					  : text_clean(j->a, f->subject_name, strlen(f->subject_name), NAME_MAX_BYTES);

	return arena_printf(j->a, "%s%s: %s [%s%s%s]", f->effect == EF_WARNS ? "WARNING " : "", f->rule,
	    text_clean(j->a, title, strlen(title), NAME_MAX_BYTES), subject, is_given(subject) ? " " : "", f->anchor);
}

/* The rule's id up to its first dot makes the suite that GitLab shows: "preflight.bbm". */
static void
one_case(const struct junit *all, const struct gate_result *g, const struct finding *f)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct junit own = {all->f, a, all->case_max}, *j = &own;
	struct case_outcome o = outcome_of(g, f);
	struct buf b;

	(void)fputs("    <testcase", j->f);
	attribute(j, "classname", arena_printf(j->a, "preflight.%.*s", (int)strcspn(f->rule, "."), f->rule));
	attribute(j, "name", name_of(j, f));
	attribute(j, "time", "0.000");
	if (f->status == ST_PASS && f->decision == NULL) {
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
		return (struct case_outcome){"failure", "UNKNOWN: "};
	case G_NO_GO:
		break;
	}
	return (struct case_outcome){"failure", ""};
}

static void
add_verdict(const struct junit *j, struct buf *b, const struct report *r)
{
	const struct gate_result *g = &r->gate;

	buf_printf(b, "%s: %s\n%s\n", gate_title[g->decision], one_line(j->a, g->headline), one_line(j->a, g->counts));
	if (is_given(g->permission))
		buf_printf(b, "%s\n", one_line(j->a, g->permission));
	for (size_t i = 0; g->n_upgrade > 0 && i < g->upgrade->n_steps; i++) {
		buf_printf(b, "%s\n", one_line(j->a, g->upgrade->steps[i].text));
		if (g->upgrade->steps[i].command != NULL)
			add_lines(b, j->a, "   ", g->upgrade->steps[i].command);
	}
	if (is_given(g->next_command))
		buf_printf(b, "%s: %s\n", one_line(j->a, g->next_title), one_line(j->a, g->next_command));
	if (is_given(r->not_read))
		buf_printf(b, "%s\n", one_line(j->a, r->not_read));
	if (r->has_next)
		buf_printf(b, "The next upgrade step, %s to %s: %s: %s\n", r->next.from, r->next.to,
		    gate_title[r->next.decision], one_line(j->a, r->next.headline));
}

/* "6.000": of the whole run, as seconds. */
static const char *
duration(const struct junit *j, const struct report *r)
{
	int64_t from, to;

	if (!text_time_read(r->started_at, &from) || !text_time_read(r->finished_at, &to) || to < from)
		return "0.000";
	return arena_printf(j->a, "%" PRId64 ".%03" PRId64, (to - from) / 1000000, (to - from) / 1000 % 1000);
}

/* First, so that the list is never empty and never green while the gate is shut. */
static void
verdict_case(const struct junit *j, const struct report *r)
{
	struct case_outcome o = verdict_outcome(r->gate.decision);
	struct buf b;

	(void)fputs("    <testcase", j->f);
	attribute(j, "classname", "preflight");
	attribute(j, "name", arena_printf(j->a, "verdict %s -> %s", r->gate.from, r->gate.to));
	attribute(j, "time", duration(j, r));
	buf_init(&b, TEXT_MAX);
	buf_add(&b, o.prefix);
	add_verdict(j, &b, r);
	content(j, o.element, b.p);
	buf_free(&b);
}

/* Skipped, for it is no finding: those behind it are counted, and the verdict above counts them too. */
static void
rest_case(const struct junit *j, size_t n)
{
	(void)fputs("    <testcase classname=\"preflight\" name=\"more findings\" time=\"0.000\"", j->f);
	content(j, "skipped", arena_printf(j->a, "%zu more findings: report.json has them", n));
}

static void
add_outcome(struct case_counts *c, struct case_outcome o)
{
	c->tests++;
	if (o.element == NULL)
		return;
	c->failures += strcmp(o.element, "failure") == 0;
	c->errors += strcmp(o.element, "error") == 0;
	c->skipped += strcmp(o.element, "skipped") == 0;
}

static struct case_counts
counted(const struct report *r, size_t shown)
{
	struct case_counts c = {0};

	add_outcome(&c, verdict_outcome(r->gate.decision));
	for (size_t i = 0; i < shown; i++)
		add_outcome(&c, outcome_of(&r->gate, r->gate.findings[i]));
	if (shown < r->gate.n_findings)
		add_outcome(&c, (struct case_outcome){"skipped", ""});
	return c;
}

static void
add_counts(const struct junit *j, const struct report *r, const struct case_counts *c)
{
	attribute(j, "name", is_given(r->label) ? arena_printf(j->a, "preflight %s", r->label) : "preflight");
	(void)fprintf(j->f, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", c->tests, c->failures,
	    c->errors, c->skipped);
	attribute(j, "time", duration(j, r));
	attribute(j, "timestamp", r->started_at);
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
	size_t n = r->gate.n_findings, shown = n < CASES_MAX ? n : CASES_MAX;
	const struct junit j = {f, a, room_of_a_case(shown + 1)};
	const struct case_counts c = counted(r, shown);

	(void)style;
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", f);
	add_counts(&j, r, &c);
	(void)fputs(">\n  <testsuite", f);
	add_counts(&j, r, &c);
	(void)fputs(">\n", f);
	verdict_case(&j, r);
	for (size_t i = 0; i < shown; i++)
		one_case(&j, &r->gate, r->gate.findings[i]);
	if (shown < n)
		rest_case(&j, n - shown);
	(void)fputs("  </testsuite>\n</testsuites>\n", f);
	return stream_end(f, "junit.xml", e);
}

const struct format format_junit = {"junit", "junit.xml", "the same for a CI pipeline", junit_render};
