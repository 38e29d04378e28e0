/*
 * Options from the environment (PREFLIGHT_*) and from --config, for whatever the command line did not set. Every
 * fault names its file and line; the meaning of an option is not checked here.
 */
#include "commands/option_layers.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "commands/option_table.h"

#define FILE_MAX ((size_t)64 * 1024)

static bool
is_said(const struct options *out, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(out->said.items[i].name, name) == 0)
			return true;
	return false;
}

/* "yes" and "no" as words of a setting. */
static bool
read_flag(const char *text, bool *on)
{
	static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

	for (size_t i = 0; i < nitems(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*on = i % 2 == 1;
			return true;
		}
	return false;
}

static void
add_lines(const struct option *o, const char *value, const char *by, struct options *out, struct arena *a)
{
	for (const char *p = value; *p != '\0'; p += *p == '\n') {
		size_t n = strcspn(p, "\n");

		if (n > 0)
			option_set(o, arena_strndup(a, p, n), by, out, a);
		p += n;
	}
}

int
options_from_environment(unsigned command, struct options *out, struct arena *a)
{
	size_t flags = out->said.n;

	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];
		const char *name = option_variable(o, a), *value = name != NULL ? getenv(name) : NULL;
		bool on = true;

		if ((o->commands & command) == 0 || value == NULL || value[0] == '\0' || is_said(out, flags, o->name))
			continue;
		if (o->kind == OK_FLAG && !read_flag(value, &on))
			return usage_error("%s is \"%s\": it is yes or no", name, value);
		if (o->kind == OK_LIST)
			add_lines(o, value, name, out, a);
		else if (on)
			option_set(o, value, name, out, a);
	}
	return EXIT_GO;
}

struct option_layer {
	unsigned command; /* CMD_* */
	struct options *out;
	struct arena *arena;
	struct faults faults;
	size_t above;            /* number of options that flags and the environment set */
	const char *shown, *dir; /* name of the file as given; its directory with a slash, or "" */
};

/* A login in the file is for the address in the file, and for no other. */
static bool
is_overruled(const struct option_layer *l, const struct option *o)
{
	static const char *const kinds[][2] = {
	    {"search-", "search"}, {"gitlab-", "gitlab"}, {"redis-", "redis"}, {"sentinel-", "redis"}};

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strncmp(o->name, kinds[i][0], strlen(kinds[i][0])) == 0 && is_said(l->out, l->above, kinds[i][1]))
			return true;
	return is_said(l->out, l->above, o->name);
}

static void
take_text(struct option_layer *l, const struct option *o, const struct ynode *v, const char *text)
{
	const char *by = arena_printf(l->arena, "%s:%u", l->shown, v->at.line);
	bool file = strcmp(o->argument != NULL ? o->argument : "", "FILE") == 0 ||
	    strcmp(o->argument != NULL ? o->argument : "", "DIR") == 0;

	if (text[0] == '\0')
		faults_add(&l->faults, v->at, "%s needs a value that is not empty", o->name);
	else
		option_set(o, file && text[0] != '/' ? arena_printf(l->arena, "%s%s", l->dir, text) : text, by, l->out,
		    l->arena);
}

static void
take_flag(struct option_layer *l, const struct option *o, const struct ynode *v)
{
	bool on;

	if (v->kind != Y_SCALAR || !read_flag(v->text, &on))
		faults_add(&l->faults, v->at, "%s is yes or no", o->name);
	else if (on)
		option_set(o, v->text, arena_printf(l->arena, "%s:%u", l->shown, v->at.line), l->out, l->arena);
}

/* `[a, b]`, or `{NAME: value}` for an option that is NAME=VALUE on the command line. */
static void
take_list(struct option_layer *l, const struct option *o, const struct ynode *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct ynode *item = v->items[i];

		if (item->kind != Y_SCALAR)
			faults_add(&l->faults, item->at, "%s: expected a text, such as %s", o->name, o->argument);
		else if (v->kind == Y_MAP && strchr(o->argument, '=') == NULL)
			faults_add(
			    &l->faults, v->keys[i]->at, "%s is a list, [%s, ...], and no map", o->name, o->argument);
		else
			take_text(l, o, item,
			    v->kind == Y_MAP ? arena_printf(l->arena, "%s=%s", v->keys[i]->text, item->text)
					     : item->text);
	}
}

/* The option of this command, or of another one: a file may serve several. */
static const struct option *
option_named(const char *name, unsigned command)
{
	const struct option *found = NULL;

	for (size_t i = 0; i < n_options; i++)
		if (strcmp(option_table[i].name, name) == 0 &&
		    (found == NULL || (option_table[i].commands & command) != 0))
			found = &option_table[i];
	return found;
}

static void
unknown_key(struct option_layer *l, const struct ynode *key)
{
	const char **words = arena_alloc(l->arena, n_options * sizeof *words), *near;
	size_t n = 0;

	for (size_t i = 0; i < n_options; i++)
		if ((option_table[i].commands & ONCE) == 0)
			words[n++] = option_table[i].name;
	near = closest(key->text, words, n);
	faults_add(&l->faults, key->at, "there is no option \"%s\"%s%s%s", key->text,
	    near != NULL ? ": did you mean \"" : ": the keys are the long options of a command, without the dashes",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static void
take_key(struct option_layer *l, const struct ynode *key, const struct ynode *v)
{
	const struct option *o = option_named(key->text, l->command);

	if (o == NULL)
		unknown_key(l, key);
	else if ((o->commands & ONCE) != 0 || strcmp(o->name, "config") == 0)
		faults_add(&l->faults, key->at, "%s belongs on the command line", o->name);
	else if ((o->commands & l->command) == 0 || is_overruled(l, o))
		return;
	else if (o->kind == OK_FLAG)
		take_flag(l, o, v);
	else if (v->kind == Y_SCALAR)
		take_text(l, o, v, v->text);
	else if (o->kind == OK_LIST)
		take_list(l, o, v);
	else
		faults_add(&l->faults, v->at, "%s is one text: %s", o->name, o->argument);
}

static int
refuse(struct faults *faults)
{
	faults_print(faults);
	faults_free(faults);
	return EXIT_USAGE;
}

int
options_from_file(unsigned command, struct options *out, struct arena *a)
{
	struct option_layer l = {
	    .command = command, .out = out, .arena = a, .above = out->said.n, .shown = out->config};
	struct yfile *f = arena_alloc(a, sizeof *f);
	const struct ynode *root;
	const char *slash;
	struct err e;

	if (out->config == NULL)
		return EXIT_GO;
	if (!file_read(a, out->config, FILE_MAX, &f->text, &f->len, &e))
		return usage_error("--config %s: %s", out->config, e.msg);
	slash = strrchr(out->config, '/');
	l.dir = slash != NULL ? arena_strndup(a, out->config, (size_t)(slash + 1 - out->config)) : "";
	f->path = out->config;
	root = yaml_parse(a, f, &l.faults);
	if (root != NULL && root->kind != Y_MAP)
		faults_add(&l.faults, root->at, "a configuration is a map: option: value");
	for (size_t i = 0; root != NULL && root->kind == Y_MAP && i < root->n; i++)
		take_key(&l, root->keys[i], root->items[i]);
	if (l.faults.n > 0)
		return refuse(&l.faults);
	faults_free(&l.faults);
	return EXIT_GO;
}
