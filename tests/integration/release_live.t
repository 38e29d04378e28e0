#!/bin/bash
# An invented GitLab 19.9 for which no rule is written, compared with the installed 19.8 and a real PostgreSQL: what its
# migrations would stop at is found, each is gone once its cause is cured, and a healthy instance stays healthy.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/http.sh
. tests/lib/search.sh
. tests/lib/release.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
[ -e /usr/include/pg_query.h ] || skip_all 'libpg_query is not installed'
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
http_start "$gate_dir/http"
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql >"$dir/18.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/18.11.sql"

# ---- The two releases ----

# What 19.8 has; `gadgets` has a key that 19.9 removes. Its own tables of batched migrations and so on are left out.
structure_of_19_8()
{
	cat <<-'END'
		CREATE TABLE shelves (
		    id bigint NOT NULL,
		    name text
		);
		CREATE TABLE widgets (
		    id bigint NOT NULL,
		    shelf_id bigint,
		    group_id bigint,
		    project_id bigint,
		    owner_id integer,
		    name text,
		    CONSTRAINT check_a000000001 CHECK ((char_length(name) <= 255))
		);
		CREATE TABLE gadgets (
		    id bigint NOT NULL,
		    widget_id bigint
		);
		CREATE SEQUENCE widgets_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
		ALTER SEQUENCE widgets_id_seq OWNED BY widgets.id;
		ALTER TABLE ONLY shelves ADD CONSTRAINT shelves_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY widgets ADD CONSTRAINT widgets_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY gadgets ADD CONSTRAINT gadgets_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY gadgets ADD CONSTRAINT fk_gadgets_widgets FOREIGN KEY (widget_id) REFERENCES widgets(id) ON DELETE CASCADE;
		CREATE INDEX index_widgets_on_shelf_id ON widgets USING btree (shelf_id);
	END
}

structure_of_19_9()
{
	structure_of_19_8 | sed -e '/fk_gadgets_widgets/d' -e 's/^    name text,$/    name text,\n    colour text,/' \
		-e 's/^    owner_id integer,/    owner_id bigint,/'
	cat <<-'END'
		ALTER TABLE widgets ADD CONSTRAINT check_b000000001 CHECK ((shelf_id IS NOT NULL));
		ALTER TABLE widgets ADD CONSTRAINT check_b000000002 CHECK ((num_nonnulls(group_id, project_id) = 1));
		ALTER TABLE widgets ADD CONSTRAINT check_b000000003 CHECK ((colour IS NOT NULL));
		ALTER TABLE ONLY widgets ADD CONSTRAINT fk_b000000001 FOREIGN KEY (shelf_id) REFERENCES shelves(id) ON DELETE CASCADE;
		CREATE UNIQUE INDEX index_widgets_on_lower_name ON widgets USING btree (lower(name)) WHERE (name IS NOT NULL);
	END
}

post()
{
	release_migration "$target" "$1" "$2" post "$3"
}

make_releases()
{
	root=$dir/root
	target=$dir/target
	installed=$root/opt/gitlab/embedded/service/gitlab-rails
	mkdir -p "$(dirname "$installed")"
	release_tree "$installed" 19.8.3
	printf '{"build_version": "19.8.3"}\n' >"$root/opt/gitlab/version-manifest.json"
	release_tree "$target" 19.9.0
	structure_of_19_8 | tee "$installed/db/structure.sql" >"$installed/db/structure.sql.bundled"
	structure_of_19_9 | tee "$target/db/structure.sql" >"$target/db/structure.sql.bundled"
	rm "$installed"/db/{migrate,post_migrate,schema_migrations}/202609* "$target"/db/{migrate,post_migrate,schema_migrations}/202609*
	release_migration "$target" 20261101000001 add_colour_to_widgets '' "def change
		add_column :widgets, :colour, :text
	end"
	post 20261101000009 validate_widgets_shelf_id "def up
		validate_not_null_constraint :widgets, :shelf_id, constraint_name: 'check_b000000001'
	end"
	post 20261101000010 add_widgets_owner "def up
		add_multi_column_not_null_constraint(:widgets, :group_id, :project_id, constraint_name: 'check_b000000002')
	end"
	post 20261101000011 add_widgets_key "def up
		add_concurrent_foreign_key :widgets, :shelves, column: :shelf_id, name: 'fk_b000000001'
	end"
	post 20261101000012 add_widgets_index "def up
		add_concurrent_index :widgets, 'lower(name)', unique: true, name: 'index_widgets_on_lower_name'
	end"
	post 20261101000013 finalize_backfill_widgets_project_id "def up
		ensure_batched_background_migration_is_finished(
		  job_class_name: 'BackfillWidgetsProjectId', table_name: :widgets, column_name: :id, job_arguments: [],
		  finalize: true
		)
		ensure_backfill_conversion_of_integer_to_bigint_is_finished(:widgets, %i[owner_id])
	end"
	post 20261101000014 remove_gadgets_key "def up
		remove_foreign_key :gadgets, :widgets
	end"
}

