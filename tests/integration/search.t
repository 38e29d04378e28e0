#!/bin/bash
# The search cluster: asked only where advanced search is on, never trusted where its answer is odd, and what
# its migrations mean for the hop. Every request is seen by the server.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh
. tests/lib/search.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
http_start "$gate_dir/http"

# at FROM TO EXIT NAME [OPTION...]: a gate with the cluster named
at()
{
	local from=$1 to=$2 expected=$3 name=$4

	shift 4
	http_forget
	gate "$expected" "$from" "$to" "$name" --search "$http_url" "$@"
}

search_effects()
{
	effects | grep -E '^(search|source)\.'
}

notices()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith(('search.', 'requirement.search')) and f['status'] not in ('pass', 'not_applicable'):
		        print(f['rule']['id'], f['status'], f['effect'])
	END
}

later='20230703112233 {"completed":true}'

# --- Off, or not possible: never contacted

instance
search_answers 7.17.9 green "$later"
at 14.1.8 14.2.7 0 'search is off'
is "$(http_log)" '' 'search is off: nothing was asked'
is "$(field gate.decision)" go 'search is off: plain go'
is "$(notices)" '' 'search is off: no remark'
search_on "$main" "$http_url"
pg_sql "$main" 'DELETE FROM licenses'
at 14.1.8 14.2.7 0 'no licence'
is "$(http_log)" '' 'no licence: nothing was asked'
search_on "$main" "$http_url"
at 14.1.8-ce 14.2.7 0 'Community Edition by its suffix'
is "$(http_log)" '' 'Community Edition: nothing was asked'
is "$(field gate.decision)" go 'Community Edition: plain go'

# --- What the migrations mean

search_base 14.10
instance
search_on "$main"
search_answers 7.17.9 green '20220118150500 {"completed":false,"state":{}}'
at 15.0.5 15.1.6 0 '15.0 cannot complete one: 15.1 is the cure'
is "$(field gate.decision)" go 'the cure: plain go'
is "$(notices)" 'search.orphaned-commits fail none' 'the cure: a notice says so'
is "$(http_log)" 'GET /
GET /_cluster/health
GET /gitlab-production-migrations/_search?size=1000&sort=_doc
GET /_alias/gitlab-production*' 'four questions, without a login'

search_base 15.11
instance
search_on "$main"
search_answers 7.17.9 green '20220118150500 {"completed":false,"state":{}}' "$later"
at 15.11.13 16.0.10 3 'the same before 16.0'
is "$(search_effects)" 'search.unfinished-last-chance fail blocks' 'before 16.0 it blocks'
says 'the index must be created again' 'before 16.0: the warning says what is at stake'

# --- One that stands still is one cause

ago() { date -u -d "$1 ago" +%Y-%m-%dT%H:%M:%S.000Z; }
behind=()
for n in {10..27}; do
	behind+=("202302081$n"'00 {"completed":false,"state":{}}')
done
search_answers 7.17.9 green '20230201100000 {"completed":false,"state":{},"started_at":"2022-03-01T10:00:00.000Z"}' "${behind[@]}"
at 15.11.13 16.0.10 3 'one has stood still since 2022, 18 with a document and 9 without are behind it'
is "$(search_effects)" 'search.unfinished-last-chance fail blocks' 'it is one finding'
says 'is stuck, not completed: begun' 'it is said to be stuck'
like "$out" '27 more are behind' 'and how many wait for it'
like "$(field findings.0.remedies.0.steps.0.text)" '^Find the last message of the worker' 'the remedy does not begin with waiting'
like "$(field findings.0.remedies.0.steps)" 'As a last resort' 'a new index is the last resort'
search_answers 7.17.9 green '20230201100000 {"completed":false,"state":{},"started_at":"'"$(ago '1 hour')"'"}' "${behind[@]}"
at 15.11.13 16.0.10 6 'one moves, 18 with a document and 9 without are behind it'
is "$(search_effects)" 'search.unfinished-last-chance waiting waits' 'it is waited for'
search_answers 7.17.9 green '20230201100000 {"completed":false,"state":{"halted":true},"started_at":"'"$(ago '1 hour')"'"}' "${behind[@]}"
at 15.11.13 16.0.10 3 'one is halted, 18 with a document and 9 without are behind it'
is "$(search_effects)" 'search.halted fail blocks' 'the halted one is the finding'
like "$out" '27 more are behind' 'and says how many wait for it'
pg_sql "$main" 'UPDATE application_settings SET elasticsearch_pause_indexing = true' >/dev/null
search_answers 7.17.9 green '20230201100000 {"completed":false,"state":{},"started_at":"'"$(ago '3 days')"'"}'
at 15.11.13 16.0.10 3 'indexing is paused'
like "$(field findings.0.remedies.0.steps.0.command)" 'resume_indexing' 'the remedy lets it go on'
pg_sql "$main" 'UPDATE application_settings SET elasticsearch_pause_indexing = false' >/dev/null

