#!/bin/bash
# What is done after the reading, from bundles: nothing to report, many findings, much evidence, many rules.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1

# bundle NAME UNFINISHED FINISHED   facts of an instance with so many batched migrations, in $cleanup_root/NAME.tar.gz
bundle()
{
	db=$1
	bench_jobs "$db" $(($2 + $3)) "$2" $((($2 + $3) * 2)) >/dev/null || return 1
	"$PREFLIGHT" collect --no-discover --from 14.1.8 --postgres "$(pg_conninfo "$db")" --redis "$(redis_url)" \
		--out "$cleanup_root/$1.tar.gz" >/dev/null 2>&1
}

# again RUNS NAME ARGS...   wall, memory and CPU of a check of that bundle
again()
{
	local runs=$1 name=$2
	shift 2

	bench_ms "$runs" 0,3,5 "$PREFLIGHT" check --facts "$cleanup_root/$name.tar.gz" --from 14.1.8 --to 14.2.7 \
		--out "$cleanup_root/checked-$name.tar.gz" "$@"
}

bundle none 0 3 && bundle many 500 0 && bundle evidence 0 20000 || exit 1
read -r _ least cpu < <(again 21 none) || exit 1
bench_row 'check --facts, against 60 ms of CPU' "$cpu" 60 '<= 1' CPU
bench_row 'check --facts: memory, against 16 MiB' "$least" 16 '<= 1' MiB
read -r _ memory cpu < <(again 5 many) || exit 1
bench_row 'check --facts with 500 findings, against 100 ms of CPU' "$cpu" 100 '<= 1' CPU
bench_row 'check --facts with 500 findings: KiB for each, against 10' \
	"$(awk "BEGIN { print ($memory - $least) * 1024 / 500 }")" 10 '<= 1' KiB
# The report is in memory in each of its formats before the first byte of the bundle is written: no finding takes less.
kib=$(tar -xOzf "$cleanup_root/checked-many.tar.gz" --wildcards '*/report.json' '*/junit.xml' '*/report.html' | wc -c)
less=$(tar -xOzf "$cleanup_root/checked-none.tar.gz" --wildcards '*/report.json' '*/junit.xml' '*/report.html' | wc -c)
bench_row 'KiB of report.json, junit.xml and report.html for each of 500 findings, against 10' \
	"$(awk "BEGIN { print ($kib - $less) / 1024 / 500 }")" 10 '' KiB
read -r _ memory cpu < <(bench_ms 5 0 "$PREFLIGHT" report --format html=/dev/null "$cleanup_root/checked-many.tar.gz") || exit 1
bench_row 'report --format html of 500 findings, against 100 ms of CPU' "$cpu" 100 '<= 1' CPU
bench_row 'report --format html of 500 findings: memory, against 20 MiB' "$memory" 20 '<= 1' MiB
read -r _ memory cpu < <(again 5 evidence) || exit 1
bench_row 'evidence of 20000 rows to an archive, against 250 ms of CPU' "$cpu" 250 '<= 1' CPU
bench_row 'evidence of 20000 rows to an archive: memory, against 24 MiB' "$memory" 24 '<= 1' MiB
if [ -n "$BENCH_FULL" ]; then
	bundle crowd 10000 0 || exit 1
	read -r _ memory cpu < <(again 1 crowd) || exit 1
	bench_row 'check --facts with 10000 findings, against twenty times 500' "$cpu" 2000 '<= 1' CPU
	bench_note "peak of memory with 10000 findings: $memory MiB"
fi

for n in 400 2000; do
	mkdir "$cleanup_root/pack$n"
	/usr/bin/python3 - "$n" "$cleanup_root/pack$n" <<-'END'
		import sys
		n, folder = int(sys.argv[1]), sys.argv[2]
		common = open(folder + '/common.yml', 'w')
		print("""facts:
		  - table: bench_message
		    about: Messages that GitLab shows to all users.
		    source: postgres
		    databases: [main]
		    from: public.broadcast_messages
		    columns: {id: {type: integer, class: public}}
		remedies:
		  - name: bench
		    steps: [{text: "Nothing needs doing."}]""", file=common)
		for i in range(n):
		    if i % 400 == 0:
		        rules = open(f'{folder}/rules{i}.yml', 'w')
		        print('rules:', file=rules)
		    print(f"""  - id: bench.r{i}
		    title: The number {i} exists
		    expects: The number {i} does not exist
		    why: It is measured.
		    applies: {{from: ">=13.0", hop: minor}}
		    severity: notice
		    confidence: documented
		    violations: SELECT m.database, m.id FROM bench_message AS m WHERE m.id = {i}
		    key: "{{database}}/{{id}}"
		    message: "Message {{id}} ({{database}}) exists"
		    remedy: bench
		    tests:
		      - name: it exists
		        hop: {{from: 14.1.8, to: 14.2.7}}
		        given: {{bench_message: [{{id: {i}}}]}}
		        expect: {{status: fail, findings: 1}}
		      - name: another exists
		        hop: {{from: 14.1.8, to: 14.2.7}}
		        given: {{bench_message: [{{id: {i + 1}}}]}}
		        expect: {{status: pass}}""", file=rules)
	END
	read -r _ memory cpu < <(again 3 none --rules "$cleanup_root/pack$n") || exit 1
	bench_row "check --facts with $n further rules: CPU, against 1 ms for each" "$cpu" "$n" '' CPU
	bench_note "peak of memory: $memory MiB"
done
