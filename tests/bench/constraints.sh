#!/bin/bash
# Questions about constraints to come on large tables in order, without an index that answers them: a part of each
# is read, against what the upgrade itself will do, which adds the same constraints.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
rows=300000
[ -z "$BENCH_FULL" ] || rows=3000000
db=constraints

pg_newdb "$db" && pg_sql "$db" <<-END >/dev/null || exit 1
	CREATE TABLE abuse_reports (id bigint PRIMARY KEY, reporter_id bigint, filler text);
	CREATE TABLE award_emoji (id bigint PRIMARY KEY, namespace_id bigint, organization_id bigint, filler text);
	INSERT INTO users (id) SELECT n FROM generate_series(1, $rows / 3) AS n;
	INSERT INTO abuse_reports SELECT n, 1 + n % ($rows / 3), repeat('x', 120) FROM generate_series(1, $rows) AS n;
	INSERT INTO award_emoji SELECT n, n, NULL, repeat('x', 120) FROM generate_series(1, $rows) AS n;
	VACUUM ANALYZE;
END

add='BEGIN;
	ALTER TABLE abuse_reports ADD CONSTRAINT check_fc643d4880 CHECK (reporter_id IS NOT NULL),
		ADD CONSTRAINT fk_d6848ca5d2 FOREIGN KEY (reporter_id) REFERENCES users (id);
	ALTER TABLE award_emoji ADD CONSTRAINT check_8ef14b7067 CHECK (num_nonnulls(namespace_id, organization_id) = 1);
	ROLLBACK'

# The version is not given: the questions of every release are put.
read -r part memory _ < <(bench_collect postgres:main bench_ms 5 0) || exit 1
read -r whole _ < <(bench_collect postgres:main bench_ms 3 0 env PREFLIGHT_DEPTH=full) || exit 1
read -r upgrade _ < <(bench_ms 3 0 "$PG_BIN/psql" -X -q -c "$add" "$(pg_conninfo "$db")") || exit 1
bench_row "collect of PostgreSQL, 2 tables of $rows rows in part, against adding the constraints" "$part" "$upgrade" \
	"$([ -z "$BENCH_FULL" ] || echo '<= 0.5')"
bench_row "the same, read whole (--depth full)" "$whole" "$upgrade"
bench_note "peak of memory: $memory MiB"
