#!/bin/bash
# Many jobs of batched migrations, with and without GitLab's indexes, against one query of psql's:
# the jobs of the unfinished migrations, counted by status.

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

	read -r collect memory < <(bench_collect postgres:main bench_ms 5 0) || return 1
	read -r query _ < <(PGOPTIONS='-c max_parallel_workers_per_gather=0' bench_ms 5 0 \
		"$PG_BIN/psql" -X -q -A -t -c "$count" "$(pg_conninfo "$db")") || return 1
	bench_row "collect of PostgreSQL, $jobs jobs, $1, against one psql query" "$collect" "$query" \
		"$2"
	bench_note "peak of memory: $memory MiB"
}

compare 'no indexes' '<= 4' && bench_index_jobs "$db" && compare 'indexes' '<= 4'
