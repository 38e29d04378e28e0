/*
 * Builds the evaluation database from a snapshot: decides for each part whether it is known, empty, absent or
 * unknown, and inserts the known rows. Evaluates no rule.
 */
#include "verdict/instance_sources.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "verdict/instance_make.h"

/*
 * The name under which rule files say who knows the installed version; see rules/facts/. Of nodes that
 * differ the one that is behind is the last, and counts: nothing that it still needs may be left out.
 */
static const struct sql version_query = {
    .text = "SELECT origin, version, edition, install_method FROM instance_version ORDER BY 1, 2 DESC, 3, 4"};

static void
read_run(struct instance *inst)
{
	const struct rows *r = snapshot_find(inst->snapshot, &run_fact, "run");

	inst->operator_name = inst->host = inst->command = "";
	if (r == NULL || r->n != 1) {
		inst->interrupted = true; /* a run that does not state how it ended counts as incomplete */
		return;
	}
	inst->now = instance_number(r, 0, "started_at");
	inst->finished_at = instance_number(r, 0, "finished_at");
	inst->operator_name = instance_text(r, 0, "operator");
	inst->host = instance_text(r, 0, "host");
	inst->command = instance_text(r, 0, "command");
	inst->interrupted = instance_number(r, 0, "interrupted") != 0;
}

struct source_state *
instance_source(const struct instance *inst, const char *id)
{
	for (size_t i = 0; i < inst->n_sources; i++)
		if (strcmp(inst->sources[i].decl->id, id) == 0)
			return &inst->sources[i];
	return NULL;
}

/* A column that this release has, but the table lacks, makes the table unknown. */
static const char *
missing_column(const struct instance *inst, const struct rows *r)
{
	for (size_t i = 0; i < r->n_missing; i++) {
		int c = fact_column_find(r->fact, r->missing[i]);

		if (c < 0 || !inst->has_version || !r->fact->columns[c].has_since ||
		    inst->version >= r->fact->columns[c].since)
			return r->missing[i];
	}
	return NULL;
}

static bool
absence_means_empty(const struct instance *inst, const struct fact *f)
{
	return inst->has_version &&
	    ((f->has_absent_before && inst->version < f->absent_before) ||
		(f->has_absent_from && inst->version >= f->absent_from));
}

/* What it comes after is not in the snapshot: it is left out rightly. */
static bool
comes_after_nothing(const struct instance *inst, const struct fact *f)
{
	for (size_t i = 0; i < f->n_after; i++)
		for (size_t k = 0; k < f->n_after_parts; k++)
			if (snapshot_find(
				inst->snapshot, fact_find(&inst->set->facts, f->after[i]), f->after_parts[k]) != NULL)
				return false;
	return f->n_after > 0;
}

static void
judge_rows(struct instance *inst, struct part *p)
{
	const char *column;

	p->status = p->rows->status;
	p->reason = p->rows->reason;
	p->state = PART_UNKNOWN;
	if (p->status == PS_ABSENT && absence_means_empty(inst, p->fact)) {
		p->state = PART_EMPTY;
		return;
	}
	if (p->status == PS_DISABLED && inst->has_version && !fact_is_asked(p->fact, inst->version))
		p->state = PART_NOT_ASKED;
	if (p->status != PS_COMPLETE)
		return;
	column = missing_column(inst, p->rows);
	if (column != NULL) {
		p->status = PS_ABSENT;
		p->reason = arena_printf(
		    inst->arena, "%s has no column %s", p->fact->from != NULL ? p->fact->from : p->fact->table, column);
	} else if (p->fact->fresh_for_us > 0 &&
	    (p->rows->read_at < inst->now - p->fact->fresh_for_us ||
		p->rows->read_at > inst->finished_at + p->fact->fresh_for_us)) {
		p->status = PS_STALE;
		p->reason = "it was read too long before this run";
	} else {
		p->state = PART_READ;
	}
}

