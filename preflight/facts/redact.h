/* Hides columns by their class, before anything is decided: `class` of a declaration is how far a value may travel. */
#ifndef REDACT_H
#define REDACT_H

#include "facts/snapshot.h"

/*
 * none      as collected.
 * standard  values of class host become hidden-1, hidden-2, ..., equal ones alike, and nodes too; text of class
 *           identifier is left out; free text loses what looks like a host, a person, a file or a token.
 * strict    also leaves out free text wherever a column may be NULL.
 * Numbers and times stay in all of them.
 */
enum redaction { RD_NONE, RD_STANDARD, RD_STRICT };
/* "standard", "strict" or NULL; false: none of them. */
bool redaction_of(const char *word, enum redaction *) MUST;

/* The names that were given; the same value has the same one in all tables. */
struct redacted;
/*
 * Hides in place, the names of nodes in `more` too. Values that are hidden already stay. Tables that the rules do not
 * declare are not in a snapshot, so that they are not written again.
 */
struct redacted *redact_snapshot(struct snapshot *, enum redaction, const struct texts *more, struct arena *);
/* The name given to a value; itself, if it had no need of one. */
const char *redacted_name(const struct redacted *, const char *value);

#endif
