/* The ready-made rules in the program: what prepare_rules.c wrote when it was built. */
#include "ruleset/ready.h"

#include "rules_ready.h"

const struct ready_rules ready_rules = {(const unsigned char *)rules_ready, sizeof rules_ready};
