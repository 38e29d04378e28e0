#!/bin/bash
# Rows that break a constraint which the upgrade adds or validates, in a real PostgreSQL: found wherever they are,
# read by the role that `sources --print-role` makes, and no finding where the upgrade itself mends them.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11,17.11}.sql >"$dir/17.11.sql"
cat "$dir/17.11.sql" tests/schema/eras/18.11.sql >"$dir/18.11.sql"

# schema NAME: of the instances to come
schema()
{
	pg_sql postgres 'DROP DATABASE base' >/dev/null
	gitlab_base "$dir/$1.sql"
}

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

role()
{
	"$PREFLIGHT" sources --print-role "${gate_rules[@]}" | pg_sql "$main" >/dev/null 2>&1 || fail "the role of --print-role"
}

# looks FROM TO NAME [OPTION...]: findings of the constraint rules are in $found
looks()
{
	local from=$1 to=$2 name=$3
	shift 3

	role
	gate_run_any "$name" --from "$from" --to "$to" --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}" \
		--postgres "main=$(pg_conninfo "$main") user=preflight" "$@"
	found=$(/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'].startswith('constraints.') and f['status'] not in ('pass', 'not_applicable'):
		        print(f"{f['rule']['id'].split('.')[1]} {f['status']} {f['effect']}: {f['message']}")
	END
	)
}

# decides DECISION FROM TO NAME [OPTION...]: the gate's decision, too
decides()
{
	local decision=$1
	shift

	looks "$@"
	is "$(decision)" "$decision" "$3" || effects
}

# Floors of PostgreSQL and Redis rise with GitLab; the servers of the tests are what the machine has.
decision()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		order = {'none': 0, 'warns': 1, 'waits': 2, 'unknown': 3, 'blocks': 4}
		worst = 'none'
		for f in json.load(open(sys.argv[1]))['findings']:
		    effect = f['effect']
		    if f['rule']['id'].startswith(('requirement.', 'path.', 'notes.')):
		        continue
		    if effect == 'blocks' and f['status'] != 'fail':
		        effect = 'unknown'
		    worst = max(worst, effect, key=order.get)
		print({'none': 'go', 'warns': 'go_with_warnings', 'waits': 'wait', 'unknown': 'undetermined', 'blocks': 'no_go'}[worst])
	END
}

bbm()
{
	bbm_add "$main" "$1" "$2" id '[]' "$3" "${@:4}"
}

# ---- Failures from the field ----

schema 17.11
instance
sql 'CREATE TABLE vulnerability_user_mentions (id bigserial PRIMARY KEY, vulnerability_id bigint NOT NULL,
		note_id bigint, project_id bigint);
	INSERT INTO vulnerability_user_mentions (vulnerability_id, note_id) SELECT n, n FROM generate_series(1, 7) AS n'
bbm BackfillVulnerabilityUserMentionsProjectId vulnerability_user_mentions finalized >/dev/null
decides no_go 17.8.7 17.11.2 '17.9: rows that a finished migration left'
is "$found" 'rows-to-come fail blocks: 7 rows of vulnerability_user_mentions (main) have no project_id; check_0105942303 of 17.9 fails on them: 1, 2, 3, 4, 5, ...' \
	'17.9: table, column, release, count and five ids'
sql "UPDATE vulnerability_user_mentions SET project_id = 1"
decides go 17.8.7 17.11.2 '17.9: they are filled'

schema 18.11
instance
sql 'CREATE TABLE abuse_reports (id bigserial PRIMARY KEY, reporter_id bigint, user_id bigint);
	INSERT INTO abuse_reports (reporter_id) VALUES (1), (NULL), (1); INSERT INTO users (id) VALUES (1)'
decides no_go 18.4.6 18.5.7 '18.5: a report without a reporter'
is "$found" 'rows-to-come fail blocks: 1 row of abuse_reports (main) has no reporter_id; check_fc643d4880 of 18.5 fails on it: 2' \
	'18.5: one row'
