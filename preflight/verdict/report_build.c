/*
 * Builds struct report from a decision: headline, reasons, path, sources, counts. The last step before reports/,
 * which only render it.
 */
#include "verdict/report_build.h"

#include <assert.h>
#include <string.h>

#include "verdict/report_fold.h"
#include "verdict/report_notes.h"
#include "reports/derive.h"
#include "base/text.h"
#include "base/version.h"
#include "verdict/report_actions.h"
#include "verdict/report_groups.h"

/* How long an answer may be acted upon: state moves on. */
#define VALID_FOR_US ((int64_t)2 * 3600 * 1000000)
#define ANSWER_MAX 100 /* bytes */

static const char *
time_copy(struct arena *a, int64_t us)
{
	char text[TIME_TEXT];

	return arena_strdup(a, text_time(us, text));
}

static const char *
plural(size_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static size_t
count_groups(const struct gate_result *g, enum effect effect, bool only_fail, bool only_not_fail)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_groups; i++)
		n += g->groups[i].effect == effect && !(only_fail && g->groups[i].status != ST_FAIL) &&
		    !(only_not_fail && g->groups[i].status == ST_FAIL);
	return n;
}

static const struct group *
first_group(const struct gate_result *g, enum effect effect, bool fail)
{
	size_t i = 0;

	while (i < g->n_groups && (g->groups[i].effect != effect || (g->groups[i].status == ST_FAIL) != fail))
		i++;
	assert(i < g->n_groups); /* decide.c blocks only because of a finding, and every such finding is in a group */
	return &g->groups[i];
}

/* The answer is one line: of a long sentence, which stands in full elsewhere, what comes before its colon. */
static const char *
and_more(struct arena *a, const char *first, size_t n)
{
	const char *colon = strstr(first, ": ");

	if (strlen(first) > ANSWER_MAX && colon != NULL)
		first = arena_printf(a, "%.*s", (int)(colon - first), first);
	return n > 1 ? arena_printf(a, "%s (and %zu more)", first, n - 1) : first;
}

/* Where nothing is to be upgraded the answer begins with that. */
static const char *
already(const struct instance *inst, const struct gate_result *g)
{
	char newest[VERSION_TEXT];

	if (strcmp(g->from, g->to) != 0)
		return NULL;
	if (version_minor(inst->version) > inst->set->known_through)
		return arena_printf(inst->arena, "Already at %s, beyond %s, the newest release that the rules cover",
		    g->to, version_minor_text(inst->set->known_through, newest));
	return arena_printf(inst->arena, "Already at %s", g->to);
}

/* One sentence that answers the question. */
static const char *
headline(const struct instance *inst, const struct gate_result *g)
{
	struct arena *a = inst->arena;
	const char *there = already(inst, g);
	size_t warnings = count_groups(g, EF_WARNS, false, false);
	size_t waiting = 0;

	switch (g->decision) {
	case G_GO:
		return there != NULL ? arena_printf(a, "%s.", there) : "Nothing blocks this upgrade step.";
	case G_GO_WITH_WARNINGS:
		if (there != NULL)
			return arena_printf(a, "%s; %zu %s.", there, warnings, plural(warnings, "warning", "warnings"));
		return arena_printf(a, "Nothing blocks; %zu %s reading first.", warnings,
		    plural(warnings, "warning needs", "warnings need"));
	case G_WAIT:
		for (size_t i = 0; i < g->n_groups; i++)
			waiting += g->groups[i].effect == EF_WAITS ? g->groups[i].n : 0;
		return arena_printf(a, "Background work is still running (%zu %s). It finishes by itself.", waiting,
		    plural(waiting, "item", "items"));
	case G_UNDETERMINED:
		return and_more(a, first_group(g, EF_BLOCKS, false)->headline, count_groups(g, EF_BLOCKS, false, true));
	case G_NO_GO:
		break;
	}
	return and_more(a, first_group(g, EF_BLOCKS, true)->headline, count_groups(g, EF_BLOCKS, true, false));
}

static const char *
reason_code(const struct group *g)
{
	switch (g->effect) {
	case EF_WAITS:
		return "waiting";
	case EF_WARNS:
		return "warnings";
	case EF_NONE:
		return "notice";
	case EF_BLOCKS:
		break;
	}
	if (g->status == ST_FAIL)
		return "blocking_failure";
	return g->status == ST_ERROR ? "rule_error" : "blocking_unknown";
}

