#!/bin/bash
# What a whole run sends, by the servers' own records: nothing that could change anything.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_dir=$(new_dir)
pg_start "$(servers_dir "$gate_dir/pg")" 'log_statement = all' "log_line_prefix = '%a|%d|'" &&
	redis_start "$(servers_dir "$gate_dir/redis")" && gitlab_base || skip_all 'the servers do not start'
instance
legacy_job_schedule BackfillNothing at='20 minutes' >/dev/null 2>&1

# Everything that is stored, as one number.
redis_digest()
{
	local key

	redis_cmd --scan | sort | while read -r key; do
		printf '%s %s\n' "$key" "$(redis_cmd PTTL "$key" | grep -c '^-1')"
		case $(redis_cmd TYPE "$key") in
		string) redis_cmd GET "$key" ;;
		list) redis_cmd LRANGE "$key" 0 -1 ;;
		set) redis_cmd SMEMBERS "$key" | sort ;;
		zset) redis_cmd ZRANGE "$key" 0 -1 WITHSCORES ;;
		hash) redis_cmd HGETALL "$key" | sort ;;
		esac
	done | md5sum
}

pg_digest()
{
	pg_sql "$1" "SELECT md5(string_agg(t.x, '' ORDER BY t.x)) FROM (
		SELECT md5(query_to_xml('SELECT * FROM public.' || quote_ident(relname), true, false, '')::text) || relname AS x
		FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') AS t"
}
before="$(pg_digest "$main") $(pg_digest "$ci") $(redis_digest)"

isnt "$(redis_digest)" "$(md5sum </dev/null)" 'Redis holds something'

log=$PG_DIR/sock/pg.log
lines=$(wc -l <"$log")
"$(redis_find cli)" -s "$REDIS_DIR/sock/redis.sock" MONITOR >"$gate_dir/monitor" 2>/dev/null &
monitor=$!
at_exit kill "$monitor"
for i in $(seq 100); do [ -s "$gate_dir/monitor" ] && break; sleep 0.05; done

gate 0 14.1.8 14.2.7 'a run under observation'
sleep 0.2

tail -n +$((lines + 1)) "$log" >"$gate_dir/log"
grep -o '^preflight[^|]*|[^|]*|LOG:  *\(statement\|execute [^:]*\): .*' "$gate_dir/log" |
	sed 's/^[^|]*|[^|]*|LOG:  *[^:]*: //' >"$gate_dir/statements"
ok 'PostgreSQL saw our statements' test "$(wc -l <"$gate_dir/statements")" -gt 20
is "$(grep -Ev '^(BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY|SET LOCAL |SELECT |DECLARE |FETCH |CLOSE |ROLLBACK|WITH )' \
	"$gate_dir/statements" | head -n 3)" '' 'it saw nothing but reading'
is "$(grep -ciE '\b(INSERT|UPDATE|DELETE|TRUNCATE|CREATE|ALTER|DROP|GRANT|COPY|LOCK|NOTIFY|COMMIT|VACUUM|ANALYZE|FOR SHARE)\b' \
	<(sed "s/'[^']*'//g; s/\"[^\"]*\"//g" "$gate_dir/statements"))" 0 'no statement has a word that writes or locks'
is "$(grep -c '^BEGIN' "$gate_dir/statements")" "$(grep -c '^ROLLBACK' "$gate_dir/statements")" \
	'every transaction is rolled back'

sed -n 's/^[0-9.]* \[[^]]*\] "\([^"]*\)".*/\1/p' "$gate_dir/monitor" | tr '[:lower:]' '[:upper:]' |
	sort -u >"$gate_dir/commands"
ok 'Redis saw our commands' test -s "$gate_dir/commands"
is "$(grep -vxE 'SELECT|PING|INFO|TIME|TYPE|EXISTS|SCARD|SSCAN|LLEN|LRANGE|LINDEX|ZCARD|ZCOUNT|ZRANGE|ZRANGEBYSCORE|ZREVRANGEBYSCORE|HGETALL|HMGET|ROLE|MONITOR' \
	"$gate_dir/commands")" '' 'it saw nothing but reading'

is "$(pg_digest "$main") $(pg_digest "$ci") $(redis_digest)" "$before" 'nothing that is stored has changed'
done_testing