search_answers opensearch/1.3.20 yellow "$later" \
	'20230208100500 {"completed":false,"state":{"halted":true,"failed":true,"previous_attempts":30,"message":"no space"}}'
at 15.11.13 16.0.10 3 'halted'
is "$(search_effects)" 'search.halted fail blocks' 'halted: it blocks'
says 'Retry migration' 'halted: the way to retry'
says 'no space' 'halted: why'

search_answers 7.17.9 green "$later" '20220824123000 {"completed":true,"started_at":"2022-09-01T10:00:01.123Z"}'
at 15.11.13 16.0.10 0 'all completed'
is "$(field gate.decision)" go 'all completed: plain go'
like "$(field sources)" 'Elasticsearch 7.17.9 on http' 'the report says what was read'

# --- A cluster that cannot be read

search_answers 7.17.9 green
at 15.11.13 16.0.10 5 'the index is missing'
says 'gitlab-production-migrations is missing' 'the index is missing: it says so'
search_answers 7.17.9 green "$later"
for mode in 401 403 302 503 html long short cut gzip endless headers; do
	http_mode "$mode"
	at 15.11.13 16.0.10 5 "the server answers: $mode"
	is "$(sort -u <<<"$(http_log)")" 'GET /' "$mode: one question, and no other address"
	nok "$mode: no part of the redirect's query is kept" grep -q do-not-show "$report"
done
http_mode 401
at 15.11.13 16.0.10 5 'a login is wanted'
says '--search-user' 'a login is wanted: how to give one'
http_mode drip
at 15.11.13 16.0.10 5 'a byte a second' --timeout 3s
http_mode ''
gate 5 15.11.13 16.0.10 'nothing listens' --search http://127.0.0.1:9
gate 5 15.11.13 16.0.10 'on, and nobody said where'

http_mode endless
if [[ ${O-} == */san ]]; then
	skip 'the sanitizers map more memory than the limit'
else
	exits 5 'an endless answer does not fill the memory' bash -c 'ulimit -v 1000000; exec "$@"' _ \
		"$PREFLIGHT" collect --no-discover --search "$http_url" --only search --out "$gate_dir/collected.tar.gz"
fi
http_mode ''

# --- Logins

printf 'correct horse\n' >"$gate_dir/password"
http_forget
gate 0 15.11.13 16.0.10 'a user and a password' --search "$http_url" --search-user reader \
	--search-password-file "$gate_dir/password"
like "$(http_log)" "Authorization=Basic $(printf 'reader:correct horse' | base64)" 'they are sent'
nok 'the password is nowhere in the bundle' sh -c 'tar -xzOf "$1" | grep -q "correct horse"' _ "$bundle"
http_forget
gate 0 15.11.13 16.0.10 'an API key' --search "$http_url" --search-api-key-file "$gate_dir/password"
like "$(http_log)" 'Authorization=ApiKey correct horse' 'it is sent'
http_forget
AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=aws-secret AWS_SESSION_TOKEN=session \
	gate 0 15.11.13 16.0.10 'a signature for AWS' --search "$http_url" --search-aws-region eu-west-1
like "$(http_log)" 'AWS4-HMAC-SHA256 Credential=AKID/[0-9]+/eu-west-1/es/aws4_request' 'it is sent'
unlike "$(http_log)" 'aws-secret' 'without the secret'
exits 2 'a password without a user' "$PREFLIGHT" check --to 14.2 --search "$http_url" \
	--search-password-file "$gate_dir/password"
exits 2 'a login without a URL' "$PREFLIGHT" check --to 14.2 --search-user reader
exits 2 'a password in the URL' "$PREFLIGHT" check --to 14.2 --search http://a:geheim@127.0.0.1:9200
unlike "$err" geheim 'is not repeated'

# --- The URL of the settings: asked without any login

found()
{
	http_forget
	mkdir -p "$gate_dir/root/opt/gitlab"
	echo '{"build_version": "15.11.13-'"${edition:-ee}"'"}' >"$gate_dir/root/opt/gitlab/version-manifest.json"
	gate_n=$((gate_n + 1))
	report=$gate_dir/report_$gate_n.json
	exits "$1" "$2" "$PREFLIGHT" check --root "$gate_dir/root" \
		--to 16.0.10 --postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" \
		--redis "$(redis_url)" --out "$gate_dir/found_$gate_n.tar.gz"
	tar -xzOf "$gate_dir/found_$gate_n.tar.gz" --wildcards '*/report.json' >"$report"
}
search_on "$main" "${http_url/\/\//\/\/elastic:geheim@},http://second:9200"
found 0 'found in the settings'
is "$(http_log | grep -c .)" 4 'found in the settings: asked'
unlike "$(http_log)" 'Authorization' 'found in the settings: without the login that stands there'
nok 'and that login is nowhere in the report' grep -q geheim "$report"
for url in 'http://u:ge/geheim@127.0.0.1:1' 'u:geheim@127.0.0.1:1' 'https:u:geheim@127.0.0.1:1' '//u:geheim@127.0.0.1:1' \
	'http://u:a@geheim@127.0.0.1:1' 'http://u:a,geheim@127.0.0.1:1' 'http://127.0.0.1:1?token=geheim' \
	'http://127.0.0.1:1/#geheim' 'http://127.0.0.1:1, https://u:geheim@127.0.0.1:2' ' HTTP://u:geheim@127.0.0.1:1' \
	'http://geheim@127.0.0.1:1'; do
	search_on "$main" "$url"
	found 5 "a malformed or unusual URL: $url"
	is "$(tar -xzOf "$gate_dir/found_$gate_n.tar.gz" | grep -c geheim)" 0 'its secret is nowhere'
