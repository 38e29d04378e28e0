#!/bin/bash
# A database behind a network with a round trip of 30 ms: the statements of a fact travel together.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
db=empty
proxy=$(new_dir)
echo 'latency 30' >"$proxy/fault"
/usr/bin/python3 tests/lib/fault_proxy.py "$PG_DIR/sock/.s.PGSQL.5432" "$proxy" >"$proxy/out" 2>&1 </dev/null &
at_exit kill $!
await_of $! test -e "$proxy/port" || exit 1

far=("$PREFLIGHT" collect --no-discover --only postgres:main --from 14.1.8 --out "$cleanup_root/far.tar.gz" --postgres
	"main=host=127.0.0.1 port=$(cat "$proxy/port") user=postgres dbname=$db sslmode=disable")
read -r ms _ cpu < <(bench_ms 5 0 "${far[@]}") || exit 1
bench_row 'PostgreSQL at a round trip of 30 ms, against 900 ms' "$ms" 900 '<= 1'
bench_note "CPU $cpu ms"
