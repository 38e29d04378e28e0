/*
 * Reads report.json, the inverse of json.c: what follows from the findings is derived again, everything else is taken as
 * it is. Verifies nothing beyond types and references: whether the report is true is the business of `verify`.
 */
#include "reports/json_read.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "reports/derive.h"
#include "reports/words.h"

#define TEXT_MAX ((size_t)1024 * 1024) /* bytes of one string */

/* Sticky: the first member that is missing or wrong is kept, and the rest is read as if it were empty. */
struct json_in {
	struct arena *a;
	const char *bad;
};

static void
wrong(struct json_in *d, const char *name)
{
	if (d->bad == NULL)
		d->bad = name;
}

/* Null is "". Formats clean what they write, so a text is kept as it is. */
static const char *
text_of(struct json_in *d, const json_t *v, const char *name)
{
	const char *s = json_string_value(v);

	if (v == NULL || json_is_null(v))
		return "";
	if (s == NULL || json_string_length(v) > TEXT_MAX) {
		wrong(d, name);
		return "";
	}
	return arena_strdup(d->a, s);
}

static const char *
text(struct json_in *d, const json_t *o, const char *name)
{
	return text_of(d, json_object_get(o, name), name);
}

/* A text that formats need. */
static const char *
needed(struct json_in *d, const json_t *o, const char *name)
{
	const char *s = text(d, o, name);

	if (!json_is_string(json_object_get(o, name)))
		wrong(d, name);
	return s;
}

/* NULL where the report has no such thing. */
static const char *
optional(struct json_in *d, const json_t *o, const char *name)
{
	return json_is_string(json_object_get(o, name)) ? text(d, o, name) : NULL;
}

static const char *
known(struct json_in *d, const json_t *o, const char *name)
{
	return json_is_string(json_object_get(o, name)) ? text(d, o, name) : "unknown";
}

/* A number that is not negative; 0 where it is missing. */
static int64_t
number(struct json_in *d, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		wrong(d, name);
	return json_is_integer(v) && json_integer_value(v) > 0 ? json_integer_value(v) : 0;
}

static const json_t *
array(struct json_in *d, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (v != NULL && !json_is_array(v))
		wrong(d, name);
	return json_is_array(v) ? v : NULL;
}

static const json_t *
object(struct json_in *d, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (!json_is_object(v))
		wrong(d, name);
	return v;
}

/* Which of the words it is. */
static size_t
word(struct json_in *d, const json_t *o, const char *name, const char *const *words, size_t n)
{
	const char *s = text(d, o, name);

	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], s) == 0)
			return i;
	wrong(d, name);
	return 0;
}

static void *
list(struct json_in *d, const json_t *array_, size_t size, size_t *n)
{
	*n = json_array_size(array_);
	return memset(arena_alloc(d->a, (*n + 1) * size), 0, (*n + 1) * size);
}

static const struct remedy *
remedies(struct json_in *d, const json_t *o, const char *name, size_t *n)
{
	const json_t *all = array(d, o, name);
	struct remedy *out = list(d, all, sizeof *out, n);

	for (size_t i = 0; i < *n; i++) {
		const json_t *m = json_array_get(all, i), *from = array(d, m, "steps");
		struct remedy_step *steps = list(d, from, sizeof *steps, &out[i].n_steps);

		out[i].install_method = needed(d, m, "install_method");
		out[i].install_title = text(d, m, "title");
		for (size_t s = 0; s < out[i].n_steps; s++)
			steps[s] = (struct remedy_step){.text = needed(d, json_array_get(from, s), "text"),
			    .command = optional(d, json_array_get(from, s), "command")};
		out[i].steps = steps;
	}
	return out;
}

/* ---- Findings ---- */

static void
subject(struct json_in *d, const json_t *o, struct finding *f)
{
	struct field *fields = arena_alloc(d->a, (json_object_size(o) + 1) * sizeof *fields);
	const char *name;
	json_t *value;

	f->subject_name = text(d, o, "name");
	json_object_foreach((json_t *)(uintptr_t)o, name, value) if (strcmp(name, "name") != 0)
	    fields[f->n_subject++] = (struct field){arena_strdup(d->a, name), text_of(d, value, "subject")};
	f->subject = fields;
}

