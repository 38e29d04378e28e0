/*
 * `preflight collect`: reads the instance and writes a bundle of facts without a verdict. The same collection as
 * `check`; no rule is evaluated.
 */
#include <string.h>

#include "discovery/history.h"
#include "discovery/name_rules.h"
#include "discovery/name_sources.h"
#include "base/log.h"
#include "commands/output.h"
#include "commands/redacting.h"
#include "discovery/read_live.h"
#include "facts/snapshot.h"
#include "base/text.h"
#include "base/version.h"

static const char *
top_folder(struct arena *a)
{
	char text[TIME_TEXT], compact[TIME_TEXT];
	size_t n = 0;

	for (const char *p = text_time(clock_wall_us(), text); *p != '\0'; p++)
		if (*p != '-' && *p != ':')
			compact[n++] = *p;
	compact[n] = '\0';
	return arena_printf(a, "facts-%s", compact);
}

/* What a person said of the instance goes with its facts; inputs.json is that of a verdict. */
static void
add_inputs(struct members *facts, const struct inputs *in, struct arena *a)
{
	struct member m = {.path = COLLECT_INPUTS,
	    .data = inputs_write(&(struct inputs){.from = in->from, .redaction = in->redaction}, a)};

	m.len = strlen(m.data);
	ARENA_PUSH(a, facts, m);
}

static int
write_facts(const struct options *o, struct arena *a, const struct ruleset *set, struct inputs *in,
    const struct signing *signing, struct members *facts, struct out *out)
{
	char digest[65];
	struct manifest m = {.rules_version = set->version,
	    .rules_digest = set->digest,
	    .tool_version = PREFLIGHT_VERSION,
	    .process = output_process(a, o, in->redaction != NULL, false)};
	struct err e;

	if (!redact_facts(set, in, a, facts, &e))
		return complain_internal(&e);
	snapshot_digest(facts, digest);
	m.run_id = arena_strndup(a, digest, 32);
	if (in->from != NULL || in->redaction != NULL)
		add_inputs(facts, in, a);
	if (!bundle_seal(a, facts, &m, &e) ||
	    !signing_sign(signing, a, facts, arena_printf(a, "preflight %s", top_folder(a)), &e) ||
	    !out_commit(out, top_folder(a), facts, clock_wall_us() / 1000000, &e))
		return complain_internal(&e);
	return EXIT_GO;
}

/* The view of unfinished work is evaluated, and no rule. */
static void
keep_history(const struct ruleset *set, const struct members *facts, const struct inputs *in,
    const struct source *sources, size_t n)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct snapshot *snapshot = snapshot_new();
	struct instance *inst = NULL;
	struct err e;

	if (snapshot_read(snapshot, &set->facts, facts, a, &e))
		inst = instance_new(a, set, snapshot, in, NULL, &e);
	if (inst != NULL)
		history_keep(sources, n, inst);
	else
		log_warning("--history: the facts cannot be evaluated: %s", e.msg);
	instance_free(inst);
	snapshot_free(snapshot);
}

int
cmd_collect(const struct options *o, struct arena *a)
{
	static const struct left_outs nothing;
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	CLEANUP(out_drop) struct out *out = NULL;
	CLEANUP(signing_drop) struct signing signing = {0};
	struct live_limits limits;
	struct inputs in = {0};
	struct source *sources;
	struct live_reading s;
	struct err e;
	size_t n;
	int rc;

	if (o->words.n > 0)
		return usage_error("collect takes no argument \"%s\"", o->words.items[0]);
	if (!live_limits_of(o, &limits, &e))
		return complain(&e);
	set = named_rules(o, false, a);
	if (set == NULL)
		return EXIT_USAGE;
	if (!inputs_from(&in, o->from, &e) || !inputs_redaction(&in, o->redaction, &e))
		return complain(&e);
	if (!name_sources(o, set, &nothing, a, &sources, &n, &e))
		return complain(&e);
	if (o->dry_run) {
		describe_live(set, sources, n, installed_key(o->from), stdout);
		return EXIT_GO;
	}
	if (!signing_open(&signing, o, &e) || !out_open(o->out, &out, &e))
		return complain(&e);
	if (n == 0)
		return usage_error("no source was named or found: see preflight collect --help");
	out_pack(out, BE_SMALL);
	if (!out_begin(out, &e))
		return complain(&e);
	read_live(set, sources, n, &nothing, installed_key(o->from), limits, a, &s);
	if (o->history != NULL && s.signal == 0)
		keep_history(set, &s.facts, &in, sources, n);
	rc = write_facts(o, a, set, &in, &signing, &s.facts, out);
	if (rc != EXIT_GO)
		return rc;
	if (out_path(out) != NULL)
		log_info("facts are in %s", out_path(out));
	if (s.signal != 0)
		return 128 + s.signal;
	return (o->only != NULL ? s.asked_complete : s.required_complete) ? EXIT_GO : EXIT_UNDETERMINED;
}
