#include "verdict/world_sources.h"

#include <string.h>

#include "base/log.h"
#include "base/version.h"

/*
 * The name under which rule files say who knows the installed version; see rules/facts/. Of nodes that
 * differ the one that is behind is the last, and counts: nothing that it still needs may be left out.
 */
static const struct sql version_query = {
	.text = "SELECT origin, version, edition, install_method FROM instance_version ORDER BY 1, 2 DESC, 3, 4"};

static void
read_run(struct world *w)
{
	const struct rows *r = snapshot_find(w->snapshot, &run_fact, "run");

	w->operator_name = "";
	if (r == NULL || r->n != 1) {
		w->interrupted = true;  /* a run that does not say how it ended did not end well */
		return;
	}
	w->now = world_number(r, 0, "started_at");
	w->finished_at = world_number(r, 0, "finished_at");
	w->operator_name = world_text(r, 0, "operator");
	w->interrupted = world_number(r, 0, "interrupted") != 0;
}

struct source_state *
world_source(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_sources; i++)
		if (strcmp(w->sources[i].decl->id, id) == 0)
			return &w->sources[i];
	return NULL;
}

/* A column that this release has, but the table lacks, makes the table unknown. */
static const char *
missing_column(const struct world *w, const struct rows *r)
{
	for (size_t i = 0; i < r->n_missing; i++) {
		int c = fact_column_find(r->fact, r->missing[i]);

		if (c < 0 || !w->has_version || !r->fact->columns[c].has_since ||
		    w->version >= r->fact->columns[c].since)
			return r->missing[i];
	}
	return NULL;
}

static bool
absence_means_empty(const struct world *w, const struct fact *f)
{
	return w->has_version && ((f->has_absent_before && w->version < f->absent_before) ||
	    (f->has_absent_from && w->version >= f->absent_from));
}

static void
judge_rows(struct world *w, struct part *p)
{
	const char *column;

	p->status = p->rows->status;
	p->reason = p->rows->reason;
	p->state = PART_UNKNOWN;
	if (p->status == PS_ABSENT && absence_means_empty(w, p->fact)) {
		p->state = PART_EMPTY;
		return;
	}
	if (p->status == PS_DISABLED && w->has_version && !fact_is_asked(p->fact, w->version))
		p->state = PART_NOT_ASKED;
	if (p->status != PS_COMPLETE)
		return;
	column = missing_column(w, p->rows);
	if (column != NULL) {
		p->status = PS_ABSENT;
		p->reason = arena_printf(w->arena, "%s has no column %s", p->fact->from != NULL ?
		    p->fact->from : p->fact->table, column);
	} else if (p->fact->fresh_for_us > 0 &&
	    (p->rows->read_at < w->now - p->fact->fresh_for_us ||
	    p->rows->read_at > w->finished_at + p->fact->fresh_for_us)) {
		p->status = PS_STALE;
		p->reason = "it was read too long before this run";
	} else {
		p->state = PART_READ;
	}
}

static void
judge_part(struct world *w, struct part *p)
{
	const struct source_state *s = p->source;

	p->status = PS_DISABLED;
	p->state = PART_SKIPPED;
	p->reason = s->excluded_why;
	if (s->excluded)
		return;
	p->rows = snapshot_find(w->snapshot, p->fact, p->name);
	if (p->rows != NULL && s->requested) {
		judge_rows(w, p);
		return;
	}
	p->status = s->requested ? PS_NOT_COLLECTED :
	    s->status == PS_COMPLETE ? PS_NOT_CONFIGURED : s->status;
	p->reason = s->requested ? "the snapshot does not hold this table as it is declared today" :
	    s->reason[0] != '\0' ? s->reason : "nobody said where it is";
	p->state = s->needed || s->requested ? PART_UNKNOWN :
	    s->decl->need == SN_CONDITIONAL ? PART_NOT_APPLICABLE : PART_SKIPPED;
}

