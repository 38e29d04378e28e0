/*
 * Tests that nobody writes by hand: the state of a test that finds something, on upgrade steps just inside and just
 * outside of each bound of the rule's `applies` and `when`.
 */
#ifndef RULE_EDGES_H
#define RULE_EDGES_H

#include "ruleset/ruleset.h"

/*
 * Appends to `out` the tests made of one test: nothing, unless it expects findings. Inside the bounds they expect the
 * status, the number of findings and the effect of the test; outside `applies` not_applicable, outside `when` a pass.
 * They share what the test names; their own names and the list are in memory of the arena.
 */
void rule_edges(const struct rule *, const struct rule_test *, struct arena *, struct rule_tests *out);

#endif
