/* What is left of unfinished work, kept from run to run: --history DIR. */
#ifndef HISTORY_H
#define HISTORY_H

#include "verdict/instance.h"

#define HISTORY_SOURCE "history:earlier"

/*
 * The file below `dir` of this instance: named after its label and its main database, as which the endpoint of that
 * source counts. In memory of the arena. False: no file can be written there.
 */
bool history_path(
    struct arena *, const char *dir, const char *label, const char *endpoint, const char **out, struct err *) MUST;
/*
 * The unfinished work of an instance as rows of the table `sample`, of this look ("earlier", "observed"); the caller
 * owns them. NULL: the rules declare no such table, or no view `work`.
 */
struct rows *history_rows(const struct instance *, const char *look);
/*
 * Appends the unfinished work to the file, in one piece; not more than once in five minutes. Whatever goes wrong is
 * a warning on stderr: it is about a later run.
 */
void history_append(const char *path, const struct instance *);

#endif
