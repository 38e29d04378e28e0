/* Faults in SQL that SQLite itself would not notice. */
#ifndef LINT_WORDS_H
#define LINT_WORDS_H

#include "ruleset/ruleset.h"

/*
 * Finds version literals outside version(), version_in() and version_text(), which compare as text
 * and are silently wrong; malformed ones inside; and what SQLite 3.34 lacks.
 */
void lint_sql_words(const struct sql *, struct faults *);

#endif
