/*
 * All hops of a plan, evaluated with today's data: what can be decided now, and what only a hop before it can
 * decide. Nothing here is a gate.
 */
#ifndef PLAN_HOPS_H
#define PLAN_HOPS_H

#include "verdict/decide.h"

enum decidable { DC_NOW, DC_AFTER, DC_PERSON };
extern const char *const decidable_word[]; /* "now", "after_hop", "manual" */

struct planned_rule {
	const struct rule *rule;
	enum decidable decidable;
	enum status status; /* of its worst finding; only what is decidable now means anything */
};

/* A table that the migrations of the step change, of the release that was read; -1: not known. */
struct changed_table {
	const char *database, *name, *changes; /* changes: rows, structure */
	int64_t rows, bytes;                   /* as of the last ANALYZE, without indexes */
};

struct planned_hop {
	const struct step *step; /* where it leads */
	size_t number;           /* 1 for the next hop; 0: the stop is not needed */
	int64_t from, to;
	const struct planned_rule *rules;
	size_t n_rules, n_now, n_after;
	const char *const *chores; /* what blocks and can be cleared now, one line each */
	size_t n_chores;
	const char *const *notes; /* for a person to read, one line each */
	size_t n_notes;
	size_t unknown;                     /* rules that could not be decided though it is their time */
	size_t queues;                      /* batched migrations that are known to be queued by this hop */
	const struct changed_table *tables; /* the largest first */
	size_t n_tables;
};

struct plan_hops {
	struct planned_hop *items; /* in the order of the plan, without the current version */
	size_t n, hops, chores;
};

/* Evaluates every hop; the instance's hop is then the last one. */
bool plan_hops_make(struct instance *, const struct plan *, struct plan_hops *, struct err *) MUST;

#endif
