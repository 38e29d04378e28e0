/* What --help prints. */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "commands/cli.h"

/* All commands of the table, and the exit codes. */
void help_usage(FILE *, const struct command *table);
/* One command with its options, as wide as the terminal, or 80 columns; on stdout. */
void help_command(const struct command *);

#endif
