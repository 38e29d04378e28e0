#!/bin/bash
# GitLab's HTTP API: asked only where it is named, with the token as a header and nowhere else; what it does
# not answer lowers nothing but itself.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
http_start "$gate_dir/http"
printf 'glpat-do-not-show\n' >"$gate_dir/token"

answers()
{
	printf '%s' "$1" >"$http_dir/answers.json"
	http_forget
}

asked()
{
	gate "$1" 14.1.8 14.2.7 "$2" --gitlab "$http_url/gitlab" --gitlab-token-file "$gate_dir/token"
}

api_findings()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('api.') and f['status'] not in ('pass', 'not_applicable', 'skipped'):
		        print(f['rule']['id'], f['status'], f['effect'])
	END
}

instance
answers '{}'
gate 0 14.1.8 14.2.7 'not named'
is "$(http_log)" '' 'not named: nothing was asked'
is "$(api_findings)" '' 'not named: no remark'

answers '{
	"/gitlab/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}},
	"/gitlab/-/readiness": {"body": {"status": "ok", "master_check": [{"status": "ok"}], "db_check": [{"status": "ok"}]}},
	"/gitlab/api/v4/license": {"body": {"plan": "premium", "expired": false, "expires_at": "2030-01-01"}},
	"/gitlab/api/v4/features": {"body": [{"name": "x", "state": "on"}]}}'
asked 0 'all is well'
is "$(api_findings)" '' 'all is well: no remark'
like "$(http_log)" '^GET /gitlab/api/v4/version PRIVATE-TOKEN=glpat-do-not-show' 'the token is sent as a header'
is "$(http_log | grep -cv '^GET ')" 0 'nothing but GET'
is "$(http_log | grep -c batched_background)" 0 'what the database says is not asked again'
nok 'the token is nowhere in the bundle' sh -c 'tar -xzOf "$1" | grep -q do-not-show' _ "$bundle"

answers '{
	"/gitlab/api/v4/version": {"body": {"version": "14.0.12-ee", "revision": "abc"}},
	"/gitlab/-/readiness": {"status": 503, "body": {"status": "failed", "db_check": [{"status": "ok"}, {"status": "failed", "message": "down"}]}}}'
asked 3 'the application is of another minor'
contains "$(effects)" 'hop.unfinished fail blocks' 'another minor: it blocks'
contains "$(effects)" 'api.not-ready fail warns' 'a check that fails is read though the status is 503'

for mode in 401 302 html cut endless; do
	answers '{}'
	http_mode "$mode"
	asked 0 "the server answers: $mode"
	is "$(field gate.decision)" go_with_warnings "$mode: what was asked for and not answered warns"
	nok "$mode: no token in the bundle" sh -c 'tar -xzOf "$1" | grep -q do-not-show' _ "$bundle"
done
http_mode ''
asked 0 'an old GitLab that knows none of the questions'

exits 2 'a token without an address' "$PREFLIGHT" check --to 14.2 --gitlab-token-file "$gate_dir/token"
exits 2 'an address of another kind' "$PREFLIGHT" check --to 14.2 --gitlab ftp://gitlab.example.com
reports_are_valid
done_testing
