#!/bin/bash
# Rows that 16.8 to 18.0 trip over, in a real PostgreSQL: each fact query finds them, and passes over what
# GitLab leaves there by right.

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
sed -i 's/^      has: public.merge_request_diffs.project_id$/&\n      bytes: 100000/' "$dir/rules/steps/16-backfills.yml"
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11}.sql >"$dir/16.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/16.11.sql" && instance

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

# A table of this size is read whole: the bound is lowered, as if it were large. Both ends of this table have a project, and PostgreSQL's own sample shows what is between.
sql "CREATE TABLE merge_request_diffs (id bigint PRIMARY KEY, project_id bigint);
	INSERT INTO merge_request_diffs SELECT n, CASE WHEN n BETWEEN 22000 AND 40000 THEN NULL ELSE 1 END
		FROM generate_series(1, 62000) AS n;
	ALTER TABLE merge_request_diffs ADD CONSTRAINT check_11c5f029ad CHECK ((project_id IS NOT NULL)) NOT VALID;
	ALTER TABLE merge_request_diffs ADD CONSTRAINT check_0123456789 CHECK ((project_id IS NOT NULL)) NOT VALID;
	ALTER TABLE merge_request_diffs ADD CONSTRAINT check_9876543210 CHECK ((project_id > 0)) NOT VALID"
like "$(findings_of 16.7.10 16.11.10 merge-requests.diffs-16-8)" '^pass: ' '16.8: the ends of the table are in order'
like "$(findings_of 16.7.10 16.11.10 constraints.validated-by-hop)" '^pass: ' '16.8: nothing is known of a table that was never analysed'
sql 'ANALYZE merge_request_diffs'
# Up to PostgreSQL 14 another process is told of it, and writes it down a little later.
wait_for 'the table is analysed' pg_is_true "$main" \
	"SELECT pg_stat_get_last_analyze_time('merge_request_diffs'::regclass) IS NOT NULL"
like "$(findings_of 16.7.10 16.11.10 constraints.validated-by-hop)" \
	'^fail: 16.8 validates check_11c5f029ad: in .* about (28|29|30) % of the rows of merge_request_diffs \(main\) have no project_id$' \
	'16.8: the sample shows rows without a project'
is "$(findings_of 16.7.10 16.11.10 constraints.broken-by-rows)" \
	"fail: check_0123456789 is not validated, and in PostgreSQL's sample some rows of merge_request_diffs (main) have no project_id" \
	'a constraint that is not on record, and not one that is no not-null'
sql 'ALTER TABLE merge_request_diffs DROP CONSTRAINT check_0123456789; UPDATE merge_request_diffs SET project_id = 1;
	ALTER TABLE merge_request_diffs VALIDATE CONSTRAINT check_11c5f029ad'
like "$(findings_of 16.7.10 16.11.10 constraints.validated-by-hop)" '^pass: ' '16.8: it is valid'
sql 'DROP TABLE merge_request_diffs'

# The table has 50,000 rows: only its ends are read.
sql "CREATE TABLE merge_request_diffs (id bigint PRIMARY KEY, project_id bigint);
	INSERT INTO merge_request_diffs SELECT n, 1 FROM generate_series(1, 50000) AS n;
	ALTER TABLE sent_notifications ADD id_convert_to_bigint bigint DEFAULT 0 NOT NULL;
	INSERT INTO sent_notifications SELECT n, n FROM generate_series(1, 9) AS n"
like "$(findings_of 16.7.10 16.11.10 merge-requests.diffs-16-8)" '^pass: ' '16.8: every diff has a project'
like "$(findings_of 16.7.10 16.11.10 notifications.bigint-16-8)" '^pass: ' '16.8: every id is copied'
sql "UPDATE merge_request_diffs SET project_id = NULL WHERE id IN (2, 49999);
	UPDATE sent_notifications SET id_convert_to_bigint = 0 WHERE id IN (3, 4)"
like "$(findings_of 16.7.10 16.11.10 merge-requests.diffs-16-8)" '^fail: 2 .*: 2, 49999$' '16.8: diffs at both ends'
like "$(findings_of 16.7.10 16.11.10 notifications.bigint-16-8)" '^fail: 2 of .*: 3, 4$' '16.8: two copies are 0'
like "$(findings_of 16.6.9 16.7.10 merge-requests.diffs-16-8)" '^$' 'before 16.7 nothing is asked'

sql "CREATE UNIQUE INDEX unique_batched_background_migrations_queued_migration_version
	ON batched_background_migrations (id)"
