/*
 * Chooses the steps that clear a finding, for its install method, and fills in its values. Commands are quoted so
 * that they work when pasted; none is executed.
 */
#include "verdict/remedy.h"

#include <string.h>

#include "ruleset/message.h"
#include "base/text.h"

#define COMMAND_MAX 32768

struct steps {
	struct remedy_step *items;
	size_t n, cap;
};

struct expansion {
	const struct instance *inst;
	const struct field *fields;
	size_t n_fields;
};

bool
conditions_hold(const struct conditions *where, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < where->n; i++) {
		const struct condition *c = &where->items[i];
		bool ok = false;

		for (size_t f = 0; f < n && !ok; f++)
			for (size_t v = 0; v < c->values.n && strcmp(fields[f].name, c->column) == 0; v++)
				ok = ok || strcmp(fields[f].value, c->values.items[v]) == 0;
		if (!ok)
			return false;
	}
	return true;
}

static const char *
take(struct arena *a, struct buf *b)
{
	const char *s = b->over ? NULL : arena_strdup(a, b->p);

	buf_free(b);
	return s;
}

static const char *
expand(const struct expansion *x, const char *tmpl, enum quoting q)
{
	struct buf b;

	if (strchr(tmpl, '{') == NULL)
		return tmpl; /* most are the same for each finding, and for each install method */
	buf_init(&b, COMMAND_MAX);
	message_expand(&b, tmpl, x->fields, x->n_fields, q);
	return take(x->inst->arena, &b);
}

/* "{}" in an install method's command line becomes the quoted word. */
static const char *
wrap(const struct expansion *x, const char *tmpl, const char *word)
{
	const char *hole = strstr(tmpl, "{}");
	struct buf b;

	buf_init(&b, COMMAND_MAX);
	buf_addn(&b, tmpl, hole != NULL ? (size_t)(hole - tmpl) : strlen(tmpl));
	if (hole == NULL)
		buf_addc(&b, ' ');
	text_shell_word(&b, word);
	if (hole != NULL)
		buf_add(&b, hole + 2);
	return take(x->inst->arena, &b);
}

/* task[a,b,c] as rake reads it; NULL if an argument cannot pass. `task`: up to the blank before NAME=value. */
static const char *
rake_word(const struct expansion *x, const struct step_decl *s, const char *task)
{
	struct buf b;
	bool ok = true;

	buf_init(&b, COMMAND_MAX);
	message_expand(&b, task, x->fields, x->n_fields, Q_PLAIN);
	for (size_t i = 0; i < s->rake_args.n && ok; i++) {
		const char *value = expand(x, s->rake_args.items[i], Q_PLAIN);

		buf_addc(&b, i == 0 ? '[' : ',');
		ok = value != NULL && text_rake_argument(&b, value);
	}
	if (s->rake_args.n > 0)
		buf_addc(&b, ']');
	b.over = b.over || !ok;
	return take(x->inst->arena, &b);
}

/* The line of a task, with the variables behind it: "db:migrate:up VERSION=1". */
static const char *
rake_line(const struct expansion *x, const struct step_decl *s, const char *tmpl)
{
	const char *blank = strchr(s->rake, ' '), *hole = strstr(tmpl, "{}"), *line;
	struct arena *a = x->inst->arena;
	const char *word = rake_word(
	    x, s, blank != NULL ? arena_strndup(a, s->rake, (size_t)(blank - s->rake)) : s->rake);

	if (word == NULL || blank == NULL || hole == NULL)
		return word != NULL ? wrap(x, tmpl, word) : NULL;
	line = arena_printf(a, "%.*s%s%s", (int)(hole + 2 - tmpl), tmpl, blank, hole + 2);
	return wrap(x, line, word);
}

/* The command line of the method for the database that the finding is about, or NULL. */
static const char *
sql_line(const struct expansion *x, const struct install_method *m)
{
	for (size_t i = 0; i < x->n_fields; i++)
		if (strcmp(x->fields[i].name, "database") == 0 && strcmp(x->fields[i].value, "main") != 0)
			return m->sql_of != NULL ? expand(x, m->sql_of, Q_SHELL) : NULL;
	return m->sql;
}

/* A command that runs where GitLab does. */
static bool
runs_inside(const struct step_decl *s)
{
	return s->rake != NULL || s->runner != NULL || s->sql != NULL;
}

