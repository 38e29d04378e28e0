/*
 * The tests that rules carry: rows in, findings out, without a server. Each runs again with its
 * rows in reverse order, which must change nothing, and once for each nullable column with NULL in
 * it, which may not make a finding vanish or its effect milder.
 */
#ifndef RULETEST_H
#define RULETEST_H

#include "ruleset/ruleset.h"

struct ruletest_counts {
	size_t tests, runs, failed;
};

/* All tests of one rule; each failure is a line on stderr with file:line. */
void ruletest_rule(const struct ruleset *, const struct rule *, struct ruletest_counts *);

#endif
