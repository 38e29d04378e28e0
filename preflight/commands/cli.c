/*
 * From argv to a command: the command line, --help. What commands and options there are is in command_table.c and
 * option_table.c, what a file or the environment sets in option_layers.c.
 */
#include "commands/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "commands/help.h"
#include "commands/option_layers.h"

static int
unknown_option(const struct command *c, const char *word, struct arena *a)
{
	const char **words = arena_alloc(a, n_options * sizeof *words), *near;
	size_t n = 0, len = strcspn(word, "=");
	char name[64];

	for (size_t i = 0; i < n_options; i++)
		if ((option_table[i].commands & c->bit) != 0)
			words[n++] = option_table[i].name;
	(void)snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
	if (strncmp(name, "--", 2) == 0 && (strstr(name, "password") != NULL) && strstr(name, "-file") == NULL)
		return usage_error("a password never goes on the command line: use "
				   "--redis-password-file, PREFLIGHT_REDIS_PASSWORD, PGPASSFILE or PGPASSWORD");
	near = closest(name + strspn(name, "-"), words, n);
	if (near != NULL)
		return usage_error("%s has no option %s: did you mean --%s?", c->name, name, near);
	return usage_error("%s has no option %s: see preflight %s --help", c->name, name, c->name);
}

/* --name or --name=VALUE */
static const struct option *
find_option(const struct command *c, const char *word, const char **value)
{
	*value = NULL;
	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];
		size_t n = strlen(o->name);

		if ((o->commands & c->bit) == 0 || strncmp(word + 2, o->name, n) != 0)
			continue;
		if (word[2 + n] == '=')
			*value = word + 3 + n;
		if (word[2 + n] == '=' || word[2 + n] == '\0')
			return o;
	}
	return NULL;
}

/* What decides the verdict has one value on a command line; of other options the last one counts. */
static bool
decides_twice(const struct options *o, const char *name)
{
	static const char *const names[] = {"from", "to", "install-method", "path"};
	bool decides = false, given = false;

	for (size_t i = 0; i < nitems(names); i++)
		decides = decides || strcmp(names[i], name) == 0;
	for (size_t i = 0; i < o->said.n; i++)
		given = given || strcmp(o->said.items[i].name, name) == 0;
	return decides && given;
}

static const struct option *
find_letter(const struct command *c, char letter)
{
	for (size_t i = 0; i < n_options; i++)
		if ((option_table[i].commands & c->bit) != 0 && option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

static void
set(const struct option *o, const char *value, struct options *out, struct arena *a)
{
	option_set(o, value, arena_printf(a, "--%s", o->name), out, a);
}

/* -qv: only flags have a letter. */
static int
parse_letters(const struct command *c, const char *word, struct options *out, struct arena *a)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		const struct option *o = find_letter(c, *p);

		if (o == NULL)
			return unknown_option(c, word, a);
		set(o, NULL, out, a);
	}
	return EXIT_GO;
}

/* `next`: the word behind it, or NULL; *used: it is the value. */
static int
parse_long(
    const struct command *c, const char *word, const char *next, bool *used, struct options *out, struct arena *a)
{
	const char *value;
	const struct option *o = find_option(c, word, &value);

	if (o == NULL)
		return unknown_option(c, word, a);
	if (o->kind == OK_FLAG && value != NULL)
		return usage_error("--%s takes no value", o->name);
	*used = o->kind != OK_FLAG && value == NULL;
	if (*used && next == NULL)
		return usage_error("--%s needs a value: --%s %s", o->name, o->name, o->argument);
	value = *used ? next : value;
	if (o->kind != OK_FLAG && value[0] == '\0')
		return usage_error("--%s needs a value that is not empty: --%s %s", o->name, o->name, o->argument);
	if (decides_twice(out, o->name))
		return usage_error("--%s is given twice", o->name);
	set(o, value, out, a);
	return EXIT_GO;
}

static int
parse(const struct command *c, int argc, char **argv, struct options *out, struct arena *a)
{
	bool only_words = false;
	int rc = EXIT_GO;

	for (int i = 0; i < argc && rc == EXIT_GO; i++) {
		const char *word = argv[i];
		bool used = false;

		if (only_words || word[0] != '-' || word[1] == '\0')
			ARENA_PUSH(a, &out->words, word);
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else if (word[1] != '-')
			rc = parse_letters(c, word, out, a);
		else
			rc = parse_long(c, word, i + 1 < argc ? argv[i + 1] : NULL, &used, out, a);
		i += used;
	}
	return rc;
}

static const char *
join(struct arena *a, int argc, char **argv)
{
	struct buf b;
	const char *s;

	buf_init(&b, 16384);
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		text_shell_word(&b, argv[i]);
	}
	s = text_clean(a, b.p, b.len, 16384);
	buf_free(&b);
	return s;
}

/* No message may repeat a login, and no bundle keep it. The options for addresses check theirs themselves. */
static int
refuse_logins(const struct options *o)
{
	static const char *const addresses[] = {"postgres", "redis", "search", "gitlab"};
	static const char why[] = "a URL with a login is not accepted here, and not shown: it may contain a password";

	for (size_t i = 0; i < o->said.n; i++) {
		const struct option_said *s = &o->said.items[i];
		bool address = false;

		for (size_t k = 0; k < nitems(addresses); k++)
			address = address || strcmp(s->name, addresses[k]) == 0;
		if (!address && s->value != NULL && secret_is_login(s->value))
			return usage_error("%s: %s", s->by, why);
	}
	for (size_t i = 0; i < o->words.n; i++)
		if (secret_is_login(o->words.items[i]))
			return usage_error("argument %zu: %s", i + 1, why);
	return EXIT_GO;
}

static int
run_command(const struct command *c, int argc, char **argv, struct arena *a)
{
	struct options out = {.argv = join(a, argc, argv)};
	int rc = parse(c, argc - 2, argv + 2, &out, a);

	if (rc != EXIT_GO)
		return rc;
	if (out.help) {
		help_command(c, a);
		return EXIT_GO;
	}
	rc = options_from_environment(c->bit, &out, a);
	if (rc == EXIT_GO)
		rc = refuse_logins(&out); /* also in the name of the file */
	if (rc == EXIT_GO)
		rc = options_from_file(c->bit, &out, a);
	if (rc == EXIT_GO)
		rc = refuse_logins(&out);
	if (rc != EXIT_GO)
		return rc;
	log_level = out.quiet ? -1 : out.verbose ? 1 : 0;
	return c->run != NULL ? c->run(&out, a) : cmd_help(&out, a);
}

int
cli_main(int argc, char **argv)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct command *c;

	if (argc < 2) {
		help_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("preflight %s\n", PREFLIGHT_VERSION);
		return EXIT_GO;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_usage(stdout);
		return EXIT_GO;
	}
	c = command_find(argv[1]);
	return c != NULL ? run_command(c, argc, argv, a) : unknown_command(argv[1]);
}
