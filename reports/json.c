/* The format json: report.json, the contract that other programs rely on. Its schema is report.schema.json. */
#include "reports/chapters.h"
#include "reports/json.h"
#include "base/json.h"

#include <string.h>

#define SCHEMA_ID "urn:preflight:schema:report:1"
#define SCHEMA_VERSION "1.0"
#define VALUE_MAX ((size_t)64 << 20) /* bytes of a finding, or of a member without the findings */

/* Sticky: once something could not be expressed, the first name of it is kept and the rest goes on. */
struct doc {
	bool bad;
	const char *where;
	FILE *f;
	bool begun;        /* there is a member before the next one */
	size_t depth;      /* in spaces, of the value that is being written: at most 4 */
	struct buf pieces; /* of that value: jansson gives a few bytes at a time, and a stream takes longer for each */
};

static void
put(struct doc *d, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) == 0 || d->bad)
		return;
	d->bad = true;
	d->where = name;
}

static void
push(struct doc *d, json_t *array, const char *name, json_t *value)
{
	if (json_array_append_new(array, value) == 0 || d->bad)
		return;
	d->bad = true;
	d->where = name;
}

/* Text, or null where there is none. */
static json_t *
text(const char *s)
{
	return is_given(s) ? json_string(s) : json_null();
}

/* A version or a time, or null where it is not known. */
static json_t *
known(const char *s)
{
	return is_known(s) ? json_string(s) : json_null();
}

static json_t *
number(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
tool_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object();

	put(d, o, "name", json_string("preflight"));
	put(d, o, "version", json_string(r->tool_version));
	return o;
}

static json_t *
schema_json(struct doc *d)
{
	json_t *o = json_object();

	put(d, o, "id", json_string(SCHEMA_ID));
	put(d, o, "version", json_string(SCHEMA_VERSION));
	return o;
}

static json_t *
rules_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object();

	put(d, o, "version", json_string(r->rules_version));
	put(d, o, "digest", json_string(r->rules_digest));
	put(d, o, "origin", json_string(r->rules_origin));
	put(d, o, "signature", text(r->rules_signature));
	put(d, o, "known", text(r->rules_known));
	return o;
}

static json_t *
run_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object();

	put(d, o, "id", json_string(r->run_id));
	put(d, o, "started_at", known(r->started_at));
	put(d, o, "finished_at", known(r->finished_at));
	put(d, o, "complete", json_boolean(r->complete));
	put(d, o, "label", text(r->label));
	put(d, o, "change", text(r->change));
	put(d, o, "operator", text(r->operator_name));
	put(d, o, "host", text(r->host));
	put(d, o, "command", text(r->command));
	return o;
}

static json_t *
target_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object(), *versions = json_object();

	put(d, o, "current_version", known(r->current_version));
	put(d, versions, "package", known(r->package_version));
	put(d, versions, "reconfigured", known(r->reconfigured_version));
	put(d, versions, "schema", known(r->schema_version));
	put(d, versions, "serving", known(r->serving_version));
	put(d, o, "versions", versions);
	put(d, o, "requested", text(r->requested));
	put(d, o, "resolved", known(r->resolved));
	put(d, o, "install_method", json_string(r->install_method));
	put(d, o, "install_title", text(r->install_title));
	put(d, o, "edition", json_string(r->edition));
	put(d, o, "way_back", text(r->way_back));
	return o;
}

static json_t *
plan_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object(), *steps = json_array();

	for (size_t i = 0; i < r->n_steps; i++) {
		const struct plan_step *s = &r->steps[i];
		json_t *step = json_object();

		put(d, step, "version", known(s->version));
		put(d, step, "kind", json_string(s->kind));
		put(d, step, "state", json_string(s->state));
		put(d, step, "reason", text(s->reason));
		push(d, steps, "steps", step);
	}
	put(d, o, "steps", steps);
	put(d, o, "next", known(r->plan_next));
	return o;
}

