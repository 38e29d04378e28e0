/*
 * Reports as the composer would leave them, for the formats to be tried on: made by hand, so that a
 * test needs no rules and no snapshot. To be included before cmocka.h.
 */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "reports/report.h"
#include "verdict/report_actions.h"
#include "verdict/report_fold.h"
#include "reports/derive.h"
#include "base/text.h"

#define MANY 3200 /* more than any format lists */

/* What a database, a rule pack and a person may try, as the door lets it through. */
#define HOSTILE \
	"<script>alert(1)</script>\"><img src=x onerror=alert(1)>'<U+001B>[2J @all #1 !1 " \
	"![x](http://x) [[ATTACHMENT|../../x]] ]]> &amp; ```` `$(id)` | *b* <!-- --> {{7*7}}"

static inline struct finding
finding_of(const char *rule, const char *key, enum status status, enum severity severity, const char *title,
    const char *message)
{
	static const enum effect of_blocker[] = {[ST_PASS] = EF_NONE,
	    [ST_FAIL] = EF_BLOCKS,
	    [ST_WAITING] = EF_WAITS,
	    [ST_UNKNOWN] = EF_BLOCKS,
	    [ST_ERROR] = EF_BLOCKS,
	    [ST_MANUAL] = EF_BLOCKS,
	    [ST_NOT_APPLICABLE] = EF_NONE,
	    [ST_SKIPPED] = EF_NONE};
	struct finding f = {.rule = rule,
	    .rule_file = "steps/14-2.yml",
	    .status = status,
	    .severity = severity,
	    .title = title,
	    .message = message,
	    .subject_name = key};
	struct sha256 *sum = sha256_new();
	char hex[65];

	sha256_add(sum, rule, strlen(rule) + 1);
	sha256_add(sum, key, strlen(key));
	sha256_end(sum, hex);
	(void)snprintf(f.key, sizeof f.key, "%.32s", hex);
	(void)snprintf(f.anchor, sizeof f.anchor, "f-%.12s", hex);
	f.effect = severity == SEV_BLOCKER || of_blocker[status] == EF_NONE ? of_blocker[status]
	    : severity == SEV_WARNING                                       ? EF_WARNS
									    : EF_NONE;
	return f;
}

/* A report in the making; findings and groups are added in the order of the report. */
struct draft {
	struct arena *a;
	struct report *r;
	struct finding *findings;
	const struct finding **order;
	struct group *groups;
	struct reason *reasons;
};

static inline struct gate_result
gate_of(struct draft *d, enum gate decision, const char *to, const char *headline, const char *counts)
{
	static const int codes[] = {
	    [G_GO] = 0, [G_GO_WITH_WARNINGS] = 0, [G_WAIT] = 6, [G_UNDETERMINED] = 5, [G_NO_GO] = 3};

	d->findings = arena_alloc(d->a, (MANY + 50) * sizeof *d->findings);
	d->order = arena_alloc(d->a, (MANY + 50) * sizeof *d->order);
	d->groups = arena_alloc(d->a, 50 * sizeof *d->groups);
	d->reasons = arena_alloc(d->a, 50 * sizeof *d->reasons);
	return (struct gate_result){.decision = decision,
	    .from = "14.1.8",
	    .to = to,
	    .exit_code = codes[decision],
	    .headline = headline,
	    .counts = counts,
	    .permission = decision > G_GO_WITH_WARNINGS
		? ""
		: "Upgrading prod from 14.1.8 to 14.2.7 was allowed at 22 Nov 2026 "
		  "21:40 UTC. Check again if it starts after 22 Nov 2026 23:40 UTC.",
	    .valid_until = "2026-11-22T23:40:06Z",
	    .findings = d->order,
	    .groups = d->groups,
	    .reasons = d->reasons};
}

static inline struct finding *
put_finding(struct draft *d, struct gate_result *g, struct finding f)
{
	struct finding *copy = &d->findings[g->n_findings];

	*copy = f;
	d->order[g->n_findings++] = copy;
	g->by_status[f.status]++;
	g->total++;
	return copy;
}

