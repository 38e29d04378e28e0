#!/bin/bash
# Kinds of constraints that an invented GitLab 19.9 adds, in a real PostgreSQL with three databases: each is found where
# rows break it, each is gone once they are cured, and rows that comply give nothing above a notice.

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
sec=sec_$gate_n
pg_newdb "$sec"
bbm_finish_all "$ci"
bbm_finish_all "$sec"
gate_schema 19.8.3
schema_at "$sec" 19.8.3 || fail 'the schema of sec'

before()
{
	cat <<-'END'
		CREATE TABLE farms (
		    id bigint NOT NULL,
		    region bigint NOT NULL
		);
		CREATE TABLE animals (
		    id bigint NOT NULL,
		    farm_id bigint,
		    region bigint,
		    group_id bigint,
		    project_id bigint,
		    organization_id bigint,
		    name text,
		    tag text,
		    state smallint DEFAULT 0 NOT NULL,
		    weight integer,
		    data jsonb DEFAULT '{}'::jsonb NOT NULL
		);
		CREATE TABLE p_visits (
		    id bigint NOT NULL,
		    partition_id bigint NOT NULL,
		    farm_id bigint
		)
		PARTITION BY LIST (partition_id);
		CREATE TABLE gitlab_partitions_dynamic.p_visits_1 (
		    id bigint NOT NULL,
		    partition_id bigint NOT NULL,
		    farm_id bigint
		);
		ALTER TABLE ONLY p_visits ATTACH PARTITION gitlab_partitions_dynamic.p_visits_1 FOR VALUES IN ('1');
		CREATE TABLE scans (
		    id bigint NOT NULL,
		    project_id bigint
		);
		ALTER TABLE ONLY farms ADD CONSTRAINT farms_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY farms ADD CONSTRAINT farms_both UNIQUE (id, region);
		ALTER TABLE ONLY animals ADD CONSTRAINT animals_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY p_visits ADD CONSTRAINT p_visits_pkey PRIMARY KEY (id, partition_id);
		ALTER TABLE ONLY scans ADD CONSTRAINT scans_pkey PRIMARY KEY (id);
		ALTER TABLE animals ADD CONSTRAINT check_c000000007 CHECK ((weight > 0)) NOT VALID;
		ALTER TABLE ONLY animals ADD CONSTRAINT fk_c000000008 FOREIGN KEY (farm_id) REFERENCES farms(id) NOT VALID;
	END
}

