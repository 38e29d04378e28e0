/*
 * What the first screen of a report answers beside the verdict: the command to run next, and the way back. Nothing here
 * decides.
 */
#include "verdict/report_fold.h"

#include <string.h>

void
report_next_command(struct arena *a, struct gate_result *g)
{
	const char *const title[] = {[G_GO] = "After the upgrade",
	    [G_GO_WITH_WARNINGS] = "After the upgrade",
	    [G_WAIT] = "Check until it is finished",
	    [G_UNDETERMINED] = "When the data can be read, check again",
	    [G_NO_GO] = "After the fixes, check again"};

	bool is_there = strcmp(g->from, g->to) == 0, is_go = g->decision <= G_GO_WITH_WARNINGS;

	g->next_title = g->next_command = "";
	if (strcmp(g->to, "unknown") == 0 || (is_go && is_there))
		return;
	g->next_title = title[g->decision];
	g->next_command = arena_printf(a, "preflight %s %s", is_go || g->decision == G_WAIT ? "wait" : "check",
	    is_go || is_there ? "--after" : arena_printf(a, "--to %s", g->to));
}

void
report_next_step(struct arena *a, struct gate_result *asked, const struct gate_result *next)
{
	if (next->decision <= G_GO_WITH_WARNINGS)
		asked->next_title = "Go step by step: the next one is allowed, see below. When it is done, check again";
	else
		asked->next_title = "Go step by step: clear what holds up the next one, then check it again";
	asked->next_command = arena_printf(
	    a, "preflight check --to %s", next->decision <= G_GO_WITH_WARNINGS ? asked->to : next->to);
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
		    " ELSE printf(', %d MB', (k.bytes + 999999) / 1000000) END"
		    " || ': ' || k.name || '. Its restore is not tested.' END"
		    " FROM hop AS h LEFT JOIN known_backup AS k"
		    " ON k.name IS NULL OR k.name GLOB '*_' || version_text(h.from_version) || '[-_]*'"};
	struct result r;
	struct err e;

	return sqldb_query(inst->db, &sql, inst->arena, &r, &e) && r.n == 1 && r.items[0] != NULL ? r.items[0] : "";
}
