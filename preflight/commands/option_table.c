/*
 * Every option, once: what takes it, where its value goes, what help, manual and completion show of it. Nothing here
 * parses.
 */
#include "commands/option_table.h"

#include <ctype.h>

#include "reports/render.h"

/* A row that lacks a member does not compile. */
#pragma GCC diagnostic error "-Wmissing-field-initializers"

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
	EXPLAIN = CMD_EXPLAIN,
	DIFF = CMD_DIFF,
	FLEET = CMD_FLEET
};
#define DECIDES (CHECK | WAIT)                     /* commands that end with a verdict */
#define READS (DECIDES | COLLECT | PLAN | SOURCES) /* commands that read an instance */
#define ALL (READS | REPORT | VERIFY | RULES | FACTS | EXPLAIN | CMD_ACCEPT | CMD_HELP | DIFF | FLEET)

const char *const option_groups[N_GROUPS] = {
    [OG_STEP] = "Upgrade step",
    [OG_SOURCES] = "Sources",
    [OG_LOGINS] = "Logins and certificates",
    [OG_COLLECTION] = "Collection",
    [OG_REQUIRED] = "Required data",
    [OG_DECISION] = "Decision",
    [OG_VERIFY] = "Verification",
    [OG_RULES] = "Rules",
    [OG_OUTPUT] = "Output",
    [OG_GENERAL] = "General",
};

#define SOURCE_IDS \
	WORDS( \
	    "postgres:main postgres:ci postgres:sec postgres:geo redis:queues redis:queues_shard redis:shared_state redis:cache redis:repository_cache redis:sessions redis:trace_chunks redis:rate_limiting search api host release release:installed history:earlier history:observed")