static json_t *
scope_json(struct doc *d, const struct gate_result *g)
{
	json_t *o = json_object(), *excluded = json_array();

	put(d, o, "from", known(g->from));
	put(d, o, "to", known(g->to));
	for (size_t i = 0; i < g->n_excluded; i++)
		push(d, excluded, "excluded", json_string(g->excluded[i]));
	put(d, o, "excluded", excluded);
	return o;
}

static json_t *
coverage_json(struct doc *d, const struct notes_coverage *c)
{
	json_t *o = json_object(), *open = json_array(), *all = json_array();

	put(d, o, "notes", json_integer((json_int_t)c->total));
	put(d, o, "checked", json_integer((json_int_t)c->checked));
	put(d, o, "to_read", json_integer((json_int_t)c->to_read));
	for (size_t i = 0; i < c->n_open; i++) {
		json_t *note = json_object();

		put(d, note, "version", json_string(c->open[i].version));
		put(d, note, "note", json_string(c->open[i].note));
		put(d, note, "why", json_string(c->open[i].why));
		push(d, open, "not_covered", note);
	}
	put(d, o, "not_covered", open);
	put(d, o, "not_applicable", number(c->not_applicable));
	for (size_t i = 0; i < c->n_notes; i++) {
		json_t *note = json_object();

		put(d, note, "version", json_string(c->notes[i].version));
		put(d, note, "note", json_string(c->notes[i].note));
		put(d, note, "state", json_string(c->notes[i].state));
		put(d, note, "rules", text(c->notes[i].rules));
		put(d, note, "why", text(c->notes[i].why));
		push(d, all, "all", note);
	}
	put(d, o, "all", all);
	put(d, o, "text", text(c->text));
	return o;
}

static json_t *
remedies_json(struct doc *d, const struct remedy *all, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object(), *steps = json_array();

		for (size_t s = 0; s < all[i].n_steps; s++) {
			json_t *step = json_object();

			put(d, step, "text", json_string(all[i].steps[s].text));
			put(d, step, "command", text(all[i].steps[s].command));
			push(d, steps, "steps", step);
		}
		put(d, o, "install_method", json_string(all[i].install_method));
		put(d, o, "title", text(all[i].install_title));
		put(d, o, "steps", steps);
		push(d, list, "remedies", o);
	}
	return list;
}

/* The finding whose remedies a group shows for all of its own; null where each has others. */
static json_t *
remedy_of(const struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->n_remedies > 0 && g->items[i]->remedies == g->remedies)
			return json_string(g->items[i]->key);
	return json_null();
}

static json_t *
groups_json(struct doc *d, const struct gate_result *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_groups; i++) {
		const struct group *k = &g->groups[i];
		json_t *o = json_object(), *keys = json_array();

		put(d, o, "word", json_string(k->word));
		put(d, o, "rule", text(k->rule));
		put(d, o, "headline", json_string(k->headline));
		put(d, o, "detail", text(k->detail));
		put(d, o, "why", text(k->why));
		put(d, o, "remedy_of", remedy_of(k));
		for (size_t f = 0; f < k->n; f++)
			push(d, keys, "findings", json_string(k->items[f]->key));
		put(d, o, "findings", keys);
		push(d, list, "groups", o);
	}
	return list;
}

static json_t *
texts_json(struct doc *d, const char *const *texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		push(d, list, "texts", json_string(texts[i]));
	return list;
}

static json_t *
actions_json(struct doc *d, const struct gate_result *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_actions; i++) {
		const struct action *action = &g->actions[i];
		json_t *o = json_object();

		put(d, o, "text", json_string(action->text));
		put(d, o, "commands", texts_json(d, action->commands, action->n_commands));
		put(d, o, "findings", texts_json(d, action->findings, action->n_findings));
		push(d, list, "actions", o);
	}
	return list;
}

