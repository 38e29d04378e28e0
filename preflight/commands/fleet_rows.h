/* From bundles to the rows of a fleet: each bundle is read, becomes one row, and is forgotten. */
#ifndef FLEET_ROWS_H
#define FLEET_ROWS_H

#include "commands/fleet_expect.h"
#include "reports/fleet.h"
#include "ruleset/ruleset.h"

/*
 * Reads every bundle or report.json, and compares them with the list. Of several bundles of one label the newest
 * counts; the others tell since when. `set` (of which only stops are used) may be NULL: then no chart is known. All of
 * it lives in the arena, whose size does not depend on that of the bundles.
 */
struct fleet fleet_of(
    struct arena *, const struct expected_fleet *, const struct texts *paths, const struct ruleset *set, int64_t at);

#endif
