/*
 * Gets the snapshot of a run: from bundles (--facts), from a live collection, or from both. The only caller of
 * read_live.c for commands that decide.
 */
#include "discovery/take_facts.h"

#include <string.h>

#include "bundle/bundle.h"
#include "discovery/name_sources.h"
#include "base/text.h"
#include "base/log.h"
#include "discovery/read_live.h"
#include "bundle/bundle_read.h"

static bool
read_bundle(struct taken_facts *g, const char *path, const struct ruleset *set, struct arena *a, struct bundle *b,
    struct err *e)
{
	struct named_snapshot *r = &g->bundles[g->n_bundles++];

	*r = (struct named_snapshot){.name = path, .snapshot = snapshot_new()};
	if (!bundle_read(a, path, b, e)) {
		err_within(e, path);
		return false;
	}
	if (b->state != BS_INTACT && b->form != BF_DIRECTORY)
		return fail(e, NOWHERE, "%s: %s: see preflight verify %s", path, b->why, path);
	g->hypothetical = g->hypothetical || b->state != BS_INTACT;
	if (snapshot_read(r->snapshot, &set->facts, &b->members, a, e))
		return true;
	err_within(e, path);
	return false;
}

/* The version that `collect --from` was given: all bundles of one instance agree, unless the command line decides. */
static bool
take_from(const struct member *collected, const char *path, const char *given, struct inputs *in, struct arena *a,
    struct err *e)
{
	struct inputs own = {0};

	if (collected == NULL)
		return true;
	if (!inputs_merge(&own, collected->data, collected->len, a, e) || !inputs_redaction(in, own.redaction, e))
		return false;
	if (given != NULL)
		return true;
	if (in->from != NULL && own.from != NULL && strcmp(in->from, own.from) != 0)
		return fail(e, NOWHERE,
		    "%s was collected with --from %s, and another bundle with --from %s: specify --from", path,
		    own.from, in->from);
	in->from = own.from != NULL ? own.from : in->from;
	return true;
}

/* Those of the check that left the bundle, unless the command line names others. */
static bool
take_decisions(const struct member *m, const char *path, struct inputs *in, struct arena *a, struct err *e)
{
	if (m == NULL || inputs_decisions(in, DECISIONS_FILE, m->data, m->len, a, e))
		return true;
	err_within(e, path);
	return false;
}

/* What one of several bundles has lost, the report of all of them says. */
static bool
take_redaction(const struct member *inputs, const char *path, struct inputs *in, struct arena *a, struct err *e)
{
	struct inputs own = {0};

	if (inputs == NULL)
		return true;
	if (inputs_merge(&own, inputs->data, inputs->len, a, e) && inputs_redaction(in, own.redaction, e))
		return true;
	err_prefix(e, "%s: inputs.json", path);
	return false;
}

/* *checked: among them is one of a finished check. */
static bool
read_bundles(struct taken_facts *g, const struct options *o, const struct ruleset *set, struct inputs *in,
    struct arena *a, bool *checked, struct err *e)
{
	const char *given = in->from;

	*checked = false;
	g->bundles = arena_alloc(a, (o->facts.n + 1) * sizeof *g->bundles);
	for (size_t i = 0; i < o->facts.n; i++) {
		const struct member *inputs;
		struct bundle b;

		if (!read_bundle(g, o->facts.items[i], set, a, &b, e))
			return false;
		if (!take_from(members_find(&b.members, COLLECT_INPUTS), o->facts.items[i], given, in, a, e))
			return false;
		inputs = members_find(&b.members, "inputs.json");
		*checked = *checked || inputs != NULL;
		if (!take_redaction(inputs, o->facts.items[i], in, a, e))
			return false;
		if (o->facts.n > 1)
			continue;
		g->facts = b.members;
		if (inputs != NULL && !inputs_merge(in, inputs->data, inputs->len, a, e)) {
			err_prefix(e, "%s: inputs.json", o->facts.items[i]);
			return false;
		}
		if (!take_decisions(members_find(&b.members, DECISIONS_FILE), o->facts.items[i], in, a, e))
			return false;
	}
	return !snapshots_clash(g->bundles, g->n_bundles, e);
}

/* The bundle that holds it, or NULL. */
static const struct named_snapshot *
holder(const struct taken_facts *g, const char *id, const char *node)
{
	for (size_t i = 0; i < g->n_bundles; i++)
		if (snapshot_holds(&g->bundles[i], id, node))
			return &g->bundles[i];
	return NULL;
}