# Both know the numbers of older migrations, whose files are gone.
older_migrations()
{
	local number

	instance
	gate_schema 19.8.3
	while read -r number; do
		: >"$installed/db/schema_migrations/$number"
		: >"$target/db/schema_migrations/$number"
	done < <(pg_sql "$main" 'SELECT version FROM schema_migrations')
}

# healthy: an instance of 19.8 with rows that comply
healthy()
{
	instance
	structure_of_19_8 | pg_sql "$main" >/dev/null || fail 'the structure of 19.8'
	sql "INSERT INTO shelves SELECT n, 'shelf ' || n FROM generate_series(1, 5) AS n;
		INSERT INTO widgets SELECT n, 1 + n % 5, n, NULL, n, 'widget ' || n FROM generate_series(1, 500) AS n;
		INSERT INTO gadgets SELECT n, n FROM generate_series(1, 50) AS n;
		INSERT INTO schema_migrations (version) VALUES ('20211202041233'), ('20190101000000')"
	bbm_add "$main" BackfillWidgetsProjectId widgets id '[]' finished >/dev/null
}

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

# look NAME [OPTION...]: what the rules about the release find is in $found
look()
{
	local name=$1
	shift

	gate_run_any "$name" --from 19.8.3 --root "$root" --release "$target" --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=${role:-postgres}" "$@"
	found=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('release.') and f['status'] not in ('pass', 'not_applicable'):
		        print(f"{f['rule']['id'].split('.')[1]} {f['status']} {f['effect']}: {f['message']}")
	END
	)
}

worse()
{
	grep -v ' none: ' <<<"$found"
}

make_releases
older_migrations

# ---- Healthy stays healthy ----

healthy
look 'a healthy instance'
is "$(worse)" '' 'healthy: nothing above a notice'
like "$found" 'GitLab 19.9.0 runs 7 migrations: 6 of them post-deployment, 1 finalize batched migrations' 'healthy: what the step runs'
contains "$found" 'rest on columns that the step adds and fills: check_b000000003 of widgets' 'healthy: what cannot be checked yet'
is "$(grep -v 'tables that do not exist' <<<"$found" | grep -c '^drift')" 0 'healthy: no drift'
is "$(effects | grep ' blocks$' | grep -v '^requirement')" 'path.horizon unknown blocks' 'beyond the horizon: undetermined, with one open item'
notices=$(grep -c . <<<"$found")
exits 0 'plan with the facts of a release and of a database' "$PREFLIGHT" plan --no-discover --facts "$bundle" --to 19.9.0
contains "$out" 'Migrations of GitLab 19.9.0 change 2 tables (size as of the last ANALYZE, without indexes):' 'plan: tables that the step changes'
like "$out" 'main  structure widgets: (500|unknown number of) rows, [0-9,]+ bytes' 'plan: rows and bytes of a table'
exits 0 'plan as JSON' "$PREFLIGHT" plan --no-discover --facts "$bundle" --to 19.9.0 --format json
is "$(/usr/bin/python3 -c 'import json, sys
for t in json.load(sys.stdin)["plan"]["steps"][-1]["tables"]: print(t["database"], t["table"], t["changes"], t["bytes"] >= 0)' <<<"$out" | sort)" \
	'main gadgets structure True
