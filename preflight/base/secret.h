/* Passwords, keys and tokens: from a file or from the environment, never from the command line. */
#ifndef SECRET_H
#define SECRET_H

#include "base/err.h"

#define SECRET_MAX 4096

/* The first line of a regular file, without its end. One that is empty, too long or no text is an error. */
bool secret_from_file(const char *path, char out[SECRET_MAX + 1], struct err *) MUST;
/* From the file, else from the environment variable; "" where neither is named or set. */
bool secret_find(const char *path, const char *variable, char out[SECRET_MAX + 1], struct err *) MUST;
/* Whether a secret may stand in a value that should have none: "password=x", "pwd: x", "scheme://login@host". */
bool secret_is_named(const char *value);
/* Whether a text has a URL with a login: "scheme://login@host". */
bool secret_is_login(const char *text);

#endif
