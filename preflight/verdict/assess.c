/*
 * From files of facts to a finished report: instance, plan, evaluation, decision, report. Live runs, replays and
 * `verify` all go through here, so they cannot differ.
 */
#include "verdict/assess.h"

#include <string.h>

#include "base/version.h"

static struct hop
hop_to(const struct plan *p, size_t step)
{
	return (struct hop){p->from, p->items[step].version};
}

/* The next hop is shown too where the one that was asked for would pass over it. */
static bool
shows_next(const struct assessment *an, const struct inputs *in)
{
	return an->has_plan && !in->next && an->plan.next < an->plan.n - 1;
}

/* The release that was read as the target is the one of this upgrade step, and no other. */
static bool
release_fits(const struct assessment *an, int64_t to, struct err *e)
{
	const struct fact *f = fact_find(&an->instance->set->facts, "release");
	const struct rows *r = f != NULL ? snapshot_find(an->snapshot, f, "target") : NULL;
	int at = f != NULL ? fact_column_find(f, "version") : -1;
	char read[VERSION_TEXT], asked[VERSION_TEXT];
	int64_t key;

	if (r == NULL || r->status != PS_COMPLETE || r->n != 1 || at < 0 || r->items[0][at].kind != CELL_INT)
		return true;
	key = r->items[0][at].i;
	return key == to ||
	    fail(e, NOWHERE,
		"the release that was read is GitLab %s, and this upgrade step goes to %s: name the release of that "
		"version, or specify --to %s",
		version_text(key, read), version_text(to, asked), read);
}

static bool
plan_and_decide(struct assessment *an, const struct inputs *in, bool hypothetical, struct err *e)
{
	struct instance *inst = an->instance;
	char installed[VERSION_TEXT];
	const char *to = in->to;
	struct hop asked = {0};
	size_t step;

	if (in->after && inst->has_version)
		to = arena_strdup(inst->arena, version_text(inst->version, installed));
	an->has_plan = inst->has_version;
	if (!inst->has_version) {
		if (to != NULL && !plan_resolve(inst->set, to, 0, &asked.to, e))
			return false;
		if (to != NULL && !release_fits(an, asked.to, e))
			return false;
		return decide(inst, NULL, asked, hypothetical, &an->asked, e);
	}
	if (!plan_build(inst, to, &an->plan, e))
		return false;
	step = in->next || to == NULL ? an->plan.next : an->plan.n - 1;
	asked = hop_to(&an->plan, step);
	if (inst->version_given != NULL && asked.to < asked.from)
		return fail(e, NOWHERE, "--to %s is older than --from %s: GitLab cannot be downgraded", to,
		    inst->version_given);
	if (!release_fits(an, asked.to, e))
		return false;
	if (shows_next(an, in) &&
	    !decide(inst, &an->plan, hop_to(&an->plan, an->plan.next), hypothetical, &an->next, e))
		return false;
	return decide(inst, &an->plan, asked, hypothetical, &an->asked, e);
}

bool
assess(struct assessment *an, const struct ruleset *set, const struct members *members, struct snapshot *read,
    const struct inputs *in, bool hypothetical, struct err *e)
{
	struct report_inputs c;
	char digest[65];

	*an = (struct assessment){.arena = arena_new(), .snapshot = read != NULL ? read : snapshot_new()};
	if (read == NULL && !snapshot_read(an->snapshot, &set->facts, members, an->arena, e))
		return false;
	snapshot_digest(members, digest);
	an->instance = instance_new(an->arena, set, an->snapshot, in, NULL, e);
	if (an->instance == NULL || !plan_and_decide(an, in, hypothetical, e))
		return false;
	c = (struct report_inputs){.inst = an->instance,
	    .plan = an->has_plan ? &an->plan : NULL,
	    .asked = &an->asked,
	    .next = shows_next(an, in) ? &an->next : NULL,
	    .snapshot_digest = digest};
	an->report = report_build(&c);
	return true;
}

void
assessment_drop(struct assessment *an)
{
	instance_free(an->instance);
	snapshot_free(an->snapshot);
	arena_free(an->arena);
}
