/*
 * Evaluates the rules that apply to an upgrade step and makes at least one finding of each. What a finding means
 * for the gate is decided in decide.c.
 */
#include "verdict/evaluate.h"

#include <string.h>

#include "base/log.h"
#include "ruleset/engine_rules.h"
#include "ruleset/message.h"
#include "base/text.h"
#include "base/version.h"

#define MESSAGE_MAX 4000
#define NO_STATUS "column status is none of fail, waiting, unknown, manual, not_applicable"
#define EXPANDED_MAX ((size_t)8 * 1024 * 1024)

void
finding_key(struct finding *f, const char *rule, const char *rendered)
{
	struct sha256 *sum = sha256_new();
	char hex[65];

	sha256_add(sum, rule, strlen(rule) + 1);
	sha256_add(sum, rendered, strlen(rendered));
	sha256_end(sum, hex);
	memcpy(f->key, hex, 32);
	f->key[32] = '\0';
	memcpy(f->anchor, "f-", 2);
	memcpy(f->anchor + 2, hex, 12);
	f->anchor[14] = '\0';
}

static const char *
expand(struct arena *a, const char *tmpl, const struct field *fields, size_t n, enum quoting q)
{
	struct buf b;
	const char *s;

	buf_init(&b, EXPANDED_MAX);
	message_expand(&b, tmpl, fields, n, q);
	/* A key is hashed whole; what people read is cut, between two characters. */
	s = q == Q_KEY ? arena_strdup(a, b.p) : text_clean(a, b.p, b.len, MESSAGE_MAX);
	buf_free(&b);
	return s;
}

static struct finding *
add(const struct instance *inst, struct findings *out, const struct rule *r, enum status status, const char *rendered)
{
	bool quiet = status == ST_PASS || status == ST_SKIPPED || status == ST_NOT_APPLICABLE;
	struct finding f = {.rule = r->id,
	    .rule_file = r->file,
	    .status = status,
	    .severity = r->severity,
	    .title = r->title,
	    .message = quiet && r->expects != NULL ? r->expects : r->title,
	    .why = r->why,
	    .subject_name = "",
	    .refs = r->refs.items,
	    .n_refs = r->refs.n};

	finding_key(&f, r->id, rendered);
	ARENA_PUSH(inst->arena, out, f);
	return &out->items[out->n - 1];
}

/* A source that may not even exist here is unknown because of what its condition needs. */
static const struct part *
root_of(const struct instance *inst, const struct part *p)
{
	const struct source_state *s = p->source;
	const struct fact_refs *needs = &s->decl->needs;

	if (!s->undecided || s->requested)
		return p;
	for (size_t i = 0; i < needs->n; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == needs->items[i] && inst->parts[k].state == PART_UNKNOWN &&
			    inst->parts[k].source != s)
				return &inst->parts[k];
	return p;
}

const char *
part_cause(const struct instance *inst, const struct part *p)
{
	p = root_of(inst, p);
	return arena_printf(inst->arena, "%s %s%s%s", p->source->name, part_status_word[p->status],
	    p->reason[0] != '\0' ? ": " : "", p->reason);
}

static bool
has_covered_unknown(const struct instance *inst, const struct rule *r)
{
	for (size_t i = 0; i < r->covered.n; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == r->covered.items[i] && inst->parts[k].state == PART_UNKNOWN)
				return true;
	return false;
}

static bool
has_unknown(const struct instance *inst, const struct rule *r)
{
	for (size_t i = 0; i < r->n_needs; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == r->needs[i] && part_is_unknown(&inst->parts[k]))
				return true;
	return has_covered_unknown(inst, r);
}

static bool
has_cause(const struct findings *out, size_t from, const char *cause)
{
	for (size_t i = from; i < out->n; i++)
		if (strcmp(out->items[i].cause, cause) == 0)
			return true;
	return false;
}

/*
 * Its why is that of unread data: the rule's own describes rows that nobody has seen. Tables of one store that are
 * unread for one reason are one finding of the rule, which names the first; `from`: where those of the rule begin.
 */
