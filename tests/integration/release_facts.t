#!/bin/bash
# What an invented GitLab 19.9 contains about its upgrade, as facts: the same out of a package, an image and a
# directory; and whatever is foreign, cut or hostile gives one clear line or an unknown.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/release.sh"
need dpkg-deb xz zstd /usr/bin/python3
dir=$(new_dir)
release_tree "$dir/rails" || exit 1
rails=$dir/rails

# collect NAME ARTEFACT: its facts in $dir/facts.NAME
collect()
{
	"$PREFLIGHT" collect --no-discover --only release --release "$2" --out "$dir/facts.$1" "${@:3}"
}
if collect probe "$rails" 2>&1 | grep -q 'no libpg_query' || grep -q 'no libpg_query' "$dir"/facts.probe/facts/source.ndjson; then
	skip_all 'built without libpg_query'
fi

# rows NAME TABLE: its rows, without the part
rows()
{
	sed 1d "$dir/facts.$1/facts/$2.ndjson" | sed -E 's/^\["(target|installed)",/[/'
}

# has TABLE ROW NAME
has()
{
	contains "$(rows main "$1")" "$2" "$3"
}

# status NAME TABLE WORD
status()
{
	like "$(head -n 1 "$dir/facts.$1/facts/$2.ndjson")" "\"part\":\"target\",\"status\":\"$3\"" "$1: $2 is $3"
}

# A tree with one of everything.
cat >"$rails/db/structure.sql" <<'END'
\restrict abc
SET client_encoding = 'UTF8';
CREATE SCHEMA gitlab_partitions_static;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN; UPDATE x SET y = 1; RETURN NULL; END $$;

CREATE TABLE projects (
    id bigint NOT NULL,
    name character varying(255) DEFAULT 'a,b'::character varying NOT NULL,
    CONSTRAINT check_fade00001 CHECK ((char_length((name)::text) <= 255))
);

CREATE TABLE widgets (
    id bigint NOT NULL,
    project_id bigint,
    group_id bigint,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    weight integer DEFAULT '-1'::integer
);

CREATE TABLE p_parts (
    id bigint NOT NULL
)
PARTITION BY LIST (id);
CREATE TABLE gitlab_partitions_static.p_parts_1 (
    id bigint NOT NULL
);
CREATE SEQUENCE widgets_id_seq
    START WITH 1
    INCREMENT BY 1;
ALTER SEQUENCE widgets_id_seq OWNED BY widgets.id;
ALTER TABLE ONLY p_parts ATTACH PARTITION gitlab_partitions_static.p_parts_1 FOR VALUES IN ('1');
ALTER TABLE ONLY widgets ALTER COLUMN id SET DEFAULT nextval('widgets_id_seq'::regclass);
ALTER TABLE ONLY projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
ALTER TABLE ONLY widgets
    ADD CONSTRAINT widgets_pkey PRIMARY KEY (id);
ALTER TABLE widgets
    ADD CONSTRAINT check_both CHECK ((num_nonnulls(group_id, project_id) = 1)) NOT VALID;
ALTER TABLE ONLY widgets
    ADD CONSTRAINT fk_widgets FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX index_widgets_on_project_id_and_name ON widgets USING btree (project_id, lower((tags[1])::text)) WHERE (group_id IS NULL);
CREATE INDEX index_widgets_on_group_id ON widgets USING btree (group_id);
CREATE TRIGGER x AFTER INSERT ON widgets FOR EACH ROW EXECUTE FUNCTION f();
END
name=$(printf widgets_project_id_check_not_null | sha256sum | cut -c -10)
printf 'ALTER TABLE widgets ADD CONSTRAINT check_%s CHECK ((project_id IS NOT NULL));\n\\unrestrict abc\n' "$name" >>"$rails/db/structure.sql"
cp "$rails/db/structure.sql" "$rails/db/structure.sql.bundled"
release_migration "$rails" 20260902000001 add_not_null post "  def up
    add_not_null_constraint :widgets, :project_id
  end

  def down
    remove_not_null_constraint :widgets, :project_id
  end"
release_migration "$rails" 20260902000002 queue_backfill post "  MIGRATION = 'BackfillGroups'
  restrict_gitlab_migration gitlab_schema: :gitlab_main

  def up
    queue_batched_background_migration(MIGRATION, :widgets, :id)
  end

  def down
    delete_batched_background_migration(MIGRATION, :widgets, :id, [])
  end"
