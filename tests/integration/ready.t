#!/bin/bash
# The shipped rules are ready-made in the program. The same rules with one comment more are parsed and checked as they
# come, and what is decided with them is the same.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/servers.sh"
. "$(dirname "$0")/../lib/gitlab.sh"
. "$(dirname "$0")/../lib/gate.sh"

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || bail 'PostgreSQL or Redis does not start'
dir=$(new_dir)
cp -r rules "$dir/commented"
echo '# One comment more.' >>"$dir/commented/path.yml"

# report BUNDLE: without what tells the two rule sets apart, and the run
report()
{
	tar -xzOf "$1" --wildcards '*/report.json' | /usr/bin/python3 -c '
import json, sys
report = json.load(sys.stdin)
print(report["rules"]["origin"], file=sys.stderr)
del report["rules"], report["run"]
print(json.dumps(report, indent=1, sort_keys=True))'
}

# same NAME OPTION...: `check` with both
same()
{
	local name=$1 rules
	shift

	for rules in shipped commented; do
		"$PREFLIGHT" check --out "$dir/$rules.tar.gz" "$@" \
			$([ $rules = shipped ] || echo --rules-dir "$dir/commented") >/dev/null 2>"$dir/err"
		echo $? >"$dir/$rules.exit"
		report "$dir/$rules.tar.gz" >"$dir/$rules.json" 2>"$dir/$rules.origin" || fail "$name: a report"
	done
	is "$(cat "$dir/shipped.origin")" shipped "$name: with the shipped rules"
	is "$(cat "$dir/commented.origin")" modified "$name: and with others"
	ok "$name: the same exit code" cmp "$dir/shipped.exit" "$dir/commented.exit"
	is "$(diff "$dir/shipped.json" "$dir/commented.json" | head -n 20)" '' "$name: the same report"
}

# Rules of sql, version and manual, views with and without their tables, stops and sources with conditions.
instance
pg_sql "$main" 'UPDATE batched_background_migrations SET status = 4 WHERE id = (SELECT min(id) FROM batched_background_migrations)'
for step in '14.1.8 14.2.7' '14.1.8 15.0.5' '16.3.9 16.7.10' '18.5.5 18.8.9'; do
	read -r from to <<<"$step"
	gate_run_any "$step" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")"
	same "$from to $to" --facts "$bundle"
done
for host in tests/hosts/*/; do
	"$PREFLIGHT" check --out "$dir/host.tar.gz" --no-discover --root "$host" --from 16.3.9 --to 16.7.10 >/dev/null 2>&1
	same "$host" --facts "$dir/host.tar.gz"
done
for form in text json; do
	for rules in rules "$dir/commented"; do
		"$PREFLIGHT" plan --from 13.12.15 --to 19.5 --format $form --rules-dir "$rules" 2>&1 |
			sed 's/"digest": "[0-9a-f]*"//; s/"origin": "[a-z]*"//' >"$dir/plan.${rules##*/}"
	done
	is "$(diff "$dir/plan.rules" "$dir/plan.commented" | head -n 20)" '' "plan as $form: the same"
done

done_testing
