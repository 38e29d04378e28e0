#!/bin/bash
# Rights and owners in a real PostgreSQL: what keeps the role of GitLab from migrating is a blocker, and what other
# applications, extensions and people have in the same database is not.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
pg_sql postgres 'CREATE ROLE gitlab; CREATE ROLE team NOINHERIT; CREATE ROLE other; CREATE ROLE parent;
	GRANT parent TO gitlab; GRANT other TO team' >/dev/null
instance

sql()
{
	pg_sql "${2:-$main}" "$1" >/dev/null || fail "SQL: $1"
}

# gitlab DATABASE: everything belongs to the role gitlab, as GitLab's own installation makes it
owned()
{
	pg_sql "$1" "DO \$\$
		DECLARE name text;
		BEGIN
			FOR name IN SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
				JOIN pg_namespace AS n ON n.oid = c.relnamespace
				WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') LOOP
				EXECUTE format('ALTER TABLE %s OWNER TO gitlab', name);
			END LOOP;
		END \$\$;
		CREATE SCHEMA gitlab_partitions_static AUTHORIZATION gitlab;
		CREATE SCHEMA gitlab_partitions_dynamic AUTHORIZATION gitlab;
		GRANT ALL ON SCHEMA public TO gitlab" >/dev/null
}

# found: the messages of both rules, without those that passed
found()
{
	{
		findings_of 14.1.8 14.2.7 postgres.schema-rights --postgres "ci=$(pg_conninfo "$ci")"
		findings_of 14.1.8 14.2.7 postgres.ownership --postgres "ci=$(pg_conninfo "$ci")"
	} | grep -v '^pass: '
}

is "$(found)" '' 'everything belongs to the superuser'
owned "$main"
owned "$ci"
gate 0 14.1.8 14.2.7 'the role of GitLab owns what is its own'
sql "ALTER DATABASE $main OWNER TO gitlab; REVOKE ALL ON SCHEMA public FROM gitlab, PUBLIC; GRANT USAGE ON SCHEMA public TO gitlab"
if [ "$(pg_version)" -ge 15 ]; then
	sql "ALTER SCHEMA public OWNER TO pg_database_owner"
	is "$(found)" '' 'PostgreSQL 15: the owner of the database may create in public'
fi

# --- What belongs to others
sql "CREATE EXTENSION IF NOT EXISTS pg_trgm"
sql "GRANT ALL ON SCHEMA public TO gitlab;
	CREATE SCHEMA warehouse AUTHORIZATION other;
	CREATE TABLE warehouse.issues (id int PRIMARY KEY); ALTER TABLE warehouse.issues OWNER TO other;
	CREATE TABLE dashboards_of_sales (id serial PRIMARY KEY, user_id integer REFERENCES users (id));
	ALTER TABLE dashboards_of_sales OWNER TO other;
	CREATE VIEW issues_by_title AS SELECT title FROM issues; ALTER VIEW issues_by_title OWNER TO other;
	ALTER TABLE issues ADD CONSTRAINT check_0123456789 CHECK (id > 0);
	CREATE TABLE issues_before (LIKE issues INCLUDING ALL); ALTER TABLE issues_before OWNER TO other;
	CREATE TABLE members_of_parent (id int); ALTER TABLE events OWNER TO parent"
gate 0 14.1.8 14.2.7 'tables of others, a copy, and one whose owner the role is a member of'

# --- What stops an upgrade
sql "REVOKE CREATE ON SCHEMA public FROM gitlab; ALTER DATABASE $main OWNER TO postgres; ALTER SCHEMA public OWNER TO postgres"
is "$(found)" "fail: The role gitlab, which owns GitLab's tables, has no CREATE right in the schema public of $main (main)" \
	'no right to create in public'
gate 3 14.1.8 14.2.7 'no right to create in public: NO-GO'
says "sudo gitlab-psql -d $main -c 'GRANT ALL ON SCHEMA public TO gitlab;'" 'and the command for it'
sql 'GRANT ALL ON SCHEMA public TO gitlab'
is "$(found)" '' 'the command clears it'
for schema in static dynamic; do
	sql "ALTER SCHEMA gitlab_partitions_$schema OWNER TO other" "$ci"
	is "$(found)" "fail: The role gitlab, which owns GitLab's tables, has no CREATE and USAGE right in the schema gitlab_partitions_$schema of $ci (ci)" \
		"no right in gitlab_partitions_$schema of ci"
	sql "GRANT ALL ON SCHEMA gitlab_partitions_$schema TO gitlab" "$ci"
	is "$(found)" '' 'rights are enough: the schema may belong to another role'
