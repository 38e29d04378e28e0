#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "config.h"
#include "log.h"
#include "output.h"
#include "publish.h"
#include "ruleset_read.h"
#include "session.h"
#include "text.h"
#include "version.h"

struct check {
	const struct options *o;
	struct arena *a;
	struct inputs inputs;
	struct ruleset *set;
	struct members facts;
	bool replay, hypothetical;
	int signal;
};

static const char *
clean(struct arena *a, const char *s)
{
	return s != NULL ? text_clean(a, s, strlen(s), 200) : NULL;
}

static bool
take_inputs(struct check *c, struct err *e)
{
	const struct options *o = c->o;
	struct version v;

	c->inputs = (struct inputs){.from = o->from, .to = o->to, .next = o->next,
	    .exit_on_warnings = o->exit_on_warnings, .require_tls = o->require_tls,
	    .required_only = o->required_only,
	    .install_method = o->install_method, .label = clean(c->a, o->label),
	    .change = clean(c->a, o->change), .require = o->require};
	for (size_t i = 0; i < o->without.n; i++)
		if (!inputs_without(&c->inputs, clean(c->a, o->without.items[i]), c->a, e))
			return false;
	if (o->path != NULL && !inputs_path(&c->inputs, o->path, c->a, e)) {
		err_prefix(e, "--path");
		return false;
	}
	if (o->from != NULL && !version_parse(o->from, &v, e)) {
		err_prefix(e, "--from");
		return false;
	}
	if (o->from != NULL && v.parts != 3)
		return fail(e, NOWHERE, "--from %s: name all three numbers, such as %s.0", o->from, o->from);
	return true;
}

/* What can be said against the request before anything is read. */
static bool
check_request(struct check *c, struct err *e)
{
	const struct inputs *in = &c->inputs;
	struct version from;
	int64_t to;

	if (in->install_method != NULL && ruleset_method(c->set, in->install_method) == NULL)
		return fail(e, NOWHERE, "--install-method %s is none of linux_package, docker, helm, "
		    "self_compiled", in->install_method);
	for (size_t i = 0; i < in->require.n; i++)
		if (ruleset_source(c->set, in->require.items[i]) == NULL)
			return fail(e, NOWHERE, "--require: there is no source %s", in->require.items[i]);
	if (in->to == NULL) {
		if (!in->next && !c->replay && !isatty(STDOUT_FILENO))
			return fail(e, NOWHERE, "name the target: --to VERSION (or --next for the next hop)");
		return true;
	}
	if (!plan_resolve(c->set, in->to, &to, e)) {
		err_prefix(e, "--to");
		return false;
	}
	if (in->from != NULL && version_parse(in->from, &from, e) && to < from.key)
		return fail(e, NOWHERE, "--to %s is older than --from %s: GitLab cannot be downgraded",
		    in->to, in->from);
	return true;
}

static bool
read_facts(struct check *c, struct err *e)
{
	const char *path = c->o->facts.items[0];
	const struct member *inputs;
	struct bundle b;

	if (c->o->facts.n > 1)
		return fail(e, NOWHERE, "--facts takes one bundle");
	if (!bundle_read(c->a, path, &b, e)) {
		err_prefix(e, "%s", path);
		return false;
	}
	if (b.state != BS_INTACT && b.form != BF_DIRECTORY)
		return fail(e, NOWHERE, "%s: %s: see preflight verify %s", path, b.why, path);
	c->hypothetical = b.state != BS_INTACT;
	c->facts = b.members;
	inputs = members_find(&b.members, "inputs.json");
	return inputs == NULL || inputs_merge(&c->inputs, inputs->data, inputs->len, c->a, e);
}

static bool
collect(struct check *c, struct err *e)
{
	struct source *sources;
	struct session s;
	int64_t timeout = 120 * (int64_t)1000000;
	size_t n;

	if (c->o->timeout != NULL && (!read_duration(c->o->timeout, &timeout) || timeout <= 0))
		return fail(e, NOWHERE, "--timeout %s: write it as 90s or 5min", c->o->timeout);
	if (!config_sources(c->o, c->set, &c->inputs.without, c->a, &sources, &n, e))
		return false;
	session_collect(c->set, sources, n, &c->inputs.without, installed_key(c->inputs.from),
	    timeout, c->a, &s);
	c->facts = s.facts;
	c->signal = s.signal;
	return true;
}

static bool
uses_live_sources(const struct options *o)
{
	return o->postgres.n > 0 || o->redis.n > 0 || o->root != NULL;
}

static int
finish(struct check *c, struct out *out)
{
	CLEANUP(answer_drop) struct answer an = {0};
	struct members members = {0};
	struct err e;

	if (!answer_make(&an, c->set, &c->facts, &c->inputs, c->hypothetical, &e))
		return usage_error("%s", e.msg);
	for (size_t i = 0; i < c->facts.n; i++)
		if (strncmp(c->facts.items[i].path, "facts/", 6) == 0)
			ARENA_PUSH(c->a, &members, c->facts.items[i]);
	if (!output_bundle(c->a, c->set, &c->inputs, an.report, &members, c->replay, out, &e) ||
	    !output_formats(c->o, an.report, out_path(out), &e)) {
		log_error("%s", e.msg);
		return EXIT_INTERNAL;
	}
	return c->signal != 0 ? 128 + c->signal : an.report->gate.exit_code;
}

static void
check_drop(struct check *c)
{
	ruleset_free(c->set);
}

int
cmd_check(const struct options *o, struct arena *a)
{
	CLEANUP(check_drop) struct check c = {.o = o, .a = a, .replay = o->facts.n > 0};
	CLEANUP(out_drop) struct out *out = NULL;
	struct err e;

	if (o->words.n > 0)
		return usage_error("check takes no argument \"%s\": the target is --to VERSION",
		    o->words.items[0]);
	if (c.replay && uses_live_sources(o))
		return usage_error("--facts decides from a bundle: leave out --postgres, --redis and --root");
	c.set = config_rules(o, false);
	if (c.set == NULL)
		return EXIT_USAGE;
	if (!take_inputs(&c, &e) || (c.replay && !read_facts(&c, &e)) || !check_request(&c, &e) ||
	    !output_check_formats(o, &e) || !out_open(o->out, &out, &e))
		return usage_error("%s", e.msg);
	if (!c.replay && !collect(&c, &e))
		return usage_error("%s", e.msg);
	if (!out_begin(out, &e))
		return usage_error("%s", e.msg);
	return finish(&c, out);
}
