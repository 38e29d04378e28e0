#include "discovery/cli_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

enum { CHECK = CMD_CHECK, COLLECT = CMD_COLLECT, PLAN = CMD_PLAN, REPORT = CMD_REPORT, VERIFY = CMD_VERIFY,
	RULES = CMD_RULES, FACTS = CMD_FACTS, SOURCES = CMD_SOURCES };
#define READS (CHECK | COLLECT | PLAN | SOURCES)       /* commands that read an instance */
#define ALL (READS | REPORT | VERIFY | RULES | FACTS)

const struct command commands[] = {
	{"check", "[--to VERSION]", "May this instance be upgraded now? Collects, decides, leaves a bundle.",
	    CHECK, cmd_check},
	{"plan", "--to VERSION", "The path to a version: stops, and what decides them.", PLAN, cmd_plan},
	{"collect", "", "Only reads the instance; leaves a bundle of facts.", COLLECT, cmd_collect},
	{"report", "BUNDLE", "Shows the report of a bundle again, in any format.", REPORT, cmd_report},
	{"verify", "BUNDLE", "Is a bundle intact, and does its verdict follow from its facts?", VERIFY,
	    cmd_verify},
	{"rules", "list|show ID|lint|test|known", "What is asked, why, and whether the rules are sound.", RULES,
	    cmd_rules},
	{"facts", "[TABLE]", "The fact tables: columns, source, query.", FACTS, cmd_facts},
	{"sources", "", "Where GitLab's stores are, who said so, and whether they answer.", SOURCES,
	    cmd_sources},
	{NULL, NULL, NULL, 0, NULL},
};

