/*
 * `preflight sources`: prints which sources were found and whether they answer, a configuration file, or the SQL
 * of a role. Evaluates no rule.
 */
#include <stdio.h>
#include <string.h>

#include "commands/cli.h"
#include "commands/output.h"
#include "verdict/assess.h"
#include "discovery/name_rules.h"
#include "discovery/name_sources.h"
#include "discovery/print_config.h"
#include "discovery/read_live.h"
#include "sources/collect.h"
#include "base/json.h"
#include "base/text.h"
#include "base/version.h"

static void
add_table(struct arena *a, struct texts *t, const char *name)
{
	const char *dot = strchr(name, '.'), *second = dot != NULL ? strchr(dot + 1, '.') : NULL;
	const char *table = second != NULL ? arena_strndup(a, name, (size_t)(second - name)) : name;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->items[i], table) == 0)
			return;
	ARENA_PUSH(a, t, table);
}

static void
add_over(struct arena *a, struct texts *t, const struct fact *f, const struct rows *over, const struct rows *but)
{
	struct texts relations = {0};

	source_kind_find(f->source)->over_relations(over, but, a, &relations);
	for (size_t i = 0; i < relations.n; i++)
		add_table(a, t, relations.items[i]);
}

/* The installed release's structure has some of it already. */
static void
add_after(
    const struct ruleset *set, const struct snapshot *releases, struct arena *a, struct texts *t, const struct fact *f)
{
	for (size_t i = 0; i < f->n_after; i++) {
		const struct fact *after = fact_find(&set->facts, f->after[i]);
		const struct rows *over = snapshot_find(releases, after, f->after_parts[0]), *but = NULL;

		for (size_t k = 0; k < after->n_parts; k++)
			if (strcmp(after->parts[k], f->after_parts[0]) != 0)
				but = snapshot_find(releases, after, after->parts[k]);
		if (over != NULL)
			add_over(a, t, f, over, but != NULL && but->status == PS_COMPLETE ? but : NULL);
	}
}

static struct texts
tables_read(const struct ruleset *set, const struct snapshot *releases, struct arena *a)
{
	struct texts t = {0};

	/* The tables by which a database is recognised as GitLab's. */
	add_table(a, &t, "public.schema_migrations");
	add_table(a, &t, "public.ar_internal_metadata");
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];

		if (strcmp(f->source, "postgres") != 0)
			continue;
		if (f->over != NULL)
			add_over(a, &t, f, f->over, NULL);
		else if (fact_takes_rows(f))
			add_after(set, releases, a, &t, f);
		else if (f->from != NULL)
			add_table(a, &t, f->from);
		for (size_t g = 0; g < f->n_grants; g++)
			add_table(a, &t, f->grants[g]);
		for (size_t v = 0; v < f->n_variants; v++)
			for (size_t u = 0; u < f->variants[v].n_uses; u++)
				add_table(a, &t, f->variants[v].uses[u]);
	}
	return t;
}

/* Tables that this release does not have are left out by the DO block, not an error. */
static void
print_grants(const struct ruleset *set, const struct snapshot *releases, struct arena *a)
{
	const struct texts t = tables_read(set, releases, a);

	(void)printf("-- A role that can read what preflight reads, and nothing else. Run it as superuser in each\n"
		     "-- database of GitLab, then give the role a password of its own: \\password preflight\n"
		     "DO $$\nDECLARE\n\tname text;\nBEGIN\n"
		     "\tIF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'preflight') THEN\n"
		     "\t\tCREATE ROLE preflight LOGIN;\n\tEND IF;\n"
		     "\tEXECUTE format('GRANT CONNECT ON DATABASE %%I TO preflight', current_database());\n"
		     "\tGRANT USAGE ON SCHEMA public TO preflight;\n"
		     "\tGRANT pg_read_all_stats TO preflight;\n\tFOREACH name IN ARRAY ARRAY[\n");
	for (size_t i = 0; i < t.n; i++)
		(void)printf("\t\t'%s'%s\n", t.items[i], i + 1 < t.n ? "," : "");
	(void)printf("\t] LOOP\n\t\tIF to_regclass(name) IS NOT NULL THEN\n"
		     "\t\t\tIF name NOT LIKE 'public.%%' THEN\n"
		     "\t\t\t\tEXECUTE format('GRANT USAGE ON SCHEMA %%I TO preflight', split_part(name, '.', 1));\n"
		     "\t\t\tEND IF;\n"
		     "\t\t\tEXECUTE format('GRANT SELECT ON %%s TO preflight', to_regclass(name));\n"
		     "\t\tEND IF;\n\tEND LOOP;\nEND\n$$;\n");
}

