#!/bin/bash
# The interlock, with apt and dpkg themselves on packages that are called gitlab-ee and contain nothing: an upgrade passes
# only with an intact, fresh GO for exactly this step, or with an override that names who and why and is logged.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

need apt-get dpkg dpkg-deb
[ "$(id -u)" = 0 ] || skip_all 'dpkg needs root'
[ -z "$(servers_why_not)" ] || skip_all "$(servers_why_not)"
dir=$(new_dir)
root=$dir/root
pg_start "$(servers_dir "$dir/pg")" && redis_start "$(servers_dir "$dir/redis")" && gitlab_base &&
	pg_newdb gitlabhq_production || { fail 'the servers start'; done_testing; }
bbm_finish_all gitlabhq_production
sidekiq_alive >/dev/null
sidekiq_cron

# The paths of the interlock are below the directory of this test; nothing else is changed.
mkdir -p "$dir/lib" "$dir/gate" "$dir/bin"
sed "s,^gate=.*,gate=$dir/gate,; s,^key=.*,key=$dir/bundle.pub,; s,^log=.*,log=$dir/interlock.log,
	s,^program=.*,program=$PREFLIGHT," packaging/apt/preflight-interlock >"$dir/lib/preflight-interlock"
chmod 755 "$dir/lib/preflight-interlock" "$dir/gate"
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers" \
	"$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial" "$root/etc/apt/apt.conf.d" \
	"$root/etc/apt/preferences.d" "$root/etc/apt/trusted.gpg.d" "$root/var/log/apt"
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available" "$root/etc/apt/sources.list"
{
	sed "s,/usr/local/lib/,$dir/lib/,g" packaging/apt/50preflight-interlock
	printf 'Dir "%s";\nDir::State::status "%s";\nDir::Bin::dpkg "/usr/bin/dpkg";\nDir::Log "%s";\n' "$root" \
		"$root/var/lib/dpkg/status" "$root/var/log/apt"
	printf 'DPkg::Options {"--root=%s"; "--force-script-chrootless";};\nDPkg::Use-Pty "false";\n' "$root"
	printf 'APT::Sandbox::User "root";\nDir::Etc::parts "/nonexistent";\nDPkg::Post-Invoke "";\n'
} >"$dir/apt.conf"

package()
{
	local tree=$dir/package

	rm -rf "$tree"
	mkdir -p "$tree/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x <x@localhost>\nDescription: nothing\n' "$1" "$2" \
		>"$tree/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$tree" "$dir/$1_$2.deb" >/dev/null
}

# apt_install PACKAGE VERSION
apt_install()
{
	APT_CONFIG=$dir/apt.conf apt-get -q -y --allow-downgrades --no-install-recommends install "$dir/$1_$2.deb"
}

installed()
{
	dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' "$1" 2>/dev/null
}

# gate TO [OPTION]...: what the administrator runs before
gate()
{
	rm -rf "$dir/gate/bundle.tar.gz"
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to "$1" --install-method linux_package \
		--postgres "$(pg_conninfo gitlabhq_production)" --redis "$(redis_url "$REDIS_DB")" \
		--out "$dir/gate/bundle.tar.gz" --format quiet "${@:2}"
}

package gitlab-ee 14.1.8-ee.0
package gitlab-ee 14.2.7-ee.0
package gitlab-ee 14.3.6-ee.0
package other 1.0
exits 0 'a first installation passes' apt_install gitlab-ee 14.1.8-ee.0
[ "$(installed gitlab-ee)" = 14.1.8-ee.0 ] || { diag "$out$err"; fail 'apt works in a root of its own'; done_testing; }
exits 0 'so does another package' apt_install other 1.0

# --- Without a GO

exits 100 'an upgrade without a bundle is refused' apt_install gitlab-ee 14.2.7-ee.0
contains "$out$err" "gitlab-ee 14.1.8 to 14.2.7 is not allowed: there is no $dir/gate/bundle.tar.gz" 'with the reason'
is "$(installed gitlab-ee)" 14.1.8-ee.0 'and nothing is installed'
copy_is()
{
	pg_sql gitlabhq_production "UPDATE batched_background_migrations SET status = $1
		WHERE table_name = 'push_event_payloads'" >/dev/null
}
copy_is 4
exits 3 'a NO-GO' gate 14.2.7
exits 100 'is refused' apt_install gitlab-ee 14.2.7-ee.0
copy_is 3
exits 0 'a GO' gate 14.2.7
chmod 777 "$dir/gate"
exits 100 'is refused where anybody may write' apt_install gitlab-ee 14.2.7-ee.0
chmod 755 "$dir/gate"
exits 100 'and for another step' apt_install gitlab-ee 14.3.6-ee.0
contains "$out$err" 'the bundle is about 14.1.8 to 14.2.7' 'with the reason'
cp "$dir/gate/bundle.tar.gz" "$dir/whole"
sed -i 's/^max_age=.*/max_age=0s/' "$dir/lib/preflight-interlock"
sleep 1
exits 100 'and when it is too old' apt_install gitlab-ee 14.2.7-ee.0
sed -i 's/^max_age=.*/max_age=2h/' "$dir/lib/preflight-interlock"
mkdir "$dir/edit" && tar -C "$dir/edit" -xzf "$dir/whole" && echo >>"$(echo "$dir"/edit/*/summary.md)" &&
	tar -C "$dir/edit" -czf "$dir/gate/bundle.tar.gz" .
exits 100 'and when it was edited' apt_install gitlab-ee 14.2.7-ee.0
cp "$dir/whole" "$dir/gate/bundle.tar.gz"
echo 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3' >"$dir/bundle.pub"
exits 100 'and without the signature of the key that is there' apt_install gitlab-ee 14.2.7-ee.0
rm "$dir/bundle.pub"
export PREFLIGHT_MAX_AGE=1s PREFLIGHT_AT=2001-01-01T00:00Z
exits 0 'the same GO lets this step pass, whatever the environment sets' apt_install gitlab-ee 14.2.7-ee.0
unset PREFLIGHT_MAX_AGE PREFLIGHT_AT
is "$(installed gitlab-ee)" 14.2.7-ee.0 'and it is installed'
like "$(tail -n 1 "$dir/interlock.log")" 'allowed: gitlab-ee 14.1.8 to 14.2.7: go' 'and logged'
exits 100 'the next step needs its own' apt_install gitlab-ee 14.3.6-ee.0

# --- The override

export PREFLIGHT_OVERRIDE=yes
exits 100 'an override without a name is refused' apt_install gitlab-ee 14.3.6-ee.0
export PREFLIGHT_OVERRIDE='A. Person: the disk is dying'
chmod 755 "$dir/interlock.log" && mv "$dir/interlock.log" "$dir/kept" && mkdir "$dir/interlock.log"
exits 100 'and one that cannot be logged' apt_install gitlab-ee 14.3.6-ee.0
rmdir "$dir/interlock.log" && mv "$dir/kept" "$dir/interlock.log"
exits 0 'one with a name and a reason passes' apt_install gitlab-ee 14.3.6-ee.0
like "$(tail -n 1 "$dir/interlock.log")" 'overridden: gitlab-ee 14.2.7 to 14.3.6: A\. Person: the disk is dying' \
	'and is logged'
unset PREFLIGHT_OVERRIDE
exits 0 'a downgrade passes' apt_install gitlab-ee 14.2.7-ee.0
is "$(installed gitlab-ee)" 14.2.7-ee.0 'and is installed'
done_testing
