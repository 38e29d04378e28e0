/*
 * Facts with `bounded`: rows of one table of PostgreSQL that meet a condition, counted without ever reading all of a
 * large table.
 */
#ifndef BOUNDED_H
#define BOUNDED_H

#include "ruleset/ruleset_read.h"

/*
 * Reads {from: schema.table, reads: columns, where: SQL over t, index: NAME, order: column, has: schema.table.column,
 * uses: columns of other tables, bytes: size} and fills the variants, the columns `found` and `samples` and the end of
 * `about`. `reads` are the columns of t that the condition needs beside id. An index that leads with `order` (by
 * default the first of `reads`) and covers the condition needs no bound. Without `has` in the schema there are no rows.
 * A table of up to `bytes` is read whole.
 */
bool read_bounded(struct loader *, const struct ynode *, struct fact *) MUST;

#endif
