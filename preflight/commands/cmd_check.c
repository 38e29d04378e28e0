/*
 * `preflight check`: collect or take facts, assess them, write the bundle, show the report. It only connects these
 * steps; each is in a folder of its own. `preflight wait` takes the same steps more than once.
 */
#include "commands/cmd_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "discovery/history.h"
#include "discovery/name_rules.h"
#include "discovery/name_sources.h"
#include "commands/attach.h"
#include "commands/output.h"
#include "commands/redacting.h"
#include "bundle/publish.h"
#include "discovery/read_live.h"
#include "base/file.h"
#include "base/text.h"
#include "base/version.h"

#define DECISIONS_MAX ((size_t)256 * 1024)
#define LABEL_MAX 100 /* bytes: it begins the names of bundles */

static const char *
clean(struct arena *a, const char *s)
{
	return s != NULL ? text_clean(a, s, strlen(s), 200) : NULL;
}

/* Whoever may change the file of one who is root could accept findings in his name. */
static bool
is_guarded(const char *file, struct err *e)
{
	struct stat st;

	if (geteuid() != 0 || stat(file, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	return fail(e, NOWHERE, "%s may be changed by others, and this runs as root: chmod go-w %s", file, file);
}

static bool
take_decisions(struct check *c, struct err *e)
{
	const char *file = c->o->decisions, *text;
	size_t len;

	if (file == NULL ||
	    (is_guarded(file, e) && file_read(c->a, file, DECISIONS_MAX, &text, &len, e) &&
		inputs_decisions(&c->inputs, file, text, len, c->a, e)))
		return true;
	err_within(e, "--decisions");
	return false;
}

static bool
take_inputs(struct check *c, struct err *e)
{
	const struct options *o = c->o;

	c->inputs = (struct inputs){.to = o->to,
	    .next = o->next,
	    .after = o->after,
	    .exit_on_warnings = o->exit_on_warnings,
	    .require_tls = o->require_tls,
	    .required_only = o->required_only,
	    .install_method = o->install_method,
	    .label = clean(c->a, o->label),
	    .change = clean(c->a, o->change),
	    .require = o->require,
	    .notes_read = o->notes_read};
	for (size_t i = 0; i < o->without.n; i++)
		if (!inputs_without(&c->inputs, clean(c->a, o->without.items[i]), c->a, e))
			return false;
	for (size_t i = 0; i < o->nodes.n; i++)
		if (!inputs_nodes(&c->inputs, clean(c->a, o->nodes.items[i]), c->a, e))
			return false;
	if (!take_decisions(c, e))
		return false;
	if (o->path != NULL && !inputs_path(&c->inputs, o->path, c->a, e)) {
		err_within(e, "--path");
		return false;
	}
	if (o->label != NULL && strlen(o->label) > LABEL_MAX)
		return fail(e, NOWHERE, "--label: %zu bytes are more than the %d that a label may have",
		    strlen(o->label), LABEL_MAX);
	if (!inputs_redaction(&c->inputs, o->redaction, e)) {
		err_within(e, "--redaction");
		return false;
	}
	return inputs_from(&c->inputs, o->from, e);
}

/* The release that is named is the target, also where --to names it less exactly. */
static bool
take_release(struct check *c, struct err *e)
{
	const char *path, *version, *to = c->inputs.to;

	if (!named_release(c->o, c->a, &path, &version, e))
		return false;
	if (version == NULL || version[0] == '\0' || c->inputs.next)
		return true;
	if (to == NULL || to[strspn(to, "0123456789.")] == '\0')
		c->inputs.to = version;
	return true;
}

/* Checks the request before anything is read. */
static bool
check_request(struct check *c, struct err *e)
{
	const struct inputs *in = &c->inputs;
	struct version from = {0};
	int64_t to;

	if (in->install_method != NULL && ruleset_method(c->set, in->install_method) == NULL)
		return fail(e, NOWHERE,
		    "--install-method %s is none of linux_package, docker, helm, "
		    "self_compiled, sameersbn",
		    in->install_method);
	for (size_t i = 0; i < in->require.n; i++)
		if (ruleset_source(c->set, in->require.items[i]) == NULL)
			return fail(e, NOWHERE, "--require: there is no source %s", in->require.items[i]);
	for (size_t i = 0; i < in->require.n; i++)
		if (is_left_out(&in->without, in->require.items[i]))
			return fail(e, NOWHERE, "--require %s and --without %s exclude each other",
			    in->require.items[i], in->require.items[i]);
	if (in->after && (in->to != NULL || in->next))
		return fail(e, NOWHERE, "--after asks about the installed version: leave out %s",
		    in->to != NULL ? "--to" : "--next");
	if (in->to == NULL) {
		if (!in->next && !in->after && !c->taken.replay && !isatty(STDOUT_FILENO))
			return fail(
			    e, NOWHERE, "specify the target: --to VERSION (or --next for the next upgrade step)");
		return true;
	}
	if (in->from != NULL && !version_parse(in->from, &from, e))
		return false;
	if (!plan_resolve(c->set, in->to, from.key, &to, e)) {
		err_prefix(e, "--to");
		return false;
	}
	if (to < from.key)
		return fail(
		    e, NOWHERE, "--to %s is older than --from %s: GitLab cannot be downgraded", in->to, in->from);
	return true;
}

int
check_open(struct check *c)
{
	struct err e;

	if (c->o->words.n > 0)
		return usage_error(
		    "%s takes no argument \"%s\": the target is --to VERSION", c->command, c->o->words.items[0]);
	c->set = named_rules(c->o, false, c->a);
	if (c->set == NULL)
		return EXIT_USAGE;
	if (!take_inputs(c, &e) || !take_release(c, &e) ||
	    !take_facts_open(&c->taken, c->o, c->set, &c->inputs, c->a, &e) || !inputs_notes(&c->inputs, c->a, &e) ||
	    !check_request(c, &e) || !output_check_formats(c->o, &e) || !signing_open(&c->signing, c->o, &e) ||
	    (!c->o->dry_run && !attach_open(c->o, &c->attached, &e)))
		return complain(&e);
	c->inputs.rules_file = c->set->file_signer; /* not that of a bundle's rules, which are not used */
	return EXIT_GO;
}

bool
check_read(struct check *c, struct arena *a, struct err *e)
{
	return take_facts_finish(&c->taken, c->set, &c->inputs, a, e);
}

bool
check_assess(struct check *c, struct assessment *out, struct err *e)
{
	if (!assess(out, c->set, &c->taken.facts, take_facts_read(&c->taken), &c->inputs, c->taken.hypothetical, e))
		return false;
	/* An interrupted look saw too little to be compared with. */
	if (c->taken.signal == 0)
		history_keep(c->taken.sources, c->taken.n_sources, out->instance);
	instance_close(out->instance);
	return true;
}

/* Decides again without what is hidden. The verdict may only become worse by that, never better. */
static bool
check_redact(struct check *c, const struct assessment *an, struct arena *a, struct members *facts,
    struct assessment *redacted, struct err *e)
{
	enum gate is = an->report->gate.decision, would;

	if (!redact_facts(c->set, &c->inputs, a, facts, e) ||
	    !assess(redacted, c->set, facts, NULL, &c->inputs, c->taken.hypothetical, e))
		return false;
	would = redacted->report->gate.decision;
	return gate_worse(is, would) == would ||
	    fail(e, NOWHERE,
		"--redaction %s hides data that the verdict depends on (%s would become %s): check without it",
		c->inputs.redaction, gate_title[is], gate_title[would]);
}

int
check_publish(struct check *c, const struct assessment *an, struct arena *a, struct out *out)
{
	struct left_behind left = {.options = c->o,
	    .set = c->set,
	    .inputs = &c->inputs,
	    .report = an->report,
	    .signing = &c->signing,
	    .replay = c->taken.replay};
	CLEANUP(assessment_drop) struct assessment redacted = {0};
	struct members members = {0};
	struct err e;

	for (size_t i = 0; i < c->taken.facts.n; i++)
		if (strncmp(c->taken.facts.items[i].path, "facts/", 6) == 0)
			ARENA_PUSH(a, &members, c->taken.facts.items[i]);
	if (c->inputs.redaction != NULL) {
		if (!check_redact(c, an, a, &members, &redacted, &e))
			return complain(&e);
		left.report = redacted.report;
	}
	if (!output_bundle(a, &left, &members, out, &e) || !attach_write(c->attached, left.report, &e) ||
	    !output_formats(c->o, left.report, out_path(out), &e))
		return complain_internal(&e);
	return c->taken.signal != 0 ? 128 + c->taken.signal : left.report->gate.exit_code;
}

void
check_drop(struct check *c)
{
	take_facts_drop(&c->taken);
	signing_drop(&c->signing);
	out_drop(&c->attached);
	ruleset_free(c->set);
}

int
cmd_check(const struct options *o, struct arena *a)
{
	CLEANUP(check_drop) struct check c = {.o = o, .a = a, .command = "check"};
	CLEANUP(assessment_drop) struct assessment an = {0};
	CLEANUP(out_drop) struct out *out = NULL;
	struct err e;
	int rc = check_open(&c);

	if (rc != EXIT_GO)
		return rc;
	if (o->dry_run) {
		describe_live(c.set, c.taken.sources, c.taken.n_sources, installed_key(c.inputs.from), stdout);
		if (o->observe != NULL)
			(void)printf("\nAfter %s the tables about unfinished work are read again, in the same way.\n",
			    o->observe);
		return EXIT_GO;
	}
	if (!out_open(o->out, &out, &e) || !check_read(&c, a, &e) || !out_begin(out, &e) ||
	    !attach_begin(c.attached, &e) || !check_assess(&c, &an, &e))
		return complain(&e);
	return check_publish(&c, &an, a, out);
}
