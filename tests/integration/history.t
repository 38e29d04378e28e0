#!/bin/bash
# Looks at unfinished work that are compared: with those of earlier runs (--history), and with the first one of the
# same run (--observe). On a real PostgreSQL and Redis, and every verdict is replayed from its bundle.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/scheduler.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# history: an empty directory $kept
history()
{
	kept=$dir/kept
	rm -rf "$kept"
	mkdir "$kept"
}
aged() { looks_aged "$kept" "$1"; }
lines() { cat "$kept"/*.jsonl 2>/dev/null | wc -l; }
found() { findings_of 14.1.8 14.2.7 "$1" --history "$kept"; }
# A migration of 100,000 values of which 3,000 are done, the last one a minute ago; its last batch is at work.
instance_at_work()
{
	instance
	id=$(bbm_add "$main" BackfillFoo users id '[]' active max=100000 batch=1000)
	bbm_job_add "$main" "$id" succeeded count=3 ago='90 seconds' >/dev/null
}

# --- What is kept

history
instance_at_work
gate 6 14.1.8 14.2.7 'the first run' --history "$kept"
is "$(lines)" 1 'one line for the one piece of unfinished work'
is "$(stat -c %a "$kept"/*.jsonl)" 600 'only for whoever runs it'
is "$(/usr/bin/python3 -c 'import json, sys
j = json.loads(sys.stdin.readline()); print(j["form"], j["kind"], j["name"].split("/")[2:], j["remaining"])' <"$(echo "$kept"/*.jsonl)")" \
	"1 batched ['BackfillFoo', 'users', 'id'] 97000" 'with what remains of it'
like "$(found work.trend)" '^fail: BackfillFoo on users.id .*: 97000 values remained on .*, 97000 now, ' 'the next run compares'
is "$(lines)" 1 'and adds nothing within five minutes'
gate 6 14.1.8 14.2.7 'too short a time makes nothing fail' --history "$kept"

# --- Stuck, with numbers

aged 172800
pg_sql "$main" "UPDATE batched_background_migration_jobs SET finished_at = now() - interval '3 days'" >/dev/null
gate 3 14.1.8 14.2.7 'its jobs change, and nothing is done for two days' --history "$kept"
says 'is stalled, 3.0 % done: 97000 values remained on' 'it is stalled'
says 'and 97000 now: their number does not decrease' 'with the numbers of both looks'
is "$(lines)" 2 'this look is kept too'
gate 6 14.1.8 14.2.7 'without the history it would be waited for'

history
instance_at_work
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" >/dev/null
aged 172800
bbm_job_add "$main" "$id" succeeded count=40 ago='1 minute' >/dev/null
gate 6 14.1.8 14.2.7 'it moves' --history "$kept"
says '97000 values remained on' 'what was left'
says '57000 now, 2 days later; done about' 'what is left, and until when'
# eta RULE EXPRESSION: of what the report tells of the first finding's end, with `first`, `last` as hours from now
eta()
{
	/usr/bin/python3 - "$report" "$1" "$2" <<-'END'
		import datetime as d, json, re, sys
		r = json.load(open(sys.argv[1]))
		eta = [f['progress']['eta'] for f in r['findings'] if f['rule']['id'] == sys.argv[2]][0] or 'none'
		now = d.datetime.fromisoformat(r['run']['finished_at'].replace('Z', '+00:00'))
		hours = [(d.datetime.strptime(t + ' +0000', '%d %b %Y %H:%M UTC %z') - now).total_seconds() / 3600 for t in
		         re.findall(r'\d+ \w+ \d{4} \d\d:\d\d UTC', eta)]
		first, last = (hours + [None, None])[:2]
		sys.exit(0 if eval(sys.argv[3]) else repr((eta, hours)))
	END
}
# 40,000 values in 48 hours, 57,000 are left: 68.4 hours
ok 'the time of its end spans what its newest jobs tell and what two days tell' \
	eta bbm.unfinished 'first < 2 and 67 < last < 70 and "at the rate of its newest 43 jobs and of 2 looks since" in eta'
pg_sql "$main" "DELETE FROM batched_background_migration_jobs WHERE batched_background_migration_id = $id AND id NOT IN (
	SELECT max(id) FROM batched_background_migration_jobs)" >/dev/null
gate 6 14.1.8 14.2.7 'the rows of its older jobs are gone' --history "$kept"
ok 'then the looks alone are a basis' \
	eta bbm.unfinished '67 < first < 70 and eta.startswith("done about") and "at the rate of 3 looks since" in eta'
pg_sql "$main" "UPDATE batched_background_migrations SET status = 0 WHERE id = $id" >/dev/null
gate 3 14.1.8 14.2.7 'it is paused' --history "$kept"
ok 'then no time is told' eta bbm.unfinished 'eta == "none"'

# --- Never better

pg_sql "$main" "UPDATE batched_background_migrations SET status = 4 WHERE id = $id"
gate 3 14.1.8 14.2.7 'a failed migration is no better because it moved' --history "$kept"
sidekiq_gone
pg_sql "$main" "UPDATE batched_background_migrations SET status = 1 WHERE id = $id"
gate 3 14.1.8 14.2.7 'nor one that nobody works on' --history "$kept"

# --- Older migrations: the count that does not decrease

history
instance
legacy_job_schedule BackfillBar 600 50
gate 6 14.1.8 14.2.7 'fifty jobs are scheduled' --history "$kept"
aged 90000
legacy_job_schedule BackfillBar 600 100
gate 3 14.1.8 14.2.7 'a day later there are a hundred and fifty' --history "$kept"
like "$(found legacy.remaining)" '^fail: BackfillBar has 150 jobs left .*: 50 jobs remained on .*, and 150 now: their number does not decrease' \
	'with the numbers'
history
instance
legacy_job_schedule BackfillBar 600 100
findings_of 14.1.8 14.2.7 legacy.remaining --history "$kept" >/dev/null
aged 90000
redis_cmd DEL "$(sidekiq_key schedule)" >/dev/null
legacy_job_schedule BackfillBar 600 50
gate 6 14.1.8 14.2.7 'a day later there are fifty of a hundred' --history "$kept"
ok 'the next fifty take as long' eta legacy.remaining '24 < first < 26 and eta.startswith("done about")'
history
instance
legacy_job_schedule BackfillBar 864000 50
findings_of 14.1.8 14.2.7 legacy.remaining --history "$kept" >/dev/null
aged 90000
gate 6 14.1.8 14.2.7 'jobs that are due in ten days have nothing to do yet' --history "$kept"

# --- After an upgrade

history
instance_at_work
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" >/dev/null
aged 172800
pg_sql "$main" "UPDATE batched_background_migration_jobs SET finished_at = now() - interval '3 days';
	INSERT INTO schema_migrations (version) VALUES ('20990101000000')" >/dev/null
like "$(found bbm.unfinished)" '^waiting: ' 'looks before an upgrade say nothing about it'

# --- Lines that are none, and files that cannot be read

history
instance_at_work
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" >/dev/null
aged 172800
pg_sql "$main" "UPDATE batched_background_migration_jobs SET finished_at = now() - interval '3 days'" >/dev/null
printf '{"form":1,"at":"20' >>"$(echo "$kept"/*.jsonl)"
gate 3 14.1.8 14.2.7 'a torn line' --history "$kept"
says '1 of its lines skipped, as line 2 is none of a history' 'is skipped and named'
is "$(lines)" 3 'and the next line is whole'
ok 'as its content shows' /usr/bin/python3 -c 'import json, sys; json.loads(sys.stdin.readlines()[2])' <"$(echo "$kept"/*.jsonl)"
file=$(echo "$kept"/*.jsonl)
rm "$file" && mkdir "$file"
gate 5 14.1.8 14.2.7 'a history that cannot be read could have been the reason to stop' --history "$kept"

history
instance_at_work
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" >/dev/null
/usr/bin/python3 - "$kept"/*.jsonl <<-'END'
	import sys
	line = open(sys.argv[1]).read()
	with open(sys.argv[1], 'w') as f:
	    for i in range((1 << 20) // len(line)):
	        f.write(line.replace('2026-', '2016-').replace('BackfillFoo', 'Another%04d' % i)[:len(line) - 1].rstrip() + '\n')
END
truncate -s 1048570 "$kept"/*.jsonl
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" >/dev/null
ok 'the file has a limit' test "$(stat -c %s "$kept"/*.jsonl)" -lt 600000
contains "$(tail -n 1 "$kept"/*.jsonl)" BackfillFoo 'and its newest lines stay'
is "$(find "$kept" -type f | wc -l)" 1 'nothing else is left'

history
for i in 1 2 3 4; do
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" --history "$kept" --out "$dir/at_once_$i.tar.gz" >/dev/null 2>&1 &
done
wait
ok 'runs at the same time leave whole lines' /usr/bin/python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <"$(echo "$kept"/*.jsonl)"

# --- Which file

history
found bbm.unfinished >/dev/null
findings_of 14.1.8 14.2.7 bbm.unfinished --history "$kept" --label 'Shop / 1' >/dev/null
is "$(find "$kept" -name 'gitlab-*' | wc -l) $(find "$kept" -name 'Shop---1-*' | wc -l)" '1 1' 'a label has its own'
was=$(lines)
bbm_add "$ci" BackfillFoo users id '[]' active >/dev/null
"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$ci")" \
	--redis "$(redis_url "$REDIS_DB")" --history "$kept" --out "$dir/other.tar.gz" >/dev/null 2>&1
is "$(find "$kept" -name 'gitlab-*' | wc -l)" 2 'another database too'
ok 'and nothing else is written' test "$(lines)" -gt "$was"
exits 2 'no directory' "$PREFLIGHT" check --no-discover --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" --history "$dir/none"
contains "$err" 'is not a directory: create it first' 'says what to do'
exits 2 'a replay has no history of its own' "$PREFLIGHT" check --no-discover --facts "$bundle" --history "$kept"
contains "$err" 'leave --history out' 'says what to leave out'

# --- collect keeps its looks, and takes the earlier ones along

history
instance_at_work
collected()
{
	gate_schema 14.1.8
	exits 0 "$1" "$PREFLIGHT" collect --no-discover --from 14.1.8 --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" --history "$kept" \
		--out "$dir/collected.tar.gz"
}
collected 'collect takes --history'
is "$(lines)" 1 'and keeps a look'
aged 172800
bbm_job_add "$main" "$id" succeeded count=40 ago='1 minute' >/dev/null
collected 'two days later'
is "$(lines)" 2 'and another'
gate_run_any 'its bundle is checked elsewhere' --facts "$dir/collected.tar.gz" --from 14.1.8 --to 14.2.7
ok 'with what the looks tell' eta bbm.unfinished '67 < last < 70 and "and of 2 looks since" in eta'

# --- wait keeps its looks

history
instance_at_work
env --default-signal=INT "$PREFLIGHT" wait --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
	--redis "$(redis_url "$REDIS_DB")" --interval 1s --history "$kept" --out "$dir/wait.tar.gz" >/dev/null 2>"$dir/said" &
pid=$!
wait_for 'wait compares its rounds' grep -q BackfillFoo "$dir/said"
kill -INT "$pid"
wait "$pid"
is "$(lines)" 1 'wait keeps a look, and not one in each round'

# --- The second look of a run

sample() { tar -xzOf "$bundle" --wildcards '*/facts/sample.ndjson'; }

instance_at_work
scheduler_start "$main"
gate_run_any 'two looks' --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")" \
	--observe 1s
scheduler_stop
contains "$(sample)" '"observed",' 'the first look is among the facts'
like "$(/usr/bin/python3 -c 'import json, sys
print([f["message"] for f in json.load(open(sys.argv[1]))["findings"] if f["rule"]["id"] == "work.trend" and f["status"] == "fail"])' "$report")" \
	'BackfillFoo on users.id \(main\): [0-9]+ values remained on .*, [0-9]+ now, [1-9] s later' 'the report compares it with the second'
ok 'only the second look at what moves is later' /usr/bin/python3 - "$bundle" <<-'END'
	import json, sys, tarfile
	t = tarfile.open(sys.argv[1])
	def read_at(table):
	    name = [n for n in t.getnames() if n.endswith('/facts/%s.ndjson' % table)][0]
	    return [p['read_at'] for p in json.loads(t.extractfile(name).readline())['parts'] if p['part'] in ('main', 'queues')][0]
	first = max(read_at(x) for x in ('schema_migration', 'feature_flag', 'legacy_tracking'))
	second = min(read_at(x) for x in ('batched_migration', 'batched_migration_lock_wait', 'legacy_job', 'sidekiq_queue'))
	assert second - first > 900000, second - first
END

instance_at_work
scheduler_blocks "$main" users
pg_sql "$main" 'UPDATE "users" SET id = id WHERE "users"."id" BETWEEN 1 AND 1000' >/dev/null 2>&1 &
wait_for 'a session waits for the lock' pg_is_true postgres \
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$main' AND wait_event_type = 'Lock'"
gate 6 14.1.8 14.2.7 'a lock at both looks' --observe 1s
says 'sessions of BackfillFoo on users.id (main) that wait for a lock: 1 sessions remained' 'it is compared'
scheduler_unblocks "$main"
wait

env --default-signal=INT "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
	--redis "$(redis_url "$REDIS_DB")" --observe 1h --history "$kept" -v --out "$dir/cut.tar.gz" >"$dir/stdout" 2>"$dir/said" &
pid=$!
wait_for 'the first look has ended' grep -q 'redis:queues: complete' "$dir/said"
wait_for 'no connection is open between the looks' pg_is_true postgres \
	"SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'preflight%'"
kill -INT "$pid"
wait "$pid"
is $? 130 'interrupted between the looks'
like "$(tar -xzOf "$dir/cut.tar.gz" --wildcards '*/report.json')" '"complete": ?false' 'the report is incomplete'
exits 2 'no duration' "$PREFLIGHT" check --no-discover --to 14.2.7 --observe soon
contains "$err" '--observe soon: write it as 60s or 5min' 'says how to write it'

reports_are_valid
done_testing
