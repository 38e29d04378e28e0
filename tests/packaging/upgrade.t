#!/bin/bash
# The upgrade loop walks 14.1.8 to 15.0.5 with apt and dpkg themselves, on packages that are called gitlab-ee. Each brings
# the file that names its version, and its postinst does to a real PostgreSQL what a release does: the schema of its era,
# and a batched migration, which the scheduler of tests/lib works off. The verdicts are those of the real program. The
# loop is killed once at every place of every step and started again, and installs nothing without a GO for exactly that
# version.
#
# Between the loop and the program is a script that notes each call with its result, and kills the loop where the test
# wants it. Two results are not made of a state but written by that script: wait at its deadline, and a bundle that is
# damaged between check and verify.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/scheduler.sh

need apt-get dpkg dpkg-deb flock
[ "$(id -u)" = 0 ] || skip_all 'dpkg needs root'
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
dir=$(new_dir)
root=$dir/root
log=$dir/log
calls=$dir/calls
loop=packaging/upgrade/gitlab-upgrade-loop
stops=$("$PREFLIGHT" plan --from 14.1.8 --to 15.0.5 --no-discover | sed -n 's/^ *[0-9]\+  \([0-9]\+\.[0-9.]*\) .*/\1/p' |
	xargs)
is "$stops" '14.3.6 14.9.5 14.10.5 15.0.5' 'the path has four steps'
pg_start "$(servers_dir "$dir/pg")" && redis_start "$(servers_dir "$dir/redis")" && gitlab_base &&
	pg_newdb start && bbm_finish_all start || { fail 'the servers start'; done_testing; }

mkdir -p "$dir/bin" "$dir/repo" "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial" \
	"$root/etc/apt/preferences.d" "$root/etc/apt/trusted.gpg.d" "$root/var/log/apt"
cat >"$dir/apt.conf" <<EOF
Dir "$root"; Dir::State::status "$root/var/lib/dpkg/status"; Dir::Bin::dpkg "/usr/bin/dpkg"; Dir::Log "$root/var/log/apt";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
DPkg::Options {"--root=$root"; "--force-script-chrootless";}; DPkg::Use-Pty "false";
APT::Sandbox::User "root"; Dir::Etc::parts "/nonexistent"; DPkg::Post-Invoke "";
EOF
echo "deb [trusted=yes] file:$dir/repo ./" >"$root/etc/apt/sources.list"

# package VERSION: in the repository
package()
{
	local file=gitlab-ee_$1-ee.0.deb tree=$dir/package

	mkdir -p "$tree/DEBIAN" "$tree/opt/gitlab"
	printf 'Package: gitlab-ee\nVersion: %s-ee.0\nArchitecture: all\nMaintainer: x <x@localhost>\nDescription: nothing\n' \
		"$1" >"$tree/DEBIAN/control"
	printf '#!/bin/sh\nexec %s/bin/migrate %s\n' "$dir" "$1" >"$tree/DEBIAN/postinst" && chmod 755 "$tree/DEBIAN/postinst"
	printf '{"build_version": "%s-ee"}\n' "$1" >"$tree/opt/gitlab/version-manifest.json"
	dpkg-deb --root-owner-group -b "$tree" "$dir/repo/$file" >/dev/null
	printf '%s\nFilename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(cat "$tree/DEBIAN/control")" "$file" \
		"$(stat -c %s "$dir/repo/$file")" "$(sha256sum "$dir/repo/$file" | cut -d ' ' -f 1)" >>"$dir/repo/Packages"
}

# What a release does to the database. The schema of 14.10 is that of 14.3 on in these tests.
migration()
{
	[ "$1" = 14.1.8 ] && return
	# The scheduler of the tests has made that column already.
	[ "$1" != 14.3.6 ] || sed 's/ADD on_hold_until/ADD IF NOT EXISTS on_hold_until/' tests/schema/eras/14.10.sql
	cat <<-END
		INSERT INTO batched_background_migrations (created_at, updated_at, min_value, max_value, batch_size,
			sub_batch_size, "interval", status, job_class_name, table_name, column_name, job_arguments, total_tuple_count)
		VALUES (now(), now(), 1, 200, 100, 10, 120, 1, 'BackfillOf${1//./x}', 'users', 'id', '[]', 200);
	END
}

