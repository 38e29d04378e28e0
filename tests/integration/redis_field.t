#!/bin/bash
# Redis as it is found in the field: Sentinels and a failover, verified TLS, users with access lists,
# several instances, Valkey.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

why=$(servers_why_not redis)
[ -z "$why" ] || skip_all "$why"
need python3
dir=$(new_dir)
chmod 755 "$dir"

free_port()
{
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# read EXIT NAME [OPTION...]: collects one Redis; its facts are in $dir/facts
read_redis()
{
	local expected=$1 name=$2
	shift 2

	rm -rf "$dir/facts"
	exits "$expected" "$name" timeout 100 "$PREFLIGHT" collect --no-discover --from 14.1.8 \
		--out "$dir/facts" "$@"
}
# status TABLE [PART]: "complete", or the status and why
status()
{
	/usr/bin/python3 - "$dir/facts/facts/$1.ndjson" "${2:-queues}" <<-'END'
		import json, sys
		with open(sys.argv[1]) as f:
		    for part in json.loads(f.readline())['parts']:
		        if sys.argv[2] in part.values():
		            print(part['status'], part['reason'])
	END
}
# eviction PART: what that Redis drops when its memory is full
eviction()
{
	/usr/bin/python3 - "$dir/facts/facts/redis_server.ndjson" "$1" <<-'END'
		import json, sys
		with open(sys.argv[1]) as f:
		    head = json.loads(f.readline())
		    names = [c['name'] if isinstance(c, dict) else c for c in head['columns']]
		    for line in f:
		        row = dict(zip(names[-len(json.loads(line)):], json.loads(line)))
		        if sys.argv[2] in row.values():
		            print(row['eviction'])
	END
}
only=(--only redis:queues)

# --- TLS

tls_files()
{
	local ext="subjectAltName=DNS:localhost,IP:127.0.0.1"

	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$dir/ca.key" \
		-out "$dir/ca.crt" -addext basicConstraints=critical,CA:TRUE &&
		for who in server client; do
			openssl req -newkey rsa:2048 -nodes -subj "/CN=$who" -keyout "$dir/$who.key" \
				-out "$dir/$who.csr" &&
				openssl x509 -req -days 2 -in "$dir/$who.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
					-CAcreateserial -extfile <(echo "$ext") -out "$dir/$who.crt" || return 1
		done && chmod 644 "$dir"/*.key
}
if ! command -v openssl >/dev/null; then
	skip 'openssl is not installed'
elif ! tls_files >/dev/null 2>&1; then
	fail 'certificates are made'
else
	tls=$(free_port)
	tls_options=(--tls-port "$tls" --tls-cert-file "$dir/server.crt" --tls-key-file "$dir/server.key"
		--tls-ca-cert-file "$dir/ca.crt" --bind 127.0.0.1)
	if redis_start "$dir/tls" "${tls_options[@]}" --tls-auth-clients no 2>/dev/null; then
		sidekiq_alive >/dev/null
		read_redis 0 'TLS with the certificate of its authority' "${only[@]}" \
			--redis "rediss://127.0.0.1:$tls/0?ca=$dir/ca.crt"
		mkdir -p "$dir/authorities" && cp "$dir/ca.crt" "$dir/authorities/$(openssl x509 -hash -noout -in "$dir/ca.crt").0"
		read_redis 0 'or with a directory of authorities' "${only[@]}" \
			--redis "rediss://127.0.0.1:$tls/0?ca_dir=$dir/authorities"
		SSL_CERT_FILE=$dir/ca.crt read_redis 0 'the same by SSL_CERT_FILE' "${only[@]}" \
			--redis "rediss://localhost:$tls"
		read_redis 5 'TLS of an authority that nobody named' "${only[@]}" --redis "rediss://127.0.0.1:$tls"
		like "$(status redis_server)" '^tls_failed .*[?]ca=FILE' 'it says what to add'
		read_redis 5 'TLS for another name' "${only[@]}" \
			--redis "rediss://127.0.0.2:$tls/0?ca=$dir/ca.crt"
		read_redis 5 'plain, where TLS is spoken' "${only[@]}" --redis "redis://127.0.0.1:$tls"
		redis_cmd CONFIG SET tls-auth-clients yes >/dev/null
		read_redis 5 'a server that wants a certificate of ours, without one' "${only[@]}" \
			--redis "rediss://127.0.0.1:$tls/0?ca=$dir/ca.crt"
		read_redis 0 'and with one' "${only[@]}" --redis \
			"rediss://127.0.0.1:$tls/0?ca=$dir/ca.crt&cert=$dir/client.crt&key=$dir/client.key"
		redis_stop "$dir/tls"
	else
		skip 'this Redis was built without TLS'
	fi
fi

# --- Users with access lists

port=$(free_port)
redis_start "$dir/acl" --port "$port" --bind 127.0.0.1 || skip_all 'Redis does not start'
sidekiq_alive >/dev/null
export PREFLIGHT_REDIS_PASSWORD=secret-of-gate
as_user() { read_redis "$1" "$2" "${only[@]}" --redis "redis://gate@127.0.0.1:$port"; }
if redis_cmd ACL SETUSER gate on '>secret-of-gate' '~*' -@all +@read +@connection -@dangerous +info \
	+time >/dev/null 2>&1; then
	as_user 0 'a user that may only read'
	redis_cmd ACL SETUSER gate -info >/dev/null
	as_user 5 'without INFO'
	like "$(status redis_server)" '^denied .*[+]info' 'the version is not known, and why'
	is "$(status sidekiq_process)" 'complete ' 'everything else is'
	redis_cmd ACL SETUSER gate +info resetkeys '~resque:gitlab:*' '~queue*' '~processes' >/dev/null
	as_user 5 'a user that may not read every key'
	like "$(cat "$dir"/facts/facts/*.ndjson | head -c 100000)" 'denied.*~' 'it says which key is missing'
	legacy_job_schedule BackfillX 3600
	redis_cmd ACL SETUSER gate allkeys -config -zcard >/dev/null
	as_user 5 'a user that may not count a sorted set'
	like "$(status legacy_job)" '^denied .*[+]zcard' 'the jobs are not known, and why'
	is "$(status sidekiq_process) $(status redis_server)" 'complete  complete ' 'everything else is'
	redis_cmd ACL SETUSER gate +zcard -config -command >/dev/null
	as_user 0 'CONFIG is never asked'
	PREFLIGHT_REDIS_PASSWORD=wrong as_user 5 'a wrong password'
	like "$(status redis_server)" '^denied .*password' 'it is called that'
else
	skip 'this Redis has no access lists'
fi
unset PREFLIGHT_REDIS_PASSWORD

# --- Several instances

redis_start "$dir/cache"
read_redis 0 'queues and cache on servers of their own' --only redis:cache \
	--redis "unix://$dir/acl/sock/redis.sock" --redis "cache=$(redis_url 0)"
is "$(status redis_server cache)" 'complete ' 'the version of the cache is read, though no Sidekiq was there'
is "$(eviction cache)" none 'its memory is not limited'
redis_cmd CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru >/dev/null ||
	{ redis_cmd CONFIG SET maxmemory 100mb && redis_cmd CONFIG SET maxmemory-policy allkeys-lru; } >/dev/null
read_redis 0 'a cache with a limit' --only redis:cache \
	--redis "unix://$dir/acl/sock/redis.sock" --redis "cache=$(redis_url 0)"
is "$(eviction cache)" allkeys-lru 'what it drops when its memory is full'
redis_stop "$dir/cache"
redis_stop "$dir/acl"

# --- Sentinels: a primary, a replica, and one that watches

p1=$(free_port) && redis_start "$dir/one" --port "$p1" --bind 127.0.0.1 --repl-diskless-sync-delay 0 &&
	sidekiq_alive >/dev/null
p2=$(free_port) && redis_start "$dir/two" --port "$p2" --bind 127.0.0.1 --replicaof 127.0.0.1 "$p1"
ps=$(free_port)
mkdir -p "$dir/watch"
cat >"$dir/watch/sentinel.conf" <<-END
	port $ps
	bind 127.0.0.1
	dir $dir/watch
	daemonize yes
	pidfile $dir/watch/pid
	logfile $dir/watch/log
	requirepass of-the-sentinels
	sentinel monitor gitlab-redis 127.0.0.1 $p1 1
	sentinel down-after-milliseconds gitlab-redis 3000
	sentinel failover-timeout gitlab-redis 3000
END
[ "$(id -u)" != 0 ] || chown -R nobody "$dir/watch"
(cd / && servers_as_nobody "$(redis_find server)" "$dir/watch/sentinel.conf" --sentinel) >/dev/null 2>&1
stop_watching() { [ ! -e "$dir/watch/pid" ] || kill "$(cat "$dir/watch/pid")"; }
at_exit stop_watching
linked()
{
	redis-cli -p "$1" INFO replication | grep -q 'master_link_status:up'
}
sentinel()
{
	REDISCLI_AUTH=of-the-sentinels redis-cli -p "$ps" SENTINEL "$@" 2>/dev/null
}
replica_is_watched()
{
	linked "$p2" && [[ $(sentinel replicas gitlab-redis) == *"$p2"* ]]
}
wait_for 'the Sentinel finds the replica' replica_is_watched

nowhere=$(free_port)
sentinels=redis+sentinel://127.0.0.1:$nowhere,127.0.0.1:$ps
read_redis 5 'Sentinels with a password, and none given' "${only[@]}" --redis "$sentinels/gitlab-redis"
like "$(status redis_server)" 'PREFLIGHT_SENTINEL_PASSWORD' 'it says how to give one'
echo of-the-sentinels >"$dir/sentinel-password"
only+=(--sentinel-password-file "$dir/sentinel-password")
read_redis 0 'the primary is found, though the first Sentinel is down' "${only[@]}" \
	--redis "$sentinels/gitlab-redis?db=0"
contains "$(cat "$dir/facts/facts/source.ndjson")" "127.0.0.1:$p1" 'it is that one'
is "$(status sidekiq_process)" 'complete ' 'and is read'
read_redis 5 'a name that no Sentinel knows' "${only[@]}" --redis "$sentinels/other"
like "$(status redis_server)" 'no primary called other' 'is said'
read_redis 5 'no Sentinel answers' "${only[@]}" --redis "redis+sentinel://127.0.0.1:$nowhere/gitlab-redis"
like "$(status redis_server)" "^unreachable Sentinel 127.0.0.1:$nowhere" 'it says which'

# --- GitLab's own files name Sentinels, and their password or none

mkdir -p "$dir/host/var/opt/gitlab/gitlab-rails/etc"
found()
{
	printf 'production:\n  url: redis://gitlab-redis/0\n  sentinels:\n    - {"host": "127.0.0.1", "port": %s%s}\n' "$ps" "$2" \
		>"$dir/host/var/opt/gitlab/gitlab-rails/etc/resque.yml"
	rm -rf "$dir/facts"
	exits "$1" "$3" "$PREFLIGHT" collect --only redis:queues --from 14.1.8 --root "$dir/host" --out "$dir/facts" "${@:4}"
}
found 0 ', "password": "of-the-sentinels"' 'the password of the Sentinels stands in resque.yml'
is "$(grep -rl of-the-sentinels "$dir/facts" | wc -l)" 0 'and nowhere else'
found 5 '' 'it does not'
found 0 '' 'and is given' --sentinel-password-file "$dir/sentinel-password"

# --- A failover while jobs are counted: what is told is whole, or is told as unknown

redis_use "$dir/one"
/usr/bin/python3 tests/bench/redis_fill.py 200000 "$dir/expected.json" |
	redis-cli -s "$dir/one/sock/redis.sock" --pipe >/dev/null
in_step()
{
	[ "$(redis-cli -p "$1" ZCARD resque:gitlab:schedule)" = 200000 ]
}
until_in_step()
{
	wait_for 'the replica gets there' in_step "$1"
}
# What that server is asked for, as it happens: to ask it again and again would miss the moment.
watch_pages()
{
	exec 7< <(exec redis-cli -p "$1" MONITOR 2>/dev/null)
	read -r -t 120 -u 7 _
}
until_pages()
{
	local line=

	while [[ ${line,,} != *zrangebyscore* ]] && read -r -t 120 -u 7 line; do :; done
	exec 7<&-
}
until_in_step "$p2"
# counted: "complete" where the jobs are as many as were put there, else the status
counted()
{
	/usr/bin/python3 - "$dir/expected.json" "$dir/facts/facts/legacy_job.ndjson" <<-'END'
		import json, sys
		want = sum(v[0] for v in json.load(open(sys.argv[1])).values())
		lines = [json.loads(l) for l in open(sys.argv[2])]
		at = {c['name']: i for i, c in enumerate(lines[0]['columns'])}
		got = sum(r[at['jobs']] for r in lines[1:] if r[at['place']] == 'schedule')
		status = lines[0]['parts'][0]['status']
		print(status if status != 'complete' or got == want else 'complete with %d of %d' % (got, want))
	END
}
watch_pages "$p1"
rm -rf "$dir/facts"
timeout 100 "$PREFLIGHT" collect --no-discover --from 14.1.8 "${only[@]}" --redis "$sentinels/gitlab-redis" \
	--out "$dir/facts" >/dev/null 2>&1 &
reader=$!
until_pages
sentinel FAILOVER gitlab-redis >/dev/null
wait "$reader"
like "$(counted)" '^(complete|unreachable|timeout|unreadable)$' 'a failover in the middle: right or unknown, never a part'
read_redis 0 'after it' "${only[@]}" --redis "$sentinels/gitlab-redis"
is "$(counted)" complete 'every job is counted'

# The primary is killed in the middle, whoever that is now; its replica becomes one.
promoted()
{
	[ "$(sentinel get-master-addr-by-name gitlab-redis | tail -n 1)" = "$p2" ] && linked "$p1"
}
ok 'the replica was promoted' await promoted
until_in_step "$p1"
redis_use "$dir/two"
watch_pages "$p2"
rm -rf "$dir/facts"
timeout 100 "$PREFLIGHT" collect --no-discover --from 14.1.8 "${only[@]}" --redis "$sentinels/gitlab-redis" \
	--out "$dir/facts" >/dev/null 2>&1 &
reader=$!
until_pages
kill -9 "$(cat "$dir/two/redis/redis.pid")"
wait "$reader"
is "$(counted)" complete 'the primary is killed in the middle: counted from the start on the next one'
contains "$(cat "$dir/facts/facts/source.ndjson")" "127.0.0.1:$p1" 'it is that one'
stop_watching
redis_stop "$dir/two"
redis_stop "$dir/one"

# --- Valkey

if [ "${SERVERS_REDIS:-}" = valkey ] || { [ -z "${SERVERS_ROOT:-}" ] && command -v valkey-server >/dev/null; }; then
	mkdir -p "$dir/valkey"
	[ -n "${SERVERS_ROOT:-}" ] || redis_find() { command -v "valkey-$1"; }
	redis_start "$dir/valkey"
	sidekiq_alive >/dev/null
	read_redis 0 Valkey "${only[@]}" --redis "$(redis_url 0)"
	contains "$(cat "$dir/facts/facts/source.ndjson")" Valkey 'it is called that'
	redis_stop "$dir/valkey"
else
	skip 'valkey-server is not installed: make test-matrix has it' 2
fi

done_testing
