#!/bin/bash
# What 18.x trips over or moves, in a real PostgreSQL: each fact query finds it, and passes over what is in order.

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
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11}.sql >"$dir/17.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/17.11.sql" && instance

# finds FROM TO RULE: status and message of the findings of that rule
finds()
{
	gate_run_any "$3" --from "$1" --to "$2" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" --rules-dir "$dir/rules"
	/usr/bin/python3 - "$report" "$3" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] == sys.argv[2]:
		        print(f['status'] + ': ' + f['message'])
	END
}

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

# Who owns GitLab's tables decides whether it may create what is missing.
if [ "$(pg_sql "$main" "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")" = 1 ]; then
	like "$(findings_of 18.2.8 18.5.7 requirement.extension-refused --install-method self_compiled)" '^pass: ' '18.4: a superuser owns the tables'
	sql 'CREATE ROLE git; ALTER TABLE schema_migrations OWNER TO git'
	like "$(findings_of 18.2.8 18.5.7 requirement.extension-refused --install-method self_compiled)" \
		'^fail: The extension amcheck, .* may not create it$' '18.4: somebody else does'
	like "$(findings_of 18.2.8 18.5.7 requirement.extension-refused --install-method linux_package)" '^pass: ' '18.4: the package creates it itself'
	sql 'CREATE ROLE rds_superuser; GRANT rds_superuser TO git'
	like "$(findings_of 18.2.8 18.5.7 requirement.extension-refused --install-method self_compiled)" '^pass: ' '18.4: a service lets its administrators'
	sql 'ALTER TABLE schema_migrations OWNER TO postgres; DROP ROLE rds_superuser; CREATE EXTENSION amcheck'
	sql 'ALTER TABLE schema_migrations OWNER TO git'
	like "$(findings_of 18.2.8 18.5.7 requirement.extension-refused --install-method self_compiled)" '^pass: ' '18.4: it is there'
	sql 'ALTER TABLE schema_migrations OWNER TO postgres'
else
	skip 'this PostgreSQL has no amcheck'
fi

like "$(finds 17.11.7 18.0.6 ci.persistent-ref-18-0)" '^manual: ' '18.0: the flag is not on'
sql "INSERT INTO feature_gates (feature_key, key, value, created_at, updated_at)
	VALUES ('ci_only_one_persistent_ref_creation', 'boolean', 'true', now(), now())"
like "$(finds 17.11.7 18.0.6 ci.persistent-ref-18-0)" '^not_applicable: ' '18.0: the flag is on'

# Thresholds are lowered in the copy of the rules; a partitioned table counts with its partitions.
sed -i 's/>= 10000000000$/>= 100000/; s/>= 5000000000$/>= 100000/' "$dir/rules/steps/18-notes.yml"
sql 'CREATE TABLE p_ci_builds_metadata (id bigint, partition_id bigint, filler text) PARTITION BY LIST (partition_id);
	CREATE TABLE part_100 PARTITION OF p_ci_builds_metadata FOR VALUES IN (100)'
like "$(finds 18.5.7 18.8.11 ci.builds-metadata-18-7)" '^not_applicable: ' '18.7: an empty table moves at once'
like "$(finds 18.5.7 18.8.11 merge-requests.merge-data-18-8)" '^not_applicable: ' '18.8: so it is with merge requests'
sql "INSERT INTO p_ci_builds_metadata SELECT n, 100, repeat('x', 100) FROM generate_series(1, 2000) AS n;
	INSERT INTO merge_requests (id, title) SELECT n + 100, repeat('x', 100) FROM generate_series(1, 2000) AS n"
like "$(finds 18.5.7 18.8.11 ci.builds-metadata-18-7)" '^manual: p_ci_builds_metadata has ' '18.7: the partitions are counted'
like "$(finds 18.5.7 18.8.11 merge-requests.merge-data-18-8)" '^manual: ' '18.8: merge requests are many'
done_testing
