#!/bin/bash
# Every fact query and rule on the schema of every era, in a real PostgreSQL: no query fails, what a release
# does not have is absent and nothing else, and a healthy instance may go on to its next stop.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
rules_through "$dir/rules" 19.3
gate_rules=(--rules-dir "$dir/rules")

# era NAME: fresh databases with the schema of that era
era()
{
	local file

	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	cp tests/schema/14.1.sql "$dir/era.sql"
	for file in tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql; do
		[ "$1" != 14.0 ] || break
		cat "$file" >>"$dir/era.sql"
		[ "${file##*/}" != "$1.sql" ] || break
	done
	gitlab_base "$dir/era.sql" && instance
}

# Fact tables that were asked for and not read, as "TABLE DATABASE STATUS"
unread()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['facts']:
		    if f['database'] in ('main', 'ci') and f['status'] not in ('complete', 'disabled', 'not_configured'):
		        print(f['table'], f['database'], f['status'])
	END
}

# The floors of PostgreSQL rise with GitLab; the server of the tests is what the machine has.
floors()
{
	effects | grep -v '^requirement\.\(postgres\|redis\)'
}

while read -r name from to absent; do
	era "$name" || fail "the schema of $name"
	gate_run_any "$from to $to" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	is "$(floors)" '' "$from to $to: nothing in the way, nothing to warn of"
	is "$(unread)" "$(tr ' ' '\n' <<<"$absent" | sed '/./!d; s/\(.*\):\(.*\)/\1 \2 absent/')" \
		"$from to $to: every table is read, but those that this release does not have"
	# The same with a claimed version of another era: wrong, but no query may fail.
	for claimed in 14.0.12 14.9.5 15.4.6 16.3.9 17.5.5 18.5.7 19.1.6; do
		gate_run_any "$name as $claimed" --from "$claimed" --to "$claimed" \
			--postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
		is "$(unread | grep ' error$')" '' "the schema of $name under the version $claimed: no query fails"
	done
done <<'END'
14.0 14.0.12 14.3.6
14.10 14.10.5 15.0.5
15.11 15.11.13 16.3.9
16.11 16.11.10 17.3.7
17.11 17.11.7 18.2.8
18.11 18.11.11 19.2.4 legacy_tracking:main legacy_tracking:ci
END

# The hops between, on the schema of the era that is next.
while read -r name from to; do
	era "$name" || fail "the schema of $name"
	gate_run_any "$from to $to" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	is "$(floors)" '' "$from to $to, one database: nothing in the way, nothing to warn of"
done <<'END'
16.11 16.3.9 16.7.10
16.11 16.7.10 16.11.10
17.11 17.3.7 17.5.5
17.11 17.5.5 17.8.7
17.11 17.8.7 17.11.7
END
done_testing