done
sql "ALTER TABLE issues OWNER TO other; CREATE TABLE gitlab_partitions_dynamic.audit_events_202101 (id int);
	ALTER TABLE gitlab_partitions_dynamic.audit_events_202101 OWNER TO other;
	CREATE TABLE colours (id int PRIMARY KEY); ALTER TABLE colours OWNER TO other;
	ALTER TABLE merge_requests ADD colour_id int REFERENCES colours (id);
	CREATE TABLE shapes (id int CONSTRAINT check_aaaaaaaaaa CHECK (id > 0)); ALTER TABLE shapes OWNER TO other;
	CREATE SEQUENCE loose_seq; ALTER SEQUENCE loose_seq OWNER TO other; ALTER TABLE clusters ALTER id SET DEFAULT nextval('loose_seq')"
is "$(found | sed 's/ of .*//' | sort | tr '\n' ' ')" \
	'fail: gitlab_partitions_dynamic.audit_events_202101 fail: public.colours fail: public.issues fail: public.loose_seq fail: public.shapes ' \
	'a table on record, a partition, what a table refers to, the sequence of a default, and what has a name that GitLab computes'
gate 3 14.1.8 14.2.7 'tables of another role: NO-GO'
says 'ALTER TABLE public.issues OWNER TO gitlab;' 'and the command for it'
sql 'ALTER TABLE issues OWNER TO team; GRANT team TO gitlab'
if [ "$(pg_version)" -lt 16 ]; then
	contains "$(found)" 'public.loose_seq' 'what a member of a member inherits counts'
fi
sql "ALTER TABLE issues OWNER TO gitlab; ALTER TABLE gitlab_partitions_dynamic.audit_events_202101 OWNER TO gitlab;
	ALTER TABLE colours OWNER TO gitlab; ALTER TABLE shapes OWNER TO gitlab; ALTER SEQUENCE loose_seq OWNER TO gitlab"
is "$(found)" '' 'all of them given back'

# --- The table by which the role is told belongs to another role; functions of triggers
sql 'ALTER TABLE schema_migrations OWNER TO postgres'
is "$(found)" "fail: public.schema_migrations of $main (main) belongs to the role postgres; GitLab migrates as gitlab" \
	'schema_migrations alone belongs to the superuser'
sql 'ALTER TABLE schema_migrations OWNER TO other'
is "$(found)" "fail: public.schema_migrations of $main (main) belongs to the role other; GitLab migrates as gitlab" \
	'schema_migrations alone belongs to another role'