static void
progress(struct json_in *d, const json_t *o, struct finding *f)
{
	double percent;

	if (!json_is_object(o))
		return;
	f->has_progress = true;
	f->progress = (struct progress){.known = json_is_integer(json_object_get(o, "done")),
	    .done = number(d, o, "done"),
	    .total = number(d, o, "total"),
	    .state = optional(d, o, "state"),
	    .eta = optional(d, o, "eta")};
	if (!f->progress.known)
		return;
	percent = json_number_value(json_object_get(o, "percent"));
	if (json_is_number(json_object_get(o, "percent")) && percent >= 0 && percent <= 100)
		f->progress.tenths = (int64_t)(percent * 10 + .5);
	else
		wrong(d, "percent");
}

static void
evidence(struct json_in *d, const json_t *all, struct finding *f)
{
	const json_t *o = json_array_get(all, 0), *columns = array(d, o, "columns");
	const json_t *row = json_array_get(array(d, o, "rows"), 0);
	struct field *fields = list(d, columns, sizeof *fields, &f->evidence.n);

	if (json_array_size(row) != f->evidence.n)
		wrong(d, "evidence");
	for (size_t i = 0; i < f->evidence.n; i++)
		fields[i] = (struct field){
		    needed(d, json_array_get(columns, i), "name"), text_of(d, json_array_get(row, i), "evidence")};
	f->evidence.fields = fields;
}

static void
references(struct json_in *d, const json_t *all, struct finding *f)
{
	struct reference *refs = list(d, all, sizeof *refs, &f->n_refs);

	for (size_t i = 0; i < f->n_refs; i++)
		refs[i] = (struct reference){
		    text(d, json_array_get(all, i), "title"), text(d, json_array_get(all, i), "url")};
	f->refs = refs;
}

static void
fixed(struct json_in *d, const json_t *o, const char *name, char *out, size_t size)
{
	const char *s = needed(d, o, name);

	if (strlen(s) != size - 1)
		wrong(d, name);
	(void)snprintf(out, size, "%s", s);
}

/* The part of a decision that a finding repeats, too. */
static struct decision
decision(struct json_in *d, const json_t *o)
{
	return (struct decision){.kind = needed(d, o, "kind"),
	    .rule = text(d, o, "rule"),
	    .key = text(d, o, "key"),
	    .notes_read = text(d, o, "notes_read"),
	    .target = text(d, o, "target"),
	    .justification = needed(d, o, "justification"),
	    .approver = text(d, o, "approver"),
	    .ticket = text(d, o, "ticket"),
	    .expires = text(d, o, "expires"),
	    .state = text(d, o, "state"),
	    .reason = text(d, o, "reason"),
	    .n_findings = (size_t)number(d, o, "findings"),
	    .broad = json_is_true(json_object_get(o, "broad"))};
}

static const struct decision *
decision_of(struct json_in *d, const json_t *o)
{
	struct decision *c;

	if (!json_is_object(o))
		return NULL;
	c = arena_alloc(d->a, sizeof *c);
	*c = decision(d, o);
	return c;
}

static void
finding(struct json_in *d, const json_t *o, struct finding *f)
{
	const json_t *rule = object(d, o, "rule");

	fixed(d, o, "key", f->key, sizeof f->key);
	fixed(d, o, "anchor", f->anchor, sizeof f->anchor);
	f->rule = needed(d, rule, "id");
	f->rule_file = text(d, rule, "file");
	f->status = (enum status)word(d, o, "status", status_word, ST_N);
	f->severity = (enum severity)word(d, o, "severity", severity_word, SEV_BLOCKER + 1);
	f->effect = (enum effect)word(d, o, "effect", effect_word, EF_NONE + 1);
	f->title = needed(d, o, "title");
	f->message = needed(d, o, "message");
	f->why = optional(d, o, "why");
	f->cured = json_is_true(json_object_get(o, "cured"));
	f->decision = decision_of(d, json_object_get(o, "decision"));
	f->decidable = optional(d, o, "decidable");
	f->cause = optional(d, o, "cause");
	f->more = (size_t)number(d, o, "more");
	f->remedies = remedies(d, o, "remedies", &f->n_remedies);
	subject(d, object(d, o, "subject"), f);
	progress(d, json_object_get(o, "progress"), f);
	evidence(d, array(d, o, "evidence"), f);
	references(d, array(d, o, "references"), f);
}

