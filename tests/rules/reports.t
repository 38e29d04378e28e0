#!/bin/bash
# The table of public reports in README: each rule exists, and is evaluated at the step that failed.

. "$(dirname "$0")/../lib/tap.sh"

rows=0
while IFS='|' read -r _ report step _ verdict _; do
	[[ $step =~ ([0-9.]+)\ to\ ([0-9.]+) ]] || continue
	from=${BASH_REMATCH[1]} to=${BASH_REMATCH[2]}
	rule=$(sed 's/.*`\(.*\)`.*/\1/' <<<"$verdict")
	name=$(sed 's/ *\[\([^]]*\)\].*/\1/' <<<"$report")
	rows=$((rows + 1))
	ok "$name: $rule is evaluated from $from to $to" /usr/bin/python3 -c '
import json, sys
plan = json.load(sys.stdin)["plan"]["steps"]
hop = [s for s in plan if s["kind"] != "current" and s["state"] != "not_needed"][0]
sys.exit(not (hop["version"] == sys.argv[2] and sys.argv[1] in [r["id"] for r in hop["rules"]]))' "$rule" "$to" \
		< <("$PREFLIGHT" plan --no-discover --format json --from "$from" --to "$to")
done < <(sed -n '/^## Failed upgrades/,/^## Commands/p' README.md)
ok "the table has its rows ($rows)" test "$rows" -ge 13
done_testing
