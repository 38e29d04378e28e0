#!/bin/bash
# `preflight wait` and the progress of a collection, while a simulator of GitLab's scheduler works on a real PostgreSQL
# and a real Redis.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/scheduler.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# A migration of 100,000 values that moves: COUNT jobs of 1,000 values, one each two minutes until now.
moves()
{
	local count=$1 i

	id=$(bbm_add "$main" BackfillFoo users id '[]' active max=100000)
	for ((i = count; i > 0; i--)); do
		bbm_job_add "$main" "$id" succeeded updated="$((i * 2 - 1)) minutes" >/dev/null
	done
}
# What a person or a console does.
set_status()
{
	pg_sql "$main" "UPDATE batched_background_migrations SET status = $(bbm_status "$1"), updated_at = now() WHERE id = $id"
}
wait_args()
{
	args=(--no-discover --from 14.1.8 --postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")"
		--redis "$(redis_url "$REDIS_DB")" --out "$dir/wait.tar.gz")
}
# waits OPTION...: in the background, as $pid; what it says is in $dir/said. It can be interrupted like any command
# of a terminal, which the shell's own background jobs cannot.
waits()
{
	wait_args
	rm -f "$dir/wait.tar.gz" "$dir/said"
	env --default-signal=INT "$PREFLIGHT" wait "${args[@]}" "$@" >"$dir/stdout" 2>"$dir/said" &
	pid=$!
	wait_for "wait says what it waits for: $*" grep -q BackfillFoo "$dir/said"
}
ended()
{
	wait "$pid"
	is $? "$1" "$2" || diag_lines 5 <"$dir/said"
	report=$dir/report.json
	tar -xzOf "$dir/wait.tar.gz" --wildcards '*/report.json' >"$report"
}
nobody_is_left()
{
	pg_is_true postgres "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'preflight%'"
}

# eta_is NAME LEFT JOBS: within a fifth of two minutes for each batch that is left, by the newest JOBS jobs
eta_is()
{
	ok "$1" /usr/bin/python3 - "$report" "$2" "$3" <<-'END'
		import datetime as d, json, re, sys
		r = json.load(open(sys.argv[1]))
		eta = [f['progress']['eta'] for f in r['findings'] if f['rule']['id'] == 'bbm.unfinished'][0]
		ends = [d.datetime.strptime(t + ' +0000', '%d %b %Y %H:%M UTC %z') for t in
		        re.findall(r'\d+ \w+ \d{4} \d\d:\d\d UTC', eta)]
		now = d.datetime.fromisoformat(r['run']['finished_at'].replace('Z', '+00:00'))
		true = d.timedelta(minutes=2) * int(sys.argv[2])
		assert true * .8 <= ends[0] - now <= ends[-1] - now <= true * 1.2, (eta, now)
		assert eta.endswith(f'at the rate of its newest {sys.argv[3]} jobs'), eta
	END
}

# --- How long it takes

instance
moves 20
gate 6 14.1.8 14.2.7 'a migration moves'
eta_is 'the range holds what a steady rate gives, within a fifth' 80 20
instance
scheduler_prepare "$main"
id=$(bbm_add "$main" BackfillFoo users id '[]' active max=100000 batch=1000)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	scheduler_aged "$main" '2 minutes'
	scheduler_tick "$main" >/dev/null
done
gate 6 14.1.8 14.2.7 'the scheduler has finished exactly ten batches, one each two minutes'
is "$(pg_sql "$main" "SELECT count(*) FROM batched_background_migration_jobs
	WHERE batched_background_migration_id = $id AND status = 3")" 10 'ten jobs'
eta_is 'the other ninety take three hours, within a fifth' 90 10
instance
moves 9
gate 6 14.1.8 14.2.7 'nine jobs are no basis'
is "$(/usr/bin/python3 -c 'import json, sys
print([f["progress"]["eta"] for f in json.load(open(sys.argv[1]))["findings"] if f["rule"]["id"] == "bbm.unfinished"])' "$report")" \
	'[None]' 'then no time is told'

# --- The ends of a wait

waits --to 14.2.7 --interval 1s
scheduler_start "$main"
wait_for 'the scheduler finishes the migration' pg_is_true "$main" \
	"SELECT status = 3 FROM batched_background_migrations WHERE id = $id"
finished=$(date +%s%N)
ended 0 'the migration is finished: GO'
ok 'within one interval, and the time of a look' test $((($(date +%s%N) - finished) / 1000000)) -lt 4000
scheduler_stop
is "$(field gate.decision)" go 'the bundle is that of the last round'
contains "$(cat "$dir/said")" 'no longer open: BackfillFoo' 'says what is done'
is "$(grep -c 'no longer open' "$dir/said")" 1 'once'