/* The last `n` findings, as one. */
static inline struct group *
put_group(struct draft *d, struct gate_result *g, const char *word, const char *headline, size_t n)
{
	struct group *k = &d->groups[g->n_groups++];
	const struct finding *first = d->order[g->n_findings - n];

	*k = (struct group){.word = word,
	    .effect = first->effect,
	    .status = first->status,
	    .rule = first->rule,
	    .headline = headline,
	    .why = first->why,
	    .items = &d->order[g->n_findings - n],
	    .n = n};
	if (n == 1) {
		k->remedies = first->remedies;
		k->n_remedies = first->n_remedies;
	}
	derive_parts(d->a, k);
	if (first->effect != EF_NONE)
		d->reasons[g->n_reasons++] = (struct reason){first->effect == EF_BLOCKS
			? (first->status == ST_FAIL ? "blocking_failure" : "blocking_unknown")
			: first->effect == EF_WAITS ? "waiting"
						    : "warnings",
		    headline, first->key};
	return k;
}

static inline void
put_quiet(struct draft *d, struct gate_result *g)
{
	(void)put_finding(d, g,
	    finding_of("bbm.failed-jobs", "", ST_PASS, SEV_WARNING, "Jobs of finished migrations have failed",
		"Jobs of finished migrations have failed"));
	(void)put_finding(d, g,
	    finding_of("pg.floor", "", ST_PASS, SEV_BLOCKER, "PostgreSQL is older than this release needs",
		"PostgreSQL is older than this release needs"));
	(void)put_finding(d, g,
	    finding_of("geo.version", "", ST_NOT_APPLICABLE, SEV_BLOCKER, "A Geo secondary runs another version",
		"A Geo secondary runs another version"));
	(void)put_finding(d, g,
	    finding_of("host.disk", "", ST_SKIPPED, SEV_WARNING, "The disk has too little room",
		"The disk has too little room"));
}

static inline struct draft
draft_new(struct arena *a, const char *label)
{
	static const struct plan_step steps[] = {{"14.1.8", "current", "done", ""}, {"14.2.7", "target", "next", ""}};
	static const struct source_line sources[] = {
	    {"postgres:main", "postgres", "complete", "12.7", "", "/var/opt/gitlab/postgresql:5432", "--postgres",
		"unix-socket", "owner", false, 812, ""},
	    {"redis:queues", "redis", "complete", "6.0.14", "", "/var/opt/gitlab/redis/redis.socket", "--redis",
		"unix-socket", "unknown", false, 34, ""},
	    {"host", "host", "not_collected", "", "", "", "", "", "", false, 0, ""},
	};
	static const struct fact_line facts[] = {{"batched_migration", "main", "complete", "", 31},
	    {"batched_migration", "ci", "not_configured", "not configured", 0},
	    {"sidekiq_queue", "queues", "complete", "", 0}};
	struct draft d = {.a = a, .r = arena_alloc(a, sizeof *d.r)};

	*d.r = (struct report){.tool_version = "1.0",
	    .rules_version = "2026.11",
	    .rules_digest = "5b0c9f2f3d6e4b1a8c7d9e0f1a2b3c4d5b0c9f2f3d6e4b1a8c7d9e0f1a2b3c4d",
	    .rules_origin = "shipped",
	    .rules_known = "GitLab 14.0 to 14.3",
	    .run_id = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
	    .started_at = "2026-11-22T21:40:00Z",
	    .finished_at = "2026-11-22T21:40:06Z",
	    .complete = true,
	    .label = label,
	    .change = "",
	    .operator_name = "ops",
	    .host = "gitlab-rails-1",
	    .command = "preflight check --to 14.2",
	    .way_back = "Backup of 22 Nov 2026 20:05 UTC, 41 GB. Its restore is not tested.",
	    .current_version = "14.1.8",
	    .package_version = "14.1.8-ee",
	    .reconfigured_version = "",
	    .schema_version = "14.1",
	    .serving_version = "",
	    .requested = "14.2",
	    .resolved = "14.2.7",
	    .install_method = "linux_package",
	    .install_title = "Linux package",
	    .edition = "ee",
	    .steps = steps,
	    .n_steps = nitems(steps),
	    .plan_next = "14.2.7",
	    .sources = sources,
	    .n_sources = nitems(sources),
	    .facts = facts,
	    .n_facts = nitems(facts),
	    .not_read = "Not checked: host (not requested: backups, disk space)."};
	return d;
}

static inline const struct report *
draft_end(struct draft *d, struct gate_result g)
{
	derive_tally(d->a, &g);
	report_actions(d->a, &g);
	report_next_command(d->a, &g);
	d->r->gate = g;
	if (g.n_reasons == 0) {
		d->reasons[0] = (struct reason){"clean", g.headline, NULL};
		d->r->gate.n_reasons = 1;
	}
	d->r->title = arena_printf(d->a, "%s  %s%s%s -> %s", gate_title[g.decision], d->r->label,
	    d->r->label[0] != '\0' ? "  " : "", g.from, g.to);
	d->r->bundle_name = arena_printf(d->a, "prod-%s-to-%s-20261122T214000Z", g.from, g.to);
	return d->r;
}

