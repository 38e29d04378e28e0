/* --help: made from the tables of commands, options and formats. Decides nothing. */
#include "commands/help.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "commands/option_table.h"
#include "reports/render.h"

#define TEXT_AT 38 /* where the text of an option begins */
#define WIDTH 80
#define WIDTH_MOST 120

void
help_usage(FILE *f, const struct command *table)
{
	(void)fputs("preflight decides whether a GitLab instance may be upgraded now. It changes nothing.\n\n"
		    "    preflight check --to 14.2 --postgres 'host=/run/postgresql dbname=gitlabhq_production' "
		    "--redis redis://127.0.0.1\n\n",
	    f);
	for (const struct command *c = table; c->name != NULL; c++)
		(void)fprintf(f, "  %-8s %-24s %s\n", c->name, c->arguments, c->summary);
	(void)fputs("\nexit: 0 go, 3 no-go, 4 warnings (with --exit-on-warnings), 5 undetermined, 6 wait; "
		    "1 internal, 2 usage, 7 verify failed\n"
		    "preflight COMMAND --help shows the options of a command.\n",
	    f);
}

static size_t
terminal_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < TEXT_AT + 20)
		return WIDTH;
	return size.ws_col < WIDTH_MOST ? size.ws_col : WIDTH_MOST;
}

static void
format_names(struct buf *b)
{
	for (const struct format *const *f = formats; *f != NULL; f++)
		buf_printf(b, "%s%s", f == formats ? "" : ", ", (*f)->name);
	buf_add(b, "; to stdout or FILE");
}

static void
print_option(const struct option *o, size_t width)
{
	struct buf b;
	int n;

	buf_init(&b, 2000);
	if (o->help != NULL)
		buf_add(&b, o->help);
	else
		format_names(&b);
	n = o->letter != '\0' ? printf("  -%c, --%s", o->letter, o->name) : printf("      --%s", o->name);
	if (o->argument != NULL)
		n += printf(" %s", o->argument);
	if (n < TEXT_AT)
		(void)printf("%*s", TEXT_AT - n, "");
	else
		(void)printf("\n%*s", TEXT_AT, "");
	text_print_wrapped(stdout, b.p, TEXT_AT, TEXT_AT, width);
	buf_free(&b);
}

void
help_command(const struct command *c)
{
	size_t width = terminal_width();

	(void)printf("preflight %s %s\n", c->name, c->arguments);
	text_print_wrapped(stdout, c->summary, 0, 0, width);
	(void)putchar('\n');
	for (size_t i = 0; i < n_options; i++)
		if ((option_table[i].commands & c->bit) != 0)
			print_option(&option_table[i], width);
}
