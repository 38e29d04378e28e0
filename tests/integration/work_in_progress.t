#!/bin/bash
# What counts as work on a migration: a session or a job of that very migration, seen at a time that has
# passed. Against a real PostgreSQL and a real Redis, with and without GitLab's indexes on the jobs.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

unfinished() { findings_of 14.1.8 14.2.7 bbm.unfinished; }
# stuck: an instance with migration $id on foo, whose batch 1001 to 3000 has been open for five hours
stuck()
{
	instance
	pg_sql "$main" 'CREATE TABLE foo (id bigint PRIMARY KEY, bar bigint); INSERT INTO foo VALUES (7), (1500), (6000)' >/dev/null
	id=$(bbm_add "$main" BackfillFoo foo id '[]' active)
	bbm_job_add "$main" "$id" running ago='5 hours' min=1001 size=2000 >/dev/null
}
drop_indexes()
{
	pg_sql "$main" 'DROP INDEX index_batched_jobs_by_batched_migration_id_and_id,
		index_batched_jobs_on_batched_migration_id_and_status, index_migration_jobs_on_migration_id_and_finished_at,
		index_migration_jobs_on_migration_id_and_max_value' >/dev/null
}
# busy SQL: a session that is at work on it until `idle`
busy()
{
	pg_sql "$main" "$1" >/dev/null 2>&1 &
	for ((i = 0; i < 200; i++)); do
		[ "$(pg_sql postgres "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = '$main'
			AND wait_event = 'PgSleep'")" = 0 ] || break
		sleep 0.02
	done
	[ "$i" -lt 200 ] || fail "the session is at work: $1"
}
idle()
{
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$main'" >/dev/null
	wait
}

# --- Sessions

stuck
gate 3 14.1.8 14.2.7 'a batch has been open for five hours, and nobody works on it'
busy 'UPDATE "foo" SET bar = 1 WHERE id = 7 AND (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^fail: .* is stalled' 'a session of the application that writes to the table works on nothing of it'
idle
busy 'UPDATE "foo" SET bar = 1 WHERE "foo"."id" BETWEEN 1001 AND 3000 AND (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^waiting: .* is busy with one batch' 'a session that writes the rows of the open batch works on it'
gate 6 14.1.8 14.2.7 'which is waited for'
idle
busy 'UPDATE "foo" SET bar = 1 WHERE "foo"."id" BETWEEN 5001 AND 7000 AND (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^fail: .* is stalled' 'one that writes other rows does not'
idle
comment='/*application:sidekiq,endpoint_id:Database::BatchedBackgroundMigrationWorker,db_config_name:main*/'
busy "$comment"' UPDATE "foo" SET bar = 1 WHERE (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^waiting: .* is busy with one batch' "a session with the comment of GitLab's worker works on it"
bbm_add "$main" BackfillFooAgain foo bar '[]' active >/dev/null
like "$(unfinished)" 'fail: BackfillFoo on foo.id .* is stalled' 'unless another migration is on the same table'
idle
stuck
drop_indexes
busy 'UPDATE "foo" SET bar = 1 WHERE id = 7 AND (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^fail: .* is stalled' 'without indexes: a session of the application'
idle
busy "$comment"' UPDATE "foo" SET bar = 1 WHERE (SELECT true FROM pg_sleep(60))'
like "$(unfinished)" '^waiting: .* is busy with one batch' 'without indexes: the worker'
idle

# --- Times that have not come yet

for indexes in 'with indexes' 'without indexes'; do
	stuck
	[ "$indexes" = 'with indexes' ] || drop_indexes
	for column in updated_at finished_at; do
		pg_sql "$main" "UPDATE batched_background_migration_jobs SET $column = now() + interval '1 day'
			WHERE batched_background_migration_id = $id" >/dev/null
		like "$(unfinished)" '^fail: ' "$column of its job is tomorrow, $indexes"
		like "$(findings_of 14.1.8 14.2.7 times.ahead)" '^fail: BackfillFoo on foo.id .*ahead' "which is told, $indexes"
	done
	bbm_job_add "$main" "$id" succeeded ago='2 minutes' >/dev/null
	like "$(unfinished)" '^waiting: .* is running' "a job of two minutes ago beside it, $indexes"
