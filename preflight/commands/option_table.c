/* Every option, once: what takes it, where its value goes, its line of --help. Nothing here parses. */
#include "commands/option_table.h"

enum {
	CHECK = CMD_CHECK,
	COLLECT = CMD_COLLECT,
	PLAN = CMD_PLAN,
	REPORT = CMD_REPORT,
	VERIFY = CMD_VERIFY,
	RULES = CMD_RULES,
	FACTS = CMD_FACTS,
	SOURCES = CMD_SOURCES,
	WAIT = CMD_WAIT,
	EXPLAIN = CMD_EXPLAIN
};
#define DECIDES (CHECK | WAIT)                     /* commands that end with a verdict */
#define READS (DECIDES | COLLECT | PLAN | SOURCES) /* commands that read an instance */
#define ALL (READS | REPORT | VERIFY | RULES | FACTS | EXPLAIN | CMD_ACCEPT)

const struct option option_table[] = {
    {0, "to", "VERSION", "the version to upgrade to: 14.2.7, 14.2, 14 or latest", OK_TEXT, offsetof(struct options, to),
	DECIDES | PLAN},
    {0, "from", "VERSION", "the installed version, if no file or service reports it", OK_TEXT,
	offsetof(struct options, from), READS | EXPLAIN},
    {0, "after", NULL, "gate the installed version: is the upgrade to it over?", OK_FLAG,
	offsetof(struct options, after), DECIDES},
    {0, "interval", "TIME", "how long to wait before the next look (default 60s)", OK_TEXT,
	offsetof(struct options, interval), WAIT},
    {0, "deadline", "TIME", "stop after this time even if work is left (default 24h)", OK_TEXT,
	offsetof(struct options, deadline), WAIT},
    {0, "next", NULL, "gate the next upgrade step on the path to --to", OK_FLAG, offsetof(struct options, next),
	DECIDES},
    {0, "postgres", "[NAME=]CONNINFO", "a GitLab database; NAME is main, ci, sec or geo", OK_LIST,
	offsetof(struct options, postgres), READS | EXPLAIN},
    {0, "redis", "[NAME=]URL",
	"redis[s]://HOST:PORT/DB, unix://PATH?db=N, "
	"redis[s]+sentinel://HOST:PORT,.../NAME; NAME= if not Sidekiq's",
	OK_LIST, offsetof(struct options, redis), READS},
    {0, "redis-password-file", "FILE", "file with the password of Redis, alone on the first line", OK_TEXT,
	offsetof(struct options, redis_password_file), READS},
    {0, "sentinel-password-file", "FILE", "file with the password of the Redis Sentinels, if they have one", OK_TEXT,
	offsetof(struct options, sentinel_password_file), READS},
    {0, "search", "URL", "Elasticsearch or OpenSearch: https://HOST:PORT", OK_TEXT, offsetof(struct options, search),
	READS},
    {0, "search-user", "NAME", "user name of the search cluster", OK_TEXT, offsetof(struct options, search_user),
	READS},
    {0, "search-password-file", "FILE", "file with the password of --search-user, alone on the first line", OK_TEXT,
	offsetof(struct options, search_password_file), READS},
    {0, "search-api-key-file", "FILE", "file with an API key, instead of a user and password", OK_TEXT,
	offsetof(struct options, search_api_key_file), READS},
    {0, "search-ca", "FILE", "CA certificates for the search cluster", OK_TEXT, offsetof(struct options, search_ca),
	READS},
    {0, "search-cert", "FILE", "client certificate for the search cluster, if it requires one", OK_TEXT,
	offsetof(struct options, search_cert), READS},
    {0, "search-key", "FILE", "key of the client certificate", OK_TEXT, offsetof(struct options, search_key), READS},
    {0, "search-aws-region", "REGION", "sign for AWS, with AWS_ACCESS_KEY_ID and its secret", OK_TEXT,
	offsetof(struct options, search_aws_region), READS},
    {0, "gitlab", "URL", "GitLab's own address, to read its API too", OK_TEXT, offsetof(struct options, gitlab), READS},
    {0, "gitlab-token-file", "FILE", "file with an administrator's token with the scope read_api", OK_TEXT,
	offsetof(struct options, gitlab_token_file), READS},
    {0, "gitlab-ca", "FILE", "CA certificates for --gitlab", OK_TEXT, offsetof(struct options, gitlab_ca), READS},
    {0, "release", "PATH",
	"the release to be installed: .deb, .rpm, image, directory, or auto: the package of --to in the package cache",
	OK_TEXT, offsetof(struct options, release), READS | RULES},
    {0, "root", "DIR", "read GitLab's files below DIR instead of /", OK_TEXT, offsetof(struct options, root),
	READS | EXPLAIN},
    {0, "config", "FILE", "options in a YAML file: its keys are the long names, without dashes", OK_TEXT,
	offsetof(struct options, config), READS | EXPLAIN},
    {0, "no-discover", NULL, "use only the sources that are specified", OK_FLAG, offsetof(struct options, no_discover),
	READS | EXPLAIN},
    {0, "dry-run", NULL, "print every statement, command, URL and file that would be used, and contact nothing",
	OK_FLAG, offsetof(struct options, dry_run), CHECK | COLLECT | ONCE},
    {0, "print-role", NULL, "print the SQL for a role that can read what preflight reads, and nothing else", OK_FLAG,
	offsetof(struct options, print_role), SOURCES | ONCE},
    {0, "print-config", NULL, "print the sources, found and specified, as a file for --config", OK_FLAG,
	offsetof(struct options, print_config), SOURCES | ONCE},
    {0, "only", "SOURCE", "read only this source, such as redis:queues", OK_TEXT, offsetof(struct options, only),
	COLLECT},
    {0, "without", "SOURCE=REASON", "leave a source out, on purpose", OK_LIST, offsetof(struct options, without),
	DECIDES},
    {0, "require", "SOURCE", "require an optional source", OK_LIST, offsetof(struct options, require), DECIDES},
    {0, "nodes", "NAME[,NAME...]", "all nodes of this instance: the files of each are required", OK_LIST,
	offsetof(struct options, nodes), DECIDES},
    {0, "require-tls", NULL, "no GO over a connection without verified TLS", OK_FLAG,
	offsetof(struct options, require_tls), DECIDES},
    {0, "path", "FILE", "take the stops from GitLab's own config/upgrade_path.yml", OK_TEXT,
	offsetof(struct options, path), DECIDES | PLAN},
    {0, "required-only", NULL, "ignore unfinished migrations that only later releases require", OK_FLAG,
	offsetof(struct options, required_only), DECIDES},
    {0, "facts", "BUNDLE", "use the facts of a bundle instead of reading them live; repeat for each node", OK_LIST,
	offsetof(struct options, facts), CHECK | PLAN | EXPLAIN},
    {0, "install-method", "NAME", "linux_package, docker, helm or self_compiled", OK_TEXT,
	offsetof(struct options, install_method), DECIDES | PLAN | EXPLAIN},
    {0, "decisions", "FILE", "findings that a person accepted or confirmed: see preflight accept", OK_TEXT,
	offsetof(struct options, decisions), DECIDES},
    {0, "notes-read", "VERSION",
	"you have read the upgrade notes of this release, which the rules do not cover; repeat for each", OK_LIST,
	offsetof(struct options, notes_read), DECIDES},
    {0, "label", "TEXT", "name of the instance in report and bundle", OK_TEXT, offsetof(struct options, label),
	DECIDES},
    {0, "change", "TEXT", "the change that this check belongs to", OK_TEXT, offsetof(struct options, change), DECIDES},
    {0, "out", "PATH", "where the bundle goes: *.tar.gz, *.zip or a directory", OK_TEXT, offsetof(struct options, out),
	DECIDES | COLLECT | RULES},
    {0, "sign-key", "FILE", "secret minisign key that signs what is written", OK_TEXT,
	offsetof(struct options, sign_key), DECIDES | COLLECT | RULES},
    {0, "sign-password-file", "FILE", "file with the password of --sign-key, alone on the first line", OK_TEXT,
	offsetof(struct options, sign_password_file), DECIDES | COLLECT | RULES},
    {0, "format", "NAME[=FILE]", NULL, OK_LIST, offsetof(struct options, formats), DECIDES | REPORT},
    {0, "format", "NAME", "text or json", OK_LIST, offsetof(struct options, formats), PLAN | RULES | SOURCES | EXPLAIN},
    {0, "key", "KEY", "public minisign key (RW... or its file) that must have signed the bundle", OK_TEXT,
	offsetof(struct options, key), VERIFY},
    {0, "at", "TIME", "the moment for which a GO must be valid, as 2026-11-22T23:12Z (default: now)", OK_TEXT,
	offsetof(struct options, at), VERIFY},
    {0, "max-age", "TIME", "how long ago the facts may have been collected: 2h, 30min, 7d", OK_TEXT,
	offsetof(struct options, max_age), VERIFY},
    {0, "require-decision", NULL, "fail unless the decision is GO, with warnings or without", OK_FLAG,
	offsetof(struct options, require_decision), VERIFY},
    {0, "exit-on-warnings", NULL, "exit 4 instead of 0 when there are warnings", OK_FLAG,
	offsetof(struct options, exit_on_warnings), DECIDES},
    {0, "depth", "NAME", "normal, or full: read large tables whole, off-peak or on a standby (default normal)", OK_TEXT,
	offsetof(struct options, depth), READS | EXPLAIN},
    {0, "timeout", "TIME", "time limit of the whole collection (default 120s, and 10min to read a release)", OK_TEXT,
	offsetof(struct options, timeout), READS | EXPLAIN},
    {0, "rules", "DIR", "additional rules, beside the shipped ones", OK_LIST, offsetof(struct options, rules),
	READS | RULES | FACTS | EXPLAIN},
    {0, "rules-dir", "DIR", "rules that replace the shipped ones", OK_TEXT, offsetof(struct options, rules_dir),
	READS | RULES | FACTS | EXPLAIN},
    {0, "rules-file", "FILE", "rules that replace the shipped ones, as one file that preflight rules pack made",
	OK_TEXT, offsetof(struct options, rules_file), READS | RULES | FACTS | EXPLAIN},
    {0, "rules-key", "KEY", "public minisign key (RW... or its file) that must have signed --rules-file", OK_TEXT,
	offsetof(struct options, rules_key), READS | RULES | FACTS | EXPLAIN},
    {0, "color", "WHEN", "auto, always or never", OK_TEXT, offsetof(struct options, color), ALL},
    {'q', "quiet", NULL, "show only the verdict", OK_FLAG, offsetof(struct options, quiet), ALL},
    {'v', "verbose", NULL, "show every rule, and log what is done", OK_FLAG, offsetof(struct options, verbose), ALL},
    {'h', "help", NULL, "this text", OK_FLAG, offsetof(struct options, help), ALL | ONCE},
};
const size_t n_options = nitems(option_table);

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
