"""A Rails root of the size of GitLab's, invented: release_tree.py DIR. As many tables, statements, migrations and
dictionary entries as a release of 18 has; names and texts are made up."""
import hashlib
import os
import random
import sys

root = sys.argv[1]
rnd = random.Random(1)
words = 'group project user note label issue merge build token package branch commit runner stage epic board'.split()
common = 'created_at updated_at project_id namespace_id group_id user_id organization_id name description state'.split()
types = ['bigint', 'bigint NOT NULL', 'integer DEFAULT 0 NOT NULL', 'text', 'timestamp with time zone NOT NULL',
         "smallint DEFAULT '-1'::integer", 'boolean DEFAULT false NOT NULL', "jsonb DEFAULT '{}'::jsonb NOT NULL",
         "text[] DEFAULT '{}'::text[] NOT NULL", 'character varying(255)']


def digest(*what):
    return hashlib.sha256(repr(what).encode()).hexdigest()[:10]


def put(path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'w') as f:
        f.write(text)


tables = []
sql = ["SET client_encoding = 'UTF8';\nCREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;\n"]
late = []
for i in range(1469):
    name = f'{rnd.choice(words)}_{rnd.choice(words)}_{i}s'
    columns = ['id'] + rnd.sample(common, 5) + [f'{rnd.choice(words)}_{rnd.choice(words)}_id{c}' for c in range(3)]
    tables.append((name, columns))
    lines = ['    id bigint NOT NULL'] + [f'    {c} {rnd.choice(types)}' for c in columns[1:]]
    for c in range(rnd.choice([0, 1, 2, 3])):
        lines.append(f'    CONSTRAINT check_{digest(i, c)} CHECK ((char_length({columns[c + 1]}) <= {rnd.choice([64, 255])}))')
    sql.append(f'CREATE TABLE {name} (\n' + ',\n'.join(lines) + '\n);\n')
    sql.append(f'CREATE SEQUENCE {name}_id_seq\n    START WITH 1\n    INCREMENT BY 1\n    NO MINVALUE\n    CACHE 1;\n')
    sql.append(f'ALTER SEQUENCE {name}_id_seq OWNED BY {name}.id;\n')
    late.append(f"ALTER TABLE ONLY {name} ALTER COLUMN id SET DEFAULT nextval('{name}_id_seq'::regclass);\n")
    late.append(f'ALTER TABLE ONLY {name}\n    ADD CONSTRAINT {name}_pkey PRIMARY KEY (id);\n')
    for c in range(rnd.choice([2, 3, 4])):
        late.append(f'CREATE INDEX index_{name}_on_{columns[c + 1]} ON {name} USING btree ({columns[c + 1]});\n')
    late.append(f'CREATE UNIQUE INDEX index_{name}_on_{columns[1]}_and_{columns[2]} ON {name} USING btree ({columns[1]}, {columns[2]}) WHERE ({columns[3]} IS NULL);\n')
    if i > 0:
        to = rnd.choice(tables[:-1])[0]
        late.append(f'ALTER TABLE ONLY {name}\n    ADD CONSTRAINT fk_{digest(i)} FOREIGN KEY ({columns[1]}) REFERENCES {to}(id) ON DELETE CASCADE;\n')
    if i % 20 == 0:
        late.append(f'ALTER TABLE {name}\n    ADD CONSTRAINT check_{digest(i)} CHECK (({columns[2]} IS NOT NULL)) NOT VALID;\n')
structure = '\n'.join(sql + late)
put('db/structure.sql', structure)
put('db/structure.sql.bundled', structure)
put('VERSION', '19.9.0-ee')
put('config/upgrade_path.yml', '- major: 19\n  minor: 5\n- major: 19\n  minor: 8\n')
for i in range(1976):
    name, columns = rnd.choice(tables)
    version = 20250101000000 + i * 997
    post = i % 5 > 1
    kind = i % 4
    if kind == 0:
        up = f'    add_column :{name}, :{columns[2]}, :bigint, if_not_exists: true\n'
    elif kind == 1:
        up = f'    add_concurrent_index :{name}, %i[{columns[1]} {columns[2]}], name: INDEX_NAME\n'
    elif kind == 2:
        up = (f'    ensure_batched_background_migration_is_finished(\n      job_class_name: MIGRATION,\n      table_name: :{name},\n'
              f'      column_name: :id,\n      job_arguments: [:{columns[3]}, :{columns[4]}],\n      finalize: true\n    )\n')
    else:
        up = (f'    execute <<~SQL\n      UPDATE {name}\n      SET {columns[5]} = {columns[6]}\n      WHERE {columns[7]} IS NULL\n    SQL\n')
    text = (f'# frozen_string_literal: true\n\nclass Thing{i} < Gitlab::Database::Migration[2.3]\n  milestone \'19.{i // 200}\'\n'
            f"  disable_ddl_transaction!\n\n  INDEX_NAME = 'index_{name}_on_{columns[2]}'\n  MIGRATION = 'Backfill{i}'\n\n  def up\n{up}  end\n\n"
            f'  def down\n    # a comment of some length, as there often is one\n    remove_column :{name}, :{columns[2]}\n  end\nend\n')
    put(f'db/{"post_" if post else ""}migrate/{version}_thing_{i}.rb', text)
    put(f'db/schema_migrations/{version}', 'x' * 64)
for name, _ in tables[:1005]:
    put(f'db/docs/{name}.yml', f'---\ntable_name: {name}\nclasses:\n- Thing\nfeature_categories:\n- source_code\ndescription: None\n'
        f'introduced_by_url: none\nmilestone: "18.1"\ngitlab_schema: gitlab_main_org\nsharding_key:\n  project_id: projects\n')
for i in range(243):
    put(f'db/docs/batched_background_migrations/backfill_{i}.yml', f'---\nmigration_job_name: Backfill{i}\ndescription: None\n'
        f"feature_category: x\nmilestone: '19.{i % 9}'\nqueued_migration_version: {20250101000000 + i}\nfinalized_by: '{20250101000000 + i * 997}'\n")
for i in range(189):
    put(f'ee/elastic/docs/{20240101000000 + i}_x.yml', f'---\nname: X{i}\nversion: "{20240101000000 + i}"\nmilestone: "18.1"\nobsolete: {"true" if i < 170 else "false"}\n')
    if i > 80:
        put(f'ee/elastic/migrate/{20240101000000 + i}_x.rb', 'class X; end\n')
