#!/bin/bash
# What an invented GitLab 19.9 brings, as rows of rule files: they go into the files as they are printed.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/release.sh"
need dpkg-deb /usr/bin/python3
dir=$(new_dir)
rails=$dir/rails
release_tree "$rails" || exit 1
"$PREFLIGHT" collect --no-discover --only release --release "$rails" --out "$dir/probe" >/dev/null 2>&1
! grep -q 'no libpg_query' "$dir/probe/facts/source.ndjson" || skip_all 'built without libpg_query'

# named TABLE COLUMN KIND: the name that GitLab computes
named()
{
	printf '%s_%s_%s' "$1" "$2" "$3" | sha256sum | cut -c -10
}
not_null=check_$(named widgets project_id check_not_null)
text_limit=check_$(named widgets name check_max_length)
key=fk_$(named widgets project_id fk)
cat >"$rails/db/structure.sql" <<END
CREATE TABLE projects (id bigint NOT NULL, name text, CONSTRAINT projects_pkey PRIMARY KEY (id));
CREATE TABLE widgets (
    id bigint NOT NULL,
    project_id bigint,
    group_id bigint,
    name text,
    brand_new bigint,
    CONSTRAINT $not_null CHECK ((project_id IS NOT NULL)),
    CONSTRAINT $text_limit CHECK ((char_length(name) <= 255)),
    CONSTRAINT check_owner CHECK ((num_nonnulls(group_id, project_id) = 1)),
    CONSTRAINT check_later CHECK ((group_id > 0)) NOT VALID,
    CONSTRAINT check_brand CHECK ((brand_new > 0))
);
CREATE TABLE gadgets (id bigint NOT NULL, CONSTRAINT check_gadget CHECK ((id > 0)));
ALTER TABLE ONLY widgets ADD CONSTRAINT $key FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX index_widgets_on_name ON widgets USING btree (name);
END
cp "$rails/db/structure.sql" "$rails/db/structure.sql.bundled"
rm "$rails"/db/*migrate/* "$rails"/db/schema_migrations/*
cat >"$rails/db/migrate/20211202041233_init_schema.rb" <<'END'
class InitSchema < Gitlab::Database::Migration[1.0]
  def up; end
  def down; end
end
END
printf -- '- major: 19\n  minor: 9\n' >>"$rails/config/upgrade_path.yml"
m()
{
	release_migration "$rails" "$1" "$2" "$3" "  $5

  def up
    $4
  end"
}
m 20260901000001 old_thing '' 'add_not_null_constraint :projects, :name'
sed -i "s/19.9/19.5/" "$rails/db/migrate/20260901000001_old_thing.rb"
m 20260902000001 create_gadgets '' 'create_table(:gadgets) { |t| t.bigint :id }'
m 20260902000002 check_gadgets '' "add_check_constraint :gadgets, 'id > 0', 'check_gadget'"
m 20260902000003 queue '' "queue_batched_background_migration('BackfillWidgetsOwner', :widgets, :id)" \
	'restrict_gitlab_migration gitlab_schema: :gitlab_ci'
m 20260902000004 finalize post "ensure_batched_background_migration_is_finished(job_class_name: 'BackfillWidgetsProjectId', table_name: :widgets, column_name: :id, job_arguments: [])"
m 20260902000005 fill post 'define_batchable_model(:widgets).where(name: nil).update_all(name: 1)'
m 20260902000006 not_null post 'add_not_null_constraint :widgets, :project_id'
m 20260902000007 limit post 'add_text_limit :widgets, :name, 255'
m 20260902000008 owner post "add_multi_column_not_null_constraint :widgets, :group_id, :project_id, constraint_name: 'check_owner'"
m 20260902000009 later post "add_check_constraint :widgets, 'group_id > 0', 'check_later', validate: false"
m 20260902000010 brand post "add_column :widgets, :brand_new, :bigint
    add_check_constraint :widgets, 'brand_new > 0', 'check_brand'"
m 20260902000011 key post 'add_concurrent_foreign_key :widgets, :projects, column: :project_id'
m 20260902000012 index post "add_concurrent_index :widgets, :name, unique: true, name: 'index_widgets_on_name'"
m 20260902000013 guarded post 'return unless Gitlab.com?

    validate_not_null_constraint :projects, :name'
cat >"$rails/db/docs/batched_background_migrations/owner.yml" <<'END'
migration_job_name: BackfillWidgetsOwner
milestone: '19.9'
queued_migration_version: 20260902000003
END
printf -- 'name: Old\nobsolete: true\nmilestone: "18.0"\nmarked_obsolete_in_milestone: "19.9"\n' \
	>"$rails/ee/elastic/docs/20250101000000_old.yml"
printf -- 'name: Older\nobsolete: true\nmilestone: "17.0"\nmarked_obsolete_in_milestone: "18.9"\n' \
	>"$rails/ee/elastic/docs/20240101000000_older.yml"
release_deb "$dir/x.deb" "$rails" || exit 1

exits 0 'import' "$PREFLIGHT" rules import --release "$dir/x.deb"
rows=$out
is "$err" '' 'without a word on the side'
has()
{
	contains "$rows" "      - {$1}" "$2"
}
contains "$rows" "    - {version: \"19.9\", kind: required, reason: \"stop of GitLab's upgrade path\"}" 'a stop'
unlike "$rows" 'version: "19.[58]", kind: required' 'and none that is covered'
has 'release: "19.9", kind: regular, stop: "19.9", name: "20260902000001"' 'the first regular migration'
has 'release: "19.9", kind: post_deployment, stop: "19.9", name: "20260902000012"' 'the last that runs everywhere'
has 'kind: batched, name: BackfillWidgetsOwner, database: ci, table_name: widgets, column_name: id, queued_in: "19.9"' 'a migration that is queued'
has 'kind: batched, name: BackfillWidgetsProjectId, table_name: widgets, column_name: id, queued_in: "19.7", required_in: "19.9"' \
	'one that is finalized'
has 'kind: search, name: Old, version: "20250101000000", queued_in: "18.0", required_in: "19.9"' 'a search migration'
unlike "$rows" 'Older' 'and none that was obsolete before'
has "release: \"19.9\", migration: \"20260902000006\", table_name: widgets, name: $not_null, kind: not_null, columns: project_id, cured_by: migration" 'NOT NULL'
has "release: \"19.9\", migration: \"20260902000007\", table_name: widgets, name: $text_limit, kind: length, columns: name, expression: \"255\", cured_by: migration" 'a length'
has 'release: "19.9", migration: "20260902000008", table_name: widgets, name: check_owner, kind: num_nonnulls, columns: "group_id,project_id", expression: "= 1", cured_by: migration' 'an owner'
has "release: \"19.9\", migration: \"20260902000011\", table_name: widgets, name: $key, kind: foreign_key, columns: project_id, referenced: \"projects(id)\", cured_by: migration" 'a foreign key'
has 'release: "19.9", migration: "20260902000012", table_name: widgets, name: index_widgets_on_name, kind: unique, columns: name, cured_by: migration' 'a unique index'
has 'table_name: widgets, name: index_widgets_on_name, kind: rows, release: "19.9", migration: "20260902000005"' 'a cure'
has "table_name: widgets, name: $not_null, kind: rows, release: \"19.9\", migration: \"20260902000005\", sure: f" 'one that changes another column'
has "table_name: widgets, name: $not_null, kind: finalize, release: \"19.9\", migration: \"20260902000004\", job_class_name: BackfillWidgetsProjectId" \
	'one that finalizes'
for name in check_later check_brand check_gadget; do
	unlike "$rows" "$name" "$name is not to come"
done
unlike "$rows" 'table_name: projects' 'what happens on GitLab.com only is not to come'

# The rows go into the files as they are.
cp -a rules "$dir/rules"
/usr/bin/python3 - "$dir/rules" <<END || exit 1
import re, sys
text = '''$(sed "s/'/\\\\'/g" <<<"$rows")'''
places = {'path.yml': [('  stops:\n', 'path.stops')], 'markers.yml': [('- table: schema_marker', 'schema_marker')],
          'known.yml': [('- table: known_migration', 'known_migration')],
          'coming.yml': [('- table: coming_constraint', 'coming_constraint'), ('- table: coming_cure', 'coming_cure')]}
for block in text.split('\n\n')[1:]:
    head, _, rows = block.partition('\n')
    file = re.match(r'# (\S+):', head).group(1)
    path = sys.argv[1] + '/' + file
    mark = next(m for m, word in places[file] if word in head)
    content = open(path).read()
    at = content.index(mark)
    at = content.index('\n', at if file == 'path.yml' else content.index('rows:', at)) + 1
    open(path, 'w').write(content[:at] + (rows + '\n' if rows else '') + content[at:])
END
sed -i 's/known_through: .*/known_through: "19.9"/' "$dir/rules/path.yml"
exits 0 'the rules with them' "$PREFLIGHT" rules lint --rules-dir "$dir/rules"
like "$out" 'no fault' 'have no fault'
contains "$("$PREFLIGHT" rules known --rules-dir "$dir/rules")" BackfillWidgetsOwner 'and contain them'

exits 2 'without a release' "$PREFLIGHT" rules import
contains "$err" 'rules import needs --release PATH' 'there is nothing to import'
head -c 3000 "$dir/x.deb" >"$dir/cut.deb"
exits 2 'a cut package' "$PREFLIGHT" rules import --release "$dir/cut.deb"
like "$err" 'the release could not be read: .*(cut|damaged)' 'gives no rows'
is "$out" '' 'at all'
done_testing