release_migration "$rails" 20260902000003 finalize_backfill '' "  def up
    ensure_batched_background_migration_is_finished(
      job_class_name: 'BackfillWidgetsProjectId',
      table_name: :widgets,
      column_name: :id,
      job_arguments: []
    )
  end

  def down; end"
release_migration "$rails" 20260902000004 fill_groups '' "  def up
    return unless Gitlab.com?

    define_batchable_model(:widgets).where(group_id: nil).update_all(group_id: 1)
  end"
release_migration "$rails" 20260902000005 drop_key '' "  def up
    remove_foreign_key :widgets, :projects
  end"
# Of an earlier milestone, although its number is higher.
release_migration "$rails" 20260903000000 late_backport
sed -i "s/milestone '19.9'/milestone \"19.8\"/" "$rails/db/migrate/20260903000000_late_backport.rb"
: >"$rails/db/schema_migrations/20260904000000"
printf 'name: main\ngitlab_schemas:\n- gitlab_main\n- gitlab_shared\nlock_gitlab_schemas:\n- gitlab_ci\n' \
	>"$rails/db/database_connections/main.yaml"
printf -- '---\nmigration_job_name: BackfillGroups\nmilestone: "19.9"\nqueued_migration_version: 20260902000002\nfinalized_by: # not yet\n' \
	>"$rails/db/docs/batched_background_migrations/backfill_groups.yml"
printf -- '---\nname: Old\nobsolete: true\nmarked_obsolete_in_milestone: "19.9"\nmilestone: "18.0"\n' >"$rails/ee/elastic/docs/20250101000000_old.yml"

exits 0 'a directory' collect main "$rails"
is "$err" '' 'without a word'
has release '[190090005,"ee","directory",null,"' 'the release'
has release_migration '"gitlab","20211202041233","init_schema","regular",190090005' 'the first migration'
has release_migration '"gitlab","20260903000000","late_backport","regular",190080005,1,1,"no","none",null]' \
	'an earlier milestone runs first'
has release_migration '"20260902000001","add_not_null","post_deployment",190090005,8,1,' 'post-deployment ones run last'
has release_migration '"20260902000002","queue_backfill","post_deployment",190090005,9,1,"no","none","gitlab_main"]' \
	'queuing changes no rows; the schema that it is restricted to'
has release_migration '"20260902000004","fill_groups","regular",190090005,5,1,"yes","gitlab_com",null]' \
	'rows that are changed on GitLab.com only'
has release_migration '"20260904000000",null,null,null,0,0,"not_understood","not_understood",null]' 'a number without a file'
has release_migration '"geo","20260801000003","b","post_deployment"' 'the tracking database of Geo'
has release_migration_name '"20260902000004","table","widgets","widgets","literal"]' 'a table that a migration names'
has release_migration_name '"20260902000004","column","widgets","group_id","literal"]' 'a column of it'
has release_migration_name "\"20260902000001\",\"constraint\",\"widgets\",\"check_$name\",\"computed\"]" \
	'a constraint by the name that GitLab computes'
is "$(rows main release_migration_call | grep -c -e remove_not_null -e '"20260902000002"')" 0 'nothing out of down'
has release_migration_call '"20260902000005",7,"remove_foreign_key","remove","foreign_key","widgets",null,null,"projects","no"]' \
	'a key that is removed without a guard'
has release_migration_call '"add_not_null_constraint","create","not_null","widgets","project_id",null,null,"yes"]' 'a guarded call'
has release_batched_migration '["BackfillWidgetsProjectId",190070005,"20260601000001","20260901000002",null]' 'the dictionary'
has release_batched_migration '["BackfillGroups",190090005,"20260902000002",null,null]' 'one that nothing finalizes'
has release_batched_call '["20260902000002","queue","BackfillGroups","widgets","id"]' 'what queues'
has release_batched_call '["20260902000003","finalize","BackfillWidgetsProjectId","widgets","id"]' 'what finalizes'
has release_search_migration '["20260801000001","AddWidgets",null,1,0,null,1]' 'a search migration'
has release_search_migration '["20250101000000","Old",180000005,1,1,190090005,0]' 'one that is obsolete and has no code'
is "$(rows main release_stop)" '[190050005,null]
[190080005,null]' 'stops'
has release_floor '["gitlab","not_applicable",null,"only a package has a pre-installation script: this is the directory"]' 'no floor here'
has release_documented_table '["deleted_table","gadgets","gitlab_main",null]' 'deleted tables'
has release_connection '["main","gitlab_ci",1]' 'schemas of each database'
has release_bigint_column '["projects","name_id"]' 'columns that may be integer'
has structure_table '["gitlab","gitlab_partitions_static","p_parts_1","partition","p_parts",1,null]' 'a partition'
has structure_table '["gitlab","public","p_parts","partitioned",null,1,null]' 'its parent'
has structure_column '["gitlab","public","projects","name","varchar(255)",1]' 'a column with a default'
has structure_column '["gitlab","public","widgets","tags","text[]",1]' 'an array'
has structure_column '"widgets","id","int8",1]' 'a default that is set later'
has structure_constraint '"widgets","check_both","check","group_id,project_id",null,null,0,"check(=(num_nonnulls(group_id,project_id),1))","CHECK ((num_nonnulls(group_id, project_id) = 1))","(num_nonnulls(group_id, project_id) = 1)"]' \
	'a check that is not valid'
