/* One line of a log without what carried it there: colours, syslog, containers, orchestrators, other programs. */
#ifndef LOG_LINES_H
#define LOG_LINES_H

#include <regex.h>

#include "base/base.h"

/* Expressions of what may stand before the text of a line; tried in turn, until none matches. */
struct log_prefixes {
	regex_t *items;
	size_t n;
};

/*
 * Appends the text of a line of `len` bytes (without its line break) to `out`: colours, prefixes, indentation and
 * trailing blanks are gone, #011 is a tab, and of a line that is JSON only the text is left, whose escapes are resolved,
 * so that it may become several lines. `escaped`: it is a part of such a text. Bytes stay as they are otherwise.
 */
void log_line_unwrap(const struct log_prefixes *, const char *line, size_t len, bool escaped, struct buf *out);

#endif
