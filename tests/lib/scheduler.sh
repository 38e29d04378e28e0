# shellcheck shell=bash
# A small GitLab scheduler of batched migrations, on a real PostgreSQL and Redis. It takes the migrations in the order
# of their ids, as many at a time as it has slots, and does one batch of each in a tick: the row of the job, a real
# UPDATE of the batch's rows in a session of its own, the end of the job. It obeys what GitLab's obeys: the feature
# flag, the cron job's status, the Sidekiq processes (alive, not quiet), on_hold_until, three attempts for each batch.
# It does not wait for the interval between two batches: time passes faster here.
#
#   scheduler_tick DB [SLOTS]      one tick (default: 1 slot)
#   scheduler_start DB [SLOTS]     ticks until scheduler_stop, in the background
#   scheduler_stop                 at once, also in the middle of a batch
#   scheduler_fails CLASS ERROR [MESSAGE]   from now on the batches of CLASS fail with this
#   scheduler_heals CLASS
#   scheduler_holds DB ID INTERVAL          on hold for so long ("10 minutes")
#   scheduler_blocks DB TABLE               another session locks TABLE against writes, in an open transaction;
#       its process id is in $blocker
#   scheduler_unblocks DB
#   scheduler_aged DB INTERVAL     all that was done so far was done so much earlier
#
# Needs servers.sh and gitlab.sh, with both servers started.

scheduler_dir=$(new_dir)
scheduler_pid=
blocker=

scheduler_fails()
{
	printf '%s\n%s\n' "$2" "${3:-of a test}" >"$scheduler_dir/fails.$1"
}
scheduler_heals()
{
	rm -f "$scheduler_dir/fails.$1"
}

# GitLab has the log of jobs since 14.8, and on_hold_until since 14.10.
scheduler_prepare()
{
	pg_sql "$1" >/dev/null 2>&1 <<-'END'
		ALTER TABLE batched_background_migrations ADD COLUMN IF NOT EXISTS on_hold_until timestamptz;
		CREATE TABLE IF NOT EXISTS batched_background_migration_job_transition_logs (
			id bigint GENERATED ALWAYS AS IDENTITY, batched_background_migration_job_id bigint NOT NULL,
			created_at timestamptz NOT NULL, previous_status smallint NOT NULL, next_status smallint NOT NULL,
			exception_class text, exception_message text);
		CREATE INDEX IF NOT EXISTS i_batched_background_migration_job_transition_logs_on_job_id
			ON batched_background_migration_job_transition_logs (batched_background_migration_job_id);
	END
}

scheduler_holds()
{
	scheduler_prepare "$1" && pg_sql "$1" "UPDATE batched_background_migrations
		SET on_hold_until = now() + interval '$3' WHERE id = $2"
}

scheduler_blocks()
{
	pg_sql "$1" "BEGIN; LOCK TABLE \"$2\" IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(600)" >/dev/null 2>&1 &
	await pg_is_true postgres "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$1' AND wait_event = 'PgSleep'" ||
		return 1
	blocker=$(pg_sql postgres "SELECT pid FROM pg_stat_activity WHERE datname = '$1' AND wait_event = 'PgSleep'")
}
scheduler_unblocks()
{
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = '$1' AND wait_event = 'PgSleep'" >/dev/null
}

scheduler_aged()
{
	pg_sql "$1" >/dev/null <<-END
		UPDATE batched_background_migration_jobs SET created_at = created_at - interval '$2',
			updated_at = updated_at - interval '$2', started_at = started_at - interval '$2',
			finished_at = finished_at - interval '$2';
		UPDATE batched_background_migrations SET updated_at = updated_at - interval '$2';
	END
}

# Whether a Sidekiq process takes jobs.
scheduler_served()
{
	local identity

	for identity in $(sidekiq_processes); do
		[ "$(redis_cmd HGET "$(sidekiq_key "$identity")" quiet)" != false ] || return 0
	done
	return 1
}

scheduler_may_run()
{
	local key

	key=$(sidekiq_key cron_job:batched_background_migrations_worker)
	scheduler_served && [ "$(redis_cmd HGET "$key" status)" != disabled ] || return 1
	sidekiq_cron 0
	pg_is_true "$1" "SELECT count(*) = 0 FROM features AS f WHERE f.key = 'execute_batched_migrations_on_schedule'
		AND NOT EXISTS (SELECT 1 FROM feature_gates AS g WHERE g.feature_key = f.key AND g.value = 'true')"
}

