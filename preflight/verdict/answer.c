#include "verdict/answer.h"

#include <string.h>

#include "base/version.h"

static struct hop
hop_to(const struct plan *p, size_t step)
{
	return (struct hop){p->from, p->items[step].version};
}

/* The next hop is shown too where the one that was asked for would pass over it. */
static bool
shows_next(const struct answer *an, const struct inputs *in)
{
	return an->has_plan && !in->next && an->plan.next < an->plan.n - 1;
}

static bool
plan_and_decide(struct answer *an, const struct inputs *in, bool hypothetical, struct err *e)
{
	struct world *w = an->world;
	const char *to = in->to;
	struct hop asked = {0};
	size_t step;

	an->has_plan = w->has_version;
	if (!w->has_version) {
		if (to != NULL && !plan_resolve(w->set, to, &asked.to, e))
			return false;
		return decide(w, NULL, asked, hypothetical, &an->asked, e);
	}
	if (!plan_build(w, to, &an->plan, e))
		return false;
	step = in->next || to == NULL ? an->plan.next : an->plan.n - 1;
	asked = hop_to(&an->plan, step);
	if (w->version_given != NULL && asked.to < asked.from)
		return fail(e, NOWHERE, "--to %s is older than --from %s: GitLab cannot be downgraded",
		    to, w->version_given);
	if (shows_next(an, in) &&
	    !decide(w, &an->plan, hop_to(&an->plan, an->plan.next), hypothetical, &an->next, e))
		return false;
	return decide(w, &an->plan, asked, hypothetical, &an->asked, e);
}

bool
answer_make(struct answer *an, const struct ruleset *set, const struct members *members,
    const struct inputs *in, bool hypothetical, struct err *e)
{
	struct composing c;
	char digest[65];

	*an = (struct answer){.arena = arena_new(), .snapshot = snapshot_new()};
	if (!snapshot_read(an->snapshot, &set->facts, members, an->arena, e))
		return false;
	snapshot_digest(members, digest);
	an->world = world_new(an->arena, set, an->snapshot, in, NULL, e);
	if (an->world == NULL || !plan_and_decide(an, in, hypothetical, e))
		return false;
	c = (struct composing){.w = an->world, .plan = an->has_plan ? &an->plan : NULL,
	    .asked = &an->asked, .next = shows_next(an, in) ? &an->next : NULL,
	    .snapshot_digest = digest};
	an->report = compose(&c);
	return true;
}

void
answer_drop(struct answer *an)
{
	world_free(an->world);
	snapshot_free(an->snapshot);
	arena_free(an->arena);
}
