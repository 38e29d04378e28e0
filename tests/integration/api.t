#!/bin/bash
# GitLab's HTTP API: asked only where it is named, with the token as a header and nowhere else; what was
# requested and not answered is unknown to every rule that reads it.

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

# A token without an administrator's rights, as GitLab answers it; then one whose flags are not the database's.
answers '{
	"/gitlab/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}},
	"/gitlab/-/readiness": {"body": {"status": "ok", "master_check": [{"status": "ok"}]}},
	"/gitlab/api/v4/license": {"status": 403, "body": {"message": "403 Forbidden"}},
	"/gitlab/api/v4/features": {"status": 403, "body": {"message": "403 Forbidden"}}}'
asked 0 'no administrator'
is "$(/usr/bin/python3 -c 'import json, sys
print(*sorted(f["table"] + " " + f["status"] for f in json.load(open(sys.argv[1]))["facts"]
	if f["table"] in ("api_version", "api_readiness", "api_licence", "api_feature")), sep=", ")' "$report")" \
	'api_feature denied, api_licence denied, api_readiness complete, api_version complete' \
	'no administrator: what the token may not see, and nothing else'
scheduler_flag "$main" off
answers '{
	"/gitlab/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}},
	"/gitlab/-/readiness": {"body": {"status": "ok", "master_check": [{"status": "ok"}]}},
	"/gitlab/api/v4/license": {"body": {"id": 2, "plan": "ultimate", "starts_at": "2018-01-27", "expires_at": "2030-01-27",
		"expired": false, "user_limit": 100, "licensee": {"Name": "Somebody"}, "add_ons": {"GitLab_FileLocks": 1}}},
	"/gitlab/api/v4/features": {"body": [{"name": "execute_batched_migrations_on_schedule", "state": "on",
		"gates": [{"key": "boolean", "value": true}], "definition": null}]}}'
gate_run_any 'two answers about one flag' --from 14.1.8 --to 14.2.7 --postgres "$(pg_conninfo "$main")" \
	--redis "$(redis_url "$REDIS_DB")" --gitlab "$http_url/gitlab" --gitlab-token-file "$gate_dir/token"
contains "$(api_findings)" 'api.flag-disagrees fail none' 'two answers about one flag: it is told'
scheduler_flag "$main" default

# The other answers, in the shapes that are published: numbers for versions, members that are not always there.
answers '{
	"/gitlab/api/v4/version": {"body": {"version": "16.11.10-ee", "revision": "abc"}},
	"/gitlab/api/v4/admin/migrations/pending": {"body": {"pending_migrations": [{"version": 20240101120000,
		"name": "create_users_table", "filename": "20240101120000_create_users_table.rb", "status": "pending"}],
		"database": "main", "total_pending": 1}},
	"/gitlab/api/v4/admin/search/migrations": {"body": [
		{"version": 20230427555555, "name": "BackfillHiddenOnMergeRequests", "started_at": "2023-05-12T01:35:05.469+00:00",
			"completed_at": "2023-05-12T01:36:06.432+00:00", "completed": true, "obsolete": false, "migration_state": {}},
		{"version": 20230428500000, "name": "AddSuffixProjectInWikiRid", "started_at": "2023-05-04T18:59:43.542+00:00",
			"completed_at": "2023-05-04T18:59:43.542+00:00", "completed": false, "obsolete": false,
			"migration_state": {"pause_indexing": true, "slice": 1, "task_id": null, "max_slices": 5, "retry_attempt": 0}}]},
	"/gitlab/api/v4/geo_sites/status": {"body": [{"geo_node_id": 1, "health": "Healthy", "health_status": "Healthy",
		"db_replication_lag_seconds": null, "version": "16.11.10-ee"}]},
	"/gitlab/api/v4/admin/batched_background_migrations": {"body": [{"id": "1234", "job_class_name": "CopyColumn",
		"table_name": "events", "column_name": "id", "status": "active", "progress": 50, "created_at": "2022-11-28T16:26:39.000+00:00"}]}}'
rm -rf "$gate_dir/shapes"
"$PREFLIGHT" collect --no-discover --from 16.11.10 --only api --gitlab "$http_url/gitlab" \
	--gitlab-token-file "$gate_dir/token" --out "$gate_dir/shapes" >/dev/null 2>&1
is "$(cd "$gate_dir/shapes/facts" && /usr/bin/python3 -c 'import json, sys
for t in sys.argv[1:]:
    lines = [json.loads(l) for l in open(t + ".ndjson")]
    print(t, lines[0]["parts"][0]["status"], len(lines) - 1)' \
	api_pending_migration api_search_migration api_site api_batched_migration)" 'api_pending_migration complete 1
api_search_migration complete 2
api_site complete 1
api_batched_migration truncated 1' 'the published shapes are understood'

for mode in 401 403 302 html cut endless; do
	answers '{}'
	http_mode "$mode"
	asked 5 "the server answers: $mode"
	contains "$(effects)" 'hop.unfinished unknown blocks' "$mode: the version that runs is unknown"
	nok "$mode: no token in the bundle" sh -c 'tar -xzOf "$1" | grep -q do-not-show' _ "$bundle"
done
http_mode ''
asked 5 'a server that is not GitLab'
answers '{"/gitlab/api/v4/version": {"body": {"version": "14.1.8-ee", "revision": "abc"}}}'
asked 0 'an old GitLab that knows none of the other questions'

# Which of two values GitLab means cannot be told.
answers '{"/gitlab/api/v4/version": {"body": "{\"version\": \"14.0.12-ee\", \"version\": \"14.1.8-ee\"}"}}'
asked 5 'a key twice'
says 'has a key twice' 'a key twice is told'

# The list of schema migrations that have not run, and a token that may not see it.
for answer in 403 500; do
	answers '{
		"/gitlab/api/v4/version": {"body": {"version": "16.11.10-ee", "revision": "abc"}},
		"/gitlab/api/v4/admin/migrations/pending": {"status": '$answer', "body": {"message": "no"}}}'
	is "$(findings_of 16.11.10 17.1.8 api.pending-schema --gitlab "$http_url/gitlab" \
		--gitlab-token-file "$gate_dir/token" | cut -d: -f1)" unknown "pending migrations: $answer is unknown"
done

exits 2 'a token without an address' "$PREFLIGHT" check --to 14.2 --gitlab-token-file "$gate_dir/token"
exits 2 'an address of another kind' "$PREFLIGHT" check --to 14.2 --gitlab ftp://gitlab.example.com
reports_are_valid
done_testing
