/*
 * Reads the sections `rules`, `remedies` and `install_methods`. Checks the form of each rule; ruleset_tests.c
 * reads its tests, and ruleset_resolve.c checks the names they use.
 */
#include "ruleset/ruleset_rules.h"

#include <string.h>

#include "base/version.h"
#include "ruleset/engine_rules.h"
#include "ruleset/ruleset_tests.h"

static const char *const severities[] = {"notice", "warning", "blocker", NULL};

/* bbm.unfinished: at least two words of [a-z0-9-], joined by dots; ids name links and files. */
static bool
is_rule_id(const char *s)
{
	size_t dots = 0, n = strlen(s);

	if (n == 0 || n > 80 || s[0] < 'a' || s[0] > 'z' || s[n - 1] == '.')
		return false;
	for (const char *p = s; *p != '\0'; p++) {
		if (*p == '.' && p[1] == '.')
			return false;
		dots += *p == '.';
	}
	return dots > 0 && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0';
}

static bool
read_refs(struct loader *l, const struct ynode *list, struct refs *out)
{
	static const struct field_spec fields[] = {
	    {"title", FK_LINE, offsetof(struct reference, title), true, NULL},
	    {"url", FK_LINE, offsetof(struct reference, url), true, NULL},
	};

	if (list == NULL)
		return true;
	if (!read_is_list(l, list, "refs"))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		struct reference r = {0};

		if (!read_map(l, list->items[i], "a reference", fields, nitems(fields), &r))
			return false;
		if (strncmp(r.url, "https://", 8) != 0) {
			faults_add(l->faults, list->items[i]->at, "url must begin with https://");
			return false;
		}
		ARENA_PUSH(l->arena, out, r);
	}
	return true;
}

static bool
read_cures(struct loader *l, const struct ynode *list, struct cures *out)
{
	struct raw {
		const char *from, *to, *says;
		const struct ynode *where;
	};
	static const struct field_spec fields[] = {
	    {"from", FK_RANGE, offsetof(struct raw, from), true, NULL},
	    {"to", FK_RANGE, offsetof(struct raw, to), true, NULL},
	    {"says", FK_LINE, offsetof(struct raw, says), true, NULL},
	    {"where", FK_NODE, offsetof(struct raw, where), false, NULL},
	};

	if (list == NULL)
		return true;
	if (!read_is_list(l, list, "cured_by"))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		struct raw raw = {0};
		struct cure c = {0};

		if (!read_map(l, list->items[i], "cured_by", fields, nitems(fields), &raw) ||
		    !read_conditions(l, raw.where, &c.where))
			return false;
		c.hop = (struct hop_range){.from = raw.from, .to = raw.to};
		c.says = raw.says;
		ARENA_PUSH(l->arena, out, c);
	}
	return true;
}

struct raw_rule {
	struct rule rule;
	struct sql violations, concerns;
	const struct ynode *applies, *when, *refs, *cured_by, *tests;
};
#define IN_RULE(f) (offsetof(struct raw_rule, rule) + offsetof(struct rule, f))

static const char *const rule_kinds[] = {"sql", "version", "manual", "engine", NULL};
static const char *const phases[] = {"before", "after", NULL};
static const char *const confidences[] = {"documented", "source", "unverified", NULL};

