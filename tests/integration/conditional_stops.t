#!/bin/bash
# Stops that only some instances need, decided from a real database: by numbers that can be trusted, and
# undecided where they cannot.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
dir=$(new_dir)
primary=$(servers_dir "$dir/primary")
pg_start "$primary" 'wal_level = replica' 'max_wal_senders = 3' 'hot_standby = on' 'fsync = on' ||
	skip_all 'PostgreSQL does not start'
gitlab_base
pg_newdb main
pg_sql main "
	DROP TABLE users, packages_packages, ci_pipeline_variables, ci_pipeline_messages;
	CREATE TABLE users (id bigint PRIMARY KEY);
	CREATE TABLE packages_packages (id bigint PRIMARY KEY, package_type smallint NOT NULL);
	CREATE TABLE ci_pipeline_variables (id bigint PRIMARY KEY, key varchar, value text);
	CREATE TABLE ci_pipeline_messages (id bigint PRIMARY KEY, content text)
		WITH (autovacuum_enabled = false);" >/dev/null

# state FROM TO STOP: its state and reason in the plan
state()
{
	"$PREFLIGHT" plan --no-discover --from "$1" --to "$2" --format json \
		--postgres "main=$(pg_conninfo main)" 2>/dev/null |
		/usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["plan"]["steps"]:
    if s["version"].startswith(sys.argv[1] + "."):
        print(s["state"] + ": " + s["reason"])' "$3"
}

like "$(state 15.11.13 16.3.9 16.0)" '^not_needed: .*0 users, not more than 30000' '16.0: few users'
like "$(state 15.11.13 16.3.9 16.1)" '^not_needed: .*no NPM package' '16.1: no NPM package'
like "$(state 15.11.13 16.3.9 16.2)" '^not_needed: .*0 MB' '16.2: an empty table is small'
like "$(state 16.11.10 17.3.7 17.1)" '^not_needed: .*0 MB' '17.1: an empty table is small'

pg_sql main "INSERT INTO users SELECT generate_series(1, 30000);
	INSERT INTO packages_packages VALUES (1, 1)" >/dev/null
like "$(state 15.11.13 16.3.9 16.0)" '^not_needed: .*30000 users' '16.0: exactly the limit'
like "$(state 15.11.13 16.3.9 16.1)" '^not_needed' '16.1: only Maven'
pg_sql main "INSERT INTO users VALUES (30001); INSERT INTO packages_packages VALUES (2, 2)" >/dev/null
like "$(state 15.11.13 16.3.9 16.0)" '^next: needed: more than 30000 users' '16.0: one more'
like "$(state 15.11.13 16.3.9 16.1)" '^later: needed: the NPM package registry' '16.1: an NPM package'

# 100,000 rows of 2 kB: far fewer than the limit, but the size on disk alone does not say so
pg_sql main "ALTER TABLE ci_pipeline_messages ALTER content SET STORAGE PLAIN;
	INSERT INTO ci_pipeline_messages SELECT n, repeat('x', 900) FROM generate_series(1, 100000) AS n;
	ANALYZE ci_pipeline_messages" >/dev/null
pg_sql main CHECKPOINT >/dev/null
like "$(state 16.11.10 17.3.7 17.1)" '^not_needed: .*about 100000 rows' '17.1: analysed'

# What GitLab's own test reads is 0 now, though 100,000 rows are there.
pg_stop "$primary"
pg_start "$primary" || fail 'the primary does not start again'
is "$(pg_sql main "SELECT pg_stat_get_live_tuples('ci_pipeline_messages'::regclass)")" 0 'an immediate restart loses the count'
like "$(state 16.11.10 17.3.7 17.1)" '^not_needed: .*about 100000 rows' '17.1: the estimate is left, and credible'

standby=$(servers_dir "$dir/standby")
servers_prepare "$standby" pg .s.PGSQL.5432 || fail 'no directory for the standby'
if (cd / && servers_as_nobody "$PG_BIN/pg_basebackup" -h "$primary/sock" -U postgres -D "$standby/pg" -R -X stream) \
	>"$dir/basebackup.log" 2>&1; then
	sed -i "s,^unix_socket_directories.*,unix_socket_directories = '$standby/sock'," "$standby/pg/postgresql.conf"
	pg_start "$standby" || fail 'the standby does not start'
	is "$(pg_sql main 'SELECT pg_is_in_recovery()')" t 'a real standby'
	is "$(pg_sql main "SELECT pg_stat_get_live_tuples('ci_pipeline_messages'::regclass)")" 0 'a standby counts nothing'
	like "$(state 16.11.10 17.3.7 17.1)" '^not_needed: .*about 100000 rows' '17.1: on a standby the estimate decides'
	like "$(state 15.11.13 16.3.9 16.0)" '^next: needed: more than 30000 users' '16.0: on a standby rows are counted'
	pg_use "$primary"