done
search_on "$main" "http://127.0.0.1:1, ${http_url}"
found 0 'the first node is down: the next one is asked'
for url in http://169.254.169.254/latest 'http://[::ffff:169.254.169.254]/' 'http://[::ffff:0.0.0.0]:9200' \
	'http://[fe80::1]/' 'http://[fd00:ec2::254]/' http://0.0.0.0:9200 'http://[::]:9200' http://224.0.0.1/ 'http://2852039166/'; do
	search_on "$main" "$url"
	found 5 "an address where no search cluster is: $url"
	like "$(field sources)" 'link-local' "$url: is not contacted"
done
for url in file:///etc/passwd "gopher://${http_url#http://}/" "ftp://${http_url#http://}/" "dict://${http_url#http://}/"; do
	http_forget
	search_on "$main" "$url"
	found 5 "a URL of another kind: $url"
	is "$(http_log)" '' "$url: nothing is sent"
	is "$(tar -xzOf "$gate_dir/found_$gate_n.tar.gz" | grep -c 'root:x:')" 0 "$url: nothing is read"
done
search_on "$main" "$http_url"
edition=ce found 0 'a package of the Community Edition'
is "$(http_log)" '' 'Community Edition: nothing was asked, though the settings say on'
search_off "$main"
found 0 'switched off again'
is "$(http_log)" '' 'switched off again: nothing was asked'

# --- What this release works with

search_base 14.10
instance
search_on "$main"
search_answers 6.8.23 green '20210910100000 {"completed":true}'
at 14.10.5 15.0.5 3 'Elasticsearch 6.8 before 15.0'
says 'Elasticsearch version not compatible' 'Elasticsearch 6.8 before 15.0: the words of GitLab'
search_answers opensearch/2.11.1 green '20210910100000 {"completed":true}'
at 14.9.5 14.10.5 0 'OpenSearch 2 with 14.10, as with 14.9'
is "$(field gate.decision)" go 'the step changes nothing for search: plain go'
is "$(notices)" 'requirement.search-unchanged fail none' 'a notice names it'

# --- TLS

certificate()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" \
		-keyout "$1/key.pem" -out "$1/cert.pem" >/dev/null 2>&1
}

# collects REGEX NAME [OPTION...]: what came of the source
collects()
{
	exits "$(case $1 in complete*) echo 0 ;; *) echo 5 ;; esac)" "$2: ends" "$PREFLIGHT" collect --no-discover --only search --search "$http_url" \
		--out "$gate_dir/collected.tar.gz" -v "${@:3}"
	like "$err" "search: $1" "$2"
}

if command -v openssl >/dev/null; then
	mkdir -p "$gate_dir/tls" "$gate_dir/client" "$gate_dir/mutual"
	certificate "$gate_dir/tls" localhost
	certificate "$gate_dir/client" reader
	http_start "$gate_dir/tls"
	search_answers 7.17.9 green "$later"
	collects 'tls_failed: .*--search-ca' 'TLS: a certificate that nobody vouches for'
	is "$(http_log)" '' 'TLS: nothing was asked'
	collects complete 'TLS: with its certificate' --search-ca "$gate_dir/tls/cert.pem"
	http_url=${http_url/localhost/127.0.0.1}
	collects tls_failed 'TLS: a certificate for another name' --search-ca "$gate_dir/tls/cert.pem"
	cp "$gate_dir/tls"/{cert,key}.pem "$gate_dir/mutual"
	cp "$gate_dir/client/cert.pem" "$gate_dir/mutual/client-ca.pem"
	http_start "$gate_dir/mutual"
	search_answers 7.17.9 green "$later"
	collects '(unreachable|tls_failed): ' 'TLS: without our certificate' --search-ca "$gate_dir/tls/cert.pem"
	collects complete 'TLS: with our certificate' --search-ca "$gate_dir/tls/cert.pem" \
		--search-cert "$gate_dir/client/cert.pem" --search-key "$gate_dir/client/key.pem"
else
	skip 'openssl is not installed' 11
fi

reports_are_valid
done_testing
