#!/bin/bash
# Counting legacy jobs among N scheduled ones of 600 bytes, three in ten ours, against the snippet of
# GitLab's documentation and against redis-cli that throws the same entries away in chunks of 1,000.

. "$(dirname "$0")/lib.sh"
bench_servers || exit 1
sizes='10000 100000'
[ -z "$BENCH_FULL" ] || sizes='10000 100000 1000000'
socket=$(redis_url | sed 's,^unix://,,; s,?.*,,')
first=
# Over TCP as well: what a server may have written but the reader not yet taken is much smaller on a
# Unix socket, where both then sleep in turn.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis_cmd CONFIG SET port "$port" >/dev/null 2>&1 || port=

for n in $sizes; do
	redis_newdb
	/usr/bin/python3 tests/bench/redis_fill.py "$n" "$cleanup_root/expected.json" '' |
		redis-cli -s "$socket" -n "$REDIS_DB" --pipe >/dev/null
	for ((i = 0; i < n; i += 1000)); do echo "ZRANGE schedule $i $((i + 999))"; done >"$cleanup_root/chunks"
	ours=("$PREFLIGHT" collect --no-discover --only redis:queues --redis "$(redis_url "$REDIS_DB")"
		--out "$cleanup_root/facts")
	read -r ms mib _ < <(bench_ms 3 0 "${ours[@]}") || exit 1
	read -r chunks _ < <(bench_ms 3 0 sh -c "exec redis-cli -s '$socket' -n $REDIS_DB <'$cleanup_root/chunks' >/dev/null")
	bench_row "Redis, $n jobs: redis-cli in chunks, against ours" "$chunks" "$ms" \
		"$([ "$n" -lt 1000000 ] || echo '>= 0.95')"
	if [ -n "$port" ]; then
		tcp=("$PREFLIGHT" collect --no-discover --only redis:queues --out "$cleanup_root/facts"
			--redis "redis://127.0.0.1:$port/$REDIS_DB")
		read -r wall cpu < <(/usr/bin/python3 tests/bench/ping.py "$socket" "${tcp[@]}" | cut -d' ' -f2-)
		bench_row "Redis, $n jobs over TCP: the server's CPU, and our wall time against it" "$wall" "$cpu" \
			"$([ "$n" -lt 1000000 ] || echo '<= 1.15')"
	fi
	if ruby -e 'require "sidekiq/api"' 2>/dev/null; then
		read -r ruby _ < <(bench_ms 1 0 ruby tests/bench/legacy_snippet.rb "$socket" "$REDIS_DB")
		bench_row "Redis, $n jobs: the documentation's snippet, against ours" "$ruby" "$ms" \
			"$([ "$n" -lt 1000000 ] || echo '>= 50')"
	fi
	redis_cmd CONFIG SET slowlog-log-slower-than 10000 >/dev/null
	redis_cmd SLOWLOG RESET >/dev/null
	read -r ping wall cpu < <(/usr/bin/python3 tests/bench/ping.py "$socket" "${ours[@]}")
	bench_row "Redis, $n jobs: worst PING of another client meanwhile, against 3 ms" "$ping" 3 '<= 1'
	bench_row "Redis, $n jobs: the server's CPU, and our wall time against it" "$wall" "$cpu" \
		"$([ "$n" -lt 1000000 ] || echo '<= 1.25')"
	bench_note "$n jobs: $(redis_cmd SLOWLOG LEN) commands of ours over 10 ms in SLOWLOG"
	first=${first:-$mib}
	[ "$mib" = "$first" ] || bench_row "Redis, $n jobs: growth of memory since the smallest size, against 0.5 MiB" \
		"$(awk "BEGIN { print $mib - $first }")" 0.5 '<= 1' MiB
done

# What a queue and large jobs cost: SHAPE, jobs, bytes of each, target at full size
walked()
{
	local wall cpu ping

	redis_newdb
	/usr/bin/python3 tests/bench/redis_fill.py "$2" /dev/null '' "$1" "$3" |
		redis-cli -s "$socket" -n "$REDIS_DB" --pipe >/dev/null
	read -r ping wall cpu < <(/usr/bin/python3 tests/bench/ping.py "$socket" "$PREFLIGHT" collect --no-discover \
		--only redis:queues --redis "$(redis_url "$REDIS_DB")" --out "$cleanup_root/facts")
	bench_row "Redis, ${1/-/ }, $2 jobs of $3 bytes: the server's CPU, and our wall time against it" "$wall" "$cpu" \
		"${BENCH_FULL:+$4}"
	bench_row "Redis, ${1/-/ }, $2 jobs of $3 bytes: worst PING of another client meanwhile, against 3 ms" "$ping" 3 '<= 1'
}
ten=${BENCH_FULL:+0}
walked list "100000$ten" 600 '<= 1.4'
walked sorted-set "10000$ten" 5000 ''
walked sorted-set "5000$ten" 20000 ''