else
	skip "pg_basebackup: $(tail -n 1 "$dir/basebackup.log")" 5
	pg_use "$primary"
fi

# As pg_upgrade leaves it: no statistics at all, and reltuples -1.
pg_sql main "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'ci_pipeline_messages';
	SELECT pg_stat_reset()" >/dev/null
like "$(state 16.11.10 17.3.7 17.1)" '^undecided: .*are no evidence for' '17.1: without statistics a large table is no evidence'
pg_sql main "INSERT INTO ci_pipeline_messages SELECT n, 'x' FROM generate_series(200001, 300000) AS n" >/dev/null
is "$(pg_sql main "SELECT pg_stat_get_live_tuples('ci_pipeline_messages'::regclass)")" 100000 'the counter begins anew'
like "$(state 16.11.10 17.3.7 17.1)" '^undecided: .*are no evidence for' '17.1: rows counted since are not all rows'
pg_sql main 'ANALYZE ci_pipeline_messages' >/dev/null
like "$(state 16.11.10 17.3.7 17.1)" '^not_needed' '17.1: the command that it names decides it'

pg_sql main "UPDATE pg_class SET reltuples = 63000000 WHERE relname = 'ci_pipeline_messages'" >/dev/null
like "$(state 16.11.10 17.3.7 17.1)" '^next: needed: .*about 63000000 rows' '17.1: many rows'
pg_sql main 'ALTER TABLE ci_pipeline_messages RENAME TO moved; ALTER TABLE users RENAME TO moved_too' >/dev/null
like "$(state 15.11.13 16.3.9 16.0)" '^undecided' '16.0: a table that is not there decides nothing'
like "$(state 16.11.10 17.3.7 17.1)" '^undecided: .*was not read' '17.1: nor does this one'
pg_sql main "ALTER TABLE moved RENAME TO ci_pipeline_messages; TRUNCATE ci_pipeline_messages;
	CREATE FUNCTION no_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER gitlab_schema_write_trigger_for_ci_pipeline_messages BEFORE INSERT ON ci_pipeline_messages
		EXECUTE FUNCTION no_write()" >/dev/null
like "$(state 16.11.10 17.3.7 17.1)" '^undecided: .*was not read' '17.1: what is left in main says nothing where ci is a database of its own'

# counting OPTION...: the command that lets PostgreSQL count again, of a check that skips the stop
counting()
{
	rm -rf "$dir/check"
	"$PREFLIGHT" check --no-discover --from 16.11.10 --to 17.3.7 --out "$dir/check" \
		--postgres "main=$(pg_conninfo main)" --install-method linux_package "$@" >/dev/null 2>&1
	/usr/bin/python3 - "$dir/check/report.json" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('path.conditional-'):
		        print('\n'.join(s['command'] or '' for r in f['remedies'] for s in r['steps']))
	END
}
pg_newdb ci
pg_sql ci "ALTER TABLE ci_pipeline_messages ALTER content SET STORAGE PLAIN, SET (autovacuum_enabled = false);
	INSERT INTO ci_pipeline_messages (id, pipeline_id, content) SELECT n, 1, repeat('x', 900) FROM generate_series(1, 100000) AS n;
	UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'ci_pipeline_messages'; SELECT pg_stat_reset()" >/dev/null
contains "$(counting --postgres "ci=$(pg_conninfo ci)")" "'ANALYZE ci_pipeline_messages' | sudo gitlab-rails dbconsole --include-password --database ci" \
	'17.1: the command acts on the database that holds the table'
pg_sql main "DROP TRIGGER gitlab_schema_write_trigger_for_ci_pipeline_messages ON ci_pipeline_messages;
	INSERT INTO ci_pipeline_messages SELECT n, repeat('x', 900) FROM generate_series(1, 100000) AS n;
	UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'ci_pipeline_messages'; SELECT pg_stat_reset()" >/dev/null
contains "$(counting)" "sudo gitlab-psql -c 'ANALYZE ci_pipeline_messages'" '17.1: and on main where there is one database'
done_testing
