#!/bin/bash
# Facts about old rows on large tables in which all is in order: none reads a table through, whatever the planner
# knows of it. Counted by the rows that PostgreSQL says were touched. What counts as large is lowered here.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
rules_through "$dir/rules" 19.3
gate_rules=(--rules-dir "$dir/rules")
sed -i 's/<= 40*000000)/<= 2000000)/; s/^    bounded:/&\n      bytes: 2000000/; s/{small_bytes: 33554432, sample_bytes: 4194304}/{small_bytes: 2000000, sample_bytes: 400000}/' \
	"$dir/rules"/steps/*.yml
sed -i 's/\(bytes\|indexed\): 40*000000/\1: 2000000/g' "$dir/rules/steps/read-in-part.yml"
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11}.sql >"$dir/16.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/16.11.sql" && instance

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

sql "ALTER TABLE ci_runners ADD sharding_key_id bigint;
	ALTER TABLE ci_deleted_objects ADD project_id bigint;
	CREATE TABLE ci_runner_machines (id bigint PRIMARY KEY, runner_id bigint, runner_type smallint);
	CREATE TABLE ci_runners_e59bb2812d (id bigint, runner_type smallint, PRIMARY KEY (id, runner_type));
	CREATE TABLE merge_request_diffs (id bigint PRIMARY KEY, project_id bigint)"
while read -r table columns values; do
	sql "ALTER TABLE $table SET (autovacuum_enabled = false);
		INSERT INTO $table ($columns) SELECT $values FROM generate_series(100, 100100) AS n"
done <<'END'
projects id,storage_version,project_namespace_id n,1,n
uploads id,model_id,model_type n,n,'Namespace'
issues id n
oauth_access_tokens id,expires_in n,7200
users id,state,user_type n,'active',0
packages_packages id,project_id,name,version,package_type n,n,'p',n,2
push_rules id,file_name_regex n,repeat('x',300)
personal_access_tokens id,expires_at,revoked n,'2030-01-01',false
epics id,issue_id n,n
merge_request_diffs id,project_id n,1
ci_deleted_objects id,project_id n,1
ci_runners id,runner_type,sharding_key_id n,3,1
ci_runner_machines id,runner_id,runner_type n,n,3
ci_runners_e59bb2812d id,runner_type n,3
keys id,type,user_id,last_used_at n,'DeployKey',n,now()
END

# How often rows of each large table were touched: in order, and through an index.
counters()
{
	pg_sql "$main" 'SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
		WHERE n_tup_ins > 100000 ORDER BY 1'
}
# The same, once the server has counted what every session read.
settled()
{
	pg_alone || fail 'the sessions end'
	counters
}
before=$(settled)

# Two facts may look at one table, each at 20000 rows of both ends; the stop at 16.0 counts up to 30001 users.
touches()
{
	local after most

	gate_run_any "$1 to $2" --from "$1" --to "$2" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	after=$(settled)
	most=$(paste -d '|' <(echo "$before") <(echo "$after") |
		awk -F '|' '{ s = $5 - $2; i = $6 - $3; if (s > 30001 || i > 80000) print $1, s, i; sum += s + i } END { if (!sum) print "nothing was read" }')
	is "$most" '' "$1 to $2$3: no table is read through"
	before=$after
}

hops='13.12.15:14.0.12 14.9.5:14.10.5 15.4.6:15.7.9 15.9.8:15.11.13 15.11.13:16.3.9 16.1.8:16.2.11 16.3.9:16.7.10 16.7.10:16.11.10
	16.11.10:17.1.1 17.5.5:17.6.5 17.8.7:17.11.7 18.5.7:18.8.11'
for hop in $hops; do
	touches "${hop%:*}" "${hop#*:}" ''
done
sql ANALYZE
before=$(settled)
for hop in $hops; do
	touches "${hop%:*}" "${hop#*:}" ', analysed'
	contains "$(grep -o ': 40000 of about 10000. rows were examined for ' "$report")" '40000' "${hop%:*} to ${hop#*:}: and the reader is told"
done

# A hundred thousand rows beside those of the instance are no more than a few
instance
sql "INSERT INTO batched_background_migrations (created_at, updated_at, min_value, max_value, batch_size, sub_batch_size,
		\"interval\", status, job_class_name, table_name, column_name, job_arguments)
	SELECT now() - interval '5 days', now() - interval '5 days', 1, 1000, 100, 10, 120, 3, 'Backfill' || n, 't' || n, 'id', '[]'
	FROM generate_series(1, 100000) AS n;
	INSERT INTO schema_migrations SELECT (20160101000000 + n)::text FROM generate_series(1, 100000) AS n ON CONFLICT DO NOTHING"
many() { gate_run_any "$1" --from 16.11.10 --to 17.3.7 --postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")" \
	"${gate_rules[@]}"; }
many 'a hundred thousand finished migrations'
is "$(field gate.decision)" go 'a hundred thousand finished migrations and schema migrations: GO'
sql "UPDATE batched_background_migrations SET status = 4 WHERE table_name = 't77777'"
many 'one of them failed'
is "$(field gate.decision)" no_go 'one of them failed: NO-GO'
contains "$(effects)" 'bbm.unfinished fail blocks' 'and it is found'

# Every rule whose fact has such a bound is named, and every name is that of a rule.
named=$(sed -n 's/^ *- {rule: \([^,]*\),.*/\1/p' rules/steps/read-in-part.yml | sort)
is "$(for rule in $named; do grep -lq "^  - id: $rule$" rules/steps/*.yml || echo "$rule"; done)" '' 'rules that exist'
is "$(grep -l 'ORDER BY [fl]\.id \(DESC \)*LIMIT 20000' rules/steps/*.yml | grep -v /notes.yml | while read -r file; do
	grep -q "^  - id: \($(tr '\n' '|' <<<"$named" | sed 's/|$//; s/|/\\|/g')\)$" "$file" || echo "$file"
done)" '' 'files with such facts'
done_testing
