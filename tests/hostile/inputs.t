#!/bin/bash
# Cases of the threat model that no other test is about: progress that lies, reports and pipeline variables that claim a
# GO, an environment that somebody else has set, limits of the machine, certificates, files of secrets. README.md beside
# this file maps the cases.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# check [OPTION...]: of the instance from 14.1.8 to 14.2.7; its exit code in $code, its report in $report
check()
{
	rm -f "$dir/out.tar.gz"
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --install-method linux_package --out "$dir/out.tar.gz" \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" \
		--redis "$(redis_url "$REDIS_DB")" "$@" >"$dir/said" 2>"$dir/err"
	code=$?
	report=$dir/report.json
	tar -xzOf "$dir/out.tar.gz" --wildcards '*/report.json' >"$report" 2>/dev/null || : >"$report"
}

# ---- 56: progress that lies ----

# Prints what is wrong with the progress of the findings.
progress_of()
{
	/usr/bin/python3 - "$report" "$dir/said" <<-'END'
		import json, re, sys
		report = json.load(open(sys.argv[1]))
		shown = [f['progress'] for f in report['findings'] if f.get('progress')]
		for p in shown:
		    percent, done, total = p.get('percent'), p.get('done'), p.get('total')
		    if percent is not None and not 0 <= percent <= 100:
		        print('percent', percent)
		    if (percent is None) != (total is None) or (total is not None and (total <= 0 or done < 0)):
		        print('done', done, 'total', total, 'percent', percent)
		    if p.get('eta') and p['eta'] < report['run']['started_at']:
		        print('eta', p['eta'])
		if not shown:
		    print('no progress at all')
		for word in re.findall(r'\b(?:nan|inf|-\d+(?:\.\d+)? %|1\d\d\d*\.\d %)\b', open(sys.argv[2]).read(), re.I):
		    print('shown', word)
	END
}
# lies NAME WORDS-OF-bbm_add WORDS-OF-bbm_job_add [SQL]
lies()
{
	local id

	instance
	pg_sql "$main" 'DELETE FROM batched_background_migrations'
	# shellcheck disable=SC2086
	id=$(bbm_add "$main" BackfillX issues id '[]' active $2)
	# shellcheck disable=SC2086
	bbm_job_add "$main" "$id" succeeded $3
	[ -z "${4:-}" ] || pg_sql "$main" "$4" >/dev/null || fail "$1: the state"
	check
	case $code in 3 | 5 | 6) pass "$1: exit $code is no GO" ;; *) fail "$1: exit $code is no GO" ;; esac
	is "$(progress_of)" '' "$1: its progress is a number that can be, or none"
}
lies 'no total' total=null 'count=10'
lies 'a total of 0' total=0 'count=10'
lies 'a negative total' total=-5 'count=10'
lies 'more done than there is' total=7 'count=10'
lies 'the largest total' total=9223372036854775807 'count=10'
lies 'the largest job' total=1000 'count=1' 'UPDATE batched_background_migration_jobs SET batch_size = 2147483647'
lies 'a job of no row' total=1000 'count=1' 'UPDATE batched_background_migration_jobs SET batch_size = 0'
lies 'all jobs in the future' total=100000 'count=10' "UPDATE batched_background_migration_jobs
	SET started_at = now() + interval '9 years', updated_at = now() + interval '9 years', finished_at = now() + interval '9 years'"
lies 'all jobs in one moment' total=100000 'count=10' "UPDATE batched_background_migration_jobs
	SET started_at = now(), updated_at = now(), finished_at = now()"
lies 'jobs that end before they start' total=100000 'count=10' "UPDATE batched_background_migration_jobs
	SET started_at = now(), updated_at = now(), finished_at = now() - interval '1 year'"
lies 'an interval of 0' 'total=100000 interval=0' 'count=10'
lies 'a clock that stands' total=1000000 'count=10' "UPDATE batched_background_migration_jobs
	SET started_at = '1970-01-01', updated_at = '1970-01-01', finished_at = '1970-01-01'"
is "$code" 3 'a clock that stands: nothing moves, which is no waiting'

# ---- 60, 63: a report of a later version, a pipeline that claims a GO ----

instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
check
is "$code" 3 'a NO-GO'
# later OLD NEW   the bundle with this change in report.json, its digests made to fit
later()
{
	rm -rf "$dir/later" && mkdir "$dir/later" && tar -xzf "$dir/out.tar.gz" -C "$dir/later"
	/usr/bin/python3 - "$dir/later"/* "$1" "$2" <<-'END'
		import os, sys
		sys.path.insert(0, 'tests/faults')
		import data
		folder, old, new = sys.argv[1:]
		path = os.path.join(folder, 'report.json')
		text = open(path).read()
		assert text.count(old) >= 1, old
		open(path, 'w').write(text.replace(old, new, 1))
		data.seal(folder)
	END
	tar -czf "$dir/later.tar.gz" -C "$dir/later" .
}
version=$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["schema"]["version"])' "$report")
for word in '"go_if_lucky"' null 4; do
	later '"decision": "no_go"' "\"decision\": $word"
	exits 7 "a decision $word: verify" "$PREFLIGHT" verify "$dir/later"/*
	exits 2 "a decision $word: diff" "$PREFLIGHT" diff "$dir/out.tar.gz" "$dir/later"/*
	like "$err" '^preflight: .*decision' "a decision $word: diff names it"
	exits 0 "a decision $word: report" "$PREFLIGHT" report "$dir/later"/*
	contains "$out" 'NO-GO' "a decision $word: report decides again"
done
later "\"version\": \"$version\"" '"version": "1.9"'
exits 7 'a report of version 1.9: verify' "$PREFLIGHT" verify "$dir/later"/*
later "\"version\": \"$version\"" '"version": "2.0"'
exits 2 'a report of version 2.0: diff' "$PREFLIGHT" diff "$dir/out.tar.gz" "$dir/later"/*
like "$err" '^preflight: .*schema version 1' 'a report of version 2.0: why'

export PREFLIGHT_DECISION=go PREFLIGHT_EXIT_CODE=0 PREFLIGHT_BLOCKERS=0
exits 0 'variables that claim a GO: verify of an intact NO-GO' "$PREFLIGHT" verify "$dir/out.tar.gz"
exits 7 'variables that claim a GO: verify that requires one' "$PREFLIGHT" verify --require-decision "$dir/out.tar.gz"
check --format "dotenv=$dir/claimed.env"
is "$code" 3 'variables that claim a GO: check'
is "$(grep PREFLIGHT_DECISION "$dir/claimed.env")" PREFLIGHT_DECISION=no_go 'variables that claim a GO: what the next job gets'
unset PREFLIGHT_DECISION PREFLIGHT_EXIT_CODE PREFLIGHT_BLOCKERS

# ---- 49, 51: the environment of somebody else ----

for setting in TZ=garbage/nowhere "TZ=$(printf 'x%.0s' {1..5000})" PGOPTIONS='-c search_path=evil -c default_transaction_read_only=off' \
	PGSSLMODE=disable http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 "SSLKEYLOGFILE=$dir/keys" \
	CURL_CA_BUNDLE=/dev/null "TMPDIR=/nonexistent" HOME=/nonexistent LC_ALL=xx_YY.nonsense PGTZ=garbage PGDATESTYLE=German; do
	env "$setting" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$dir/env.tar.gz" \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" \
		>"$dir/said" 2>&1
	case $? in 3 | 5) pass "${setting:0:30}: no better verdict" ;; *) fail "${setting:0:30}: exit $? is no better verdict" ;; esac
done
nok 'no keys of TLS are written' test -e "$dir/keys"

# ---- 48: limits of the machine ----

inside=()
# limited NAME COMMAND   `check` after COMMAND of a shell, and behind the words of $inside
limited()
{
	rm -f "$dir/l.tar.gz"
	(
		eval "$2" && exec timeout 60 "${inside[@]}" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$dir/l.tar.gz" \
			--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
	) >"$dir/said" 2>&1
	code=$?
	# 127: the libraries alone do not fit.
	case $code in 1 | 2 | 3 | 5 | 127) pass "$1: exit $code" ;; *) fail "$1: exit $code" && diag_lines 5 <"$dir/said" ;; esac
	ok "$1: it says why" [ -s "$dir/said" ]
	is "$(find "$dir" -name '.preflight-*')" '' "$1: no temporary file is left"
}
for n in 4 6 8 10 12 16 24; do
	limited "$n descriptors" "ulimit -n $n"
done
if ldd "$PREFLIGHT" | grep -q libasan; then
	skip 'the sanitizers map more memory than the limit' 12
else
	for n in 64 96 128 192; do
		limited "an address space of $n MiB" "ulimit -v $((n * 1024))"
	done
fi

if unshare -m true 2>/dev/null; then
	for place in /proc /dev /etc; do
		# shellcheck disable=SC2016
		inside=(unshare -m sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$place")
		limited "an empty $place" :
	done
	inside=()
else
	skip 'no mount namespace can be made here' 9
fi

# ---- 18: certificates and versions of TLS ----

# certificate NAME DAYS SUBJECT [ALTERNATIVE]   one of our authority, for so many days from now
certificate()
{
	openssl req -newkey rsa:2048 -nodes -keyout "$dir/$1.key" -out "$dir/$1.csr" -subj "/CN=$3" >/dev/null 2>&1 &&
		printf 'subjectAltName=%s\n' "${4:-DNS:localhost,IP:127.0.0.1}" >"$dir/$1.ext" &&
		openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days "$2" \
			-extfile "$dir/$1.ext" -out "$dir/$1.crt" >/dev/null 2>&1
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/ca.key" -out "$dir/ca.crt" -days 30 -subj '/CN=authority' >/dev/null 2>&1
certificate good 30 localhost && certificate expired -1 localhost && certificate other 30 elsewhere DNS:elsewhere.example ||
	fail 'certificates'
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/self.key" -out "$dir/self.crt" -days 30 -subj '/CN=localhost' \
	-addext subjectAltName=DNS:localhost >/dev/null 2>&1
echo glpat-secret >"$dir/plain"
# tls NAME CERTIFICATE STATUS [OPTION-OF-s_server...]   the API behind a server with this certificate
tls()
{
	local port name=$1 status=$3 key=$2
	shift 3

	port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	rm -f "$dir/s_server"
	openssl s_server -accept "127.0.0.1:$port" -cert "$dir/$key.crt" -key "$dir/$key.key" -www "$@" >"$dir/s_server" 2>&1 </dev/null &
	local server=$!
	await_of $server grep -qs ACCEPT "$dir/s_server" || { skip "this openssl cannot be such a server: $name"; return; }
	rm -rf "$dir/collected"
	SSL_CERT_FILE=$dir/ca.crt timeout 60 "$PREFLIGHT" collect --no-discover --from 14.1.8 --only api \
		--gitlab "https://localhost:$port" --gitlab-token-file "$dir/plain" --out "$dir/collected" >"$dir/said" 2>&1
	kill $server
	wait $server 2>/dev/null
	is "$(sed -n '1s/.*"status":"\([a-z_]*\)".*/\1/p' "$dir/collected/facts/api_version.ndjson")" "$status" "TLS, $name: $status"
}
# It answers with a page of its own, which is no JSON.
tls 'a good certificate' good unreadable
tls 'an expired certificate' expired tls_failed
tls 'a certificate of another name' other tls_failed
tls 'a certificate that nobody signed' self tls_failed
tls 'TLS 1.3' good unreadable -tls1_3
for version in tls1 tls1_1; do
	tls "$version only" good tls_failed "-$version" -cipher ALL:@SECLEVEL=0