sql 'UPDATE abuse_reports SET reporter_id = CASE id WHEN 2 THEN 99 ELSE 1 END'
decides no_go 18.4.6 18.5.7 '18.5: a report of a reporter who is gone'
is "$found" 'rows-to-come fail blocks: 1 row of abuse_reports (main) has a reporter_id that users(id) lacks; fk_d6848ca5d2 of 18.5 fails on it: 2' \
	'18.5: one orphan'
sql 'ALTER TABLE abuse_reports ADD CONSTRAINT fk_d6848ca5d2 FOREIGN KEY (reporter_id) REFERENCES users (id) NOT VALID'
decides no_go 18.4.6 18.5.7 '18.5: the same below a foreign key that holds for new rows only'
sql 'UPDATE abuse_reports SET reporter_id = 1; ALTER TABLE abuse_reports VALIDATE CONSTRAINT fk_d6848ca5d2'
decides go 18.4.6 18.5.7 '18.5: all is in order'
is "$found" '' '18.5: and nothing is told'

instance
sql 'INSERT INTO commit_user_mentions SELECT n, CASE n WHEN 5000 THEN NULL ELSE 1 END FROM generate_series(1, 9000) AS n;
	ALTER TABLE commit_user_mentions ADD CONSTRAINT check_ddd6f289f4 CHECK ((namespace_id IS NOT NULL)) NOT VALID;
	ANALYZE commit_user_mentions'
id=$(bbm BackfillCommitUserMentionsNamespaceId commit_user_mentions finished)
decides no_go 18.8.4 18.9.2 '18.9: one row among 9000, its migration finished'
is "$found" 'rows-to-come fail blocks: 1 row of commit_user_mentions (main) has no namespace_id; check_ddd6f289f4 of 18.9 fails on it: 5000' \
	'18.9: the row is found'
sql "UPDATE batched_background_migrations SET status = 1, updated_at = now() WHERE id = $id"
bbm_job_add "$main" "$id" running ago='2 minutes' >/dev/null
decides wait 18.8.4 18.9.2 '18.9: its migration is active'
unlike "$found" 'rows-' '18.9: nothing is said of the check'
sql "DELETE FROM batched_background_migration_jobs WHERE batched_background_migration_id = $id;
	DELETE FROM batched_background_migrations WHERE id = $id"
decides no_go 18.8.4 18.9.2 '18.9: its migration does not exist'
sql 'DELETE FROM commit_user_mentions WHERE id = 5000'
decides go 18.8.4 18.9.2 '18.9: the row is gone'

# ---- Tables and columns that the installed release has and the database lacks ----

instance
sql 'CREATE TABLE abuse_reports (id bigserial PRIMARY KEY, user_id bigint); INSERT INTO abuse_reports DEFAULT VALUES'
decides go_with_warnings 18.4.6 18.5.7 '18.5: a column is lost, in a database of a few tables'
is "$found" 'column-possibly-absent fail warns: abuse_reports (main) has no column reporter_id, which GitLab 18.1 has and check_fc643d4880 of 18.5 needs
column-possibly-absent fail warns: abuse_reports (main) has no column reporter_id, which GitLab 18.1 has and fk_d6848ca5d2 of 18.5 needs' \
	'18.5: its constraints are named'
sql 'DELETE FROM abuse_reports'
pg_sql "$main" 'VACUUM abuse_reports' >/dev/null
decides go 18.4.6 18.5.7 '18.5: the table is empty, in a database of a few tables'

