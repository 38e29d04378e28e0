/* What Redis' own error texts mean for us, and what to do about them. */
#ifndef REDIS_ERROR_H
#define REDIS_ERROR_H

#include "facts/rows.h"

/* Never PS_COMPLETE. */
enum part_status redis_error_explain(const char *text, const char *command, const char *key, struct err *);
/* The answer of a server that has no password to one that was given. */
bool redis_error_is_no_password(const char *text);

#endif
