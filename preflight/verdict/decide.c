/*
 * From findings to the gate. Here are the laws that no rule file can change: skipped stops, unknown releases,
 * sources that could not be read, an interrupted run.
 */
#include "verdict/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "ruleset/engine_rules.h"
#include "verdict/instance_sources.h"

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
	struct decided *decided;
};

/* What happened, and where; the words that are the same for every instance are in rules/engine.yml. */
struct engine_finding {
	const char *id;
	enum status status;
	const char *subject, *message;
	const char *database;              /* that its remedy acts on; NULL: main */
	const struct source_state *source; /* whose data is missing, or NULL */
	enum part_status source_status;
	const char *cause; /* of an unknown; NULL: its own */
	const char *state; /* of a finding about the hop: which way out there is; NULL: none */
	const char *notes; /* that still need reading, "19.6 and 19.7"; or NULL */
	const struct decision *decision;
};

static const char *
next_version(const struct judging *j)
{
	return j->plan != NULL ? version_copy(j->inst->arena, j->plan->items[j->plan->next].version) : "unknown";
}

/* The fields of engine_fields(), in its order. */
static void
set_fields(const struct judging *j, const struct engine_finding *g, struct finding *f)
{
	struct field *fields = arena_alloc(j->inst->arena, 9 * sizeof *fields);

	if (g->source != NULL) {
		fields[f->n_subject++] = (struct field){"id", g->subject};
		fields[f->n_subject++] = (struct field){"status", part_status_word[g->source_status]};
		fields[f->n_subject++] = (struct field){"kind", g->source->decl->kind};
	} else {
		fields[f->n_subject++] = (struct field){"subject", g->subject};
		fields[f->n_subject++] = (struct field){"from_version", version_copy(j->inst->arena, j->hop.from)};
		fields[f->n_subject++] = (struct field){"to_version", version_copy(j->inst->arena, j->hop.to)};
		fields[f->n_subject++] = (struct field){"next_version", next_version(j)};
		fields[f->n_subject++] = (struct field){"database", g->database != NULL ? g->database : "main"};
	}
	if (g->state != NULL) {
		fields[f->n_subject++] = (struct field){"state", g->state};
		fields[f->n_subject++] = (struct field){"notes", g->notes != NULL ? g->notes : ""};
		fields[f->n_subject++] = (struct field){"edition", j->inst->edition};
		fields[f->n_subject++] = (struct field){"os", instance_os(j->inst)};
	}
	f->subject = fields;
}

/* Also where the rule set does not declare the rule: then without a title, a why and a remedy of its own. */
static void
add_engine_finding(const struct judging *j, struct engine_finding g)
{
	const struct rule *r = ruleset_rule_of(j->inst->set, g.id);
	struct finding f = {.rule = g.id,
	    .rule_file = r != NULL ? r->file : "",
	    .status = g.status,
	    .severity = engine_severity(j->inst->set, g.id),
	    .title = r != NULL ? r->title : g.message,
	    .why = r != NULL ? r->why : NULL,
	    .refs = r != NULL ? r->refs.items : NULL,
	    .n_refs = r != NULL ? r->refs.n : 0,
	    .message = g.message,
	    .subject_name = g.subject,
	    .decision = g.decision,
	    .cause = g.cause};

	if (g.status == ST_UNKNOWN && g.cause == NULL)
		f.cause = arena_printf(j->inst->arena, "%s: %s", g.id, g.message);
	finding_key(&f, g.id, g.subject);
	set_fields(j, &g, &f);
	remedy_expand(
	    j->inst, engine_remedy(j->inst->set, g.id), j->hop, f.subject, f.n_subject, &f.remedies, &f.n_remedies);
	ARENA_PUSH(j->inst->arena, j->out, f);
}

