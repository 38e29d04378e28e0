/*
 * What the first screen of a report answers beside the verdict: findings by severity, rules that were not evaluated
 * and because of what, the command to run next, and the way back. Counts and words only; nothing here decides.
 */
#include "verdict/report_fold.h"

#include <string.h>

static void
count_group(const struct group *k, struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		n += 1 + k->items[i]->more;
	if (k->status == ST_MANUAL)
		t->to_read += n;
	else if (k->status == ST_UNKNOWN || k->status == ST_ERROR)
		t->unknown++;
	else if (k->effect == EF_BLOCKS)
		t->blockers += n;
	else if (k->effect == EF_WAITS)
		t->waiting += n;
	else if (k->effect == EF_WARNS)
		t->warnings += n;
	else
		t->notices += n;
}

struct uncheckeds {
	struct unchecked *items;
	size_t n, cap;
};
struct findings_of_cause {
	const struct finding **items;
	size_t n, cap;
};

/* Few causes, some dozens of rules. */
static void
add_unchecked(struct arena *a, const struct gate_result *g, const char *cause, struct uncheckeds *out)
{
	struct findings_of_cause list = {0};

	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->items[i].cause, cause) == 0)
			return;
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (f->status == ST_SKIPPED && f->cause != NULL && strcmp(f->cause, cause) == 0)
			ARENA_PUSH(a, &list, f);
	}
	ARENA_PUSH(a, out, ((struct unchecked){cause, list.items, list.n}));
}

void
report_tally(struct arena *a, struct gate_result *g)
{
	struct uncheckeds list = {0};

	g->tally = (struct tally){.passed = g->by_status[ST_PASS],
	    .not_checked = g->by_status[ST_SKIPPED],
	    .not_applicable = g->by_status[ST_NOT_APPLICABLE]};
	for (size_t i = 0; i < g->n_groups; i++)
		count_group(&g->groups[i], &g->tally);
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->status == ST_SKIPPED && g->findings[i]->cause != NULL)
			add_unchecked(a, g, g->findings[i]->cause, &list);
	g->unchecked = list.items;
	g->n_unchecked = list.n;
}

void
report_next_command(struct arena *a, struct gate_result *g)
{
	const char *const title[] = {[G_GO] = "After the upgrade",
	    [G_GO_WITH_WARNINGS] = "After the upgrade",
	    [G_WAIT] = "Check again later",
	    [G_UNDETERMINED] = "When the data can be read, check again",
	    [G_NO_GO] = "After the fixes, check again"};

	g->next_title = g->next_command = "";
	if (strcmp(g->to, "unknown") == 0 || (g->decision <= G_GO_WITH_WARNINGS && strcmp(g->from, g->to) == 0))
		return;
	g->next_title = title[g->decision];
	g->next_command = arena_printf(a, "preflight check --to %s", g->to);
}

/* A backup can be restored only to the release that made it, so only those of the installed one count. */
const char *
report_way_back(const struct instance *inst)
{
	static const struct sql sql = {
	    .text = "SELECT CASE WHEN max(k.looked) = 0"
		    " THEN 'Restore a backup of GitLab ' || version_text(h.from_version)"
		    " || '. Whether there is one was not checked: the host was not read.'"
		    " WHEN max(k.changed_at) IS NULL"
		    " THEN 'Restore a backup of GitLab ' || version_text(h.from_version)"
		    " || '. None was found on the hosts that were read: make one first.'"
		    " ELSE 'Backup of ' || time_text(max(k.changed_at))"
		    " || CASE WHEN k.bytes >= 10000000000 THEN printf(', %d GB', k.bytes / 1000000000)"
		    " ELSE printf(', %d MB', (k.bytes + 999999) / 1000000) END || '. Its restore is not tested.' END"
		    " FROM hop AS h LEFT JOIN known_backup AS k"
		    " ON k.name IS NULL OR k.name GLOB '*_' || version_text(h.from_version) || '[-_]*'"};
	struct result r;
	struct err e;

	return sqldb_query(inst->db, &sql, inst->arena, &r, &e) && r.n == 1 && r.items[0] != NULL ? r.items[0] : "";
}
