/* By which columns the statements of a rule set join tables: sqldb.h indexes large ones by these. */
#ifndef JOIN_COLUMNS_H
#define JOIN_COLUMNS_H

#include "ruleset/ruleset.h"

/*
 * The names of all columns that some statement compares with another column ("a.x = b.y"), but for part columns,
 * which tell few rows apart. In memory of the set's arena.
 */
struct texts join_columns(const struct ruleset *);

#endif