static void
add_unknown(const struct instance *inst, const struct rule *r, struct hop hop, const struct part *p, size_t from,
    struct findings *out)
{
	const struct rule *unread = ruleset_rule_of(inst->set, "source.incomplete");
	const char *cause = part_cause(inst, p);
	struct finding *f;

	if (has_cause(out, from, cause))
		return;
	f = add(inst, out, r, p->status == PS_ERROR ? ST_ERROR : ST_UNKNOWN,
	    arena_printf(inst->arena, "unknown/%s/%s", p->fact->table, p->key));
	f->message = arena_printf(inst->arena, "%s of %s could not be read: %s", p->fact->table, p->source->title,
	    p->reason[0] != '\0' ? p->reason : part_status_word[p->status]);
	f->subject_name = arena_printf(inst->arena, "%s/%s", p->fact->table, p->name);
	f->cause = cause;
	f->why = unread != NULL ? unread->why : NULL;
	remedy_expand(inst, engine_remedy(inst->set, "source.incomplete"), hop,
	    (struct field[]){
		{"id", p->source->name}, {"status", part_status_word[p->status]}, {"kind", p->source->decl->kind}},
	    3, &f->remedies, &f->n_remedies);
}

/*
 * One unknown finding for each cause for which a part that the rule reads is not known. A view's fallback stands for what
 * is rightly empty, not applicable or never requested; what was requested and not read, it does not replace.
 */
static size_t
add_unknowns(const struct instance *inst, const struct rule *r, struct hop hop, struct findings *out)
{
	size_t before = out->n;

	for (size_t i = 0; i < r->n_needs; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == r->needs[i] && part_is_unknown(&inst->parts[k]))
				add_unknown(inst, r, hop, &inst->parts[k], before, out);
	for (size_t i = 0; i < r->covered.n; i++)
		for (size_t k = 0; k < inst->n_parts; k++)
			if (inst->parts[k].fact == r->covered.items[i] && inst->parts[k].state == PART_UNKNOWN)
				add_unknown(inst, r, hop, &inst->parts[k], before, out);
	return out->n - before;
}

/* A fallback replaces a table of which nothing was read, not the half of one. */
static bool
reads_half_of_covered(const struct instance *inst, const struct rule *r)
{
	for (size_t i = 0; i < r->covered.n; i++) {
		bool read = false, unread = false;

		for (size_t k = 0; k < inst->n_parts; k++) {
			const struct part *p = &inst->parts[k];

			read = read || (p->fact == r->covered.items[i] && p->state == PART_READ);
			unread = unread || (p->fact == r->covered.items[i] && p->state == PART_UNKNOWN);
		}
		if (read && unread)
			return true;
	}
	return false;
}

/* A source that was never requested, or was left out: the rule is out of scope, whatever else was not read. */
static bool
is_out_of_scope(const struct instance *inst, const struct rule *r)
{
	for (size_t i = 0; i < r->n_needs; i++) {
		size_t parts = 0, skipped = 0;

		for (size_t k = 0; k < inst->n_parts; k++) {
			parts += inst->parts[k].fact == r->needs[i];
			skipped += inst->parts[k].fact == r->needs[i] && inst->parts[k].state == PART_SKIPPED;
		}
		if (parts > 0 && skipped == parts)
			return true;
	}
	return false;
}

/* What the needed tables allow: run the query, or say why it is not for this instance. */
static enum status
availability(const struct instance *inst, const struct rule *r)
{
	enum status s = ST_PASS;

	if (r->whole && reads_half_of_covered(inst, r))
		return ST_UNKNOWN;
	for (size_t i = 0; i < r->n_needs; i++) {
		bool known = false, skipped = false, unknown = false;

		for (size_t k = 0; k < inst->n_parts; k++) {
			const struct part *p = &inst->parts[k];

			if (p->fact != r->needs[i])
				continue;
			known = known || p->state == PART_READ || p->state == PART_EMPTY;
			skipped = skipped || p->state == PART_SKIPPED;
			unknown = unknown || part_is_unknown(p);
		}
		if (unknown && (!known || r->whole))
			return ST_UNKNOWN;
		if (r->whole && skipped)
			return ST_SKIPPED;
		if (!known)
			s = skipped ? ST_SKIPPED : s == ST_SKIPPED ? s : ST_NOT_APPLICABLE;
	}
	return s;
}

