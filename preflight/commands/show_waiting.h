/* What `wait` tells on stderr between its rounds: one line for each piece of work that changed. */
#ifndef SHOW_WAITING_H
#define SHOW_WAITING_H

#include "reports/report.h"

struct seen_work;
struct shown_waiting {
	struct seen_work *items; /* of the last round, by key */
	size_t n;
	int64_t at; /* when that was, monotonic */
	bool told;  /* a round was printed; `decision` is its verdict */
	enum gate decision;
};

/* Tells what is new, what moved and at which rate, and what is done since the last call; keeps what it needs. */
void shown_waiting_tell(struct shown_waiting *, const struct report *);
void shown_waiting_drop(struct shown_waiting *);

#endif