static inline void
set_remedies(struct draft *d, struct finding *f, const char *rake_word)
{
	struct remedy *list = arena_alloc(d->a, 3 * sizeof *list);
	const char *const methods[][3] = {{"linux_package", "Linux package", "sudo gitlab-rake"},
	    {"docker", "Docker", "docker exec \"$GITLAB_CONTAINER\" gitlab-rake"},
	    {"helm", "Helm chart", "kubectl exec \"$TOOLBOX\" -- gitlab-rake"}};

	for (size_t i = 0; i < nitems(methods); i++) {
		struct remedy_step *steps = arena_alloc(d->a, 2 * sizeof *steps);

		steps[0] = (struct remedy_step){"Find out why its jobs failed: Admin Area > Monitoring > "
						"Background Migrations > Failed.",
		    NULL, false, false};
		steps[1] = (struct remedy_step){"Finish it in the foreground (in tmux or screen; it may take "
						"hours)",
		    arena_printf(d->a, "%s %s", methods[i][2], rake_word), false, false};
		list[i] = (struct remedy){methods[i][0], methods[i][1], steps, 2};
	}
	f->remedies = list;
	f->n_remedies = nitems(methods);
}

static inline struct finding
migration(
    struct draft *d, const char *class_name, const char *table, enum status status, const char *state, int64_t tenths)
{
	const char *key = arena_printf(d->a, "main/%s/%s/id", class_name, table);
	struct field *fields = arena_alloc(d->a, 5 * sizeof *fields);
	struct finding f = finding_of("bbm.unfinished", key, status, SEV_BLOCKER,
	    "Batched background migrations are not finished",
	    arena_printf(d->a, "%s on %s.id (main) is %s, %d.%d %% done", class_name, table, state, (int)(tenths / 10),
		(int)(tenths % 10)));
	static const struct reference refs[] = {{"Troubleshooting background migrations",
	    "https://docs.gitlab.com/update/background_migrations_troubleshooting/"}};

	fields[0] = (struct field){"database", "main"};
	fields[1] = (struct field){"job_class_name", class_name};
	fields[2] = (struct field){"table_name", table};
	fields[3] = (struct field){"job_arguments", "[[\"id\"], [\"id_convert_to_bigint\"]]"};
	fields[4] = (struct field){"state", state};
	f.why = "The upgrade aborts half-way with \"Expected batched background migration for the given "
		"configuration to be marked as 'finished'\" and leaves the schema half migrated.";
	f.subject = fields;
	f.n_subject = 3;
	f.evidence = (struct evidence){fields, 5};
	f.has_progress = true;
	f.progress = (struct progress){true, tenths * 1000, 1000000, tenths, state, NULL};
	f.refs = refs;
	f.n_refs = nitems(refs);
	return f;
}

static inline const struct report *
report_go(struct arena *a)
{
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(
	    &d, G_GO, "14.2.7", "Nothing blocks this upgrade step.", "2 passed, 1 not checked, 1 not applicable");
	static const struct remedy_step install[] = {
	    {"Install the package", "sudo apt-get install gitlab-ee=14.2.7-ee.0", false, false}};
	static const struct remedy upgrade[] = {{"linux_package", "Linux package", install, 1}};

	g.upgrade = upgrade;
	g.n_upgrade = 1;
	put_quiet(&d, &g);
	return draft_end(&d, g);
}