# whole FROM: the tables of a complete database, with the columns of all constraints on record that FROM has
whole()
{
	gate_schema "$1"
	/usr/bin/python3 - "$1" <<-'END' | pg_sql "$main" 2>&1 >/dev/null | grep -v NOTICE | head -3 >&2
		import re, sys
		def minor(text): return tuple(int(x) for x in str(text).split('.')[:2])
		rows = [{k: a or b for k, a, b in re.findall(r'(\w+): (?:"([^"]*)"|([^,}]*))', line)}
		    for line in open('rules/coming.yml') if line.startswith('      - {')]
		for n in range(500):
		    print(f'CREATE TABLE widgets_{n} (id bigint PRIMARY KEY);')
		for c in rows:
		    if 'columns' in c and minor(c.get('columns_since', '0.0')) <= minor(sys.argv[1]):
		        table = c['table_name']  # a partition has the columns of its table
		        parents = {re.sub('_(group|instance|project)_type$', '', re.sub('^(group|instance|project)_type_', '', table)), table}
		        print(f'CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY);')
		        for one in sorted(parents):
		            for column in c['columns'].split(','):
		                print(f'DO $$ BEGIN ALTER TABLE {one} ADD COLUMN IF NOT EXISTS {column} bigint; EXCEPTION WHEN OTHERS THEN NULL; END $$;')
	END
}
for hop in '18.2.8 18.5.7 check_3b0344e3b6 timelogs issue_id' '18.5.7 18.8.11 fk_d774bdf1ae timelogs namespace_id' \
	'18.8.11 18.11.11 check_67a890ebba note_metadata namespace_id'; do
	read -r from to name table column <<<"$hop"
	instance
	whole "$from"
	looks "$from" "$to" "$from: a complete database"
	is "$(grep absent <<<"$found")" '' "$from to $to: all tables and columns are there"
	sql "ALTER TABLE $table DROP COLUMN $column"
	looks "$from" "$to" "$from: a column is lost"
	like "$found" "column-absent fail blocks: $table \(main\) .*$column.*, which GitLab 18.[0-9]* has and $name of 18.[0-9]* needs" \
		"$from to $to: a column of an empty table is lost"
	sql "DROP TABLE $table CASCADE"
	looks "$from" "$to" "$from: a table is lost"
	like "$found" "column-absent fail blocks: The table $table \(main\) does not exist, which GitLab 18.[0-9]* has and $name of 18.[0-9]* needs" \
		"$from to $to: a table is lost"
done

# ---- A copy that another database took over ----

instance
sql "CREATE TABLE abuse_reports (id bigserial PRIMARY KEY, reporter_id bigint); INSERT INTO abuse_reports (reporter_id) VALUES (NULL);
	CREATE FUNCTION gitlab_schema_prevent_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE TRIGGER gitlab_schema_write_trigger_for_abuse_reports BEFORE INSERT ON abuse_reports
	EXECUTE FUNCTION gitlab_schema_prevent_write()"
decides no_go 18.4.6 18.5.7 'a locked copy'
contains "$(cat "$report")" 'gitlab:db:truncate_legacy_tables:main' 'the locked copy is to be truncated'
unlike "$(cat "$report")" 'Repair these rows' 'and not to be repaired'

# ---- Tables of one row ----

instance
sql 'CREATE TABLE award_emoji (id bigint PRIMARY KEY, namespace_id bigint, organization_id bigint);
	CREATE TABLE diff_note_positions (id bigint PRIMARY KEY, namespace_id bigint);
	INSERT INTO suggestions VALUES (1, NULL)'
bbm BackfillSuggestionsNamespaceId suggestions finished min=1 max=1 >/dev/null
decides no_go 18.8.4 18.9.2 '18.9: the one row of a table that its migration passed over'
sql 'UPDATE suggestions SET namespace_id = 1'
decides go 18.8.4 18.9.2 '18.9: the same migration over an empty table, and a row since'
sql 'INSERT INTO award_emoji VALUES (1, NULL, NULL); INSERT INTO diff_note_positions VALUES (1, NULL)'
bbm BackfillAwardEmojiShardingKey award_emoji finalized min=1 max=1 >/dev/null
bbm BackfillDiffNotePositionsNamespaceId diff_note_positions finalized min=1 max=1 >/dev/null
decides no_go 18.8.4 18.9.2 '18.9: two more of them'
is "$(cut -d: -f2- <<<"$found" | sort)" " 1 row of award_emoji (main) breaks the check on namespace_id,organization_id; check_8ef14b7067 of 18.9 fails on it: 1
 1 row of diff_note_positions (main) has no namespace_id; check_4c86140f48 of 18.9 fails on it: 1" '18.9: both'