const struct option cli_options[] = {
	{0, "to", "VERSION", "the version to upgrade to: 14.2.7, 14.2, 14 or latest", OK_TEXT,
	    offsetof(struct options, to), CHECK | PLAN},
	{0, "from", "VERSION", "the installed version, where no file or service says it", OK_TEXT,
	    offsetof(struct options, from), READS},
	{0, "next", NULL, "gate the next hop on the way to --to", OK_FLAG, offsetof(struct options, next),
	    CHECK},
	{0, "postgres", "[NAME=]CONNINFO", "a GitLab database; NAME is main, ci, sec or geo", OK_LIST,
	    offsetof(struct options, postgres), READS},
	{0, "redis", "[NAME=]URL", "redis[s]://HOST:PORT/DB, unix://PATH?db=N, "
	    "redis[s]+sentinel://HOST:PORT,.../NAME; NAME= if not Sidekiq's", OK_LIST,
	    offsetof(struct options, redis), READS},
	{0, "redis-password-file", "FILE", "its password, alone on the first line", OK_TEXT,
	    offsetof(struct options, redis_password_file), READS},
	{0, "sentinel-password-file", "FILE", "the password of the Redis Sentinels, if they have one",
	    OK_TEXT, offsetof(struct options, sentinel_password_file), READS},
	{0, "search", "URL", "Elasticsearch or OpenSearch: https://HOST:PORT", OK_TEXT,
	    offsetof(struct options, search), READS},
	{0, "search-user", "NAME", "who logs in there", OK_TEXT, offsetof(struct options, search_user), READS},
	{0, "search-password-file", "FILE", "the password, alone on the first line", OK_TEXT,
	    offsetof(struct options, search_password_file), READS},
	{0, "search-api-key-file", "FILE", "an API key instead", OK_TEXT,
	    offsetof(struct options, search_api_key_file), READS},
	{0, "search-ca", "FILE", "certificates to trust there", OK_TEXT, offsetof(struct options, search_ca),
	    READS},
	{0, "search-cert", "FILE", "our certificate, where it wants one", OK_TEXT,
	    offsetof(struct options, search_cert), READS},
	{0, "search-key", "FILE", "the key of our certificate", OK_TEXT, offsetof(struct options, search_key),
	    READS},
	{0, "search-aws-region", "REGION", "sign for AWS, with AWS_ACCESS_KEY_ID and its secret", OK_TEXT,
	    offsetof(struct options, search_aws_region), READS},
	{0, "gitlab", "URL", "GitLab's own address, to ask its API too", OK_TEXT,
	    offsetof(struct options, gitlab), READS},
	{0, "gitlab-token-file", "FILE", "an administrator's token with the scope read_api", OK_TEXT,
	    offsetof(struct options, gitlab_token_file), READS},
	{0, "gitlab-ca", "FILE", "certificates to trust there", OK_TEXT, offsetof(struct options, gitlab_ca),
	    READS},
	{0, "root", "DIR", "read GitLab's files below DIR instead of /", OK_TEXT,
	    offsetof(struct options, root), READS},
	{0, "config", "FILE", "options in a YAML file: its keys are the long names, without dashes", OK_TEXT,
	    offsetof(struct options, config), READS},
	{0, "no-discover", NULL, "use only what is given here", OK_FLAG,
	    offsetof(struct options, no_discover), READS},
	{0, "dry-run", NULL, "print every statement, command, URL and file that would be used, and contact nothing",
	    OK_FLAG, offsetof(struct options, dry_run), CHECK | COLLECT | ONCE},
	{0, "print-role", NULL, "the SQL that makes a role which can read what is read, and nothing else",
	    OK_FLAG, offsetof(struct options, print_role), SOURCES | ONCE},
	{0, "print-config", NULL, "what was found and given, as a file for --config", OK_FLAG,
	    offsetof(struct options, print_config), SOURCES | ONCE},
	{0, "only", "SOURCE", "read only this source, such as redis:queues", OK_TEXT,
	    offsetof(struct options, only), COLLECT},
	{0, "without", "SOURCE=REASON", "leave a source out, on purpose", OK_LIST,
	    offsetof(struct options, without), CHECK},
	{0, "require", "SOURCE", "a source that must be read, though it is optional", OK_LIST,
	    offsetof(struct options, require), CHECK},
	{0, "nodes", "NAME[,NAME...]", "the nodes of this instance: the files of each must have been read", OK_LIST,
	    offsetof(struct options, nodes), CHECK},
	{0, "require-tls", NULL, "no GO over a connection without verified TLS", OK_FLAG,
	    offsetof(struct options, require_tls), CHECK},
	{0, "path", "FILE", "stops from GitLab's own config/upgrade_path.yml instead of the rules'", OK_TEXT,
	    offsetof(struct options, path), CHECK | PLAN},
	{0, "required-only", NULL, "let unfinished migrations pass that only later releases need", OK_FLAG,
	    offsetof(struct options, required_only), CHECK},
	{0, "facts", "BUNDLE", "take from a bundle what it holds, instead of reading it; again for each node", OK_LIST,
	    offsetof(struct options, facts), CHECK | PLAN},
	{0, "install-method", "NAME", "linux_package, docker, helm or self_compiled", OK_TEXT,
	    offsetof(struct options, install_method), CHECK | PLAN},
	{0, "label", "TEXT", "name of the instance in report and bundle", OK_TEXT,
	    offsetof(struct options, label), CHECK},
	{0, "change", "TEXT", "the change that this check belongs to", OK_TEXT,
	    offsetof(struct options, change), CHECK},
	{0, "out", "PATH", "where the bundle goes: *.tar.gz, *.zip or a directory", OK_TEXT,
	    offsetof(struct options, out), CHECK | COLLECT},
	{0, "format", "NAME[=FILE]", "text, json, html, junit, markdown; to stdout or FILE", OK_LIST,
	    offsetof(struct options, formats), CHECK | PLAN | REPORT | RULES | SOURCES},
	{0, "exit-on-warnings", NULL, "exit 4 instead of 0 when there are warnings", OK_FLAG,
	    offsetof(struct options, exit_on_warnings), CHECK},
	{0, "timeout", "TIME", "for all of the reading (default 120s)", OK_TEXT,
	    offsetof(struct options, timeout), READS},
	{0, "rules", "DIR", "a pack of rules beside the shipped ones", OK_LIST,
	    offsetof(struct options, rules), READS | RULES | FACTS},
	{0, "rules-dir", "DIR", "rules instead of the shipped ones", OK_TEXT,
	    offsetof(struct options, rules_dir), READS | RULES | FACTS},
	{0, "color", "WHEN", "auto, always or never", OK_TEXT, offsetof(struct options, color), ALL},
	{'q', "quiet", NULL, "only the verdict", OK_FLAG, offsetof(struct options, quiet), ALL},
	{'v', "verbose", NULL, "every rule, and what is done", OK_FLAG, offsetof(struct options, verbose),
	    ALL},
	{'h', "help", NULL, "this text", OK_FLAG, offsetof(struct options, help), ALL | ONCE},
};
const size_t cli_n_options = nitems(cli_options);

