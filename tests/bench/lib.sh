# shellcheck shell=bash
# What the benchmarks share. Each is a script of its own, tests/bench/*.sh, which tests/bench/run.sh
# runs; it compares two things that it measured in the same run, and never asserts a duration.
#
#   bench_ms RUNS EXITS COMMAND...   prints the median of RUNS wall-clock times in milliseconds, the
#       largest peak of memory in MiB, and the median CPU time in milliseconds; fails unless each run
#       ends with one of EXITS ("0,3")
#   bench_row NAME MEASURED AGAINST [TARGET [UNIT]]
#       a row of the table: both numbers, their ratio, and the ratio that we aim at, as "<= 1.3" or
#       ">= 30"; the unit is ms, or MiB, or CPU for milliseconds of CPU time
#   bench_note TEXT...               a line for whoever watches
#
# $BENCH_FULL is 1 for the large sizes, else empty; $PREFLIGHT and $O as for tests.

# shellcheck source=tests/lib/cleanup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cleanup.sh"
# shellcheck source=tests/lib/servers.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/servers.sh"
# shellcheck source=tests/lib/gitlab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/gitlab.sh"

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
O=${O:-build}
[ "${O#/}" != "$O" ] || O=$PWD/$O
PREFLIGHT=${PREFLIGHT:-$O/bin/preflight}
BENCH_TABLE=${BENCH_TABLE:-/dev/stderr}
BENCH_FULL=${BENCH_FULL:-}

bench_ms()
{
	/usr/bin/python3 - "$@" <<-'END'
		import os, sys, time

		runs, exits, command = int(sys.argv[1]), sys.argv[2].split(','), sys.argv[3:]
		null = os.open(os.devnull, os.O_RDWR)
		errors = os.memfd_create('stderr')
		times, cpu, peak = [], [], 0
		for _ in range(runs):
		    os.ftruncate(errors, 0)
		    begun = time.perf_counter()
		    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
		        (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
		        (os.POSIX_SPAWN_DUP2, errors, 2)])
		    _, status, usage = os.wait4(pid, 0)
		    times.append(time.perf_counter() - begun)
		    peak = max(peak, usage.ru_maxrss)
		    cpu.append(usage.ru_utime + usage.ru_stime)
		    if str(os.waitstatus_to_exitcode(status)) not in exits:
		        said = os.pread(errors, 2000, 0).decode(errors='replace')
		        sys.exit(f'{" ".join(command)}: exit {os.waitstatus_to_exitcode(status)}, '
		            f'expected {" or ".join(exits)}\n{said}')
		times.sort()
		cpu.sort()
		print(f'{times[len(times) // 2] * 1000:.1f} {peak / 1024:.1f} {cpu[len(cpu) // 2] * 1000:.1f}')
	END
}

bench_row()
{
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-}" "${5:-ms}" >>"$BENCH_TABLE"
}

bench_note()
{
	printf '   %s\n' "$*"
}

# Servers with an empty GitLab 14.1 called "empty" and a Redis in which Sidekiq lives.
bench_servers()
{
	local dir why

	why=$(servers_why_not)
	if [ -n "$why" ]; then
		bench_note "skipped: $why"
		exit 0
	fi
	dir=$(new_dir)
	pg_start "$dir" 'shared_buffers = 256MB' 'max_wal_size = 4GB' && redis_start "$dir" &&
		gitlab_base && pg_newdb empty && bbm_finish_all empty &&
		sidekiq_alive >/dev/null && sidekiq_cron
}

# The words of a command that reads one hop's facts from a database and the current Redis.
bench_check()
{
	"$@" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --postgres \
		"$(pg_conninfo "$db")" --redis "$(redis_url)" --out "$cleanup_root/check.tar.gz"
}

bench_collect()
{
	local only=$1
	shift

	"$@" "$PREFLIGHT" collect --no-discover --only "$only" --postgres "$(pg_conninfo "$db")" \
		--redis "$(redis_url)" --out "$cleanup_root/collect.tar.gz"
}

# Fills a database with MIGRATIONS batched migrations of which UNFINISHED are active, and JOBS jobs
# spread over them, without the indexes on jobs.
bench_jobs()
{
	local db=$1 migrations=$2 unfinished=$3 jobs=$4

	pg_newdb "$db" && pg_sql "$db" <<-END
		SET session_replication_role = replica;
		DROP INDEX index_batched_jobs_by_batched_migration_id_and_id,
			index_batched_jobs_on_batched_migration_id_and_status,
			index_migration_jobs_on_migration_id_and_finished_at,
			index_migration_jobs_on_migration_id_and_max_value;
		INSERT INTO batched_background_migrations (created_at, updated_at, max_value, batch_size,
			sub_batch_size, "interval", status, job_class_name, table_name, column_name,
			job_arguments, total_tuple_count)
		SELECT now() - interval '9 days', now() - interval '1 hour', 100000000, 1000, 100, 120,
			CASE WHEN n <= $migrations - $unfinished THEN 3 ELSE 1 END, 'BenchmarkJob',
			'table_' || n, 'id', '[]', 100000000
		FROM generate_series(1, $migrations) AS n;
		INSERT INTO batched_background_migration_jobs (created_at, updated_at, started_at,
			finished_at, batched_background_migration_id, min_value, max_value, batch_size,
			sub_batch_size, status, attempts)
		SELECT t.at, t.at, t.at, t.at, 1 + n % $migrations, n / $migrations * 1000 + 1,
			n / $migrations * 1000 + 1000, 1000, 100, CASE WHEN n % 9973 = 0 THEN 2 ELSE 3 END, 1
		FROM generate_series(0, $jobs - 1) AS n,
			LATERAL (SELECT now() - interval '6 hours' - n * interval '1 ms' AS at) AS t;
		VACUUM ANALYZE batched_background_migration_jobs;
	END
}

bench_index_jobs()
{
	grep -A1 'INDEX index_.*jobs_\(by\|on\)_.*migration_id' tests/schema/14.1.sql | grep -v ^-- |
		pg_sql "$1" && pg_sql "$1" 'VACUUM ANALYZE batched_background_migration_jobs'
}