main widgets structure True' 'plan as JSON: the same tables'
sql "CREATE TABLE widgets_1 (LIKE widgets); CREATE SCHEMA gitlab_partitions_dynamic;
	CREATE TABLE logs (id bigint, day date, widget_id bigint REFERENCES widgets (id)) PARTITION BY RANGE (day);
	CREATE TABLE gitlab_partitions_dynamic.logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
	DROP INDEX index_widgets_on_shelf_id; CREATE INDEX other ON widgets (shelf_id);
	ALTER TABLE widgets ADD CHECK (id > 0); CREATE INDEX index_widgets_on_name_ccnew ON widgets (name);
	ALTER TABLE gadgets RENAME CONSTRAINT fk_gadgets_widgets TO fk_of_another_name"
look 'an instance with drift'
is "$(worse)" '' 'drift, partitions, left-overs, keys by other names: nothing above a notice'
contains "$found" 'drift fail none: main differs from the installed release: 1 indexes that do not exist: index_widgets_on_shelf_id of widgets' \
	'drift: one notice for its kind'

# ---- Each finding, and its cure ----

# breaks CAUSE LINE CURE NAME: SQL that breaks it; what is found (nothing else above a notice); SQL that cures it
breaks()
{
	sql "$1"
	look "$4"
	is "$(worse)" "$2" "$4"
	sql "$3"
	look "$4"
	is "$(worse)" '' "$4: cured"
}

healthy
breaks 'UPDATE widgets SET shelf_id = NULL WHERE id IN (7, 9)' \
	'rows-break-constraint fail blocks: 2 rows of widgets (main) have no shelf_id; check_b000000001 fails on them: 7, 9' \
	'UPDATE widgets SET shelf_id = 1 WHERE shelf_id IS NULL' 'NOT NULL'
breaks 'UPDATE widgets SET shelf_id = 99 WHERE id = 8' \
	'rows-break-constraint fail blocks: 1 row of widgets (main) has a shelf_id that shelves(id) lacks; fk_b000000001 fails on it: 8' \
	'UPDATE widgets SET shelf_id = 1 WHERE id = 8' 'a foreign key'
breaks "UPDATE widgets SET name = 'WIDGET 8' WHERE id = 9" \
	'rows-break-constraint fail blocks: 1 duplicate of widgets (main) by name; index_widgets_on_lower_name fails on it: 8' \
	"UPDATE widgets SET name = 'widget 9' WHERE id = 9" 'a unique index'
breaks 'UPDATE widgets SET project_id = 1 WHERE id = 7' \
	'rows-break-constraint fail blocks: 1 row of widgets (main) breaks the check on group_id,project_id; check_b000000002 fails on it: 7' \
	'UPDATE widgets SET project_id = NULL WHERE id = 7' 'num_nonnulls'
sql "UPDATE batched_background_migrations SET status = 4 WHERE job_class_name = 'BackfillWidgetsProjectId'"
look 'an unfinished batched migration'
like "$(worse)" '^finalizes-unfinished fail blocks: BackfillWidgetsProjectId on widgets.id \(main\) is failed.*; migration 20261101000013 of this step finalizes it$' \
	'an unfinished batched migration'
contains "$(cat "$report")" 'gitlab:background_migrations:finalize[BackfillWidgetsProjectId,widgets,id,' 'the line that finalizes it'
sql "UPDATE batched_background_migrations SET status = 3 WHERE job_class_name = 'BackfillWidgetsProjectId'"
bbm_add "$main" CopyColumnUsingBackgroundMigrationJob widgets id '[["owner_id"], ["owner_id_convert_to_bigint"]]' failed >/dev/null
look 'an unfinished conversion to bigint'
like "$(worse)" '^finalizes-unfinished fail blocks: CopyColumnUsingBackgroundMigrationJob on widgets.id \(main\) is failed.*; migration 20261101000013 of this step finalizes it$' \
	'an unfinished conversion to bigint'
sql "UPDATE batched_background_migrations SET status = 3 WHERE job_class_name = 'CopyColumnUsingBackgroundMigrationJob'"
look 'a finished batched migration'
is "$(worse)" '' 'an unfinished batched migration: cured'
breaks "INSERT INTO schema_migrations (version) VALUES ('20270101000001'), ('20270101000002')" \
	'database-ahead fail blocks: 2 migrations ran on main that are newer than all of GitLab 19.9.0, the newest 20270101000002' \
	"DELETE FROM schema_migrations WHERE version LIKE '202701%'" 'a database that is ahead'
