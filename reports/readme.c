#include "parts.h"

#include <string.h>

#define COLUMNS 76

static void
put_wrapped(FILE *f, struct arena *a, const char *indent, const char *text)
{
	const char *s = one_line(a, text);
	size_t column = 0;

	while (*s != '\0') {
		size_t word = strcspn(s, " "), before = column == 0 ? strlen(indent) : 1;

		if (column > 0 && column + before + word > COLUMNS) {
			(void)fputc('\n', f);
			column = 0;
			before = strlen(indent);
		}
		(void)fputs(column == 0 ? indent : " ", f);
		/* ASCII for the oldest viewer: everything else is in the report. */
		for (size_t i = 0; i < word; i += utf8_length(s[i]))
			(void)fputc((unsigned char)s[i] < 0x80 ? s[i] : '?', f);
		column += before + word;
		s += word;
		s += strspn(s, " ");
	}
	(void)fputc('\n', f);
}

bool
readme_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)style;
	(void)fputs("The answer of preflight to the question whether a GitLab may be upgraded now,\n"
	    "and what that answer rests on.\n\n", f);
	put_wrapped(f, a, "    ", r->title);
	put_wrapped(f, a, "    ", r->gate.headline);
	(void)fputc('\n', f);
	put_wrapped(f, a, "", arena_printf(a, "The answer holds for the hop from GitLab %s to %s and for no "
	    "other. Ask again if the upgrade starts after %s. Nothing was changed on the instance.",
	    r->gate.from, r->gate.to, r->gate.valid_until));
	(void)fputs("\nTo check these files without preflight, in this folder:\n\n"
	    "    sha256sum -c SHA256SUMS\n\n"
	    "report.html    the report; opens in a browser, needs no network\n"
	    "report.json    the same for programs\n"
	    "summary.md     the same in short, for a merge request or a ticket\n"
	    "junit.xml      the same for a CI pipeline\n"
	    "facts/         what was read, one table a file; rules/  what was asked of it\n"
	    "inputs.json    what was requested\n"
	    "manifest.json  the list of files, and the process that made them\n", f);
	return stream_end(f, "README.txt", e);
}
