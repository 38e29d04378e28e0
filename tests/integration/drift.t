#!/bin/bash
# Objects that a migration takes for granted, in a real PostgreSQL: keys that are lost, and views over what goes.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11}.sql >"$dir/15.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/15.11.sql" && instance

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

# blocks FROM TO RULE
blocks()
{
	gate_run_any "$3" --from "$1" --to "$2" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	contains "$(effects)" "$3 fail blocks" "$1 to $2: $3 blocks"
}

# The key that 15.10 removes
like "$(findings_of 15.9.8 15.11.13 schema.missing-key)" '^pass: ' 'there is no such table'
sql 'CREATE TABLE u2f_registrations (id int PRIMARY KEY, user_id int)'
for to in 15.10.8 15.11.13; do
	is "$(findings_of 15.9.8 "$to" schema.missing-key)" \
		'fail: u2f_registrations (main) has no foreign key to users, which GitLab 15.10 removes or renames (migration 20230314094213)' \
		"$to: the key is lost"
done
blocks 15.9.8 15.11.13 schema.missing-key
sql "INSERT INTO schema_migrations (version) VALUES ('20230314094213')"
like "$(findings_of 15.9.8 15.11.13 schema.missing-key)" '^pass: ' 'the migration has run'
sql "DELETE FROM schema_migrations WHERE version = '20230314094213';
	ALTER TABLE u2f_registrations ADD CONSTRAINT any_name FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID"
like "$(findings_of 15.9.8 15.11.13 schema.missing-key)" '^pass: ' 'the key is there'

# The key that 16.6 renames, while the column is an integer
sql 'CREATE TABLE ci_pipelines (id int PRIMARY KEY, auto_canceled_by_id int)'
is "$(findings_of 16.3.9 16.7.10 schema.missing-key)" \
	'fail: ci_pipelines (main) has no foreign key fk_262d4c2d19, which GitLab 16.6 removes or renames' '16.6: the key is lost'
sql 'ALTER TABLE ci_pipelines ALTER auto_canceled_by_id TYPE bigint'
like "$(findings_of 16.3.9 16.7.10 schema.missing-key)" '^pass: ' '16.6: the column is a bigint already'
sql 'ALTER TABLE ci_pipelines ALTER auto_canceled_by_id TYPE int, ADD CONSTRAINT fk_262d4c2d19
	FOREIGN KEY (auto_canceled_by_id) REFERENCES ci_pipelines (id)'
like "$(findings_of 16.3.9 16.7.10 schema.missing-key)" '^pass: ' '16.6: the key is there'

# Both keys of 17.0
sql 'CREATE TABLE external_approval_rules_protected_branches (id int, a int, b int)'
is "$(findings_of 16.11.10 17.3.7 schema.missing-key | wc -l)" 2 '17.0: two keys are lost'
sql 'CREATE TABLE protected_branches (id int PRIMARY KEY); CREATE TABLE external_approval_rules (id int PRIMARY KEY);
	ALTER TABLE external_approval_rules_protected_branches ADD FOREIGN KEY (a) REFERENCES protected_branches (id),
		ADD FOREIGN KEY (b) REFERENCES external_approval_rules (id)'
like "$(findings_of 16.11.10 17.3.7 schema.missing-key)" '^pass: ' '17.0: both are there'

# Views of others
sql 'ALTER TABLE users ADD linkedin text, ADD skype text; CREATE SCHEMA reports;
	CREATE VIEW reports.people AS SELECT id, username FROM users; CREATE VIEW issue_titles AS SELECT title FROM issues'
like "$(findings_of 15.4.6 15.11.13 schema.view-over-dropped)" '^pass: ' 'views over columns that stay'
like "$(findings_of 15.4.6 15.11.13 schema.view-over-copy)" '^pass: ' 'views over columns that stay, and no copies'
sql 'CREATE MATERIALIZED VIEW reports.links AS SELECT linkedin FROM users'
is "$(findings_of 15.4.6 15.11.13 schema.view-over-dropped)" \
	'fail: The view reports.links (main) reads users.linkedin, which GitLab 15.9 drops' 'a view over a column that goes'
blocks 15.4.6 15.11.13 schema.view-over-dropped
like "$(findings_of 15.11.13 16.3.9 schema.view-over-dropped)" '^pass: ' 'another step does not drop it'
sql 'DROP MATERIALIZED VIEW reports.links; CREATE TABLE ai_agents (id int); CREATE VIEW reports.agents AS SELECT * FROM ai_agents;
	CREATE VIEW reports.copies AS SELECT id_convert_to_bigint FROM events'
is "$(findings_of 19.0.10 19.2.6 schema.view-over-dropped)" \
	'fail: The view reports.agents (main) reads ai_agents, which GitLab 19.2 drops' 'a view over a table that goes'
is "$(findings_of 16.3.9 16.7.10 schema.view-over-copy)" \
	'fail: The view reports.copies (main) reads events.id_convert_to_bigint, which a later release drops' \
	'a view over the old half of a copy'

# An index that is not valid, at every minor upgrade
for hop in '14.1.8 14.2.7' '15.4.6 15.11.13' '18.2.8 18.5.7'; do
	read -r from to <<<"$hop"
	sql "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'index_features_on_key'::regclass"
	like "$(findings_of "$from" "$to" postgres.invalid-index)" '^pass: ' "$hop: every index is valid"
	sql "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'index_features_on_key'::regclass"
	is "$(findings_of "$from" "$to" postgres.invalid-index)" \
		'fail: The index index_features_on_key (main) is invalid: its creation failed' "$hop: one is not"
done

# A table of an earlier release, in each database; what the installed release itself introduces does not count
sql2() { pg_sql "$1" "$2" >/dev/null || fail "SQL: $2"; }
while read -r from to table since; do
	gate_schema "$from"
	# The database is as it is, and not made to be that of the release again.
	lost() { (gate_schema() { :; }; findings_of "$from" "$to" schema.absent-table --postgres "ci=$(pg_conninfo "$ci")"); }
	like "$(lost)" '^pass: ' "$from to $to: every table exists"
	sql2 "$ci" "DROP TABLE $table"
	is "$(lost)" "fail: The database ci lacks 1 of the tables that earlier releases introduced: $table ($since)" \
		"$from to $to: $table is lost in ci"
	sql2 "$main" "DROP TABLE $table"
	is "$(lost | wc -l)" 2 "$from to $to: $table is lost in main, too"
	gate_schema "$from"
done <<'END'
15.4.6 15.11.13 group_crm_settings 14.7
17.11.7 18.2.8 workspaces 16.0
18.11.11 19.2.6 ascp_scans 18.9
19.4.3 19.5.3 govern_policies 19.3
END
done_testing
