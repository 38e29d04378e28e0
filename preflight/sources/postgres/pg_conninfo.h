/* Connection strings of libpq, as a person gives them. */
#ifndef PG_CONNINFO_H
#define PG_CONNINFO_H

#include "base/err.h"

/* Whether libpq can read it, and it has no password. `by`: where it was given, for the message. */
bool pg_check_conninfo(const char *conninfo, const char *by, struct err *) MUST;

#endif
