#!/bin/bash
# Stores that answer and are not the right ones: a database of the instance under another's name, the Redis of
# another application; and jobs in queues that Sidekiq does not register.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

# locks DB TABLE...: as GitLab locks the tables that another database holds
locks()
{
	local db=$1 table
	shift

	pg_sql "$db" "CREATE OR REPLACE FUNCTION gitlab_schema_prevent_write() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN RETURN NULL; END'" >/dev/null
	for table; do
		pg_sql "$db" "CREATE TABLE IF NOT EXISTS $table (id bigint); CREATE TRIGGER
			gitlab_schema_write_trigger_for_$table BEFORE INSERT ON $table
			EXECUTE FUNCTION gitlab_schema_prevent_write()" >/dev/null 2>&1
	done
}
# databases EXIT NAME MAIN CI SEC: check with these databases (empty: not given)
databases()
{
	local expected=$1 name=$2 words=()
	shift 2

	[ -z "$1" ] || words+=(--postgres "main=$(pg_conninfo "$1")")
	[ -z "$2" ] || words+=(--postgres "ci=$(pg_conninfo "$2")")
	[ -z "$3" ] || words+=(--postgres "sec=$(pg_conninfo "$3")")
	gate_run "$expected" "$name" --from 14.1.8 --to 14.2.7 --redis "$(redis_url)" "${words[@]}"
}
# table_status TABLE DATABASE
table_status()
{
	/usr/bin/python3 - "$report" "$1" "$2" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['facts']:
		    if f['table'] == sys.argv[2] and sys.argv[3] in f.values():
		        print(f['status'] + ': ' + (f['reason'] or ''))
	END
}

# source_state SOURCE: "STATUS: REASON"
source_state()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		for s in json.load(open(sys.argv[1]))['sources']:
		    if s['id'] == sys.argv[2]:
		        print(s['status'] + ': ' + (s['reason'] or ''))
	END
}

# repeated_causes: how many unknown findings repeat rule and reason of another one
repeated_causes()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		seen = [(f['rule']['id'], f['message'].split(' of ', 1)[-1])
		        for f in json.load(open(sys.argv[1]))['findings'] if ' could not be read: ' in f['message'] and f['rule']['id'] != 'source.incomplete']
		print(len(seen) - len(set(seen)))
	END
}

# --- Databases

instance
sec=sec_$gate_n
pg_newdb "$sec"
databases 0 'one database for both' "$main" "$main" ''
locks "$main" ci_builds ci_pipelines p_ci_builds
locks "$ci" users projects application_settings
databases 0 'a decomposed instance' "$main" "$ci" ''
databases 5 'ci is not read' "$main" '' ''
databases 5 'swapped' "$ci" "$main" ''
like "$(table_status batched_migration main)" '^absent: GitLab locked its table .* this is another database' 'what it says of main is not taken'
like "$(table_status batched_migration ci)" '^absent: GitLab locked its table ci_builds' 'nor what it says of ci'
like "$(source_state postgres:main)" '^absent: GitLab locked its table' 'it is not the right store'
is "$(repeated_causes)" 0 'one cause is one finding of a rule'
says 'this is another database of the instance' 'and the reader is told'
databases 5 'the database ci for main, and nothing else' "$ci" '' ''
databases 5 'the database ci for both' "$ci" "$ci" ''
databases 5 'the database main for both' "$main" "$main" ''
says 'it is the same database as main' 'it is said which one is wrong'
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
databases 5 'swapped, and the real main has a failed migration' "$ci" "$ci" ''
databases 3 'in its place it is found' "$main" "$ci" ''
exits 5 'sources tells it too' "$PREFLIGHT" sources --no-discover --from 14.1.8 --postgres "main=$(pg_conninfo "$ci")" \
	--redis "$(redis_url)"
contains "$out" 'this is another database of the instance' 'with the reason'

instance
sec=sec_$gate_n
pg_newdb "$sec"
locks "$main" ci_builds ci_pipelines vulnerabilities sbom_components
locks "$ci" users projects vulnerabilities
locks "$sec" users projects ci_builds ci_pipelines
databases 0 'three databases' "$main" "$ci" "$sec"
databases 5 'ci and sec swapped' "$main" "$sec" "$ci"
databases 5 'sec for main' "$sec" "$ci" "$main"
locks "$main" users
databases 0 'one lock in the wrong place does not make it another database' "$main" "$ci" "$sec"

# --- The right database, and not as its release has it

instance
pg_sql "$main" 'DROP TABLE batched_background_migration_jobs CASCADE' >/dev/null
databases 5 'a table is gone' "$main" '' ''
like "$(source_state postgres:main)" '^unreadable: this is GitLab.s database, but it lacks .*batched_background_migration_jobs does not exist' \
	'it is the right store, and what it lacks is named'