/* The structures of the releases that were named or found; nothing else is contacted. */
static bool
read_releases(const struct options *o, const struct ruleset *set, struct arena *a, struct snapshot *out, struct err *e)
{
	static const struct left_outs nothing;
	struct live_reading read;
	struct live_limits limits;
	struct source *sources;
	size_t n, kept = 0;

	if (o->release == NULL)
		return true;
	if (!live_limits_of(o, &limits, e) || !name_sources(o, set, &nothing, a, &sources, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(sources[i].kind, "release") == 0)
			sources[kept++] = sources[i];
	read_live(set, sources, kept, &nothing, installed_key(o->from), limits, a, &read);
	if (!read.asked_complete)
		return fail(e, NOWHERE, "%s: the release could not be read", o->release);
	return snapshot_read(out, &set->facts, &read.facts, a, e);
}

static int
print_role(const struct options *o, const struct ruleset *set, struct arena *a)
{
	struct snapshot *releases = snapshot_new();
	struct err e;
	bool ok = read_releases(o, set, a, releases, &e);

	if (ok)
		print_grants(set, releases, a);
	snapshot_free(releases);
	return ok ? EXIT_GO : complain(&e);
}

/* Sources that were specified or found, and required ones. */
static bool
is_shown(const struct instance *inst, size_t i)
{
	return inst->sources[i].requested || inst->sources[i].needed;
}

static json_t *
text_json(const char *s)
{
	return s[0] != '\0' ? json_string(s) : json_null();
}

static void
print_json(const struct instance *inst, const struct report *r)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_line *s = &r->sources[i];

		if (is_shown(inst, i))
			(void)json_array_append_new(list,
			    json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", s->id, "node",
				text_json(s->node), "kind", s->kind, "origin", text_json(s->origin), "endpoint",
				text_json(s->endpoint), "status", s->status, "version", text_json(s->version), "tls",
				text_json(s->tls), "privilege", text_json(s->privilege), "reason",
				text_json(s->reason)));
	}
	all = json_pack("{s:{s:s, s:s, s:s}, s:o}", "target", "current_version", r->current_version, "install_method",
	    r->install_method, "edition", r->edition, "sources", list);
	(void)json_print(all, 2, stdout);
	json_decref(all);
}

static void
print_text(const struct instance *inst, const struct report *r)
{
	(void)printf("GitLab %s, %s\n\n", r->current_version, r->install_title);
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_line *s = &r->sources[i];

		if (!is_shown(inst, i))
			continue;
		(void)printf(
		    "%-15s %-14s %s%s%s\n", s->id, s->status, s->node, s->node[0] != '\0' ? ": " : "", s->endpoint);
		if (s->origin[0] != '\0')
			(void)printf("%31s%s\n", "", s->origin);
		if (s->reason[0] != '\0')
			(void)printf("%31s%s\n", "", s->reason);
	}
}

/* One that answers, and is not this GitLab's. */
static bool
lacks_required(const struct instance *inst)
{
	for (size_t i = 0; i < inst->n_sources; i++)
		if (inst->sources[i].decl->need == SN_REQUIRED && inst->sources[i].foreign != NULL)
			return true;
	return false;
}

static int
try_sources(const struct options *o, const struct ruleset *set, struct arena *a, bool json)
{
	static const struct left_outs nothing;
	CLEANUP(assessment_drop) struct assessment an = {0};
	struct inputs in = {0};
	struct live_limits limits;
	struct source *sources;
	struct live_reading s;
	struct err e;
	size_t n;

	if (!live_limits_of(o, &limits, &e))
		return complain(&e);
	if (!inputs_from(&in, o->from, &e))
		return complain(&e);
	if (!name_sources(o, set, &nothing, a, &sources, &n, &e))
		return complain(&e);
	read_live(set, sources, n, &nothing, installed_key(o->from), limits, a, &s);
	if (!assess(&an, set, &s.facts, NULL, &in, false, &e))
		return complain(&e);
	if (o->print_config)
		print_config_file(o, sources, n, an.report, stdout);
	else if (json)
		print_json(an.instance, an.report);
	else
		print_text(an.instance, an.report);
	return s.required_complete && !lacks_required(an.instance) ? EXIT_GO : EXIT_UNDETERMINED;
}

int
cmd_sources(const struct options *o, struct arena *a)
{
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	static const char *const names[] = {"text", "json", NULL};
	size_t json;
	struct err e;

	if (o->words.n > 0)
		return usage_error("sources takes no argument \"%s\"", o->words.items[0]);
	if (!output_choose("sources", o, names, &json, &e))
		return complain(&e);
	set = named_rules(o, false, a);
	if (set == NULL)
		return EXIT_USAGE;
	if (!o->print_role)
		return try_sources(o, set, a, json == 1);
	return print_role(o, set, a);
}
