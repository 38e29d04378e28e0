/*
 * The list of what the engine itself can find, and how its rules are looked up. The rules are read by
 * ruleset_rules.c and checked by lint.c; verdict/decide.c makes the findings.
 */
#include "ruleset/engine_rules.h"

#include <string.h>

const struct engine_id engine_ids[] = {
    {"access.tls", SEV_BLOCKER, false, false},
    {"decision.broad", SEV_NOTICE, false, false},
    {"decision.expired", SEV_NOTICE, false, false},
    {"decision.refused", SEV_NOTICE, false, false},
    {"decision.unused", SEV_NOTICE, false, false},
    {"path.bad-release", SEV_WARNING, false, false},
    {"path.conditional", SEV_BLOCKER, false, true},
    {"path.downgrade", SEV_BLOCKER, false, false},
    {"path.horizon", SEV_BLOCKER, false, false},
    {"path.skipped", SEV_BLOCKER, false, false},
    {"path.version", SEV_BLOCKER, false, false},
    {"rules.unsigned", SEV_NOTICE, false, false},
    {"run.hypothetical", SEV_BLOCKER, false, false},
    {"run.interrupted", SEV_BLOCKER, false, false},
    {"run.nothing", SEV_BLOCKER, false, false},
    {"run.redacted", SEV_NOTICE, false, false},
    {"scope.reduced", SEV_WARNING, false, false},
    {"source.condition", SEV_BLOCKER, true, false},
    {"source.incomplete", SEV_BLOCKER, true, false},
    {"source.node", SEV_BLOCKER, false, false},
    {"source.node-not-named", SEV_NOTICE, false, false},
};
const size_t n_engine_ids = nitems(engine_ids);

/* Length of the id without "-16.0" at its end; of one that has none: all of it. */
static size_t
length_without_version(const char *id)
{
	const char *dash = strrchr(id, '-');

	if (dash == NULL || dash[1] == '\0' || dash[1 + strspn(dash + 1, "0123456789.")] != '\0')
		return strlen(id);
	return (size_t)(dash - id);
}

const struct engine_id *
engine_id_find(const char *id)
{
	size_t stem = length_without_version(id);

	for (size_t i = 0; i < n_engine_ids; i++) {
		const struct engine_id *e = &engine_ids[i];
		size_t n = e->by_version ? stem : strlen(id);

		if (strlen(e->id) == n && strncmp(e->id, id, n) == 0)
			return e;
	}
	return NULL;
}

void
engine_fields(const struct engine_id *e, const char ***names, size_t *n)
{
	static const char *of_source[] = {"id", "status", "kind"};
	static const char *of_hop[] = {
	    "subject", "from_version", "to_version", "next_version", "database", "state", "notes", "edition", "os"};

	*names = e->of_source ? of_source : of_hop;
	*n = e->of_source ? nitems(of_source) : nitems(of_hop);
}

const struct rule *
ruleset_rule_of(const struct ruleset *set, const char *id)
{
	const struct rule *r = ruleset_rule(set, id);
	const struct engine_id *e = r == NULL ? engine_id_find(id) : NULL;

	return e != NULL ? ruleset_rule(set, e->id) : r;
}

enum severity
engine_severity(const struct ruleset *set, const char *id)
{
	const struct engine_id *e = engine_id_find(id);
	const struct rule *r = ruleset_rule_of(set, id);
	enum severity least = e != NULL ? e->least : SEV_BLOCKER;

	return r != NULL && r->severity > least ? r->severity : least;
}

const struct remedy_decl *
engine_remedy(const struct ruleset *set, const char *id)
{
	const struct rule *r = ruleset_rule_of(set, id);

	return r != NULL ? r->remedy_decl : ruleset_remedy(set, id);
}