# reset: 14.1.8 is installed and healthy, the loop has never run
reset()
{
	rm -rf "$root/var/lib/dpkg" "$dir/state" "$dir/lib" "$dir"/answer.* "$dir/killed" "$dir/kills" "$dir/fail"
	mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
	touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
	: >"$log" && : >"$calls"
	scheduler_stop
	pg_sql postgres 'DROP DATABASE IF EXISTS gitlab WITH (FORCE)' >/dev/null 2>&1
	pg_newdb gitlab start && redis_newdb
	sidekiq_alive >/dev/null && sidekiq_cron
	pg_conninfo gitlab >"$dir/postgres" && redis_url "$REDIS_DB" >"$dir/redis.url"
	dpkg --root="$root" --force-script-chrootless -i "$dir/repo/gitlab-ee_14.1.8-ee.0.deb" >/dev/null 2>&1
}

# GitLab works: the scheduler, and a sign of life of its Sidekiq and cron job, which are read as gone after a minute.
lives()
{
	local identity

	scheduler_start gitlab
	while :; do
		for identity in $(sidekiq_processes); do
			redis_cmd HSET "$(sidekiq_key "$identity")" beat "$(gitlab_epoch)" >/dev/null
		done
		sidekiq_cron 0
		sleep 5
	done &
	heart=$!
}
dies()
{
	[ -z "$heart" ] || kill "$heart" 2>/dev/null
	heart=
	scheduler_stop
}
heart=
at_exit dies

installed()
{
	dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' gitlab-ee | sed 's/-.*//'
}

# A call is noted when it begins, in $calls, and with its result, in $log. $dir/answer.CALL is an exit code in place of the
# program. $dir/kills: the loop is killed before and after each call, once for each installed version, and again
# after the backup.
cat >"$dir/bin/common" <<EOF
dir=$dir root=$root log=$log calls=$calls real=$PREFLIGHT
EOF
cat >>"$dir/bin/common" <<'EOF'
now=$(dpkg-query -W -f '${Version}' gitlab-ee | sed 's/-.*//')
maybe_kill()
{
	local place="$* $now $(sed -n 's/^phase=backed-up/again/p' "$dir/lib/state" 2>/dev/null)"

	[ -e "$dir/kills" ] && ! grep -qsxF "$place" "$dir/killed" || return 0
	echo "$place" >>"$dir/killed"
	kill -KILL "$(cat "$dir/pid")"
	[ "$1" = postinst ] || exit 1
}
code()
{
	cat "$dir/answer.$1" 2>/dev/null || echo 0
}
EOF
cat >"$dir/bin/preflight" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
case $1 in
plan | report) exec "$real" "$@" ;;
esac
echo "$1" >>"$calls"
maybe_kill "$1" before
stores=(--root "$root" --postgres "$(cat "$dir/postgres")" --redis "$(cat "$dir/redis.url")")
case $1 in
check)
	"$real" "$@" "${stores[@]}"
	code=$?
	next=$("$real" report "${@: -1}" --format dotenv | sed -n 's/^PREFLIGHT_TO_VERSION=//p')
	;;
wait)
	[ "$(code wait)" != 0 ] || "$real" "$@" "${stores[@]}" --interval 1s
	code=$? next=$now
	[ "$(code wait)" = 0 ] || code=$(code wait)
	;;
verify)
	[ ! -e "$dir/answer.damage" ] || truncate -s -100 "$2"
	"$real" "$@"
	code=$? next=$(sed 's/.*--expect-to \([0-9.]*\).*/\1/' <<<"$*")
	;;