/* Nothing is changed: the question is whether the upgrade to the installed version is finished. */
static bool
is_after_check(struct hop hop)
{
	return hop.from == hop.to;
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
		add_engine_finding(j,
		    (struct engine_finding){.id = "path.skipped",
			.status = ST_FAIL,
			.subject = arena_strdup(j->inst->arena, first),
			.message = n == 1
			    ? arena_printf(j->inst->arena, "GitLab %s must not be skipped on the way from %s to %s",
				  list, version_copy(j->inst->arena, j->hop.from),
				  version_copy(j->inst->arena, j->hop.to))
			    : arena_printf(j->inst->arena, "%zu stops must not be skipped on the way from %s to %s: %s",
				  n, version_copy(j->inst->arena, j->hop.from), version_copy(j->inst->arena, j->hop.to),
				  list)});
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
		add_engine_finding(j,
		    (struct engine_finding){.id = arena_printf(j->inst->arena, "path.conditional-%s", minor),
			.status = ST_UNKNOWN,
			.subject = arena_strdup(j->inst->arena, minor),
			.database = s->database,
			.message = arena_printf(
			    j->inst->arena, "GitLab %s is %s", version_copy(j->inst->arena, s->version), s->reason)});
	}
}

/* Whether the release to be installed was read itself. */
static bool
target_is_read(const struct judging *j)
{
	const struct sql sql = {
	    .text = arena_printf(j->inst->arena, "SELECT 1 FROM release WHERE part = 'target' AND version = %lld",
		(long long)j->hop.to)};
	struct result r;
	struct err e;

	return sqldb_query(j->inst->db, &sql, j->inst->arena, &r, &e) && r.n == 1;
}

/*
 * Beyond the horizon the release itself answers what its migrations and its structure demand. What only its upgrade
 * notes tell is read by a person, of each minor release that the rules do not cover; and a major version brings too
 * much of that.
 */
static void
find_way_out(const struct judging *j, struct engine_finding *g)
{
	const struct ruleset *set = j->inst->set;
	int64_t from = version_minor(j->hop.from), last = version_minor(j->hop.to);
	struct arena *a = j->inst->arena;

	if (from < set->known_from || j->hop.to < j->hop.from)
		return;
	g->state = "major";
	if (version_major(from) != version_major(last))
		return;
	g->state = "release";
	if (!target_is_read(j))
		return;
	g->state = "notes";
	for (int64_t m = version_next_minor(from > set->known_through ? from : set->known_through); m <= last;
	     m = version_next_minor(m)) {
		const struct decision *d = decisions_of_notes(j->decided, m);
		char minor[VERSION_TEXT];

		if (d != NULL)
			g->decision = d;
		else if (g->notes == NULL)
			g->notes = arena_strdup(a, version_minor_text(m, minor));
		else
			g->notes = arena_printf(a, "%s and %s", g->notes, version_minor_text(m, minor));
	}
	if (g->notes != NULL)
		g->decision = NULL;
}

static const char *
horizon_message(const struct judging *j, const struct engine_finding *g)
{
	struct arena *a = j->inst->arena;
	const char *base = arena_printf(a, "The rules (%s) cover GitLab %s; the step from %s to %s is outside",
	    j->inst->set->version, ruleset_known(j->inst->set, a), version_copy(a, j->hop.from),
	    version_copy(a, j->hop.to));

	if (g->decision != NULL)
		return arena_printf(a, "%s; the release was read, and %s has read its upgrade notes", base,
		    g->decision->approver[0] != '\0' ? g->decision->approver : "a person");
	if (g->notes != NULL)
		return arena_printf(
		    a, "%s; the release was read, the upgrade notes of %s need reading", base, g->notes);
	return base;
}

static void
judge_horizon(const struct judging *j)
{
	const struct ruleset *set = j->inst->set;
	int64_t lowest = j->hop.from < j->hop.to ? j->hop.from : j->hop.to;
	struct engine_finding g = {.id = "path.horizon", .status = ST_UNKNOWN, .subject = ""};

	if (is_after_check(j->hop) ||
	    (version_minor(lowest) >= set->known_from && version_minor(j->hop.to) <= set->known_through))
		return;
	find_way_out(j, &g);
	g.message = horizon_message(j, &g);
	add_engine_finding(j, g);
}