static json_t *
gate_json(struct doc *d, const struct gate_result *g)
{
	json_t *o = json_object(), *reasons = json_array();

	put(d, o, "decision", json_string(gate_word[g->decision]));
	put(d, o, "scope", scope_json(d, g));
	put(d, o, "exit_code", json_integer(g->exit_code));
	put(d, o, "headline", json_string(g->headline));
	for (size_t i = 0; i < g->n_reasons; i++) {
		json_t *reason = json_object();

		put(d, reason, "code", json_string(g->reasons[i].code));
		put(d, reason, "message", json_string(g->reasons[i].message));
		put(d, reason, "finding", text(g->reasons[i].finding));
		push(d, reasons, "reasons", reason);
	}
	put(d, o, "reasons", reasons);
	put(d, o, "valid_until", known(g->valid_until));
	put(d, o, "permission", known(g->permission));
	put(d, o, "next_title", text(g->next_title));
	put(d, o, "next_command", text(g->next_command));
	put(d, o, "actions", actions_json(d, g));
	put(d, o, "upgrade", remedies_json(d, g->upgrade, g->n_upgrade));
	put(d, o, "coverage", coverage_json(d, &g->coverage));
	put(d, o, "counts", text(g->counts));
	put(d, o, "groups", groups_json(d, g));
	return o;
}

static json_t *
summary_json(struct doc *d, const struct gate_result *g)
{
	json_t *o = json_object(), *by = json_object();

	put(d, o, "total", number(g->total));
	for (size_t i = 0; i < ST_N; i++)
		put(d, by, status_word[i], number(g->by_status[i]));
	put(d, o, "by_status", by);
	return o;
}

/* `name` first; a column of that name stays what it is in the evidence. */
static json_t *
subject_json(struct doc *d, const struct finding *f)
{
	json_t *o = json_object();

	put(d, o, "name", text(f->subject_name));
	for (size_t i = 0; i < f->n_subject; i++)
		if (strcmp(f->subject[i].name, "name") != 0)
			put(d, o, f->subject[i].name, json_string(f->subject[i].value));
	return o;
}

/* The only number that is not an integer: tenths, so that 342 is written as 34.2. */
static json_t *
percent(int64_t tenths)
{
	return json_real((double)tenths / 10.0);
}

static json_t *
progress_json(struct doc *d, const struct finding *f)
{
	const struct progress *p = &f->progress;
	json_t *o;

	if (!f->has_progress)
		return json_null();
	o = json_object();
	put(d, o, "done", p->known ? json_integer(p->done) : json_null());
	put(d, o, "total", p->known ? json_integer(p->total) : json_null());
	put(d, o, "percent", p->known ? percent(p->tenths) : json_null());
	put(d, o, "state", text(p->state));
	put(d, o, "eta", text(p->eta));
	return o;
}

static json_t *
evidence_json(struct doc *d, const struct evidence *e)
{
	json_t *list = json_array(), *o, *columns, *rows, *row;

	if (e->n == 0)
		return list;
	o = json_object();
	columns = json_array();
	rows = json_array();
	row = json_array();
	for (size_t i = 0; i < e->n; i++) {
		json_t *column = json_object();

		put(d, column, "name", json_string(e->fields[i].name));
		push(d, columns, "evidence", column);
		push(d, row, "evidence", json_string(e->fields[i].value));
	}
	push(d, rows, "evidence", row);
	put(d, o, "columns", columns);
	put(d, o, "rows", rows);
	put(d, o, "row_count", json_integer(1));
	push(d, list, "evidence", o);
	return list;
}

static json_t *
references_json(struct doc *d, const struct finding *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_refs; i++) {
		json_t *o = json_object();

		put(d, o, "title", text(f->refs[i].title));
		put(d, o, "url", text(f->refs[i].url));
		push(d, list, "references", o);
	}
	return list;
}