static bool
is_in_reach(const bool *list, size_t i)
{
	return list == NULL || list[i];
}

static void
add_part(struct world *w, const struct fact *f, struct source_state *s, const char *name)
{
	struct part *p = &w->parts[w->n_parts++];

	*p = (struct part){.fact = f, .name = name, .source = s,
	    .key = s->one_of_many || !f->found_parts ? name : f->parts[0]};
	judge_part(w, p);
}

/* Each node has a part of each table: what one bundle holds and another lacks is missing there. */
static void
judge_fact(struct world *w, const struct fact *f)
{
	for (size_t i = 0; i < f->n_parts; i++) {
		const struct source_decl *d = ruleset_source_of(w->set, f, f->parts[i]);

		for (size_t k = 0; k < w->n_sources; k++) {
			struct source_state *s = &w->sources[k];

			if (s->decl == d)
				add_part(w, f, s, s->node[0] != '\0' ? s->node : f->parts[i]);
		}
	}
}

static void
judge_parts(struct world *w, const struct reach *reach)
{
	const struct fact_list *facts = &w->set->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->n; i++)
		n += is_in_reach(reach->facts, i) ? facts->items[i].n_parts * w->n_sources : 0;
	w->parts = arena_alloc(w->arena, (n + 1) * sizeof *w->parts);
	w->n_parts = 0;
	for (size_t i = 0; i < facts->n; i++)
		if (is_in_reach(reach->facts, i))
			judge_fact(w, &facts->items[i]);
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

static bool
add_facts(struct world *w, const struct world_options *o, struct err *e)
{
	const struct fact *made = NULL;

	for (size_t i = 0; i < w->n_parts; i++) {
		const struct part *p = &w->parts[i];

		if (!is_known(p))
			continue;
		if (made != p->fact && !sqldb_table(w->db, p->fact, e))
			return false;
		made = p->fact;
		if (p->state == PART_READ && !sqldb_insert(w->db, p->rows, o->reversed, e))
			return false;
	}
	return true;
}

static bool
add_given(struct world *w, struct err *e)
{
	struct rows *r = rows_new(&given_fact, "plan");
	struct version v = {0};
	struct err ignored;
	struct cell cells[] = {{.kind = CELL_TEXT, .s = ""}, {.kind = CELL_TEXT, .s = ""},
	    {.kind = CELL_INT, .i = (int64_t)w->inputs->nodes.n}};
	bool ok;

	if (w->inputs->from != NULL && version_parse(w->inputs->from, &v, &ignored) && v.edition != NULL)
		cells[0].s = v.edition;
	if (w->inputs->install_method != NULL)
		cells[1].s = w->inputs->install_method;
	ok = sqldb_table(w->db, &given_fact, e) && rows_add(r, cells, e) && sqldb_insert(w->db, r, false, e);
	rows_free(r);
	return ok;
}

static bool
add_own_tables(struct world *w, const struct world_options *o, struct err *e)
{
	const struct fact *const own[] = {&run_fact, &source_fact, &hop_fact, &path_step_fact};

	for (size_t i = 0; i < nitems(own); i++) {
		const struct rows *r = snapshot_find(w->snapshot, own[i], "run");

		if (!sqldb_table(w->db, own[i], e) ||
		    (r != NULL && !sqldb_insert(w->db, r, o->reversed, e)))
			return false;
	}
	for (size_t i = 0; i < w->set->tables.n; i++)
		if (is_in_reach(o->reach.tables, i) &&
		    (!sqldb_table(w->db, &w->set->tables.items[i].fact, e) ||
		    !sqldb_insert(w->db, w->set->tables.items[i].rows, o->reversed, e)))
			return false;
	return add_given(w, e);
}