# ---- What the upgrade mends itself ----

instance
sql 'CREATE TABLE abuse_reports (id bigint PRIMARY KEY, reporter_id bigint NOT NULL, organization_id bigint);
	CREATE TABLE todos (id bigint PRIMARY KEY, user_id bigint);
	CREATE TABLE label_links (id bigint PRIMARY KEY, label_id bigint);
	CREATE TABLE timelogs (id bigint PRIMARY KEY, issue_id bigint, merge_request_id bigint, namespace_id bigint);
	INSERT INTO abuse_reports SELECT n, n FROM generate_series(1, 500) AS n;
	INSERT INTO todos SELECT n, n FROM generate_series(1, 500) AS n;
	INSERT INTO label_links SELECT n, n FROM generate_series(1, 500) AS n'
decides go 18.5.7 18.8.11 '18.6: rows that the step fills'
like "$found" '^filled-by-step fail none: The upgrade fills columns of [0-9]+ tables with [0-9]+ MB in all: .*abuse_reports' \
	'18.6: one notice tells how many tables'
is "$(grep -c . <<<"$found")" 1 '18.6: and nothing else'

# Every table of which the step fills a column that a constraint is about, its rows still without a value.
# unfilled FROM TO: the SQL of these tables
unfilled()
{
	/usr/bin/python3 - "$1" "$2" <<-'END'
		import re, sys
		def minor(text): return tuple(int(x) for x in str(text).split('.')[:2])
		start, end = minor(sys.argv[1]), minor(sys.argv[2])
		rows = [{k: a or b for k, a, b in re.findall(r'(\w+): (?:"([^"]*)"|([^,}]*))', line)}
		    for line in open('rules/coming.yml') if line.startswith('      - {')]
		def filled(c):
		    return any(minor(u['release']) > start and u['kind'] in ('rows', 'queue') and u.get('sure', 't') == 't'
		        for u in rows if 'columns' not in u and (u['table_name'], u['name']) == (c['table_name'], c['name']))
		coming = {}
		for c in rows:
		    if 'columns' in c and start < minor(c['release']) <= end:
		        coming.setdefault(c['table_name'], []).append(c)
		for table, constraints in sorted(coming.items()):
		    if not any(filled(c) for c in constraints) or any(c['kind'] in ('check', 'length', 'unique') for c in constraints):
		        continue
		    values = {'id': '1'}
		    for c in constraints:
		        if minor(c.get('columns_since', '0.0')) <= start:
		            for column in str(c['columns']).split(','):
		                values.setdefault(column, 'NULL')
		            if not filled(c) and c['kind'] != 'foreign_key' and '0' not in c.get('expression', ''):
		                values[str(c['columns']).split(',')[0]] = '1'
		    print(f'DROP TABLE IF EXISTS {table} CASCADE; CREATE TABLE {table} (' + ', '.join(v + ' bigint' for v in values) + ');')
		    print(f'INSERT INTO {table} VALUES (' + ', '.join(values.values()) + ');')
	END
}
instance
for hop in '18.2.8 18.5.7' '18.5.7 18.8.11' '18.8.11 18.11.11'; do
	read -r from to <<<"$hop"
	tables=$(unfilled "$from" "$to")
	like "$tables" 'INSERT' "$hop: $(grep -c INSERT <<<"$tables") tables"
	sql "$tables"
	looks "$from" "$to" "$hop"
	is "$(grep -v '^filled-by-step\|^rows-possible' <<<"$found")" '' "$hop: what the step fills is no finding"
done

# ---- Large tables ----

instance
sql "CREATE TABLE abuse_reports (id bigint PRIMARY KEY, reporter_id bigint, filler text);
	INSERT INTO users (id) VALUES (1);
	ALTER TABLE abuse_reports ADD CONSTRAINT fk_d6848ca5d2 FOREIGN KEY (reporter_id) REFERENCES users (id);
	INSERT INTO abuse_reports SELECT n, 1, repeat('x', 120) FROM generate_series(1, 300000) AS n;
	ANALYZE abuse_reports"
