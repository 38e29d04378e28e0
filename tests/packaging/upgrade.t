#!/bin/bash
# The upgrade loop walks 14.1.8 to 15.0.5 with apt and dpkg themselves, on packages that are called gitlab-ee and contain
# nothing. It is killed at every step and started again, and installs nothing without a GO for exactly that version.
#
# `preflight plan` is the real one. check, wait, verify and report come from a stub: real ones would need a database in
# the schema of each release. The stub notes each call and gives the verdicts that the test sets. It, the backup and
# apt-get kill the loop when the test names the call. The last part runs the loop with the real program, on one step.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

need apt-get dpkg dpkg-deb flock
[ "$(id -u)" = 0 ] || skip_all 'dpkg needs root'
dir=$(new_dir)
root=$dir/root
log=$dir/log
loop=packaging/upgrade/gitlab-upgrade-loop
stops=$("$PREFLIGHT" plan --from 14.1.8 --to 15.0.5 --no-discover | sed -n 's/^ *[0-9]\+  \([0-9]\+\.[0-9.]*\) .*/\1/p' |
	xargs)
is "$stops" '14.3.6 14.9.5 14.10.5 15.0.5' 'the path has four steps'

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
	local file=gitlab-ee_$1.deb tree=$dir/package

	mkdir -p "$tree/DEBIAN"
	printf 'Package: gitlab-ee\nVersion: %s\nArchitecture: all\nMaintainer: x <x@localhost>\nDescription: nothing\n' "$1" \
		>"$tree/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$tree" "$dir/repo/$file" >/dev/null
	printf '%s\nFilename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(cat "$tree/DEBIAN/control")" "$file" \
		"$(stat -c %s "$dir/repo/$file")" "$(sha256sum "$dir/repo/$file" | cut -d ' ' -f 1)" >>"$dir/repo/Packages"
}

# reset: 14.1.8 is installed, the loop has never run, every verdict is GO
reset()
{
	rm -rf "$root/var/lib/dpkg" "$dir/state" "$dir/lib" "$log" "$dir"/answer.* "$dir/kill"
	mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
	touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available" "$log"
	dpkg --root="$root" --force-script-chrootless -i "$dir/repo/gitlab-ee_14.1.8-ee.0.deb" >/dev/null 2>&1
}

installed()
{
	dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' gitlab-ee | sed 's/-.*//'
}

# The stub. $dir/answer.CALL is its exit code; $dir/kill is "CALL N WHEN": the N-th such call kills the loop, before or
# after its work.
cat >"$dir/bin/common" <<EOF
dir=$dir root=$root log=$log stops='$stops' real=$PREFLIGHT
EOF
cat >>"$dir/bin/common" <<'EOF'
now=$(dpkg-query -W -f '${Version}' gitlab-ee | sed 's/-.*//')
next=$(for s in $stops; do dpkg --compare-versions "$s" gt "$now" && echo "$s" && break; done)
maybe_kill()
{
	[ "$(cat "$dir/kill" 2>/dev/null)" = "$1 $(grep -c "^$1 " "$log") $2" ] || return 0
	rm "$dir/kill"
	kill -KILL "$(cat "$dir/pid")"
	exit 1
}
code()
{
	cat "$dir/answer.$1" 2>/dev/null || echo 0
}
EOF
cat >"$dir/bin/preflight" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
[ "$1" != plan ] || exec "$real" "$@" --no-discover
[ "$1" != report ] || { cat "$2"; exit; }
code=$(code "$1")
echo "$1 ${next:-$now} $code $now" >>"$log"
maybe_kill "$1" before
[ "$1" != check ] || printf 'PREFLIGHT_TO_VERSION=%s\n' "${next:-$now}" >"${@: -1}"
maybe_kill "$1" after
exit "$code"
EOF
cat >"$dir/bin/backup" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
echo "backup $next" >>"$log"
maybe_kill backup before
exit "$(code backup)"
EOF
cat >"$dir/bin/apt-get" <<'EOF'
#!/bin/bash
. "$(dirname "$0")/common"
echo "install ${@: -1}" | sed 's/gitlab-ee=//; s/-ee.0//' >>"$log"
maybe_kill install before
[ "$(code install)" = 0 ] || exit "$(code install)"
APT_CONFIG=$dir/apt.conf /usr/bin/apt-get -q "$@"
code=$?
maybe_kill install after
exit "$code"
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