pg_sql postgres 'CREATE DATABASE elsewhere TEMPLATE template0' >/dev/null
databases 5 'the database of another application' elsewhere '' ''
like "$(source_state postgres:main)" '^absent: this does not look like a GitLab database' 'it is not the right store'

# --- Redis

redis_only() { gate_run "$1" "$2" --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url)"; }
foreign='another application.s Sidekiq'
instance
redis_newdb
redis_cmd SET stat:processed 5 >/dev/null
redis_only 5 'a lone counter'
like "$(table_status legacy_job queues)" '^absent: .*no queues, processes, cron jobs or jobs' 'is no Sidekiq'
for SIDEKIQ_NAMESPACE in '' resque:gitlab:; do
	where=${SIDEKIQ_NAMESPACE:-plain keys}
	redis_newdb
	sidekiq_alive worker-1 100 a mailers >/dev/null
	redis_only 5 "another application's Sidekiq, $where"
	like "$(table_status legacy_job queues)" "^absent: .*$foreign" "its jobs are not GitLab's, $where"
	redis_newdb
	sidekiq_alive worker-1 100 default mailers >/dev/null
	redis_cmd SADD "$(sidekiq_key cron_jobs)" cron_job:nightly >/dev/null
	redis_cmd HSET "$(sidekiq_key cron_job:nightly)" name nightly klass NightlyReport status enabled >/dev/null
	redis_only 5 "with a cron job of its own, $where"
	sidekiq_cron
	redis_only 0 "a GitLab that serves default and mailers only, $where"
	redis_newdb
	sidekiq_cron 40000
	redis_only 0 "inside the maintenance window: nothing but cron jobs, $where"
	redis_newdb
	sidekiq_alive gitlab-1 100 post_receive >/dev/null
	redis_only 0 "a process that serves a queue of GitLab's, $where"
done
redis_newdb
sidekiq_cron 40000
redis_cmd SADD cron_jobs:default cron_job:default:stuck_ci_jobs_worker >/dev/null
redis_cmd HSET cron_job:default:stuck_ci_jobs_worker name stuck_ci_jobs_worker klass StuckCiJobsWorker status enabled >/dev/null
redis_cmd DEL cron_jobs resque:gitlab:cron_jobs >/dev/null
redis_only 0 'cron jobs as newer releases keep them'

# --- Queues that are not registered, and the class from the top

for SIDEKIQ_NAMESPACE in '' resque:gitlab:; do
	where=${SIDEKIQ_NAMESPACE:-plain keys}
	instance
	legacy_job_queue BackfillX 7200 3
	gate 3 14.1.8 14.2.7 "in a registered queue, $where"
	expected=$(findings_of 14.1.8 14.2.7 legacy.remaining)
	redis_cmd SREM "$(sidekiq_key queues)" background_migration >/dev/null
	is "$(findings_of 14.1.8 14.2.7 legacy.remaining)" "$expected" "served, but not registered, $where"
	redis_cmd RENAME "$(sidekiq_key queue:background_migration)" "$(sidekiq_key queue:elsewhere)" >/dev/null
	like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" '^fail: BackfillX has 3 jobs left' "neither, $where"
	redis_cmd SADD "$(sidekiq_key queue:of-another-kind)" x >/dev/null
	like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" '^fail: BackfillX has 3 jobs left' "a key of another kind is no queue, $where"
done
SIDEKIQ_NAMESPACE=
instance
redis_cmd LPUSH queue:background_migration \
	'{"class":"::BackgroundMigrationWorker","args":["::BackfillX",[1,2]],"jid":"1","enqueued_at":1600000000.5}' >/dev/null
like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" '^fail: BackfillX has 1 jobs left' 'the class is written from the top'
redis_cmd DEL queue:background_migration >/dev/null
gate 0 14.1.8 14.2.7 'without it the instance is healthy'
identity=$(sidekiq_alive odd)
redis_cmd HSET "$identity" info 'no JSON' >/dev/null
gate 5 14.1.8 14.2.7 'a process whose data does not parse'
like "$(table_status sidekiq_process queues)" '^unreadable: .*odd:.*does not parse' 'is named'
for table in sidekiq_cron sidekiq_queue sidekiq_set legacy_job; do
	is "$(table_status $table queues)" 'complete: ' "and $table is read"
done
redis_cmd DEL "$identity" >/dev/null

# --- Queues that nothing serves

redis_cmd LPUSH queue:lonely \
	'{"class":"BackgroundMigrationWorker","args":["BackfillX",[1,2]],"queue":"lonely","jid":"1","enqueued_at":'"$(gitlab_epoch -60)}" >/dev/null
gate 3 14.1.8 14.2.7 'a job in a queue that no process serves'
like "$(findings_of 14.1.8 14.2.7 legacy.remaining)" 'no Sidekiq process serves the queue lonely' 'which one'
redis_cmd DEL queue:lonely >/dev/null
reports_are_valid
done_testing
