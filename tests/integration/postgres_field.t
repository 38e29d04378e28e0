#!/bin/bash
# A gate that reads PostgreSQL on a streaming standby: as good as the primary while it keeps up, unknown
# when it does not, and not the place to judge migrations on a Geo secondary.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_dir=$(new_dir)
primary=$(servers_dir "$gate_dir/primary")
standby=$(servers_dir "$gate_dir/standby")
pg_find
[ -x "${SERVERS_ROOT:-}$PG_BIN/pg_basebackup" ] || skip_all 'pg_basebackup is not installed'
pg_start "$primary" 'wal_level = replica' 'max_wal_senders = 3' 'hot_standby = on' &&
	redis_start "$(servers_dir "$gate_dir/redis")" && gitlab_base || skip_all 'the servers do not start'
instance

servers_prepare "$standby" pg .s.PGSQL.5432
rmdir "$standby/pg"
[ "$(id -u)" != 0 ] || chown nobody "$standby"
(cd / && servers_as_nobody "$PG_BIN/pg_basebackup" -D "$standby/pg" -R -X stream -c fast \
	-d "host=$primary/sock port=5432 user=postgres") >"$gate_dir/basebackup" 2>&1 ||
	skip_all "no standby: $(cat "$gate_dir/basebackup")"
printf "unix_socket_directories = '%s'\n" "$standby/sock" >>"$standby/pg/postgresql.conf"
pg_start "$standby" || skip_all 'the standby does not start'

# until_true SQL: on the standby
until_true()
{
	wait_for 'the standby gets there' pg_is_true postgres "$1"
}
receives='SELECT EXISTS (SELECT FROM pg_stat_wal_receiver)'
until_true "$receives AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"
here() # EXIT NAME [OPTION...]
{
	local expected=$1 name=$2
	shift 2

	raw "$expected" "$name" --from 14.1.8 --to 14.2.7 --postgres "$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "$@"
}

pg_use "$primary"
pg_sql postgres 'SELECT txid_current()' >/dev/null
pg_use "$standby"
until_true 'SELECT pg_last_xact_replay_timestamp() IS NOT NULL AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()'
here 0 'a standby that keeps up'
is "$(field gate.decision)" go 'is as good as the primary'
contains "$(tar -xzOf "$bundle" --wildcards '*/report.json')" 'a standby that is up to date' 'and is called one'

pg_sql postgres 'SELECT pg_wal_replay_pause()' >/dev/null
pg_use "$primary"
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
pg_sql postgres 'SELECT pg_switch_wal()' >/dev/null
pg_use "$standby"
until_true 'SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()'
here 0 'one that is a moment behind still counts'
pg_sql postgres 'SELECT pg_wal_replay_resume()' >/dev/null
until_true 'SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()'
here 3 'what failed on the primary is seen on the standby'

# The tracking database of a Geo secondary is no standby: any database with the two tables of Rails will do.
pg_use "$primary"
pg_newdb geo
geo=$(pg_conninfo geo)
pg_use "$standby"
here 0 'the same on a Geo secondary: migrations are judged on the primary' --postgres "geo=$geo"
is "$(/usr/bin/python3 -c '
import json, sys
print(*{f["status"] for f in json.load(open(sys.argv[1]))["findings"] if f["rule"]["id"] == "bbm.unfinished"})
' "$report")" not_applicable 'and the rule says so'

pg_stop "$primary"
until_true "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)"
here 5 'a standby without a link to its primary'
says 'how far it is behind is not known' 'it says so'
unlike "$(effects)" ' fail ' 'and nothing is said to have failed by what may be old'

reports_are_valid
done_testing
