/* The report: what was decided, in the words that every format shows. */
#ifndef COMPOSE_H
#define COMPOSE_H

#include "verdict/decide.h"

struct composing {
	const struct world *w;
	const struct plan *plan;     /* NULL: the current version is not known */
	const struct verdict *asked;
	const struct verdict *next;  /* of the next hop, or NULL */
	const char *snapshot_digest;
};

/* Everything lives in the world's arena. */
const struct report *compose(const struct composing *);
/* Groups as people read them: those of one cause or one rule together, worst first. */
void compose_groups(const struct world *, const struct verdict *, struct gate_result *);

#endif
