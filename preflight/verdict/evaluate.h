/*
 * Rules evaluated on an instance: each applicable rule gives at least one finding. Knows nothing of gates.
 */
#ifndef EVALUATE_H
#define EVALUATE_H

#include "verdict/remedy.h"

struct findings {
	struct finding *items;
	size_t n, cap;
};

/* All rules that apply to the hop, in the order of the rule set. */
void evaluate(const struct instance *, struct hop, struct findings *);
/* One rule. */
void evaluate_rule(const struct instance *, const struct rule *, struct hop, struct findings *);

/* First 32 hex digits of SHA-256 over rule id and rendered key, and the anchor made of it. */
void finding_key(struct finding *, const char *rule, const char *rendered);
/* Why a part is unknown, as one line that is equal for all that share the cause. */
const char *part_cause(const struct instance *, const struct part *);

#endif