static void
judge_target(const struct judging *j)
{
	const char *bad = plan_bad_release(j->inst->set, j->hop.to);
	const char *from = version_copy(j->inst->arena, j->hop.from), *to = version_copy(j->inst->arena, j->hop.to);

	if (j->hop.to < j->hop.from)
		add_engine_finding(j,
		    (struct engine_finding){.id = "path.downgrade",
			.status = ST_FAIL,
			.subject = "",
			.message = arena_printf(j->inst->arena, "GitLab %s is installed; %s is older", from, to)});
	if (bad != NULL)
		add_engine_finding(j,
		    (struct engine_finding){.id = "path.bad-release",
			.status = ST_FAIL,
			.subject = "",
			.message = arena_printf(j->inst->arena, "GitLab %s: %s", to, bad)});
}

/* A required source must be complete: the missing part may contain the reason for a no-go. */
static void
judge_source(const struct judging *j, const struct source_state *s)
{
	bool decides = s->needed || (s->requested && s->decl->need != SN_OPTIONAL);
	bool conditional = s->undecided && !s->requested;
	const struct part *p;
	const char *reason;
	struct engine_finding g = {.id = conditional ? "source.condition" : "source.incomplete",
	    .status = ST_UNKNOWN,
	    .subject = s->name,
	    .source = s};

	p = source_fault(j->inst, s, &g.source_status, &reason);
	if (s->excluded || s->complete || !decides)
		return;
	g.message = conditional
	    ? arena_printf(
		  j->inst->arena, "%s was not named, and whether this instance has it could not be decided", s->title)
	    : arena_printf(j->inst->arena, "%s could not be read%s%s", s->title, reason[0] != '\0' ? ": " : "", reason);
	g.cause = p != NULL ? part_cause(j->inst, p)
			    : arena_printf(j->inst->arena, "%s %s", s->name, part_status_word[g.source_status]);
	add_engine_finding(j, g);
}

static void
judge_transport(const struct judging *j, const struct source_state *s)
{
	if (!j->inst->inputs->require_tls || s->excluded || !s->requested ||
	    (strcmp(s->tls, "plaintext") != 0 && strcmp(s->tls, "encrypted-unverified") != 0))
		return;
	add_engine_finding(j,
	    (struct engine_finding){.id = "access.tls",
		.status = ST_FAIL,
		.subject = s->name,
		.message = arena_printf(j->inst->arena, "%s was read over %s", s->title, s->tls)});
}

static void
judge_sources(const struct judging *j)
{
	for (size_t i = 0; i < j->inst->n_sources; i++) {
		const struct source_state *s = &j->inst->sources[i];

		judge_source(j, s);
		judge_transport(j, s);
		if (s->excluded)
			add_engine_finding(j,
			    (struct engine_finding){.id = "scope.reduced",
				.status = ST_FAIL,
				.subject = s->name,
				.message = arena_printf(
				    j->inst->arena, "%s was left out: %s", s->title, s->excluded_why)});
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
			add_engine_finding(j,
			    (struct engine_finding){.id = "source.node-not-named",
				.status = ST_FAIL,
				.subject = node,
				.message = arena_printf(
				    inst->arena, "The files of %s were read, and --nodes does not name it", node)});
	}
	for (size_t i = 0; i < inst->inputs->nodes.n; i++) {
		const char *node = inst->inputs->nodes.items[i];

		if (!instance_node_is_read(inst, node))
			add_engine_finding(j,
			    (struct engine_finding){.id = "source.node",
				.status = ST_UNKNOWN,
				.subject = node,
				.message = arena_printf(
				    inst->arena, "The files of %s, which --nodes names, were not read", node)});
	}
}