static void
judge_part(struct instance *inst, struct part *p)
{
	const struct source_state *s = p->source;

	p->status = PS_DISABLED;
	p->state = PART_SKIPPED;
	p->reason = s->excluded_why;
	if (s->excluded)
		return;
	if (s->foreign != NULL) {
		p->status = PS_ABSENT;
		p->state = PART_UNKNOWN;
		p->reason = s->foreign;
		return;
	}
	p->rows = snapshot_find(inst->snapshot, p->fact, p->name);
	if ((p->rows == NULL || p->rows->status == PS_DISABLED) && comes_after_nothing(inst, p->fact)) {
		p->reason = arena_printf(inst->arena, "read only where %s is", p->fact->after[0]);
		return;
	}
	if (p->rows != NULL && s->requested) {
		judge_rows(inst, p);
		return;
	}
	p->status = s->requested ? PS_NOT_COLLECTED : s->status == PS_COMPLETE ? PS_NOT_CONFIGURED : s->status;
	p->reason = s->requested   ? "the snapshot does not contain this table as it is declared today"
	    : s->reason[0] != '\0' ? s->reason
				   : "its source is not configured";
	p->state = s->needed || s->requested  ? PART_UNKNOWN
	    : s->decl->need == SN_CONDITIONAL ? PART_NOT_APPLICABLE
					      : PART_SKIPPED;
}

static void
add_part(struct instance *inst, const struct fact *f, struct source_state *s, const char *name)
{
	struct part *p = &inst->parts[inst->n_parts++];

	*p = (struct part){
	    .fact = f, .name = name, .source = s, .key = s->one_of_many || !f->found_parts ? name : f->parts[0]};
	judge_part(inst, p);
}

/* Each node has a part of each table: what one bundle holds and another lacks is missing there. */
static void
judge_fact(struct instance *inst, const struct fact *f)
{
	for (size_t i = 0; i < f->n_parts; i++) {
		const struct source_decl *d = ruleset_source_of(inst->set, f, f->parts[i]);

		for (size_t k = 0; k < inst->n_sources; k++) {
			struct source_state *s = &inst->sources[k];

			if (s->decl == d)
				add_part(inst, f, s, s->node[0] != '\0' ? s->node : f->parts[i]);
		}
	}
}

static void
judge_parts(struct instance *inst, const struct reach *reach)
{
	const struct fact_list *facts = &inst->set->facts;
	CLEANUP(free_ptr) struct part *room = NULL;
	size_t n = 0;

	for (size_t i = 0; i < facts->n; i++)
		n += is_in_reach(reach->facts, i) ? facts->items[i].n_parts * inst->n_sources : 0;
	room = inst->parts = xcalloc(n + 1, sizeof *room);
	inst->n_parts = 0;
	for (size_t i = 0; i < facts->n; i++)
		if (is_in_reach(reach->facts, i))
			judge_fact(inst, &facts->items[i]);
	/* There is room for each table from each source; of that a tenth is used. */
	inst->parts = arena_alloc(inst->arena, (inst->n_parts + 1) * sizeof *inst->parts);
	memcpy(inst->parts, room, inst->n_parts * sizeof *room);
}

bool
part_is_unknown(const struct part *p)
{
	return p->state == PART_UNKNOWN || p->state == PART_NOT_ASKED;
}

static bool
is_known(const struct part *p)
{
	return p->state == PART_READ || p->state == PART_EMPTY;
}

/* Rows for which the memory limit leaves no room are unread ones. */
static bool
is_too_much(struct instance *inst, struct part *p, const struct err *e)
{
	if (!sqldb_is_exceeded(inst->db))
		return false;
	p->state = PART_UNKNOWN;
	p->status = PS_TRUNCATED;
	p->reason = arena_strdup(inst->arena, e->msg);
	return true;
}

static enum making_state *
state_of(const struct instance *inst, const struct fact *f)
{
	return &inst->making.facts[f - inst->set->facts.items];
}

