/*
 * help and --help: made from the tables of commands and options. Decides nothing; manual and completion are in
 * help_man.c and help_completion.c.
 */
#include "commands/help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

#define TEXT_AT 34 /* where the text of an option begins */
#define NARROW 70  /* below, that text has lines of its own */
#define INDENT 6
#define WIDTH 80
#define LEAST 40
#define MOST 120

/* COLUMNS comes first: a person or a script that sets it means it. */
static size_t
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns != NULL ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (n == 0 && isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	if (n == 0)
		n = WIDTH;
	return n < LEAST ? LEAST : n > MOST ? MOST : n;
}

/* The term begins the line, the text has a column of its own. */
static void
print_term(FILE *f, const char *term, const char *text, size_t width)
{
	size_t at = width < NARROW ? INDENT + 4 : TEXT_AT, n = strlen(term);

	if (n + 2 <= at)
		(void)fprintf(f, "%s%*s", term, (int)(at - n), "");
	else
		(void)fprintf(f, "%s\n%*s", term, (int)at, "");
	text_print_wrapped(f, text, at, at, width);
}

void
help_usage(FILE *f)
{
	size_t width = terminal_width();

	(void)fputs("Usage: preflight COMMAND [OPTION]...\n\n", f);
	text_print_wrapped(
	    f, "preflight decides whether a GitLab instance may be upgraded now. It changes nothing.", 0, 0, width);
	(void)fputs("\nCommands:\n", f);
	for (const struct command *c = commands; c->name != NULL; c++) {
		int n = fprintf(f, "  %-8s ", c->name);

		text_print_wrapped(f, c->summary, (size_t)n, (size_t)n, width);
	}
	(void)fputs("\nOn a GitLab node:\n  sudo preflight check --to 17.3\n\n", f);
	text_print_wrapped(f,
	    "preflight help COMMAND shows arguments, options, exit codes and examples of a command; preflight --version "
	    "shows the version. The manual begins with: man preflight",
	    0, 0, width);
}

static void
print_option(const struct option *o, size_t width, struct arena *a)
{
	const char *term = o->letter != '\0' ? arena_printf(a, "  -%c, --%s", o->letter, o->name)
					     : arena_printf(a, "      --%s", o->name);
	const char *text = option_about(o, a);

	if (o->argument != NULL)
		term = arena_printf(a, "%s %s", term, o->argument);
	if (o->by_default != NULL)
		text = arena_printf(
		    a, "%s (default: %s%s)", text, o->by_default, o->kind == OK_LIST ? "; may be repeated" : "");
	else if (o->kind == OK_LIST)
		text = arena_printf(a, "%s (may be repeated)", text);
	print_term(stdout, term, text, width);
}

static void
print_group(const struct command *c, enum option_group group, size_t width, struct arena *a)
{
	bool begun = false;

	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];

		if (o->group != group || (o->commands & c->bit) == 0)
			continue;
		if (!begun)
			(void)printf("\n%s:\n", option_groups[group]);
		begun = true;
		print_option(o, width, a);
	}
}

/* The rule for the names of variables, and what it is not for. */
static void
print_environment(const struct command *c, size_t width, struct arena *a)
{
	const char *not = "", *one = NULL;

	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];

		if ((o->commands & c->bit) == 0)
			continue;
		if (option_variable(o, a) == NULL)
			not = arena_printf(a, "%s%s--%s", not, not [0] == '\0' ? "" : ", ", o->name);
		else if (one == NULL || (strchr(one, '_') == strrchr(one, '_') && strchr(o->name, '-') != NULL))
			one = arena_printf(a, "--%s is also %s", o->name, option_variable(o, a));
	}
	(void)printf("\nEnvironment:\n");
	print_term(stdout, "      PREFLIGHT_NAME",
	    arena_printf(a,
		"an option, in capitals and with underscores: %s. An option that may be repeated has one value a line. "
		"Not for %s.",
		one, not ),
	    width);
	for (const struct variable *v = variables; v->name != NULL; v++)
		if ((v->commands & c->bit) != 0)
			print_term(stdout, arena_printf(a, "      %s", v->name), v->about, width);
}

static void
print_exits(const struct command *c, size_t width)
{
	(void)printf("\nExit codes:\n");
	for (int code = 0; code <= EXIT_MOST; code++) {
		const char *meaning = exit_meaning(c, code);
		int n = meaning != NULL ? printf("  %-3d ", code) : 0;

		if (meaning != NULL)
			text_print_wrapped(stdout, meaning, (size_t)n, (size_t)n, width);
	}
}

void
help_command(const struct command *c, struct arena *a)
{
	size_t width = terminal_width();

	(void)printf(
	    "Usage: preflight %s%s%s [OPTION]...\n\n", c->name, c->arguments[0] == '\0' ? "" : " ", c->arguments);
	text_print_wrapped(stdout, c->summary, 0, 0, width);
	for (enum option_group group = 0; group < N_GROUPS; group++)
		print_group(c, group, width, a);
	print_environment(c, width, a);
	print_exits(c, width);
	(void)printf("\nExamples:\n");
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		(void)printf("  %s\n%*s", c->examples[i].command, INDENT, "");
		text_print_wrapped(stdout, c->examples[i].does, INDENT, INDENT, width);
	}
	(void)printf("\nManual: man preflight-%s\n", c->name);
}