const char *cli_argv = "";

int
usage_error(const char *fmt, ...)
{
	char msg[900];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	log_error("%s", msg);
	return EXIT_USAGE;
}

static void
print_usage(FILE *f)
{
	(void)fputs("preflight decides whether a GitLab instance may be upgraded now. It changes nothing.\n\n"
	    "    preflight check --to 14.2 --postgres 'host=/run/postgresql dbname=gitlabhq_production' "
	    "--redis redis://127.0.0.1\n\n", f);
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)fprintf(f, "  %-8s %-24s %s\n", c->name, c->arguments, c->summary);
	(void)fputs("\nexit: 0 go, 3 no-go, 4 warnings (if asked for), 5 undetermined, 6 wait; "
	    "1 internal, 2 usage, 7 verify failed\n"
	    "preflight COMMAND --help shows the options of a command.\n", f);
}

static int
print_command(const struct command *c)
{
	(void)printf("preflight %s %s\n%s\n\n", c->name, c->arguments, c->summary);
	for (size_t i = 0; i < nitems(cli_options); i++) {
		const struct option *o = &cli_options[i];

		if ((o->commands & c->bit) != 0)
			(void)printf("  --%s %-*s  %s\n", o->name, 29 - (int)strlen(o->name),
			    o->argument != NULL ? o->argument : "", o->help);
	}
	return EXIT_GO;
}

static int
unknown_option(const struct command *c, const char *word)
{
	const char *words[nitems(cli_options)], *near;
	size_t n = 0, len = strcspn(word, "=");
	char name[64];

	for (size_t i = 0; i < nitems(cli_options); i++)
		if ((cli_options[i].commands & c->bit) != 0)
			words[n++] = cli_options[i].name;
	(void)snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
	if (strncmp(name, "--", 2) == 0 && (strstr(name, "password") != NULL) &&
	    strstr(name, "-file") == NULL)
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
	for (size_t i = 0; i < nitems(cli_options); i++) {
		const struct option *o = &cli_options[i];
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

void
option_set(const struct option *o, const char *value, const char *by, struct options *out, struct arena *a)
{
	char *at = (char *)out + o->field;

	switch (o->kind) {
	case OK_FLAG:
		*(bool *)(void *)at = true;
		break;
	case OK_TEXT:
		*(const char **)(void *)at = value;
		break;
	case OK_LIST:
		ARENA_PUSH(a, (struct texts *)(void *)at, value);
		break;
	}
	ARENA_PUSH(a, &out->said, ((struct option_said){.name = o->name, .by = by}));
}

const char *
option_origin(const struct options *out, const char *name, size_t i)
{
	for (size_t k = 0; k < out->said.n; k++)
		if (strcmp(out->said.items[k].name, name) == 0 && i-- == 0)
			return out->said.items[k].by;
	return name;
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
			return unknown_option(c, argv[i]);
		if (o->kind == OK_FLAG && value != NULL)
			return usage_error("--%s takes no value", o->name);
		if (o->kind != OK_FLAG && value == NULL) {
			if (i + 1 == argc)
				return usage_error("--%s needs a value: --%s %s", o->name, o->name,
				    o->argument);
			value = argv[++i];
		}
		if (o->kind != OK_FLAG && value[0] == '\0')
			return usage_error("--%s needs a value that is not empty: --%s %s", o->name, o->name,
			    o->argument);
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
	struct options out = {0};
	int rc = parse(c, argc, argv, &out, a);

	if (rc != EXIT_GO)
		return rc;
	if (out.help)
		return print_command(c);
	rc = options_from_environment(c, &out, a);
	if (rc == EXIT_GO)
		rc = options_from_file(c, &out, a);
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
	cli_argv = join(a, argc, argv);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, argv[1]) == 0)
			return run_command(c, argc - 2, argv + 2, a);
	return unknown_command(argv[1]);
}