static void
set_reasons(struct arena *a, struct gate_result *g)
{
	struct reason *reasons = arena_alloc(a, (g->n_groups + 1) * sizeof *reasons);

	for (size_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].effect != EF_NONE)
			reasons[g->n_reasons++] = (struct reason){
			    reason_code(&g->groups[i]), g->groups[i].headline, g->groups[i].items[0]->key};
	if (g->n_reasons == 0)
		reasons[g->n_reasons++] = (struct reason){"clean", g->headline, NULL};
	g->reasons = reasons;
}

struct count {
	size_t n;
	const char *one, *many;
};

static const char *
unknown_text(struct arena *a, const struct gate_result *g)
{
	size_t causes = 0;

	for (size_t i = 0; i < g->n_groups; i++)
		causes += g->groups[i].status == ST_UNKNOWN;
	return arena_printf(a, "unknown (%zu %s)", causes, plural(causes, "cause", "causes"));
}

/* The source that a cause names: "release" of "release: give --release FILE". */
static size_t
source_len(const char *cause)
{
	const char *end = strstr(cause, ": ");

	return end != NULL ? (size_t)(end - cause) : strlen(cause);
}

/* "not checked (release 18, host 4)": most rules lack one source, and that is one gap and not many. */
static const char *
unchecked_text(struct arena *a, const struct gate_result *g)
{
	const char *list = NULL;

	for (size_t i = 0; i < g->n_unchecked; i++) {
		const struct unchecked *u = &g->unchecked[i];
		int len = (int)source_len(u->cause);

		list = list == NULL ? arena_printf(a, "%.*s %zu", len, u->cause, u->n)
				    : arena_printf(a, "%s, %.*s %zu", list, len, u->cause, u->n);
	}
	return list == NULL ? "not checked" : arena_printf(a, "not checked (%s)", list);
}

/* Findings by severity, what matters first; what there is none of is not mentioned, but for passes. */
static const char *
counts(struct arena *a, const struct gate_result *g)
{
	const size_t *by = g->by_status;
	const struct tally *t = &g->tally;
	const char *s = "";
	const struct count all[] = {{t->blockers, "blocker", "blockers"}, {by[ST_UNKNOWN], unknown_text(a, g), NULL},
	    {by[ST_ERROR], "rule error", "rule errors"}, {t->waiting, "waiting", NULL},
	    {t->warnings, "warning", "warnings"}, {t->accepted, "accepted", NULL}, {t->confirmed, "confirmed", NULL},
	    {t->notices, "notice", "notices"}, {t->to_read, "note needs reading", "notes need reading"},
	    {by[ST_PASS], "passed", NULL}, {by[ST_SKIPPED], unchecked_text(a, g), NULL},
	    {by[ST_NOT_APPLICABLE], "not applicable", NULL}};

	for (size_t i = 0; i < nitems(all); i++)
		if (all[i].n > 0 || strcmp(all[i].one, "passed") == 0)
			s = arena_printf(a, "%s%s%zu %s", s, s[0] != '\0' ? ", " : "", all[i].n,
			    all[i].n == 1 || all[i].many == NULL ? all[i].one : all[i].many);
	return s;
}

/* What a change board signs: which step, when it was allowed, and until when. "" where it was not. */
static const char *
permission(struct arena *a, const struct instance *inst, const struct gate_result *g, int64_t until)
{
	char at[TIME_PEOPLE], end[TIME_PEOPLE];
	const char *label = inst->inputs->label;

	if (g->decision > G_GO_WITH_WARNINGS)
		return "";
	return arena_printf(a, "Upgrading %s from %s to %s was allowed at %s. Check again if it starts after %s.",
	    label != NULL && label[0] != '\0' ? label : "this instance", g->from, g->to,
	    text_time_people(inst->finished_at, at), text_time_people(until, end));
}

static void
set_excluded(const struct instance *inst, struct gate_result *g)
{
	const char **list = arena_alloc(inst->arena, (inst->n_sources + 1) * sizeof *list);

	for (size_t i = 0; i < inst->n_sources; i++)
		if (inst->sources[i].excluded)
			list[g->n_excluded++] = arena_printf(
			    inst->arena, "%s: %s", inst->sources[i].decl->id, inst->sources[i].excluded_why);
	g->excluded = list;
}

