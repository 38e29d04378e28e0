/*
 * Every command, once: its function, and what help, manual and completion show of it. Its options are in
 * option_table.c. Nothing here parses.
 */
#include <string.h>

#include "commands/cli.h"

#include "base/secret.h"

/* A row that lacks a member does not compile. */
#pragma GCC diagnostic error "-Wmissing-field-initializers"

static const struct exit_meaning decides[] = {
    {0, "GO, or GO with warnings"},
    {3, "NO-GO: something blocks the upgrade"},
    {4, "GO with warnings, with --exit-on-warnings"},
    {5, "UNDETERMINED (do not upgrade): data of a required source could not be read"},
    {6, "WAIT: background work is running and finishes by itself"},
    {0, NULL},
};
static const struct exit_meaning waits[] = {
    {0, "GO, or GO with warnings"},
    {3, "NO-GO: something blocks the upgrade"},
    {4, "GO with warnings, with --exit-on-warnings"},
    {5, "UNDETERMINED: three rounds without a decision"},
    {6, "WAIT: work was left at the --deadline"},
    {0, NULL},
};
static const struct exit_meaning collects[] = {
    {0, "every required source is complete"},
    {5, "a required source is not complete"},
    {0, NULL},
};
static const struct exit_meaning explains[] = {
    {0, "something is explained"},
    {5, "nothing in the log is covered by the rules"},
    {0, NULL},
};
static const struct exit_meaning compares[] = {
    {0, "the newer report is no worse"},
    {10, "the newer report is worse"},
    {0, NULL},
};
static const struct exit_meaning fleets[] = {
    {0, "the worst verdict is GO, or GO with warnings"},
    {3, "the worst verdict is NO-GO"},
    {4, "the worst verdict is GO with warnings, of a check with --exit-on-warnings"},
    {5, "an instance is missing, unreadable, incomplete or old, or the worst verdict is UNDETERMINED"},
    {6, "the worst verdict is WAIT"},
    {0, NULL},
};
static const struct exit_meaning verifies[] = {
    {0, "intact, and the verdict follows from the facts; a bundle of collect has no verdict"},
    {7, "not intact, not signed with --key, another verdict, not what --expect-* requires, a GO that has expired, or too old"},
    {0, NULL},
};
static const struct exit_meaning tests[] = {
    {0, "done; of lint and test: no fault"},
    {2, "a rule has a fault, a test of a rule fails, or an option is wrong"},
    {0, NULL},
};
static const struct exit_meaning prints[] = {{0, "printed"}, {0, NULL}};

/* Of every command that does not have its own. */
static const struct exit_meaning common[] = {
    {1, "internal error: no verdict"},
    {2, "wrong option, file, rule or bundle: nothing was evaluated"},
    {0, NULL},
};

