/*
 * From findings to the gate. Here are the laws that no rule file can change: skipped stops, unknown releases,
 * sources that could not be read, an interrupted run.
 */
#include "verdict/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"

int
exit_code_of(enum gate g, bool exit_on_warnings)
{
	switch (g) {
	case G_GO:
		return 0;
	case G_GO_WITH_WARNINGS:
		return exit_on_warnings ? 4 : 0;
	case G_WAIT:
		return 6;
	case G_UNDETERMINED:
		return 5;
	case G_NO_GO:
		break;
	}
	return 3;
}

static enum effect
by_severity(enum severity s, enum effect of_blocker)
{
	switch (s) {
	case SEV_NOTICE:
		return EF_NONE;
	case SEV_WARNING:
		return EF_WARNS;
	case SEV_BLOCKER:
		break;
	}
	return of_blocker;
}

enum effect
finding_effect(const struct finding *f)
{
	switch (f->status) {
	case ST_PASS:
	case ST_NOT_APPLICABLE:
	case ST_SKIPPED:
		return EF_NONE;
	case ST_WAITING:
		return by_severity(f->severity, EF_WAITS);
	case ST_MANUAL:
		return f->severity == SEV_NOTICE ? EF_NONE : EF_BLOCKS;
	case ST_FAIL:
	case ST_UNKNOWN:
	case ST_ERROR:
		break;
	}
	return by_severity(f->severity, EF_BLOCKS);
}

static enum gate
gate_of(const struct finding *f)
{
	switch (f->effect) {
	case EF_NONE:
		return G_GO;
	case EF_WARNS:
		return G_GO_WITH_WARNINGS;
	case EF_WAITS:
		return G_WAIT;
	case EF_BLOCKS:
		break;
	}
	return f->status == ST_FAIL ? G_NO_GO : G_UNDETERMINED;
}

static int
by_order(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	int c = (int)a->effect - (int)b->effect;

	if (c == 0)
		c = strcmp(a->rule, b->rule);
	return c != 0 ? c : strcmp(a->key, b->key);
}

struct judging {
	struct instance *inst;
	const struct plan *plan;
	struct hop hop;
	struct findings *out;
};

static void
law(const struct judging *j, const char *rule, enum status status, enum severity severity, const char *title,
    const char *why, const char *key, const char *message)
{
	struct field *fields = arena_alloc(j->inst->arena, 4 * sizeof *fields);

	fields[0] = (struct field){"subject", key};
	fields[1] = (struct field){"from_version", version_copy(j->inst->arena, j->hop.from)};
	fields[2] = (struct field){"to_version", version_copy(j->inst->arena, j->hop.to)};
	fields[3] = (struct field){"next_version",
	    j->plan != NULL ? version_copy(j->inst->arena, j->plan->items[j->plan->next].version) : "unknown"};
	finding_add(j->inst, j->hop, j->out, rule, status, severity, title, why, key, fields, 4, message)->cause =
	    status == ST_UNKNOWN ? arena_printf(j->inst->arena, "%s: %s", rule, message) : NULL;
}

static bool
is_between(const struct step *s, struct hop hop)
{
	/* A detour names a release; a stop is a minor, and any patch of it is that stop. */
	if (s->kind == SK_INTERMEDIATE)
		return s->version > hop.from && s->version < hop.to;
	return version_minor(s->version) > version_minor(hop.from) && version_minor(s->version) < version_minor(hop.to);
}

static void
judge_skipped(const struct judging *j)
{
	const char *list = NULL;
	char first[VERSION_TEXT] = "";
	size_t n = 0;

	for (size_t i = 1; i < j->plan->n; i++) {
		const struct step *s = &j->plan->items[i];

		if (s->kind == SK_TARGET || s->state == SS_NOT_NEEDED || s->undecided || !is_between(s, j->hop))
			continue;
		if (list == NULL)
			(void)version_minor_text(s->version, first);
		list = list == NULL
		    ? version_copy(j->inst->arena, s->version)
		    : arena_printf(j->inst->arena, "%s, %s", list, version_copy(j->inst->arena, s->version));
		n++;
	}
	if (n > 0)
		law(j, "path.skipped", ST_FAIL, SEV_BLOCKER, "A required stop would be skipped",
		    "Later releases finish what an earlier one began in the background. Where that stop "
		    "is skipped, their migrations meet unfinished work and the upgrade ends half-way.",
		    arena_strdup(j->inst->arena, first),
		    n == 1
			? arena_printf(j->inst->arena, "GitLab %s must not be skipped on the way from %s to %s", list,
			      version_copy(j->inst->arena, j->hop.from), version_copy(j->inst->arena, j->hop.to))
			: arena_printf(j->inst->arena, "%zu stops must not be skipped on the way from %s to %s: %s", n,
			      version_copy(j->inst->arena, j->hop.from), version_copy(j->inst->arena, j->hop.to),
			      list));
}