/* Judges the parts, and builds the database again if other rows are known than before. */
static bool
fill(struct world *w, const struct world_options *o, struct err *e)
{
	const struct part *before = w->parts;
	struct err view_error;
	bool same = w->db != NULL;

	judge_parts(w, &o->reach);
	for (size_t i = 0; i < w->n_parts && same; i++)
		same = is_known(&before[i]) == is_known(&w->parts[i]);
	if (same)
		return true;
	sqldb_free(w->db);
	w->db = sqldb_new(w->newest);
	if (w->db == NULL)
		return fail(e, NOWHERE, "cannot open a database in memory");
	if (!add_own_tables(w, o, e) || !add_facts(w, o, e))
		return false;
	/* A view that fails on these rows does not exist: rules that read it are errors, not passes. */
	for (size_t i = 0; i < w->set->views.n; i++)
		if (is_in_reach(o->reach.views, i) &&
		    !sqldb_view(w->db, &w->set->views.items[i], &view_error))
			log_warning("%s", view_error.msg);
	return true;
}

static const char *
word_or(const char *word, const char *otherwise)
{
	return word != NULL && word[0] != '\0' ? word : otherwise;
}

static void
take_version_row(struct world *w, const struct result *r, size_t row)
{
	const struct {
		const char *origin;
		const char **text;
	} slots[] = {{"package", &w->package}, {"reconfigured", &w->reconfigured},
	    {"schema", &w->schema}, {"serving", &w->serving}};
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
		if (i == 0 || ((i == 1 || i == 3) && w->package[0] == '\0')) {
			w->has_version = true;
			w->version = r->numbers[row * r->n_columns + 1];
		}
	}
	w->edition = word_or(result_text(r, row, 2), w->edition);
	w->install_method = word_or(result_text(r, row, 3), w->install_method);
}

static void
read_versions(struct world *w)
{
	struct result r = {0};
	struct version given;
	struct err e;

	w->package = w->reconfigured = w->schema = w->serving = "";
	w->edition = w->install_method = "unknown";
	if (sqldb_query(w->db, &version_query, w->arena, &r, &e))
		for (size_t i = 0; i < r.n; i++)
			take_version_row(w, &r, i);
	if (w->inputs->install_method != NULL)
		w->install_method = w->inputs->install_method;
	if (w->inputs->from != NULL && version_parse(w->inputs->from, &given, &e)) {
		w->version_given = w->inputs->from;
		w->has_version = true;
		w->version = given.key;
		w->edition = word_or(given.edition, w->edition);
	}
}

/* The answer of the rows that decide it; among several the safest: yes, then unknown, then no. */
static enum answer_word
decision_of(const struct result *r, int decision, const char **reason)
{
	static const enum answer_word order[] = {AW_YES, AW_UNKNOWN, AW_NO};
	static const char *const words[] = {[AW_NO] = "not_needed", [AW_YES] = "needed",
	    [AW_UNKNOWN] = "unknown"};
	int column = result_column(r, "reason");

	for (size_t k = 0; k < nitems(order); k++)
		for (size_t i = 0; i < r->n; i++) {
			const char *word = result_text(r, i, decision);

			if (word == NULL || strcmp(word, words[order[k]]) != 0)
				continue;
			if (column >= 0 && result_text(r, i, column) != NULL)
				*reason = result_text(r, i, column);
			return order[k];
		}
	return AW_UNKNOWN;
}

enum answer_word
world_condition(const struct world *w, const struct sql *condition, const struct fact_refs *needs,
    const char **reason)
{
	struct result r = {0};
	struct err e;
	int decision;

	*reason = NULL;
	if (condition->text == NULL || !sqldb_query(w->db, condition, w->arena, &r, &e))
		return AW_UNKNOWN;
	decision = result_column(&r, "decision");
	if (r.n > 0 && decision >= 0) {
		enum answer_word a = decision_of(&r, decision, reason);

		if (a != AW_NO)
			return a;
	} else if (r.n > 0) {
		return AW_YES;
	}
	for (size_t i = 0; i < needs->n; i++)
		for (size_t k = 0; k < w->n_parts; k++)
			if (w->parts[k].fact == needs->items[i] && part_is_unknown(&w->parts[k]))
				return AW_UNKNOWN;
	return AW_NO;
}