/* A table of which no part is known must not be there: one for whose rows there was no room goes again. */
static bool
drop_unread(struct instance *inst, struct err *e)
{
	for (size_t i = 0; i < inst->n_parts; i++) {
		enum making_state *state = state_of(inst, inst->parts[i].fact);
		bool known = false;

		if (*state != MK_MADE)
			continue;

		assert(inst->parts[i].fact != NULL); /* a part is made for a declared table */
		for (size_t k = 0; k < inst->n_parts; k++)
			known = known || (inst->parts[k].fact == inst->parts[i].fact && is_known(&inst->parts[k]));
		if (known)
			continue;
		if (!sqldb_drop_table(inst->db, inst->parts[i].fact->table, e))
			return false;
		*state = MK_NONE;
	}
	return true;
}

static bool
has_rows(const struct instance *inst, const struct fact *f)
{
	for (size_t i = 0; i < inst->n_parts; i++)
		if (inst->parts[i].fact == f && inst->parts[i].state == PART_READ && inst->parts[i].rows->n > 0)
			return true;
	return false;
}

/*
 * Whether there is room for the rows must be known before the first rule is evaluated: a part without is unknown. A
 * known table without rows is made when a statement reads it.
 */
static bool
add_facts(struct instance *inst, const struct instance_options *o, struct err *e)
{
	const struct fact *made = NULL;

	for (size_t i = 0; i < inst->n_parts; i++) {
		struct part *p = &inst->parts[i];

		if (!is_known(p))
			continue;
		if (made != p->fact && !has_rows(inst, p->fact))
			*state_of(inst, p->fact) = MK_PENDING;
		else if (made != p->fact && !sqldb_table(inst->db, p->fact, e))
			return false;
		else if (made != p->fact)
			*state_of(inst, p->fact) = MK_MADE;
		made = p->fact;
		if (p->state == PART_READ && !sqldb_insert(inst->db, p->rows, o->reversed, e) &&
		    !is_too_much(inst, p, e))
			return false;
	}
	return drop_unread(inst, e);
}

static bool
add_given(struct instance *inst, struct err *e)
{
	struct rows *r = rows_new(&given_fact, "plan");
	struct version v = {0};
	struct err ignored;
	struct cell cells[] = {{.kind = CELL_TEXT, .s = ""}, {.kind = CELL_TEXT, .s = ""},
	    {.kind = CELL_INT, .i = (int64_t)inst->inputs->nodes.n}};
	bool ok;

	if (inst->inputs->from != NULL && version_parse(inst->inputs->from, &v, &ignored) && v.edition != NULL)
		cells[0].s = v.edition;
	if (inst->inputs->install_method != NULL)
		cells[1].s = inst->inputs->install_method;
	ok = sqldb_table(inst->db, &given_fact, e) && rows_add(r, cells, e) && sqldb_insert(inst->db, r, false, e);
	rows_free(r);
	return ok;
}

static bool
add_own_tables(struct instance *inst, const struct instance_options *o, struct err *e)
{
	const struct fact *const own[] = {&run_fact, &source_fact, &hop_fact, &path_step_fact};

	for (size_t i = 0; i < nitems(own); i++) {
		const struct rows *r = snapshot_find(inst->snapshot, own[i], "run");

		if (!sqldb_table(inst->db, own[i], e) || (r != NULL && !sqldb_insert(inst->db, r, o->reversed, e)))
			return false;
	}
	return add_given(inst, e);
}

/* Judges the parts, and builds the database again if other rows are known than before. */
static bool
fill(struct instance *inst, const struct instance_options *o, struct err *e)
{
	const struct part *before = inst->parts;
	size_t n_before = inst->n_parts;
	bool same;

	judge_parts(inst, &o->reach);
	same = inst->db != NULL && n_before == inst->n_parts;
	for (size_t i = 0; i < inst->n_parts && same; i++)
		same = is_known(&before[i]) == is_known(&inst->parts[i]);
	if (same)
		return true;
	sqldb_free(inst->db);
	inst->db = sqldb_new(inst->newest);
	if (inst->db == NULL)
		return fail(e, NOWHERE, "cannot open a database in memory");
	sqldb_index_by(inst->db, &inst->set->join_columns);
	instance_make_later(inst, &o->reach);
	return add_own_tables(inst, o, e) && add_facts(inst, o, e);
}

