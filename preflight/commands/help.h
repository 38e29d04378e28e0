/* What help prints: for people, as parts of manual pages, and for the completion of shells. */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "commands/cli.h"

/* All commands, and where to read on. */
void help_usage(FILE *);
/* One command on stdout: its options by group, environment, exit codes, examples; as wide as COLUMNS or the terminal. */
void help_command(const struct command *, struct arena *);
/*
 * Parts of a manual page, as mdoc: "head", NAME and SYNOPSIS, or "options", what follows the description. NULL: of
 * preflight(1). False: there is no such part.
 */
bool help_man(FILE *, const char *part, const struct command *, struct arena *) MUST;
/* What the completion of "bash", "zsh" or "fish" takes from the tables. False: there is no such part. */
bool help_completion(FILE *, const char *part, struct arena *) MUST;

#endif
