#!/bin/bash
# Each state of unfinished work is produced for real, by a simulator of GitLab's scheduler, by another session or by a
# person, and is named with its reason and with a remedy of its own. The states of search migrations are in search.t
# and, on real nodes, in search-node/search_node.t (queued, running, stuck, paused, halted, its worker disabled or
# late); what the counts of two looks tell is in history.t; sessions that work on one batch for hours are in
# work_in_progress.t.
#
#   state                              here, under
#   running, at what rate              moves
#   queued behind another; thirty      thirty
#   on hold until T                    hold
#   scheduler off                      flag
#   queue not served; quiet; gone      queue
#   cron stale; cron disabled          cron
#   one batch fails again and again    fails
#   attempts used up                   used up
#   failed                             failed
#   blocked by a lock, and its chain   lock
#   paused by a person                 paused
#   orphaned                           orphaned
#   a draining queue                   drains

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/scheduler.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# moving: an instance with migration $id of BackfillFoo on users, of which the scheduler has just done three batches
moving()
{
	instance
	scheduler_prepare "$main"
	id=$(bbm_add "$main" BackfillFoo users id '[]' active max=1000000 batch=1000 ago='3 days')
	tick && tick && tick
}
tick() { scheduler_tick "$main" 2 >/dev/null; }
set_migration() { pg_sql "$main" "UPDATE batched_background_migrations SET $1 WHERE id = $id" >/dev/null; }
# shows RULE REGEX FIX NAME [OPTION...]: a finding of RULE, and the first step of its remedy
shows()
{
	local rule=$1 pattern=$2 fix=$3 name=$4

	shift 4
	findings_of 14.1.8 14.2.7 "$rule" "$@" >"$dir/found"
	ok "$name" grep -qE "$pattern" "$dir/found" || diag_lines 5 <"$dir/found"
	like "$(first_step "$rule")" "$fix" "$name: its remedy"
}
first_step()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] == sys.argv[2] and f['remedies']:
		        print(f['remedies'][0]['steps'][0]['text'])
		        break
	END
}
unfinished() { shows bbm.unfinished "$@"; }

# --- lock: it has to last a minute, so it begins first

moving
locked_main=$main locked_redis=$REDIS_DB
scheduler_blocks "$main" users
pg_sql "$main" 'SET application_name = '"'forgotten'"'; BEGIN; LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE' >/dev/null 2>&1 &
wait_for 'a session waits behind it' pg_is_true postgres "SELECT count(*) = 1 FROM pg_stat_activity
	WHERE datname = '$main' AND wait_event_type = 'Lock'"
between=$(pg_sql postgres "SELECT pid FROM pg_stat_activity WHERE datname = '$main' AND wait_event_type = 'Lock'")
tick &
batch=$!
wait_for 'the batch waits behind that one' pg_is_true postgres "SELECT count(*) = 2 FROM pg_stat_activity
	WHERE datname = '$main' AND wait_event_type = 'Lock'"

# --- moves

moving
unfinished '^waiting: BackfillFoo on users.id \(main\) is running, 0.3 % done: last job [0-9]+ s ago$' \
	'^Wait until Sidekiq has finished it' 'running'
scheduler_aged "$main" '1 hour'
bbm_job_add "$main" "$id" succeeded count=1 ago='1 minute' >/dev/null
for i in 3 5 7 9 11 13 15; do
	bbm_job_add "$main" "$id" succeeded updated="$i minutes" >/dev/null
done
unfinished '^waiting: .* is running, .*: last job [0-9]+ min ago, [0-9]+ values an hour$' \
	'^Wait until Sidekiq has finished it' 'running, and after ten jobs at what rate'

# --- thirty

instance
scheduler_prepare "$main"
for ((i = 1; i <= 30; i++)); do
	bbm_add "$main" "Backfill$i" users id '[]' active ago='3 days' batch=1000 >/dev/null
done
tick
states=$(findings_of 14.1.8 14.2.7 bbm.unfinished)
is "$(grep -c '^waiting: .* is running, ' <<<"$states")" 2 'thirty, of which two may run: two are running'
is "$(grep -c '^waiting: .* is queued behind another, .*: behind Backfill' <<<"$states")" 28 'and 28 are queued behind them'
like "$(tail -n 1 <<<"$states")" 'queued behind another' 'which come last'

# --- hold

moving
scheduler_holds "$main" "$id" '50 minutes'
scheduler_aged "$main" '3 hours'
tick
unfinished '^waiting: .* is on hold, 0.3 % done: until .* UTC$' '^Wait until Sidekiq has finished it' 'on hold until T'
scheduler_holds "$main" "$id" '900 days'
unfinished '^fail: .* is held, 0.3 % done: on hold until .* UTC; GitLab itself holds one for minutes$' \
	'^Finish it in the foreground' 'on hold for years'