/* Why there is no data of a source that was left out, or not requested. */
static const char *
cause_of(const struct instance *inst, const struct source_state *s)
{
	if (s->excluded)
		return arena_printf(inst->arena, "%s: left out (%s)", s->decl->id, s->excluded_why);
	return arena_printf(
	    inst->arena, "%s: %s", s->decl->id, s->decl->request != NULL ? s->decl->request : "not requested");
}

/* The source without whose data a rule is skipped, and why there is none of it: of several one that can be requested. */
static const char *
skipped_cause(const struct instance *inst, const struct rule *r)
{
	const struct source_state *first = NULL;

	for (size_t i = 0; i < r->n_needs; i++)
		for (size_t k = 0; k < inst->n_parts; k++) {
			const struct part *p = &inst->parts[k];

			if (p->fact != r->needs[i] || p->state != PART_SKIPPED)
				continue;
			if (first == NULL || (first->decl->request == NULL && p->source->decl->request != NULL))
				first = p->source;
		}
	return first != NULL ? cause_of(inst, first) : NULL;
}

/* Once for each rule: its key has no row in it. */
static void
add_error(const struct instance *inst, const struct rule *r, struct findings *out, const char *what)
{
	struct finding *f;

	for (size_t i = out->n; i > 0 && out->items[i - 1].rule == r->id; i--)
		if (out->items[i - 1].status == ST_ERROR && out->items[i - 1].cause == NULL)
			return;
	f = add(inst, out, r, ST_ERROR, "");
	f->message = arena_printf(inst->arena,
	    "This rule could not be decided: %s. The rule is wrong, "
	    "not the instance.",
	    what);
}

/* A query that failed, by itself or because a view that it reads has no rows. */
static void
add_failure(const struct instance *inst, const struct rule *r, struct findings *out, const struct err *e)
{
	const char *limit = sqldb_is_exceeded(inst->db) ? arena_printf(inst->arena, "its query %s", e->msg) : NULL;

	log_warning("rule %s: %s", r->id, e->msg);
	for (size_t i = 0; i < inst->set->views.n && limit == NULL; i++)
		limit = r->reach.views[i] ? inst->view_faults[i] : NULL;
	if (limit == NULL)
		add_error(inst, r, out, "its query failed");
	else
		add(inst, out, r, ST_ERROR, "")->message = arena_printf(
		    inst->arena, "This rule could not be decided, because there are too many rows: %s", limit);
}

/* NULL in a column that key, message or status name would drop or blur the finding: an error. */
static const char *
null_column(const struct rule *r, const struct result *rows, size_t row)
{
	const char *const templates[] = {r->key, r->message};
	char name[64];
	int c;

	for (size_t i = 0; i < nitems(templates); i++)
		for (const char *p = templates[i]; message_next(&p, name);) {
			c = result_column(rows, name);
			if (c >= 0 && result_text(rows, row, c) == NULL)
				return rows->names[c];
		}
	c = result_column(rows, "status");
	return c >= 0 && result_text(rows, row, c) == NULL ? "status" : NULL;
}

static bool
status_of(const char *word, enum status *out)
{
	static const enum status may[] = {ST_FAIL, ST_WAITING, ST_UNKNOWN, ST_MANUAL, ST_NOT_APPLICABLE};

	for (size_t i = 0; i < nitems(may); i++)
		if (strcmp(status_word[may[i]], word) == 0) {
			*out = may[i];
			return true;
		}
	return false;
}

static bool
row_status(const struct result *rows, size_t row, enum status *out)
{
	int c = result_column(rows, "status");

	*out = ST_FAIL;
	return c < 0 || status_of(result_text(rows, row, c), out);
}

/* A row may weigh less than its rule says: column `severity`. */
static bool
row_severity(const struct result *rows, size_t row, enum severity *out)
{
	static const char *const words[] = {
	    [SEV_BLOCKER] = "blocker", [SEV_WARNING] = "warning", [SEV_NOTICE] = "notice"};
	int c = result_column(rows, "severity");

	for (size_t i = 0; c >= 0 && i < nitems(words); i++)
		if (result_text(rows, row, c) != NULL && strcmp(words[i], result_text(rows, row, c)) == 0) {
			*out = (enum severity)i < *out ? (enum severity)i : *out;
			return true;
		}
	return c < 0;
}

