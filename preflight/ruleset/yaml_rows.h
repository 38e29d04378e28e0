/* Rows as people write them in rule files: data tables and the `given` of rule tests. */
#ifndef YAML_ROWS_H
#define YAML_ROWS_H

#include "facts/rows.h"
#include "base/yaml.h"

/*
 * Adds each map of the list as a row; where the value of one column is a list, as a row for each value in it. A column
 * that is not mentioned is NULL where it may be, else its declared example, else 0, false, "", or `now`. Times are
 * written as -6h or +20min from `now` (microseconds).
 * Faults go to `faults`, with the place.
 */
void yaml_rows(struct arena *, const struct ynode *list, struct rows *, int64_t now, struct faults *);
/* How many rows they are. */
size_t yaml_rows_n(const struct ynode *list);
/* As yaml_rows(), for the rows of one part only: those whose part column says `part` (default: the first). */
void yaml_part_rows(struct arena *, const struct ynode *list, struct rows *, int64_t now, struct faults *);

#endif