done

# ---- 53: files of secrets ----

http_start "$gate_dir/http" || fail 'the web server'
printf '{"/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}}}' >"$http_dir/answers.json"
# token NAME STATUS REASON   what comes of the API with the file $dir/NAME
token()
{
	http_forget
	rm -rf "$dir/collected"
	timeout 60 "$PREFLIGHT" collect --no-discover --from 14.1.8 --only api --gitlab "$http_url" --gitlab-token-file "$dir/$1" \
		--out "$dir/collected" >"$dir/said" 2>&1
	is "$(sed -n '1s/.*"status":"\([a-z_]*\)".*/\1/p' "$dir/collected/facts/api_version.ndjson")" "$2" "a token, $1: $2"
	contains "$(head -n 1 "$dir/collected/facts/api_version.ndjson")" "$3" "a token, $1: why"
	nok "a token, $1: is nowhere" grep -rqs glpat-secret "$dir/said" "$dir/collected"
}
printf 'glpat-secret\r\nmore\n' >"$dir/crlf"
printf 'glpat-secret' >"$dir/no-newline"
ln -s plain "$dir/link"
for name in plain crlf no-newline link; do
	token "$name" complete ''
	contains "$(http_log)" 'PRIVATE-TOKEN=glpat-secret' "a token, $name: is sent as it is"
done
: >"$dir/empty"
mkfifo "$dir/pipe"
mkdir "$dir/directory"
printf '\xef\xbb\xbfglpat-secret\n' >"$dir/mark"
printf 'glpat-secret\0x\n' >"$dir/nul"
head -c 100000 /dev/zero | tr '\0' x >"$dir/long"
truncate -s 1G "$dir/sparse"
token empty denied 'the first line of'
token pipe denied 'is not a regular file'
token directory denied 'is not a regular file'
token mark denied 'byte order mark'
token nul denied 'contains a NUL'
token long denied 'has 4096 bytes or more'
token sparse denied 'contains a NUL'
token absent denied 'No such file'
is "$(http_log)" '' 'without a token that can be read nothing is sent'
done_testing
