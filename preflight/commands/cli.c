/*
 * From argv to a command: the table of commands, the command line, --help. What options there are is in
 * option_table.c, what a file or the environment sets in option_layers.c.
 */
#include "commands/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/option_layers.h"
#include "commands/option_table.h"
#include "reports/render.h"

const struct command commands[] = {
    {"check", "[--to VERSION]", "May this instance be upgraded now? Collects, decides, writes a bundle.", CMD_CHECK,
	cmd_check},
    {"plan", "--to VERSION", "The upgrade path to a version: its stops, and what to do before each.", CMD_PLAN,
	cmd_plan},
    {"collect", "", "Only collects; writes a bundle of facts.", CMD_COLLECT, cmd_collect},
    {"report", "BUNDLE", "Shows the report of a bundle again, in any format.", CMD_REPORT, cmd_report},
    {"verify", "BUNDLE", "Is a bundle intact, and does its verdict follow from its facts?", CMD_VERIFY, cmd_verify},
    {"rules", "list|show ID|lint|test|known", "What is checked and why; whether rule files are valid.", CMD_RULES,
	cmd_rules},
    {"facts", "[TABLE]", "The fact tables: columns, source, query.", CMD_FACTS, cmd_facts},
    {"sources", "", "Where GitLab's stores are, where that is configured, and whether they can be read.", CMD_SOURCES,
	cmd_sources},
    {NULL, NULL, NULL, 0, NULL},
};

static void
print_usage(FILE *f)
{
	(void)fputs("preflight decides whether a GitLab instance may be upgraded now. It changes nothing.\n\n"
		    "    preflight check --to 14.2 --postgres 'host=/run/postgresql dbname=gitlabhq_production' "
		    "--redis redis://127.0.0.1\n\n",
	    f);
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)fprintf(f, "  %-8s %-24s %s\n", c->name, c->arguments, c->summary);
	(void)fputs("\nexit: 0 go, 3 no-go, 4 warnings (with --exit-on-warnings), 5 undetermined, 6 wait; "
		    "1 internal, 2 usage, 7 verify failed\n"
		    "preflight COMMAND --help shows the options of a command.\n",
	    f);
}

static void
print_option_help(const struct option *o)
{
	if (o->help != NULL) {
		(void)printf("%s\n", o->help);
		return;
	}
	for (const struct format *const *f = formats; *f != NULL; f++)
		(void)printf("%s%s", f == formats ? "" : ", ", (*f)->name);
	(void)printf("; to stdout or FILE\n");
}

static int
print_command(const struct command *c)
{
	(void)printf("preflight %s %s\n%s\n\n", c->name, c->arguments, c->summary);
	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];

		if ((o->commands & c->bit) == 0)
			continue;
		(void)printf(
		    "  --%s %-*s  ", o->name, 29 - (int)strlen(o->name), o->argument != NULL ? o->argument : "");
		print_option_help(o);
	}
	return EXIT_GO;
}

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

static const struct option *
find_option(const struct command *c, const char *word, const char **value)
{
	*value = NULL;
	for (size_t i = 0; i < n_options; i++) {
		const struct option *o = &option_table[i];
		size_t n = strlen(o->name);

		if ((o->commands & c->bit) == 0)
			continue;
		if (word[1] != '-' && word[1] == o->letter && word[2] == '\0')
			return o;
		if (word[1] != '-' || strncmp(word + 2, o->name, n) != 0)
			continue;
		if (word[2 + n] == '=')
			*value = word + 3 + n;
		if (word[2 + n] == '=' || word[2 + n] == '\0')
			return o;
	}
	return NULL;
}

static bool
is_given(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->said.n; i++)
		if (strcmp(o->said.items[i].name, name) == 0)
			return true;
	return false;
}

static int
parse(const struct command *c, int argc, char **argv, struct options *out, struct arena *a)
{
	for (int i = 0; i < argc; i++) {
		const struct option *o;
		const char *value;

		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			ARENA_PUSH(a, &out->words, argv[i]);
			continue;
		}
		o = find_option(c, argv[i], &value);
		if (o == NULL)
			return unknown_option(c, argv[i], a);
		if (o->kind == OK_FLAG && value != NULL)
			return usage_error("--%s takes no value", o->name);
		if (o->kind != OK_FLAG && value == NULL) {
			if (i + 1 == argc)
				return usage_error("--%s needs a value: --%s %s", o->name, o->name, o->argument);
			value = argv[++i];
		}
		if (o->kind != OK_FLAG && value[0] == '\0')
			return usage_error(
			    "--%s needs a value that is not empty: --%s %s", o->name, o->name, o->argument);
		if (o->kind == OK_TEXT && is_given(out, o->name))
			return usage_error("--%s is given twice", o->name);
		option_set(o, value, arena_printf(a, "--%s", o->name), out, a);
	}
	return EXIT_GO;
}

static int
unknown_command(const char *word)
{
	const char *words[nitems(commands)], *near;
	size_t n = 0;

	for (const struct command *c = commands; c->name != NULL; c++)
		words[n++] = c->name;
	near = closest(word, words, n);
	if (near != NULL)
		return usage_error("there is no command \"%s\": did you mean \"%s\"?", word, near);
	return usage_error("there is no command \"%s\": see preflight --help", word);
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

static int
run_command(const struct command *c, int argc, char **argv, struct arena *a)
{
	struct options out = {.argv = join(a, argc, argv)};
	int rc = parse(c, argc - 2, argv + 2, &out, a);

	if (rc != EXIT_GO)
		return rc;
	if (out.help)
		return print_command(c);
	rc = options_from_environment(c->bit, &out, a);
	if (rc == EXIT_GO)
		rc = options_from_file(c->bit, &out, a);
	if (rc != EXIT_GO)
		return rc;
	log_level = out.quiet ? -1 : out.verbose ? 1 : 0;
	return c->run(&out, a);
}

int
cli_main(int argc, char **argv)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("preflight %s\n", PREFLIGHT_VERSION);
		return EXIT_GO;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return EXIT_GO;
	}
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, argv[1]) == 0)
			return run_command(c, argc, argv, a);
	return unknown_command(argv[1]);
}