/* Of the stores, which change by themselves. Files change where somebody edits them. */
static int64_t
oldest_reading(const struct instance *inst)
{
	int64_t oldest = inst->finished_at;

	for (size_t i = 0; i < inst->n_sources; i++) {
		const struct source_state *s = &inst->sources[i];
		int64_t end;

		if (s->requested && s->node[0] == '\0' && s->started_at > 0 &&
		    !__builtin_add_overflow(s->started_at, s->duration_us, &end) && end < oldest)
			oldest = end;
	}
	return oldest;
}

/* No longer than what a person decided about it. */
static int64_t
valid_until(const struct instance *inst, const struct verdict *v)
{
	int64_t until = oldest_reading(inst) + VALID_FOR_US;

	for (size_t i = 0; i < v->decided.n; i++)
		if (strcmp(v->decided.items[i].state, "applied") == 0 && v->decided.entries[i].expires_at < until)
			until = v->decided.entries[i].expires_at;
	return until;
}

/* The command that upgrades: the declared remedy `upgrade`, for a step that is allowed. */
static void
set_upgrade(const struct instance *inst, const struct verdict *v, struct gate_result *g)
{
	struct arena *a = inst->arena;
	struct field *fields = arena_alloc(a, 6 * sizeof *fields);
	int64_t n = v->hop.to / 10;

	if (g->decision > G_GO_WITH_WARNINGS || v->hop.to <= v->hop.from)
		return;
	fields[0] = (struct field){"version", g->to};
	fields[1] = (struct field){"edition", inst->edition};
	fields[2] = (struct field){"os", instance_os(inst)};
	fields[3] = (struct field){"major", arena_printf(a, "%lld", (long long)(n / 1000000))};
	fields[4] = (struct field){"minor", arena_printf(a, "%lld", (long long)(n / 1000 % 1000))};
	fields[5] = (struct field){"patch", arena_printf(a, "%lld", (long long)(n % 1000))};
	remedy_expand(inst, ruleset_remedy(inst->set, "upgrade"), v->hop, fields, 6, &g->upgrade, &g->n_upgrade);
}

static void
compose_gate(const struct report_inputs *c, const struct verdict *v, struct gate_result *g)
{
	struct arena *a = c->inst->arena;
	const struct finding **items = arena_alloc(a, (v->findings.n + 1) * sizeof *items);

	*g = (struct gate_result){.decision = v->gate,
	    .exit_code = v->exit_code,
	    .total = v->total,
	    .n_findings = v->findings.n,
	    .findings = items,
	    .decisions = v->decided.items,
	    .n_decisions = v->decided.n};
	g->from = v->has_hop ? version_copy(a, v->hop.from) : "unknown";
	g->to = v->hop.to > 0 ? version_copy(a, v->hop.to) : "unknown";
	memcpy(g->by_status, v->by_status, sizeof g->by_status);
	for (size_t i = 0; i < v->findings.n; i++)
		items[i] = &v->findings.items[i];
	set_excluded(c->inst, g);
	report_groups(c->inst, v, g);
	report_actions(a, g);
	g->headline = headline(c->inst, g);
	set_reasons(a, g);
	derive_tally(a, g);
	g->counts = counts(a, g);
	report_next_command(a, g);
	g->coverage = report_notes(c->inst, v->hop, g);
	g->valid_until = time_copy(a, valid_until(c->inst, v));
	set_upgrade(c->inst, v, g);
	g->permission = permission(a, c->inst, g, valid_until(c->inst, v));
}

static void
compose_plan(const struct report_inputs *c, struct report *r)
{
	struct arena *a = c->inst->arena;
	struct plan_step *steps;

	r->plan_next = "";
	if (c->plan == NULL)
		return;
	steps = arena_alloc(a, c->plan->n * sizeof *steps);
	for (size_t i = 0; i < c->plan->n; i++) {
		const struct step *s = &c->plan->items[i];

		steps[i] = (struct plan_step){
		    version_copy(a, s->version), step_kind_word[s->kind], step_state_word[s->state], s->reason};
	}
	r->steps = steps;
	r->n_steps = c->plan->n;
	r->plan_next = steps[c->plan->next].version;
}