esac
echo "$1 $next $code $now" >>"$log"
maybe_kill "$1" after
exit "$code"
EOF
cat >"$dir/bin/backup" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
echo backup | tee -a "$calls" >>"$log"
maybe_kill backup before
exit "$(code backup)"
EOF
cat >"$dir/bin/apt-get" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
echo install >>"$calls"
echo "install ${@: -1}" | sed 's/gitlab-ee=//; s/-ee.0//' >>"$log"
maybe_kill install before
APT_CONFIG=$dir/apt.conf /usr/bin/apt-get -q "$@"
code=$?
now=$(dpkg-query -W -f '${Version}' gitlab-ee | sed 's/-.*//')
maybe_kill install after
exit "$code"
EOF
# The postinst of VERSION. The loop may be killed while it runs: apt and dpkg go on without it.
cat >"$dir/bin/migrate" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
[ ! -e "$dir/fail" ] || exit 1
[ "$1" = 14.1.8 ] || maybe_kill postinst during
exec psql -q -v ON_ERROR_STOP=1 -d "$(cat "$dir/postgres")" -f "$dir/migration.$1" >/dev/null
EOF
printf '#!/bin/sh\nexec /usr/bin/dpkg-query --admindir=%s/var/lib/dpkg "$@"\n' "$root" >"$dir/bin/dpkg-query"
chmod 755 "$dir"/bin/*

# run [OPTION]...: the loop; its process id is in $dir/pid
run()
{
	PATH=$dir/bin:$PATH bash -c 'echo $$ >"$0/pid"; exec "$@"' "$dir" "$loop" --to 15.0.5 --backup "$dir/bin/backup" \
		--state "$dir/lib/state" "$@"
}

# True if each installation follows a check and a verify of its version, both GO, and nothing else.
every_install_has_a_go()
{
	awk '$1 == "check" || $1 == "verify" { go[$1] = $3 == 0 ? $2 : "" } $1 == "started" { delete go }
		$1 == "install" { if (go["check"] != $2 || go["verify"] != $2) bad = 1; delete go } END { exit bad }' "$log"
}

# True if each version was finished, as wait --after says, before the next one was installed.
every_version_is_finished()
{
	awk '$1 == "wait" && $3 == 0 { done[$2] = 1 } $1 == "install" { if (last && last != $2 && !done[last]) bad = 1; last = $2 }
		END { exit bad || !done["15.0.5"] }' "$log"
}

for v in 14.1.8 $stops; do
	package "$v"
	migration "$v" >"$dir/migration.$v"
done
APT_CONFIG=$dir/apt.conf /usr/bin/apt-get -q update >/dev/null 2>&1

# --- All the way

reset
exits 0 'a dry run' run --dry-run
contains "$out" 'apt-get install -y gitlab-ee=14.3.6-ee.0' 'shows the command'
is "$(installed) $(grep -c -e backup -e install "$log")" '14.1.8 0' 'and runs nothing'
lives
exits 0 'from 14.1.8 to 15.0.5' run
is "$(installed)" 15.0.5 'it arrives'
like "$out" '14\.1\.8 -> 15\.0\.5: 4 upgrade steps' 'the plan is printed'
is "$(sed -n 's/^install //p' "$log" | xargs)" "$stops" 'each step once'
is "$(grep -c '^backup' "$log")" 4 'with a backup each'
ok 'and a GO each' every_install_has_a_go
ok 'after the background work of the one before' every_version_is_finished
is "$(pg_sql gitlab "SELECT count(*) FROM batched_background_migrations WHERE job_class_name LIKE 'BackfillOf%' AND status = 3")" 4 \
	'which is done'
exits 0 'once more' run
is "$(grep -c '^install' "$log")" 4 'nothing is installed'
dies

# --- Killed

# Once before and once after each call of each step, and while a package is configured. The loop that is started next
# has to begin with wait --after where a package may have been installed.
reset
lives
touch "$dir/kills"
runs=0 wrong=
while [ "$runs" -lt 150 ]; do
	runs=$((runs + 1))
	last=$(tail -n 1 "$calls")
	before=$(wc -l <"$calls")
	run >"$dir/said" 2>&1
	ended=$?
	first=$(sed -n "$((before + 1))p" "$calls")
	case $last in
	install | wait) [ "$first" = wait ] || wrong="$wrong run $runs began with $first after $last;" ;;
	esac
	[ "$ended" = 137 ] || break
	echo started >>"$log"
	# apt may still be at work: its lock is held as long, and the next run ends at once.
	flock "$dir/lib/state.lock" true
done
is "$ended $(installed)" '0 15.0.5' "killed $((runs - 1)) times, it arrives" || diag_lines 5 <"$dir/said"
is "$wrong" '' 'where a package may have been installed, it began with wait --after'
ok 'with a GO for each installation' every_install_has_a_go
ok 'and after the background work of the one before' every_version_is_finished
while read place versions; do
	is "$(grep "^$place " "$dir/killed" | cut -d ' ' -f 3 | sort -uV | xargs)" "$versions" "it was killed: $place"
done <<END
check\ before 14.1.8 $stops
check\ after 14.1.8 $stops
verify\ before 14.1.8 $stops
verify\ after 14.1.8 $stops
backup\ before 14.1.8 ${stops% *}
install\ before 14.1.8 ${stops% *}
install\ after $stops
postinst\ during $stops
wait\ before 14.1.8 $stops
wait\ after 14.1.8 $stops
END
dies

# --- Stopped

# stops_at EXIT NAME INSTALLED TEXT [OPTION]...
stops_at()
{
	exits "$1" "$2" run "${@:5}"
	is "$(installed)" "$3" "$2: what is installed"
	contains "$err" "$4" "$2: the reason"
}
# A migration of 14.1 whose jobs have failed, but which is finished: a warning.
failed_jobs()
{
	bbm_job_add gitlab "$(bbm_add gitlab BackfillX issues id '[]' finished)" failed attempts=3
}
reset
bbm_add gitlab BackfillX issues id '[]' failed >/dev/null
stops_at 3 'a migration that failed' 14.1.8 NO-GO
reset
bbm_job_add gitlab "$(bbm_add gitlab BackfillX issues id '[]' active)" succeeded updated='1 minute'
stops_at 6 'a migration at work' 14.1.8 WAIT
reset
echo "host=$dir/none" >"$dir/postgres"
stops_at 5 'no database' 14.1.8 UNDETERMINED
reset
failed_jobs
stops_at 4 'a warning' 14.1.8 'needs --allow-warnings 14.3.6'
lives
stops_at 4 'a warning that is allowed for one step' 14.3.6 'needs --allow-warnings 14.9.5' --allow-warnings 14.3.6
dies
reset
touch "$dir/answer.damage"
stops_at 7 'a damaged bundle' 14.1.8 'verification failed'
reset
echo 9 >"$dir/answer.backup"
stops_at 1 'a backup that fails' 14.1.8 'the backup failed with exit code 9'
reset
echo 6 >"$dir/answer.wait"
stops_at 6 'work that is left' 14.3.6 'after the upgrade to 14.3.6: WAIT'
reset
touch "$dir/fail"
exits 1 'a postinst that fails' run
contains "$err" 'failed with exit code 100' 'with the exit code of apt-get'
: >"$calls"
exits 1 'once more' run
contains "$err" 'dpkg --configure -a' 'what to do'
is "$(cat "$calls")" '' 'and nothing else is run'
rm "$dir/fail"
dpkg --root="$root" --force-script-chrootless --configure -a >/dev/null 2>&1
lives
exits 0 'after that' run
is "$(head -n 1 "$calls") $(installed)" 'wait 15.0.5' 'it begins with wait --after, and arrives'
dies
exits 2 'no target' "$loop"
exits 2 'an unknown option' "$loop" --to 15.0.5 --force
exits 2 'a missing value' "$loop" --to
done_testing