static struct field *
row_fields(const struct instance *inst, const struct result *rows, size_t row)
{
	struct field *fields = arena_alloc(inst->arena, rows->n_columns * sizeof *fields);

	for (size_t i = 0; i < rows->n_columns; i++) {
		const char *text = result_text(rows, row, (int)i);

		fields[i] = (struct field){rows->names[i], text != NULL ? text : "NULL"};
	}
	return fields;
}

/* The columns that the key names, in its order: what the finding is about. */
static void
set_subject(const struct instance *inst, const struct rule *r, const struct field *fields, size_t n, struct finding *f)
{
	struct field *subject = arena_alloc(inst->arena, (n + 1) * sizeof *subject);
	const char *p = r->key;
	char name[64];

	f->subject = subject;
	while (message_next(&p, name))
		for (size_t i = 0; i < n && f->n_subject < n; i++)
			if (strcmp(fields[i].name, name) == 0)
				subject[f->n_subject++] = fields[i];
	f->subject_name = expand(inst->arena, r->key, fields, n, Q_PLAIN);
}

static void
set_progress(const struct result *rows, size_t row, const struct field *fields, struct finding *f)
{
	int done = result_column(rows, "progress_done"), total = result_column(rows, "progress_total");
	int state = result_column(rows, "state"), eta = result_column(rows, "eta");
	int64_t d, t;

	f->has_progress = state >= 0 || done >= 0;
	if (state >= 0)
		f->progress.state = fields[state].value;
	if (eta >= 0 && result_text(rows, row, eta) != NULL)
		f->progress.eta = fields[eta].value;
	if (done < 0 || total < 0 || result_text(rows, row, done) == NULL || result_text(rows, row, total) == NULL)
		return;
	d = rows->numbers[row * rows->n_columns + (size_t)done];
	t = rows->numbers[row * rows->n_columns + (size_t)total];
	if (d < 0 || t <= 0)
		return;
	f->progress.known = true;
	f->progress.done = d;
	f->progress.total = t;
	/* Estimates of the total run short: more than all of it is shown as all of it. */
	f->progress.tenths = d >= t ? 1000 : t < INT64_MAX / 1000 ? d * 1000 / t : d / (t / 1000);
}

/* What clears the finding in the hop itself, or NULL. */
static const struct cure *
cure_of(const struct rule *r, struct hop hop, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < r->cures.n; i++)
		if (hop_in_range(&r->cures.items[i].hop, hop.from, hop.to) &&
		    conditions_hold(&r->cures.items[i].where, fields, n))
			return &r->cures.items[i];
	return NULL;
}

static void
complete_finding(const struct instance *inst, const struct rule *r, struct hop hop, struct finding *f,
    const struct field *fields, size_t n)
{
	const struct cure *cure;

	f->message = expand(inst->arena, r->message, fields, n, Q_PLAIN);
	f->evidence = (struct evidence){fields, n};
	cure = f->status == ST_FAIL ? cure_of(r, hop, fields, n) : NULL;
	f->cured = cure != NULL;
	if (cure != NULL) {
		f->severity = SEV_NOTICE;
		f->message = arena_printf(inst->arena, "%s; %s", f->message, cure->says);
		return;
	}
	remedy_expand(inst, r->remedy_decl, hop, fields, n, &f->remedies, &f->n_remedies);
}

/* The node that a row is about, if the instance has several; else NULL. */
static const char *
row_node(const struct instance *inst, const struct result *rows, size_t row)
{
	int c = result_column(rows, "node");
	const char *text = c >= 0 ? result_text(rows, row, c) : NULL;

	for (size_t i = 0; text != NULL && i < inst->n_sources; i++)
		if (inst->sources[i].one_of_many && strcmp(inst->sources[i].node, text) == 0)
			return text;
	return NULL;
}

