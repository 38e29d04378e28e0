# shellcheck shell=bash
# Gates against real servers: each case has databases and a Redis of its own, and each bundle is
# replayed and verified before anybody looks at it.
#
#   instance [LABEL]          a healthy 14.1 on fresh databases ($main, $ci) and a fresh Redis:
#       everything finished, queues empty, Sidekiq alive
#   gate EXIT FROM TO NAME [OPTION...]   `check` ends with EXIT; stdout is in $out, the bundle in
#       $bundle, report.json in $report; then its replay gives the same report, and verify says yes
#   raw EXIT NAME OPTION...   the same, with nothing but these options (no sources)
#   field JQ-LIKE-PATH        a value of the last report: "gate.decision", "findings.0.message"
#   gate_run_any NAME OPTION...  `check` with these options, whatever its verdict: $out, $report
#   findings_of FROM TO RULE [OPTION...]   `check` against $main and Redis: status and message of the
#       findings of that rule, one a line
#   gate_schema VERSION       from 15 on: $main and $ci have what rules/markers.yml knows of that release (the three
#       above do it themselves, for their FROM or --from)
#   rules_through DIR VERSION   the shipped rules in DIR, with another horizon
#   reports_are_valid         every report made so far, against the schema
#
# Needs tap.sh, servers.sh and gitlab.sh.

gate_n=0
gate_dir=
main=
ci=
bundle=
report=

gate_start()
{
	gate_dir=$(new_dir)
	pg_start "$(servers_dir "$gate_dir/pg")" && redis_start "$(servers_dir "$gate_dir/redis")" &&
		gitlab_base
}

instance()
{
	gate_n=$((gate_n + 1))
	main=main_$gate_n
	ci=ci_$gate_n
	pg_newdb "$main" && pg_newdb "$ci" && redis_newdb
	bbm_finish_all "$main"
	sidekiq_alive >/dev/null
	sidekiq_cron
}

# Whatever surrounds a replay must not show in its report.
gate_replay()
{
	local name=$1 again=$gate_dir/again
	shift

	rm -rf "$again" && mkdir -p "$again/elsewhere"
	(
		cd "$again/elsewhere" && umask 022 &&
			env TZ=Asia/Tokyo LC_ALL=C HOME=/nonexistent "$PREFLIGHT" check --facts "$bundle" \
				--out "$again/again.tar.gz" "$@" >"$again/out" 2>&1
	)
	tar -xzOf "$again/again.tar.gz" --wildcards '*/report.json' >"$again/report.json" 2>/dev/null
	ok "$name: the replay gives the same report" cmp "$report" "$again/report.json"
	exits 0 "$name: verify" "$PREFLIGHT" verify "$bundle"
}

gate_run()
{
	local expected=$1 name=$2 said
	shift 2

	gate_n=$((gate_n + 1))
	bundle=$gate_dir/bundle_$gate_n.tar.gz
	report=$gate_dir/report_$gate_n.json
	exits "$expected" "$name" "$PREFLIGHT" check --no-discover --out "$bundle" "$@" || return 1
	said=$out
	tar -xzOf "$bundle" --wildcards '*/report.json' >"$report" || fail "$name: no report in the bundle"
	gate_replay "$name" "${gate_rules[@]}"
	out=$said
}

gate_rules=()

gate_schema()
{
	local db

	case $1 in [0-9].* | 1[0-4].*) return ;; esac
	for db in $main $ci; do
		schema_at "$db" "$1" || fail "the schema of $db as that of $1"
	done
}

# The word after --from
gate_from()
{
	while [ $# -gt 1 ]; do
		[ "$1" != --from ] || printf '%s\n' "$2"
		shift
	done
}

gate_run_any()
{
	local name=$1 from
	shift

	from=$(gate_from "$@")
	[ -z "$from" ] || gate_schema "$from"
	gate_n=$((gate_n + 1))
	bundle=$gate_dir/bundle_$gate_n.tar.gz
	report=$gate_dir/report_$gate_n.json
	out=$("$PREFLIGHT" check --no-discover --out "$bundle" "$@" 2>&1)
	tar -xzOf "$bundle" --wildcards '*/report.json' >"$report" 2>/dev/null || fail "$name: no report: $out"
}

findings_of()
{
	local from=$1 to=$2 rule=$3
	shift 3

	gate_run_any "$rule" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}" "$@"
	/usr/bin/python3 - "$report" "$rule" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] == sys.argv[2]:
		        print(f['status'] + ': ' + f['message'])
	END
}

rules_through()
{
	rm -rf "$1"
	cp -r rules "$1"
	sed -i "s/^  known_through: .*/  known_through: \"$2\"/" "$1/path.yml"
}

# says TEXT NAME: the summary holds it, wherever its lines were broken
says()
{
	contains "$(tr -s ' \n' ' ' <<<"$out")" "$1" "$2"
}

gate()
{
	local expected=$1 from=$2 to=$3 name=$4
	shift 4

	gate_schema "$from"
	gate_run "$expected" "$name" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" \
		"${gate_rules[@]}" "$@"
}

raw()
{
	local expected=$1 name=$2
	shift 2

	gate_run "$expected" "$name" "${gate_rules[@]}" "$@"
}

field()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		value = json.load(open(sys.argv[1]))
		for step in sys.argv[2].split('.'):
		    value = value[int(step)] if isinstance(value, list) else value.get(step)
		    if value is None:
		        break
		print('' if value is None else value if isinstance(value, str) else json.dumps(value))
	END
}

# "RULE STATUS EFFECT" of every finding that has an effect, sorted.
effects()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['effect'] != 'none':
		        print(f['rule']['id'], f['status'], f['effect'])
	END
}

reports_are_valid()
{
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || {
		skip 'python3-jsonschema is not installed'
		return
	}
	ok 'every report passes the schema' /usr/bin/python3 - reports/report.schema.json \
		"$gate_dir"/report_*.json <<-'END'
		import json, sys, jsonschema
		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft202012Validator.check_schema(schema)
		validator = jsonschema.Draft202012Validator(schema)
		for name in sys.argv[2:]:
		    for error in validator.iter_errors(json.load(open(name))):
		        sys.exit(f'{name}: {list(error.absolute_path)}: {error.message}')
	END
}

# looks_aged DIR SECONDS: every look that --history kept in DIR was so much earlier
looks_aged()
{
	/usr/bin/python3 - "$2" "$1"/*.jsonl <<-'END'
		import datetime as d, json, sys
		def back(t):
		    return (d.datetime.strptime(t, '%Y-%m-%dT%H:%M:%SZ') - d.timedelta(seconds=int(sys.argv[1]))).strftime('%Y-%m-%dT%H:%M:%SZ')
		for name in sys.argv[2:]:
		    lines = [json.loads(line) for line in open(name)]
		    with open(name, 'w') as f:
		        for line in lines:
		            line['at'] = back(line['at'])
		            line['due_at'] = line['due_at'] and back(line['due_at'])
		            f.write(json.dumps(line) + '\n')
	END
}
