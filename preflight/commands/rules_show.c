/*
 * Prints one rule with its queries and remedies, and the list of known migrations. Read-only views of the rule set
 * for `preflight rules`.
 */
#include "commands/rules_show.h"

#include <string.h>

#include "base/json.h"
#include "base/version.h"

const char *
hop_range_text(struct arena *a, const struct hop_range *r)
{
	static const char *const hops[] = {[HOP_ANY] = "any upgrade step and the after-check",
	    [HOP_MINOR] = "steps to another minor",
	    [HOP_PATCH] = "patch steps",
	    [HOP_UNSAID] = "any upgrade step"};
	const char *s = hops[r->hop];

	if (r->from != NULL)
		s = arena_printf(a, "%s, from %s", s, r->from);
	if (r->to != NULL)
		s = arena_printf(a, "%s, to %s", s, r->to);
	return s;
}

static void
print_block(FILE *f, const char *indent, const char *text)
{
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		(void)fprintf(f, "%s%.*s\n", indent, (int)n, p);
		p += n + (p[n] == '\n');
	}
}

/* The statement that a declaration with `from` becomes, as one would type it. */
static void
print_composed(FILE *f, const struct fact *fact)
{
	(void)fputs("    SELECT ", f);
	for (size_t i = 0; i < fact->n_columns; i++) {
		const struct fact_column *c = &fact->columns[i];

		(void)fprintf(f, "%s%s%s%s%s", i > 0 ? ",\n           " : "", c->sql != NULL ? c->sql : "t.\"",
		    c->sql != NULL ? " AS \"" : "", c->name, "\"");
	}
	(void)fprintf(f, "\n      FROM %s AS t%s%s;\n", fact->from, fact->where != NULL ? "\n     WHERE " : "",
	    fact->where != NULL ? fact->where : "");
}

static void
print_fact(FILE *f, const struct fact *fact)
{
	(void)fprintf(f, "\n  %s, from %s", fact->table, fact->source);
	for (size_t i = 0; i < fact->n_parts && !fact->found_parts; i++)
		(void)fprintf(f, "%s%s", i == 0 ? " " : ", ", fact->parts[i]);
	if (fact->asked != NULL)
		(void)fprintf(f, ", read only where GitLab %s is installed", fact->asked);
	(void)fputc('\n', f);
	if (strcmp(fact->source, "postgres") != 0)
		return;
	if (fact->n_variants == 0)
		print_composed(f, fact);
	for (size_t i = 0; i < fact->n_variants; i++) {
		const struct fact_variant *v = &fact->variants[i];

		if (v->has != NULL || v->index != NULL)
			(void)fprintf(f, "    where %s exists:\n", v->has != NULL ? v->has : v->index);
		print_block(f, "    ", v->query);
	}
}

static void
print_facts(FILE *f, const struct rule *r)
{
	if (r->n_needs > 0)
		(void)fputs("\nWhat it reads; the SQL can be run by hand, with gitlab-psql\n", f);
	for (size_t i = 0; i < r->n_needs; i++)
		print_fact(f, r->needs[i]);
}

static void
print_meaning(FILE *f, const struct rule *r)
{
	static const char *const fails[] = {
	    [SEV_NOTICE] = "is shown, and changes nothing", [SEV_WARNING] = "warns", [SEV_BLOCKER] = "blocks: NO-GO"};
	static const char *const unknowns[] = {[SEV_NOTICE] = "is shown, and changes nothing",
	    [SEV_WARNING] = "warns",
	    [SEV_BLOCKER] = "blocks: UNDETERMINED"};

	(void)fputs("\nWhat its status means\n", f);
	if (r->kind == RK_ENGINE) {
		(void)fprintf(
		    f, "  fail            %s\n  unknown         %s\n", fails[r->severity], unknowns[r->severity]);
		return;
	}
	if (r->kind == RK_MANUAL) {
		(void)fprintf(f,
		    "  manual          a person must read it%s\n"
		    "  not_applicable  this instance has nothing that it is about\n",
		    r->confirm ? " and confirm that it is done" : "");
		return;
	}
	(void)fprintf(f, "  pass            nothing breaks it\n  fail            %s\n", fails[r->severity]);
	if (r->kind == RK_VERSION)
		return;
	(void)fprintf(f,
	    "  waiting         clears by itself%s\n"
	    "  unknown         a table that it needs could not be read; %s\n"
	    "  not_applicable  this instance has no such store\n"
	    "  skipped         the source was not requested, or left out on purpose\n",
	    r->severity == SEV_BLOCKER ? "; until then: WAIT" : "", unknowns[r->severity]);
}

/* A rake task or a runner line as this install method calls it, with the message's placeholders. */
static void
print_wrapped(FILE *f, const char *tmpl, const char *word)
{
	const char *hole = strstr(tmpl, "{}");

	(void)fprintf(f, "%.*s'%s'%s\n", (int)(hole - tmpl), tmpl, word, hole + 2);
}

static void
print_command(FILE *f, const struct ruleset *set, const struct step_decl *s, struct arena *a)
{
	const char *word = s->runner;

	if (s->shell != NULL)
		(void)fprintf(f, "        %s\n", s->shell);
	if (s->rake != NULL) {
		word = s->rake;
		for (size_t k = 0; k < s->rake_args.n; k++)
			word = arena_printf(a, "%s%s%s", word, k == 0 ? "[" : ",", s->rake_args.items[k]);
		word = s->rake_args.n > 0 ? arena_printf(a, "%s]", word) : word;
	}
	for (size_t i = 0; word != NULL && i < set->methods.n; i++) {
		const struct install_method *m = &set->methods.items[i];

		if (!step_is_for(s, m))
			continue;
		(void)fprintf(f, "      %s\n        ", m->title);
		if (m->setup != NULL)
			(void)fprintf(f, "%s\n        ", m->setup);
		print_wrapped(f, s->rake != NULL ? m->rake : m->runner, word);
	}
}