static inline const struct report *
report_no_go(struct arena *a)
{
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7",
	    "Batched background migrations are not finished (and 1 more)",
	    "2 blockers, 1 warning, 1 notice, 1 note needs reading, 2 passed, 1 not checked, 1 not applicable");
	struct finding *f;

	f = put_finding(&d, &g,
	    migration(&d, "CopyColumnUsingBackgroundMigrationJob", "push_event_payloads", ST_FAIL, "stalled", 342));
	set_remedies(&d, f,
	    "'gitlab:background_migrations:finalize[CopyColumnUsingBackgroundMigrationJob,"
	    "push_event_payloads,event_id,[[\"event_id\"]\\, [\"event_id_convert_to_bigint\"]]]'");
	(void)put_group(&d, &g, "BLOCKER", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("legacy.dead", "BackfillUserNamespace", ST_FAIL, SEV_BLOCKER,
		"Dead jobs of background migrations are left",
		"3 jobs of BackfillUserNamespace are dead and "
		"their rows still pending"));
	(void)put_group(&d, &g, "BLOCKER", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("path.bad-release", "", ST_FAIL, SEV_WARNING, "A later patch of this release is safer",
		"GitLab 14.2.7: a later patch fixes a migration"));
	f->decidable = "accepted";
	(void)put_group(&d, &g, "WARNING", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("access.owner", "", ST_FAIL, SEV_NOTICE, "The role may do more than read",
		"The role gitlab owns the tables; a role that may only read "
		"them is enough"));
	(void)put_group(&d, &g, "NOTICE", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("note.backup", "", ST_MANUAL, SEV_NOTICE, "Back up first",
		"Back up the database and gitlab-secrets.json"));
	(void)put_group(&d, &g, "READ FIRST", f->title, 1);
	put_quiet(&d, &g);
	return draft_end(&d, g);
}

/* One finding is accepted, one chore confirmed, and one entry is over. */
static inline const struct report *
report_decided(struct arena *a)
{
	static const struct decision decisions[] = {{.kind = "accepted",
							.rule = "pg.extension",
							.key = "",
							.notes_read = "",
							.target = "14.2.7",
							.justification = "The owner creates it on Monday",
							.approver = "release manager",
							.ticket = "CHG0012340",
							.expires = "2026-12-01",
							.state = "applied",
							.reason = "",
							.n_findings = 1},
	    {.kind = "confirmed",
		.rule = "note.secrets",
		.key = "",
		.notes_read = "",
		.target = "",
		.justification = "The file is in the vault",
		.approver = "ops",
		.ticket = "",
		.expires = "2026-12-01",
		.state = "applied",
		.reason = "",
		.n_findings = 1},
	    {.kind = "accepted",
		.rule = "legacy.dead",
		.key = "",
		.notes_read = "",
		.target = "",
		.justification = "Not needed any more",
		.approver = "ops",
		.ticket = "",
		.expires = "2026-11-01",
		.state = "expired",
		.reason = "it ended 2026-11-01",
		.n_findings = 0}};
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(&d, G_GO_WITH_WARNINGS, "14.2.7", "Nothing blocks this upgrade step.",
	    "1 accepted, 1 confirmed, 2 passed, 1 not checked, 1 not applicable");
	struct finding *f;

	f = put_finding(&d, &g,
	    finding_of("pg.extension", "amcheck", ST_FAIL, SEV_WARNING, "An extension is missing",
		"The extension amcheck is missing; the role must not create it"));
	f->decision = &decisions[0];
	f->decidable = "accepted";
	(void)put_group(&d, &g, "ACCEPTED", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("note.secrets", "", ST_MANUAL, SEV_NOTICE, "The secrets file must be in the backup",
		"Confirm that gitlab-secrets.json is in the backup"));
	f->decision = &decisions[1];
	f->decidable = "confirmed";
	(void)put_group(&d, &g, "CONFIRMED", f->title, 1);
	put_quiet(&d, &g);
	g.decisions = decisions;
	g.n_decisions = nitems(decisions);
	return draft_end(&d, g);
}

static inline const struct report *
report_hostile(struct arena *a)
{
	static const struct field excluded_field[] = {{HOSTILE, HOSTILE}, {"name", HOSTILE}};
	static const char *const excluded[] = {"host: " HOSTILE};
	static const struct reference refs[] = {
	    {HOSTILE, "javascript:alert(1)"}, {HOSTILE, "https://docs.gitlab.com/\"onmouseover=\"alert(1)"}};
	struct draft d = draft_new(a, HOSTILE);
	struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7", "/close " HOSTILE, HOSTILE);
	struct finding f = finding_of(
			   "bbm.unfinished", HOSTILE, ST_FAIL, SEV_BLOCKER, "/close " HOSTILE, "/close " HOSTILE),
		       *put;

	f.why = "/assign @root\n/close\n" HOSTILE;
	f.subject = excluded_field;
	f.n_subject = nitems(excluded_field);
	f.evidence = (struct evidence){excluded_field, nitems(excluded_field)};
	f.has_progress = true;
	f.progress = (struct progress){false, 0, 0, 0, HOSTILE, HOSTILE};
	f.refs = refs;
	f.n_refs = nitems(refs);
	put = put_finding(&d, &g, f);
	set_remedies(&d, put, HOSTILE "\n/close\n```\n@all");
	put_group(&d, &g, "BLOCKER", put->title, 1)->detail = HOSTILE;
	put = put_finding(&d, &g,
	    finding_of("source.incomplete", "redis:queues", ST_UNKNOWN, SEV_BLOCKER,
		"A required source could not be read", "Redis could not be read: " HOSTILE));
	put->cause = HOSTILE;
	(void)put_group(&d, &g, "UNKNOWN", put->message, 1);
	put_quiet(&d, &g);
	g.excluded = excluded;
	g.n_excluded = 1;
	d.r->operator_name = d.r->change = HOSTILE;
	d.r->not_read = HOSTILE;
	return draft_end(&d, g);
}