static const char *
word_or(const char *word, const char *otherwise)
{
	return word != NULL && word[0] != '\0' ? word : otherwise;
}

static void
take_version_row(struct instance *inst, const struct result *r, size_t row)
{
	const struct {
		const char *origin;
		const char **text;
	} slots[] = {{"package", &inst->package}, {"reconfigured", &inst->reconfigured}, {"schema", &inst->schema},
	    {"serving", &inst->serving}};
	const char *origin = word_or(result_text(r, row, 0), "");

	for (size_t i = 0; i < nitems(slots); i++) {
		if (strcmp(slots[i].origin, origin) != 0 || result_text(r, row, 1) == NULL)
			continue;
		*slots[i].text = result_text(r, row, 1);
		/*
		 * The package says what is installed; without its files, the application that answers, else
		 * the last reconfigure (a container that has only GitLab's volumes). Rows come in this order:
		 * package, reconfigured, schema, serving.
		 */
		if (i == 0 || ((i == 1 || i == 3) && inst->package[0] == '\0')) {
			inst->has_version = true;
			inst->version = r->numbers[row * r->n_columns + 1];
		}
	}
	inst->edition = word_or(result_text(r, row, 2), inst->edition);
	inst->install_method = word_or(result_text(r, row, 3), inst->install_method);
}

static void
read_versions(struct instance *inst)
{
	struct result r = {0};
	struct version given;
	struct err e;

	inst->package = inst->reconfigured = inst->schema = inst->serving = "";
	inst->edition = inst->install_method = "unknown";
	if (sqldb_query(inst->db, &version_query, inst->arena, &r, &e))
		for (size_t i = 0; i < r.n; i++)
			take_version_row(inst, &r, i);
	if (inst->inputs->install_method != NULL)
		inst->install_method = inst->inputs->install_method;
	if (inst->inputs->from != NULL && version_parse(inst->inputs->from, &given, &e)) {
		inst->version_given = inst->inputs->from;
		inst->has_version = true;
		inst->version = given.key;
		inst->edition = word_or(given.edition, inst->edition);
	}
}

/* The answer of the rows that decide it; among several the safest: yes, then unknown, then no. */
static enum yes_no_unknown
decision_of(const struct result *r, int decision, struct condition_answer *answer)
{
	static const enum yes_no_unknown order[] = {YNU_YES, YNU_UNKNOWN, YNU_NO};
	static const char *const words[] = {[YNU_NO] = "not_needed", [YNU_YES] = "needed", [YNU_UNKNOWN] = "unknown"};
	int reason = result_column(r, "reason"), database = result_column(r, "database");

	for (size_t k = 0; k < nitems(order); k++)
		for (size_t i = 0; i < r->n; i++) {
			const char *word = result_text(r, i, decision);

			if (word == NULL || strcmp(word, words[order[k]]) != 0)
				continue;
			answer->reason = reason >= 0 ? result_text(r, i, reason) : NULL;
			answer->database = database >= 0 ? result_text(r, i, database) : NULL;
			return order[k];
		}
	return YNU_UNKNOWN;
}

enum yes_no_unknown
instance_condition(const struct instance *inst, const struct sql *condition, const struct fact_refs *needs,
    struct condition_answer *answer)
{
	struct result r = {0};
	struct err e;
	int decision;

	*answer = (struct condition_answer){0};
	if (condition->text == NULL || !sqldb_query(inst->db, condition, inst->arena, &r, &e))
		return YNU_UNKNOWN;
	decision = result_column(&r, "decision");
	if (r.n > 0 && decision >= 0) {
		enum yes_no_unknown a = decision_of(&r, decision, answer);

		if (a != YNU_NO)
			return a;
	} else if (r.n > 0) {
		return YNU_YES;
	}
	for (size_t i = 0; i < needs->n; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == needs->items[i] && part_is_unknown(&inst->parts[k]))
				return YNU_UNKNOWN;
	return YNU_NO;
}

