#!/bin/bash
# The verdicts that the program exists for, against real servers: 14.0 or 14.1 that wants to go on.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

copy='[["event_id"],["event_id_convert_to_bigint"]]'
push()
{
	bbm_add "$1" CopyColumnUsingBackgroundMigrationJob push_event_payloads event_id "$copy" "${@:2}"
}
# Leaves push_event_payloads out, so that a case can add it as it likes.
instance_without_push()
{
	instance && pg_sql "$main" "DELETE FROM batched_background_migrations
		WHERE table_name = 'push_event_payloads'"
}

# --- Nothing in the way

instance
gate 0 14.1.8 14.2.7 'all finished, queues empty'
like "$(field gate.decision)" '^go' 'all finished: go'
is "$(effects)" '' 'all finished: nothing even warns'
is "$(/usr/bin/python3 -c 'import json, sys
for f in json.load(open(sys.argv[1]))["findings"]:
    if f["status"] == "pass" and f["message"] == f["title"]: print(f["rule"]["id"])' "$report")" '' \
	'a rule that passes has a positive sentence, not its title'
gate 0 14.0.5 14.2.7 '14.0.5, all finished'
gate 0 14.1.8 14.2 'the target as minor'
is "$(field target.resolved)" 14.2.7 'the newest patch is taken'

instance
sidekiq_gone
gate 0 14.1.8 14.2.7 'all finished, Sidekiq stopped'
says 'No Sidekiq process is running' 'Sidekiq stopped: a notice'

instance
scheduler_flag "$main" off
gate 0 14.1.8 14.2.7 'all finished, scheduler off'
says execute_batched_migrations_on_schedule 'scheduler off: a notice'

# --- Work in progress

instance_without_push
id=$(push "$main" active)
bbm_job_add "$main" "$id" succeeded count=342 updated='1 minute'
gate 6 14.1.8 14.2.7 'push_event_payloads moves'
is "$(field gate.decision)" wait 'moving: wait'
says '34.2 %' 'moving: with percent'
is "$(effects)" 'bigint.14-2-a-push-event-payloads waiting waits' 'moving: one cause'

instance
pg_sql "$main" 'DELETE FROM batched_background_migrations'
for n in 01 02 03 04 05 06 07 08 09 10 11; do
	id=$(bbm_add "$main" "Backfill$n" "table_$n" id '[]' active)
	if [ $n = 01 ]; then
		bbm_job_add "$main" "$id" succeeded updated='1 minute'
	else
		bbm_job_add "$main" "$id" succeeded updated='2 days'
	fi
done
gate 6 14.1.8 14.2.7 'eleven active, the lowest moves'
says '1 running, 10 queued behind another' 'eleven: one runs, ten are queued'
like "$(grep -m 1 Backfill <<<"$out")" 'Backfill01 .* is running' 'eleven: the one that moves is the first'

instance_without_push
id=$(push "$main" finalizing)
bbm_job_add "$main" "$id" succeeded updated='1 minute'
gate 6 14.1.8 14.2.7 'finalizing, touched a minute ago'

instance
id=$(push "$ci" active)
bbm_job_add "$ci" "$id" succeeded updated='1 minute'
gate 6 14.1.8 14.2.7 'only ci has one that moves'
contains "$(field findings.0.message)" '(ci)' 'the finding names ci'

instance
legacy_job_schedule MigrateMergeRequestDiffCommitUsers 3600 25
gate 6 14.1.8 14.2.7 '25 legacy jobs, not due yet'
says 'has 25 jobs left' '25 legacy jobs are counted'
says 'remaining of BackgroundMigrationWorker is 25' 'as GitLab counts them'

# --- Stuck

instance_without_push
id=$(push "$main" active)
bbm_job_add "$main" "$id" succeeded count=342 updated='5 hours'
gate 3 14.1.8 14.2.7 'one active, no job touched for hours'
says stalled 'it is called stalled'
says 'none of its jobs has changed for 5 h' 'and why'
says "finalize:main[CopyColumnUsingBackgroundMigrationJob,push_event_payloads,event_id," \
	'with the command that clears it'

for state in failed paused 2 99; do
	instance_without_push
	push "$main" $state >/dev/null
	gate 3 14.1.8 14.2.7 "status $state"
done
says 'unknown state 99' 'a state that nobody knows is named'

instance_without_push
id=$(push "$main" finalizing)
bbm_job_add "$main" "$id" succeeded updated='3 hours'
gate 3 14.1.8 14.2.7 'finalizing, untouched'

instance_without_push
id=$(push "$main" active)
bbm_job_add "$main" "$id" succeeded updated='1 minute'
scheduler_flag "$main" off
gate 3 14.1.8 14.2.7 'moving, scheduler off'
says 'turns the scheduler of batched migrations off' 'with that reason'