static void
judge_undecided(const struct judging *j)
{
	char minor[VERSION_TEXT];

	for (size_t i = 1; i < j->plan->n; i++) {
		const struct step *s = &j->plan->items[i];

		if (!s->undecided || !is_between(s, j->hop))
			continue;
		(void)version_minor_text(s->version, minor);
		law(j, arena_printf(j->inst->arena, "path.conditional-%s", minor), ST_UNKNOWN, SEV_BLOCKER,
		    arena_printf(j->inst->arena, "Whether %s may be skipped cannot be decided", minor),
		    "Some instances must stop there; which ones depends on their data.",
		    arena_strdup(j->inst->arena, minor),
		    arena_printf(
			j->inst->arena, "GitLab %s is %s", version_copy(j->inst->arena, s->version), s->reason));
	}
}

static void
judge_horizon(const struct judging *j)
{
	const struct ruleset *set = j->inst->set;
	int64_t lowest = j->hop.from < j->hop.to ? j->hop.from : j->hop.to;

	if (version_minor(lowest) >= set->known_from && version_minor(j->hop.to) <= set->known_through)
		return;
	law(j, "path.horizon", ST_UNKNOWN, SEV_BLOCKER, "This hop leaves what the rules know",
	    "What such a hop asks for is not in the rule set, so no answer about it would be worth "
	    "anything.",
	    "",
	    arena_printf(j->inst->arena,
		"These rules (%s) know the hops within GitLab %s; "
		"%s to %s is outside",
		set->version, ruleset_known(set, j->inst->arena), version_copy(j->inst->arena, j->hop.from),
		version_copy(j->inst->arena, j->hop.to)));
}

static void
judge_target(const struct judging *j)
{
	const char *bad = plan_bad_release(j->inst->set, j->hop.to);

	if (j->hop.to < j->hop.from)
		law(j, "path.downgrade", ST_FAIL, SEV_BLOCKER, "The target is older than what is installed",
		    "GitLab cannot be downgraded in place: its schema migrations do not go back.", "",
		    arena_printf(j->inst->arena, "GitLab %s is installed; %s is older",
			version_copy(j->inst->arena, j->hop.from), version_copy(j->inst->arena, j->hop.to)));
	if (bad != NULL)
		law(j, "path.bad-release", ST_FAIL, SEV_WARNING, "A later patch of this release is safer", bad, "",
		    arena_printf(j->inst->arena, "GitLab %s: %s", version_copy(j->inst->arena, j->hop.to), bad));
}

static const struct part *
first_unknown_part(const struct instance *inst, const struct source_state *s)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].source == s && part_is_missing(&inst->parts[i]))
			return &inst->parts[i];
	return NULL;
}

/* A required source must be complete: the missing part may contain the reason for a no-go. */
static void
judge_source(const struct judging *j, const struct source_state *s)
{
	bool decides = s->needed || (s->requested && s->decl->need != SN_OPTIONAL);
	const struct part *p = first_unknown_part(j->inst, s);
	struct field *fields = arena_alloc(j->inst->arena, 3 * sizeof *fields);
	enum part_status status = p != NULL ? p->status : s->status;
	const char *reason = p != NULL ? p->reason : s->reason;
	struct finding *f;

	if (s->excluded || s->complete || !decides)
		return;
	fields[0] = (struct field){"id", s->name};
	fields[1] = (struct field){"status", part_status_word[status]};
	fields[2] = (struct field){"kind", s->decl->kind};
	if (s->undecided && !s->requested)
		f = finding_add(j->inst, j->hop, j->out, "source.condition", ST_UNKNOWN, SEV_BLOCKER,
		    "Whether this instance has a source could not be decided",
		    "What is not read may hold "
		    "the reason why the upgrade would fail.",
		    s->name, fields, 3,
		    arena_printf(j->inst->arena,
			"%s was not named, and whether this instance has it could "
			"not be decided",
			s->title));
	else
		f = finding_add(j->inst, j->hop, j->out, "source.incomplete", ST_UNKNOWN, SEV_BLOCKER,
		    "A source that decides could not be read",
		    "What is not read may hold the reason why "
		    "the upgrade would fail.",
		    s->name, fields, 3,
		    arena_printf(
			j->inst->arena, "%s could not be read%s%s", s->title, reason[0] != '\0' ? ": " : "", reason));
	f->cause = p != NULL ? part_cause(j->inst, p)
			     : arena_printf(j->inst->arena, "%s %s", s->name, part_status_word[status]);
}

static void
judge_transport(const struct judging *j, const struct source_state *s)
{
	if (!j->inst->inputs->require_tls || s->excluded || !s->requested ||
	    (strcmp(s->tls, "plaintext") != 0 && strcmp(s->tls, "encrypted-unverified") != 0))
		return;
	law(j, "access.tls", ST_FAIL, SEV_BLOCKER, "A connection is not protected by verified TLS",
	    "--require-tls asks for it: an answer that somebody else could have written decides nothing.", s->name,
	    arena_printf(j->inst->arena, "%s was read over %s", s->title, s->tls));
}

static void
judge_sources(const struct judging *j)
{
	for (size_t i = 0; i < j->inst->n_sources; i++) {
		const struct source_state *s = &j->inst->sources[i];

		judge_source(j, s);
		judge_transport(j, s);
		if (s->excluded)
			law(j, "scope.reduced", ST_FAIL, SEV_WARNING, "A source was left out on purpose",
			    "Rules that need it were not asked.", s->name,
			    arena_printf(j->inst->arena, "%s was left out: %s", s->title, s->excluded_why));
	}
}

