/*
 * What several formats share: the chapters of a report, and small helpers for text and streams. Decides nothing
 * and knows no format.
 */
#include "reports/chapters.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

const char *const chapter_title[CH_N] = {
    [CH_BLOCKERS] = "Blockers",
    [CH_WAITING] = "Waiting: finishes by itself",
    [CH_UNDECIDED] = "Unknown: blocks until the data can be read",
    [CH_WARNINGS] = "Warnings",
    [CH_NOTICES] = "Notices",
};

enum chapter
chapter_of(const struct group *g)
{
	switch (g->effect) {
	case EF_BLOCKS:
		return g->status == ST_FAIL ? CH_BLOCKERS : CH_UNDECIDED;
	case EF_WAITS:
		return CH_WAITING;
	case EF_WARNS:
		return CH_WARNINGS;
	case EF_NONE:
		break;
	}
	return CH_NOTICES;
}

bool
chapter_is_empty(const struct gate_result *g, enum chapter c)
{
	for (size_t i = 0; i < g->n_groups; i++)
		if (chapter_of(&g->groups[i]) == c)
			return false;
	return true;
}

bool
is_given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

bool
is_known(const char *s)
{
	return is_given(s) && strcmp(s, "unknown") != 0;
}

bool
gate_has(const struct gate_result *g, const struct finding *f)
{
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *o = g->findings[i];

		if (strcmp(o->key, f->key) == 0)
			return o->status == f->status && o->effect == f->effect && strcmp(o->message, f->message) == 0;
	}
	return false;
}

bool
is_quiet(const struct finding *f)
{
	return f->status == ST_PASS || f->status == ST_NOT_APPLICABLE || f->status == ST_SKIPPED;
}

bool
adds_message(const struct group *g, const struct finding *f)
{
	return strcmp(g->headline, f->message) != 0;
}

const char *
decision_text(struct arena *a, const struct decision *d)
{
	const char *s = strcmp(d->kind, "accepted") == 0 ? "Accepted" : "Confirmed";

	if (is_given(d->approver))
		s = arena_printf(a, "%s by %s", s, d->approver);
	if (is_given(d->expires))
		s = arena_printf(a, "%s until %s", s, d->expires);
	if (is_given(d->ticket))
		s = arena_printf(a, "%s (%s)", s, d->ticket);
	return is_given(d->justification) ? arena_printf(a, "%s: %s", s, d->justification) : s;
}

const char *
one_line(struct arena *a, const char *s)
{
	size_t len = strlen(s);
	char *copy;

	while (len > 0 && strchr("\r\n", s[len - 1]) != NULL)
		len--;
	copy = arena_strndup(a, s, len);
	for (char *p = copy; *p != '\0'; p++)
		if (strchr("\r\n\t", *p) != NULL)
			*p = ' ';
	return text_clean(a, copy, len, LINE_MAX_BYTES);
}

const char *
ascii_line(struct arena *a, const char *text)
{
	const char *s = one_line(a, text);
	char *copy = arena_strdup(a, s), *to = copy;

	for (; *s != '\0'; s += utf8_length(*s))
		*to++ = (unsigned char)*s < 0x80 ? *s : '?';
	*to = '\0';
	return copy;
}

void
add_lines(struct buf *b, struct arena *a, const char *indent, const char *s)
{
	while (*s != '\0') {
		size_t len = strcspn(s, "\n");

		buf_printf(b, "%s%s\n", indent, one_line(a, arena_strndup(a, s, len)));
		s += len + (s[len] == '\n');
	}
}

size_t
utf8_length(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 0xC0 ? 1 : u < 0xE0 ? 2 : u < 0xF0 ? 3 : 4;
}

const char *
spaced(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return copy;
}

const char *
source_where(struct arena *a, const struct source_line *s)
{
	const char *endpoint = is_given(s->endpoint) ? s->endpoint : "";

	return is_given(s->node) ? arena_printf(a, "%s%s%s", s->node, endpoint[0] != '\0' ? ": " : "", endpoint)
				 : endpoint;
}

bool
stream_end(FILE *f, const char *format, struct err *e)
{
	errno = 0;
	if (fflush(f) == 0 && ferror(f) == 0)
		return true;
	return fail(
	    e, NOWHERE, "cannot write %s: %s", format, errno != 0 ? strerror(errno) : "an earlier write failed");
}

const char *
finding_word(struct arena *a, const struct finding *f)
{
	if (f->status == ST_SKIPPED)
		return "not checked";
	if (f->status != ST_FAIL)
		return spaced(a, status_word[f->status]);
	return f->effect == EF_BLOCKS ? "blocker" : f->effect == EF_WARNS ? "warning" : "notice";
}
