#!/bin/bash
# Cases of the threat model that no other test is about: facts of a third-party pack that do not fit or go too far,
# servers that restart or migrate meanwhile, pages that are missing, files that others may change, locales, and rule
# sets that decide nothing. README.md beside this file maps the cases.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
instance

# check [OPTION...]: of the instance from 14.1.8 to 14.2.7; its exit code in $code, its report in $report
check()
{
	rm -f "$dir/out.tar.gz"
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=${role:-preflight}" \
		--out "$dir/out.tar.gz" "$@" >"$dir/said" 2>"$dir/err"
	code=$?
	report=$dir/report.json
	tar -xzOf "$dir/out.tar.gz" --wildcards '*/report.json' >"$report" 2>/dev/null || : >"$report"
}

# is_go WORD NAME: the exit code is that of GO, or GO with warnings, or not
is_go()
{
	case $code in 0 | 4) is yes "$1" "$2" ;; *) is no "$1" "$2 (exit $code)" ;; esac
}

# pack NAME QUERY: a third-party pack with one fact of PostgreSQL and one rule over it
pack()
{
	mkdir -p "$dir/$1"
	cat >"$dir/$1/pack.yml" <<-END
		facts:
		  - table: odd
		    about: Something odd.
		    source: postgres
		    databases: [main]
		    query: |
		      $2
		    uses: []
		    columns:
		      a: {type: integer, class: public}
		rules:
		  - id: pack.odd
		    title: Something is odd
		    expects: Nothing is odd
		    why: It is.
		    applies: {hop: any, to: ">=14.0"}
		    severity: blocker
		    confidence: source
		    violations: SELECT o.database, o.a FROM odd AS o WHERE o.a < 0
		    key: "{database}/{a}"
		    message: "{a} is odd"
		    remedy: odd
		    tests: [{name: odd, hop: {from: 14.1.8, to: 14.2.7}, given: {odd: [{a: -1}]}, expect: {status: fail}}, {name: even, hop: {from: 14.1.8, to: 14.2.7}, given: {odd: [{a: 1}]}, expect: {status: pass}}]
		remedies:
		  - {name: odd, steps: [{text: "Make it even."}]}
	END
}

"$PREFLIGHT" sources --print-role >"$dir/role.sql"
pg_sql "$main" <"$dir/role.sql" >/dev/null || fail 'the role of --print-role'
check
is_go yes 'the instance is GO as it is'
pack plain 'SELECT 1::bigint AS a'
check --rules "$dir/plain"
is_go yes 'a pack whose fact is fine changes nothing'

# ---- 7: column names twice, 1,600 columns, none ----

pack twice 'SELECT 1::bigint AS a, 2::bigint AS a'
pack many "SELECT $(seq -s ', ' 1 1600)"
pack none 'SELECT FROM pg_catalog.pg_class LIMIT 1'
for name in twice many none; do
	check --rules "$dir/$name"
	is_go no "columns, $name: no GO"
	contains "$(cat "$dir/said" "$dir/err")" 'pack.odd' "columns, $name: the rule is named"
done

# ---- 8: an advisory lock, taken by a function that anybody may call ----

for call in 'pg_catalog.pg_advisory_lock(4711)' 'pg_sleep (600)' '"pg_advisory_lock"(1)' "set_config('statement_timeout', '0', true)"; do
	pack lock "SELECT 1::bigint AS a FROM $call"
	check --rules "$dir/lock"
	is "$code" 2 "$call: refused"
	contains "$(cat "$dir/err")" 'is not allowed in facts' "$call: and named"
done
is "$(pg_sql postgres "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" 0 'an advisory lock: none is left'

# ---- 9: a third-party pack with a role that may do more than read ----

role=postgres check --rules "$dir/plain"
is_go no 'a pack with a superuser: no GO'
said=$(tr -s ' \n' ' ' <"$dir/said")
contains "$said" 'SQL of a third-party fact is sent by a restricted role only, and this one is superuser' 'a pack with a superuser: why'
contains "$said" 'print-role' 'a pack with a superuser: the way out'
role=postgres check
is_go yes 'the facts of preflight itself are read'

# ---- 15: the server restarts between two facts ----

# A fact waits for a lock of ours while the server restarts below it.
pg_sql postgres "ALTER SYSTEM SET lock_timeout = 0" >/dev/null
(
	check
	echo "$code" >"$dir/code"
	cat "$dir/said" "$dir/err" >"$dir/all"
) &
running=$!
PGAPPNAME=holder psql -q -h "$PG_DIR/sock" -U postgres -d "$main" >/dev/null 2>&1 <<-'END' &
	BEGIN; LOCK TABLE batched_background_migrations IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60);
END
await pg_is_true "$main" "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'holder'"
pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
wait "$running"
code=$(cat "$dir/code")
case $code in
0 | 4) pass 'the server drops all sessions before the first or after the last fact' ;;
*) contains "$(cat "$dir/all")" 'main' 'the server drops all sessions meanwhile: the source is named' ;;
esac
check
is_go yes 'the server is back'

# ---- 55: migrations run meanwhile; two runs write the same file ----

