/* From a bundle in memory to the report that follows from it. Nothing is collected, nothing compared. */
#include "commands/opened.h"

#include <string.h>

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
	if (!assess(&o->assessment, o->set, &o->bundle.members, NULL, &o->inputs, false, e))
		return false;
	instance_close(o->assessment.instance);
	return true;
}

/* What a report follows from. The formats of the report, which are most of a bundle, are not among it. */
static bool
is_ground(const char *path)
{
	return strncmp(path, "facts/", 6) == 0 || strncmp(path, "rules/", 6) == 0 || strcmp(path, "inputs.json") == 0 ||
	    strcmp(path, DECISIONS_FILE) == 0;
}

static void
keep_ground(struct members *kept, const struct members *all, struct arena *a)
{
	for (size_t i = 0; i < all->n; i++) {
		struct member m = all->items[i];

		if (!is_ground(m.path))
			continue;
		m.path = arena_strdup(a, m.path);
		m.data = arena_strndup(a, m.data, m.len);
		m.sha256 = m.sha256 != NULL ? arena_strdup(a, m.sha256) : NULL;
		ARENA_PUSH(a, kept, m);
	}
}

/* The rest is given back before anything is evaluated. */
static int
read_ground(struct members *kept, const char *path, struct arena *a)
{
	CLEANUP(arena_drop) struct arena *whole = arena_new();
	struct bundle b;
	struct err e;

	if (!bundle_read(whole, path, &b, &e))
		return complain_about(path, &e);
	if (b.state != BS_INTACT)
		return usage_error("%s: %s: see preflight verify", path, b.why);
	keep_ground(kept, &b.members, a);
	return EXIT_GO;
}

int
opened_read(struct opened *o, const char *path, struct arena *a)
{
	int rc = read_ground(&o->bundle.members, path, a);
	struct err e;

	if (rc != EXIT_GO)
		return rc;
	return opened_recompute(o, a, &e) ? EXIT_GO : complain_about(path, &e);
}