static const struct finding *const *
findings(struct json_in *d, const json_t *all, size_t *n)
{
	struct finding *items = list(d, all, sizeof *items, n);
	const struct finding **pointers = arena_alloc(d->a, (*n + 1) * sizeof *pointers);

	for (size_t i = 0; i < *n; i++) {
		finding(d, json_array_get(all, i), &items[i]);
		pointers[i] = &items[i];
	}
	return pointers;
}

/* ---- A gate ---- */

/* Findings of a group follow each other in the list, more or less: the search begins where the last one ended. */
static const struct finding *
by_key(struct json_in *d, const struct gate_result *g, const char *key, size_t *at)
{
	for (size_t i = 0; i < g->n_findings; i++, *at = (*at + 1) % g->n_findings)
		if (strcmp(g->findings[*at]->key, key) == 0)
			return g->findings[*at];
	wrong(d, "groups");
	return NULL;
}

static void
group(struct json_in *d, const json_t *o, const struct gate_result *g, struct group *k)
{
	const json_t *keys = array(d, o, "findings");
	const struct finding **items = list(d, keys, sizeof *items, &k->n), *fixed_by;
	size_t at = 0;

	for (size_t i = 0; i < k->n && d->bad == NULL; i++)
		items[i] = by_key(d, g, text_of(d, json_array_get(keys, i), "groups"), &at);
	if (k->n == 0)
		wrong(d, "groups");
	if (d->bad != NULL)
		return;
	k->items = items;
	k->word = needed(d, o, "word");
	k->effect = items[0]->effect;
	k->status = items[0]->status;
	k->rule = optional(d, o, "rule");
	k->headline = needed(d, o, "headline");
	k->detail = optional(d, o, "detail");
	k->why = optional(d, o, "why");
	fixed_by = optional(d, o, "remedy_of") != NULL ? by_key(d, g, text(d, o, "remedy_of"), &at) : NULL;
	if (fixed_by != NULL) {
		k->remedies = fixed_by->remedies;
		k->n_remedies = fixed_by->n_remedies;
	}
	derive_parts(d->a, k);
}

static void
groups(struct json_in *d, const json_t *o, struct gate_result *g)
{
	const json_t *all = array(d, o, "groups");
	struct group *items = list(d, all, sizeof *items, &g->n_groups);

	for (size_t i = 0; i < g->n_groups && d->bad == NULL; i++)
		group(d, json_array_get(all, i), g, &items[i]);
	if (d->bad != NULL)
		g->n_groups = 0;
	g->groups = items;
}

static void
reasons(struct json_in *d, const json_t *all, struct gate_result *g)
{
	struct reason *items = list(d, all, sizeof *items, &g->n_reasons);

	for (size_t i = 0; i < g->n_reasons; i++)
		items[i] = (struct reason){needed(d, json_array_get(all, i), "code"),
		    needed(d, json_array_get(all, i), "message"), optional(d, json_array_get(all, i), "finding")};
	g->reasons = items;
}

static void
coverage(struct json_in *d, const json_t *o, struct notes_coverage *c)
{
	const json_t *open = array(d, o, "not_covered"), *all = array(d, o, "all");
	struct open_note *opened = list(d, open, sizeof *opened, &c->n_open);
	struct note_line *notes = list(d, all, sizeof *notes, &c->n_notes);

	c->total = (size_t)number(d, o, "notes");
	c->checked = (size_t)number(d, o, "checked");
	c->to_read = (size_t)number(d, o, "to_read");
	c->not_applicable = (size_t)number(d, o, "not_applicable");
	c->text = text(d, o, "text");
	for (size_t i = 0; i < c->n_open; i++) {
		const json_t *n = json_array_get(open, i);

		opened[i] = (struct open_note){needed(d, n, "version"), needed(d, n, "note"), text(d, n, "why")};
	}
	for (size_t i = 0; i < c->n_notes; i++) {
		const json_t *n = json_array_get(all, i);

		notes[i] = (struct note_line){needed(d, n, "version"), needed(d, n, "note"), needed(d, n, "state"),
		    text(d, n, "rules"), text(d, n, "why")};
	}
	c->open = opened;
	c->notes = notes;
}