like "$(findings_of 16.5.10 16.7.10 bbm.queued-version-16-5)" '^fail: ' '16.5: the index is there, the migration is not'
sql "INSERT INTO schema_migrations (version) VALUES ('20230721095222')"
like "$(findings_of 16.5.10 16.7.10 bbm.queued-version-16-5)" '^pass: ' '16.5: both are there'

sql 'ALTER TABLE epics ALTER issue_id DROP NOT NULL; INSERT INTO epics VALUES (2, NULL)'
like "$(findings_of 16.11.10 17.1.1 epics.issue-17-1)" '^fail: 1 epics .*: 2$' '17.1.1: an epic without a work item'
like "$(findings_of 16.11.10 17.1.8 epics.issue-17-1)" '^$' '17.1.8: mended'

sql "CREATE TABLE p_ci_builds (id bigint PRIMARY KEY, stage_id bigint);
	ALTER SEQUENCE ci_builds_id_seq OWNED BY p_ci_builds.id;
	CREATE SEQUENCE shared_audit_event_id_seq OWNED BY p_ci_builds.stage_id"
like "$(findings_of 17.1.8 17.2.1 ci.sequences-17-2)" '^fail: .*sequence shared_audit_event_id_seq ' '17.2.1: a sequence of another'
is "$(findings_of 17.1.8 17.2.1 ci.sequences-17-2 | wc -l)" 1 '17.2.1: its own sequence is none'

sql "ALTER TABLE ci_build_needs ADD project_id bigint;
	INSERT INTO ci_build_needs (id, build_id, project_id) VALUES (1, 1, 1), (2, 2, NULL)"
like "$(findings_of 17.11.7 18.0.1 ci.build-needs-18-0)" '^fail: 1 of .*: 2$' '18.0.1: a dependency without a project'

sql "ALTER TABLE ci_runners ADD sharding_key_id bigint; ALTER TABLE taggings ADD taggable_type varchar;
	CREATE TABLE ci_runner_taggings (id bigint, tag_id bigint, runner_id bigint, runner_type smallint);
	INSERT INTO ci_runners VALUES (1, 1, NULL), (2, 3, 5), (3, 3, NULL);
	INSERT INTO taggings (taggable_id, taggable_type) VALUES (1, 'Ci::Runner'), (2, 'Ci::Runner'), (7, 'Ci::Runner')"
like "$(findings_of 17.5.5 17.8.6 runners.tags-on-the-way)" '^fail: 2 of ' '17.8.6 would lose tags; a runner that is gone does not count'
like "$(findings_of 17.5.5 17.8.7 runners.tags-on-the-way)" '^pass: ' '17.8.7 keeps them'
like "$(findings_of 17.8.6 17.8.7 runners.tags-lost)" '^fail: Only 0 of 2 ' 'tags are lost'
sql "INSERT INTO ci_runner_taggings VALUES (1, 1, 1, 1)"
like "$(findings_of 17.8.7 17.11.7 runners.tags-lost)" '^pass: ' 'half of them are there'

sql "CREATE TABLE ci_runner_machines (id bigint, runner_id bigint, runner_type smallint);
	CREATE TABLE ci_runners_e59bb2812d (id bigint, runner_type smallint, PRIMARY KEY (id, runner_type));
	INSERT INTO ci_runners_e59bb2812d VALUES (1, 1);
	INSERT INTO ci_runner_machines VALUES (11, 1, 1), (12, 2, 3)"
like "$(findings_of 17.8.7 17.11.7 runners.managers-17-9)" '^fail: 1 runner managers .*: 12$' '17.9: a manager without a runner'
like "$(findings_of 17.8.7 17.11.7 runners.copy-17-10)" '^fail: 1 runners .*: 2$' '17.10: a runner with an owner is not copied'

like "$(findings_of 16.11.10 17.3.7 postgres.invalid-index)" '^pass: ' 'every index is valid'
sql "CREATE TABLE twice (id bigint); INSERT INTO twice VALUES (1), (1)"
pg_sql "$main" 'CREATE UNIQUE INDEX CONCURRENTLY index_twice ON twice (id)' >/dev/null 2>&1
pg_sql "$main" 'CREATE UNIQUE INDEX CONCURRENTLY index_twice_ccnew ON twice (id)' >/dev/null 2>&1
is "$(findings_of 16.11.10 17.3.7 postgres.invalid-index)" \
	'fail: The index index_twice (main) is invalid: its creation failed' 'an index whose creation failed, and no other'

