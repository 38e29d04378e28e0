#!/bin/bash
# Signals at every moment, full disks and limits of the process: an incomplete report or none, never half of one; no
# temporary file and no session is left. And what the process is: no core dump, files for its owner, no other program.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
live=(check --no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")"
	--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")")
dest=$gate_dir/out
facts=$gate_dir/facts.tar.gz
exits 3 'a bundle' "$PREFLIGHT" "${live[@]}" --out "$facts"

left_behind()
{
	find "$dest" -name '.preflight-*'
}

# whole FILE   absent, or an archive whose report is a NO-GO or incomplete
whole()
{
	[ -e "$1" ] || return 0
	tar -xzOf "$1" --wildcards '*/report.json' | python3 -c '
import json, sys
r = json.load(sys.stdin)
sys.exit(r["gate"]["decision"] not in ("no_go", "undetermined"))'
}

# --- A signal after so many milliseconds

# signalled SIGNAL NAME COMMAND...
signalled()
{
	local signal=$1 name=$2 bad='' ms code pid
	shift 2

	for ms in 0 30 60 100 140 200 300; do
		rm -rf "$dest" && mkdir -p "$dest" && cp "$facts" "$dest/b.tar.gz"
		"$@" >"$gate_dir/said" 2>&1 &
		pid=$!
		# Before that it is a shell, with the traps of this one.
		while [ -d "/proc/$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != preflight ]; do :; done
		sleep "$(printf '0.%03d' "$ms")"
		kill -s "$signal" "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		code=$?
		case $code in 3 | 5 | $((128 + $(kill -l "$signal")))) ;; *) bad+=" exit $code after $ms ms;" ;; esac
		[ -z "$(left_behind)" ] || bad+=" $(left_behind) after $ms ms;"
		whole "$dest/b.tar.gz" || bad+=" half a report after $ms ms;"
	done
	is "$bad" '' "$name, SIG$signal: an incomplete report or none, and nothing is left"
}
signalled TERM 'replay' "$PREFLIGHT" check --facts "$facts" --out "$dest/b.tar.gz"
signalled HUP 'replay' "$PREFLIGHT" check --facts "$facts" --out "$dest/b.tar.gz"
signalled TERM 'replay to a directory' "$PREFLIGHT" check --facts "$facts" --out "$dest/b"
signalled TERM 'live' "$PREFLIGHT" "${live[@]}" --out "$dest/b.tar.gz"
is "$(pg_sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'preflight%' AND state <> 'idle'")" \
	0 'no session is left on the server'

# --- A signal while a source waits for a lock

lock=$gate_dir/lock
mkfifo "$lock"
pg_sql "$main" <"$lock" >/dev/null 2>&1 &
exec 9>"$lock"
echo 'BEGIN; LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE;' >&9
wait_for 'the table is locked' pg_is_true "$main" "SELECT count(*) > 0 FROM pg_locks WHERE granted
	AND mode = 'AccessExclusiveLock' AND relation = 'schema_migrations'::regclass"
rm -rf "$dest" && mkdir -p "$dest"
(
	umask 000
	ulimit -c unlimited
	exec "$PREFLIGHT" "${live[@]}" --out "$dest/b.tar.gz"
) >"$gate_dir/said" 2>&1 &
pid=$!
is_waiting()
{
	pg_is_true "$main" "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
}
wait_for 'it waits for the lock' is_waiting
core=$(awk '/^Max core file size/ {print $5 $6}' "/proc/$pid/limits" 2>/dev/null)
kill -TERM $pid
wait $pid
code=$?
exec 9>&-
like "$code" '^(143|3|5)$' 'interrupted while it waits: exit 143'
ok 'and what is left is whole' whole "$dest/b.tar.gz"
is "$(left_behind)" '' 'and nothing else'
is "$core" 00 'no core dump is made, whatever the limit was before'
[ ! -e "$dest/b.tar.gz" ] || is "$(stat -c %a "$dest/b.tar.gz")" 600 'the bundle is for its owner, whatever the umask was'
wait

# --- Where nothing can be written

rm -rf "$dest" && mkdir -p "$dest"
limited()
{
	(ulimit -f 8 && exec "$PREFLIGHT" check --facts "$facts" --out "$1" --format "json=$dest/report.json")
}
for to in "$dest/b.tar.gz" "$dest/b"; do
	exits 1 "a limit of the size of files, ${to##*/}" limited "$to"
	is "$(find "$dest" -mindepth 1)" '' 'nothing is left'
done
to_full()
{
	"$PREFLIGHT" check --facts "$facts" --out "$dest/b.tar.gz" --format json >/dev/full
}
exits 1 'stdout is a full disk' to_full
ok 'the bundle is whole' whole "$dest/b.tar.gz"
to_closed()
{
	"$PREFLIGHT" check --facts "$facts" --out "$dest/b.tar.gz" --format json >&-
}
to_closed 2>/dev/null
isnt $? 0 'stdout is closed: no success'
ok 'the bundle is whole then, too' whole "$dest/b.tar.gz"
"$PREFLIGHT" check --facts "$facts" --out "$dest/b.tar.gz" --format json 2>/dev/null | head -c 1 >/dev/null
code=${PIPESTATUS[0]}
like "$code" '^[13]$' 'nobody reads stdout any more: a verdict or 1, no signal'
is "$(left_behind)" '' 'and nothing is left'

# --- No other program

if command -v strace >/dev/null; then
	strace -f -qq -e trace=execve,execveat,fork,vfork -o "$gate_dir/trace" "$PREFLIGHT" "${live[@]}" \
		--out "$dest/b.tar.gz" >/dev/null 2>&1
	is "$(grep -cE 'exec|fork' "$gate_dir/trace")" 1 'it starts no other program'
else
	skip 'strace is not installed'
fi
done_testing
