#!/bin/bash
# A release against a live database: 1,000 tables with 5,000 constraints by their catalogue, and 148 questions about
# constraints to come over 456,000 rows, each by the time that the bundle has of its table.

. "$(dirname "$0")/lib.sh"
. tests/lib/release.sh
bench_servers || exit 1
dir=$(mktemp -d "$cleanup_root/release.XXXXXX")
db=release

/usr/bin/python3 - "$dir" <<-'END' || exit 1
	import sys
	old, new, data = (open(f'{sys.argv[1]}/{name}.sql', 'w') for name in ('old', 'new', 'data'))
	def both(text):
	    old.write(text)
	    new.write(text)
	for i in range(1000):
	    both(f'''CREATE TABLE table_{i} (id bigint NOT NULL, project_id bigint, group_id bigint, other_id bigint,
	        name text, state smallint DEFAULT 0 NOT NULL, kind character varying(255),
	        created_at timestamp with time zone, flag boolean,
	        CONSTRAINT check_a{i} CHECK ((char_length(name) <= 255)),
	        CONSTRAINT check_b{i} CHECK ((state = ANY (ARRAY[0, 1, 2]))),
	        CONSTRAINT check_c{i} CHECK ((num_nonnulls(project_id, group_id) <= 2)));
	        ALTER TABLE ONLY table_{i} ADD CONSTRAINT table_{i}_pkey PRIMARY KEY (id);
	        CREATE UNIQUE INDEX index_u{i} ON table_{i} USING btree (name, lower((kind)::text)) WHERE (state = 1);\n''')
	    if i > 0:
	        both(f'ALTER TABLE ONLY table_{i} ADD CONSTRAINT fk_{i} FOREIGN KEY (other_id) REFERENCES table_{i - 1}(id);\n')
	for i in range(93):
	    data.write(f"INSERT INTO table_{i} SELECT n, n, NULL, 1 + n % 100, 'name ' || n, 1, 'k', now(), true"
	        ' FROM generate_series(1, 4903) AS n;\n')
	    new.write(f'ALTER TABLE table_{i} ADD CONSTRAINT check_n{i} CHECK ((project_id IS NOT NULL));\n')
	for i in range(1, 18):
	    new.write(f'ALTER TABLE table_{i} ADD CONSTRAINT check_m{i} CHECK ((num_nonnulls(project_id, group_id) = 1));\n'
	        f'ALTER TABLE ONLY table_{i} ADD CONSTRAINT fk_n{i} FOREIGN KEY (project_id) REFERENCES table_0(id);\n')
	for i in range(21):
	    new.write(f'CREATE UNIQUE INDEX index_n{i} ON table_{i} USING btree (project_id);\n')
END
release_tree "$dir/target" 19.9.0 && cp "$dir/new.sql" "$dir/target/db/structure.sql.bundled" || exit 1
pg_newdb "$db" && cat "$dir/old.sql" "$dir/data.sql" | pg_sql "$db" >/dev/null && pg_sql "$db" 'VACUUM ANALYZE' || exit 1

# The median of five collections, in milliseconds: constraints of the catalogue, names to compare and all questions.
times()
{
	local i

	for i in 1 2 3 4 5; do
		rm -rf "$dir/out"
		"$PREFLIGHT" collect --no-discover --release "$dir/target" --postgres "main=$(pg_conninfo "$db")" \
			--from 19.8.3 --out "$dir/out" >/dev/null 2>&1
		/usr/bin/python3 - "$dir/out/facts" <<-'END' || return 1
			import json, sys
			def took(table):
			    for part in json.loads(open(f'{sys.argv[1]}/{table}.ndjson').readline())['parts']:
			        if part['status'] == 'complete' and part['duration_us'] > 0:
			            return part['duration_us'] / 1000
			print(took('live_constraint'), took('target_violation'))
		END
	done | sort -n | sed -n 3p
}

read -r catalogue questions < <(times) || exit 1
bench_row 'the 5,000 constraints of a database by its catalogue, against 0.3 s' "$catalogue" 300 '<= 1'
bench_row '148 questions about constraints of a release over 456,000 rows, against 1 s' "$questions" 1000 '<= 1'
