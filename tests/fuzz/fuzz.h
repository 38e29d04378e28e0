/* What the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Once, before the first input, whose time it does not count in. A target may do without. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What must hold for any input. */
static inline void
demand(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s\n", what);
	abort();
}

/* A message is one line that is not empty. */
static inline void
demand_message(const struct err *e)
{
	demand(e->msg[0] != '\0' && strpbrk(e->msg, "\r\n") == NULL, "the message is no line");
}

/* A copy of the exact size: a look behind its end is seen. */
static inline char *
exact(const uint8_t *data, size_t len)
{
	char *copy = xcalloc(len > 0 ? len : 1, 1);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

#endif
