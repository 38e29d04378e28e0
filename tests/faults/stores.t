#!/bin/bash
# Faults of the stores: none may ever turn into a GO, and each says what clears it.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

to_redis()
{
	printf -- '--redis\n%s\n' "$(redis_url "$REDIS_DB")"
}

# --- Sources that are not there

raw 5 'nothing configured' --from 14.1.8 --to 14.2.7
says 'PostgreSQL database main could not be read' 'nothing configured: it says what is missing'

instance
raw 5 'main only' --from 14.1.8 --to 14.2.7 --postgres "$(pg_conninfo "$main")"
raw 5 'Redis only' --from 14.1.8 --to 14.2.7 --redis "$(redis_url "$REDIS_DB")"
raw 5 'nothing reachable' --from 14.1.8 --to 14.2.7 \
	--postgres "host=$gate_dir/nowhere dbname=gitlabhq_production" --redis "unix://$gate_dir/nowhere.sock"
raw 5 'no version' --to 14.2.7 --postgres "$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")"
says 'version' 'no version: it says so'

raw 0 'main and Redis are enough for an instance that is not decomposed' --from 14.1.8 --to 14.2.7 \
	--postgres "$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")"

instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
raw 3 'ci unreachable, main has a failed row' --from 14.1.8 --to 14.2.7 \
	--postgres "main=$(pg_conninfo "$main")" --postgres "ci=host=$gate_dir/nowhere dbname=ci" \
	--redis "$(redis_url "$REDIS_DB")"
says 'PostgreSQL database ci could not be read' 'and ci is unknown'
raw 3 'Redis unreachable, main has a failed row' --from 14.1.8 --to 14.2.7 \
	--postgres "main=$(pg_conninfo "$main")" --redis "unix://$gate_dir/nowhere.sock"

instance
raw 0 'Redis left out on purpose' --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
	--without 'redis:queues=no access from CI'
is "$(field gate.decision)" go_with_warnings 'a reduced scope is never plain go'
says 'no access from CI' 'and says what was left out'

# --- PostgreSQL

instance
pg_sql "$main" "CREATE ROLE reader_$gate_n LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_$gate_n"
pg_sql "$ci" "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_$gate_n"
role=reader_$gate_n
as_reader()
{
	raw "$1" "$2" --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main") user=$role" \
		--postgres "ci=$(pg_conninfo "$ci") user=$role" --redis "$(redis_url "$REDIS_DB")"
}
as_reader 0 'a role that may only read'
pg_sql "$main" "REVOKE SELECT ON batched_background_migrations FROM $role"
as_reader 5 'one table unreadable for our role'
says 'GRANT SELECT' 'with the grant that clears it'
pg_sql "$main" "GRANT SELECT ON batched_background_migrations TO $role;
	ALTER TABLE batched_background_migrations ENABLE ROW LEVEL SECURITY"
as_reader 5 'row-level security on it'
pg_sql "$main" 'ALTER TABLE batched_background_migrations DISABLE ROW LEVEL SECURITY'

bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
pg_sql "$main" "CREATE SCHEMA trap; CREATE TABLE trap.batched_background_migrations
		(LIKE public.batched_background_migrations); GRANT USAGE ON SCHEMA trap TO $role;
	GRANT SELECT ON ALL TABLES IN SCHEMA trap TO $role; ALTER ROLE $role SET search_path = trap, public"
as_reader 3 'a clean table of that name first in the search path'
pg_sql "$main" 'DROP SCHEMA trap CASCADE'

instance
pg_sql "$main" 'ALTER TABLE background_migration_jobs RENAME TO hidden;
	CREATE VIEW background_migration_jobs AS SELECT * FROM hidden WHERE false'
gate 5 14.1.8 14.2.7 'a view in its place'

instance
pg_sql "$main" 'DROP TABLE background_migration_jobs'
gate 5 14.1.8 14.2.7 'a table that this version has is missing'

instance
lock=$gate_dir/lock
mkfifo "$lock"
pg_sql "$main" <"$lock" >/dev/null 2>&1 &
exec 9>"$lock"
echo 'BEGIN; LOCK TABLE batched_background_migrations IN ACCESS EXCLUSIVE MODE;' >&9
wait_for 'the table is locked' pg_is_true "$main" "SELECT count(*) = 1 FROM pg_locks WHERE granted
	AND mode = 'AccessExclusiveLock' AND relation = 'batched_background_migrations'::regclass"