has structure_constraint '"fk_widgets","foreign_key","project_id","projects","id",1,"' 'a foreign key'
has structure_index '"index_widgets_on_project_id_and_name",1,null,"' 'a unique index over an expression'
has structure_index '"index_widgets_on_group_id",0,"group_id",null,null]' 'of others only the presence'
has structure_sequence '["gitlab","public","widgets_id_seq","widgets","id"]' 'who owns a sequence'
has structure_extension '["gitlab","pg_trgm"]' 'an extension'

# The same out of every artefact.
# same NAME ARTEFACT
same()
{
	exits 0 "$1" collect "$1" "$2"
	is "$(cd "$dir/facts.$1/facts" && cat -- release_[!f]*.ndjson structure_*.ndjson | sed -E 's/"(read_at|duration_us)":[0-9]+//g')" \
		"$(cd "$dir/facts.main/facts" && cat -- release_[!f]*.ndjson structure_*.ndjson | sed -E 's/"(read_at|duration_us)":[0-9]+//g')" \
		"$1: the same facts"
}
release_deb "$dir/x.deb" "$rails"
same deb "$dir/x.deb"
is "$(rows deb release_floor)" '["gitlab","enforced",190020005,null]
["postgresql","enforced",170000005,null]' 'deb: floors'
contains "$(rows deb release)" '"ee","deb","gitlab-ee","'"$(sha256sum <"$dir/x.deb" | cut -c -64)" 'deb: its digest'
if command -v rpmbuild >/dev/null; then
	release_rpm "$dir/x.rpm" "$rails"
	same rpm "$dir/x.rpm"
	is "$(rows rpm release_floor)" "$(rows deb release_floor)" 'rpm: floors'
else
	skip 'rpmbuild is not installed' 3
fi
release_image "$dir/x.tar" docker "$rails"
same image "$dir/x.tar"
release_image "$dir/oci.tar" oci "$rails" compress=gzip,zstd,plain
same oci "$dir/oci.tar"
contains "$(rows oci release_floor)" '["postgresql","not_applicable",null,"only a package' 'an image has no floor'

# A bundle instead of the artefact.
"$PREFLIGHT" collect --no-discover --only release --release "$dir/x.deb" --out "$dir/release.tar.gz"
/usr/bin/python3 tests/bench/release_tree.py "$dir/large" || fail 'a tree of the size of GitLab'
"$PREFLIGHT" collect --no-discover --only release --release "$dir/large" --out "$dir/large.tar.gz"
ok 'a bundle of a release of the size of GitLab has less than 400 KB' [ "$(stat -c %s "$dir/large.tar.gz")" -lt 400000 ]
rm -rf "$dir/large"
mkdir -p "$dir/host/opt/gitlab/embedded/service" && cp -a "$rails" "$dir/host/opt/gitlab/embedded/service/gitlab-rails"
printf 19.8.1-ee >"$dir/host/opt/gitlab/embedded/service/gitlab-rails/VERSION"
printf '{"build_version": "19.8.1"}\n' >"$dir/host/opt/gitlab/version-manifest.json"
exits 5 'check with the bundle' "$PREFLIGHT" check --no-discover --root "$dir/host" --facts "$dir/release.tar.gz" --to 19.9.0 --format json
json=$out
like "$json" '"id": ?"release",[^}]*"status": ?"complete"' 'has the release'
exits 5 'check with the package' "$PREFLIGHT" check --no-discover --root "$dir/host" --release "$dir/x.deb" --format json \
	--out "$dir/checked"
