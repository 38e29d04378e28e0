/* Connection strings of libpq, as a person gives them. */
#ifndef PG_CONNINFO_H
#define PG_CONNINFO_H

#include "base/err.h"

/* Whether libpq can read it, and it has no password. `by`: where it was given, for the message. */
bool pg_check_conninfo(const char *conninfo, const char *by, struct err *) MUST;

/*
 * Whether a value cannot be what its keyword says and may be, or hold, a password: a host with a login, a port that is
 * no number, "password=" inside of a name. It must not be shown then.
 */
bool pg_is_misplaced(const char *keyword, const char *value);

#endif