breaks "INSERT INTO schema_migrations (version) VALUES ('20261101000005'), ('20270101000002')" '' \
	"DELETE FROM schema_migrations WHERE version IN ('20261101000005', '20270101000002')" 'one unknown migration'
breaks 'ALTER TABLE gadgets DROP CONSTRAINT fk_gadgets_widgets' \
	'removes-missing fail blocks: gadgets (main) has no foreign key to widgets, and migration 20261101000014 of GitLab 19.9.0 calls remove_foreign_key without looking first' \
	'ALTER TABLE gadgets ADD CONSTRAINT fk_x FOREIGN KEY (widget_id) REFERENCES widgets (id)' 'a missing foreign key'
breaks 'ALTER TABLE widgets ADD COLUMN colour text' \
	'creates-existing fail blocks: widgets (main) has its column colour already, and migration 20261101000001 of GitLab 19.9.0, which has not run, calls add_column without looking first
rows-break-constraint fail blocks: 500 rows of widgets (main) have no colour; check_b000000003 fails on them: 1, 2, 3, 4, 5, ...' \
	'ALTER TABLE widgets DROP COLUMN colour' 'a column that is there already'

# ---- Cures within the step ----

sql 'UPDATE widgets SET shelf_id = NULL WHERE id IN (7, 9)'
post 20261101000002 fill_widgets_shelf_id "def up
	execute 'UPDATE widgets SET shelf_id = 1 WHERE shelf_id IS NULL'
end"
look 'rows that the step fills'
is "$(worse)" '' 'rows that the step fills: nothing above a notice'
contains "$found" 'filled-by-step fail none: 2 rows of widgets (main) have no shelf_id; migrations of this step repair that before check_b000000001: 20261101000002' \
	'rows that the step fills: who does'
post 20261101000002 fill_widgets_shelf_id "def up
	return unless Gitlab.com?
	execute 'UPDATE widgets SET shelf_id = 1 WHERE shelf_id IS NULL'
end"
look 'rows that the step fills on GitLab.com only'
contains "$(worse)" 'rows-break-constraint fail blocks: 2 rows' 'rows that the step fills on GitLab.com only'
rm "$target"/db/post_migrate/20261101000002* "$target/db/schema_migrations/20261101000002"
sql 'UPDATE widgets SET shelf_id = 1 WHERE shelf_id IS NULL'

# ---- NOT VALID here, without the installed release, a Community Edition, a partition ----

sql 'ALTER TABLE widgets ADD CONSTRAINT check_b000000001 CHECK (group_id > 1) NOT VALID'
look 'a constraint that is here and NOT VALID'
is "$(worse)" 'rows-break-constraint fail blocks: 1 row of widgets (main) breaks the check on group_id; check_b000000001 fails on it: 1' \
	'a constraint that is here and NOT VALID counts as it is here'
sql 'ALTER TABLE widgets DROP CONSTRAINT check_b000000001; UPDATE widgets SET shelf_id = NULL WHERE id = 9'
gate_run_any 'without the installed release' --from 19.8.3 --release "$target" --redis "$(redis_url "$REDIS_DB")" \
	--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres"
contains "$(cat "$report")" '1 row of widgets (main) has no shelf_id; check_b000000001 fails on it: 9' \
	'without the installed release a migration has to name it, and does'
sql 'UPDATE widgets SET shelf_id = 1 WHERE shelf_id IS NULL'
cp -a "$target" "$dir/ce"
printf 19.9.0 >"$dir/ce/VERSION"
rm -r "$dir/ce/ee"
look 'a Community Edition' --release "$dir/ce"
is "$(worse)" '' 'a Community Edition: nothing is unknown'
parts='CREATE TABLE logs (id bigint NOT NULL, day date NOT NULL, widget_id bigint) PARTITION BY RANGE (day);
	CREATE SCHEMA gitlab_partitions_static; CREATE TABLE gitlab_partitions_static.logs_1 PARTITION OF logs FOR VALUES FROM (%s) TO (%s);'