done
stuck
sidekiq_gone
sidekiq_alive gitlab-1 -86400 >/dev/null
like "$(unfinished)" '^fail: .* is stalled' 'a process that was started tomorrow'
like "$(findings_of 14.1.8 14.2.7 times.ahead)" '^fail: the Sidekiq process gitlab-1' 'is told'
instance
like "$(findings_of 14.1.8 14.2.7 times.ahead)" '^pass: ' 'a healthy instance has no such time'

# --- The cron job

stuck
sidekiq_cron 18000
like "$(unfinished)" '^fail: .*' 'its cron job has not run for five hours'
pg_sql "$main" 'DELETE FROM batched_background_migration_jobs WHERE status = 1' >/dev/null
like "$(unfinished)" 'its cron job in Sidekiq has not run for 5 h' 'is the reason'
gate 3 14.1.8 14.2.7 'it is stalled'
like "$(field findings.0.remedies.0.steps.0.text)" '^Its cron job has not run: restart Sidekiq' 'the remedy begins with it'
sidekiq_cron 30 disabled
gate 3 14.1.8 14.2.7 'it is disabled'
contains "$(field findings.0.remedies.0.steps.0.command | tr -d "\\\\'")" 'Sidekiq::Cron::Job.find(batched_background_migrations_worker).enable!' \
	'the remedy enables it'

# --- Older migrations

instance
legacy_job_schedule BackfillBar 864000 50
gate 6 14.1.8 14.2.7 'jobs that are due in ten days'
like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" '^waiting: .*: scheduled, the next for .*, and a Sidekiq process serves the queue' \
	'nobody was seen at work on them'
sidekiq_work "$(sidekiq_processes | head -n 1)" background_migration BackgroundMigrationWorker '["BackfillBar",[1,2]]'
like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" '^waiting: .*: Sidekiq is working on a job of this class' 'now it was'
instance
legacy_row_add "$main" BackfillBar pending '9 days'
gate 3 14.1.8 14.2.7 'a row that nobody works on'
pg_sql "$main" "UPDATE background_migration_jobs SET updated_at = now() + interval '1 day'" >/dev/null
like "$(findings_of 14.1.8 14.2.7 legacy.pending)" '^fail: 1 rows of BackfillBar' 'it changes tomorrow'
pg_sql "$main" "UPDATE background_migration_jobs SET created_at = now() + interval '1 day'" >/dev/null
like "$(findings_of 14.1.8 14.2.7 legacy.pending)" '^fail: 1 rows of BackfillBar' 'it was made tomorrow'

legacy_effects()
{
	gate_run_any 'its effects' --from 16.11.10 --to 17.3.7 --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url)" "${gate_rules[@]}"
	effects | grep '^legacy'
}
SIDEKIQ_NAMESPACE=
instance
legacy_row_add "$main" ::PopulateUuidsForSecurityFindings pending '1500 days'
like "$(findings_of 16.11.10 17.3.7 legacy.old-rows)" '^fail: 1 old rows of PopulateUuidsForSecurityFindings' 'since 15.2: an old row'
is "$(legacy_effects)" '' 'has no effect'
legacy_job_dead BackfillTopicsTitle
like "$(findings_of 16.11.10 17.3.7 legacy.unneeded-dead)" '^fail: 1 jobs of BackfillTopicsTitle died' 'since 15.2: a dead job'
is "$(legacy_effects)" 'legacy.unneeded-dead fail warns' 'warns'
redis_cmd DEL dead >/dev/null
legacy_job_dead BackfillTopicsTitle 90000000
like "$(findings_of 16.11.10 17.3.7 legacy.old-dead)" '^fail: 1 jobs of BackfillTopicsTitle died long ago' 'long ago'
is "$(legacy_effects)" '' 'has no effect'
legacy_job_queue BackfillTopicsTitle 7200
like "$(findings_of 16.11.10 17.3.7 legacy.remaining)" '^fail: ' 'since 15.2: a live job is still one'
reports_are_valid
done_testing