decides go 18.4.6 18.5.7 'a large table in order'
like "$found" '^read-in-part fail none: abuse_reports \(main\), check_fc643d4880 of 18.5: [0-9]+ of about [0-9]+ rows were read, and none of them breaks it$' \
	'a large table in order: how much was read'
decides go 18.4.6 18.5.7 'the same in full' --depth full
is "$found" '' 'the same in full: all was read'
contains "$(field sources)" '--depth full' 'the report tells that it was read in full'
sql 'UPDATE abuse_reports SET reporter_id = NULL WHERE id = 150000'
decides no_go 18.4.6 18.5.7 'a row in the middle of it, in full' --depth full
like "$found" 'fails on it: 150000$' 'a row in the middle of it, in full: found'
sql 'CREATE INDEX ON abuse_reports (reporter_id)'
decides no_go 18.4.6 18.5.7 'a row in the middle of it, through an index'
sql 'DROP INDEX abuse_reports_reporter_id_idx; UPDATE abuse_reports SET reporter_id = NULL WHERE id = 299999'
decides no_go 18.4.6 18.5.7 'a row at the end of it'
like "$found" 'at least [12] rows? of abuse_reports .*299999$' 'a row at the end of it: found'
sql 'UPDATE abuse_reports SET reporter_id = NULL WHERE id BETWEEN 100000 AND 200000; ANALYZE abuse_reports;
	UPDATE abuse_reports SET reporter_id = 1 WHERE reporter_id IS NULL'
decides go 18.4.6 18.5.7 'statistics of rows that are filled since prove nothing'
like "$found" 'none of them breaks it; statistics (of .* ago )?found [0-9]+ of a million without a value$' \
	'statistics of rows that are filled since are shown'

# ---- What cannot be read ----

sql 'TRUNCATE abuse_reports; INSERT INTO abuse_reports VALUES (1, NULL);
	INSERT INTO suggestions VALUES (1, NULL)'
role
sql 'REVOKE SELECT ON abuse_reports FROM preflight'
gate_run_any 'a table is denied' --from 18.4.6 --to 18.5.7 --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}" \
	--postgres "main=$(pg_conninfo "$main") user=preflight"
is "$(decision)" undetermined 'a table that may not be read is unknown'
contains "$(cat "$report")" 'GRANT SELECT ON public.abuse_reports TO preflight' 'and what clears it is told'
role
psql_lock="BEGIN; LOCK TABLE abuse_reports IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)"
pg_sql "$main" "$psql_lock" >/dev/null 2>&1 &
locker=$!
locks="FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'abuse_reports'::regclass AND granted"
for _ in {1..100}; do
	[ "$(pg_sql "$main" "SELECT count(*) $locks")" = 0 ] || break
	sleep 0.1
done
gate_run_any 'a table is locked' --from 18.4.6 --to 18.5.7 --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}" \
	--postgres "main=$(pg_conninfo "$main") user=preflight"
is "$(decision)" undetermined 'a table that is locked is unknown'
contains "$(cat "$report")" 'Whether rows of abuse_reports (main) break check_fc643d4880 of 18.5 is not known: table is locked' \
	'and only its constraints are'
pg_sql "$main" "SELECT pg_terminate_backend(pid) $locks" >/dev/null
wait "$locker"
decides no_go 18.4.6 18.5.7 'the lock is gone'

# ---- Each kind, against the real ALTER TABLE ----