static const char *
command_of(const struct expansion *x, const struct step_decl *s, const struct install_method *m)
{
	const char *word;

	if (s->shell != NULL)
		return expand(x, s->shell, Q_SHELL);
	if (m == NULL)
		return NULL;
	if (s->rake != NULL)
		return rake_line(x, s, m->rake);
	if (s->runner != NULL) {
		word = expand(x, s->runner, Q_RUBY);
		return word != NULL ? wrap(x, m->runner, word) : NULL;
	}
	if (s->sql != NULL) {
		const char *line = sql_line(x, m);

		word = expand(x, s->sql, Q_PLAIN);
		return word != NULL && line != NULL ? wrap(x, line, word) : NULL;
	}
	return NULL;
}

static bool
depends_on_method(const struct step_decl *s)
{
	return runs_inside(s) || s->methods.n > 0;
}

/* Whether a command uses the variable that the line "NAME=value" sets. */
static bool
uses_setup(struct arena *a, const char *command, const char *setup)
{
	const char *name = setup + (strncmp(setup, "export ", 7) == 0 ? 7 : 0);

	return command != NULL && strstr(command, arena_printf(a, "\"$%.*s\"", (int)strcspn(name, "="), name)) != NULL;
}

/* The steps of one method; the line that finds the container or pod comes before the first command that uses it. */
static void
method_steps(const struct expansion *x, const struct remedy_decl *decl, struct hop hop, const struct install_method *m,
    struct steps *out)
{
	bool set_up = m == NULL || m->setup == NULL;

	for (size_t i = 0; i < decl->steps.n; i++) {
		const struct step_decl *s = &decl->steps.items[i];
		const char *command;
		struct remedy_step step;

		if (!step_is_for(s, m) || !hop_in_range(&s->when, hop.from, hop.to) ||
		    !conditions_hold(&s->where, x->fields, x->n_fields))
			continue;
		command = command_of(x, s, m);
		if (!set_up && (runs_inside(s) || uses_setup(x->inst->arena, command, m->setup))) {
			step = (struct remedy_step){
			    .text = "Name the place where GitLab's commands run", .command = m->setup};
			ARENA_PUSH(x->inst->arena, out, step);
			set_up = true;
		}
		step = (struct remedy_step){
		    .text = expand(x, s->text, Q_PLAIN), .optional = s->optional, .last = s->last};
		if (step.text == NULL)
			step.text = s->text;
		step.command = command;
		if (step.command == NULL && (runs_inside(s) || s->shell != NULL))
			step.text = arena_printf(x->inst->arena,
			    "%s (the values cannot be written on a "
			    "command line: use the Rails console)",
			    step.text);
		ARENA_PUSH(x->inst->arena, out, step);
	}
}

static void
add_method(const struct expansion *x, const struct remedy_decl *decl, struct hop hop, const struct install_method *m,
    struct remedy *list, size_t *n)
{
	struct steps steps = {0};

	method_steps(x, decl, hop, m, &steps);
	if (steps.n > 0)
		list[(*n)++] = (struct remedy){.install_method = m != NULL ? m->name : "any",
		    .install_title = m != NULL ? m->title : "",
		    .steps = steps.items,
		    .n_steps = steps.n};
}

void
remedy_expand(const struct instance *inst, const struct remedy_decl *decl, struct hop hop, const struct field *fields,
    size_t n_fields, const struct remedy **out, size_t *n_out)
{
	const struct expansion x = {.inst = inst, .fields = fields, .n_fields = n_fields};
	const struct install_method *own = ruleset_method(inst->set, inst->install_method);
	struct remedy *list = arena_alloc(inst->arena, (inst->set->methods.n + 1) * sizeof *list);
	bool depends = false;
	size_t n = 0;

	for (size_t i = 0; decl != NULL && i < decl->steps.n; i++)
		depends = depends ||
		    (depends_on_method(&decl->steps.items[i]) &&
			hop_in_range(&decl->steps.items[i].when, hop.from, hop.to) &&
			conditions_hold(&decl->steps.items[i].where, fields, n_fields));
	if (decl != NULL && !depends)
		add_method(&x, decl, hop, NULL, list, &n);
	if (depends && own != NULL)
		add_method(&x, decl, hop, own, list, &n);
	for (size_t i = 0; depends && i < inst->set->methods.n; i++)
		if (&inst->set->methods.items[i] != own && inst->set->methods.items[i].variant_of == NULL)
			add_method(&x, decl, hop, &inst->set->methods.items[i], list, &n);
	*out = list;
	*n_out = n;
}
