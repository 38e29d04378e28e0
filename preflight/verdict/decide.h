/*
 * From findings to a gate. The laws that no rule file can change are here: the path, the horizon,
 * sources that could not be read, a run that was cut short, a scope that was reduced.
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "verdict/decisions_apply.h"
#include "verdict/plan.h"

struct verdict {
	struct hop hop;
	bool has_hop; /* false: the current version is not known */
	enum gate gate;
	int exit_code;
	struct findings findings; /* sorted: effect, rule, key */
	struct decided decided;
	size_t by_status[ST_N];
	size_t total;
};

/*
 * Evaluates one hop of a plan. `plan` NULL: the current version could not be read, and nothing
 * about a hop can be said. `hypothetical`: the facts were not collected as they stand.
 */
bool decide(struct instance *, const struct plan *, struct hop, bool hypothetical, struct verdict *, struct err *) MUST;

enum effect finding_effect(const struct finding *);
int exit_code_of(enum gate, bool exit_on_warnings);

#endif
