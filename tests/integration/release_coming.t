#!/bin/bash
# Every constraint that GitLab 18.2 and later add to old tables, as the structure of a release to be installed: with data
# that breaks each, each is asked and found; without data there is no finding; and the database of that very structure has no drift.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/release.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
[ -e /usr/include/pg_query.h ] || skip_all 'libpg_query is not installed'
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql >"$dir/18.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$dir/18.11.sql"
instance
gate_schema 19.8.3

# Tables before and after, rows that break each constraint, and the names, out of rules/coming.yml.
/usr/bin/python3 - "$dir" <<-'END' || exit 1
	import re, sys
	folder = sys.argv[1]
	rows = []
	for line in open('rules/coming.yml'):
	    m = re.match(r' *- \{release: "(18|19)\.(\d+)", (.*)\}', line)
	    if m is None or (m[1], m[2]) < ('18', '2') and m[1] == '18' or 'table_name: ' not in line:
	        continue
	    row = {k: q or v for k, q, v in re.findall(r'(\w+): (?:"([^"]*)"|([^,"]+))', m[3])}
	    if row.get('kind') in ('not_null', 'num_nonnulls', 'length', 'foreign_key', 'unique') and 'columns' in row:
	        rows.append(row)
	tables, parents, seen, adds = {}, {}, set(), []
	for r in rows:
	    table = 'old_' + r['table_name']
	    columns = r['columns'].split(',')
	    if (table, r['name']) in seen or not all(re.fullmatch(r'[a-z0-9_]+', c) for c in columns):
	        continue
	    seen.add((table, r['name']))
	    for c in columns:
	        tables.setdefault(table, {}).setdefault(c, 'bigint')
	    if r['kind'] == 'length':
	        tables[table][columns[0]] = 'text'
	    check = {'not_null': f'({columns[0]} IS NOT NULL)', 'length': f'(char_length({columns[0]}) <= {r.get("expression")})',
	             'num_nonnulls': f'(num_nonnulls({", ".join(columns)}) {r.get("expression")})'}.get(r['kind'])
	    if r['kind'] == 'foreign_key':
	        parent, keys = re.fullmatch(r'(\w+)\((.*)\)', r['referenced']).groups()
	        parents.setdefault('of_' + parent, set()).add(keys.replace(' ', ''))
	        adds.append((table, r['name'], f'ALTER TABLE ONLY {table} ADD CONSTRAINT {r["name"]} FOREIGN KEY ({", ".join(columns)}) REFERENCES of_{parent}({keys});'))
	    elif r['kind'] == 'unique':
	        adds.append((table, r['name'], f'CREATE UNIQUE INDEX {r["name"]} ON {table} USING btree ({", ".join(columns)});'))
	    else:
	        adds.append((table, r['name'], f'ALTER TABLE {table} ADD CONSTRAINT {r["name"]} CHECK ({check});'))
	with open(f'{folder}/before.sql', 'w') as f:
	    for parent, keys in parents.items():
	        names = sorted({k for group in keys for k in group.split(',')})
	        f.write(f'CREATE TABLE {parent} (\n    ' + ',\n    '.join(f'{n} bigint NOT NULL' for n in names) + '\n);\n')
	        for i, group in enumerate(keys):
	            f.write(f'ALTER TABLE ONLY {parent} ADD CONSTRAINT {parent}_key_{i} UNIQUE ({group});\n')
	    for table, columns in tables.items():
	        columns.pop('id', None)
	        f.write(f'CREATE TABLE {table} (\n    id bigint NOT NULL,\n    ' + ',\n    '.join(f'{c} {t}' for c, t in columns.items()) + '\n);\n')
	        f.write(f'ALTER TABLE ONLY {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id);\n')
	with open(f'{folder}/rows.sql', 'w') as f:
	    for table, columns in tables.items():
	        full = ', '.join("repeat('x', 1000001)" if t == 'text' else '987654321' for t in columns.values())
	        f.write(f'INSERT INTO {table} (id) VALUES (1);\nINSERT INTO {table} VALUES (2, {full}), (3, {full});\n')
	open(f'{folder}/added.sql', 'w').write('\n'.join(a for _, _, a in adds) + '\n')
	open(f'{folder}/names', 'w').write('\n'.join(sorted(f'{t} {n}' for t, n, _ in adds)) + '\n')
	open(f'{folder}/schema_names', 'w').write('\n'.join(tables) + '\n')
END
ok 'there are many' [ "$(wc -l <"$dir/names")" -gt 150 ]

root=$dir/root
installed=$root/opt/gitlab/embedded/service/gitlab-rails
mkdir -p "$(dirname "$installed")"
release_tree "$installed" 19.8.3
release_tree "$dir/target" 19.9.0
printf '{"build_version": "19.8.3"}\n' >"$root/opt/gitlab/version-manifest.json"
tee "$installed/db/structure.sql" <"$dir/before.sql" >"$installed/db/structure.sql.bundled"
cat "$dir/before.sql" "$dir/added.sql" | tee "$dir/target/db/structure.sql" >"$dir/target/db/structure.sql.bundled"

# look NAME: $violations: "state found table name" of each question; $found: messages of the rules about constraints
look()
{
	gate_run_any "$1" --from 19.8.3 --root "$root" --release "$dir/target" --redis "$(redis_url "$REDIS_DB")" \
		--install-method linux_package --postgres "main=$(pg_conninfo "$main") user=postgres"
	tar -xOzf "$bundle" --wildcards '*/facts/target_violation.ndjson' >"$dir/violations"
	violations=$(/usr/bin/python3 - "$dir/violations" <<-'END'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		names = [c['name'] if isinstance(c, dict) else c for c in lines[0]['columns']]
		for line in lines[1:]:
		    r = dict(zip(names, line[len(line) - len(names):]))
		    print(r['state'], min(r['found'], 1), r['table_name'], r['name'])
	END
	)
	found=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] in ('release.drift', 'release.rows-break-constraint', 'release.structure-unread') and f['status'] not in ('pass', 'not_applicable'):
		        print(f['rule']['id'], f['status'], f['effect'], f['message'])
	END
	)
}

pg_sql "$main" <"$dir/before.sql" >/dev/null || fail 'the structure'
look 'without data'
is "$found" '' 'without data: no finding'
is "$violations" '' 'without data: an empty table has no question'
pg_sql "$main" <"$dir/rows.sql" >/dev/null || fail 'the rows'
look 'with data'
is "$(grep '^read 1 ' <<<"$violations" | cut -d ' ' -f 3,4 | sort)" "$(cat "$dir/names")" 'with data: each is asked and found'
is "$(grep -c '^release.rows-break-constraint fail blocks ' <<<"$found")" "$(wc -l <"$dir/names")" 'with data: each blocks'
is "$(grep -v '^release.rows' <<<"$found")" '' 'with data: no drift'
while read -r table; do printf 'TRUNCATE %s;\n' "$table"; done <"$dir/schema_names" | pg_sql "$main" >/dev/null
pg_sql "$main" <"$dir/added.sql" >/dev/null || fail 'the constraints'
look 'with the constraints'
is "$found$violations" '' 'with the constraints: nothing is to come, and nothing differs'
done_testing