instance
cp -r rules "$dir/kinds"
/usr/bin/python3 - "$dir/kinds/coming.yml" >"$dir/kinds.sql" <<-'END'
	import sys
	path = sys.argv[1]
	cases = [  # kind, columns, expression, referenced, the constraint, rows that comply, a row that does not
	    ('not_null', 'A b', '', '', 'CHECK ("A b" IS NOT NULL)', '1, 2', 'NULL, 2'),
	    ('num_nonnulls', 'A b,c', '= 1', '', 'CHECK (num_nonnulls("A b", c) = 1)', '1, NULL', '1, 2'),
	    ('num_nonnulls', 'A b,c', '<= 1', '', 'CHECK (num_nonnulls("A b", c) <= 1)', 'NULL, NULL', '1, 2'),
	    ('length', 'A b', '3', '', 'CHECK (char_length("A b") <= 3)', "'abc', NULL", "'abcd', NULL"),
	    ('length', 'A b', '3', '', 'CHECK (char_length("A b") <= 3)', 'NULL, NULL', "'äöüß', NULL"),
	    ('check', 'A b,c', '(\\"A b\\" > c)', '', 'CHECK ("A b" > c)', '2, 1', '1, 2'),
	    ('check', 'A b,c', '(\\"A b\\" > c)', '', 'CHECK ("A b" > c)', 'NULL, 1', '1, 1'),
	    ('foreign_key', 'c', '', 'parents(id)', 'FOREIGN KEY (c) REFERENCES parents (id)', '1, 2', '1, 99'),
	    ('foreign_key', 'c', '', 'parents(id)', 'FOREIGN KEY (c) REFERENCES parents (id)', '1, NULL', '1, 0'),
	    ('foreign_key', 'A b,c', '', 'parents(part,id)', 'FOREIGN KEY ("A b", c) REFERENCES parents (part, id)', '7, 2', '8, 2'),
	    ('foreign_key', 'A b,c', '', 'parents(part,id)', 'FOREIGN KEY ("A b", c) REFERENCES parents (part, id)', '99, NULL', '9, 3'),
	    ('unique', 'A b,c', '', '', 'UNIQUE ("A b", c)', 'NULL, 1', '1, 1'),
	]
	rows, sql = [], ['CREATE TABLE parents (id bigint PRIMARY KEY, part bigint, UNIQUE (part, id));'
	    'INSERT INTO parents SELECT n, 7 FROM generate_series(1, 9) AS n;']
	for n, (kind, columns, expression, referenced, constraint, good, bad) in enumerate(cases):
	    type_ = 'text' if kind == 'length' else 'bigint'
	    for state in ('good', 'bad'):
	        table, name = f'kind_{n}_{state}', f'con_{n}_{state}'
	        sql.append(f'CREATE TABLE {table} (id bigserial PRIMARY KEY, "A b" {type_}, c {type_});')
	        sql.append(f'INSERT INTO {table} ("A b", c) SELECT {good} FROM generate_series(1, 5);')
	        if state == 'bad':
	            sql.append(f'INSERT INTO {table} ("A b", c) SELECT {bad} FROM generate_series(1, 2);')
	        sql.append(f'-- {table}: ALTER TABLE {table} ADD CONSTRAINT {name} {constraint}')
	        rows.append(f'      - {{release: "18.9", table_name: {table}, name: {name}, kind: {kind}, columns: "{columns}"'
	            + (f', expression: "{expression}"' if expression else '')
	            + (f', referenced: "{referenced}"' if referenced else '') + ', cured_by: none}')
	text = open(path).read()
	open(path, 'w').write(text.replace('    rows:\n', '    rows:\n' + '\n'.join(rows) + '\n', 1))
	print('\n'.join(sql))
END
sql "$(cat "$dir/kinds.sql")"
really=$(sed -n 's/^-- \(kind_[^:]*\): \(.*\)/\1|\2/p' "$dir/kinds.sql" | while IFS='|' read -r table alter; do
	pg_sql "$main" "BEGIN; $alter; ROLLBACK" >/dev/null 2>&1 || echo "$table"
done | sort)
is "$(grep -c . <<<"$really")" 12 'twelve of them fail in reality'
gate_run_any kinds --from 18.8.4 --to 18.9.2 --redis "$(redis_url "$REDIS_DB")" --rules-dir "$dir/kinds" \
	--postgres "main=$(pg_conninfo "$main")"