static void
decisions(struct json_in *d, const json_t *all, struct gate_result *g)
{
	struct decision *items = list(d, all, sizeof *items, &g->n_decisions);

	for (size_t i = 0; i < g->n_decisions; i++)
		items[i] = decision(d, json_array_get(all, i));
	g->decisions = items;
}

static const char *const *
texts(struct json_in *d, const json_t *all, size_t *n)
{
	const char **items = list(d, all, sizeof *items, n);

	for (size_t i = 0; i < *n; i++)
		items[i] = text_of(d, json_array_get(all, i), "texts");
	return items;
}

static void
actions(struct json_in *d, const json_t *all, struct gate_result *g)
{
	struct action *items = list(d, all, sizeof *items, &g->n_actions);

	for (size_t i = 0; i < g->n_actions; i++) {
		const json_t *o = json_array_get(all, i);

		items[i].text = needed(d, o, "text");
		items[i].commands = texts(d, array(d, o, "commands"), &items[i].n_commands);
		items[i].findings = texts(d, array(d, o, "findings"), &items[i].n_findings);
	}
	g->actions = items;
}

/* `o` has the gate; `with` has its summary and findings. */
static void
gate(struct json_in *d, const json_t *o, const json_t *with, struct gate_result *g)
{
	const json_t *scope = object(d, o, "scope"), *summary = object(d, with, "summary");

	*g = (struct gate_result){.decision = (enum gate)word(d, o, "decision", gate_word, G_NO_GO + 1),
	    .from = known(d, scope, "from"),
	    .to = known(d, scope, "to"),
	    .exit_code = (int)(number(d, o, "exit_code") & 255),
	    .headline = needed(d, o, "headline"),
	    .next_title = text(d, o, "next_title"),
	    .next_command = text(d, o, "next_command"),
	    .permission = text(d, o, "permission"),
	    .valid_until = text(d, o, "valid_until"),
	    .total = (size_t)number(d, summary, "total"),
	    .counts = text(d, o, "counts")};
	for (size_t i = 0; i < ST_N; i++)
		g->by_status[i] = (size_t)number(d, object(d, summary, "by_status"), status_word[i]);
	g->upgrade = remedies(d, o, "upgrade", &g->n_upgrade);
	g->findings = findings(d, array(d, with, "findings"), &g->n_findings);
	g->excluded = texts(d, array(d, scope, "excluded"), &g->n_excluded);
	decisions(d, array(d, with, "decisions"), g);
	actions(d, array(d, o, "actions"), g);
	reasons(d, array(d, o, "reasons"), g);
	coverage(d, json_object_get(o, "coverage"), &g->coverage);
	groups(d, o, g);
	derive_tally(d->a, g);
}

/* ---- The report ---- */

static void
run(struct json_in *d, const json_t *root, struct report *r)
{
	const json_t *o = object(d, root, "run"), *rules = object(d, root, "rules"), *words = object(d, root, "text");

	r->tool_version = needed(d, object(d, root, "tool"), "version");
	r->rules_version = needed(d, rules, "version");
	r->rules_digest = needed(d, rules, "digest");
	r->rules_origin = needed(d, rules, "origin");
	r->rules_known = text(d, rules, "known");
	r->rules_signature = optional(d, rules, "signature");
	r->run_id = needed(d, o, "id");
	r->started_at = text(d, o, "started_at");
	r->finished_at = text(d, o, "finished_at");
	r->complete = json_is_true(json_object_get(o, "complete"));
	r->label = text(d, o, "label");
	r->change = text(d, o, "change");
	r->operator_name = text(d, o, "operator");
	r->host = text(d, o, "host");
	r->command = text(d, o, "command");
	r->title = needed(d, words, "title");
	r->bundle_name = text(d, words, "bundle");
	r->nodes = text(d, words, "nodes");
	r->not_read = text(d, words, "not_checked");
}

