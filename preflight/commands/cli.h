/* Commands as a table: the parser, help, manual, completion and the tests walk it. */
#ifndef CLI_H
#define CLI_H

#include "commands/option_table.h"

struct exit_meaning {
	int code;
	const char *meaning;
};

struct example {
	const char *command, *does;
};

#define N_EXAMPLES 2
struct command {
	const char *name, *arguments, *summary;
	unsigned bit;                                       /* which options it takes: CMD_* of option_table.h */
	int (*run)(const struct options *, struct arena *); /* NULL: cmd_help, which reads this table */
	struct values first, second;                        /* of its arguments */
	const struct exit_meaning *exits;          /* ended by a meaning of NULL; 1, 2 and signals are left out */
	const struct example examples[N_EXAMPLES]; /* complete command lines */
};
extern const struct command commands[]; /* ended by a name of NULL */
#define EXIT_MOST 10
/* What an exit code of this command (NULL: of any command) means; NULL: it has no such code. */
const char *exit_meaning(const struct command *, int code);

/* NULL: there is no such command. */
const struct command *command_find(const char *name);

int cmd_accept(const struct options *, struct arena *);
int cmd_check(const struct options *, struct arena *);
int cmd_collect(const struct options *, struct arena *);
int cmd_diff(const struct options *, struct arena *);
int cmd_explain(const struct options *, struct arena *);
int cmd_facts(const struct options *, struct arena *);
int cmd_fleet(const struct options *, struct arena *);
int cmd_help(const struct options *, struct arena *);
int cmd_plan(const struct options *, struct arena *);
int cmd_report(const struct options *, struct arena *);
int cmd_rules(const struct options *, struct arena *);
int cmd_sources(const struct options *, struct arena *);
int cmd_verify(const struct options *, struct arena *);
int cmd_wait(const struct options *, struct arena *);

/* Finds the command, reads its options, runs it; the exit code. */
int cli_main(int argc, char **argv);
/* The refusal of a command that does not exist, with the nearest one; EXIT_USAGE. */
int unknown_command(const char *word);

#endif