sql "CREATE TABLE large (id bigint, filler text) WITH (autovacuum_enabled = false); ALTER TABLE large ALTER filler SET STORAGE PLAIN;
	INSERT INTO large SELECT n, repeat('x', 7000) FROM generate_series(1, 14000) AS n"
like "$(findings_of 16.11.10 17.3.7 postgres.not-analysed)" '^fail: The table large ' 'a large table that nobody analysed'
sql 'ANALYZE large'
like "$(findings_of 16.11.10 17.3.7 postgres.not-analysed)" '^pass: ' 'analysed'

sql "CREATE FUNCTION gitlab_schema_prevent_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER gitlab_schema_write_trigger_for_large BEFORE INSERT ON large EXECUTE FUNCTION gitlab_schema_prevent_write()"
like "$(findings_of 16.11.10 17.3.7 decomposed.legacy-rows)" '^manual: 1 locked tables ' 'old rows in a locked table'
pg_sql "$ci" "CREATE FUNCTION no_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER gitlab_schema_write_trigger_for_users BEFORE INSERT ON users EXECUTE FUNCTION no_write()" >/dev/null
like "$(findings_of 16.11.10 17.3.7 decomposed.misplaced-lock --postgres "ci=$(pg_conninfo "$ci")")" '^pass: ' 'users are locked in ci by right'
pg_sql "$ci" 'CREATE TRIGGER gitlab_schema_write_trigger_for_ci_builds BEFORE INSERT ON ci_builds EXECUTE FUNCTION no_write()' >/dev/null
like "$(findings_of 16.11.10 17.3.7 decomposed.misplaced-lock --postgres "ci=$(pg_conninfo "$ci")")" '^fail: .* ci_builds ' 'ci_builds are not'

# What 16.2 to 17.11 make unique, short or owned.
sql "ALTER TABLE users ALTER user_type DROP NOT NULL; INSERT INTO users (id, user_type) VALUES (8, 0), (9, NULL)"
like "$(findings_of 16.1.8 16.2.11 users.type-16-2)" '^fail: 1 users .*: 9$' '16.2: a user without a type'
sql "INSERT INTO packages_packages (id, project_id, name, version, package_type, status) VALUES
	(1, 1, 'a', '1', 2, 0), (2, 1, 'a', '1', 2, 4), (3, 1, 'a', '1', 1, 0), (4, 1, 'a', '2', 2, 0),
	(5, 1, 'n', NULL, 2, 0), (6, 1, 'n', NULL, 2, 0)"
like "$(findings_of 16.2.11 16.3.9 packages.npm-duplicates-16-3)" '^pass: ' '16.3: another type, one to be deleted, no version'
sql "UPDATE packages_packages SET status = 0 WHERE id = 2"
like "$(findings_of 16.2.11 16.3.9 packages.npm-duplicates-16-3)" '^fail: 1 .*: project 1: a 1$' '16.3: a double'
sql 'CREATE INDEX idx_installable_npm_pkgs_on_project_id_name_version_id
	ON packages_packages (project_id, name, version, id) WHERE package_type = 2 AND status = 0'
npm() { findings_of 16.2.11 16.3.9 packages.npm-duplicates-16-3; }
like "$(npm)" '^fail: 1 .*: project 1: a 1$' "16.3: the same through GitLab's index"
sql 'UPDATE packages_packages SET status = 3 WHERE id = 2'
like "$(npm)" '^fail: 1 .*: project 1: a 1$' '16.3: one of the two has another status'
sql 'UPDATE packages_packages SET status = 1 WHERE id = 1'
like "$(npm)" '^fail: 1 .*: project 1: a 1$' '16.3: both have one'
sql 'UPDATE packages_packages SET status = 4 WHERE id = 1'
like "$(npm)" '^pass: ' '16.3: one of them is to be deleted'
sql 'UPDATE packages_packages SET status = 0 WHERE id IN (1, 2)'
sql "INSERT INTO push_rules (id, file_name_regex) VALUES (1, repeat('x', 511)), (2, repeat('x', 512))"
like "$(findings_of 16.3.9 16.7.10 push-rules.length-16-4)" '^fail: 1 push rules .*: 2$' '16.4: 511 characters are enough'
sql 'ALTER TABLE push_rules DROP commit_message_negative_regex'
like "$(findings_of 16.3.9 16.7.10 push-rules.length-16-4)" '^fail: 1 push rules .*: 2$' '16.4: without a column that CE may lack'
sql 'INSERT INTO remote_development_agent_configs VALUES (1, 7), (2, 7), (3, 8)'
like "$(findings_of 17.3.7 17.5.5 workspaces.agent-configs-17-4)" '^fail: 1 agents .*: 7$' '17.4: an agent with two configurations'
sql 'ALTER TABLE ci_deleted_objects ADD project_id bigint; INSERT INTO ci_deleted_objects (id, project_id) VALUES (1, 1), (2, NULL)'
like "$(findings_of 17.5.5 17.8.7 ci.deleted-objects-17-6)" '^fail: 1 CI objects ' '17.6: an object without a project'
# A table that only a warning reads and that cannot be read in time is that warning's unknown, and no more.
pg_sql "$main" 'BEGIN; LOCK TABLE ci_deleted_objects; SELECT pg_sleep(60)' >/dev/null 2>&1 &
holder=$!
wait_for 'the table is locked' pg_is_true "$main" \
	"SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