/* Of a node that was forgotten nothing else would tell. */
static void
judge_nodes(const struct judging *j)
{
	const struct instance *inst = j->inst;

	for (size_t i = 0; i < inst->n_sources && inst->inputs->nodes.n > 0; i++) {
		const char *node = inst->sources[i].node;

		if (inst->sources[i].decl->by_node && inst->sources[i].excluded)
			return; /* scope.reduced says so */
		if (node[0] != '\0' && !texts_has(&inst->inputs->nodes, node))
			law(j, "source.node-not-named", ST_FAIL, SEV_NOTICE,
			    "A node was read that --nodes does not name",
			    "Either the list is not that of this "
			    "instance, or the node has another name there.",
			    node,
			    arena_printf(inst->arena, "The files of %s were read, and --nodes does not name it", node));
	}
	for (size_t i = 0; i < inst->inputs->nodes.n; i++) {
		const char *node = inst->inputs->nodes.items[i];

		if (!instance_node_is_read(inst, node))
			law(j, "source.node", ST_UNKNOWN, SEV_BLOCKER, "A node of this instance was not read",
			    "Its version, its settings and its operating system may be the reason why the upgrade "
			    "would fail; only its own files tell.",
			    node,
			    arena_printf(inst->arena, "The files of %s, which --nodes names, were not read", node));
	}
}

static void
judge_run(const struct judging *j, bool hypothetical)
{
	if (j->inst->interrupted)
		law(j, "run.interrupted", ST_UNKNOWN, SEV_BLOCKER, "The collection was cut short",
		    "What was not read any more may hold the reason why the upgrade would fail.", "",
		    "The run was interrupted before everything was read");
	if (hypothetical)
		law(j, "run.hypothetical", ST_UNKNOWN, SEV_BLOCKER, "These facts are not as they were collected",
		    "A verdict about an instance needs what was read from it, unchanged.", "",
		    "The facts have no manifest, or differ from it: this answer is about them, "
		    "not about an instance");
	if (j->plan == NULL)
		law(j, "path.version", ST_UNKNOWN, SEV_BLOCKER, "The installed version is not known",
		    "Which rules apply depends on it.", "", "No source says which version of GitLab is installed");
}

/* Zero rules that could say something decide nothing. */
static void
judge_emptiness(const struct judging *j)
{
	for (size_t i = 0; i < j->out->n; i++)
		if (status_weight(j->out->items[i].status) >= status_weight(ST_PASS))
			return;
	if (j->plan != NULL)
		law(j, "run.nothing", ST_UNKNOWN, SEV_BLOCKER, "No rule was asked about this hop",
		    "An answer that rests on nothing is no answer.", "",
		    "None of the rules applies to this hop and could be asked");
}

static int
by_rule(const void *pa, const void *pb)
{
	const struct finding *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->rule, (*b)->rule);

	return c != 0 ? c : status_weight((*b)->status) - status_weight((*a)->status);
}

/* The gate is the worst of all findings; each rule counts once, by its worst finding. */
static void
tally(struct verdict *v)
{
	const struct finding **all = xcalloc(v->findings.n, sizeof *all);

	v->gate = G_GO;
	for (size_t i = 0; i < v->findings.n; i++) {
		all[i] = &v->findings.items[i];
		v->gate = gate_worse(v->gate, gate_of(all[i]));
	}
	qsort(all, v->findings.n, sizeof(const struct finding *), by_rule);
	for (size_t i = 0; i < v->findings.n; i++)
		if (i == 0 || strcmp(all[i - 1]->rule, all[i]->rule) != 0) {
			v->by_status[all[i]->status]++;
			v->total++;
		}
	free(all);
}

bool
decide(
    struct instance *inst, const struct plan *plan, struct hop hop, bool hypothetical, struct verdict *v, struct err *e)
{
	struct judging j = {.inst = inst, .plan = plan, .hop = hop, .out = &v->findings};
	struct rows *steps = plan != NULL ? plan_rows(plan) : NULL;
	bool ok = instance_set_hop(inst, hop.from, hop.to, steps, e);

	rows_free(steps);
	if (!ok)
		return false;
	v->hop = hop;
	v->has_hop = plan != NULL;
	if (plan != NULL) {
		evaluate(inst, hop, hop.from == hop.to ? PH_AFTER : PH_BEFORE, &v->findings);
		judge_emptiness(&j);
		judge_skipped(&j);
		judge_undecided(&j);
		judge_horizon(&j);
		judge_target(&j);
	}
	judge_sources(&j);
	judge_nodes(&j);
	judge_run(&j, hypothetical);
	for (size_t i = 0; i < v->findings.n; i++)
		v->findings.items[i].effect = finding_effect(&v->findings.items[i]);
	qsort(v->findings.items, v->findings.n, sizeof *v->findings.items, by_order);
	tally(v);
	v->exit_code = exit_code_of(v->gate, inst->inputs->exit_on_warnings);
	return true;
}
