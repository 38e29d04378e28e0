/* The tests of one rule. */
#ifndef RULESET_TESTS_H
#define RULESET_TESTS_H

#include "ruleset/ruleset_read.h"

/*
 * Reads the list `tests` of a rule; its entries `each` are merged into the tests that follow them. False if there was
 * any fault. The names in them are checked once all files are read: see ruleset_resolve.c.
 */
bool read_tests(struct loader *, const struct ynode *list, struct rule_tests *) MUST;

#endif