gate_run_any 'a locked table' --from 17.5.5 --to 17.8.7 --postgres "main=$(pg_conninfo "$main")" \
	--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
contains "$(cat "$report")" 'table is locked by another session' '17.6: the table is locked'
like "$(effects)" 'ci.deleted-objects-17-6 unknown warns' '17.6: which warns'
unlike "$(effects)" 'source.incomplete' '17.6: and does not make the database one that was not read'
kill "$holder" 2>/dev/null
pg_sql "$main" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()" >/dev/null
wait "$holder" 2>/dev/null
like "$(findings_of 17.8.7 17.11.7 runners.sharding-key-17-10)" '^fail: 1 group or project runners .*: 3$' '17.10: a runner without an owner'
sql 'CREATE TABLE group_type_ci_runners_e59bb2812d (id bigint NOT NULL)'
like "$(findings_of 17.8.7 17.11.7 runners.partition-key-17-11)" '^fail: The table group_type_ci_runners_e59bb2812d ' '17.11: a partition without its key'
sql 'ALTER TABLE group_type_ci_runners_e59bb2812d ADD PRIMARY KEY (id)'
like "$(findings_of 17.8.7 17.11.7 runners.partition-key-17-11)" '^pass: ' '17.11: with its key'
sql "INSERT INTO schema_migrations (version) SELECT v FROM unnest(ARRAY['20230130104819', '20230130175512']) AS v
	WHERE NOT EXISTS (SELECT 1 FROM schema_migrations WHERE version = v)"
like "$(findings_of 15.11.13 16.3.9 bigint.skipped-15-11)" '^fail: .* ci_build_needs ' '16.2: a migration that is recorded and did nothing'
sql 'ALTER TABLE geo_nodes DROP repos_max_capacity'
like "$(findings_of 17.11.7 18.0.1 geo.columns-18-0)" '^fail: The column repos_max_capacity ' '18.0.1: a column of geo_nodes is missing'

# Notes that the database decides.
sql "INSERT INTO personal_access_tokens VALUES (1, '2030-01-01', false), (2, NULL, true)"
like "$(findings_of 15.11.13 16.3.9 access.expiry-16-0)" '^not_applicable: ' '16.0: every token in use has an end'
sql "INSERT INTO personal_access_tokens VALUES (3, NULL, false)"
like "$(findings_of 15.11.13 16.3.9 access.expiry-16-0)" '^manual: 1 tokens ' '16.0: one has none'
like "$(findings_of 16.11.10 17.3.7 gitaly.shared-path-17-0)" '^not_applicable: ' '17.0: one storage'
sql "INSERT INTO shards VALUES (2, 'second')"
like "$(findings_of 16.11.10 17.3.7 gitaly.shared-path-17-0)" '^manual: 2 repository storages ' '17.0: two storages'
like "$(findings_of 16.11.10 17.3.7 runners.registration-17-0)" '^not_applicable: ' '17.0: no such setting'
sql "ALTER TABLE application_settings ADD allow_runner_registration_token boolean DEFAULT true NOT NULL;
	INSERT INTO application_settings DEFAULT VALUES"
like "$(findings_of 16.11.10 17.3.7 runners.registration-17-0)" '^manual: ' '17.0: registration is allowed'
sql 'CREATE TABLE subscription_add_on_purchases (id bigint PRIMARY KEY); INSERT INTO subscription_add_on_purchases VALUES (1)'
like "$(findings_of 16.11.10 17.3.7 duo.license-17-2)" '^manual: ' '17.2: an add-on was bought'
done_testing