like "$out" '"id": ?"release:installed",[^}]*"status": ?"complete"' 'reads the installed release as well'
like "$(sed 1d "$dir/checked/facts/release.ndjson")" '"installed",190080015,' 'whose version is on record'
contains "$(sed 1d "$dir/checked/facts/structure_column.ndjson")" '["installed","gitlab","public","widgets","tags"' 'and its structure'
exits 2 'facts of another release' "$PREFLIGHT" check --no-discover --root "$dir/host" --facts "$dir/release.tar.gz" --to 19.9.1
contains "$err" 'the release that was read is GitLab 19.9.0, and this upgrade step goes to 19.9.1' 'are named'
is "$(wc -l <<<"$err")" 1 'in one line'
exits 2 'the release twice' "$PREFLIGHT" check --no-discover --root "$dir/host" --facts "$dir/release.tar.gz" --release "$dir/x.deb"
contains "$err" 'already contains release' 'is refused'

# The installed structure is the one that the package brought, not what was dumped later.
printf 'CREATE TABLE later (id bigint);\n' >"$dir/host/opt/gitlab/embedded/service/gitlab-rails/db/structure.sql"
exits 0 'the installed release' "$PREFLIGHT" collect --no-discover --root "$dir/host" --only release:installed --out "$dir/facts.installed"
contains "$(rows installed structure_table)" '"widgets"' 'structure.sql.bundled is read first'
unlike "$(rows installed structure_table)" later 'and the other one is not'

# Refused before anything is read.
# refused NAME REGEX ARGUMENT...
refused()
{
	local started=$EPOCHREALTIME

	exits 2 "$1" "$PREFLIGHT" check --no-discover --root "$dir/host" "${@:3}"
	like "$err" "$2" "$1: why"
	is "$(wc -l <<<"$err")" 1 "$1: in one line"
	ok "$1: at once" awk "BEGIN {exit !(${EPOCHREALTIME/,/.} - ${started/,/.} < 5)}"
}
release_deb "$dir/other.deb" "$rails" 19.9.0 xz gitlab-runner
refused 'another product' 'other than gitlab-ee or gitlab-ce: gitlab-runner' --release "$dir/other.deb"
refused 'another version' '--release: .*x.deb is GitLab 19.9.0, and the target is 19.8.5' --release "$dir/x.deb" --to 19.8.5
refused 'another version of a tree' 'is GitLab 19.9.0, and the target is 19.10' --release "$rails" --to 19.10
refused 'no such file' 'cannot be opened: No such file' --release "$dir/absent.deb"
refused 'auto without a target' 'needs --to' --release auto
refused 'auto without a package' 'no package of GitLab 19.9.0 is in the cache' --release auto --to 19.9.0
refused 'an image of another version' 'the release that was read is GitLab 19.9.0, and this upgrade step goes to 19.8.5' \
	--release "$dir/x.tar" --to 19.8.5
mkdir -p "$dir/host/var/cache/apt/archives"
cp "$dir/x.deb" "$dir/host/var/cache/apt/archives/gitlab-ee_19.9.0-ee.0_amd64.deb"
cp "$dir/x.deb" "$dir/host/var/cache/apt/archives/gitlab-ee_19.8.4-ee.0_amd64.deb"
exits 5 'a package of the target that was downloaded' "$PREFLIGHT" check --no-discover --root "$dir/host" --to 19.9.0 -v
contains "$out" '/var/cache/apt/archives/gitlab-ee_19.9.0-ee.0_amd64.deb is the package of the target' \
	'is named, and not read'
exits 5 'auto' "$PREFLIGHT" check --no-discover --root "$dir/host" --release auto --to 19.9 --format json
like "$out" '"id": ?"release",[^}]*"status": ?"complete"' 'takes the package of the target from the cache'

# unknown NAME REGEX ARTEFACT: the source has no facts, and the reason is one line
unknown()
{
	exits 5 "$1" collect bad "$3"
	like "$(sed 1d "$dir/facts.bad/facts/source.ndjson" | grep '"release"')" "$2" "$1: why"
	is "$(cat "$dir"/facts.bad/facts/release_*.ndjson "$dir"/facts.bad/facts/structure_*.ndjson | grep -c '^\["target"')" 0 "$1: no facts"
	rm -rf "$dir/facts.bad"
	exits 5 "$1: no better gate" "$PREFLIGHT" check --no-discover --root "$dir/host" --to 19.9.0 --release "$3"
}
head -c $(($(stat -c %s "$dir/x.deb") * 80 / 100)) "$dir/x.deb" >"$dir/cut.deb"
unknown 'a cut package' 'unreadable.*(cut|damaged)' "$dir/cut.deb"
cp "$dir/x.deb" "$dir/flipped.deb"
printf '\xa5\x5a\xa5\x5a' | dd of="$dir/flipped.deb" bs=1 seek=$(($(stat -c %s "$dir/x.deb") * 80 / 100)) conv=notrunc status=none
unknown 'a damaged package' 'unreadable.*(cut|damaged)' "$dir/flipped.deb"
head -c 100000 /dev/urandom >"$dir/noise"
unknown 'noise' 'neither a Debian package nor' "$dir/noise"

