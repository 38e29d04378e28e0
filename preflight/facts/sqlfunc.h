/* The functions that rules may call, beside SQLite's own on the list in sqlfunc.c. */
#ifndef SQLFUNC_H
#define SQLFUNC_H

#include <sqlite3.h>

#include "base/base.h"

/* Registers ours. `now` must outlive the connection. */
bool sqlfunc_register(sqlite3 *, const int64_t *now) MUST;
bool sqlfunc_allowed(const char *name);

#endif
