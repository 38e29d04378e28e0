/* Where in a statement an error message of SQLite points, for releases that give no offset. */
#ifndef SQL_PLACE_H
#define SQL_PLACE_H

#include <stddef.h>

/*
 * Offset of the name that the message ends with: "no such table: x", "no such column: t.x". Only whole words
 * outside comments and string literals count; a table stands behind FROM or JOIN where it does so anywhere.
 * 0 if the name is not in the statement.
 */
size_t sql_place(const char *sql, const char *message);

#endif
