/*
 * Any bytes as a gitlab.rb: every finding has a line of the text.
 */
#include "sources/host/ruby_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	size_t n;
	unsigned lines;
};

static bool
look_at(void *arg, const struct ruby_finding *f)
{
	struct seen *s = arg;

	s->n++;
	if (f->line == 0 || f->line > s->lines || memchr(f->key, '\0', sizeof f->key) == NULL ||
	    memchr(f->value, '\0', sizeof f->value) == NULL) {
		(void)fprintf(stderr, "a finding in line %u of %u\n", f->line, s->lines);
		abort();
	}
	return s->n < 100000;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = xcalloc(len, 1); /* exactly as long, so that ASan sees a byte more */
	struct seen s = {.lines = 1};

	if (len > 0)
		memcpy(copy, data, len);
	for (size_t i = 0; i < len; i++)
		s.lines += copy[i] == '\n';
	(void)!ruby_settings(copy, len, false, look_at, &s);
	free(copy);
	return 0;
}