# --- flag

moving
scheduler_flag "$main" off
tick
unfinished '^fail: .* is stopped, 0.3 % done: a feature flag turns the scheduler of batched migrations off$' \
	'^Turn the scheduler on again' 'scheduler off'

# --- queue

moving
sidekiq_gone
unfinished '^fail: .* is stopped, .*: no Sidekiq process is running$' '^Start Sidekiq again' 'no process'
sidekiq_alive gitlab-2 86400 mailers post_receive >/dev/null
unfinished '^fail: .* is stopped, .*: no Sidekiq process serves the queue of batched migrations$' '^Start Sidekiq again' \
	'queue not served'
moving
sidekiq_quiet
unfinished '^fail: .* is stopped, .*: every Sidekiq process is quiet: it takes no new jobs$' '^Start Sidekiq again' 'quiet'

# --- cron

moving
scheduler_aged "$main" '3 hours'
sidekiq_cron 10800
unfinished '^fail: .* is stalled, .*: its cron job in Sidekiq has not run for 3 h$' '^Its cron job has not run: restart Sidekiq' \
	'cron stale'
sidekiq_cron 30 disabled
tick
unfinished '^fail: .* is stalled, .*: its cron job in Sidekiq is disabled$' '^Enable its cron job' 'cron disabled'

# --- fails

moving
scheduler_fails BackfillFoo PG::CheckViolation 'new row violates check constraint'
tick && tick
shows bbm.batch-error '^fail: BackfillFoo on users.id \(main\): the batch from 3001 to 4000 failed 2 times, the last time at .*: PG::CheckViolation$' \
	'^Read the whole error' 'one batch fails again and again'
contains "$(tar -xzOf "$bundle" --wildcards '*/facts/batched_migration_error.ndjson')" 'new row violates check constraint' \
	'with the message of the error'

# --- used up

tick
scheduler_aged "$main" '3 hours'
unfinished '^fail: .* is stalled, .*: 1 of its jobs failed three times$' '^Find out why its jobs failed' 'attempts used up'

# --- failed

set_migration 'max_value = 4000'
tick
scheduler_heals BackfillFoo
unfinished '^fail: .* is failed, .*: GitLab marked it as failed after failed jobs$' '^Find out why its jobs failed' 'failed'

# --- paused, orphaned

moving
set_migration 'status = 0'
unfinished '^fail: .* is paused, .*: it was paused; it does not resume automatically$' '^Resume it: Admin Area' 'paused by a person'
set_migration 'status = 5'
scheduler_aged "$main" '3 hours'
unfinished '^fail: .* is orphaned, .*: its finalization in the foreground was interrupted' '^Finish it in the foreground' 'orphaned'

# --- drains

instance
mkdir "$dir/kept"
legacy_job_queue BackfillBar 60 50
shows legacy.remaining '^waiting: BackfillBar has 50 jobs left \(50 queued, .*: a Sidekiq process serves the queue, no running job' \
	'^Wait until they have run' 'a queue with jobs' --history "$dir/kept"
redis_cmd LPOP "$(sidekiq_key queue:background_migration)" 30 >/dev/null
/usr/bin/python3 - "$dir"/kept/*.jsonl <<-'END'
	import datetime as d, re, sys
	text = open(sys.argv[1]).read()
	open(sys.argv[1], 'w').write(re.sub(r'\d{4}-\d\d-\d\dT', (d.datetime.utcnow() - d.timedelta(days=2)).strftime('%Y-%m-%dT'), text))
END
shows work.trend '^fail: BackfillBar: 50 jobs remained on .*, 20 now, .* later; done about .*, at the rate of 2 looks$' '^Nothing' \
	'it drains, and until when' --history "$dir/kept"

# --- lock: a minute later

main=$locked_main REDIS_DB=$locked_redis
wait_for 'the batch has waited for a minute' pg_is_true postgres "SELECT count(*) = 1 FROM pg_stat_activity
	WHERE datname = '$main' AND query LIKE 'UPDATE \"users\"%' AND query_start < now() - interval '61 seconds'"
shows bbm.lock-wait "^fail: BackfillFoo on users.id \(main\): process [0-9]+ of PostgreSQL has waited 1 min for a lock of process $between \(active, its transaction began 1 min ago.*\); that one waits too, in the order $between, $blocker, and the last of them is active, its transaction began 1 min ago" \
	"^On the server of the database main .* pid = $blocker\." 'blocked by a lock: process, age and chain'
pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$main'" >/dev/null
wait "$batch"

done_testing
