/*
 * What the first look of a run saw of unfinished work, before a second one takes its place. Which tables are about
 * movement is what the view `work` of the rules reads; read_live.c reads them.
 */
#include "discovery/observe.h"

#include <string.h>

#include "base/log.h"
#include "discovery/history.h"

const bool *
observed_facts(const struct ruleset *set)
{
	for (size_t i = 0; i < set->views.n; i++)
		if (strcmp(set->views.items[i].name, "work") == 0)
			return set->views.items[i].reach.facts;
	return NULL;
}

struct rows *
observed_work(const struct ruleset *set, const struct snapshot *snapshot, const struct inputs *in)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(instance_drop) struct instance *inst = NULL;
	struct err e;

	inst = instance_new(a, set, snapshot, in, NULL, &e);
	if (inst != NULL)
		return history_rows(inst, "observed");
	log_warning("--observe: the first look cannot be evaluated: %s", e.msg);
	return NULL;
}