/*
 * A positive control: a store that answers, and holds another application's data or another part of this
 * one, was not read at all. What the control needs and is not known is unknown to rules already.
 */
static void
judge_controls(struct instance *inst)
{
	for (size_t i = 0; i < inst->n_sources; i++) {
		struct source_state *s = &inst->sources[i];
		struct result r = {0};
		struct err ignored;
		int reason;

		if (!s->requested || s->excluded || s->decl->control.text == NULL ||
		    !sqldb_query(inst->db, &s->decl->control, inst->arena, &r, &ignored) || r.n == 0)
			continue;
		reason = result_column(&r, "reason");
		s->foreign = reason >= 0 ? result_text(&r, 0, reason) : NULL;
		if (s->foreign == NULL)
			s->foreign = "this is not the store of this GitLab";
		s->status = PS_ABSENT;
		s->reason = s->foreign;
	}
}

/* A condition that cannot be read makes the source needed: it may not be taken as absent. */
static void
judge_needs(struct instance *inst)
{
	for (size_t i = 0; i < inst->n_sources; i++) {
		struct source_state *s = &inst->sources[i];

		if (s->decl->need == SN_CONDITIONAL && !s->needed) {
			struct condition_answer ignored;
			enum yes_no_unknown a = instance_condition(
			    inst, &s->decl->condition, &s->decl->needs, &ignored);

			s->needed = a != YNU_NO;
			s->undecided = a == YNU_UNKNOWN;
		}
	}
}

bool
part_is_missing(const struct part *p)
{
	return p->matters && p->state == PART_UNKNOWN && (p->decides || p->status != PS_TIMEOUT);
}

const struct part *
source_fault(const struct instance *inst, const struct source_state *s, enum part_status *status, const char **reason)
{
	const struct part *p = NULL;

	for (size_t i = 0; i < inst->n_parts && p == NULL; i++)
		if (inst->parts[i].source == s && part_is_missing(&inst->parts[i]))
			p = &inst->parts[i];
	*status = p != NULL ? p->status : s->status;
	*reason = p != NULL ? p->reason : s->reason;
	if (*status == PS_ABSENT && s->status == PS_COMPLETE && strcmp(s->decl->kind, "postgres") == 0) {
		*status = PS_UNREADABLE;
		*reason = arena_printf(inst->arena,
		    "this is GitLab's database, but it lacks what its release has: %s; finish the migrations of the "
		    "installed release, or correct --from",
		    *reason);
	}
	return p;
}

static void
judge_completeness(struct instance *inst)
{
	for (size_t i = 0; i < inst->n_sources; i++) {
		struct source_state *s = &inst->sources[i];

		s->complete = s->requested;
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].source == s && part_is_missing(&inst->parts[k]))
				s->complete = false;
	}
}

static bool
is_among(const struct fact_refs *refs, const struct fact *f)
{
	for (size_t i = 0; i < refs->n; i++)
		if (refs->items[i] == f)
			return true;
	return false;
}

/* What a table can do to the verdict on a hop: in this order. */
enum weight { W_NONE, W_COLOURS, W_DECIDES };

/* A table that no rule may read still shows whether its store can be read at all. */
static enum weight
weight_of(const struct ruleset *set, size_t fact, int64_t from, int64_t to)
{
	const struct fact *f = &set->facts.items[fact];
	enum weight weight = W_NONE;
	bool by_none = true;

	for (size_t i = 0; i < set->rules.n && weight < W_DECIDES; i++) {
		const struct rule *r = &set->rules.items[i];

		if (!r->reach.facts[fact])
			continue;
		by_none = false;
		if (rule_applies(r, from, to))
			weight = r->severity == SEV_BLOCKER || r->confirm ? W_DECIDES : W_COLOURS;
	}
	for (size_t i = 0; i < set->sources.n; i++)
		if (is_among(&set->sources.items[i].needs, f))
			return W_DECIDES;
	for (size_t i = 0; i < set->stops.n; i++)
		if (is_among(&set->stops.items[i].needs, f))
			by_none = false;
	return by_none ? W_DECIDES : weight;
}

