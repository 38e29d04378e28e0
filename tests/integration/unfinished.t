#!/bin/bash
# Upgrades that stopped half-way, with the new package and with the old one put back, on a real PostgreSQL: none is
# a GO, and each gets the advice that is right for it. Healthy instances of every age stay as they are.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

sql()
{
	pg_sql "${2:-$main}" "$1" >/dev/null || fail "SQL: $1"
}

# era VERSION: fresh databases with the schema of the era that VERSION is in
era()
{
	local file

	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	cp tests/schema/14.1.sql "$dir/era.sql"
	for file in tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql; do
		[[ $1 != 14.[0-9].* ]] || break
		cat "$file" >>"$dir/era.sql"
		[ "$(printf '%s\n' "${file##*/}" "$1" | sort -V | tail -n 1)" = "$1" ] || break
	done
	gitlab_base "$dir/era.sql" && instance || fail "the schema of $1"
	schema_at "$main" "$1" && schema_at "$ci" "$1"
}

# verdict FROM TO: "DECISION: message; first step; last step" of hop.unfinished, without touching the schema
verdict()
{
	gate_n=$((gate_n + 1))
	report=$gate_dir/report_$gate_n.json
	"$PREFLIGHT" check --no-discover --out "$gate_dir/dir_$gate_n" --from "$1" --to "$2" \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}" >/dev/null 2>&1
	cp "$gate_dir/dir_$gate_n/report.json" "$report"
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		r = json.load(open(sys.argv[1]))
		print(r['gate']['decision'])
		for f in r['findings']:
		    if f['rule']['id'] == 'hop.unfinished' and f['effect'] != 'none':
		        print(f['message'])
		        print('\n'.join(s['text'] + ' ' + (s['command'] or '') for s in f['remedies'][0]['steps']))
	END
}

# The database of CI stopped with main. Columns: the release before, the one that stopped, the next one, and the
# last thing that ran.
while read -r before after next ran; do
	era "$before"
	case $ran in
	[0-9]*) run="INSERT INTO schema_migrations (version) VALUES ('$ran')" ;;
	*) run="CREATE TABLE $ran (id bigint PRIMARY KEY)" ;;
	esac
	sql "$run"
	sql "$run" "$ci"
	said=$(verdict "$after" "$next")
	like "$said" '^no_go' "stopped at $ran of $after, its package installed: NO-GO"
	contains "$said" "GitLab $after is taken as installed, but the schema of the database main lacks" "$after: what shows it"
	contains "$said" "Finish the upgrade to $after first (roll forward)" "$after: finish it"
	contains "$said" 'Or roll back: restore the backup' "$after: or go back"
	said=$(verdict "$before" "$after")
	like "$said" '^no_go' "stopped at $ran of $after, the package of $before put back: NO-GO"
	contains "$said" "GitLab $before is taken as installed, but the schema of the database main has objects of" "$before: what shows it"
	contains "$said" "$ran" "$before: by name"
	contains "$said" "Restore the backup that was made with GitLab $before" "$before: restore"
	contains "$said" 'Or roll forward: install GitLab' "$before: or install the other one again"
done <<'END'
14.1.8 14.2.7 14.3.6 20210806152104
14.2.7 14.3.6 14.9.5 agent_group_authorizations
15.0.5 15.4.6 15.11.13 ghost_user_migrations
15.4.6 15.11.13 16.3.9 slack_api_scopes
16.3.9 16.7.10 16.11.10 packages_protection_rules
16.7.10 16.11.10 17.3.7 namespace_descendants
17.1.8 17.3.7 17.5.5 oauth_device_grants
17.8.7 17.11.7 18.2.8 20250114123402
18.2.8 18.5.7 18.8.11 20250618130943
18.8.11 18.11.11 19.2.6 20251212161435
19.0.10 19.2.6 19.5.3 burned_project_routes
END

# The package is several stops newer than the schema.
for release in 16.3.9 17.3.7; do
	era "$release"
	said=$(verdict 18.2.8 18.5.7)
	like "$said" '^no_go' "a schema of $release under 18.2.8: NO-GO"
	contains "$said" 'Do not run db:migrate' "$release: do not migrate"
	contains "$said" "Put GitLab ${release%.*} back" "$release: put it back"