const struct command commands[] = {
    {"check", "[--to VERSION]", "May this instance be upgraded now? Collects, decides, writes a bundle.", CMD_CHECK,
	cmd_check, NOTHING, NOTHING, decides,
	{{"sudo preflight check --to 17.3", "on a GitLab node: it finds the stores in GitLab's own files"},
	    {"preflight check --config shop.yml --to 17.3 --format junit=junit.xml", "in a pipeline"}}},
    {"wait", "[--to VERSION]", "Looks again and again until the verdict is no longer WAIT.", CMD_WAIT, cmd_wait,
	NOTHING, NOTHING, waits,
	{{"sudo preflight wait --to 17.3 --interval 5min", "until background migrations no longer block"},
	    {"sudo preflight wait --after", "after an upgrade, until its background migrations are finished"}}},
    {"plan", "--to VERSION", "The upgrade path to a version: its stops, and what to do before each.", CMD_PLAN,
	cmd_plan, NOTHING, NOTHING, prints,
	{{"preflight plan --from 14.1.8 --to 18.5", "without any source"},
	    {"sudo preflight plan --to latest --format json", "conditional stops decided from live facts"}}},
    {"explain", "[FILE|-|ID [BUNDLE]]", "What a failed upgrade's log means, and the ways on; or a rule, or a finding.",
	CMD_EXPLAIN, cmd_explain, RULE_IDS_OR_FILES, FILES, explains,
	{{"sudo preflight explain", "the newest logs of db:migrate and reconfigure on this host"},
	    {"kubectl logs JOB | preflight explain -", "a log from elsewhere"}}},
    {"collect", "", "Only collects; writes a bundle of facts.", CMD_COLLECT, cmd_collect, NOTHING, NOTHING, collects,
	{{"sudo preflight collect --out facts.tar.gz", "to decide elsewhere: preflight check --facts facts.tar.gz"},
	    {"sudo preflight collect --only host --out - >node-2.tar.gz", "the files of one of several nodes"}}},
    {"report", "BUNDLE", "Shows the report of a bundle, or of a report.json, again, in any format.", CMD_REPORT,
	cmd_report, FILES, NOTHING, prints,
	{{"preflight report bundle.tar.gz", "on the terminal"},
	    {"preflight report report.json --format html=report.html", "report.json is enough for any format"}}},
    {"diff", "OLD NEW", "What is new, changed or cleared between two bundles or report.json files.", CMD_DIFF, cmd_diff,
	FILES, FILES, compares,
	{{"preflight diff yesterday.tar.gz today.tar.gz", "finding by finding"},
	    {"preflight diff --format json old.json new.json", "report.json is enough; for programs"}}},
    {"fleet", "--expect FILE BUNDLE...", "Many instances on one page; those without a current verdict come first.",
	CMD_FLEET, cmd_fleet, FILES, FILES, fleets,
	{{"preflight fleet --expect fleet.yml bundles/*.tar.gz --format html=fleet.html", "a page, and a summary"},
	    {"preflight fleet --expect fleet.yml */report.json --format json", "report.json is enough; for programs"}}},
    {"accept", "ID BUNDLE", "Prints a decision entry for a finding, for the file of --decisions.", CMD_ACCEPT,
	cmd_accept, RULE_IDS, FILES, prints,
	{{"preflight accept bbm.failed-jobs bundle.tar.gz", "an entry for each open finding of this rule"},
	    {"preflight accept f-3f0c9f2f3d6e bundle.tar.gz", "an entry for the finding with this anchor"}}},
    {"verify", "BUNDLE", "Is a bundle intact, and does its verdict follow from its facts?", CMD_VERIFY, cmd_verify,
	FILES, NOTHING, verifies,
	{{"preflight verify bundle.tar.gz --require-decision --max-age 2h", "fails unless it is a recent GO"},
	    {"preflight verify bundle.tar.gz --key release.pub", "it must be signed with this key"}}},
    {"rules", "list|show ID|lint|test|known|pack|import", "What is checked and why; whether rule files are valid.",
	CMD_RULES, cmd_rules, WORDS("list show lint test known pack import"), RULE_IDS, tests,
	{{"preflight rules show bbm.unfinished", "what it checks, the SQL to run by hand, what clears it"},
	    {"preflight rules test --rules my-rules", "the tests of all rules, with your own"}}},
    {"facts", "[TABLE]", "The fact tables: columns, source, query.", CMD_FACTS, cmd_facts, TABLE_NAMES, NOTHING, prints,
	{{"preflight facts", "all tables, one a line"},
	    {"preflight facts batched_migration", "one table with its SQL"}}},
    {"sources", "", "Where GitLab's stores are, where that is configured, and whether they can be read.", CMD_SOURCES,
	cmd_sources, NOTHING, NOTHING, collects,
	{{"sudo preflight sources", "on a GitLab node, before the first check"},
	    {"preflight sources --print-role", "the SQL for a role that can read what preflight reads"}}},
    {"help", "[COMMAND]", "All commands, or the options of one.", CMD_HELP, NULL, COMMAND_NAMES, NOTHING, prints,
	{{"preflight help check", "the same as preflight check --help"}, {"preflight help", "all commands"}}},
    {NULL, NULL, NULL, 0, NULL, NOTHING, NOTHING, NULL, {{NULL, NULL}, {NULL, NULL}}},
};

const struct command *
command_find(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const char *
exit_meaning(const struct command *c, int code)
{
	for (const struct exit_meaning *x = c != NULL ? c->exits : common; x->meaning != NULL; x++)
		if (x->code == code)
			return x->meaning;
	return c != NULL ? exit_meaning(NULL, code) : NULL;
}

int
unknown_command(const char *word)
{
	const char *words[nitems(commands)], *near;
	size_t n = 0;

	if (secret_is_login(word))
		return usage_error("the first argument is the name of a command: see preflight --help");
	if (word[0] == '-')
		return usage_error("%s needs a command before it, as in preflight check %s", word, word);
	for (const struct command *c = commands; c->name != NULL; c++)
		words[n++] = c->name;
	near = closest(word, words, n);
	if (near != NULL)
		return usage_error("there is no command \"%s\": did you mean \"%s\"?", word, near);
	return usage_error("there is no command \"%s\": see preflight --help", word);
}