# shellcheck disable=SC2059
sql "$(printf "$parts" "'2026-01-01'" "'2026-02-01'") INSERT INTO logs VALUES (1, '2026-01-02', NULL)"
cp -a "$target" "$dir/parted"
cat >>"$dir/parted/db/structure.sql.bundled" <<-'END'
	CREATE TABLE logs (id bigint NOT NULL, day date NOT NULL, widget_id bigint) PARTITION BY RANGE (day);
	CREATE TABLE gitlab_partitions_static.logs_1 (id bigint NOT NULL, day date NOT NULL, widget_id bigint,
	    CONSTRAINT check_b000000009 CHECK ((widget_id IS NOT NULL)));
	ALTER TABLE ONLY logs ATTACH PARTITION gitlab_partitions_static.logs_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
END
cp "$dir/parted/db/structure.sql.bundled" "$dir/parted/db/structure.sql"
look 'a constraint of a partition' --release "$dir/parted"
is "$(worse)" 'rows-break-constraint fail blocks: 1 row of logs_1 (main) has no widget_id; check_b000000009 fails on it: (0,1)' \
	'a constraint of a partition alone'
sql 'DROP TABLE logs'

# ---- Floors and stops, out of a package ----

release_min=19.8 release_pg_min=13 release_deb "$dir/19.9.deb" "$target"
release_min=19.9 release_pg_min=99 release_deb "$dir/raised.deb" "$target"
look 'a package' --release "$dir/19.9.deb"
is "$(worse)" '' 'a package: its floors are met'
look 'raised floors' --release "$dir/raised.deb"
is "$(worse)" 'floor fail blocks: The package of GitLab 19.9.0 upgrades from 19.9 or later; 19.8.3 is installed
postgresql-floor fail blocks: The package of GitLab 19.9.0 needs PostgreSQL 99 or later; main runs on '"$(pg_version)" 'raised floors'

# ---- What is never sent ----

cp -a "$target" "$dir/hostile"
{
	printf "ALTER TABLE widgets ADD CONSTRAINT check_x000000001 CHECK ((pg_sleep(9) IS NOT NULL));\n"
	printf "ALTER TABLE widgets ADD CONSTRAINT check_x000000002 CHECK ((dblink('a', 'b') = name));\n"
	printf "ALTER TABLE widgets ADD CONSTRAINT check_x000000003 CHECK ((lo_export(id, '/tmp/x') = 1));\n"
	n=100
	while read -r expression; do
		n=$((n + 1))
		printf 'ALTER TABLE widgets ADD CONSTRAINT check_x000000%s CHECK ((%s));\n' "$n" "$expression"
	done <<-'EXPRESSIONS'
		nextval('widgets_id_seq'::regclass) > 0
		random() > 0.5
		clock_timestamp() > '2026-01-01'::timestamptz
		pg_read_file('/etc/passwd') = name
		pg_catalog.pg_terminate_backend(1)
		set_config('work_mem', '1GB', false) = name
		query_to_xml('DELETE FROM widgets', true, true, '') IS NULL
		(SELECT count(*) FROM widgets) > 0
		EXISTS (SELECT 1 FROM pg_shadow)
		name::regclass IS NULL
		id::money > 0::money
		name::xml IS DOCUMENT
		(name COLLATE "xx") = name
		name OPERATOR(public.=) name
		public.lower(name) = name
		evil.lower(name) = name
		pg_catalog.public.lower(name) = name
		current_user = 'root'
		ROW(id, name) = ROW(1, 'x')
		lower(VARIADIC ARRAY[name]) = name
		count(*) OVER () > 0
		CASE WHEN pg_sleep(9) IS NULL THEN true END
		COALESCE(pg_sleep(9) IS NULL, true)
		name ~ ANY (ARRAY[pg_sleep(9)::text])
		shelves.id = 1
		length(lo_import('/etc/passwd')::text) > 0
		lower(name) = ANY (SELECT passwd FROM pg_shadow)
		id = $1
		name LIKE U&'\0070g_sleep'
		name SIMILAR TO pg_sleep(9)::text
		num_nonnulls(id, (pg_sleep(9))) = 2
		id IS DISTINCT FROM currval('widgets_id_seq')
		"pg_sleep"(9) IS NULL
		date_trunc('day', pg_postmaster_start_time()) IS NULL
		inet_server_addr() IS NULL
		txid_current() > 0
		pg_advisory_lock(1) IS NULL
		GROUPING(id) = 0
	EXPRESSIONS
	printf 'ALTER TABLE widgets ADD CONSTRAINT "check_x""; DELETE FROM widgets; --" CHECK (("a""; SELECT pg_sleep(9); --" IS NOT NULL));\n'
	printf 'ALTER TABLE widgets ADD CONSTRAINT check_x000000200 CHECK ((name <> $$a$$ || $x$;DELETE FROM widgets;$x$));\n'
	printf 'ALTER TABLE "widgets""; DELETE FROM widgets; --" ADD CONSTRAINT check_x000000201 CHECK ((id > 0));\n'
	printf 'ALTER TABLE widgets ADD CONSTRAINT check_x000000004 CHECK ((id = %s1));\n' "$(printf '1+%.0s' {1..1500})"
	printf 'ALTER TABLE widgets ADD CONSTRAINT check_x000000005 CHECK ((id = %s1));\n' "$(printf '1+%.0s' {1..100000})"
} >>"$dir/hostile/db/structure.sql"
cp "$dir/hostile/db/structure.sql" "$dir/hostile/db/structure.sql.bundled"
sql "ALTER DATABASE $main SET log_statement = 'all'"
: >"$PG_DIR/sock/pg.log"
look 'hostile expressions' --release "$dir/hostile"
is "$(grep 'LOG:.*widgets' "$PG_DIR/sock/pg.log" | grep -v 'has_table_privilege' |
	grep -iE 'pg_sleep|dblink|lo_[ei]|1\+1\+1|nextval|random|clock_|read_file|terminate|query_to|shadow|currval|txid_|advisory|DELETE|evil|VARIADIC|money|OVER|GROUPING|start_time|set_config|current_user|ROW|public[.](lower|=)|SIMILAR|[$]1|addr')" \
	'' 'hostile expressions: never sent'