done

# A version that is not the installed one
era 18.5.7
like "$(verdict 18.5.7 18.8.11)" '^go|requirement|no_go$' 'the right version'
unlike "$(verdict 18.5.7 18.8.11)" 'taken as installed' 'the right version: the schema is that of 18.5'
contains "$(verdict 18.2.8 18.5.7)" 'has objects of 18.5' 'one that is too low'
contains "$(verdict 18.8.11 18.11.11)" 'lacks objects of it or of an earlier release' 'one that is too high'
era 16.3.9
contains "$(verdict 16.2.11 16.3.9)" 'has objects of 16.3: group_ssh_certificates' 'one that is too low, of 16'
contains "$(verdict 16.6.10 16.7.10)" 'lacks objects of it or of an earlier release: activity_pub_releases_subscriptions' 'one that is too high, of 16'

# Only the database of CI stopped, or went on.
era 18.2.8
schema_at "$ci" 18.3.6
contains "$(verdict 18.2.8 18.5.7)" 'the schema of the database ci has objects of 18.3' 'the database of CI alone went on'
schema_at "$ci" 18.1.6
contains "$(verdict 18.2.8 18.5.7)" 'the schema of the database ci lacks' 'the database of CI alone stopped'

# What a later release is known to queue, by its number and by its class
era 17.11.7
sql "INSERT INTO schema_migrations (version) VALUES ('20250602183875'), ('20250915130419'), ('20251002061931')"
contains "$(verdict 17.11.7 17.11.8)" 'has objects of 18.5: ' 'rows of 18.2 and 18.5, before a patch too'
schema_at "$main" 17.11.7
sql "DELETE FROM schema_migrations WHERE version IN ('20250602183875', '20250915130419', '20251002061931')"
unlike "$(verdict 17.11.7 18.2.8)" 'taken as installed' 'without them it is in order'
id=$(bbm_add "$main" BackfillOrganizationIdOnCiRunnerTaggings ci_runner_taggings id '[]' finished)
contains "$(verdict 17.11.7 18.2.8)" 'has objects of 18.2: BackfillOrganizationIdOnCiRunnerTaggings' 'a class of 18.2'
sql "DELETE FROM batched_background_migrations WHERE id = $id;
	INSERT INTO schema_migrations (version) VALUES ('20990101000000')"
unlike "$(verdict 17.11.7 18.2.8)" 'taken as installed' 'one row that is not on record is no finding'
like "$(findings_of 17.11.7 18.2.8 schema.unlisted)" '^fail: .* the newest is 20990101000000$' 'but a notice'

# Healthy: upgraded since 2016, each migration of all these years among the rows
era 18.8.11
sql "INSERT INTO schema_migrations (version)
	SELECT to_char(timestamp '2016-01-01 01:00:00' + n * interval '41 hours', 'YYYYMMDDHH24MISS')
	FROM generate_series(0, 2000) AS n ON CONFLICT DO NOTHING"
unlike "$(verdict 18.8.11 18.11.11)" 'taken as installed' 'years of upgrades'
like "$(findings_of 18.8.11 18.11.11 schema.unlisted)" '^pass' 'years of upgrades: nothing to tell'
like "$(findings_of 18.8.11 18.11.11 hop.unfinished)" '^pass' 'years of upgrades: evaluated'

# Healthy: installed fresh on 18.9, where all before June 2025 is folded together
era 18.9.8
for db in $main $ci; do
	sql "DELETE FROM schema_migrations WHERE version < '20250529000000';
		INSERT INTO schema_migrations (version) VALUES ('20211202041233'), ('20250529232840')" "$db"
done
unlike "$(verdict 18.9.8 18.11.11)" 'taken as installed' 'installed fresh on 18.9'
sql "DELETE FROM schema_migrations WHERE version = '20260206151415'"
contains "$(verdict 18.9.8 18.11.11)" 'the schema of the database main lacks objects of it or of an earlier release: 20260206151415' \
	'installed fresh on 18.9, its last migrations left out'
done_testing