static void
target(struct json_in *d, const json_t *o, struct report *r)
{
	const json_t *versions = object(d, o, "versions");

	r->current_version = known(d, o, "current_version");
	r->package_version = text(d, versions, "package");
	r->reconfigured_version = text(d, versions, "reconfigured");
	r->schema_version = text(d, versions, "schema");
	r->serving_version = text(d, versions, "serving");
	r->requested = text(d, o, "requested");
	r->resolved = text(d, o, "resolved");
	r->install_method = needed(d, o, "install_method");
	r->install_title = text(d, o, "install_title");
	r->edition = needed(d, o, "edition");
	r->way_back = text(d, o, "way_back");
}

static void
plan(struct json_in *d, const json_t *o, struct report *r)
{
	const json_t *all = array(d, o, "steps");
	struct plan_step *steps = list(d, all, sizeof *steps, &r->n_steps);

	for (size_t i = 0; i < r->n_steps; i++) {
		const json_t *s = json_array_get(all, i);

		steps[i] = (struct plan_step){
		    known(d, s, "version"), needed(d, s, "kind"), needed(d, s, "state"), text(d, s, "reason")};
	}
	r->steps = steps;
	r->plan_next = text(d, o, "next");
}

static void
sources(struct json_in *d, const json_t *all, struct report *r)
{
	struct source_line *lines = list(d, all, sizeof *lines, &r->n_sources);

	for (size_t i = 0; i < r->n_sources; i++) {
		const json_t *s = json_array_get(all, i);

		lines[i] = (struct source_line){.id = needed(d, s, "id"),
		    .kind = needed(d, s, "kind"),
		    .status = needed(d, s, "status"),
		    .version = text(d, s, "version"),
		    .reason = text(d, s, "reason"),
		    .endpoint = text(d, s, "endpoint"),
		    .origin = text(d, s, "origin"),
		    .tls = text(d, s, "tls"),
		    .privilege = text(d, s, "privilege"),
		    .needless = json_is_false(json_object_get(s, "needed")),
		    .duration_ms = number(d, s, "duration_ms"),
		    .node = text(d, s, "node")};
	}
	r->sources = lines;
}

static void
facts(struct json_in *d, const json_t *all, struct report *r)
{
	struct fact_line *lines = list(d, all, sizeof *lines, &r->n_facts);

	for (size_t i = 0; i < r->n_facts; i++) {
		const json_t *f = json_array_get(all, i);

		lines[i] = (struct fact_line){needed(d, f, "table"), needed(d, f, "database"), needed(d, f, "status"),
		    text(d, f, "reason"), number(d, f, "rows")};
	}
	r->facts = lines;
}

const struct report *
report_read(struct arena *a, const char *source, size_t len, struct err *e)
{
	json_error_t why;
	CLEANUP(json_drop) json_t *root = json_loadb(source, len, JSON_REJECT_DUPLICATES, &why);
	struct report *r = memset(arena_alloc(a, sizeof *r), 0, sizeof *r);
	struct json_in d = {.a = a};
	const json_t *next = json_object_get(root, "next");

	if (root == NULL) {
		(void)fail(e, NOWHERE, "line %d: %s", why.line, why.text);
		return NULL;
	}
	if (strncmp(text(&d, json_object_get(root, "schema"), "version"), "1.", 2) != 0) {
		(void)fail(e, NOWHERE, "it is no report of schema version 1");
		return NULL;
	}
	run(&d, root, r);
	target(&d, object(&d, root, "target"), r);
	plan(&d, object(&d, root, "plan"), r);
	gate(&d, object(&d, root, "gate"), root, &r->gate);
	r->has_next = json_is_object(next);
	if (r->has_next)
		gate(&d, next, next, &r->next);
	sources(&d, array(&d, root, "sources"), r);
	facts(&d, array(&d, root, "facts"), r);
	if (d.bad == NULL)
		return r;
	(void)fail(e, NOWHERE, "the member \"%s\" is missing or wrong", d.bad);
	return NULL;
}