static const char *
source_status(const struct source_state *s, const struct instance *inst, const char **reason)
{
	enum part_status status;

	*reason = s->reason;
	if (s->excluded) {
		*reason = s->excluded_why;
		return part_status_word[PS_DISABLED];
	}
	if (s->complete)
		return part_status_word[PS_COMPLETE];
	if (s->status != PS_COMPLETE)
		return part_status_word[s->status];
	(void)source_fault(inst, s, &status, reason);
	return part_status_word[status];
}

static bool
has_facts(const struct instance *inst, const struct source_state *s)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].source == s)
			return true;
	return false;
}

/* Rules of a gate that lack this source. */
static size_t
rules_without(const struct gate_result *g, const char *source)
{
	size_t n = 0, len = strlen(source);

	for (size_t i = 0; i < g->n_unchecked; i++)
		if (source_len(g->unchecked[i].cause) == len && strncmp(g->unchecked[i].cause, source, len) == 0)
			n += g->unchecked[i].n;
	return n;
}

/*
 * One more of the optional sources that nobody requested, what is therefore unchecked, and how to request it. One that
 * no rule lacks is no gap.
 */
static const char *
not_requested(struct arena *a, const char *list, const struct source_decl *d, const struct gate_result *g)
{
	const char *s = d->covers != NULL ? d->covers : "";
	size_t n = rules_without(g, d->id);

	if (n == 0 && d->covers == NULL)
		return list;
	if (n > 0)
		s = arena_printf(a, "%zu %s%s%s", n, plural(n, "rule", "rules"), s[0] != '\0' ? " about " : "", s);
	s = arena_printf(a, "%s (%s: %s)", d->id, s, d->request != NULL ? d->request : "not requested");
	return list == NULL ? s : arena_printf(a, "%s, %s", list, s);
}

static void
compose_sources(const struct instance *inst, struct report *r)
{
	struct source_line *lines = arena_alloc(inst->arena, (inst->n_sources + 1) * sizeof *lines);
	const char *list = NULL;

	for (size_t i = 0; i < inst->n_sources; i++) {
		const struct source_state *s = &inst->sources[i];
		struct source_line *l = &lines[i];

		*l = (struct source_line){.id = s->decl->id,
		    .node = s->node,
		    .kind = s->decl->kind,
		    .version = s->version,
		    .endpoint = s->endpoint,
		    .origin = s->origin,
		    .tls = s->tls,
		    .privilege = s->privilege,
		    .duration_ms = s->duration_us / 1000};
		l->status = source_status(s, inst, &l->reason);
		l->needless = !s->requested && !s->needed && !s->excluded && s->decl->need == SN_CONDITIONAL;
		if (l->needless)
			l->reason = "not needed: nothing shows that this instance has it";
		if (!s->requested && !s->needed && !s->excluded && s->decl->need == SN_OPTIONAL && has_facts(inst, s))
			list = not_requested(inst->arena, list, s->decl, &r->gate);
	}
	r->sources = lines;
	r->n_sources = inst->n_sources;
	r->not_read = list != NULL ? arena_printf(inst->arena, "Not checked: %s.", list) : "";
}

static bool
is_whole(const struct instance *inst, const char *node)
{
	for (size_t i = 0; i < inst->n_sources; i++)
		if (inst->sources[i].complete && strcmp(inst->sources[i].node, node) == 0)
			return true;
	return false;
}

/* Whose files were read: of how many nodes, if somebody said how many there are. */
static const char *
nodes_text(const struct instance *inst)
{
	const struct texts *named = &inst->inputs->nodes;
	const char *missing = NULL;
	size_t read = 0, there = 0;

	for (size_t i = 0; i < inst->n_sources; i++)
		read += inst->sources[i].complete && inst->sources[i].node[0] != '\0';
	for (size_t i = 0; i < named->n; i++)
		if (is_whole(inst, named->items[i]))
			there++;
		else
			missing = missing == NULL ? named->items[i]
						  : arena_printf(inst->arena, "%s, %s", missing, named->items[i]);
	if (missing != NULL)
		return arena_printf(
		    inst->arena, "files of %zu of %zu nodes (not those of %s)", there, named->n, missing);
	if (named->n > 0)
		return arena_printf(inst->arena, "files of %zu of %zu nodes", there, named->n);
	return read > 1 ? arena_printf(inst->arena, "files of %zu nodes", read) : "";
}