ok 'the server writes what it is asked' grep -q 'IS NOT NULL' "$PG_DIR/sock/pg.log"
contains "$found" '(function pg_sleep): check_x000000001 of widgets' 'hostile expressions: named'
contains "$found" '(function lo_export): check_x000000003 of widgets' 'hostile expressions: each of them'
sql "ALTER DATABASE $main RESET log_statement"

# ---- A removed search migration ----

search_on "$main"
search_answers 8.15.0 green '20261001000001 {"completed":false,"name":"AddGizmos","state":{},"started_at":"2026-11-01T00:00:00Z"}'
look 'a search migration that the release no longer has' --search "$http_url"
contains "$(worse)" 'search-removed fail blocks: The search migration AddGizmos (20261001000001) is unfinished, and GitLab 19.9.0 no longer has it' \
	'a search migration that the release no longer has'
search_answers 8.15.0 green '20261001000001 {"completed":true,"name":"AddGizmos","state":{}}'
look 'it is completed' --search "$http_url"
is "$(worse)" '' 'a search migration: cured'

# ---- From a bundle, and with few rights ----

sql "UPDATE widgets SET shelf_id = NULL WHERE id = 7; UPDATE application_settings SET elasticsearch_indexing = false, elasticsearch_search = false"
look 'the directory'
wanted=$found
exits 0 'the release alone as a bundle' "$PREFLIGHT" collect --only release --release "$target" --out "$dir/release.tar.gz" --no-discover
gate_run_any 'facts of a release in a bundle' --from 19.8.3 --to 19.9.0 --facts "$dir/release.tar.gz" --redis "$(redis_url "$REDIS_DB")" \
	--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres"
contains "$(cat "$report")" '1 row of widgets (main) has no shelf_id; check_b000000001 fails on it: 7' 'facts of a release in a bundle serve as well'
"$PREFLIGHT" sources --print-role --release "$target" --root "$root" >"$dir/role.sql"
ok '--print-role --release names the table' grep -q "'public.widgets'" "$dir/role.sql"
pg_sql "$main" <"$dir/role.sql" >/dev/null 2>&1 || fail 'the role of --print-role'
role=preflight look 'with the role of --print-role'
is "$found" "$wanted" 'the role of --print-role sees the same'
sql 'REVOKE SELECT ON widgets FROM preflight'
role=preflight look 'a table may not be read'
contains "$(worse)" 'rows-break-constraint unknown blocks: Whether rows of widgets (main) break check_b000000001 is not known: permission denied; GRANT SELECT ON public.widgets TO preflight' \
	'a table may not be read: unknown'
reports_are_valid
done_testing
