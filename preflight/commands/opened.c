/* From a bundle in memory to the report that follows from it. Nothing is collected, nothing compared. */
#include "commands/opened.h"

#include "bundle/bundle_read.h"
#include "commands/cli.h"
#include "ruleset/ruleset_load.h"

void
opened_drop(struct opened *o)
{
	assessment_drop(&o->assessment);
	ruleset_free(o->set);
}

bool
opened_recompute(struct opened *o, struct arena *a, struct err *e)
{
	const struct member *inputs = members_find(&o->bundle.members, "inputs.json");
	const struct member *decisions = members_find(&o->bundle.members, DECISIONS_FILE);
	struct faults faults = {0};

	if (inputs == NULL)
		return fail(e, NOWHERE, "it holds facts only, no verdict (inputs.json is missing)");
	o->set = ruleset_from_members(&o->bundle.members, &(struct texts){0}, false, &faults);
	if (o->set == NULL) {
		(void)fail(e, NOWHERE, "the rules in it cannot be used: %s", faults.items[0].msg);
		faults_free(&faults);
		return false;
	}
	faults_free(&faults);
	if (!inputs_merge(&o->inputs, inputs->data, inputs->len, a, e)) {
		err_prefix(e, "inputs.json");
		return false;
	}
	if (decisions != NULL && !inputs_decisions(&o->inputs, DECISIONS_FILE, decisions->data, decisions->len, a, e))
		return false;
	if (!inputs_notes(&o->inputs, a, e))
		return false;
	return assess(&o->assessment, o->set, &o->bundle.members, NULL, &o->inputs, false, e);
}

int
opened_read(struct opened *o, const char *path, struct arena *a)
{
	struct err e;

	if (!bundle_read(a, path, &o->bundle, &e))
		return complain_about(path, &e);
	if (o->bundle.state != BS_INTACT)
		return usage_error("%s: %s: see preflight verify", path, o->bundle.why);
	return opened_recompute(o, a, &e) ? EXIT_GO : complain_about(path, &e);
}
