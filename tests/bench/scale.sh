#!/bin/bash
# A whole check of a large instance against its slowest source alone: sources are read side by side,
# and what comes after the reading is small.

. "$(dirname "$0")/lib.sh"
. tests/lib/node.sh
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
read -r check memory _ < <(bench_check bench_ms 5 3) || exit 1
bench_note "PostgreSQL alone $postgres ms, Redis alone $redis ms, peak of memory $memory MiB"
slowest=$(printf '%s\n' "$postgres" "$redis" | sort -g | tail -n 1)
# allowed MS   1.15 times as long, or 60 ms more where that is more
allowed()
{
	awk "BEGIN { print $1 * 1.15 > $1 + 60 ? $1 * 1.15 : $1 + 60 }"
}
bench_row "check: 500 migrations, $size jobs, $size scheduled, against 1.15 times its slowest source, or 60 ms more" \
	"$check" "$(allowed "$slowest")" '<= 1'
bench_row "memory of that check, against 16 MiB" "$memory" 16 '<= 1' MiB

# Every store of an instance at once: a database of its own for CI, and a real search node.
if ! command -v java >/dev/null || ! command -v mvn >/dev/null || ! node_start opensearch 2.19.1.0; then
	bench_note 'skipped with ci and a search node: none can be started here'
	exit 0
fi
node_put gitlab-production-20210101-0000 '{"aliases": {"gitlab-production": {}}}' &&
	node_put 'gitlab-production-migrations/_doc/20230703112233?refresh=true' '{"completed": true}' || exit 1
# Starting, deciding and writing the bundle take a tenth of a second, so the slowest must take longer than that.
legacy_job_schedule BackfillFive 3600 $((size * 2)) && pg_newdb ci large || exit 1
pg_sql large "UPDATE application_settings SET elasticsearch_indexing = true, elasticsearch_url = '$node_url';
	INSERT INTO licenses (data) VALUES ('x')" || exit 1
together=("$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$db")"
	--postgres "ci=$(pg_conninfo ci)" --redis "$(redis_url)" --search "$node_url" --out "$cleanup_root/together.tar.gz")
read -r check memory _ < <(bench_ms 5 3 "${together[@]}") || exit 1
slowest=$(tar -xzOf "$cleanup_root/together.tar.gz" --wildcards '*/report.json' | /usr/bin/python3 -c 'import json, sys
s = json.load(sys.stdin)["sources"]
assert all(x["status"] == "complete" for x in s if x["id"] in ("postgres:main", "postgres:ci", "redis:queues", "search")), s
print(max(x["duration_ms"] for x in s))') || exit 1
bench_note "main, ci, Redis and OpenSearch: peak of memory $memory MiB"
bench_row "check: main, ci, Redis, OpenSearch at once, $size jobs and $((size * 3)) scheduled, against the same" \
	"$check" "$(allowed "$slowest")" '<= 1'