static void
judge_run(const struct judging *j, bool hypothetical)
{
	if (j->inst->interrupted)
		add_engine_finding(j,
		    (struct engine_finding){.id = "run.interrupted",
			.status = ST_UNKNOWN,
			.subject = "",
			.message = "The run was interrupted before everything was read"});
	if (j->inst->inputs->rules_file != NULL && strcmp(j->inst->inputs->rules_file, RULES_UNSIGNED) == 0 &&
	    strcmp(j->inst->set->origin, "shipped") != 0)
		add_engine_finding(j,
		    (struct engine_finding){.id = "rules.unsigned",
			.status = ST_FAIL,
			.subject = "",
			.message = arena_printf(j->inst->arena,
			    "The rules %s come from a file whose signature was not checked", j->inst->set->version)});
	if (j->inst->inputs->redaction != NULL)
		add_engine_finding(j,
		    (struct engine_finding){.id = "run.redacted",
			.status = ST_FAIL,
			.subject = "",
			.message = arena_printf(j->inst->arena,
			    "Hosts, persons and free text are hidden (--redaction %s)", j->inst->inputs->redaction)});
	if (hypothetical)
		add_engine_finding(j,
		    (struct engine_finding){.id = "run.hypothetical",
			.status = ST_UNKNOWN,
			.subject = "",
			.message =
			    "The facts have no manifest, or differ from it: this answer is about them, not about an instance"});
	if (j->plan == NULL)
		add_engine_finding(j,
		    (struct engine_finding){.id = "path.version",
			.status = ST_UNKNOWN,
			.subject = "",
			.message = "No source says which version of GitLab is installed"});
}

static bool
is_anything_read(const struct instance *inst)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].state == PART_READ)
			return true;
	return false;
}

/*
 * Rules that pass without data of the instance decide nothing, nor do zero rules. Where something is unknown the gate is
 * not a GO anyway.
 */
static void
judge_emptiness(const struct judging *j)
{
	bool decided = is_after_check(j->hop), read = is_anything_read(j->inst);

	for (size_t i = 0; i < j->out->n; i++) {
		enum status s = j->out->items[i].status;

		if (s == ST_UNKNOWN || s == ST_ERROR)
			return;
		decided = decided || status_weight(s) >= status_weight(ST_PASS);
	}
	if (decided && read)
		return;
	add_engine_finding(j,
	    (struct engine_finding){.id = "run.nothing",
		.status = ST_UNKNOWN,
		.subject = "",
		.message = read ? "None of the rules applies to this hop and could be asked"
				: "Nothing of the instance was read: each source was left out, or is not there"});
}

/* Entries that a person should look at again. Notices: what they do not cover is a finding of its own. */
static void
judge_decisions(const struct judging *j)
{
	const struct decision_remarks all = decisions_remarks(j->inst, j->decided);

	for (size_t i = 0; i < all.n; i++)
		add_engine_finding(j,
		    (struct engine_finding){.id = all.items[i].id,
			.status = ST_FAIL,
			.subject = all.items[i].subject,
			.message = all.items[i].message});
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
	struct judging j = {.inst = inst, .plan = plan, .hop = hop, .out = &v->findings, .decided = &v->decided};
	struct rows *steps = plan != NULL ? plan_rows(plan) : NULL;
	bool ok = instance_set_hop(inst, hop.from, hop.to, steps, e);

	rows_free(steps);
	if (!ok)
		return false;
	v->hop = hop;
	v->has_hop = plan != NULL;
	decisions_begin(inst, hop, &v->decided);
	if (plan != NULL) {
		evaluate(inst, hop, &v->findings);
		judge_skipped(&j);
		judge_undecided(&j);
		judge_horizon(&j);
		judge_target(&j);
	}
	judge_sources(&j);
	judge_nodes(&j);
	judge_run(&j, hypothetical);
	if (plan != NULL)
		judge_emptiness(&j);
	decisions_apply(inst, &v->decided, &v->findings);
	judge_decisions(&j);
	for (size_t i = 0; i < v->findings.n; i++) {
		struct finding *f = &v->findings.items[i];

		f->effect = decision_effect(f, finding_effect(f));
	}
	if (v->findings.n > 1)
		qsort(v->findings.items, v->findings.n, sizeof *v->findings.items, by_order);
	tally(v);
	v->exit_code = exit_code_of(v->gate, inst->inputs->exit_on_warnings);
	return true;
}