const struct option option_table[] = {
    {0, "to", "VERSION", "the version to upgrade to: 14.2.7, 14.2, 14, latest, or of the chart: chart-5.2.7", OK_TEXT,
	offsetof(struct options, to), DECIDES, OG_STEP, "on a terminal, the next step", TEXT},
    {0, "to", "VERSION", "the version to upgrade to: 14.2.7, 14.2, 14, latest, or of the chart: chart-5.2.7", OK_TEXT,
	offsetof(struct options, to), PLAN, OG_STEP, NULL, TEXT},
    {0, "from", "VERSION", "the installed version, if no file or service reports it", OK_TEXT,
	offsetof(struct options, from), READS | EXPLAIN, OG_STEP, NULL, TEXT},
    {0, "next", NULL, "gate the next upgrade step on the path to --to", OK_FLAG, offsetof(struct options, next),
	DECIDES, OG_STEP, NULL, NOTHING},
    {0, "after", NULL, "gate the installed version: is the upgrade to it over?", OK_FLAG,
	offsetof(struct options, after), DECIDES, OG_STEP, NULL, NOTHING},
    {0, "path", "FILE", "take the stops from GitLab's own config/upgrade_path.yml", OK_TEXT,
	offsetof(struct options, path), DECIDES | PLAN, OG_STEP, NULL, FILES},
    {0, "install-method", "NAME", "linux_package, docker, helm, self_compiled or sameersbn", OK_TEXT,
	offsetof(struct options, install_method), DECIDES | PLAN | EXPLAIN, OG_STEP, NULL,
	WORDS("linux_package docker helm self_compiled sameersbn")},

    {0, "postgres", "[NAME=]CONNINFO", "a GitLab database; NAME is main, ci, sec or geo", OK_LIST,
	offsetof(struct options, postgres), READS | EXPLAIN, OG_SOURCES, NULL, WORDS("main= ci= sec= geo=")},
    {0, "redis", "[NAME=]URL",
	"redis[s]://HOST:PORT/DB, unix://PATH?db=N, redis[s]+sentinel://HOST:PORT,.../NAME; NAME= if not Sidekiq's",
	OK_LIST, offsetof(struct options, redis), READS, OG_SOURCES, NULL, TEXT},
    {0, "search", "URL", "Elasticsearch or OpenSearch: https://HOST:PORT", OK_TEXT, offsetof(struct options, search),
	READS, OG_SOURCES, NULL, TEXT},
    {0, "gitlab", "URL", "GitLab's own address, to read its API too", OK_TEXT, offsetof(struct options, gitlab), READS,
	OG_SOURCES, NULL, TEXT},
    {0, "release", "PATH",
	"the release to be installed: .deb, .rpm, image, directory, or auto: the package of --to in the package cache",
	OK_TEXT, offsetof(struct options, release), READS | RULES, OG_SOURCES, NULL, FILES},
    {0, "facts", "BUNDLE", "use the facts of a bundle instead of reading them live, one for each node", OK_LIST,
	offsetof(struct options, facts), CHECK | PLAN | EXPLAIN, OG_SOURCES, NULL, FILES},
    {0, "root", "DIR", "read GitLab's files below DIR", OK_TEXT, offsetof(struct options, root), READS | EXPLAIN,
	OG_SOURCES, "/", DIRECTORIES},
    {0, "config", "FILE", "options in a YAML file: its keys are the long names, without dashes", OK_TEXT,
	offsetof(struct options, config), READS | EXPLAIN, OG_SOURCES, NULL, FILES},
    {0, "no-discover", NULL, "use only the sources that are specified", OK_FLAG, offsetof(struct options, no_discover),
	READS | EXPLAIN, OG_SOURCES, NULL, NOTHING},

    {0, "redis-password-file", "FILE", "file with the password of Redis, alone on the first line", OK_TEXT,
	offsetof(struct options, redis_password_file), READS, OG_LOGINS, NULL, FILES},
    {0, "sentinel-password-file", "FILE", "file with the password of the Redis Sentinels, if they have one", OK_TEXT,
	offsetof(struct options, sentinel_password_file), READS, OG_LOGINS, NULL, FILES},
    {0, "search-user", "NAME", "user name of the search cluster", OK_TEXT, offsetof(struct options, search_user), READS,
	OG_LOGINS, NULL, TEXT},
    {0, "search-password-file", "FILE", "file with the password of --search-user, alone on the first line", OK_TEXT,
	offsetof(struct options, search_password_file), READS, OG_LOGINS, NULL, FILES},
    {0, "search-api-key-file", "FILE", "file with an API key, instead of a user and password", OK_TEXT,
	offsetof(struct options, search_api_key_file), READS, OG_LOGINS, NULL, FILES},
    {0, "search-ca", "FILE", "CA certificates for the search cluster", OK_TEXT, offsetof(struct options, search_ca),
	READS, OG_LOGINS, NULL, FILES},
    {0, "search-cert", "FILE", "client certificate for the search cluster, if it requires one", OK_TEXT,
	offsetof(struct options, search_cert), READS, OG_LOGINS, NULL, FILES},
    {0, "search-key", "FILE", "key of the client certificate", OK_TEXT, offsetof(struct options, search_key), READS,
	OG_LOGINS, NULL, FILES},
    {0, "search-aws-region", "REGION", "sign for AWS, with AWS_ACCESS_KEY_ID and its secret", OK_TEXT,
	offsetof(struct options, search_aws_region), READS, OG_LOGINS, NULL, TEXT},
    {0, "gitlab-token-file", "FILE", "file with an administrator's token with the scope read_api", OK_TEXT,
	offsetof(struct options, gitlab_token_file), READS, OG_LOGINS, NULL, FILES},
    {0, "gitlab-ca", "FILE", "CA certificates for --gitlab", OK_TEXT, offsetof(struct options, gitlab_ca), READS,
	OG_LOGINS, NULL, FILES},

    {0, "only", "SOURCE", "read only this source, such as redis:queues", OK_TEXT, offsetof(struct options, only),
	COLLECT, OG_COLLECTION, NULL, SOURCE_IDS},
    {0, "depth", "NAME", "normal, or full: read large tables whole, off-peak or on a standby", OK_TEXT,
	offsetof(struct options, depth), READS | EXPLAIN, OG_COLLECTION, "normal", WORDS("normal full")},
    {0, "timeout", "TIME", "time limit of the whole collection", OK_TEXT, offsetof(struct options, timeout),
	READS | EXPLAIN, OG_COLLECTION, "120s, and 10min to read a release", TEXT},
    {0, "interval", "TIME", "how long to wait before the next look", OK_TEXT, offsetof(struct options, interval), WAIT,
	OG_COLLECTION, "60s", TEXT},
    {0, "deadline", "TIME", "stop after this time even if work is left", OK_TEXT, offsetof(struct options, deadline),
	WAIT, OG_COLLECTION, "24h", TEXT},
    {0, "observe", "TIME", "look at queues and locks again after this time, before the verdict: 60s", OK_TEXT,
	offsetof(struct options, observe), DECIDES, OG_COLLECTION, NULL, TEXT},
    {0, "history", "DIR", "keep what is left of unfinished work in DIR, and compare it with earlier runs", OK_TEXT,
	offsetof(struct options, history), DECIDES | COLLECT, OG_COLLECTION, NULL, DIRECTORIES},
    {0, "dry-run", NULL, "print every statement, command, URL and file that would be used, and contact nothing",
	OK_FLAG, offsetof(struct options, dry_run), CHECK | COLLECT | ONCE, OG_COLLECTION, NULL, NOTHING},
    {0, "print-role", NULL, "print the SQL for a role that can read what preflight reads, and nothing else", OK_FLAG,
	offsetof(struct options, print_role), SOURCES | ONCE, OG_COLLECTION, NULL, NOTHING},
    {0, "print-config", NULL, "print the sources, found and specified, as a file for --config", OK_FLAG,
	offsetof(struct options, print_config), SOURCES | ONCE, OG_COLLECTION, NULL, NOTHING},

    {0, "require", "SOURCE", "require an optional source", OK_LIST, offsetof(struct options, require), DECIDES,
	OG_REQUIRED, NULL, SOURCE_IDS},
    {0, "without", "SOURCE=REASON", "leave a source out, on purpose", OK_LIST, offsetof(struct options, without),
	DECIDES, OG_REQUIRED, NULL, SOURCE_IDS},
    {0, "nodes", "NAME[,NAME...]", "all nodes of this instance: the files of each are required", OK_LIST,
	offsetof(struct options, nodes), DECIDES, OG_REQUIRED, NULL, TEXT},
    {0, "require-tls", NULL, "no GO over a connection without verified TLS", OK_FLAG,
	offsetof(struct options, require_tls), DECIDES, OG_REQUIRED, NULL, NOTHING},

    {0, "decisions", "FILE", "findings that a person accepted or confirmed: see preflight accept", OK_TEXT,
	offsetof(struct options, decisions), DECIDES, OG_DECISION, NULL, FILES},
    {0, "notes-read", "VERSION", "you have read the upgrade notes of this release, which the rules do not cover",
	OK_LIST, offsetof(struct options, notes_read), DECIDES, OG_DECISION, NULL, TEXT},
    {0, "required-only", NULL, "ignore unfinished migrations that only later releases require", OK_FLAG,
	offsetof(struct options, required_only), DECIDES, OG_DECISION, NULL, NOTHING},
    {0, "exit-on-warnings", NULL, "exit 4 instead of 0 when there are warnings", OK_FLAG,
	offsetof(struct options, exit_on_warnings), DECIDES, OG_DECISION, NULL, NOTHING},

    {0, "key", "KEY", "public minisign key (RW... or its file) that must have signed the bundle", OK_TEXT,
	offsetof(struct options, key), VERIFY, OG_VERIFY, NULL, FILES},
    {0, "at", "TIME", "the moment for which a GO must be valid, as 2026-11-22T23:12Z", OK_TEXT,
	offsetof(struct options, at), VERIFY, OG_VERIFY, "now", TEXT},
    {0, "expect", "FILE", "the list of instances: instances: [shop-eu, {label: shop-us, max-age: 24h}]", OK_TEXT,
	offsetof(struct options, expect), FLEET, OG_VERIFY, NULL, FILES},
    {0, "at", "TIME", "the moment for which ages hold, as 2026-11-22T23:12Z", OK_TEXT, offsetof(struct options, at),
	FLEET, OG_VERIFY, "now", TEXT},
    {0, "max-age", "TIME", "older data is old, where the list names no other age", OK_TEXT,
	offsetof(struct options, max_age), FLEET, OG_VERIFY, "7d", TEXT},
    {0, "max-age", "TIME", "how long ago the facts may have been collected: 2h, 30min, 7d", OK_TEXT,
	offsetof(struct options, max_age), VERIFY, OG_VERIFY, NULL, TEXT},
    {0, "require-decision", NULL, "fail unless the decision is GO, with warnings or without", OK_FLAG,
	offsetof(struct options, require_decision), VERIFY, OG_VERIFY, NULL, NOTHING},
    {0, "expect-gate", "WORD", "fail unless this is the verdict: go, go_with_warnings, wait, undetermined or no_go",
	OK_TEXT, offsetof(struct options, expect_gate), VERIFY, OG_VERIFY, NULL,
	WORDS("go go_with_warnings wait undetermined no_go")},
    {0, "expect-label", "TEXT", "fail unless the bundle is about the instance of this label", OK_TEXT,
	offsetof(struct options, expect_label), VERIFY, OG_VERIFY, NULL, TEXT},
    {0, "expect-change", "TEXT", "fail unless the bundle belongs to this change", OK_TEXT,
	offsetof(struct options, expect_change), VERIFY, OG_VERIFY, NULL, TEXT},
    {0, "expect-from", "VERSION", "fail unless this is the installed version", OK_TEXT,
	offsetof(struct options, expect_from), VERIFY, OG_VERIFY, NULL, TEXT},
    {0, "expect-to", "VERSION", "fail unless this is the version that was gated", OK_TEXT,
	offsetof(struct options, expect_to), VERIFY, OG_VERIFY, NULL, TEXT},
    {0, "expect-rules", "SET", "fail unless these rules were used: their version, or 12 digits or more of their digest",
	OK_TEXT, offsetof(struct options, expect_rules), VERIFY, OG_VERIFY, NULL, TEXT},

    {0, "rules", "DIR", "additional rules, beside the shipped ones", OK_LIST, offsetof(struct options, rules),
	READS | RULES | FACTS | EXPLAIN, OG_RULES, NULL, DIRECTORIES},
    {0, "rules-dir", "DIR", "rules that replace the shipped ones", OK_TEXT, offsetof(struct options, rules_dir),
	READS | RULES | FACTS | EXPLAIN, OG_RULES, NULL, DIRECTORIES},
    {0, "rules-file", "FILE", "rules that replace the shipped ones, as one file that preflight rules pack made",
	OK_TEXT, offsetof(struct options, rules_file), READS | RULES | FACTS | EXPLAIN, OG_RULES, NULL, FILES},
    {0, "rules-key", "KEY", "public minisign key (RW... or its file) that must have signed --rules-file", OK_TEXT,
	offsetof(struct options, rules_key), READS | RULES | FACTS | EXPLAIN, OG_RULES, NULL, FILES},

    {0, "out", "PATH", "where the bundle goes: *.tar.gz, *.zip or a directory", OK_TEXT, offsetof(struct options, out),
	DECIDES | COLLECT | RULES, OG_OUTPUT, "a .tar.gz in this directory, with a name of its own", FILES},
    {0, "format", "NAME[=FILE]", NULL, OK_LIST, offsetof(struct options, formats), DECIDES | REPORT, OG_OUTPUT,
	"the summary", FORMATS},
    {0, "format", "NAME[=FILE]", "text, html, json or markdown; to stdout or FILE", OK_LIST,
	offsetof(struct options, formats), FLEET, OG_OUTPUT, "text", WORDS("text html json markdown")},
    {0, "format", "NAME", "text, json or markdown", OK_LIST, offsetof(struct options, formats), PLAN, OG_OUTPUT, "text",
	WORDS("text json markdown")},
    {0, "format", "NAME", "text or json", OK_LIST, offsetof(struct options, formats), SOURCES | EXPLAIN | DIFF | VERIFY,
	OG_OUTPUT, "text", WORDS("text json")},
    {0, "format", "NAME", "text, or json for rules known", OK_LIST, offsetof(struct options, formats), RULES, OG_OUTPUT,
	"text", WORDS("text json")},
    {0, "label", "TEXT", "name of the instance in report and bundle", OK_TEXT, offsetof(struct options, label), DECIDES,
	OG_OUTPUT, NULL, TEXT},
    {0, "change", "TEXT", "the change that this check belongs to", OK_TEXT, offsetof(struct options, change), DECIDES,
	OG_OUTPUT, NULL, TEXT},
    {0, "attach", "FILE.zip", "also write the report alone, of at most 2 MB, for a change ticket", OK_TEXT,
	offsetof(struct options, attach), DECIDES | REPORT, OG_OUTPUT, NULL, FILES},
    {0, "redaction", "LEVEL", "hide hosts, persons and free text in bundle and report: standard or strict", OK_TEXT,
	offsetof(struct options, redaction), DECIDES | COLLECT, OG_OUTPUT, NULL, WORDS("standard strict")},
    {0, "sign-key", "FILE", "secret minisign key that signs what is written", OK_TEXT,
	offsetof(struct options, sign_key), DECIDES | COLLECT | RULES, OG_OUTPUT, NULL, FILES},
    {0, "sign-password-file", "FILE", "file with the password of --sign-key, alone on the first line", OK_TEXT,
	offsetof(struct options, sign_password_file), DECIDES | COLLECT | RULES, OG_OUTPUT, NULL, FILES},
    {0, "color", "WHEN", "auto, always or never", OK_TEXT, offsetof(struct options, color), ALL, OG_OUTPUT, "auto",
	WORDS("auto always never")},

    {0, "part", "NAME", "print a part of the manual or of the completion, from which the build makes both", OK_TEXT,
	offsetof(struct options, part), CMD_HELP | ONCE, OG_GENERAL, NULL, WORDS("head options bash zsh fish")},
    {'q', "quiet", NULL, "show only the verdict", OK_FLAG, offsetof(struct options, quiet), ALL, OG_GENERAL, NULL,
	NOTHING},
    {'v', "verbose", NULL, "show every rule, and log what is done", OK_FLAG, offsetof(struct options, verbose), ALL,
	OG_GENERAL, NULL, NOTHING},
    {'h', "help", NULL, "this text", OK_FLAG, offsetof(struct options, help), ALL | ONCE, OG_GENERAL, NULL, NOTHING},
};
const size_t n_options = nitems(option_table);