is "$(grep -o '"message": "[0-9]* [a-z]* of kind_[0-9]*_[a-z]*' "$report" | sed 's/.* of //' | sort -u)" "$really" \
	'the same are found, and no other'
gate_run_any kinds --from 18.8.4 --to 18.9.2 --redis "$(redis_url "$REDIS_DB")" --rules-dir "$dir/kinds" \
	--postgres "main=$(pg_conninfo "$main")" --depth full
is "$(grep -o '"message": "[0-9]* [a-z]* of kind_[0-9]*_[a-z]*' "$report" | sed 's/.* of //' | sort -u)" "$really" \
	'the same in full'
sed -i 's/{small_bytes: 33554432, sample_bytes: 4194304}/{small_bytes: 1, sample_bytes: 1000000}/' \
	"$dir/kinds/steps/constraints-to-come.yml"
gate_run_any kinds --from 18.8.4 --to 18.9.2 --redis "$(redis_url "$REDIS_DB")" --rules-dir "$dir/kinds" \
	--postgres "main=$(pg_conninfo "$main")"
is "$(grep -o '"message": "at least [0-9]* [a-z]* of kind_[0-9]*_[a-z]*' "$report" | sed 's/.* of //' | sort -u)" \
	"$(grep -v kind_11_ <<<"$really")" 'the same in parts, but for duplicates'

# ---- A definition that changes under its old name, and duplicates ----

instance
sql "CREATE TABLE work_item_custom_statuses (id bigserial PRIMARY KEY, name text, description text,
		CONSTRAINT check_720a7c4d24 CHECK (char_length(name) <= 255),
		CONSTRAINT check_8ea8b3c991 CHECK (char_length(description) <= 255));
	INSERT INTO work_item_custom_statuses (name) VALUES ('to do'), (repeat('x', 32)), (repeat('x', 33))"
looks 18.1.6 18.2.8 '18.2: a name that is too long for the new check'
is "$found" 'rows-possible fail warns: 1 row of work_item_custom_statuses (main) breaks the check on name; check_720a7c4d24 of 18.2 may fail on it: 3' \
	'18.2: the old check of that name proves nothing'
sql "DELETE FROM work_item_custom_statuses WHERE id = 3"
looks 18.1.6 18.2.8 'each name fits'
is "$found" '' '18.2: each name fits'

instance
sql "ALTER TABLE issues ADD IF NOT EXISTS namespace_id bigint, ADD IF NOT EXISTS iid integer;
	INSERT INTO issues (id, namespace_id, iid) SELECT n, n % 3, n FROM generate_series(1, 9) AS n"
looks 16.7.10 16.11.10 'numbers of their own'
is "$found" '' '16.8: issues have numbers of their own'
sql 'UPDATE issues SET iid = 9, namespace_id = 0 WHERE id = 3'
looks 16.7.10 16.11.10 '16.8: two issues have one number'
contains "$found" 'duplicate of issues (main) by namespace_id,iid; index_issues_on_namespace_id_iid_unique of 16.8 may fail on it' \
	'16.8: they are found'

# ---- 19.0 ----

instance
sql 'CREATE TABLE oauth_applications (id bigint PRIMARY KEY, organization_id bigint);
	CREATE TABLE web_hook_logs_daily (id bigint, organization_id bigint, group_id bigint, project_id bigint,
		created_at timestamptz, PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
	CREATE TABLE web_hook_logs_daily_1 PARTITION OF web_hook_logs_daily FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
	INSERT INTO web_hook_logs_daily VALUES (1, NULL, NULL, 7, now()), (2, NULL, NULL, NULL, now())'
decides no_go 18.11.11 19.0.2 '19.0: log rows without an owner'
contains "$found" '1 row of web_hook_logs_daily (main) breaks the check on organization_id,group_id,project_id; check_19dc80d658 of 19.0 fails on it: 2' \
	'19.0: in a partition'
decides go_with_warnings 18.11.11 19.0.10 '19.0: patches that may have taken it back'
decides go 18.11.11 19.2.5 '19.2 has taken it back'
reports_are_valid
done_testing