static const struct field_spec rule_fields[] = {
    {"id", FK_LINE, IN_RULE(id), true, NULL},
    {"title", FK_LINE, IN_RULE(title), true, NULL},
    {"expects", FK_LINE, IN_RULE(expects), false, NULL},
    {"headline", FK_LINE, IN_RULE(headline), false, NULL},
    {"kind", FK_WORD, IN_RULE(kind), false, rule_kinds},
    {"phase", FK_WORD, IN_RULE(phase), false, phases},
    {"severity", FK_WORD, IN_RULE(severity), true, severities},
    {"confidence", FK_WORD, IN_RULE(confidence), true, confidences},
    {"applies", FK_NODE, offsetof(struct raw_rule, applies), true, NULL},
    {"when", FK_NODE, offsetof(struct raw_rule, when), false, NULL},
    {"violations", FK_SQL, offsetof(struct raw_rule, violations), false, NULL},
    {"concerns", FK_SQL, offsetof(struct raw_rule, concerns), false, NULL},
    {"key", FK_LINE, IN_RULE(key), false, NULL},
    {"message", FK_TEXT, IN_RULE(message), true, NULL},
    {"why", FK_TEXT, IN_RULE(why), true, NULL},
    {"note", FK_LINE, IN_RULE(note), false, NULL},
    {"source", FK_TEXT, IN_RULE(source_of_fact), false, NULL},
    {"remedy", FK_LINE, IN_RULE(remedy), true, NULL},
    {"refs", FK_NODE, offsetof(struct raw_rule, refs), false, NULL},
    {"aliases", FK_TEXTS, IN_RULE(aliases), false, NULL},
    {"cured_by", FK_NODE, offsetof(struct raw_rule, cured_by), false, NULL},
    {"whole", FK_BOOL, IN_RULE(whole), false, NULL},
    {"acceptable", FK_BOOL, IN_RULE(acceptable), false, NULL},
    {"confirm", FK_BOOL, IN_RULE(confirm), false, NULL},
    {"tests", FK_NODE, offsetof(struct raw_rule, tests), true, NULL},
};

static void
check_rule(struct loader *l, const struct ynode *node, const struct raw_rule *raw)
{
	const struct rule *r = &raw->rule;

	if (!is_rule_id(r->id))
		faults_add(l->faults, yaml_get(node, "id")->at,
		    "id \"%s\" must be small words joined by dots, such as bbm.unfinished", r->id);
	if (engine_id_find(r->id) != NULL)
		faults_add(l->faults, yaml_get(node, "id")->at,
		    "%s is a finding of preflight itself: its kind is engine", r->id);
	if ((r->kind == RK_SQL) != (raw->violations.text != NULL))
		faults_add(l->faults, node->at, "violations belongs to rules of kind sql, and only to them");
	if (raw->concerns.text != NULL && r->kind != RK_MANUAL)
		faults_add(l->faults, yaml_get(node, "concerns")->at, "concerns belongs to rules of kind manual");
	if (r->kind == RK_SQL && r->key == NULL)
		faults_add(l->faults, node->at, "a rule of kind sql needs the key \"key\"");
	if (r->kind != RK_SQL && r->key != NULL)
		faults_add(l->faults, yaml_get(node, "key")->at, "key belongs to rules of kind sql");
	if ((r->kind == RK_VERSION) != (r->when.from != NULL || r->when.to != NULL))
		faults_add(l->faults, node->at, "when (from, to) belongs to rules of kind version, and they need it");
	if ((r->kind == RK_MANUAL) != (r->expects == NULL))
		faults_add(l->faults, node->at,
		    r->expects == NULL ? "a rule that can pass needs the key \"expects\": what is true then"
				       : "expects belongs to rules that can pass, and a manual one cannot");
	if (r->expects != NULL &&
	    (*r->expects == '\0' || strcmp(r->expects, r->title) == 0 || r->expects[strlen(r->expects) - 1] == '.'))
		faults_add(l->faults, yaml_get(node, "expects")->at,
		    "expects is a sentence without its full stop, and not the title");
	if (r->severity == SEV_BLOCKER && r->confidence == CF_UNVERIFIED)
		faults_add(l->faults, yaml_get(node, "severity")->at,
		    "unverified knowledge must not block: make it a warning");
}

/* Takes the rule, unless its id is taken. */
static void
add_rule(struct loader *l, const struct ynode *node, const struct rule *r)
{
	const struct rule *other = ruleset_rule(l->set, r->id);

	if (other != NULL)
		faults_add(l->faults, yaml_get(node, "id")->at, "the id %s is taken by %s:%u", r->id, other->file,
		    other->at.line);
	else
		ARENA_PUSH(l->arena, &l->set->rules, *r);
}