for v in 14.1.8 $stops; do
	package "$v-ee.0"
done
APT_CONFIG=$dir/apt.conf /usr/bin/apt-get -q update >/dev/null 2>&1

# --- All the way

reset
exits 0 'a dry run' run --dry-run
contains "$out" 'apt-get install -y gitlab-ee=14.3.6-ee.0' 'shows the command'
is "$(installed) $(grep -c -e backup -e install "$log")" '14.1.8 0' 'and runs nothing'
exits 0 'from 14.1.8 to 15.0.5' run
is "$(installed)" 15.0.5 'it arrives'
like "$out" '14\.1\.8 -> 15\.0\.5: 4 upgrade steps' 'the plan is printed'
is "$(sed -n 's/^install //p' "$log" | xargs)" "$stops" 'each step once'
is "$(grep -c '^backup' "$log")" 4 'with a backup each'
ok 'and a GO each' every_install_has_a_go
exits 0 'once more' run
is "$(grep -c '^install' "$log")" 4 'nothing is installed'

# --- Killed

for call in check verify backup install wait; do
	for when in before after; do
		[ "$call $when" != 'backup after' ] || continue
		for n in 1 2 7; do
			[ "$call" = check ] || [ "$call" = verify ] || [ "$n" != 7 ] || continue
			reset
			echo "$call $n $when" >"$dir/kill"
			run >/dev/null 2>&1
			killed=$?
			last=$(tail -n 1 "$log")
			echo started >>"$log"
			exits 0 "killed at $call $n, $when it: resumed" run
			is "$killed $(installed)" '137 15.0.5' 'and arrives'
			ok 'with a GO for each installation' every_install_has_a_go
			case $last in
			install* | wait*) like "$(sed -n '/^started/{n;p}' "$log")" '^wait' 'it begins with wait --after' ;;
			esac
		done
	done
done

# --- Stopped

# stops_at EXIT CALL CODE INSTALLED TEXT [OPTION]...
stops_at()
{
	reset
	echo "$3" >"$dir/answer.$2"
	exits "$1" "$2 ends with $3" run "${@:6}"
	is "$(installed)" "$4" "$2 ends with $3: what is installed"
	contains "$err" "$5" 'with the reason'
}
stops_at 3 check 3 14.1.8 'NO-GO'
stops_at 6 check 6 14.1.8 'WAIT'
stops_at 5 check 5 14.1.8 'UNDETERMINED'
stops_at 4 check 4 14.1.8 'needs --allow-warnings 14.3.6'
stops_at 4 check 4 14.3.6 'needs --allow-warnings 14.9.5' --allow-warnings 14.3.6
stops_at 7 verify 7 14.1.8 'verification failed'
stops_at 1 backup 9 14.1.8 'the backup failed with exit code 9'
stops_at 1 install 100 14.1.8 'failed with exit code 100'
stops_at 6 wait 6 14.3.6 'after the upgrade to 14.3.6: WAIT'
reset
sed -i 's/^Status: .*/Status: install ok half-configured/' "$root/var/lib/dpkg/status"
exits 1 'a package that is not configured' run
contains "$err" 'dpkg --configure -a' 'what to do'
is "$(cat "$log")" '' 'and nothing else is run'
exits 2 'no target' "$loop"
exits 2 'an unknown option' "$loop" --to 15.0.5 --force
exits 2 'a missing value' "$loop" --to

# --- The real program, on the first step

why=$(servers_why_not)
if [ -n "$why" ]; then
	skip "$why" 3
	done_testing
fi
pg_start "$(servers_dir "$dir/pg")" && redis_start "$(servers_dir "$dir/redis")" && gitlab_base &&
	pg_newdb gitlabhq_production || { fail 'the servers start'; done_testing; }
bbm_finish_all gitlabhq_production
sidekiq_alive >/dev/null
sidekiq_cron
reset
ln -sf "$PREFLIGHT" "$dir/bin/preflight"
exits 0 'the real program gives a GO' run --dry-run --allow-warnings 14.3.6 -- --no-discover --from 14.1.8 \
	--install-method linux_package --postgres "$(pg_conninfo gitlabhq_production)" --redis "$(redis_url "$REDIS_DB")"
contains "$out" 'would run: env DEBIAN_FRONTEND=noninteractive apt-get install -y gitlab-ee=14.3.6-ee.0' 'and its version'
is "$(installed)" 14.1.8 'and nothing is installed'
done_testing
