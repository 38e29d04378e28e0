/* The list of instances that a fleet consists of: the file of --expect. */
#ifndef FLEET_EXPECT_H
#define FLEET_EXPECT_H

#include "base/err.h"

struct expected_instance {
	const char *label;
	int64_t max_age_us; /* older data is old */
};
struct expected_fleet {
	struct expected_instance *items;
	size_t n, cap;
};

/*
 * Reads
 *   max-age: 7d                 # for those that name none; else `max_age_us`
 *   instances:
 *     - shop-eu
 *     - {label: shop-us, max-age: 24h}
 * in memory of the arena. False: the file cannot be read, or says something else; `e` has the first fault.
 */
bool fleet_expect(struct arena *, const char *path, int64_t max_age_us, struct expected_fleet *, struct err *) MUST;

#endif
