/* --redaction, for what check, wait and collect write. */
#ifndef REDACTING_H
#define REDACTING_H

#include "verdict/inputs.h"

/*
 * Replaces the files of facts by redacted ones, and hides the names of nodes in the inputs too, as the redaction of the
 * inputs says; without one it does nothing. Facts that are redacted already stay as they are.
 */
bool redact_facts(const struct ruleset *, struct inputs *, struct arena *, struct members *facts, struct err *) MUST;

#endif
