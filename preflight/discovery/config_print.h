/* What was found and given, as a file that --config reads. */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdio.h>

#include "discovery/options.h"
#include "sources/source.h"

/* Prints it, with no secret; `r` says what only the reading told: version, install method, search cluster. */
void config_print(const struct options *, const struct source *, size_t n, const struct report *, FILE *);

#endif