static bool
names_node(const char *tmpl)
{
	char name[64];

	while (message_next(&tmpl, name))
		if (strcmp(name, "node") == 0)
			return true;
	return false;
}

/*
 * Each of several nodes has a finding of its own, which says whose it is, also by a rule that thought of
 * one node only. With one node its name stays out: that of a container changes with every start.
 */
static struct rule
rule_of_node(const struct instance *inst, const struct rule *r, const char *node)
{
	struct rule own = *r;

	if (node != NULL && !names_node(r->key))
		own.key = arena_printf(inst->arena, "%s/{node}", r->key);
	if (node != NULL && !names_node(r->message))
		own.message = arena_printf(inst->arena, "{node}: %s", r->message);
	return own;
}

static bool
is_duplicate(const struct findings *out, size_t first, const struct finding *f)
{
	for (size_t i = first; i < out->n; i++)
		if (strcmp(out->items[i].key, f->key) == 0)
			return true;
	return false;
}

static void
add_row(const struct instance *inst, const struct rule *r, struct hop hop, const struct result *rows, size_t row,
    size_t first, struct findings *out)
{
	const char *null = null_column(r, rows, row), *rendered;
	const struct field *fields;
	struct finding *f, probe = {0};
	enum severity severity = r->severity;
	enum status status;

	if (null != NULL) {
		add_error(inst, r, out, arena_printf(inst->arena, "column %s is NULL in a row", null));
		return;
	}
	if (!row_status(rows, row, &status)) {
		add_error(inst, r, out, NO_STATUS);
		return;
	}
	if (!row_severity(rows, row, &severity)) {
		add_error(inst, r, out, "column severity is none of blocker, warning, notice");
		return;
	}
	fields = row_fields(inst, rows, row);
	rendered = expand(inst->arena, r->key, fields, rows->n_columns, Q_KEY);
	finding_key(&probe, r->id, rendered);
	if (is_duplicate(out, first, &probe)) {
		add_error(inst, r, out, arena_printf(inst->arena, "two rows have the key %s", rendered));
		return;
	}
	f = add(inst, out, r, status, rendered);
	f->row = row;
	f->severity = severity;
	set_subject(inst, r, fields, rows->n_columns, f);
	set_progress(rows, row, fields, f);
	complete_finding(inst, r, hop, f, fields, rows->n_columns);
	if (status == ST_UNKNOWN)
		f->cause = arena_printf(inst->arena, "%s: %s", r->id, f->message);
}

/* Rows that are only counted still decide. */
static void
add_rest(const struct instance *inst, const struct rule *r, const struct result *rows, struct findings *out)
{
	for (size_t i = 0; i < rows->n_rest; i++) {
		const struct rest *rest = &rows->rest[i];
		enum status status = ST_FAIL;
		struct finding *f;

		if (result_column(rows, "status") >= 0 && !status_of(rest->status, &status)) {
			add_error(inst, r, out, NO_STATUS);
			continue;
		}
		f = add(inst, out, r, status, arena_printf(inst->arena, "more/%s", rest->status));
		f->message = arena_printf(
		    inst->arena, "%zu more like these (the first %d are listed)", rest->n, RESULT_MAX);
		f->row = rows->n + i;
		f->more = rest->n - 1;
	}
}

static void
evaluate_sql(const struct instance *inst, const struct rule *r, struct hop hop, struct findings *out)
{
	size_t first = out->n;
	struct result rows = {0};
	struct err e;
	size_t unknowns;
	enum status s;

	if (is_out_of_scope(inst, r)) {
		add(inst, out, r, ST_SKIPPED, "")->cause = skipped_cause(inst, r);
		return;
	}
	unknowns = add_unknowns(inst, r, hop, out);
	s = availability(inst, r);
	if (s == ST_UNKNOWN)
		return;
	if (s != ST_PASS) {
		if (unknowns == 0)
			add(inst, out, r, s, "")->cause = s == ST_SKIPPED ? skipped_cause(inst, r) : NULL;
		return;
	}
	instance_make(inst, &r->reach);
	if (!sqldb_query(inst->db, &r->query, inst->arena, &rows, &e)) {
		add_failure(inst, r, out, &e);
		return;
	}
	for (size_t i = 0; i < rows.n; i++) {
		const struct rule own = rule_of_node(inst, r, row_node(inst, &rows, i));

		add_row(inst, &own, hop, &rows, i, first, out);
	}
	add_rest(inst, r, &rows, out);
	if (rows.n == 0 && unknowns == 0)
		(void)add(inst, out, r, ST_PASS, "");
}

