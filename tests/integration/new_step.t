#!/bin/bash
# A release that nobody has written C for: one YAML file brings its stop, what it reads, what it asks and what
# clears it. And a file that is wrong is refused at its place, with a suggestion.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
pack=$(new_dir)
cat >"$pack/19-9.yml" <<'END'
path:
  latest: [19.9.1]
  stops:
    - {version: "19.9", kind: required, reason: "gadgets get an owner"}
facts:
  - table: gadget_without_owner
    about: Gadgets without an owner.
    source: postgres
    databases: [main]
    asked: ">=19.5 <19.9"
    query: |
      SELECT pg_catalog.count(*) AS found
        FROM (SELECT 1 FROM public.gadgets AS g WHERE g.owner_id IS NULL LIMIT 1000) AS b
      HAVING pg_catalog.count(*) > 0
    uses: [public.gadgets.owner_id]
    columns:
      found: {type: integer, class: public}
rules:
  - id: gadgets.owner-19-9
    title: Gadgets have no owner
    expects: Each gadget has an owner
    why: 19.9 validates that each has one.
    applies: {from: ">=19.5 <19.9", to: ">=19.9"}
    severity: blocker
    confidence: documented
    violations: |
      SELECT g.database, g.found FROM gadget_without_owner AS g
    key: "{database}"
    message: "{found} gadgets have no owner"
    remedy: give-gadgets-owners
    tests:
      - {name: one, hop: {from: 19.5.0, to: 19.9.1}, given: {gadget_without_owner: [{found: 1}]}, expect: {status: fail, findings: 1, effect: blocks}}
      - {name: none, hop: {from: 19.5.0, to: 19.9.1}, expect: {status: pass}}
remedies:
  - name: give-gadgets-owners
    steps:
      - text: Give them to the first administrator.
        runner: "Gadget.where(owner_id: nil).update_all(owner_id: 1)"
END
exits 0 'the file is sound' "$PREFLIGHT" rules lint --rules "$pack"
exits 0 'its tests pass' "$PREFLIGHT" rules test gadgets.owner-19-9 --rules "$pack"
exits 0 'its stop is on the path' "$PREFLIGHT" plan --no-discover --from 19.5.0 --to 19.11 --rules "$pack"
contains "$out" '19.9.1' 'its stop is shown'

instance
pg_sql "$main" 'CREATE TABLE gadgets (id bigint PRIMARY KEY, owner_id bigint); INSERT INTO gadgets VALUES (1, NULL), (2, 7)'
# SQL of a pack is sent by a role that can do no more than read.
"$PREFLIGHT" sources --print-role --rules "$pack" >"$(dirname "$pack")/role.sql"
pg_sql "$main" <"$(dirname "$pack")/role.sql" >/dev/null || fail 'the role of --print-role'
reader="main=$(pg_conninfo "$main") user=preflight"
gate_rules=(--rules "$pack")
gate_run_any 'a gadget without an owner' --from 19.5.0 --to 19.9.1 --postgres "$reader" \
	--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
is "$(effects | grep gadgets)" 'gadgets.owner-19-9 fail blocks' 'the row is found in a real database'
contains "$out" '1 gadgets have no owner' 'and told'
contains "$out" 'Gadget.where(owner_id: nil).update_all(owner_id: 1)' 'with what clears it'
pg_sql "$main" 'UPDATE gadgets SET owner_id = 7'
gate_run_any 'no such gadget' --from 19.5.0 --to 19.9.1 --postgres "$reader" \
	--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
is "$(effects | grep gadgets)" '' 'mended rows pass'

# wrong NAME SED MESSAGE: the file with one mistake in it
wrong()
{
	local bad

	bad=$(new_dir)
	sed "$2" "$pack/19-9.yml" >"$bad/19-9.yml"
	exits 2 "$1" "$PREFLIGHT" rules lint --rules "$bad"
	like "$err" "$3" "$1: at its place"
}
wrong 'a typing error in a column' 's/g.database, g.found FROM/g.database, g.fuond FROM/' '19-9.yml:27:26: .*fuond: did you mean "found"'
wrong 'an unknown remedy' 's/remedy: give-gadgets-owners/remedy: give-gadget-owners/' '19-9.yml:30:13: .*did you mean.*give-gadgets-owners'
wrong 'a taken id' 's/id: gadgets.owner-19-9/id: bbm.unfinished/' 'the id bbm.unfinished is taken'
wrong 'no test that fails it' '/name: one/d' '19-9.yml:[0-9]*:5: rule gadgets.owner-19-9 needs a test that it does not pass'
wrong 'a misspelt key' 's/severity: blocker/severty: blocker/' '19-9.yml:[0-9]*:5: .*severty.*did you mean.*severity'
done_testing
