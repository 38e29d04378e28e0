#!/bin/bash
# A build without libpg_query: what a release says about its structure is unknown, by name, and no gate is better for
# it.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/release.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
without=$O/tests/integration/without_pg_query
[ -x "$without" ] || skip_all 'not built: make test-programs'
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql >"$dir/18.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/18.11.sql"
instance
gate_schema 18.11.13
release_tree "$dir/target" 19.9.0

# What a build with it finds, and one without it does not.
sed -i 's/^    project_id bigint,/&\n    name text,/' "$dir"/target/db/structure.sql*
cat >>"$dir/target/db/structure.sql" <<-'END'
	ALTER TABLE widgets ADD CONSTRAINT check_b000000001 CHECK ((name IS NOT NULL));
END
cp "$dir/target/db/structure.sql" "$dir/target/db/structure.sql.bundled"
release_migration "$dir/target" 20261101000009 validate_widgets_name post "def up
	validate_not_null_constraint :widgets, :name, constraint_name: 'check_b000000001'
end"
pg_sql "$main" "CREATE TABLE widgets (id bigint PRIMARY KEY, project_id bigint CHECK (project_id IS NOT NULL), name text);
	INSERT INTO widgets VALUES (7, 1, NULL)" >/dev/null || fail 'the rows'

# look NAME PROGRAM: the gate, and what the rules about the release find
look()
{
	local with=$PREFLIGHT

	PREFLIGHT=$2 gate_run_any "$1" --from 18.11.13 --release "$dir/target" --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres"
	PREFLIGHT=$with
	found=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		r = json.load(open(sys.argv[1]))
		print(r['gate']['decision'])
		for f in r['findings']:
		    if f['rule']['id'] in ('release.rows-break-constraint', 'release.migrations') and f['status'] != 'pass':
		        print(f['rule']['id'], f['status'], f['effect'], f['message'])
	END
	)
}

rank()
{
	case $1 in go) echo 0 ;; go_with_warnings) echo 1 ;; wait) echo 2 ;; undetermined) echo 3 ;; no_go) echo 4 ;; esac
}

exits 0 'it starts' "$without" --version
with=
if [ -e /usr/include/pg_query.h ]; then
	look 'with libpg_query' "$PREFLIGHT"
	with=$(head -n 1 <<<"$found")
	contains "$found" '1 row of widgets (main) has no name; check_b000000001 fails on it: 7' 'with it, the row is found'
else
	skip 'libpg_query is not installed'
fi
look 'without libpg_query' "$without"
contains "$found" 'release.rows-break-constraint unknown blocks' 'without it, this is unknown and blocks'
contains "$(cat "$report")" 'this build has no libpg_query' 'and the report names why'
contains "$found" 'release.migrations unknown none' 'what rests on the same facts is unknown too'
ok 'no gate is better for it' [ "$(rank "$(head -n 1 <<<"$found")")" -ge 3 ]
diag "with: $with, without: $(head -n 1 <<<"$found")"
reports_are_valid
done_testing