instance
moves 9
scheduler_fails BackfillFoo PG::CheckViolation 'new row for relation "users" violates check constraint'
waits --to 14.2.7 --interval 1s
scheduler_start "$main"
ended 3 'its batches fail until it has failed: NO-GO at once'
scheduler_stop
scheduler_heals BackfillFoo

instance
moves 9
waits --to 14.2.7 --interval 1s --deadline 2s
ended 6 'the deadline is over: WAIT'
contains "$(cat "$dir/said")" '--deadline is over' 'says why it ended'

waits --to 14.2.7 --interval 1h
kill -INT "$pid"
ended 130 'interrupted while it sleeps'
ok 'nothing is left open on the server' nobody_is_left
waits --to 14.2.7 --interval 1h
kill -TERM "$pid"
ended 143 'terminated while it sleeps'

waits --to 14.2.7 --interval 6s
pg_stop
redis_cmd PING >/dev/null
wait_for 'a round without PostgreSQL' grep -q 'could not be read' "$dir/said"
pg_start "$gate_dir/pg" >/dev/null || fail 'PostgreSQL starts again'
scheduler_start "$main"
ended 0 'a restart of PostgreSQL is survived'
scheduler_stop
unlike "$(sed '/could not be read/q' "$dir/said")" 'no longer open' 'what could not be read is not called done'

instance
moves 9
waits --to 14.2.7 --interval 6s
redis_cmd SAVE >/dev/null
redis_stop
wait_for 'a round without Redis' grep -q 'could not be read' "$dir/said"
again=$REDIS_DB
redis_start "$REDIS_DIR" || fail 'Redis starts again'
REDIS_DB=$again
scheduler_start "$main"
ended 0 'a restart of Redis is survived'
scheduler_stop
pg_stop
wait_args
exits 5 'three rounds without PostgreSQL' "$PREFLIGHT" wait "${args[@]}" --to 14.2.7 --interval 1s
pg_start "$gate_dir/pg" >/dev/null || fail 'PostgreSQL starts again'

# --- After an upgrade

instance
pg_sql "$main" "INSERT INTO schema_migrations (version) VALUES ('20210802043253')"
moves 12
wait_args
args[2]=14.2.7
exits 6 'check --after: the background work is not over' "$PREFLIGHT" check "${args[@]}" --after
contains "$(tr -s ' \n' ' ' <<<"$out")" 'BackfillFoo on users.id' 'names it'
exits 0 'without --after it is listed only' "$PREFLIGHT" check "${args[@]}" --to 14.2.7
exits 2 'not together with --to' "$PREFLIGHT" check "${args[@]}" --after --to 14.2.7
contains "$err" 'leave out --to' 'says what to leave out'
"$PREFLIGHT" wait "${args[@]}" --after --interval 1s >/dev/null 2>"$dir/said" &
pid=$!
wait_for 'wait --after says what it waits for' grep -q BackfillFoo "$dir/said"
set_status finished
ended 0 'wait --after: the upgrade is over'
pg_sql "$main" "DELETE FROM schema_migrations WHERE version = '20210802043253'"
set_status active
bbm_job_add "$main" "$id" succeeded updated='10 seconds' >/dev/null
"$PREFLIGHT" wait "${args[@]}" --after --interval 1s >/dev/null 2>"$dir/said" &
pid=$!
wait_for 'after an upgrade that stopped half-way it waits too' grep -q BackfillFoo "$dir/said"
set_status finished
ended 3 'until the migrations can be run again, which is the next step'
is "$(effects)" 'hop.unfinished fail blocks' 'as hop.unfinished says'

# --- What hinders a migration

instance
id=$(bbm_add "$main" BackfillFoo users id '[]' active max=100000)
bbm_job_add "$main" "$id" failed attempts=2 min=1 updated='2 minutes' >/dev/null
bbm_job_add "$main" "$id" succeeded updated='1 minute' >/dev/null
pg_sql "$main" >/dev/null <<-'END'
	CREATE TABLE batched_background_migration_job_transition_logs (id bigint GENERATED ALWAYS AS IDENTITY,
		batched_background_migration_job_id bigint NOT NULL, created_at timestamptz NOT NULL,
		previous_status smallint NOT NULL, next_status smallint NOT NULL, exception_class text, exception_message text);
	CREATE INDEX i_batched_background_migration_job_transition_logs_on_job_id
		ON batched_background_migration_job_transition_logs (batched_background_migration_job_id);
	INSERT INTO batched_background_migration_job_transition_logs (batched_background_migration_job_id, created_at,
		previous_status, next_status, exception_class, exception_message)
	SELECT j.id, now() - n * interval '1 hour', 1, 2, 'PG::Error' || n, 'at ' || n
	  FROM batched_background_migration_jobs AS j, generate_series(1, 3) AS n WHERE j.status = 2;
	INSERT INTO users (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM users);
