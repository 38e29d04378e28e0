#!/bin/bash
# What it costs, in CPU time, to start, and to gate an instance in which there is nothing to do.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
db=empty

read -r _ _ floor < <(bench_ms 101 0 "$O/bench/floor") || exit 1
read -r _ _ version < <(bench_ms 101 0 "$PREFLIGHT" --version) || exit 1
bench_row 'start: --version, against a program that links the same and does nothing' \
	"$version" "$floor" '<= 1.5' CPU
read -r _ _ rules < <(bench_ms 101 0 "$PREFLIGHT" facts) || exit 1
bench_row 'the rules of each start (facts, less --version), against 15 ms' \
	"$(awk "BEGIN { print $rules - $version }")" 15 '<= 1' CPU
cp -r rules "$BENCH_TABLE.rules" && echo '# changed' >>"$BENCH_TABLE.rules/path.yml"
read -r _ _ parsed < <(bench_ms 11 0 "$PREFLIGHT" facts --rules-dir "$BENCH_TABLE.rules") || exit 1
rm -rf "$BENCH_TABLE.rules"
bench_row 'the same with rules that are not the shipped ones, against the shipped ones' "$parsed" "$rules" '>= 5' CPU
read -r _ memory check < <(bench_check bench_ms 31 0) || exit 1
bench_row 'check on empty servers, against the same program' "$check" "$floor" '<= 6' CPU
bench_row 'memory of that check, against 16 MiB' "$memory" 16 '<= 1' MiB
used=$("$O/bench/floor" used) || exit 1
bench_row 'the same, against the libraries alone, each used once' "$memory" "$used" '' MiB

if ruby -rsidekiq/api -e 0 2>/dev/null; then
	read -r _ _ ruby < <(bench_ms 11 0 ruby -rsidekiq/api -e 0) || exit 1
	bench_row "ruby with Sidekiq's API, doing nothing, against that check" "$ruby" "$check" '>= 5' CPU
fi

if command -v strace >/dev/null; then
	strace -f -qq -e trace=fsync,fdatasync,sync,syncfs -o "$cleanup_root/syncs" "$PREFLIGHT" check --no-discover --from 14.1.8 \
		--to 14.2.7 --postgres "$(pg_conninfo "$db")" --redis "$(redis_url)" --out "$cleanup_root/folder" >/dev/null 2>&1
	bench_row 'check into a folder: calls of fsync, against 5' "$(wc -l <"$cleanup_root/syncs")" 5 '<= 1' calls
else
	bench_note 'skipped: the calls of fsync, without strace'
fi
