/* What is left of unfinished work, kept from run to run: --history DIR. */
#ifndef HISTORY_H
#define HISTORY_H

#include "sources/collect.h"
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
 * Where the history is among the sources: appends the unfinished work of the instance to it, in one piece; not more
 * than once in five minutes. Whatever goes wrong is a warning on stderr: it is about a later run.
 */
void history_keep(const struct source *, size_t n, const struct instance *);

#endif