after()
{
	before | sed 's/ NOT VALID;/;/'
	cat <<-'END'
		ALTER TABLE ONLY animals ADD CONSTRAINT fk_c000000001 FOREIGN KEY (farm_id, region) REFERENCES farms(id, region) ON DELETE CASCADE;
		CREATE UNIQUE INDEX index_c_partial ON animals USING btree (farm_id, tag) WHERE (state = 1);
		CREATE UNIQUE INDEX index_c_nulls ON animals USING btree (group_id, weight) NULLS NOT DISTINCT;
		CREATE UNIQUE INDEX index_c_expression ON animals USING btree (lower(name), COALESCE(weight, '-1'::integer));
		CREATE UNIQUE INDEX index_c_not_asked ON animals USING btree (((data #>> '{a}'::text[])));
		ALTER TABLE animals ADD CONSTRAINT check_c000000005 CHECK ((num_nonnulls(group_id, project_id, organization_id) = 1));
		ALTER TABLE p_visits ADD CONSTRAINT check_c000000009 CHECK ((farm_id IS NOT NULL));
		ALTER TABLE scans ADD CONSTRAINT check_c000000010 CHECK ((project_id IS NOT NULL));
	END
}

root=$dir/root
installed=$root/opt/gitlab/embedded/service/gitlab-rails
mkdir -p "$(dirname "$installed")"
release_tree "$installed" 19.8.3
release_tree "$dir/target" 19.9.0
printf '{"build_version": "19.8.3"}\n' >"$root/opt/gitlab/version-manifest.json"
before | tee "$installed/db/structure.sql" >"$installed/db/structure.sql.bundled"
after | tee "$dir/target/db/structure.sql" >"$dir/target/db/structure.sql.bundled"
rm "$installed"/db/{migrate,post_migrate,schema_migrations}/202609* "$dir"/target/db/{migrate,post_migrate,schema_migrations}/202609*

for each in "$main" "$ci" "$sec"; do
	{ printf 'CREATE SCHEMA gitlab_partitions_dynamic;\n'; before; } | pg_sql "$each" >/dev/null || fail "the structure of $each"
done
sql()
{
	pg_sql "${db:-$main}" "$1" >/dev/null || fail "SQL: $1"
}
sql "INSERT INTO farms SELECT n, 10 + n FROM generate_series(1, 9) AS n;
	INSERT INTO animals SELECT n, 1 + n % 9, 11 + n % 9, n, NULL, NULL, 'animal ' || n, 'tag ' || n, n % 2, n, '{\"k\": 1}' FROM generate_series(1, 300) AS n;
	INSERT INTO p_visits SELECT n, 1, 1 + n % 9 FROM generate_series(1, 50) AS n"
db=$sec sql 'INSERT INTO scans SELECT n, n FROM generate_series(1, 50) AS n'

# look NAME: what is above a notice is in $found
look()
{
	gate_run_any "$1" --from 19.8.3 --root "$root" --release "$dir/target" --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres" \
		--postgres "ci=$(pg_conninfo "$ci") user=postgres" --postgres "sec=$(pg_conninfo "$sec") user=postgres"
	found=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('release.') and f['status'] not in ('pass', 'not_applicable') and f['effect'] != 'none':
		        print(f"{f['rule']['id'].split('.')[1]} {f['status']} {f['effect']}: {f['message']}")
	END
	)
}

# breaks NAME CAUSE CURE MESSAGE
breaks()
{
	sql "$2"
	look "$1"
	is "$found" "rows-break-constraint fail blocks: $4" "$1"
	sql "$3"
	look "$1"
	is "$found" '' "$1: cured"
}

look healthy
is "$found" '' 'healthy: nothing above a notice'
sql "INSERT INTO animals SELECT 1000 + n, NULL, 5, 1000 + n, NULL, NULL, NULL, 'same', 1, 5000 + n, '{}' FROM generate_series(1, 3) AS n"
look 'columns that are NULL'
is "$found" '' 'keys with a NULL, and NULLs of a unique index, comply'
breaks 'a foreign key of two columns' 'UPDATE animals SET region = 99 WHERE id = 8' 'UPDATE animals SET region = 19 WHERE id = 8' \
	'1 row of animals (main) has a farm_id,region that farms(id,region) lacks; fk_c000000001 fails on it: 8'
breaks 'a partial unique index' "UPDATE animals SET tag = 'tag 7', farm_id = 8, region = 18 WHERE id = 9" \
	"UPDATE animals SET tag = 'tag 9', farm_id = 1, region = 11 WHERE id = 9" \
	'1 duplicate of animals (main) by farm_id,tag,state; index_c_partial fails on it: 7'
sql "UPDATE animals SET tag = 'tag 6', farm_id = 7, region = 17 WHERE id = 8"
look 'duplicates outside of a partial index'
is "$found" '' 'duplicates outside of a partial index'
breaks 'a unique index that takes NULLs as equal' 'UPDATE animals SET group_id = NULL, project_id = 1, weight = NULL WHERE id IN (3, 4)' \
	'UPDATE animals SET weight = id WHERE id IN (3, 4)' \
	'1 duplicate of animals (main) by group_id,weight; index_c_nulls fails on it: 3'
breaks 'a unique index over expressions' "UPDATE animals SET name = 'ANIMAL 9', weight = 9 WHERE id = 10" \
	"UPDATE animals SET name = 'animal 10', weight = 10 WHERE id = 10" \
	'1 duplicate of animals (main) by name,weight; index_c_expression fails on it: 9'
breaks 'exactly one of three columns' 'UPDATE animals SET organization_id = 1 WHERE id = 20' 'UPDATE animals SET organization_id = NULL WHERE id = 20' \
	'1 row of animals (main) breaks the check on group_id,project_id,organization_id; check_c000000005 fails on it: 20'
breaks 'a check that is validated now' 'ALTER TABLE animals DROP CONSTRAINT check_c000000007; UPDATE animals SET weight = -1 WHERE id = 30;
	ALTER TABLE animals ADD CONSTRAINT check_c000000007 CHECK ((weight > 0)) NOT VALID' 'UPDATE animals SET weight = 30 WHERE id = 30' \
	'1 row of animals (main) breaks the check on weight; check_c000000007 fails on it: 30'
breaks 'a foreign key that is validated now' 'SET session_replication_role = replica; UPDATE animals SET farm_id = 77, region = NULL WHERE id = 31' \
	'UPDATE animals SET farm_id = 1 WHERE id = 31' \
	'1 row of animals (main) has a farm_id that farms(id) lacks; fk_c000000008 fails on it: 31'
breaks 'a partitioned table' 'UPDATE p_visits SET farm_id = NULL WHERE id = 40' 'UPDATE p_visits SET farm_id = 1 WHERE id = 40' \
	'1 row of p_visits (main) has no farm_id; check_c000000009 fails on it: (0,51)'
db=$sec breaks 'a table of the database sec' 'UPDATE scans SET project_id = NULL WHERE id = 5' 'UPDATE scans SET project_id = 5 WHERE id = 5' \
	'1 row of scans (sec) has no project_id; check_c000000010 fails on it: 5'
db=$ci sql 'INSERT INTO scans VALUES (1, NULL)'
contains "$(cat "$report")" 'index_c_not_asked of animals' 'an index whose question is not put is named'
look 'a copy in another database'
like "$found" '^rows-break-constraint fail blocks: 1 row of scans \(ci\) has no project_id' \
	'rows of a copy in another database count as well'
reports_are_valid
done_testing
