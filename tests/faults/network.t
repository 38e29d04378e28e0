#!/bin/bash
# Networks that fail between the program and real servers: PostgreSQL, Redis, and a web server as GitLab's API. The
# verdict never gets better, and the deadline holds. A byte that is wrong on a connection without TLS may pass for data;
# there, only the end must be a defined one and in time.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/faults.sh
. tests/lib/http.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
http_start "$gate_dir/http" || skip_all 'the web server does not start'
printf 'glpat-do-not-show\n' >"$gate_dir/token"
cat >"$http_dir/answers.json" <<'END'
{"/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}},
 "/-/readiness": {"body": {"status": "ok", "master_check": [{"status": "ok"}], "db_check": [{"status": "ok"}]}},
 "/api/v4/license": {"body": {"plan": "premium", "expired": false, "expires_at": "2030-01-01"}},
 "/api/v4/features": {"body": [{"name": "x", "state": "on"}]}}
END
limit=3
grace=6

through postgres "$PG_DIR/sock/.s.PGSQL.5432"
pg_port=$port
through redis "$REDIS_DIR/sock/redis.sock"
redis_port=$port
through api "${http_url#http://}"
api_port=$port

rank()
{
	case $1 in 0) echo 0 ;; 4) echo 1 ;; 6) echo 2 ;; 3 | 5) echo 3 ;; *) echo "-1" ;; esac
}

# checked   the exit code of a check through the proxies; $took is its seconds
checked()
{
	local begun=$SECONDS

	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --exit-on-warnings --timeout "${limit}s" \
		--out "$gate_dir/network.tar.gz" \
		--postgres "main=host=127.0.0.1 port=$pg_port user=postgres dbname=$main sslmode=disable" \
		--redis "redis://127.0.0.1:$redis_port/$REDIS_DB" \
		--gitlab "http://127.0.0.1:$api_port" --gitlab-token-file "$gate_dir/token" >"$gate_dir/said" 2>&1
	code=$?
	took=$((SECONDS - begun))
}

for state in clean failed; do
	instance
	[ "$state" = clean ] || bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
	checked
	plain=$code
	[ "$state" = clean ] && expected=0 || expected=3
	is "$plain" "$expected" "$state: through proxies that do nothing" || diag "$(tail -n 20 "$gate_dir/said")"
	for where in postgres redis api; do
		for fault in 'latency 10' bytes 'reset 0' 'reset 40' 'reset 3000' 'close 0' 'close 13' 'close 700' \
			'halfclose 0' 'halfclose 500' 'stall 0' 'stall 60' 'stall 2000' 'corrupt 0' 'corrupt 5' 'corrupt 150'; do
			# Of a clean instance each fault would be worse: a few are enough there.
			[ "$state" = failed ] || [[ $fault =~ ^(latency|bytes|close\ 13|stall\ 60) ]] || continue
			echo "$fault" >"$gate_dir/$where/fault"
			checked
			now=$(rank "$code")
			least=$(rank "$plain")
			[ "${fault%% *}" != corrupt ] || least=0
			ok "$state, $where, $fault: exit $code is not better than $plain" [ "$now" -ge "$least" ]
			ok "$state, $where, $fault: after $took s, in time" [ "$took" -le $((limit + grace)) ]
			case $fault in latency* | bytes) is "$code" "$plain" "$state, $where, $fault: and changes nothing" ;; esac
		done
		echo plain >"$gate_dir/$where/fault"
	done
done
ok 'no temporary file is left' [ -z "$(find "$gate_dir" -name '.preflight-*')" ]
done_testing
