/* JSON values that are released at the end of their block, CLEANUP(json_drop) json_t *v, and their printing. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

static inline void
json_drop(json_t **v)
{
	json_decref(*v);
}

/*
 * In ASCII, with every control character escaped, and a newline. False: no memory. What the stream cannot take is told
 * by ferror, or where the stream ends.
 */
bool json_print(const json_t *, size_t indent, FILE *);

#endif