static json_t *
decision_json(struct doc *d, const struct decision *c)
{
	json_t *o;

	if (c == NULL)
		return json_null();
	o = json_object();
	put(d, o, "kind", json_string(c->kind));
	put(d, o, "justification", json_string(c->justification));
	put(d, o, "approver", text(c->approver));
	put(d, o, "ticket", text(c->ticket));
	put(d, o, "expires", text(c->expires));
	return o;
}

static json_t *
decisions_json(struct doc *d, const struct gate_result *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_decisions; i++) {
		const struct decision *c = &g->decisions[i];
		json_t *o = decision_json(d, c);

		put(d, o, "rule", text(c->rule));
		put(d, o, "key", text(c->key));
		put(d, o, "notes_read", text(c->notes_read));
		put(d, o, "target", text(c->target));
		put(d, o, "state", json_string(c->state));
		put(d, o, "reason", text(c->reason));
		put(d, o, "broad", json_boolean(c->broad));
		put(d, o, "findings", number(c->n_findings));
		push(d, list, "decisions", o);
	}
	return list;
}

static json_t *
finding_json(struct doc *d, const struct finding *f)
{
	json_t *o = json_object(), *rule = json_object();

	put(d, o, "key", json_string(f->key));
	put(d, o, "anchor", json_string(f->anchor));
	put(d, rule, "id", json_string(f->rule));
	put(d, rule, "file", text(f->rule_file));
	put(d, o, "rule", rule);
	put(d, o, "status", json_string(status_word[f->status]));
	put(d, o, "severity", json_string(severity_word[f->severity]));
	put(d, o, "effect", json_string(effect_word[f->effect]));
	put(d, o, "title", json_string(f->title));
	put(d, o, "message", json_string(f->message));
	put(d, o, "why", text(f->why));
	put(d, o, "subject", subject_json(d, f));
	put(d, o, "progress", progress_json(d, f));
	put(d, o, "cured", json_boolean(f->cured));
	put(d, o, "decision", decision_json(d, f->decision));
	put(d, o, "decidable", text(f->decidable));
	put(d, o, "cause", text(f->cause));
	put(d, o, "more", number(f->more));
	put(d, o, "evidence", evidence_json(d, &f->evidence));
	put(d, o, "remedies", remedies_json(d, f->remedies, f->n_remedies));
	put(d, o, "references", references_json(d, f));
	return o;
}

json_t *
report_finding_json(const struct finding *f)
{
	struct doc d = {0};

	return finding_json(&d, f);
}

json_t *
report_remedies_json(const struct remedy *all, size_t n)
{
	struct doc d = {0};

	return remedies_json(&d, all, n);
}

static json_t *
findings_json(struct doc *d, const struct gate_result *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_findings; i++)
		push(d, list, "findings", finding_json(d, g->findings[i]));
	return list;
}

static json_t *
next_json(struct doc *d, const struct gate_result *g)
{
	json_t *o = gate_json(d, g);

	put(d, o, "summary", summary_json(d, g));
	put(d, o, "findings", findings_json(d, g));
	put(d, o, "decisions", decisions_json(d, g));
	return o;
}

static json_t *
sources_json(struct doc *d, const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_line *s = &r->sources[i];
		json_t *o = json_object();

		put(d, o, "id", json_string(s->id));
		put(d, o, "node", text(s->node));
		put(d, o, "kind", json_string(s->kind));
		put(d, o, "status", json_string(s->status));
		put(d, o, "version", known(s->version));
		put(d, o, "duration_ms", json_integer(s->duration_ms));
		put(d, o, "reason", text(s->reason));
		put(d, o, "endpoint", text(s->endpoint));
		put(d, o, "origin", text(s->origin));
		put(d, o, "tls", text(s->tls));
		put(d, o, "privilege", text(s->privilege));
		put(d, o, "needed", json_boolean(!s->needless));
		push(d, list, "sources", o);
	}
	return list;
}

