/*
 * Applies --redaction to files of facts: into a snapshot, hidden by class, and back into files. What is hidden is
 * decided in facts/redact.c.
 */
#include "commands/redacting.h"

#include "base/scrub.h"
#include "facts/redact.h"

/* A label is a name of the site; reasons are free text. */
static void
redact_inputs(struct inputs *in, const struct redacted *names, enum redaction level, struct arena *a)
{
	struct texts nodes = {0};

	for (size_t i = 0; i < in->nodes.n; i++)
		ARENA_PUSH(a, &nodes, redacted_name(names, in->nodes.items[i]));
	in->nodes = nodes;
	if (level != RD_STRICT)
		return;
	in->label = NULL;
	for (size_t i = 0; i < in->without.n; i++)
		in->without.items[i].reason = text_scrub(a, in->without.items[i].reason);
}

bool
redact_facts(const struct ruleset *set, struct inputs *in, struct arena *a, struct members *facts, struct err *e)
{
	CLEANUP(snapshot_drop) struct snapshot *s = snapshot_new();
	const struct redacted *names;
	enum redaction level;

	if (!redaction_of(in->redaction, &level) || level == RD_NONE)
		return true;
	if (!snapshot_read(s, &set->facts, facts, a, e))
		return false;
	names = redact_snapshot(s, level, &in->nodes, a);
	redact_inputs(in, names, level, a);
	*facts = (struct members){0};
	snapshot_write(s, a, facts);
	return true;
}