static void
check_engine_rule(struct loader *l, const struct ynode *node, const struct rule *r)
{
	const struct engine_id *e = engine_id_find(r->id);
	const char **ids, *near;

	if (e != NULL && r->severity < e->least)
		faults_add(
		    l->faults, yaml_get(node, "severity")->at, "%s must be a %s at least", r->id, severities[e->least]);
	if (e != NULL)
		return;
	ids = arena_alloc(l->arena, n_engine_ids * sizeof *ids);
	for (size_t i = 0; i < n_engine_ids; i++)
		ids[i] = engine_ids[i].id;
	near = closest(r->id, ids, n_engine_ids);
	faults_add(l->faults, yaml_get(node, "id")->at, "preflight has no finding \"%s\" of its own%s%s%s", r->id,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* The words of what preflight finds by itself: no query, no message, no test. */
static void
load_engine_rule(struct loader *l, const struct ynode *node)
{
	static const struct field_spec fields[] = {
	    {"id", FK_LINE, IN_RULE(id), true, NULL},
	    {"kind", FK_WORD, IN_RULE(kind), true, rule_kinds},
	    {"title", FK_LINE, IN_RULE(title), true, NULL},
	    {"severity", FK_WORD, IN_RULE(severity), true, severities},
	    {"why", FK_TEXT, IN_RULE(why), true, NULL},
	    {"remedy", FK_LINE, IN_RULE(remedy), false, NULL},
	    {"refs", FK_NODE, offsetof(struct raw_rule, refs), false, NULL},
	};
	struct raw_rule raw = {0};
	struct rule *r = &raw.rule;

	if (!read_map(l, node, "a rule of kind engine", fields, nitems(fields), &raw) ||
	    !read_refs(l, raw.refs, &r->refs))
		return;
	r->phase = PH_NEVER;
	r->at = node->at;
	r->file = l->file;
	r->pack = l->pack;
	r->remedy_at = r->remedy != NULL ? yaml_get(node, "remedy")->at : node->at;
	check_engine_rule(l, node, r);
	add_rule(l, node, r);
}

static bool
is_engine_rule(const struct ynode *node)
{
	const struct ynode *kind = node->kind == Y_MAP ? yaml_get(node, "kind") : NULL;

	return kind != NULL && kind->kind == Y_SCALAR && strcmp(kind->text, "engine") == 0;
}

static void
load_rule(struct loader *l, const struct ynode *node)
{
	struct raw_rule raw = {0};
	struct rule *r = &raw.rule;

	if (!read_map(l, node, "a rule", rule_fields, nitems(rule_fields), &raw))
		return;
	r->at = node->at;
	r->file = l->file;
	r->pack = l->pack;
	r->message_at = yaml_get(node, "message")->at;
	r->remedy_at = yaml_get(node, "remedy")->at;
	if (r->key != NULL)
		r->key_at = yaml_get(node, "key")->at;
	if (!read_hop_range(l, raw.applies, "applies", &r->applies) || !read_hop_range(l, raw.when, "when", &r->when) ||
	    !read_refs(l, raw.refs, &r->refs) || !read_cures(l, raw.cured_by, &r->cures) ||
	    !read_tests(l, raw.tests, &r->tests))
		return;
	check_rule(l, node, &raw);
	r->query = r->kind == RK_MANUAL ? raw.concerns : raw.violations;
	add_rule(l, node, r);
}

void
load_rules(struct loader *l, const struct ynode *list)
{
	if (!read_is_list(l, list, "rules"))
		return;
	for (size_t i = 0; i < list->n; i++)
		if (is_engine_rule(list->items[i]))
			load_engine_rule(l, list->items[i]);
		else
			load_rule(l, list->items[i]);
}

static bool
read_step(struct loader *l, const struct ynode *node, struct step_decl *out)
{
	struct raw {
		struct step_decl step;
		const struct ynode *when, *where;
	} raw = {0};
	static const struct field_spec fields[] = {
	    {"text", FK_TEXT, offsetof(struct raw, step.text), true, NULL},
	    {"shell", FK_LINE, offsetof(struct raw, step.shell), false, NULL},
	    {"rake", FK_LINE, offsetof(struct raw, step.rake), false, NULL},
	    {"arguments", FK_TEXTS, offsetof(struct raw, step.rake_args), false, NULL},
	    {"runner", FK_LINE, offsetof(struct raw, step.runner), false, NULL},
	    {"sql", FK_LINE, offsetof(struct raw, step.sql), false, NULL},
	    {"when", FK_NODE, offsetof(struct raw, when), false, NULL},
	    {"where", FK_NODE, offsetof(struct raw, where), false, NULL},
	    {"methods", FK_TEXTS, offsetof(struct raw, step.methods), false, NULL},
	    {"optional", FK_BOOL, offsetof(struct raw, step.optional), false, NULL},
	    {"last", FK_BOOL, offsetof(struct raw, step.last), false, NULL},
	};

	if (!read_map(l, node, "a step", fields, nitems(fields), &raw) ||
	    !read_hop_range(l, raw.when, "when", &raw.step.when) || !read_conditions(l, raw.where, &raw.step.where))
		return false;
	*out = raw.step;
	out->at = node->at;
	if ((out->shell != NULL) + (out->rake != NULL) + (out->runner != NULL) + (out->sql != NULL) > 1) {
		faults_add(l->faults, node->at, "a step has one of: shell, rake, runner, sql");
		return false;
	}
	return true;
}

static void
load_remedy(struct loader *l, const struct ynode *node)
{
	struct raw {
		const char *name;
		const struct ynode *steps;
	} raw = {0};
	static const struct field_spec fields[] = {
	    {"name", FK_LINE, offsetof(struct raw, name), true, NULL},
	    {"steps", FK_NODE, offsetof(struct raw, steps), true, NULL},
	};
	struct remedy_decl r = {.at = node->at};

	if (!read_map(l, node, "a remedy", fields, nitems(fields), &raw) || !read_is_list(l, raw.steps, "steps"))
		return;
	r.name = raw.name;
	r.steps.cap = raw.steps->n;
	r.steps.items = arena_alloc(l->arena, raw.steps->n * sizeof *r.steps.items);
	for (size_t i = 0; i < raw.steps->n; i++) {
		struct step_decl s = {0};

		if (read_step(l, raw.steps->items[i], &s))
			ARENA_PUSH(l->arena, &r.steps, s);
	}
	if (r.steps.n == 0)
		faults_add(l->faults, node->at, "remedy %s has no step", r.name);
	else if (ruleset_remedy(l->set, r.name) != NULL)
		faults_add(l->faults, node->at, "the remedy %s is declared twice", r.name);
	else
		ARENA_PUSH(l->arena, &l->set->remedies, r);
}

void
load_remedies(struct loader *l, const struct ynode *list)
{
	if (!read_is_list(l, list, "remedies"))
		return;
	for (size_t i = 0; i < list->n; i++)
		load_remedy(l, list->items[i]);
}

void
load_methods(struct loader *l, const struct ynode *list)
{
	static const struct field_spec fields[] = {
	    {"name", FK_LINE, offsetof(struct install_method, name), true, NULL},
	    {"title", FK_LINE, offsetof(struct install_method, title), true, NULL},
	    {"variant_of", FK_LINE, offsetof(struct install_method, variant_of), false, NULL},
	    {"setup", FK_LINE, offsetof(struct install_method, setup), false, NULL},
	    {"rake", FK_LINE, offsetof(struct install_method, rake), true, NULL},
	    {"runner", FK_LINE, offsetof(struct install_method, runner), true, NULL},
	    {"sql", FK_LINE, offsetof(struct install_method, sql), false, NULL},
	    {"sql_of", FK_LINE, offsetof(struct install_method, sql_of), false, NULL},
	};

	if (!read_is_list(l, list, "install_methods"))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct install_method m = {.at = list->items[i]->at};

		if (read_map(l, list->items[i], "an install method", fields, nitems(fields), &m))
			ARENA_PUSH(l->arena, &l->set->methods, m);
	}
}
