#!/bin/bash
# States that block an upgrade, or are left by one, each cleared by doing what is printed, in that order and to the
# letter, and nothing else. The stores are real; commands of GitLab are programs of tests/lib/remedies, which read
# their words as rake, Ruby and psql do and change the stores as GitLab would.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/remedy.sh
. tests/lib/http.sh
. tests/lib/search.sh

need ruby rake psql redis-cli
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
pg_sql postgres 'CREATE ROLE gitlab; CREATE ROLE other' >/dev/null

# cleared NAME EXIT FROM TO [OPTION...]: the state blocks, its actions are done, then it is a GO (with warnings)
cleared()
{
	local name=$1 expected=$2
	shift 2

	remedy_start
	gate "$expected" "$1" "$2" "$name" --install-method "$method" "${@:3}"
	remedy_do "$name"
	gate 0 "$1" "$2" "$name: done" --install-method "$method" "${@:3}"
	unlike "$(field gate.decision)" 'no_go|wait|undetermined' "$name: ends in GO"
}

method=linux_package
fresh()
{
	instance
	gate_rules=()
	export REMEDY_KEYWORDS='' REMEDY_GONE='' REMEDY_RESETS='' REMEDY_DECOMPOSED=yes REMEDY_MIGRATIONS=''
}

# The tracking rows of the jobs in a set of Sidekiq
rows_of_jobs()
{
	local class arguments

	while IFS=$'\t' read -r class arguments; do
		legacy_row_add "$1" "$class" pending '9 days' "$arguments"
	done < <(redis_cmd ZRANGE "$(sidekiq_key "$2")" 0 -1 | /usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    name, arguments = json.loads(line)["args"][:2]
    print(name, json.dumps(arguments), sep="\t")')
}

fresh
id=$(bbm_add "$main" BackfillFences fences id '["a, b", {"it": "is (not)"}]' failed)
bbm_job_add "$main" "$id" failed attempts=3
REMEDY_RESETS=no
cleared 'failed, where finalize does not reset attempts' 3 14.1.8 14.2.7

fresh
for table in ci_stages ci_builds; do
	bbm_add "$ci" Ci::BackfillIt "$table" id '[["id"],["id_convert_to_bigint"]]' failed >/dev/null
done
bbm_add "$main" BackfillFences fences id '[]' failed >/dev/null
cleared 'failed in two databases' 3 14.1.8 14.2.7
is "$(printed | sort | uniq -d)" '' 'failed in two databases: no command twice'

for method in docker helm self_compiled; do
	fresh
	bbm_add "$ci" Ci::BackfillIt ci_builds id '["a, b"]' failed >/dev/null
	cleared "failed, $method" 3 14.1.8 14.2.7
done
method=linux_package

fresh
id=$(bbm_add "$main" BackfillFences fences id '[]' finalizing)
bbm_job_add "$main" "$id" succeeded ago='2 days'
cleared 'somebody stopped finalizing it' 3 14.1.8 14.2.7

fresh
scheduler_flag "$main" off
bbm_add "$main" BackfillFences fences id '[]' active >/dev/null
cleared 'the scheduler is off' 3 14.1.8 14.2.7

fresh
sidekiq_gone
bbm_add "$main" BackfillFences fences id '[]' active >/dev/null
cleared 'Sidekiq is stopped' 3 14.1.8 14.2.7

fresh
sidekiq_cron 30 disabled
bbm_add "$main" BackfillFences fences id '[]' active >/dev/null
cleared 'its cron job is disabled' 3 14.1.8 14.2.7

# steal, with and without the keywords that later releases take
for keywords in yes no; do
	fresh
	REMEDY_KEYWORDS=$keywords
	legacy_job_schedule BackfillOldFences -86400 3
	rows_of_jobs "$main" schedule
	cleared "jobs are overdue (keywords: $keywords)" 3 14.1.8 14.2.7
done

fresh
legacy_job_dead BackfillOldFences 86400 2
rows_of_jobs "$main" dead
cleared 'jobs died' 3 14.1.8 14.2.7

for keywords in yes no; do
	fresh
	REMEDY_KEYWORDS=$keywords
	legacy_row_add "$ci" BackfillOldFences pending '9 days' '[1, 100]'
	legacy_row_add "$main" '::BackfillOldFences' pending '9 days' "[\"it''s\", 2]"
	cleared "jobs are lost, rows are pending in two databases (keywords: $keywords)" 3 14.1.8 14.2.7
done

# GitLab from source: rake and Ruby through Bundler, in its directory and as its user
method=self_compiled
fresh
scheduler_flag "$main" off
bbm_add "$main" BackfillFences fences id '[]' active >/dev/null
cleared 'the scheduler is off, self-compiled' 3 14.1.8 14.2.7
fresh
legacy_job_schedule BackfillOldFences -86400 3
rows_of_jobs "$main" schedule
cleared 'jobs are overdue, self-compiled' 3 14.1.8 14.2.7
fresh
legacy_row_add "$ci" BackfillOldFences pending '9 days' '[1, 100]'
cleared 'rows are pending, self-compiled' 3 14.1.8 14.2.7
method=linux_package

fresh
id=$(bbm_add "$main" BackfillFences fences id '[]' paused)
bbm_add "$ci" Ci::BackfillIt ci_builds id '[]' paused >/dev/null
cleared 'a person paused them' 3 14.1.8 14.2.7

# Rights and owners of a database, which its own role lost
for method in linux_package docker self_compiled; do
	fresh
	for table in users ci_builds events; do
		pg_sql "$main" "ALTER TABLE $table OWNER TO gitlab" >/dev/null
	done
	pg_sql "$main" "DO \$\$ DECLARE t record; BEGIN FOR t IN SELECT oid::regclass AS name FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
		EXECUTE format('ALTER TABLE %s OWNER TO gitlab', t.name); END LOOP; END \$\$;
		CREATE SCHEMA gitlab_partitions_static AUTHORIZATION gitlab;
		CREATE SCHEMA gitlab_partitions_dynamic AUTHORIZATION other;
		REVOKE ALL ON SCHEMA public FROM gitlab, PUBLIC; ALTER TABLE users OWNER TO other" >/dev/null
	cleared "no right in two schemas and another owner, $method" 3 14.1.8 14.2.7
done
method=linux_package

fresh
http_start "$gate_dir/http"
search_on "$main" "$http_url"
remedy_retries_search() { search_answers 7.17.9 green '20230703112233 {"completed":true}'; }
search_answers 7.17.9 green '20210813134600 {"completed":false,"state":{"halted":true,"failed":true,"previous_attempts":30}}'
cleared 'a search migration is halted' 3 14.1.8 14.2.7 --search "$http_url"

# A half-upgraded node: its last schema migration has not run, and the log tells why.
fresh
root=$(new_dir)
mkdir -p "$root/opt/gitlab/embedded/service/gitlab-rails/db/schema_migrations" "$root/var/log/gitlab/gitlab-rails" \
	"$root/var/opt/gitlab/gitlab-rails"
echo '{"build_version": "14.2.7-ee.0"}' >"$root/opt/gitlab/version-manifest.json"
echo 14.2.7-ee >"$root/var/opt/gitlab/gitlab-rails/VERSION"
for version in 20210510143200 20210802043253; do
	: >"$root/opt/gitlab/embedded/service/gitlab-rails/db/schema_migrations/$version"
done
log=$root/var/log/gitlab/gitlab-rails/gitlab-rails-db-migrate-2026-11-22-03-01-12.log
cat >"$log" <<'END'
== 20210802043253 FinalizeFences: migrating ===================
rake aborted!
StandardError: An error has occurred, all later migrations canceled:

Expected batched background migration for the given configuration to be marked as 'finished', but it is 'active':	{:job_class_name=>"BackfillFences", :table_name=>"fences", :column_name=>"id", :job_arguments=>[["id"], ["id_convert_to_bigint"]]}
END
id=$(bbm_add "$main" BackfillFences fences id '[["id"], ["id_convert_to_bigint"]]' failed)
bbm_job_add "$main" "$id" failed attempts=3
REMEDY_MIGRATIONS='20210510143200 20210802043253'
remedy_start
half_check()
{
	gate_run "$1" "$2" --root "$root" --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
}
half_check 3 'half-upgraded'
like "$(field gate.headline)" '^The previous upgrade is not finished' 'half-upgraded: the headline begins with it'
contains "$out" 'The last upgrade stopped at a batched background migration' 'half-upgraded: the log tells why'
is "$(effects | cut -d' ' -f1)" $'hop.batched-left\nhop.unfinished\nschema.unfinished\nschema.unfinished' 'half-upgraded: what blocks'
# explain gives the same command for the row as check does
hint()
{
	grep -o "sudo gitlab-rake 'gitlab:background_migrations:finalize.*" | sort -u
}
exits 0 'half-upgraded: explain' "$PREFLIGHT" explain --root "$root" --no-discover --postgres "main=$(pg_conninfo "$main")" \
	--postgres "ci=$(pg_conninfo "$ci")"
explained=$(hint <<<"$out")
gate_run_any 'the next upgrade' --from 14.2.7 --to 14.3.6 --postgres "main=$(pg_conninfo "$main")" \
	--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
is "$explained" "$(hint <<<"$out")" 'explain prints the command that check prints for the row'
isnt "$explained" '' 'and it prints one'
half_check 3 'half-upgraded, once more'
remedy_do 'half-upgraded'
ok 'half-upgraded: reconfigure comes last' test -e "$REMEDY_DID/reconfigure"
half_check 0 'half-upgraded: done'
contains "$out" 'The last upgrade stopped at' 'half-upgraded: the log is still a notice'
done_testing
