#!/bin/bash
# A structure with one of each shape that pg_dump writes: every statement is understood, and a database that was made
# from that very file does not differ from it.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/release.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
[ -e /usr/include/pg_query.h ] || skip_all 'libpg_query is not installed'
gate_start || skip_all 'the servers do not start'
[ "$(pg_version)" -ge 15 ] || skip_all 'NULLS NOT DISTINCT needs PostgreSQL 15'
dir=$(new_dir)
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql >"$dir/18.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/18.11.sql"
instance
gate_schema 19.8.3
pg_sql "$main" <tests/schema/shapes.sql >/dev/null || fail 'the structure'

root=$dir/root
installed=$root/opt/gitlab/embedded/service/gitlab-rails
mkdir -p "$(dirname "$installed")"
release_tree "$installed" 19.8.3
release_tree "$dir/target" 19.9.0
printf '{"build_version": "19.8.3"}\n' >"$root/opt/gitlab/version-manifest.json"
for tree in "$installed" "$dir/target"; do
	cp tests/schema/shapes.sql "$tree/db/structure.sql"
	cp tests/schema/shapes.sql "$tree/db/structure.sql.bundled"
done

# look NAME: what differs is in $drift
look()
{
	gate_run_any "$1" --from 19.8.3 --root "$root" --release "$dir/target" --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres"
	drift=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] in ('release.drift', 'release.rows-break-constraint', 'release.structure-unread') and f['status'] != 'pass':
		        print(f['status'], f['message'])
	END
	)
}

# ---- Every statement is understood ----

exits 0 'the facts' "$PREFLIGHT" collect --no-discover --only release --release "$dir/target" --out "$dir/facts"
is "$(sed 1d "$dir/facts/facts/structure_table.ndjson" | grep -v ',1,null]$')" '' 'every table is understood'
like "$(head -n 1 "$dir/facts/facts/structure_table.ndjson")" '"status":"complete"' 'no statement is left out'
contains "$(cat "$dir/facts/facts/structure_column.ndjson")" '"cadences","id","int8",1' 'a column of a primary key is NOT NULL'

# ---- A database made from it does not differ ----

look 'a database made from the structure'
is "$drift" '' 'a database made from the structure does not differ from it'

# ---- Each kind of object is compared ----

# differs SQL WORDS: after SQL, which is undone
differs()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
	look "$1"
	contains "$drift" "$2" "$1"
}

differs 'ALTER TABLE people DROP CONSTRAINT check_0000000021' 'check_0000000021 of people'
differs "ALTER TABLE people DROP CONSTRAINT check_0000000020, ADD CONSTRAINT check_0000000020 CHECK ((settings ->> 'b') IS NOT NULL) NOT VALID" \
	'1 constraints of another definition: check_0000000020 of people'
differs 'ALTER TABLE people ALTER at6 TYPE timestamp(3)' '1 columns of another type: people.at6'
differs 'ALTER TABLE cadences DROP CONSTRAINT cadence_dates' 'cadence_dates of cadences'
differs 'DROP INDEX index_people_md5' '1 unique indexes that do not exist: index_people_md5 of people'
reports_are_valid
done_testing