/* A condition that cannot be read makes the source needed: it may not be taken as absent. */
static void
judge_needs(struct world *w)
{
	for (size_t i = 0; i < w->n_sources; i++) {
		struct source_state *s = &w->sources[i];

		if (s->decl->need == SN_CONDITIONAL && !s->needed) {
			const char *reason;
			enum answer_word a = world_condition(w, &s->decl->condition, &s->decl->needs, &reason);

			s->needed = a != AW_NO;
			s->undecided = a == AW_UNKNOWN;
		}
	}
}

bool
part_is_missing(const struct part *p)
{
	return p->matters && p->state == PART_UNKNOWN && (p->decides || p->status != PS_TIMEOUT);
}

static void
judge_completeness(struct world *w)
{
	for (size_t i = 0; i < w->n_sources; i++) {
		struct source_state *s = &w->sources[i];

		s->complete = s->requested;
		for (size_t k = 0; k < w->n_parts; k++)
			if (w->parts[k].source == s && part_is_missing(&w->parts[k]))
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
		if (hop_in_range(&r->applies, from, to))
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
judge_relevance(struct world *w, int64_t from, int64_t to)
{
	for (size_t i = 0; i < w->n_parts; i++) {
		struct part *p = &w->parts[i];
		enum weight weight = from == 0 ? W_DECIDES :
		    weight_of(w->set, (size_t)(p->fact - w->set->facts.items), from, to);

		p->matters = p->matters || weight > W_NONE;
		p->decides = p->decides || weight == W_DECIDES;
	}
	judge_completeness(w);
}

/* Ages can then only be too great where facts are older than others: never young work that stands still. */
static void
set_newest(struct world *w)
{
	w->newest = w->now;
	for (size_t i = 0; i < w->n_sources; i++)
		if (w->sources[i].requested && w->sources[i].started_at > w->newest)
			w->newest = w->sources[i].started_at;
}

struct world *
world_new(struct arena *a, const struct ruleset *set, const struct snapshot *snapshot,
    const struct inputs *inputs, const struct world_options *o, struct err *e)
{
	static const struct world_options plain;
	CLEANUP(world_drop) struct world *w = xcalloc(1, sizeof *w);

	*w = (struct world){.arena = a, .set = set, .snapshot = snapshot, .inputs = inputs};
	o = o != NULL ? o : &plain;
	read_run(w);
	world_read_sources(w);
	set_newest(w);
	/*
	 * Three looks: the version decides what an absent table means, and then the facts decide
	 * which conditional sources this instance has.
	 */
	if (!fill(w, o, e))
		return NULL;
	read_versions(w);
	if (!fill(w, o, e))
		return NULL;
	judge_needs(w);
	if (!fill(w, o, e))
		return NULL;
	return steal(&w);
}

void
world_free(struct world *w)
{
	if (w == NULL)
		return;
	sqldb_free(w->db);
	free_ptr(&w);
}

void
world_drop(struct world **w)
{
	world_free(*w);
}

bool
world_set_hop(struct world *w, int64_t from, int64_t to, const struct rows *path_steps, struct err *e)
{
	struct rows *hop = rows_new(&hop_fact, "plan");
	const struct cell cells[] = {{.kind = CELL_INT, .i = from}, {.kind = CELL_INT, .i = to},
	    {.kind = CELL_INT, .i = version_minor(from) != version_minor(to)},
	    {.kind = CELL_INT, .i = w->inputs->required_only},
	    {.kind = CELL_TEXT, .s = w->install_method}};
	bool ok = rows_add(hop, cells, e) && sqldb_replace(w->db, hop, e) &&
	    (path_steps == NULL || sqldb_replace(w->db, path_steps, e));

	judge_relevance(w, from, to);
	rows_free(hop);
	return ok;
}
