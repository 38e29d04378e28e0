#!/bin/bash
# A build with a libpq before 14, which takes one statement at a time: it collects the same facts as the program itself,
# and a table that it cannot read has the same status and reason.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
without=$O/tests/integration/without_pipelining
[ -x "$without" ] || skip_all 'not built: make test-programs'
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# facts PROGRAM ROLE: the exit code, and of each table of PostgreSQL the status and reason of its parts, and its rows
facts()
{
	rm -rf "$dir/bundle"
	"$1" check --no-discover --from 14.1.8 --to 14.2.7 --out "$dir/bundle" \
		--postgres "main=$(pg_conninfo "$main" | sed "s/user=postgres/user=$2/")" \
		--postgres "ci=$(pg_conninfo "$ci" | sed "s/user=postgres/user=$2/")" \
		--redis "$(redis_url "$REDIS_DB")" >"$dir/said" 2>&1
	echo "exit $?"
	/usr/bin/python3 - "$dir/bundle/facts" <<-'END'
		import glob, json, os, sys
		for path in sorted(glob.glob(os.path.join(sys.argv[1], '*.ndjson'))):
		    with open(path, encoding='utf-8') as f:
		        head, *rows = [json.loads(line) for line in f]
		    if head['source'] != 'postgres':
		        continue
		    print(head['table'], [(p['part'], p['status'], p['reason']) for p in head['parts']])
		    kept = [i for i, c in enumerate(head['columns']) if c['name'] != 'read_at']
		    for row in sorted(json.dumps([row[i] for i in kept]) for row in rows):
		        print('   ', row)
	END
}

# same NAME ROLE EXIT
same()
{
	local with

	with=$(facts "$PREFLIGHT" "$2")
	is "$(head -n 1 <<<"$with")" "exit $3" "$1: the verdict"
	ok "$1: rows were collected" [ "$(grep -c '^ ' <<<"$with")" -gt 20 ]
	is "$(facts "$without" "$2")" "$with" "$1: the same facts"
}

instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
same 'a migration that failed' postgres 3

pg_sql "$main" "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
	REVOKE SELECT ON features FROM reader"
pg_sql "$ci" 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader'
same 'a table that may not be read' reader 5
done_testing