gate 5 14.1.8 14.2.7 'table locked ACCESS EXCLUSIVE'
says locked 'it is called locked'
exec 9>&-
wait

pg_newdb empty template0
instance
main=empty gate 5 14.1.8 14.2.7 'an empty database'
says 'does not look like a GitLab database' 'it is not called clean'
gitlab_load registry tests/schema/registry.sql
main=registry gate 5 14.1.8 14.2.7 "the container registry's database"
main=nowhere_$gate_n gate 5 14.1.8 14.2.7 'no such database'
ci=$main gate 0 14.1.8 14.2.7 'ci is the same database as main'

# --- Redis

instance
redis_cmd ZADD "$(sidekiq_key schedule)" "$(date +%s)" '{"class":"BackgroundMigrationWorker","args":[' >/dev/null
gate 5 14.1.8 14.2.7 'a payload that does not parse'

instance
redis_cmd SET "$(sidekiq_key schedule)" x >/dev/null
gate 5 14.1.8 14.2.7 'a key of the wrong type'

instance
redis_newdb
redis_cmd SET something else >/dev/null
gate 5 14.1.8 14.2.7 'a Redis database where Sidekiq never was'
says 'does not look like Sidekiq' 'it is not called empty'

redis_start "$(servers_dir "$gate_dir/redis2")" --requirepass sesame
instance
gate 5 14.1.8 14.2.7 'Redis needs a password'
says redis-password-file 'one line that clears it'
redis_stop
redis_use "$(servers_dir "$gate_dir/redis")"

# --- A server that goes away in the middle, at ten different moments

for n in 1 2 3 4 5 6 7 8 9 10; do
	instance
	(
		sleep "0.0$((n - 1))5"
		pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = '$main' AND application_name LIKE 'preflight%'" >/dev/null 2>&1
	) &
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$gate_dir/gone.tar.gz" \
		--postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")" >/dev/null 2>&1
	rc=$?
	wait
	if [ $rc = 5 ]; then
		pass "the connection is cut in the middle ($n): undetermined"
	else
		is $rc 0 "the connection is cut in the middle ($n): it was over already"
	fi
done

# --- The law: a fault may only worsen the gate. Every state with every fault.

rank()
{
	case $1 in 0) echo 0 ;; 4) echo 1 ;; 6) echo 2 ;; 3 | 5) echo 3 ;; *) echo "$1?" ;; esac
}
gated()
{
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --exit-on-warnings \
		--out "$gate_dir/law.tar.gz" "$@" >/dev/null 2>&1
	rank $?
}
for state in clean waiting failed warned; do
	instance
	case $state in
	waiting)
		id=$(bbm_add "$main" BackfillX issues id '[]' active)
		bbm_job_add "$main" "$id" succeeded updated='1 minute'
		;;
	failed) bbm_add "$main" BackfillX issues id '[]' failed >/dev/null ;;
	warned)
		id=$(bbm_add "$main" BackfillX issues id '[]' finished)
		bbm_job_add "$main" "$id" failed attempts=3
		;;
	esac
	m="main=$(pg_conninfo "$main")" c="ci=$(pg_conninfo "$ci")" r=$(redis_url "$REDIS_DB")
	plain=$(gated --postgres "$m" --postgres "$c" --redis "$r")
	for fault in no-main no-ci no-redis main-for-ci empty-ci denied; do
		case $fault in
		no-main) now=$(gated --postgres "main=host=$gate_dir/nowhere" --postgres "$c" --redis "$r") ;;
		no-ci) now=$(gated --postgres "$m" --postgres "ci=host=$gate_dir/nowhere" --redis "$r") ;;
		no-redis) now=$(gated --postgres "$m" --postgres "$c" --redis "unix://$gate_dir/nowhere") ;;
		main-for-ci) now=$(gated --postgres "$m" --postgres "ci=${m#main=}" --redis "$r") ;;
		empty-ci) now=$(gated --postgres "$m" --postgres "ci=$(pg_conninfo empty)" --redis "$r") ;;
		denied)
			pg_sql "$main" "CREATE ROLE blind_$gate_n LOGIN"
			now=$(gated --postgres "$m user=blind_$gate_n" --postgres "$c" --redis "$r")
			;;
		esac
		ok "$state with $fault is not better ($now, not below $plain)" [ "$now" -ge "$plain" ]
	done
done

reports_are_valid
done_testing