static inline const struct report *
report_wait(struct arena *a)
{
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(&d, G_WAIT, "14.2.7",
	    "Background work is still running (11 items). It finishes by itself.",
	    "1 waiting, 2 passed, 1 not checked, 1 not applicable");
	static const struct state_count states[] = {{"moving", 1}, {"in line", 10}};
	static const struct remedy_step wait[] = {{"Wait: Sidekiq works on it.", NULL, false, false}};
	static const struct remedy remedy[] = {{"any", "", wait, 1}};
	struct group *k;

	for (int i = 0; i < 11; i++) {
		struct finding *f = put_finding(&d, &g,
		    migration(&d, "CopyColumnUsingBackgroundMigrationJob", arena_printf(a, "ci_builds_%02d", i),
			ST_WAITING, i == 0 ? "moving" : "in line", i == 0 ? 1000 : i));

		f->remedies = remedy;
		f->n_remedies = 1;
		f->progress.eta = i == 0 ? "4-6 h" : NULL;
	}
	k = put_group(&d, &g, "WAITING", "11 batched background migrations are not finished", 11);
	k->states = states;
	k->n_states = nitems(states);
	k->remedies = remedy;
	k->n_remedies = 1;
	put_quiet(&d, &g);
	return draft_end(&d, g);
}

static inline const struct report *
report_undetermined(struct arena *a)
{
	static const char *const rules[] = {
	    "source.incomplete", "legacy.dead", "legacy.unfinished", "sidekiq.stopped", "sidekiq.payloads"};
	static const struct remedy_step start[] = {
	    {"Start it, or correct the address, then check again.", NULL, false, false}};
	static const struct remedy remedy[] = {{"any", "", start, 1}};
	struct draft d = draft_new(a, "");
	struct gate_result g = gate_of(&d, G_UNDETERMINED, "14.2.7",
	    "Redis with Sidekiq's queues could not be read: Connection refused (and 1 more)",
	    "5 unknown (1 cause), 1 note needs reading, 2 passed, 1 not checked, 1 not applicable");
	struct group *k;
	struct finding *f;

	for (size_t i = 0; i < nitems(rules); i++) {
		f = put_finding(&d, &g,
		    finding_of(rules[i], "redis:queues", ST_UNKNOWN, SEV_BLOCKER,
			i == 0 ? "A required source could not be read" : "Legacy jobs are left",
			"Redis with Sidekiq's queues could not be read: Connection refused"));
		f->cause = "redis:queues unreachable: Connection refused";
		f->remedies = remedy;
		f->n_remedies = 1;
	}
	k = put_group(&d, &g, "UNKNOWN", f->message, nitems(rules));
	k->rule = NULL;
	k->detail = "4 rules depend on this: legacy.dead, legacy.unfinished, sidekiq.payloads, sidekiq.stopped";
	k->remedies = remedy;
	k->n_remedies = 1;
	f = put_finding(&d, &g,
	    finding_of("note.secrets", "", ST_MANUAL, SEV_BLOCKER, "The secrets file must be in the backup",
		"Confirm that gitlab-secrets.json is in the backup"));
	(void)put_group(&d, &g, "CONFIRM", f->title, 1);
	put_quiet(&d, &g);
	d.r->complete = false;
	d.r->requested = "";
	return draft_end(&d, g);
}

