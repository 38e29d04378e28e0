/* JSON values that are released at the end of their block: CLEANUP(json_drop) json_t *v. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

static inline void
json_drop(json_t **v)
{
	json_decref(*v);
}

#endif
