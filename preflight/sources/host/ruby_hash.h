/* The configuration of a batched migration as GitLab's error prints it: a Ruby hash, or rake's arguments. */
#ifndef RUBY_HASH_H
#define RUBY_HASH_H

#include "base/base.h"

struct log_configuration {
	const char *job_class_name, *table_name, *column_name; /* never NULL */
	const char *job_arguments;                             /* compact JSON, symbols as texts */
	const char *database;                                  /* of finalize:DATABASE; or "" */
};

/*
 * Reads the hash that begins with the first brace of `text`, as Ruby before and after 3.4 prints it. False: it is
 * none, it is cut, or one of the four keys is missing. Texts live in the arena.
 */
bool ruby_configuration(struct arena *, const char *text, struct log_configuration *) MUST;
/* The same from the words finalize[CLASS,TABLE,COLUMN,'ARGUMENTS'] anywhere in `text`. */
bool rake_configuration(struct arena *, const char *text, struct log_configuration *) MUST;

#endif