/* The target lies behind a stop; the next hop waits, and repeats one of the blockers. */
static inline const struct report *
report_skipped(struct arena *a)
{
	static const struct plan_step steps[] = {{"14.1.8", "current", "done", ""},
	    {"14.3.6", "required_stop", "next", "the bigint columns are swapped in"},
	    {"14.9.5", "required_stop", "later", ""}, {"14.10.5", "target", "later", "last 14"}};
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(
	    &d, G_NO_GO, "14.10.5", "A required stop would be skipped (and 1 more)", "2 blockers, 1 passed");
	struct finding same = migration(&d, "BackfillIntegrationsTypeNew", "integrations", ST_FAIL, "paused", 5), *f;

	f = put_finding(&d, &g,
	    finding_of("path.skipped", "14.3", ST_FAIL, SEV_BLOCKER, "A required stop would be skipped",
		"GitLab 14.3.6 must not be skipped on the way from 14.1.8 "
		"to 14.10.5"));
	set_remedies(&d, f, "preflight");
	(void)put_group(&d, &g, "BLOCKER", f->title, 1);
	f = put_finding(&d, &g, same);
	(void)put_group(&d, &g, "BLOCKER", f->title, 1);
	put_quiet(&d, &g);
	(void)draft_end(&d, g);
	g = gate_of(
	    &d, G_NO_GO, "14.3.6", "Batched background migrations are not finished", "1 blocker, 1 waiting, 3 passed");
	f = put_finding(&d, &g, same);
	(void)put_group(&d, &g, "BLOCKER", f->title, 1);
	f = put_finding(&d, &g,
	    finding_of("legacy.unfinished", "BackfillX", ST_WAITING, SEV_BLOCKER, "Legacy jobs are at work",
		"12 jobs of BackfillX are in the queue"));
	(void)put_group(&d, &g, "WAITING", f->title, 1);
	put_quiet(&d, &g);
	derive_tally(d.a, &g);
	report_next_command(d.a, &g);
	report_next_step(d.a, &d.r->gate, &g);
	d.r->has_next = true;
	d.r->next = g;
	d.r->steps = steps;
	d.r->n_steps = nitems(steps);
	d.r->plan_next = "14.3.6";
	d.r->requested = "14.10";
	d.r->resolved = "14.10.5";
	return d.r;
}

/* 500 findings in five states, each state with a fix of its own. */
static inline const struct report *
report_mixed(struct arena *a)
{
	static const char *const states[] = {"failed", "paused", "never ran", "orphaned", "unknown state 9"};
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7", "500 batched background migrations are not finished",
	    "500 blockers, 2 passed, 1 not checked, 1 not applicable");
	struct state_count *counts = arena_alloc(a, nitems(states) * sizeof *counts);
	struct group *k;

	for (size_t s = 0; s < nitems(states); s++) {
		counts[s] = (struct state_count){states[s], 100};
		for (int i = 0; i < 100; i++) {
			struct finding *f = put_finding(&d, &g,
			    migration(&d, "CopyColumnUsingBackgroundMigrationJob",
				arena_printf(a, "table_%zu_%d", s, i + 1), ST_FAIL, states[s], i * 7));
			struct remedy_step *steps = arena_alloc(a, 2 * sizeof *steps);
			struct remedy *remedies = arena_alloc(a, sizeof *remedies);

			steps[0] = (struct remedy_step){
			    .text = arena_printf(a, "Find out why they are in the state %s.", states[s])};
			steps[1] = (struct remedy_step){.text = "Finish them in the foreground",
			    .command = arena_printf(a,
				"sudo gitlab-rake 'gitlab:background_migrations:finalize[X,table_%zu_%d,id,[]]'", s,
				i + 1)};
			remedies[0] = (struct remedy){"linux_package", "Linux package", steps, 2};
			f->remedies = remedies;
			f->n_remedies = 1;
		}
	}
	k = put_group(&d, &g, "BLOCKER", g.headline, 100 * nitems(states));
	k->states = counts;
	k->n_states = nitems(states);
	put_quiet(&d, &g);
	return draft_end(&d, g);
}

/* More than any instance has, each with everything that a finding can have. */
static inline const struct report *
report_maximal(struct arena *a)
{
	struct draft d = draft_new(a, "prod");
	struct gate_result g = gate_of(
	    &d, G_NO_GO, "14.2.7", "3200 batched background migrations are not finished", "1 blocker, 2 passed");

	for (int i = 0; i < MANY; i++)
		set_remedies(&d,
		    put_finding(&d, &g,
			migration(&d, "CopyColumnUsingBackgroundMigrationJob", arena_printf(a, "table_%04d", i),
			    ST_FAIL, "stalled", i / 4)),
		    arena_printf(a, "'gitlab:background_migrations:finalize[X,table_%04d,id,[]]'", i));
	(void)put_group(&d, &g, "BLOCKER", g.headline, MANY);
	put_quiet(&d, &g);
	return draft_end(&d, g);
}

#endif
