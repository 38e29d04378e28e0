/*
 * The parts of manual pages that the tables know: names, options, variables, exit codes, examples; as mdoc.
 * packaging/man has the prose, and puts both together.
 */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "commands/help.h"

/* Of one word. Minus signs and quotes stay what they are where a person copies them. */
static void
print_word(FILE *f, const char *p, size_t n)
{
	if (*p == '.' || *p == '\'')
		(void)fputs("\\&", f);
	for (const char *end = p + n; p < end; p++) {
		if (*p == '\\')
			(void)fputs("\\e", f);
		else if (*p == '-')
			(void)fputs("\\-", f);
		else if (*p == '\'')
			(void)fputs("\\(aq", f);
		else if (*p == '"')
			(void)fputs("\\(dq", f);
		else
			(void)fputc(*p, f);
	}
	if (n > 3 && strncmp(p - 3, "...", 3) == 0) /* ends no sentence */
		(void)fputs("\\&", f);
}

/* A sentence begins a line, as mdoc wants it. */
static void
print_text(FILE *f, const char *text)
{
	size_t column = 0;

	for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		bool ended = p > text + 1 && strchr(".?!", p[-2]) != NULL;

		if (column > 0 && (ended || column + 1 + n > 60)) {
			(void)fputc('\n', f);
			column = 0;
		}
		if (column > 0)
			(void)fputc(' ', f);
		print_word(f, p, n);
		column += n + 1;
		p += n;
	}
	(void)fputc('\n', f);
}

/* Sentences of the tables begin with a small letter, and have no point at the end. */
static void
print_sentence(FILE *f, const char *text, struct arena *a)
{
	char *s = arena_printf(a, "%s.", text);
	size_t n = strlen(s);

	if (n > 2 && strchr(".?!", s[n - 2]) != NULL)
		s[n - 1] = '\0';
	if (strchr(" ,;", s[1 + strspn(s, "abcdefghijklmnopqrstuvwxyz") - 1]) != NULL)
		s[0] = (char)toupper((unsigned char)s[0]);
	print_text(f, s);
}

static void
print_option(FILE *f, const struct option *o, struct arena *a)
{
	const char *variable = option_variable(o, a);

	if (o->letter != '\0')
		(void)fprintf(f, ".It Fl %c , Fl \\-%s", o->letter, o->name);
	else
		(void)fprintf(f, ".It Fl \\-%s", o->name);
	if (o->argument != NULL)
		(void)fprintf(f, " Ar %s", o->argument);
	(void)fputc('\n', f);
	/* A value keeps its small letter. */
	if (o->values.words != NULL || o->values.kind == OV_FORMAT)
		print_text(f, arena_printf(a, "%s.", option_about(o, a)));
	else
		print_sentence(f, option_about(o, a), a);
	if (o->by_default != NULL)
		print_text(f, arena_printf(a, "Default: %s.", o->by_default));
	if (o->kind == OK_LIST)
		(void)fputs("May be repeated.\n", f);
	if (variable != NULL)
		(void)fprintf(f, ".Pq Ev %s\n", variable);
}

static void
print_options(FILE *f, const struct command *c, struct arena *a)
{
	(void)fputs(".Sh OPTIONS\n", f);
	for (enum option_group group = 0; group < N_GROUPS; group++) {
		bool begun = false;

		for (size_t i = 0; i < n_options; i++) {
			const struct option *o = &option_table[i];

			if (o->group != group || (o->commands & c->bit) == 0)
				continue;
			if (!begun)
				(void)fprintf(f, ".Ss %s\n.Bl -tag -width Ds\n", option_groups[group]);
			begun = true;
			print_option(f, o, a);
		}
		if (begun)
			(void)fputs(".El\n", f);
	}
}

static void
print_environment(FILE *f, unsigned command, struct arena *a)
{
	(void)fputs(".Sh ENVIRONMENT\n", f);
	if (command != 0)
		print_text(f,
		    "Options can be set by the variables that are named above. An option that may be repeated "
		    "has one value a line; an option without a value is yes or no. Also:");
	else
		print_text(f, "Each option of a command can be set by a variable, which its page names. Also:");
	(void)fputs(".Bl -tag -width Ds\n", f);
	for (const struct variable *v = variables; v->name != NULL; v++)
		if (command == 0 || (v->commands & command) != 0) {
			(void)fprintf(f, ".It Ev %s\n", v->name);
			print_sentence(f, v->about, a);
		}
	(void)fputs(".El\n", f);
}

static void
print_exits(FILE *f, const struct command *c, struct arena *a)
{
	for (int code = 0; code <= EXIT_MOST; code++) {
		const char *meaning = exit_meaning(c, code);

		if (meaning == NULL)
			continue;
		(void)fprintf(f, ".It %d\n", code);
		print_sentence(f, meaning, a);
	}
}

static void
print_end(FILE *f, const struct command *c, struct arena *a)
{
	(void)fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", f);
	print_exits(f, c, a);
	(void)fputs(".It 128+n\nSignal n ended the program.\n.El\n", f);
	if (c == NULL)
		return;
	(void)fputs(".Sh EXAMPLES\n.Bl -tag -width Ds\n", f);
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		(void)fputs(".It Li \"", f);
		print_word(f, c->examples[i].command, strlen(c->examples[i].command));
		(void)fputs("\"\n", f);
		print_sentence(f, c->examples[i].does, a);
	}
	(void)fputs(".El\n", f);
}

static void
print_head(FILE *f, const struct command *c)
{
	size_t n;

	if (c == NULL) {
		(void)fputs(".Sh NAME\n.Nm preflight\n.Nd decides whether a GitLab instance may be upgraded now\n"
			    ".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTION ...\n.Nm\n.Fl \\-version\n",
		    f);
		return;
	}
	/* Without its point; a question mark at the end is none of the delimiters of mdoc. */
	n = strlen(c->summary);
	(void)fprintf(f, ".Sh NAME\n.Nm preflight-%s\n.Nd ", c->name);
	print_word(f, c->summary, c->summary[n - 1] == '.' ? n - 1 : n);
	(void)fprintf(f, "%s\n.Sh SYNOPSIS\n.Nm preflight %s\n", c->summary[n - 1] == '?' ? "\\&" : "", c->name);
	if (c->arguments[0] != '\0') {
		(void)fputs(".Ar ", f);
		print_word(f, c->arguments, strlen(c->arguments));
		(void)fputs("\\&\n", f);
	}
	(void)fputs(".Op Ar OPTION ...\n", f);
}

static void
print_commands(FILE *f, struct arena *a)
{
	(void)fputs(".Sh COMMANDS\n.Bl -tag -width Ds\n", f);
	for (const struct command *c = commands; c->name != NULL; c++) {
		(void)fprintf(f, ".It Xr preflight-%s 1\n", c->name);
		print_sentence(f, c->summary, a);
	}
	(void)fputs(".El\n", f);
}

bool
help_man(FILE *f, const char *part, const struct command *c, struct arena *a)
{
	if (strcmp(part, "head") == 0) {
		print_head(f, c);
		return true;
	}
	if (strcmp(part, "options") != 0)
		return false;
	if (c != NULL)
		print_options(f, c, a);
	else
		print_commands(f, a);
	print_environment(f, c != NULL ? c->bit : 0, a);
	print_end(f, c, a);
	return true;
}
