#!/bin/bash
# The after-check: the target is the installed version. What holds for every release is evaluated, migrations at
# work are listed, and only what blocks changes the exit code.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

has_run()
{
	pg_sql "$main" "INSERT INTO schema_migrations (version) VALUES ('20210802043253')"
}

# "RULE STATUS EFFECT" of the rules of this phase that found something.
listed()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('after.') and f['status'] != 'pass':
		        print(f['rule']['id'], f['status'], f['effect'])
	END
}

instance
gate 0 14.1.8 14.1.8 'a healthy 14.1.8'
is "$(field gate.decision)" go 'healthy: a plain go'
is "$(field gate.headline)" 'Already at 14.1.8.' 'healthy: says so'
is "$(effects)" '' 'healthy: nothing even warns'
is "$(listed)" '' 'healthy: nothing is listed'
gate 0 14.1.8 14.1 'the target as minor'
is "$(field target.resolved)" 14.1.8 'the target as minor is the installed version'
gate 0 14.1.9 14.1 'a patch that is newer than those on record'
is "$(field gate.headline)" 'Already at 14.1.9.' 'a newer patch is that minor'
exits 2 'a target that is older' "$PREFLIGHT" check --from 14.1.8 --to 14.1.7
exits 0 'a plan to the installed version' "$PREFLIGHT" plan --from 14.1.8 --to 14.1.8
contains "$out" 'there is no upgrade step' 'a plan to the installed version has no hop'

rules_through "$gate_dir/rules" 14.1
gate_rules=(--rules-dir "$gate_dir/rules")
has_run
gate 0 14.2.7 latest 'beyond the newest release of the rules'
is "$(field gate.headline)" 'Already at 14.2.7, beyond 14.1, the newest release that the rules cover.' 'beyond: says so'
gate_rules=()

instance
gate 3 14.2.7 14.2.7 'the last migration of 14.2 has not run'
is "$(effects)" 'hop.unfinished fail blocks' 'unfinished: one cause'
gate 3 14.2.7 14.3.6 'the next upgrade, too'
has_run
gate 0 14.2.7 14.2.7 'the last migration of 14.2 has run'

id=$(bbm_add "$main" BackfillX users id '[]' active)
bbm_job_add "$main" "$id" succeeded updated='1 minute'
gate 0 14.2.7 14.2.7 'a batched migration moves'
is "$(listed)" 'after.batched-migrations waiting none' 'moving: listed, and no wait'
bbm_add "$main" BackfillY users id '[]' failed >/dev/null
legacy_job_schedule MigrateMergeRequestDiffCommitUsers 3600 25
gate 0 14.2.7 14.2.7 'another failed'
is "$(listed | sort -u)" "after.batched-migrations fail none
after.batched-migrations waiting none
after.legacy-jobs waiting none" 'failed and legacy ones are listed too'
gate 3 14.2.7 14.3.6 'before the next minor they block'

# An index that an interrupted migration left: it is the matter of the after-check, too.
instance
has_run
pg_sql "$main" "CREATE INDEX index_users_on_nothing ON users (id);
	UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'index_users_on_nothing'::regclass" >/dev/null
gate 0 14.2.7 14.2.7 'an index is invalid'
is "$(effects)" 'after.invalid-index fail warns' 'an invalid index warns'

# Left out on purpose is a smaller scope; nothing at all is no scope.
left_out=()
for source in redis:queues search api host; do
	left_out+=(--without "$source=not here")
done
raw 0 'only the database' --from 14.2.7 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" "${left_out[@]}"
for source in postgres:main postgres:ci postgres:sec; do
	left_out+=(--without "$source=not here")
done
raw 5 'nothing is read after an upgrade' --from 14.2.7 --to 14.2.7 "${left_out[@]}"
raw 5 'nothing is read before an upgrade' --from 17.3.7 --to 17.5.5 "${left_out[@]}"

raw 5 'without Redis' --from 14.2.7 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")"

reports_are_valid
done_testing
