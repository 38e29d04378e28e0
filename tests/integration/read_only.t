#!/bin/bash
# What a whole run of every source sends, by the servers' own records: nothing that could change anything, and
# nothing that --dry-run had not said before.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh
. tests/lib/search.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_dir=$(new_dir)
pg_start "$(servers_dir "$gate_dir/pg")" 'log_statement = all' 'log_connections = on' "log_line_prefix = '%a|%d|'" &&
	redis_start "$(servers_dir "$gate_dir/redis")" && gitlab_base || skip_all 'the servers do not start'
instance
legacy_job_schedule BackfillNothing 1200 3 >/dev/null 2>&1
legacy_job_queue BackfillNothing 10 >/dev/null
http_start "$gate_dir/http"
search_on "$main" "$http_url"
search_answers 7.17.9 green '20230703112233 {"completed":true}'
/usr/bin/python3 - "$http_dir/answers.json" <<'END'
import json, sys
a = json.load(open(sys.argv[1]))
a['/api/v4/version'] = {'body': {'version': '14.1.8-ee', 'revision': 'abc'}}
a['/-/readiness'] = {'body': {'status': 'ok', 'db_check': [{'status': 'ok'}]}}
a['/api/v4/license'] = {'body': {'plan': 'premium', 'expired': False, 'expires_at': '2030-01-01'}}
a['/api/v4/features'] = {'body': []}
json.dump(a, open(sys.argv[1], 'w'))
END
mkdir -p "$gate_dir/host/etc/gitlab" "$gate_dir/host/opt/gitlab"
echo '{"build_version": "14.1.8"}' >"$gate_dir/host/opt/gitlab/version-manifest.json"
echo "external_url 'https://gitlab.example.com'" >"$gate_dir/host/etc/gitlab/gitlab.rb"
: >"$gate_dir/host/etc/gitlab/gitlab-secrets.json"
all=(--search "$http_url" --gitlab "$http_url" --root "$gate_dir/host")

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
wait_for 'Redis is watched' test -s "$gate_dir/monitor"

http_forget
exits 0 'what would be sent' "$PREFLIGHT" check --dry-run --no-discover --from 14.1.8 --to 14.2.7 --out "$gate_dir/dry" \
	--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" \
	--redis "$(redis_url "$REDIS_DB")" "${all[@]}"
printf '%s\n' "$out" >"$gate_dir/said"
ok '--dry-run writes nothing' test ! -e "$gate_dir/dry"
is "$(http_log)" '' '--dry-run asks no web server'
is "$(grep -vc OK "$gate_dir/monitor")" 0 '--dry-run asks no Redis'
is "$(wc -l <"$log")" "$lines" '--dry-run connects to no database'

gate 6 14.1.8 14.2.7 'a run under observation' "${all[@]}"
# Redis reports in order: what came before this is there when this is.
redis_cmd EXISTS end-of-the-run >/dev/null
wait_for 'the watcher has seen everything' grep -q '"end-of-the-run"' "$gate_dir/monitor"
sed -i '/"end-of-the-run"/d' "$gate_dir/monitor"
is "$(/usr/bin/python3 -c 'import json, sys
print(*(s["id"] for s in json.load(open(sys.argv[1]))["sources"] if s["status"] == "complete"))' "$report")" \
	'postgres:main postgres:ci redis:queues search api host' 'main, ci, Redis, search, API and files were read'

tail -n +$((lines + 1)) "$log" >"$gate_dir/log"
grep -o '^preflight[^|]*|[^|]*|LOG:  *\(statement\|execute [^:]*\): .*' "$gate_dir/log" |
	sed 's/^[^|]*|[^|]*|LOG:  *[^:]*: //' >"$gate_dir/statements"
is "$(sed -n 's/.*connection authorized: .* database=\([^ ]*\) application_name=preflight.*/\1/p' "$gate_dir/log" | sort)" \
	"$(printf '%s\n' "$main" "$ci" | sort)" 'one connection for each database'
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
is "$(grep -vxE 'SELECT|PING|INFO|TIME|TYPE|EXISTS|SCAN|SCARD|SSCAN|LLEN|LRANGE|LINDEX|ZCARD|ZCOUNT|ZRANGE|ZRANGEBYSCORE|ZREVRANGEBYSCORE|HGETALL|HMGET|ROLE|MONITOR' \
	"$gate_dir/commands")" '' 'it saw nothing but reading'

is "$(http_log | grep -v '^GET ')" '' 'the web servers saw nothing but GET'
is "$(http_log | sort | uniq -d)" '' 'and no question twice'

# unsaid KIND FILE: what stands in FILE and --dry-run did not say
unsaid()
{
	/usr/bin/python3 - "$gate_dir/said" "$1" "$2" <<-'END'
		import fnmatch, re, sys
		said, kind = open(sys.argv[1]).read(), sys.argv[2]
		text = open(sys.argv[3]).read()
		flat = lambda s: ' '.join(s.split()).rstrip(';')
		def tail(s):
		    return s[s.index(' FROM (SELECT'):].split(' FROM "')[-1] if ' AS t ' in s else s
		def columns(s):
		    return set(re.findall(r'q\."(\w+)"', s))
		if kind == 'sql':
		    # A statement of the log goes on in lines that begin with a tab.
		    seen = [flat(m) for m in re.findall(r'^preflight\|[^|]*\|LOG:  *(?:statement|execute [^:]*): ((?:.*\n)(?:\t.*\n)*)', text, re.M)]
		    ours = [flat(s) for s in re.split(r';\n', re.sub(r'^(--|==|  connects).*$', '', said, flags=re.M))]
		    for s in seen:
		        if s not in ours and not any(' AS t ' in s and tail(s) == tail(o) and columns(s) <= columns(o) for o in ours if ' AS t ' in o):
		            print(s[:300])
		elif kind == 'http':
		    ours = [l.split()[1].replace('PREFIX', 'gitlab') for l in said.splitlines() if l.startswith('  GET ')]
		    for l in text.splitlines():
		        if not any(l.split()[1] == o or l.split()[1].startswith(o + '?') for o in ours):
		            print(l)
		else:
		    words = [l.replace(',', ' ').replace(';', ' ').split() for l in said.splitlines() if re.match(r'  [A-Z]{4,}', l)]
		    for command, key in re.findall(r'\] "(\w+)"(?: "([^"]*)")?', text):
		        key = re.sub(r'^resque:gitlab:', '', key or '')
		        fits = lambda w: fnmatch.fnmatch(key, re.sub(r'NAME|IDENTITY', '*', w))
		        if not any(command.upper() in w and (command.upper() in ('SELECT', 'INFO', 'TIME', 'SCAN') or any(map(fits, w))) for w in words) \
		            and command.upper() != 'MONITOR':
		            print(command, key)
	END
}
is "$(unsaid sql "$gate_dir/log" | head -3)" '' '--dry-run named every statement'
is "$(unsaid redis "$gate_dir/monitor" | sort -u | head -5)" '' '--dry-run named every command, and the keys'
http_log >"$gate_dir/asked"
is "$(unsaid http "$gate_dir/asked")" '' '--dry-run named every URL'

is "$(pg_digest "$main") $(pg_digest "$ci") $(redis_digest)" "$before" 'nothing that is stored has changed'
done_testing