# Hostile contents: a part that is not understood is unknown, and only that.
hostile()
{
	rm -rf "$dir/hostile" "$dir/facts.$1" && cp -a "$rails" "$dir/hostile"
	(cd "$dir/hostile" && rm db/structure.sql.bundled && eval "$2") || exit 1
}
deep()
{
	/usr/bin/python3 -c "print('ALTER TABLE widgets ADD CONSTRAINT deep CHECK (' + '$1' * $3 + '1' + '$2' * $3 + ');')"
}
for shape in '1+:' '(:)' 'abs(:)' '- :'; do
	for depth in 900 20000 100000; do
		hostile deep "$(declare -f deep); deep '${shape%:*}' '${shape#*:}' $depth >>db/structure.sql"
		exits 0 "$depth times ${shape%:*}" collect deep "$dir/hostile"
		[ $depth = 900 ] ||
			contains "$(rows deep structure_table)" '"widgets","table",null,0,"' "$depth times ${shape%:*}: not understood"
	done
done
hostile broken 'echo "ALTER TABLE widgets ADD CONSTRAINT c CHECK ((a = ));" >>db/structure.sql'
exits 0 'a statement that is not understood' collect broken "$dir/hostile"
contains "$(rows broken structure_table)" '"widgets","table",null,0,"syntax error' 'makes its table unknown'
contains "$(rows broken structure_table)" '"projects","table",null,1,null]' 'and no other'
hostile newer 'echo "CREATE TABLE newer (id bigint, CONSTRAINT n NOT NULL id);" >>db/structure.sql'
exits 0 'a grammar that is newer' collect newer "$dir/hostile"
contains "$(rows newer structure_table)" '"newer","table",null,0,' 'makes its table unknown'
hostile twice 'echo "CREATE TABLE widgets (id bigint); CREATE TABLE public.projects (x int REFERENCES y);" >>db/structure.sql'
exits 0 'a table twice' collect twice "$dir/hostile"
contains "$(rows twice structure_table)" '"widgets","table",null,0,"it is declared twice"]' 'is unknown'
hostile evil 'echo "ALTER TABLE widgets ADD CONSTRAINT c CHECK (pg_sleep(10) IS NULL OR lo_export(1, '"'/tmp/x'"') = 1);" >>db/structure.sql'
exits 0 'calls that nobody should run' collect evil "$dir/hostile"
contains "$(rows evil structure_constraint)" 'lo_export' 'are text like any other'
hostile unsplit 'echo "SELECT '"'"'" >>db/structure.sql'
exits 5 'a structure that cannot be split' collect unsplit "$dir/hostile"
status unsplit structure_table unreadable
status unsplit structure_column unreadable
status unsplit release_migration complete
hostile short 'head -c -20 db/structure.sql >x; mv x db/structure.sql'
exits 5 'a structure that is cut' collect short "$dir/hostile"
status short structure_table unreadable
hostile not-yaml 'printf "a: [\n" >db/docs/widgets.yml; printf "{}" >config/upgrade_path.yml'
exits 5 'dictionaries that are not understood' collect not-yaml "$dir/hostile"
status not-yaml release_documented_table unreadable
status not-yaml release_stop unreadable
status not-yaml structure_table complete
status not-yaml release_batched_migration complete
hostile ruby 'printf "class A\n  def up\n    x = '"'"'\n" >db/migrate/20260905000000_open.rb'
exits 0 'Ruby that has no end' collect ruby "$dir/hostile"
contains "$(rows ruby release_migration)" '"open","regular",null,' 'a migration without a milestone'
contains "$(rows ruby release_migration)" '"not_understood","not_understood",null]' 'is not understood'
hostile bare 'rm -r db/docs config ee db/database_connections db/migrate db/post_migrate db/schema_migrations db/structure.sql'
exits 0 'a tree with little in it' collect bare "$dir/hostile"
for table in structure_table release_migration release_stop release_batched_migration release_search_migration; do
	status bare $table absent
done

# What would be done.
exits 0 'a dry run' "$PREFLIGHT" collect --no-discover --only release --release "$dir/x.deb" --dry-run
contains "$out" "reads $dir/x.deb once, writes nothing to disk and runs nothing of it" 'names the file'
done_testing
