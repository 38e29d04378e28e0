/* The table of options, for what reads it: the command line, the environment, a file. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "commands/cli.h"

enum option_kind { OK_FLAG, OK_TEXT, OK_LIST };

enum { CMD_CHECK = 1, CMD_COLLECT = 2, CMD_PLAN = 4, CMD_REPORT = 8, CMD_VERIFY = 16, CMD_RULES = 32, CMD_FACTS = 64,
	CMD_SOURCES = 128, ONCE = 256 /* for a command line only: no setting */ };

struct option {
	char letter;
	const char *name, *argument, *help;
	enum option_kind kind;
	size_t field;
	unsigned commands;
};
extern const struct option cli_options[];
extern const size_t cli_n_options;

/* Sets an option, or adds to a list. `by`: who says it, for messages. A flag's value is not looked at. */
void option_set(const struct option *, const char *value, const char *by, struct options *, struct arena *);

/* PREFLIGHT_TO for --to, and so on, below the flags; a list has one value a line. Exit code. */
int options_from_environment(const struct command *, struct options *, struct arena *) MUST;
/*
 * The file of --config, below both: a map of long option names. Relative names of files in it are relative
 * to its directory. What belongs to other commands is passed over. Exit code, after printing every fault.
 */
int options_from_file(const struct command *, struct options *, struct arena *) MUST;

#endif
