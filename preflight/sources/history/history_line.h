/* One line of a history: the form in which an earlier look is kept. Shared by its reader and its writer. */
#ifndef HISTORY_LINE_H
#define HISTORY_LINE_H

#include <jansson.h>

#include "facts/rows.h"

#define HISTORY_FORM 1                /* of the lines; another one is skipped */
#define HISTORY_MAX ((size_t)1 << 20) /* bytes of one file; the oldest lines go first */
#define HISTORY_COLUMNS ((size_t)10)  /* more than a fact over it may have */

/*
 * The cells of a fact over `samples`, by the names of its columns; texts belong to `j`. False: `j` is NULL or no
 * line of this form.
 */
bool history_line_read(const json_t *j, const struct fact *, struct cell cells[HISTORY_COLUMNS]) MUST;
/* The same cells as one line, without its end; the caller frees it with free(). */
char *history_line_write(const struct fact *, const struct cell *cells) MUST;

#endif
