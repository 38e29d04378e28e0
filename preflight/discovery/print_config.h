/* What was found and given, as a file that --config reads. */
#ifndef PRINT_CONFIG_H
#define PRINT_CONFIG_H

#include <stdio.h>

#include "discovery/options.h"
#include "sources/source.h"

/* Prints it, without secrets; `r` has what only the collection finds: version, install method, search cluster. */
void print_config_file(const struct options *, const struct source *, size_t n, const struct report *, FILE *);

#endif
