/* Commands and options as tables: the parser, --help and the tests walk them. */
#ifndef CLI_H
#define CLI_H

#include "discovery/options.h"

struct command {
	const char *name, *arguments, *summary;
	unsigned bit; /* which options it takes: CMD_* of option_table.h */
	int (*run)(const struct options *, struct arena *);
};
extern const struct command commands[]; /* ended by a name of NULL */

int cmd_check(const struct options *, struct arena *);
int cmd_collect(const struct options *, struct arena *);
int cmd_plan(const struct options *, struct arena *);
int cmd_report(const struct options *, struct arena *);
int cmd_accept(const struct options *, struct arena *);
int cmd_verify(const struct options *, struct arena *);
int cmd_rules(const struct options *, struct arena *);
int cmd_explain(const struct options *, struct arena *);
int cmd_facts(const struct options *, struct arena *);
int cmd_sources(const struct options *, struct arena *);
int cmd_wait(const struct options *, struct arena *);

/* Finds the command, reads its options, runs it; the exit code. */
int cli_main(int argc, char **argv);

#endif
