/*
 * The tests that rules carry: rows in, findings out, without a server. Each runs again with its
 * rows in reverse order, which must change nothing, and once for each nullable column with NULL in
 * it, which may not make a finding vanish or its effect milder. One that finds something runs again on
 * upgrade steps around each bound of its rule: see rule_edges.h.
 */
#ifndef RULETEST_H
#define RULETEST_H

#include <stdio.h>

#include "ruleset/ruleset.h"

struct ruletest_counts {
	size_t tests, edges, runs, failed;
};

/*
 * All tests of one rule; each failure is a line on stderr with file:line. With a log each test is a line there: "test"
 * or "edge", rule, from, to and the status.
 */
void ruletest_rule(const struct ruleset *, const struct rule *, FILE *log, struct ruletest_counts *);

#endif
