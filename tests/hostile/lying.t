#!/bin/bash
# PostgreSQL and Redis that lie: lengths that are wrong, messages that never end, bytes of no protocol, requests for a
# password in clear text, refusals of every kind. In all of them the check ends in time, in bounded memory, names the
# source, shows nothing of the lie that a terminal obeys, and is no GO. README.md beside this file maps the cases.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
dir=$(new_dir)
echo nothing >"$dir/lie"
/usr/bin/python3 tests/lib/lying_server.py "$dir" >"$dir/out" 2>&1 </dev/null &
at_exit kill $!
await_of $! test -e "$dir/postgres.port" -a -e "$dir/redis.port" || skip_all 'the lying server does not start'
limit=4
grace=6
most=$((192 * 1024)) # KiB
! ldd "$PREFLIGHT" | grep -q libasan || most=$((4096 * 1024))
# A server that wants it in clear text gets none.
export PGPASSWORD=do-not-show

# check OPTION...: the exit code in $code, the seconds in $took, the memory in KiB in $memory
check()
{
	local begun=$SECONDS

	rm -f "$dir/out.tar.gz"
	memory=$(/usr/bin/python3 - "$dir/said" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --timeout "${limit}s" \
		--install-method linux_package --out "$dir/out.tar.gz" "$@" <<-'END'
		import resource, subprocess, sys
		with open(sys.argv[1], 'wb') as said:
		    code = subprocess.run(sys.argv[2:], stdout=said, stderr=said, stdin=subprocess.DEVNULL).returncode
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
		sys.exit(code if code >= 0 else 128 - code)
	END
	)
	code=$?
	took=$((SECONDS - begun))
}

# lies SOURCE STATUS LIE OPTION...: the part of SOURCE ends with a status like STATUS
lies()
{
	local source=$1 status=$2 lie=$3 name="${PREFLIGHT##*/}, $1, $3"
	shift 3

	echo "$lie" >"$dir/lie"
	check "$@"
	is "$code" 5 "$name: undetermined"
	ok "$name: after $took s, in time" [ "$took" -le $((limit + grace)) ]
	ok "$name: in $memory KiB" [ "$memory" -le "$most" ]
	nok "$name: nothing that a terminal obeys" grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$dir/said"
	like "$(tar -xzOf "$dir/out.tar.gz" --wildcards '*/report.json' | /usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["sources"]:
    reason = s["reason"] or ""
    print(s["id"], s["status"], len(reason) < 300, reason)' | grep "^$source ")" \
		"^$source ($status) True ." "$name: the source ends with a reason"
}
real_postgres=(--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")")
real_redis=(--redis "$(redis_url "$REDIS_DB")")
check "${real_postgres[@]}" "${real_redis[@]}"
is "$code" 0 'the instance is GO as it is' || diag_lines 20 <"$dir/said"

# ---- 19, 20: PostgreSQL ----

lying=(--postgres "main=host=127.0.0.1 port=$(cat "$dir/postgres.port") user=preflight dbname=gitlab sslmode=disable" "${real_redis[@]}")
some='unreachable|denied|timeout|unreadable|error|absent'
for lie in md5 sasl-unknown auth-unknown huge-error long-error escapes garbage negative tiny nothing ready-first; do
	lies postgres:main "$some" "$lie" "${lying[@]}"
done
for lie in garbage negative many-fields negative-fields field-2G negative-length row-2G other-columns error-2G error-long copy \
	done ready notify parameters; do
	lies postgres:main "$some" "query-$lie" "${lying[@]}"
done
# libpq can refuse to send it from 16 on.
if grep -qa require_auth "$(ldd "$PREFLIGHT" | sed -n 's/.*libpq\.so[^ ]* => \([^ ]*\) .*/\1/p')"; then
	lies postgres:main denied cleartext "${lying[@]}"
	nok 'no password was sent in clear text' grep -qs do-not-show "$dir/passwords"
	contains "$(tr -s ' \n' ' ' <"$dir/said")" 'the server requests the password in clear text' 'cleartext: the reason'
else
	skip 'this libpq cannot refuse to send a password in clear text'
fi

# A real server, but for one detail that shows that no read-only transaction is open, or that its rows are not what was
# requested.
echo "$PG_DIR/sock/.s.PGSQL.5432" >"$dir/real"
lying=(--postgres "main=host=127.0.0.1 port=$(cat "$dir/postgres.port") user=postgres dbname=$main sslmode=disable"
	--postgres "ci=$(pg_conninfo "$ci")" "${real_redis[@]}")
echo but-nothing >"$dir/lie"
check "${lying[@]}"
is "$code" 0 'relayed as it is, it is GO' || diag_lines 20 <"$dir/said"
lies postgres:main error but-begin "${lying[@]}"
lies postgres:main error but-declare "${lying[@]}"
# Also with a libpq before 14, which sees the state of the transaction after each statement.
for program in "$PREFLIGHT" "$O/tests/integration/without_pipelining"; do
	for lie in rollback idle failed read-write read-committed no-settings types; do
		PREFLIGHT=$program lies postgres:main error "but-$lie" "${lying[@]}"
	done
	PREFLIGHT=$program lies postgres:main unreachable but-ends "${lying[@]}"
	contains "$(tr -s ' \n' ' ' <"$dir/said")" ': terminating connection' "${program##*/}: why the session ended"
done

# ---- 21: Redis ----

lying=("${real_postgres[@]}" --redis "redis://127.0.0.1:$(cat "$dir/redis.port")/0")
for lie in bulk-2G bulk-negative bulk-no-number deep many many-more negative-list push map loading moved ask noauth noperm \
	masterdown long-error integer nil empty-list ok line garbage http nothing; do
	case $lie in
	# Refused as soon as it shows, and not when the time is over.
	bulk-2G | many | many-more | negative-list | line) status=unreadable ;;
	*) status=$some ;;
	esac
	lies redis:queues "$status" "$lie" "${lying[@]}"
done
# A real server, but for the type of a reply: nothing of the wrong type passes for an empty queue.
echo "$REDIS_DIR/sock/redis.sock" >"$dir/real-redis"
lying=("${real_postgres[@]}" --redis "redis://127.0.0.1:$(cat "$dir/redis.port")/$REDIS_DB")
echo but-number >"$dir/lie"
check "${lying[@]}"
is "$code" 0 'Redis relayed as it is, it is GO' || diag_lines 20 <"$dir/said"
for lie in but-list but-text; do
	lies redis:queues unreadable "$lie" "${lying[@]}"
done
ok 'no temporary file is left' [ -z "$(find "$dir" -name '.preflight-*')" ]
done_testing
