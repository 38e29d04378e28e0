/* Cells and rows from JSON: what has the wrong type is NULL, and the door decides whether it may be. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include <jansson.h>

#include "facts/rows.h"

struct named_cell {
	const char *column;
	struct cell cell;
};

struct cell json_read_text(const char *);      /* NULL pointer: NULL cell */
struct cell json_read_integer(const json_t *); /* also from a number in a string */
/* Also from "true" and "false"; absent or null is false. Anything else: NULL. */
struct cell json_read_bool(const json_t *);
struct cell json_read_time(const json_t *); /* "2022-07-22T10:00:01.123Z", UTC */
/* "2.11.1-SNAPSHOT" as 2.11.1. */
struct cell json_read_version(const char *);

/* Adds the row: each column of the declaration takes the cell of its name. */
bool json_read_row(struct rows *, const struct named_cell *, size_t n, struct err *) MUST;

#endif