END
pg_sql "$main" 'BEGIN; UPDATE users SET id = id; SELECT pg_sleep(600)' >/dev/null 2>&1 &
holds='SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event'
wait_for 'a session holds a row' pg_is_true postgres "$holds = 'PgSleep'"
pg_sql "$main" 'UPDATE "users" SET id = id WHERE id BETWEEN 1 AND 1000' >/dev/null 2>&1 &
wait_for 'another waits for it' pg_is_true postgres "$holds = 'transactionid'"
gate 6 14.1.8 14.2.7 'a batch failed, and one waits for a lock'
like "$(findings_of 14.1.8 14.2.7 bbm.batch-error)" '^fail: BackfillFoo on users.id \(main\): the batch from 1 to 1000 failed 2 times, the last time at .*: PG::Error1$' \
	'the newest error is told'
is "$(pg_sql "$main" "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" \
	"$(tar -xzOf "$bundle" --wildcards '*/facts/batched_migration_lock_wait.ndjson' | /usr/bin/python3 -c '
import json, sys
head, row = [json.loads(line) for line in sys.stdin]
names = [c["name"] if isinstance(c, dict) else c for c in head["columns"]]
print(dict(zip(names, row))["blocker"])')" 'and who holds the lock is collected'
pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$main'" >/dev/null
wait

# --- Bad requests

for bad in '--interval 0s' '--interval soon' '--deadline never' '--facts x'; do
	# shellcheck disable=SC2086 # two words
	exits 2 "refused: $bad" "$PREFLIGHT" wait --no-discover $bad
done

# --- Progress of a collection

instance
if command -v script >/dev/null && stopped=$(cat "$REDIS_DIR/redis/redis.pid") && kill -STOP "$stopped"; then
	wait_args
	TERM=xterm script -qfc "$(printf '%q ' "$PREFLIGHT" check "${args[@]}" --to 14.2.7 --timeout 60s)" "$dir/typescript" \
		</dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for 'a terminal names the source that hangs' \
		grep -aq 'redis:queues *\(connects\|reads\).*, for [2-9] s' "$dir/typescript"
	ok 'and the one that is done' grep -aq 'postgres:main *complete' "$dir/typescript"
	kill -CONT "$stopped"
	wait "$pid"
	unlike "$(tail -n 3 "$dir/typescript")" 'connects' 'the lines are taken away'
else
	skip 'script is not installed'
fi
# seen: how long until the first byte on a terminal, and until the source that hangs is named, in milliseconds. The
# best of five tries, because others are at work on this machine.
seen()
{
	/usr/bin/python3 - "$PREFLIGHT" check "${args[@]}" --to 14.2.7 --timeout 60s <<-'END'
		import os, pty, re, signal, sys, time
		def one():
		    began = time.monotonic()
		    pid, fd = pty.fork()
		    if pid == 0:
		        os.environ['TERM'] = 'xterm'
		        os.execv(sys.argv[1], sys.argv[1:])
		    first, text = None, b''
		    while not re.search(rb'redis:queues *(connects|reads)[^\n]*, for [2-9] s', text):
		        try:
		            text += os.read(fd, 4096)
		        except OSError:
		            break
		        first = first or time.monotonic() - began
		    named = time.monotonic() - began
		    os.kill(pid, signal.SIGINT)
		    while True:
		        try:
		            if not os.read(fd, 4096):
		                break
		        except OSError:
		            break
		    os.waitpid(pid, 0)
		    return int(first * 1000), int(named * 1000)
		tries = []
		while len(tries) < 5 and not any(t[0] < 500 and t[1] < 3000 for t in tries):
		    tries.append(one())
		print(*min(tries))
	END
}
kill -STOP "$(cat "$REDIS_DIR/redis/redis.pid")"
wait_args
read -r first named < <(seen)
kill -CONT "$(cat "$REDIS_DIR/redis/redis.pid")"
ok 'the first line comes within half a second' test "$first" -lt 500
ok 'a Redis that hangs is named within three' test "$named" -lt 3000
diag "$first ms, $named ms"

kill -CONT "$stopped" 2>/dev/null
wait_args
exits 0 'elsewhere a source that ended has its line with -v' "$PREFLIGHT" check "${args[@]}" --to 14.2.7 -v
contains "$err" 'redis:queues: complete' 'on stderr'
exits 0 'and nothing without it' "$PREFLIGHT" check "${args[@]}" --to 14.2.7
is "$err" '' 'nothing'

done_testing
