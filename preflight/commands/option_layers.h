/* Options that a file or the environment sets, below the command line. */
#ifndef OPTION_LAYERS_H
#define OPTION_LAYERS_H

#include "discovery/options.h"

/* PREFLIGHT_TO for --to, and so on, below the flags; a list has one value a line. `command`: CMD_*. Exit code. */
int options_from_environment(unsigned command, struct options *, struct arena *) MUST;
/*
 * The file of --config, below both: a map of long option names. Relative names of files in it are relative
 * to its directory. What belongs to other commands is passed over. Exit code, after printing every fault.
 */
int options_from_file(unsigned command, struct options *, struct arena *) MUST;

#endif
