/* preflight help: all commands, one of them, or parts of manual and completion for the build. */
#include <stdio.h>

#include "commands/cli.h"
#include "commands/help.h"

int
cmd_help(const struct options *o, struct arena *a)
{
	const struct command *c = o->words.n > 0 ? command_find(o->words.items[0]) : NULL;

	if (o->words.n > 1)
		return usage_error("help takes one command: preflight help COMMAND");
	if (o->words.n == 1 && c == NULL)
		return unknown_command(o->words.items[0]);
	if (o->part != NULL)
		return help_man(stdout, o->part, c, a) || help_completion(stdout, o->part, a)
		    ? EXIT_GO
		    : usage_error("--part %s: it is head, options, bash, zsh or fish", o->part);
	if (c != NULL)
		help_command(c, a);
	else
		help_usage(stdout);
	return EXIT_GO;
}