static void
judge_relevance(struct instance *inst, int64_t from, int64_t to)
{
	for (size_t i = 0; i < inst->n_parts; i++) {
		struct part *p = &inst->parts[i];
		enum weight weight = from == 0
		    ? W_DECIDES
		    : weight_of(inst->set, (size_t)(p->fact - inst->set->facts.items), from, to);

		p->matters = p->matters || weight > W_NONE;
		p->decides = p->decides || weight == W_DECIDES;
	}
	judge_completeness(inst);
}

/* Ages can then only be too great where facts are older than others: never young work that stands still. */
static void
set_newest(struct instance *inst)
{
	inst->newest = inst->now;
	for (size_t i = 0; i < inst->n_sources; i++)
		if (inst->sources[i].requested && inst->sources[i].started_at > inst->newest)
			inst->newest = inst->sources[i].started_at;
}

struct instance *
instance_new(struct arena *a, const struct ruleset *set, const struct snapshot *snapshot, const struct inputs *inputs,
    const struct instance_options *o, struct err *e)
{
	static const struct instance_options plain;
	CLEANUP(instance_drop) struct instance *inst = xcalloc(1, sizeof *inst);

	*inst = (struct instance){.arena = a, .set = set, .snapshot = snapshot, .inputs = inputs};
	o = o != NULL ? o : &plain;
	inst->reversed = o->reversed;
	read_run(inst);
	instance_read_sources(inst);
	set_newest(inst);
	/*
	 * Four looks: the version decides what an absent table means, then the facts decide which stores are
	 * this GitLab's, and which conditional sources it has.
	 */
	if (!fill(inst, o, e))
		return NULL;
	read_versions(inst);
	if (!fill(inst, o, e))
		return NULL;
	if (!o->no_controls)
		judge_controls(inst);
	if (!fill(inst, o, e))
		return NULL;
	judge_needs(inst);
	if (!fill(inst, o, e))
		return NULL;
	return steal(&inst);
}

void
instance_close(struct instance *inst)
{
	sqldb_free(inst->db);
	inst->db = NULL;
}

void
instance_free(struct instance *inst)
{
	if (inst == NULL)
		return;
	sqldb_free(inst->db);
	free_ptr(&inst);
}

void
instance_drop(struct instance **inst)
{
	instance_free(*inst);
}

bool
instance_set_hop(struct instance *inst, int64_t from, int64_t to, const struct rows *path_steps, struct err *e)
{
	struct rows *hop = rows_new(&hop_fact, "plan");
	const struct cell cells[] = {{.kind = CELL_INT, .i = from}, {.kind = CELL_INT, .i = to},
	    {.kind = CELL_INT, .i = version_minor(from) != version_minor(to)},
	    {.kind = CELL_INT, .i = inst->inputs->required_only}, {.kind = CELL_TEXT, .s = inst->install_method},
	    {.kind = CELL_INT, .i = inst->inputs->after}};
	bool ok = rows_add(hop, cells, e) && sqldb_replace(inst->db, hop, e) &&
	    (path_steps == NULL || sqldb_replace(inst->db, path_steps, e));

	judge_relevance(inst, from, to);
	rows_free(hop);
	return ok;
}

const char *
instance_os(const struct instance *inst)
{
	static const struct sql sql = {.text = "SELECT family FROM upgrade_os"};
	struct result r;
	struct err e;

	return sqldb_query(inst->db, &sql, inst->arena, &r, &e) && r.n == 1 && r.items[0] != NULL ? r.items[0]
												  : "unknown";
}
