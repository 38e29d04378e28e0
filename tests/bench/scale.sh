#!/bin/bash
# A whole check of a large instance against its slowest source alone: sources are read side by side,
# and what comes after the reading is small.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
size=100000
[ -z "$BENCH_FULL" ] || size=1000000
db=large
bench_jobs "$db" 500 60 "$size" && bench_index_jobs "$db" || exit 1
for class in BackfillOne BackfillTwo BackfillThree BackfillFour; do
	legacy_job_schedule "$class" 3600 $((size / 4)) || exit 1
done

read -r postgres _ < <(bench_collect postgres:main bench_ms 5 0) || exit 1
read -r redis _ < <(bench_collect redis:queues bench_ms 5 0) || exit 1
read -r check memory < <(bench_check bench_ms 5 3) || exit 1
bench_note "PostgreSQL alone $postgres ms, Redis alone $redis ms, peak of memory $memory MiB"
slowest=$(printf '%s\n' "$postgres" "$redis" | sort -g | tail -n 1)
bench_row "check: 500 migrations, $size jobs, $size scheduled, against the slowest source" \
	"$check" "$slowest" '<= 1.3'