sql 'ALTER TABLE schema_migrations OWNER TO gitlab'
owned=$(pg_sql "$main" "SELECT string_agg(format('ALTER TABLE public.%I OWNER TO %%s;', c.relname), ' ') FROM pg_class AS c
	JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname IN ('ar_internal_metadata',
	'application_settings', 'users', 'projects', 'namespaces', 'issues', 'merge_requests', 'notes', 'events', 'ci_builds',
	'ci_pipelines') AND pg_get_userbyid(c.relowner) = 'gitlab'")
sql "${owned//%s/postgres}"
like "$(found)" 'belongs to the role postgres; GitLab migrates as gitlab' 'schema_migrations alone is left to GitLab'
sql "${owned//%s/gitlab}"
is "$(found)" '' 'given back again'
sql "CREATE FUNCTION audit_of_the_dba() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE FUNCTION trigger_8ff73dcd6ab1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
is "$(found)" "fail: public.trigger_8ff73dcd6ab1 of $main (main) belongs to the role postgres; GitLab migrates as gitlab" \
	'a function with a name that GitLab computes, and one that others wrote'
gate 3 14.1.8 14.2.7 'a function of another role: NO-GO'
says 'ALTER FUNCTION public.trigger_8ff73dcd6ab1() OWNER TO gitlab;' 'and the command for it'
sql 'ALTER FUNCTION public.trigger_8ff73dcd6ab1() OWNER TO gitlab'
is "$(found)" '' 'the command clears it'

# --- Rights that a setting takes away
read_only() { findings_of 14.1.8 14.2.7 postgres.read-only | grep -v '^pass: '; }
is "$(read_only)" '' 'nothing is set to read only'
sql "ALTER DATABASE $main SET default_transaction_read_only = on"
is "$(read_only)" "fail: default_transaction_read_only is on for the database $main (main)" 'the database is read only'
gate 3 14.1.8 14.2.7 'a database that is read only: NO-GO'
fix="BEGIN READ WRITE; ALTER DATABASE $main RESET default_transaction_read_only; COMMIT;"
says "sudo gitlab-psql -d $main -c '$fix'" 'and the command for it'
sql "$fix"
is "$(read_only)" '' 'the command clears it'
sql "ALTER DATABASE $main SET default_transaction_read_only = on; ALTER ROLE gitlab SET default_transaction_read_only = off"
is "$(read_only)" '' 'a setting of the role goes before that of the database'
sql "BEGIN READ WRITE; ALTER ROLE gitlab IN DATABASE $main SET default_transaction_read_only = true; COMMIT"
is "$(read_only)" "fail: default_transaction_read_only is on for the role gitlab in the database $main (main)" 'that of both before each'
sql "BEGIN READ WRITE; ALTER ROLE gitlab IN DATABASE $main RESET default_transaction_read_only;
	ALTER ROLE gitlab RESET default_transaction_read_only; ALTER ROLE other SET default_transaction_read_only = on; COMMIT"
sql "$fix"
is "$(read_only)" '' 'another role is nobody'\''s business'

# --- With the role that only reads
"$PREFLIGHT" sources --print-role >"$gate_dir/role.sql"
ok 'the role that only reads' pg_sql "$main" <"$gate_dir/role.sql"
sql 'REVOKE CREATE ON SCHEMA public FROM gitlab'
gate_run_any 'as that role' --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main") user=preflight" \
	--redis "$(redis_url "$REDIS_DB")"
contains "$(effects)" 'postgres.schema-rights fail blocks' 'the role that only reads finds it, too'

# --- The role as which GitLab connects is on record in its own file: a superuser restored the whole database
instance
pg_sql postgres "ALTER ROLE gitlab LOGIN" >/dev/null
dir=$(new_dir)
root=$dir/root
mkdir -p "$root/var/opt/gitlab/gitlab-rails/etc"
like "$(findings_of 16.11.10 17.3.7 postgres.superuser-owner)" '^pass: ' 'only the superuser writes'
# connects ROLE [DATABASE]: found with that role in database.yml
connects()
{
	printf 'production:\n  main:\n    adapter: postgresql\n    database: %s\n    username: %s\n    host: "%s"\n' \
		"${2:-$main}" "$1" "$PG_DIR/sock" >"$root/var/opt/gitlab/gitlab-rails/etc/database.yml"
	gate_run_any "GitLab connects as $1" --from 16.11.10 --to 17.3.7 --root "$root" --redis "$(redis_url "$REDIS_DB")" \
		--postgres "main=$(pg_conninfo "$main")"
	/usr/bin/python3 -c "import json, sys
for f in json.load(open(sys.argv[1]))['findings']:
    if f['rule']['id'] == 'postgres.configured-role': print(f['status'] + ': ' + f['message'])" "$report" | grep -v '^pass: '
}
sql 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO gitlab'
is "$(connects gitlab)" '' 'a role that can only read is not that of GitLab'
sql 'GRANT ALL ON ALL TABLES IN SCHEMA public TO gitlab'
like "$(connects gitlab)" "^fail: GitLab connects to $main \(main\) as gitlab \(.*database.yml\), and the role postgres owns its tables$" \
	'a superuser owns every table'
is "$(connects postgres)" '' 'GitLab connects as that superuser'
is "$(connects gitlab other_database)" '' 'another database is configured'
is "$(connects nobody_here)" '' 'the server has no such role'
rm "$root/var/opt/gitlab/gitlab-rails/etc/database.yml"
is "$(findings_of 16.11.10 17.3.7 postgres.superuser-owner)" \
	"fail: The superuser postgres owns GitLab's tables in $main (main); the role gitlab may write its schema migrations, too" \
	'without a configuration it is told that another role writes'
connects gitlab >/dev/null
/usr/bin/python3 - "$report" >"$dir/statement.sql" <<-'END'
	import json, shlex, sys
	for f in json.load(open(sys.argv[1]))['findings']:
	    if f['rule']['id'] == 'postgres.configured-role':
	        print(shlex.split(next(s['command'] for r in f['remedies'] for s in r['steps'] if s.get('command')))[-1])
END
pg_sql "$main" <"$dir/statement.sql" >/dev/null || fail 'the statement of the remedy'
is "$(connects gitlab)" '' 'the command clears it'
is "$(pg_sql "$main" "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
	AND c.relkind IN ('r', 'p', 'S', 'v') AND pg_get_userbyid(c.relowner) <> 'gitlab' AND NOT EXISTS (SELECT 1 FROM pg_depend AS d
	WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')")" 0 'and gives every relation to the role'
done_testing
