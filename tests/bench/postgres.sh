#!/bin/bash
# Many jobs of batched migrations, with and without GitLab's indexes, against one query of psql's:
# the jobs of the unfinished migrations, counted by status. Then the facts that read large tables, each against
# a count of that table, and the temporary files that they leave.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
jobs=500000
[ -z "$BENCH_FULL" ] || jobs=5000000
db=jobs
bench_jobs "$db" 300 27 "$jobs" || exit 1

count='SELECT batched_background_migration_id, status, count(*), max(updated_at)
	FROM batched_background_migration_jobs
	WHERE batched_background_migration_id = ANY (ARRAY(SELECT id FROM batched_background_migrations
		WHERE status NOT IN (3, 6)))
	GROUP BY 1, 2'

compare()
{
	local collect memory query

	read -r collect memory _ < <(bench_collect postgres:main bench_ms 5 0) || return 1
	read -r query _ < <(PGOPTIONS='-c max_parallel_workers_per_gather=0' bench_ms 5 0 \
		"$PG_BIN/psql" -X -q -A -t -c "$count" "$(pg_conninfo "$db")") || return 1
	bench_row "collect of PostgreSQL, $jobs jobs, $1, against one psql query" "$collect" "$query" \
		"$2"
	bench_note "peak of memory: $memory MiB"
}

# fact_ms TABLE FROM: reads the facts of a database of that release and prints how long this one took
fact_ms()
{
	local bundle=$cleanup_root/fact.tar.gz

	"$PREFLIGHT" collect --no-discover --only postgres:main --from "$2" --postgres "$(pg_conninfo "$db")" \
		--redis "$(redis_url)" --out "$bundle" >/dev/null 2>&1 || return 1
	tar -xzOf "$bundle" --wildcards "*/facts/$1.ndjson" | head -n 1 | /usr/bin/python3 -c '
import json, sys
part = json.loads(sys.stdin.readline())["parts"][0]
if part["status"] != "complete":
    sys.exit(part["status"] + ": " + part["reason"])
print("%.1f" % (part["duration_us"] / 1000))'
}

# counted WORDS MS   the fact alone, at full size
counted()
{
	local took

	[ -n "$BENCH_FULL" ] || return 0
	took=$(fact_ms batched_migration_movement 14.1.8) || return 1
	bench_row "counts of $jobs jobs, $1, against $2 ms" "$took" "$2" '<= 1'
}

compare 'no indexes' '<= 4' && counted 'no indexes' 1300 && bench_index_jobs "$db" && compare 'indexes' '<= 4' &&
	counted 'indexes' 40 || exit 1

db=unfinished
bench_jobs "$db" 300 300 "$jobs" && bench_index_jobs "$db" && compare 'indexes, all of them of unfinished migrations' '<= 4' &&
	counted 'indexes, all of them of unfinished migrations' 120 || exit 1
db=jobs

# fact TABLE FROM RELATION TARGET WORDS
fact()
{
	local took count files

	files=$(pg_sql postgres "SELECT temp_files FROM pg_stat_database WHERE datname = '$db'")
	took=$(fact_ms "$1" "$2") || return 1
	read -r count _ < <(PGOPTIONS='-c max_parallel_workers_per_gather=0' bench_ms 3 0 \
		"$PG_BIN/psql" -X -q -A -t -c "SELECT count(*) FROM $3" "$(pg_conninfo "$db")") || return 1
	bench_row "$1, $5, against a count of $3" "$took" "$count" "$4"
	sleep 1 # the server reports its statistics once a second
	bench_note "temporary files: $(($(pg_sql postgres "SELECT temp_files FROM pg_stat_database WHERE datname = '$db'") - files))"
}

fact batched_migration_movement 14.1.8 batched_background_migration_jobs '<= 1' "$jobs jobs, indexes"

rows=300000
[ -z "$BENCH_FULL" ] || rows=3000000
db=facts
pg_newdb "$db" && pg_sql "$db" <<-END || exit 1
	INSERT INTO packages_packages (id, project_id, name, version, package_type, status)
	SELECT n, n % 5000, '@group/package-' || n % 100000, n / 100000 || '.' || n % 7 || '.0', 2, CASE WHEN n % 5000 = 0 THEN 3 ELSE 0 END
	FROM generate_series(1, $rows) AS n;
	INSERT INTO background_migration_jobs (created_at, updated_at, status, class_name, arguments)
	SELECT now() - interval '9 days', now() - interval '9 days', 1, CASE WHEN n % 2 = 0 THEN '::' ELSE '' END || 'Backfill' || n % 20, '[1, 2]'
	FROM generate_series(1, $rows) AS n;
	VACUUM ANALYZE packages_packages;
	VACUUM ANALYZE background_migration_jobs;
END
fact npm_duplicate 16.2.11 packages_packages '<= 2' "$rows packages, without GitLab's index"
pg_sql "$db" 'CREATE INDEX idx_installable_npm_pkgs_on_project_id_name_version_id
	ON packages_packages (project_id, name, version, id) WHERE package_type = 2 AND status = 0' >/dev/null &&
	pg_sql "$db" 'VACUUM ANALYZE packages_packages' >/dev/null
fact npm_duplicate 16.2.11 packages_packages '<= 10' "$rows packages"
fact legacy_tracking 14.1.8 background_migration_jobs '<= 6' "$rows rows"
