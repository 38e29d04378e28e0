#!/bin/bash
# A stop that depends on the size of a table, directly after a real pg_upgrade: up to PostgreSQL 17 it brings no
# statistics along, and what a release looks like that has lost them must not pass for a small table.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

why=$(servers_why_not postgres)
[ -z "$why" ] || skip_all "$why"
mapfile -t bins < <(
	for bin in "${SERVERS_ROOT:-}"/usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
		[ ! -x "$bin/pg_upgrade" ] || [ ! -x "$bin/postgres" ] || printf '%s\n' "${bin#"${SERVERS_ROOT:-}"}"
	done | sort -V)
[ "${#bins[@]}" -ge 2 ] || skip_all "pg_upgrade needs two releases of PostgreSQL; here: ${#bins[@]} (make test-matrix has them)"
old_bin=${bins[0]} new_bin=${bins[-1]}

# as_owner DIR COMMAND...: as whoever owns the servers, there
as_owner()
{
	servers_as_nobody env -u PGDATA LC_ALL=C /bin/sh -c 'cd "$0" && exec "$@"' "$@" 2>&1
}

# 17.1 in the way from 16.11 to 17.3: its state and reason in the plan
state()
{
	"$PREFLIGHT" plan --no-discover --from 16.11.10 --to 17.3.7 --format json \
		--postgres "main=$(pg_conninfo main)" 2>/dev/null |
		/usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["plan"]["steps"]:
    if s["version"].startswith("17.1."):
        print(s["state"] + ": " + s["reason"])'
}

dir=$(new_dir)
old=$(servers_dir "$dir/old")
new=$(servers_dir "$dir/new")
PG_BIN=$old_bin
pg_start "$old" || skip_all 'the older PostgreSQL does not start'
gitlab_base
pg_newdb main
pg_sql main "
	DROP TABLE ci_pipeline_messages;
	CREATE TABLE ci_pipeline_messages (id bigint PRIMARY KEY, content text);
	ALTER TABLE ci_pipeline_messages ALTER content SET STORAGE PLAIN;
	INSERT INTO ci_pipeline_messages SELECT n, repeat('x', 900) FROM generate_series(1, 100000) AS n;
	ANALYZE" >/dev/null
from=$(pg_version)
like "$(state)" '^not_needed: .*about 100000 rows' "PostgreSQL $from: analysed"

# It wants servers that were stopped in order, and a new one without anything in it.
as_owner "$old/pg" "$old_bin/pg_ctl" -D "$old/pg" -m fast -w stop >/dev/null || fail 'the older PostgreSQL does not stop'
servers_prepare "$new" pg .s.PGSQL.5432 || fail 'no directory for the newer one'
options=(-U postgres -A trust -E UTF8 --locale=C --no-sync)
[[ $(as_owner / "$new_bin/initdb" --help) != *--no-data-checksums* ]] || options+=(--no-data-checksums)
said=$(as_owner "$new/pg" "$new_bin/initdb" -D "$new/pg" "${options[@]}") || fail "initdb: $said"
pg_settings "$new" >>"$new/pg/postgresql.conf"
said=$(as_owner "$new/sock" "$new_bin/pg_upgrade" -b "$old_bin" -B "$new_bin" -d "$old/pg" -D "$new/pg" -U postgres -s "$new/sock") ||
	fail "pg_upgrade: $said $(grep -hs -A 2 "error:" -r "$new/pg/pg_upgrade_output.d")"

PG_BIN=$new_bin
pg_start "$new" || fail 'the newer PostgreSQL does not start'
to=$(pg_version)
ok "PostgreSQL $from became $to" test "$from" -lt "$to"
is "$(pg_sql main 'SELECT count(*) FROM ci_pipeline_messages')" 100000 'with every row'
is "$(pg_sql main "SELECT pg_stat_get_live_tuples('ci_pipeline_messages'::regclass)")" 0 'of which it counts none'
if [ "$to" -lt 18 ]; then
	like "$(state)" '^undecided: .*are no evidence for' "after pg_upgrade from $from to $to it is undecided"
else
	like "$(state)" '^not_needed: .*about 100000 rows' "pg_upgrade from $from to $to brings the estimate along, which decides it"
fi
pg_sql main 'ANALYZE ci_pipeline_messages' >/dev/null
like "$(state)" '^not_needed: .*about 100000 rows' 'the command that it names decides it'
done_testing
