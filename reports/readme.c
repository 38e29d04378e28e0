/* The format readme: README.txt of a bundle, in plain ASCII: the verdict in short, and what each file is. */
#include "reports/chapters.h"

#include <string.h>

#include "reports/render.h"

#define COLUMNS 76

/* A word that is longer than a line is broken: whoever reads this may have nothing that scrolls. */
static void
put_wrapped(FILE *f, struct arena *a, const char *indent, const char *text)
{
	const char *s = ascii_line(a, text);
	size_t most = COLUMNS - strlen(indent), column = 0;

	for (s += strspn(s, " "); *s != '\0'; s += strspn(s, " ")) {
		size_t word = strcspn(s, " ");

		word = word < most ? word : most;
		if (column > 0 && column + 1 + word > most) {
			(void)fputc('\n', f);
			column = 0;
		}
		(void)fprintf(f, "%s%.*s", column == 0 ? indent : " ", (int)word, s);
		column += (column > 0) + word;
		s += word;
	}
	(void)fputc('\n', f);
}

static bool
readme_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)fputs("The verdict of preflight on a GitLab upgrade, and the evidence for it.\n\n", f);
	put_wrapped(
	    f, a, "    ", arena_printf(a, "%s%s%s", r->title, is_given(r->change) ? "  change " : "", r->change));
	put_wrapped(f, a, "    ", r->gate.headline);
	(void)fputc('\n', f);
	put_wrapped(f, a, "",
	    arena_printf(a,
		"The verdict is about the upgrade step from GitLab %s to %s and no "
		"other. %s%sNothing was changed on the instance.",
		r->gate.from, r->gate.to, r->gate.permission, is_given(r->gate.permission) ? " " : ""));
	for (size_t i = 0; r->gate.n_upgrade > 0 && i < r->gate.upgrade->n_steps; i++)
		(void)fprintf(f, "\n%s\n    %s\n", ascii_line(a, r->gate.upgrade->steps[i].text),
		    ascii_line(a, r->gate.upgrade->steps[i].command != NULL ? r->gate.upgrade->steps[i].command : ""));
	if (is_given(r->gate.next_command))
		(void)fprintf(
		    f, "\n%s:\n    %s\n", ascii_line(a, r->gate.next_title), ascii_line(a, r->gate.next_command));
	(void)fputs("\nTo check these files without preflight, in this folder:\n\n"
		    "    sha256sum -c SHA256SUMS\n\n",
	    f);
	if (!style->alone)
		(void)fputs("If manifest.json.minisig exists, with the public key of its signer:\n\n"
			    "    minisign -Vm manifest.json -P \"$PUBLIC_KEY\"\n\n",
		    f);
	for (const struct format *const *all = style->formats, *other; (other = *all) != NULL; all++)
		if (other->file != NULL && other->about != NULL)
			(void)fprintf(f, "%-14s %s\n", other->file, other->about);
	if (!style->alone)
		(void)fputs("facts/         the collected data, one table a file\n"
			    "rules/         the rules as used\n"
			    "inputs.json    what was requested\n"
			    "decisions.yml  what a person accepted or confirmed, if anything\n"
			    "manifest.json  the list of files, and the process that made them\n",
		    f);
	if (style->alone) {
		(void)fputc('\n', f);
		put_wrapped(f, a, "",
		    arena_printf(a,
			"This is an extract. The facts and the rules are in the bundle %s: preflight verify decides again "
			"from them.",
			r->bundle_name));
	}
	return stream_end(f, "README.txt", e);
}

const struct format format_readme = {"readme", "README.txt", NULL, readme_render};