/* "(kind: redis; status: denied) ": for which findings the step is. */
static void
print_where(FILE *f, const struct conditions *where)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct condition *c = &where->items[i];

		(void)fprintf(f, "%s%s: ", i == 0 ? "(" : "; ", c->column);
		for (size_t k = 0; k < c->values.n; k++)
			(void)fprintf(f, "%s%s", k > 0 ? ", " : "", c->values.items[k]);
	}
	(void)fputs(where->n > 0 ? ") " : "", f);
}

static void
print_remedy(FILE *f, const struct ruleset *set, const struct rule *r, struct arena *a)
{
	const struct step_decls *steps;

	if (r->remedy_decl == NULL)
		return;
	steps = &r->remedy_decl->steps;
	(void)fprintf(f, "\nWhat clears it (%s)\n", r->remedy_decl->name);
	for (size_t i = 0; i < steps->n; i++) {
		const struct step_decl *s = &steps->items[i];

		(void)fputs("  - ", f);
		for (size_t k = 0; k < s->methods.n; k++)
			(void)fprintf(
			    f, "%s%s%s", k == 0 ? "(" : ", ", s->methods.items[k], k + 1 == s->methods.n ? ") " : "");
		print_where(f, &s->where);
		print_block(f, "", s->text);
		print_command(f, set, s, a);
	}
}

void
rules_show(FILE *f, const struct ruleset *set, const struct rule *r, struct arena *a)
{
	static const char *const kinds[] = {"SQL", "versions", "a person"};
	static const char *const confidences[] = {"documented by GitLab", "read in GitLab's source", "not verified"};

	(void)fprintf(f, "%s  %s\n%s\n\n", r->id, severity_word[r->severity], r->title);
	print_block(f, "  ", r->why);
	if (r->kind == RK_ENGINE)
		(void)fputs("\nDecided by    preflight itself, for every hop\n", f);
	else
		(void)fprintf(f, "\nAsked for     %s\nDecided by    %s, knowledge %s\n", hop_range_text(a, &r->applies),
		    kinds[r->kind], confidences[r->confidence]);
	(void)fprintf(f, "Declared in   %s:%u\n", r->file, r->at.line);
	if (r->source_of_fact != NULL)
		(void)fprintf(f, "Source        %s\n", r->source_of_fact);
	if (r->note != NULL)
		(void)fprintf(f, "Upgrade note  %s\n", r->note);
	print_meaning(f, r);
	if (r->query.text != NULL) {
		(void)fputs(r->kind == RK_MANUAL ? "\nIt is shown where this query over the snapshot has a row\n"
						 : "\nEach row of this query over the snapshot is one finding\n",
		    f);
		print_block(f, "    ", r->query.text);
	}
	print_facts(f, r);
	print_remedy(f, set, r, a);
	for (size_t i = 0; i < r->refs.n; i++)
		(void)fprintf(
		    f, "%s  %s\n    %s\n", i == 0 ? "\nRead\n" : "", r->refs.items[i].title, r->refs.items[i].url);
}

static const struct data_table *
known_table(const struct ruleset *set)
{
	for (size_t i = 0; i < set->tables.n; i++)
		if (strcmp(set->tables.items[i].fact.table, "known_migration") == 0)
			return &set->tables.items[i];
	return NULL;
}

static const char *
known_text(const struct data_table *t, const struct cell *row, const char *column, struct arena *a)
{
	int i = fact_column_find(&t->fact, column);
	char text[VERSION_TEXT];

	if (i < 0 || row[i].kind == CELL_NULL)
		return "";
	if (row[i].kind == CELL_TEXT)
		return row[i].s;
	return arena_strdup(a, version_minor_text(row[i].i, text));
}

bool
rules_known(FILE *f, const struct ruleset *set, bool json, struct arena *a)
{
	static const struct {
		const char *member, *column;
	} members[] = {{"kind", "kind"}, {"name", "name"}, {"version", "version"}, {"database", "database"},
	    {"table", "table_name"}, {"column", "column_name"}, {"arguments", "arguments"}, {"queued_in", "queued_in"},
	    {"required_in", "required_in"}, {"removed_in", "removed_in"}, {"note", "note"}};
	const struct data_table *t = known_table(set);
	json_t *list = json_array(), *all = json_pack("{s:o}", "known", list);

	for (size_t i = 0; t != NULL && i < t->rows->n; i++) {
		json_t *o = json_object();
		const char *words[nitems(members)];

		for (size_t k = 0; k < nitems(members); k++) {
			words[k] = known_text(t, t->rows->items[i], members[k].column, a);
			(void)json_object_set_new(o, members[k].member, json_string(words[k]));
		}
		(void)json_array_append_new(list, o);
		if (!json)
			(void)fprintf(f, "%-8s %-70s %-14s queued %-6s required %-6s %s\n", words[0], words[1],
			    words[2][0] != '\0' ? words[2] : words[4], words[7], words[8], words[10]);
	}
	if (json && t != NULL)
		(void)json_print(all, 1, f);
	json_decref(all);
	return t != NULL;
}