/* SSL_CERT_FILE and what libpq reads are of their libraries. */
const struct variable variables[] = {
    {"PGPASSWORD", "password of PostgreSQL; so are PGPASSFILE and ~/.pgpass", READS | EXPLAIN},
    {"PREFLIGHT_REDIS_PASSWORD", "password of Redis, instead of --redis-password-file", READS},
    {"PREFLIGHT_SENTINEL_PASSWORD", "password of the Sentinels, instead of --sentinel-password-file", READS},
    {"PREFLIGHT_SEARCH_PASSWORD", "password of --search-user, instead of --search-password-file", READS},
    {"PREFLIGHT_GITLAB_TOKEN", "token for --gitlab, instead of --gitlab-token-file", READS},
    {"AWS_ACCESS_KEY_ID", "with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, for --search-aws-region", READS},
    {"SSL_CERT_FILE", "CA certificates, where no option names others", READS},
    {"PREFLIGHT_SIGN_PASSWORD", "password of --sign-key, instead of --sign-password-file", DECIDES | COLLECT | RULES},
    {"SOURCE_DATE_EPOCH", "the time of the run, in seconds since 1970, for files that are the same each time",
	DECIDES | COLLECT | RULES},
    {"FORCE_COLOR", "colour although the output is no terminal; so does CLICOLOR_FORCE", DECIDES | REPORT},
    {"NO_COLOR", "no colour", DECIDES | REPORT},
    {"COLUMNS", "the width of this text", ALL},
    {NULL, NULL, 0},
};

const char *
option_about(const struct option *o, struct arena *a)
{
	const char *names = "";

	if (o->help != NULL)
		return o->help;
	for (const struct format *const *f = formats; *f != NULL; f++)
		names = arena_printf(a, "%s%s%s", names, f == formats ? "" : ", ", (*f)->name);
	return arena_printf(a, "%s; to stdout or FILE", names);
}

const char *
option_variable(const struct option *o, struct arena *a)
{
	char *name = arena_printf(a, "PREFLIGHT_%s", o->name);

	for (char *p = name; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	return (o->commands & ONCE) != 0 ? NULL : name;
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
	ARENA_PUSH(a, &out->said, ((struct option_said){.name = o->name, .by = by, .value = value}));
}
