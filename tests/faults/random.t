#!/bin/bash
# Two or three random faults at once never make the verdict better: in the facts of a bundle, and between the program and
# real servers. The same seed draws the same faults. `make torture` (FAULTS=all) draws many; without it a few are drawn.
# PART=2/8 draws an eighth, with a seed of its own. Environment: SEED, ROUNDS (for each state of the facts), LIVE (for each state, against servers).

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/faults.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
seed=${SEED:-20261127}
rounds=${ROUNDS:-12} live=${LIVE:-3}
part=${PART:-1/1}
[ "${FAULTS:-}" != all ] || rounds=${ROUNDS:-$((1600 / ${part#*/}))} live=${LIVE:-$((96 / ${part#*/}))}
seed=$((seed + ${part%/*} - 1))
"$PREFLIGHT" sources --print-role >"$gate_dir/role.sql"

through postgres "$PG_DIR/sock/.s.PGSQL.5432"
pg_port=$port
through redis "$REDIS_DIR/sock/redis.sock"
redis_port=$port

# survives EXIT NAME   the state as it is now, whose verdict is EXIT
survives()
{
	local dir=$gate_dir/bundle_$gate_n db said

	for db in "$main" "$ci"; do
		pg_sql "$db" <"$gate_dir/role.sql" >/dev/null 2>&1 || fail "$2: the role of --print-role"
	done
	exits "$1" "$2" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$dir" --exit-on-warnings \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
	if said=$(nice python3 tests/faults/random_facts.py "$PREFLIGHT" rules "$dir" "$gate_dir" "$seed" "$rounds" 2>&1); then
		pass "$2, facts: $(tail -n 1 <<<"$said")"
	else
		fail "$2, facts: $(tail -n 1 <<<"$said")"
		diag "$said"
	fi
	if said=$(nice python3 tests/faults/random_live.py "$gate_dir" "$seed" "$live" "$PG_DIR/sock" "$main" -- \
		"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --exit-on-warnings --timeout 3s \
		--postgres "main=host=127.0.0.1 port=$pg_port user=preflight dbname=$main sslmode=disable" \
		--postgres "ci=host=127.0.0.1 port=$pg_port user=preflight dbname=$ci sslmode=disable" \
		--redis "redis://127.0.0.1:$redis_port/$REDIS_DB" 2>&1); then
		pass "$2, servers: $(tail -n 1 <<<"$said")"
	else
		fail "$2, servers: $(tail -n 1 <<<"$said")"
		diag "$said"
	fi
}

each_bad_state survives
instance
survives 0 'a healthy instance'
ok 'no temporary file is left' [ -z "$(find "$gate_dir" -name '.preflight-*')" ]
done_testing
