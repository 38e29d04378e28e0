#!/bin/bash
# Facts that were not read, or are not what their declaration allows, never make the verdict better: each table, part
# and column of a bundle in turn. `make torture` (FAULTS=all) tries all of them, PART=2/8 each eighth from the second on;
# without it a sample is tried.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/faults.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
every=41
part=${PART:-1/1}
[ "${FAULTS:-}" != all ] || every=${part#*/}

# spoilt EXIT NAME   the state as it is now, whose verdict is EXIT
spoilt()
{
	local dir=$gate_dir/bundle_$gate_n said

	exits "$1" "$2" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$dir" \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" \
		--redis "$(redis_url "$REDIS_DB")"
	if said=$(nice python3 tests/faults/data.py "$PREFLIGHT" rules "$dir" "$gate_dir" "$every" $((${part%/*} - 1)) 2>&1); then
		pass "$2: $(tail -n 1 <<<"$said")"
	else
		fail "$2: $(tail -n 1 <<<"$said")"
		diag "$said"
	fi
}

each_bad_state spoilt
done_testing
