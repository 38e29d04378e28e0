#!/bin/bash
# Two reports compared: what came and went, and what only was not looked at again.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/schema.sh
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
work=$(new_dir)

# edited FROM TO PYTHON: a report.json with something changed
edited()
{
	/usr/bin/python3 -c "import json, sys
r = json.load(open(sys.argv[1]))
$3
json.dump(r, open(sys.argv[2], 'w'))" "$1" "$2"
}
# count KIND: of the JSON in $out
count()
{
	/usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)["findings"][sys.argv[1]]))' "$1" <<<"$out"
}

instance
gate 0 14.1.8 14.2.7 'a GO'
go=$bundle
go_report=$report
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
bbm_add "$main" BackfillY issues id '[]' failed >/dev/null
gate 3 14.1.8 14.2.7 'a NO-GO'
no_go=$bundle
no_go_report=$report

exits 0 'a bundle and itself' "$PREFLIGHT" diff "$no_go" "$no_go"
contains "$out" 'UNCHANGED: NO-GO -> NO-GO' 'nothing changed'
exits 10 'GO, then NO-GO' "$PREFLIGHT" diff "$go" "$no_go"
contains "$out" 'New (2)' 'what is new has a heading'
contains "$out" BackfillX 'and is named'
like "$out" 'bbm.*f-[0-9a-f]{12}' 'with its rule and anchor'
contains "$out" 'WORSE: GO -> NO-GO' 'the last line is the answer'
exits 0 'NO-GO, then GO' "$PREFLIGHT" diff "$no_go" "$go"
contains "$out" 'Cleared (2)' 'what is cleared has a heading'
exits 10 'a report.json is enough' "$PREFLIGHT" diff "$go_report" "$no_go"
exits 10 'with --quiet' "$PREFLIGHT" diff -q "$go" "$no_go"
unlike "$out" 'New' 'only the answer is printed'
exits 10 'as JSON' "$PREFLIGHT" diff --format json "$go" "$no_go"
follows 'which follows its schema' diff
new=$(count new)
[ "$new" -ge 2 ] && pass 'it lists what is new' || fail "it lists what is new: $new"
is "$(/usr/bin/python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["worse"], d["exit_code"], d["other_rules"])' \
	<<<"$out")" 'True 10 False' 'and the answer'

# The same verdict with one blocker more is worse, with one less it is not.
bbm_add "$main" BackfillZ issues id '[]' failed >/dev/null
gate 3 14.1.8 14.2.7 'one more'
exits 10 'a blocker more' "$PREFLIGHT" diff "$no_go" "$bundle"
exits 0 'a blocker less' "$PREFLIGHT" diff "$bundle" "$no_go"

# A finding that nobody looked for again is not cleared.
for status in skipped unknown; do
	edited "$no_go_report" "$work/$status.json" "r['gate']['groups'] = []
for f in r['findings']:
    if f['rule']['id'] == 'bbm.unfinished': f.update(status='$status', key='d' * 32)"
done
exits 10 'a blocker whose source was left out' "$PREFLIGHT" diff "$no_go" "$work/skipped.json"
contains "$out" 'No longer checked (' 'is listed as no longer checked'
unlike "$out" 'Cleared' 'not as cleared'
exits 10 'a blocker whose rule became unknown' "$PREFLIGHT" diff "$no_go" "$work/unknown.json"
like "$out" 'could not be evaluated' 'is no longer checked either'

# Other rules and another program are shown apart.
edited "$no_go_report" "$work/other.json" "r['rules'].update(version='2027.01', digest='0' * 64)
r['tool']['version'] = '9.9.9'
r['run']['label'] = 'elsewhere'
r['gate']['groups'] = []
r['findings'] = [f for f in r['findings'] if f['rule']['id'] != 'bbm.unfinished']"
exits 0 'a rule that is gone' "$PREFLIGHT" diff "$no_go" "$work/other.json"
like "$out" 'Rules: .* -> 2027.01' 'the rule sets are compared'
contains "$out" '-> 9.9.9' 'and the programs'
contains "$out" '-> elsewhere' 'and the instances'
contains "$out" 'does not evaluate this rule' 'a rule of one report only is said to be that'
exits 10 'a rule that is new' "$PREFLIGHT" diff "$work/other.json" "$no_go"
contains "$out" 'did not evaluate this rule' 'counts, and is marked'

# Wrong requests
exits 2 'one report' "$PREFLIGHT" diff "$go"
exits 2 'another format' "$PREFLIGHT" diff --format html "$go" "$no_go"
contains "$err" 'text and json' 'the formats are listed'
exits 2 'a file that is none' "$PREFLIGHT" diff "$go" "$0"
contains "$err" "$0" 'which is named'
"$PREFLIGHT" collect --no-discover --postgres "main=$(pg_conninfo "$main")" --out "$work/facts.tar.gz" >/dev/null 2>&1
exits 2 'facts without a verdict' "$PREFLIGHT" diff "$go" "$work/facts.tar.gz"
contains "$err" 'facts only' 'are said to be that'
head -c 2000 "$go" >"$work/cut.tar.gz"
exits 2 'a bundle that is cut' "$PREFLIGHT" diff "$work/cut.tar.gz" "$go"
done_testing