instance_without_push
id=$(push "$main" active)
bbm_job_add "$main" "$id" succeeded updated='1 minute'
sidekiq_gone
gate 3 14.1.8 14.2.7 'moving, no live Sidekiq'
says 'no Sidekiq process is running' 'with that reason'

instance_without_push
id=$(push "$main" active)
bbm_job_add "$main" "$id" succeeded updated='1 minute'
sidekiq_quiet
gate 3 14.1.8 14.2.7 'moving, Sidekiq quieted'

instance
legacy_job_schedule MigrateMergeRequestDiffCommitUsers -3600 25
gate 3 14.1.8 14.2.7 '25 legacy jobs, overdue'

instance
legacy_job_dead MigrateMergeRequestDiffCommitUsers
legacy_row_add "$main" MigrateMergeRequestDiffCommitUsers pending '3 days'
gate 3 14.1.8 14.2.7 'a dead legacy job with a pending row'

instance
legacy_row_add "$main" PopulateTopicsTotalProjectsCountCache pending '300 days'
gate 0 14.1.8 14.2.7 'a row that is known to stay pending'

instance
legacy_row_add "$main" MigrateMergeRequestDiffCommitUsers pending '3 days'
legacy_job_schedule MigrateMergeRequestDiffCommitUsers 60
gate 6 14.1.8 14.2.7 'a pending row with a job behind it'

# A status of another type, which fits where it is a whole number.
instance
pg_sql "$main" 'ALTER TABLE batched_background_migrations ALTER status TYPE numeric' >/dev/null
gate 0 14.1.8 14.2.7 'a status that is numeric'
pg_sql "$main" "UPDATE batched_background_migrations SET status = 3.4 WHERE table_name = 'events'" >/dev/null
gate 5 14.1.8 14.2.7 'a status of 3.4'
says 'invalid input syntax for type bigint: "3.4"' 'it is not rounded'

# More rows of one rule than a report lists, with more rows behind each.
instance
pg_sql "$main" "INSERT INTO batched_background_migrations (created_at, updated_at, min_value, max_value, batch_size,
		sub_batch_size, \"interval\", status, job_class_name, table_name, column_name, job_arguments)
	SELECT now() - interval '5 days', now() - interval '5 days', 1, 1000, 100, 10, 120, 1, 'Backfill' || n, 't', 'id', '[]'
		FROM generate_series(1, 7000) AS n;
	INSERT INTO batched_background_migration_jobs (created_at, updated_at, batched_background_migration_id, min_value,
		max_value, batch_size, sub_batch_size, status, attempts)
	SELECT now() - interval '5 days', now() - interval '5 days', id, 1, 100, 100, 10, 3, 1
		FROM batched_background_migrations WHERE job_class_name LIKE 'Backfill%'" >/dev/null
gate 3 14.1.8 14.2.7 'seven thousand stalled'
says '7000 batched background migrations are not finished' 'all of them are counted'
contains "$(tar -xzOf "$bundle" --wildcards '*/report.json')" '2000 more like these (the first 5000 are listed)' \
	'what is not listed is told'

# --- Versions

instance
gate 3 14.0.3 14.2.7 '14.0.3, all finished'
says '14.0.12 or 14.1.8' '14.0.5 or 14.1 first'

instance_without_push
push "$main" active >/dev/null
gate 0 14.0.3 14.0.12 '14.0.3 to 14.0.12 with rows that never moved'
gate 0 14.0.3 14.1.8 '14.0.3 to 14.1.8 with rows that never moved'
says 'this upgrade step makes it run: GitLab 14.0.0 to 14.0.4 cannot' 'and says so'
gate 0 14.1.7 14.1.8 'a patch hop with active rows'

instance
gate 3 13.12.15 14.2.7 '13.12.15'
is "$(field plan.next)" 14.0.12 'the path goes through 14.0'
is "$(field next.scope.to)" 14.0.12 'the next hop is evaluated'
says '13.12.15 -> 14.0.12' 'and shown'

gate 3 14.1.8 99.1.0 'a target that nobody knows'
contains "$(effects)" 'path.skipped fail blocks' 'stops would be skipped'
contains "$(effects)" 'path.horizon unknown blocks' 'and the rules do not know it'

pg_sql "$main" "INSERT INTO schema_migrations (version) VALUES ('20210802043253'), ('20210622045705')"
cp -r rules "$gate_dir/rules"
sed -i 's/known_through: .*/known_through: "14.3"/' "$gate_dir/rules/path.yml"
gate_rules=(--rules-dir "$gate_dir/rules")
gate 5 14.3.6 14.9.5 'beyond the horizon'
is "$(effects)" 'path.horizon unknown blocks' 'only the horizon is in the way'
gate_rules=()

gate 3 14.1.8 14.2.7 'the schema is ahead of the version'
contains "$(effects)" 'hop.unfinished fail blocks' 'that is a finding'

reports_are_valid
done_testing