# The lock that ActiveRecord holds during db:migrate: its number times the CRC-32 of the database's name.
key=$(/usr/bin/python3 -c 'import sys, zlib; print(2053462845 * zlib.crc32(sys.argv[1].encode()))' "$main")
mkfifo "$dir/hold"
psql -q -h "$PG_DIR/sock" -U postgres -d "$main" <"$dir/hold" >/dev/null 2>&1 &
exec 9>"$dir/hold"
echo "SELECT pg_advisory_lock($key);" >&9
await pg_is_true postgres "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'"
check
is_go no 'migrations are running: no GO'
contains "$(cat "$report")" 'Migrations are running on '"main" 'migrations are running: named'
exec 9>&-
await pg_is_true postgres "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"
check
is_go yes 'they have ended'
for n in 1 2; do
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --redis "$(redis_url "$REDIS_DB")" --install-method linux_package \
		--postgres "main=$(pg_conninfo "$main") user=preflight" --out "$dir/same.tar.gz" >"$dir/same.$n" 2>&1 &
	eval "same_$n=\$!"
done
wait "$same_1" && wait "$same_2"
exits 0 'two runs with one file: it is one whole bundle' "$PREFLIGHT" verify "$dir/same.tar.gz"
is "$(find "$dir" -name '.preflight-*')" '' 'two runs with one file: nothing is left'

# ---- 26: one page of several ----

http_start "$gate_dir/http" || fail 'the web server'
printf 'glpat-do-not-show\n' >"$dir/token"
# page HEADERS: the status of the list of Geo sites, whose answer has one entry and these headers
page()
{
	printf '{"/api/v4/version": {"body": {"version": "16.11.10-ee", "revision": "abc"}}, "/api/v4/geo_sites/status": {"headers": {"Content-Type": "application/json"%s},
		"body": [{"geo_node_id": 1, "health_status": "Healthy", "version": "16.11.10-ee"}]}}' "$1" >"$http_dir/answers.json"
	rm -rf "$dir/page"
	"$PREFLIGHT" collect --no-discover --from 16.11.10 --only api --gitlab "$http_url" --gitlab-token-file "$dir/token" \
		--out "$dir/page" >/dev/null 2>&1
	sed -n '1s/.*"status":"\([a-z_]*\)".*/\1/p' "$dir/page/facts/api_site.ndjson"
}
is "$(page '')" complete 'a list in one page'
is "$(page ', "X-Total": "1", "X-Next-Page": ""')" complete 'the only page of a list'
is "$(page ', "X-Next-Page": "2"')" truncated 'a list with a next page'
is "$(page ', "x-total":"3"')" truncated 'a list with more entries in all'
is "$(page ', "X-Total": "0"')" truncated 'a list whose total is wrong'

# ---- 41: a file of decisions that others may change ----

printf 'version: 1\ndecisions: []\n' >"$dir/decisions.yml"
chmod 644 "$dir/decisions.yml"
check --decisions "$dir/decisions.yml"
mine=$code
for mode in 664 646 666; do
	chmod "$mode" "$dir/decisions.yml"
	check --decisions "$dir/decisions.yml"
	if [ "$(id -u)" = 0 ]; then
		is "$code" 2 "decisions of mode $mode, as root: refused"
		contains "$(cat "$dir/err")" "may be changed by others, and this runs as root: chmod go-w" "decisions of mode $mode: why"
	else
		is "$code" "$mine" "decisions of mode $mode, not as root"
	fi
done

# ---- 50: locales ----

check
cp "$dir/out.tar.gz" "$dir/facts.tar.gz"
with()
{
	rm -f "$dir/l.tar.gz"
	env "$@" "$PREFLIGHT" check --no-discover --to 14.2.7 --facts "$dir/facts.tar.gz" --out "$dir/l.tar.gz" \
		--format "json=$dir/l.json" --format "openmetrics=$dir/l.om" --format "dotenv=$dir/l.env" --format "junit=$dir/l.xml" >/dev/null 2>&1
	echo "$?"
	cat "$dir/l.json" "$dir/l.om" "$dir/l.env" "$dir/l.xml" | sed -E 's/"(id|started_at|finished_at|rendered_at|now)": *"[^"]*"//g' | sha256sum
}
wanted=$(with LC_ALL=C)
ok 'the output in the locale C' [ -s "$dir/l.xml" ]
for name in tr_TR.UTF-8 tr_TR.utf8 de_DE.UTF-8 fa_IR.UTF-8 tr_TR.ISO-8859-9; do
	[ -e "$dir/locales/$name" ] || { mkdir -p "$dir/locales" && localedef -c -i "${name%%.*}" -f "${name#*.}" "$dir/locales/$name"; } >/dev/null 2>&1
	if [ -e "$dir/locales/$name" ]; then
		# The C library never frees what it makes of LOCPATH.
		is "$(with LC_ALL="$name" LOCPATH="$dir/locales" ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0")" "$wanted" \
			"locale $name: the same output"
	else
		is "$(with LC_ALL="$name")" "$wanted" "locale $name, which is not here: the same output"
	fi
done

# ---- 58: rules that decide nothing ----

mkdir "$dir/nothing"
printf 'path:\n  known_from: "14.0"\n  known_through: "19.5"\n  latest: [14.2.7]\n' >"$dir/nothing/path.yml"
check --rules-dir "$dir/nothing"
is "$code" 2 'no rule and no source: nothing to ask'
exits 5 'no rule, and no source that could be read' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 \
	--rules-dir "$dir/nothing" --out "$dir/nothing.tar.gz"
contains "$out" 'run.nothing' 'no rule, and no source: named'
done_testing