static void
compose_facts(const struct instance *inst, struct report *r)
{
	struct fact_line *lines = arena_alloc(inst->arena, (inst->n_parts + 1) * sizeof *lines);

	for (size_t i = 0; i < inst->n_parts; i++) {
		const struct part *p = &inst->parts[i];

		lines[i] = (struct fact_line){p->fact->table, p->name, part_status_word[p->status], p->reason,
		    p->rows != NULL ? (int64_t)p->rows->n : 0};
		if (p->state == PART_EMPTY)
			lines[i].reason = "it does not exist in this version, which means that it is empty";
	}
	r->facts = lines;
	r->n_facts = inst->n_parts;
}

/* Letters, digits, dot, dash and underscore: the name of a folder everywhere. */
static const char *
folder_word(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *p) == NULL)
			*p = '-';
	return copy;
}

static const char *
bundle_name(struct arena *a, const struct report *r, int64_t at)
{
	char text[TIME_TEXT], compact[TIME_TEXT];
	size_t n = 0;

	for (const char *p = text_time(at, text); *p != '\0'; p++)
		if (*p != '-' && *p != ':')
			compact[n++] = *p;
	compact[n] = '\0';
	return arena_printf(a, "%s-%s-to-%s-%s", folder_word(a, r->label[0] != '\0' ? r->label : "gitlab"),
	    r->gate.from, r->gate.to, compact);
}

static void
compose_target(const struct report_inputs *c, struct report *r)
{
	const struct instance *inst = c->inst;
	const struct install_method *m = ruleset_method(inst->set, inst->install_method);

	r->current_version = inst->has_version ? version_copy(inst->arena, inst->version) : "unknown";
	r->package_version = inst->package;
	r->reconfigured_version = inst->reconfigured;
	r->schema_version = inst->schema;
	r->serving_version = inst->serving;
	r->requested = inst->inputs->to != NULL ? inst->inputs->to : "";
	r->resolved = c->plan != NULL ? version_copy(inst->arena, c->plan->to) : "";
	r->install_method = inst->install_method;
	r->install_title = m != NULL ? m->title : "install method not known";
	r->edition = inst->edition;
}

static const char *
run_id(struct arena *a, const char *digest)
{
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", digest, digest + 8, digest + 12, digest + 16, digest + 20);
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

const struct report *
report_build(const struct report_inputs *c)
{
	const struct instance *inst = c->inst;
	struct arena *a = inst->arena;
	struct report *r = arena_alloc(a, sizeof *r);

	r->tool_version = PREFLIGHT_VERSION;
	r->rules_version = inst->set->version;
	r->rules_digest = inst->set->digest;
	r->rules_origin = inst->set->origin;
	r->rules_signature = inst->inputs->rules_file;
	r->rules_known = arena_printf(a, "GitLab %s", ruleset_known(inst->set, a));
	r->run_id = run_id(a, c->snapshot_digest);
	r->started_at = time_copy(a, inst->now);
	r->finished_at = time_copy(a, inst->finished_at);
	r->complete = !inst->interrupted;
	r->label = or_empty(inst->inputs->label);
	r->change = or_empty(inst->inputs->change);
	r->operator_name = inst->operator_name;
	r->host = inst->host;
	r->command = inst->command;
	r->way_back = report_way_back(inst);
	compose_target(c, r);
	compose_plan(c, r);
	compose_gate(c, c->asked, &r->gate);
	r->has_next = c->next != NULL;
	if (c->next != NULL) {
		compose_gate(c, c->next, &r->next);
		report_next_step(a, &r->gate, &r->next);
	}
	compose_sources(inst, r);
	r->nodes = nodes_text(inst);
	compose_facts(inst, r);
	r->title = arena_printf(a, "%s  %s%s%s -> %s", gate_title[r->gate.decision], r->label,
	    r->label[0] != '\0' ? "  " : "", r->gate.from, r->gate.to);
	r->bundle_name = bundle_name(a, r, inst->now);
	return r;
}