static bool
lacks_required(const struct taken_facts *g, const struct ruleset *set, const struct inputs *in)
{
	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source_decl *d = &set->sources.items[i];

		if (d->need == SN_REQUIRED && !is_left_out(&in->without, d->id) && holder(g, d->id, NULL) == NULL)
			return true;
	}
	return false;
}

/* What of these sources is left to read live. */
static bool
keep_unheld(struct taken_facts *g, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n_sources; i++) {
		struct source *s = &g->sources[i];
		bool by_node = source_kind_find(s->kind)->part != NULL;
		const struct named_snapshot *r = holder(g, s->id, by_node ? s->part : "");

		if (r != NULL && !s->discovered)
			return fail(e, NOWHERE,
			    "%s already contains %s%s, and %s specifies it too: leave one of them out", r->name,
			    by_node ? "the files of " : "", by_node ? s->part : s->id, s->origin_text);
		if (r != NULL)
			log_info("%s: not read, %s contains it", by_node ? s->part : s->id, r->name);
		else
			g->sources[kept++] = *s;
	}
	g->n_sources = kept;
	return true;
}

bool
take_facts_open(struct taken_facts *g, const struct options *o, const struct ruleset *set, struct inputs *in,
    struct arena *a, struct err *e)
{
	struct options live = *o;
	bool checked;

	*g = (struct taken_facts){0};
	if (!live_limits_of(o, &g->limits, e))
		return false;
	if (!read_bundles(g, o, set, in, a, &checked, e))
		return false;
	/* Without bundles everything is looked for, also where every required source is left out. */
	live.no_discover = o->no_discover || (g->n_bundles > 0 && (checked || !lacks_required(g, set, in)));
	live.installed = holder(g, "release", "") != NULL;
	if (!name_sources(&live, set, &in->without, a, &g->sources, &g->n_sources, e) || !keep_unheld(g, e))
		return false;
	g->replay = g->n_bundles > 0 && g->n_sources == 0;
	return true;
}

/* What facts of this run may come after. */
static struct known_rows
known_rows(const struct taken_facts *g, struct arena *a)
{
	struct known_rows k = {0};
	const struct rows **items;
	size_t n = 0;

	for (size_t i = 0; i < g->n_bundles; i++)
		n += g->bundles[i].snapshot->n;
	items = arena_alloc(a, (n + 1) * sizeof *items);
	for (size_t i = 0; i < g->n_bundles; i++)
		for (size_t m = 0; m < g->bundles[i].snapshot->n; m++)
			items[k.n++] = g->bundles[i].snapshot->items[m];
	k.items = items;
	return k;
}

/* This run is one more reading beside the bundles. */
static bool
add_live(struct taken_facts *g, const struct ruleset *set, const struct inputs *in, struct arena *a, struct err *e)
{
	struct named_snapshot *r = &g->bundles[g->n_bundles];
	struct live_reading s;

	g->limits.to_next_stop = in->path.n == 0;
	g->limits.known = known_rows(g, a);
	g->limits.inputs = in;
	read_live(set, g->sources, g->n_sources, &in->without, installed_key(in->from), g->limits, a, &s);
	g->facts = s.facts;
	g->signal = s.signal;
	if (g->n_bundles == 0)
		return true;
	*r = (struct named_snapshot){.name = "this run", .snapshot = snapshot_new()};
	g->n_bundles++;
	return snapshot_read(r->snapshot, &set->facts, &s.facts, a, e);
}

bool
take_facts_finish(
    struct taken_facts *g, const struct ruleset *set, const struct inputs *in, struct arena *a, struct err *e)
{
	struct snapshot *all;
	bool ok;

	if (!g->replay && !add_live(g, set, in, a, e))
		return false;
	if (g->n_bundles < 2) { /* it is taken as it stands, with what this program does not know */
		g->read = g->n_bundles == 1 ? g->bundles[0].snapshot : NULL;
		g->n_bundles = 0;
		return true;
	}
	all = snapshot_new();
	ok = snapshots_merge(g->bundles, g->n_bundles, all, e);
	g->facts = (struct members){0};
	if (ok)
		snapshot_write(all, a, &g->facts);
	snapshot_free(all);
	take_facts_drop(g);
	return ok;
}

struct snapshot *
take_facts_read(struct taken_facts *g)
{
	struct snapshot *s = g->read;

	g->read = NULL;
	return s;
}

void
take_facts_drop(struct taken_facts *g)
{
	for (size_t i = 0; i < g->n_bundles; i++)
		snapshot_free(g->bundles[i].snapshot);
	g->n_bundles = 0;
	snapshot_free(g->read);
	g->read = NULL;
}