static json_t *
facts_json(struct doc *d, const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_facts; i++) {
		const struct fact_line *f = &r->facts[i];
		json_t *o = json_object();

		put(d, o, "table", json_string(f->table));
		put(d, o, "database", json_string(f->database));
		put(d, o, "status", json_string(f->status));
		put(d, o, "rows", json_integer(f->rows));
		put(d, o, "reason", text(f->reason));
		push(d, list, "facts", o);
	}
	return list;
}

/* Sentences that formats show as they are. */
static json_t *
text_json(struct doc *d, const struct report *r)
{
	json_t *o = json_object();

	put(d, o, "title", json_string(r->title));
	put(d, o, "bundle", text(r->bundle_name));
	put(d, o, "nodes", text(r->nodes));
	put(d, o, "not_checked", text(r->not_read));
	return o;
}

/* ---- Writing ---- */

/* Of jansson's lines, those after the first are set in. It writes each line break by itself, and no text has one. */
static int
write_piece(const char *piece, size_t n, void *arg)
{
	struct doc *d = arg;

	buf_addn(&d->pieces, piece, n);
	if (n == 1 && piece[0] == '\n')
		buf_addn(&d->pieces, "    ", d->depth);
	return d->pieces.over ? -1 : 0;
}

/* A precision of four digits writes each tenth up to 100.0 with exactly one decimal. */
static void
write_value(struct doc *d, const char *name, size_t depth, json_t *value)
{
	d->depth = depth;
	if (json_dump_callback(value, write_piece, d, JSON_INDENT(2) | JSON_REAL_PRECISION(4) | JSON_ENCODE_ANY) != 0 &&
	    !d->bad) {
		d->bad = true;
		d->where = name;
	}
	(void)fwrite(d->pieces.p, 1, d->pieces.len, d->f);
	buf_reset(&d->pieces);
	json_decref(value);
}

static void
write_name(struct doc *d, const char *name)
{
	(void)fprintf(d->f, "%s\n  \"%s\": ", d->begun ? "," : "{", name);
	d->begun = true;
}

static void
write_member(struct doc *d, const char *name, json_t *value)
{
	write_name(d, name);
	write_value(d, name, 2, value);
}

/* One after the other: as trees, all of them take three times the memory of their text. */
static void
write_findings(struct doc *d, const struct gate_result *g)
{
	write_name(d, "findings");
	(void)fputc('[', d->f);
	for (size_t i = 0; i < g->n_findings; i++) {
		(void)fprintf(d->f, "%s\n    ", i > 0 ? "," : "");
		write_value(d, "findings", 4, finding_json(d, g->findings[i]));
	}
	(void)fputs(g->n_findings > 0 ? "\n  ]" : "]", d->f);
}

static void
write_report(struct doc *d, const struct report *r)
{
	write_member(d, "schema", schema_json(d));
	write_member(d, "tool", tool_json(d, r));
	write_member(d, "rules", rules_json(d, r));
	write_member(d, "run", run_json(d, r));
	write_member(d, "target", target_json(d, r));
	write_member(d, "plan", plan_json(d, r));
	write_member(d, "gate", gate_json(d, &r->gate));
	if (r->has_next)
		write_member(d, "next", next_json(d, &r->next));
	write_member(d, "summary", summary_json(d, &r->gate));
	write_findings(d, &r->gate);
	write_member(d, "decisions", decisions_json(d, &r->gate));
	write_member(d, "sources", sources_json(d, r));
	write_member(d, "facts", facts_json(d, r));
	write_member(d, "text", text_json(d, r));
	(void)fputs("\n}\n", d->f);
}

static bool
json_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	struct doc d = {.f = f};

	(void)style;
	buf_init(&d.pieces, VALUE_MAX);
	write_report(&d, r);
	buf_free(&d.pieces);
	if (d.bad)
		return fail(e, NOWHERE,
		    "report.json: \"%s\" cannot be written: it is no valid UTF-8, "
		    "or memory ran out",
		    d.where);
	return stream_end(f, "report.json", e);
}

const struct format format_json = {"json", "report.json", "the same for programs", json_render};