struct fields {
	struct field *items;
	size_t n, cap;
};

static void
add_hop_fields(const struct instance *inst, struct hop hop, struct fields *out)
{
	char from[VERSION_TEXT], to[VERSION_TEXT];

	ARENA_PUSH(inst->arena, out,
	    ((struct field){"from_version", arena_strdup(inst->arena, version_text(hop.from, from))}));
	ARENA_PUSH(
	    inst->arena, out, ((struct field){"to_version", arena_strdup(inst->arena, version_text(hop.to, to))}));
}

/* The hop itself is the subject. */
static void
evaluate_version(const struct instance *inst, const struct rule *r, struct hop hop, struct findings *out)
{
	struct fields fields = {0};

	if (!hop_in_range(&r->when, hop.from, hop.to)) {
		(void)add(inst, out, r, ST_PASS, "");
		return;
	}
	add_hop_fields(inst, hop, &fields);
	complete_finding(inst, r, hop, add(inst, out, r, ST_FAIL, ""), fields.items, fields.n);
}

/*
 * Whether a note concerns this instance, by its query; the first row gives the words for the message.
 * Unknown if a table of it could not be read and no row came back.
 */
static enum yes_no_unknown
concerns(const struct instance *inst, const struct rule *r, struct fields *fields)
{
	enum status s = availability(inst, r);
	struct result rows = {0};
	struct err e;

	if (s != ST_PASS)
		return s == ST_NOT_APPLICABLE ? YNU_NO : YNU_UNKNOWN;
	instance_make(inst, &r->reach);
	if (!sqldb_query(inst->db, &r->query, inst->arena, &rows, &e)) {
		log_warning("rule %s: %s", r->id, e.msg);
		return YNU_UNKNOWN;
	}
	for (size_t i = 0; rows.n > 0 && i < rows.n_columns; i++) {
		const char *text = result_text(&rows, 0, (int)i);

		ARENA_PUSH(inst->arena, fields, ((struct field){rows.names[i], text != NULL ? text : "(not known)"}));
	}
	return rows.n > 0 ? YNU_YES : has_unknown(inst, r) ? YNU_UNKNOWN : YNU_NO;
}

static void
evaluate_manual(const struct instance *inst, const struct rule *r, struct hop hop, struct findings *out)
{
	struct fields fields = {0};
	enum yes_no_unknown concerned = r->query.text != NULL ? concerns(inst, r, &fields) : YNU_YES;
	struct finding *f;

	if (concerned == YNU_NO) {
		(void)add(inst, out, r, ST_NOT_APPLICABLE, "");
		return;
	}
	add_hop_fields(inst, hop, &fields);
	f = add(inst, out, r, ST_MANUAL, "");
	if (!r->confirm)
		f->severity = SEV_NOTICE;
	complete_finding(inst, r, hop, f, fields.items, fields.n);
	if (concerned == YNU_UNKNOWN)
		f->message =
		    "It is unknown whether this concerns the instance: the data that would show it was not read";
}

void
evaluate_rule(const struct instance *inst, const struct rule *r, struct hop hop, struct findings *out)
{
	switch (r->kind) {
	case RK_SQL:
		evaluate_sql(inst, r, hop, out);
		break;
	case RK_VERSION:
		evaluate_version(inst, r, hop, out);
		break;
	case RK_MANUAL:
		evaluate_manual(inst, r, hop, out);
		break;
	case RK_ENGINE: /* decide.c makes its findings */
		break;
	}
}

void
evaluate(const struct instance *inst, struct hop hop, struct findings *out)
{
	for (size_t i = 0; i < inst->set->rules.n; i++) {
		const struct rule *r = &inst->set->rules.items[i];

		if (rule_applies(r, hop.from, hop.to))
			evaluate_rule(inst, r, hop, out);
	}
}