# Prints the job that comes next for migration ID: a failed one again, or a new one; nothing: none is left.
scheduler_next_job()
{
	pg_sql "$1" <<-END
		WITH m AS (SELECT * FROM batched_background_migrations WHERE id = $2),
		again AS (UPDATE batched_background_migration_jobs SET status = 1, attempts = attempts + 1,
			started_at = now(), updated_at = now() WHERE id = (SELECT j.id FROM batched_background_migration_jobs AS j
				WHERE j.batched_background_migration_id = $2 AND (j.status = 0 OR (j.status = 2 AND j.attempts < 3))
				ORDER BY j.id LIMIT 1) RETURNING id, min_value, max_value),
		first AS (SELECT coalesce(max(j.max_value) + 1, (SELECT min_value FROM m)) AS value
			FROM batched_background_migration_jobs AS j WHERE j.batched_background_migration_id = $2),
		new AS (INSERT INTO batched_background_migration_jobs (created_at, updated_at, started_at,
			batched_background_migration_id, min_value, max_value, batch_size, sub_batch_size, status, attempts)
			SELECT now(), now(), now(), m.id, first.value, least(first.value + m.batch_size - 1, m.max_value),
				m.batch_size, m.sub_batch_size, 1, 1
			FROM m, first WHERE NOT EXISTS (SELECT 1 FROM again) AND first.value <= m.max_value
			RETURNING id, min_value, max_value)
		SELECT * FROM again UNION ALL SELECT * FROM new
	END
}

scheduler_end_migration()
{
	pg_sql "$1" "UPDATE batched_background_migrations SET updated_at = now(), status = CASE WHEN EXISTS (
		SELECT 1 FROM batched_background_migration_jobs WHERE batched_background_migration_id = $2 AND status = 2)
		THEN 4 ELSE 3 END WHERE id = $2"
}

# One batch of migration ID of CLASS, on TABLE.COLUMN.
scheduler_batch()
{
	local db=$1 id=$2 class=$3 table=$4 column=$5 job first last error message

	IFS='|' read -r job first last < <(scheduler_next_job "$db" "$id")
	if [ -z "$job" ]; then
		scheduler_end_migration "$db" "$id"
		return
	fi
	pg_sql "$db" "UPDATE \"$table\" SET \"$column\" = \"$column\" WHERE \"$table\".\"$column\" BETWEEN $first AND $last" ||
		return
	if [ -e "$scheduler_dir/fails.$class" ]; then
		{ read -r error && read -r message; } <"$scheduler_dir/fails.$class"
		pg_sql "$db" <<-END
			UPDATE batched_background_migration_jobs SET status = 2, finished_at = now(), updated_at = now() WHERE id = $job;
			INSERT INTO batched_background_migration_job_transition_logs (batched_background_migration_job_id,
				created_at, previous_status, next_status, exception_class, exception_message)
			VALUES ($job, now(), 1, 2, '$error', '$message');
		END
	else
		pg_sql "$db" "UPDATE batched_background_migration_jobs SET status = 3, finished_at = now(), updated_at = now()
			WHERE id = $job"
	fi
}

scheduler_tick()
{
	local db=$1 slots=${2:-1} id class table column

	scheduler_may_run "$db" || return 0
	while IFS='|' read -r id class table column; do
		scheduler_batch "$db" "$id" "$class" "$table" "$column"
	done < <(pg_sql "$db" "SELECT id, job_class_name, table_name, column_name FROM batched_background_migrations
		WHERE status = 1 AND (on_hold_until IS NULL OR on_hold_until <= now()) ORDER BY id LIMIT $slots")
}

scheduler_start()
{
	scheduler_prepare "$1"
	while :; do
		scheduler_tick "$@" >/dev/null 2>&1
		sleep 0.05
	done &
	scheduler_pid=$!
}
scheduler_stop()
{
	[ -n "$scheduler_pid" ] || return 0
	kill "$scheduler_pid" 2>/dev/null
	wait "$scheduler_pid" 2>/dev/null
	scheduler_pid=
}
at_exit scheduler_stop
