#!/bin/bash
# The upgrade loop with dnf (also under the name yum) and rpm themselves, in a root of Debian that has both: four packages that are called gitlab-ee
# are installed one after the other, and a step without a GO is not. What preflight says is written by the test here;
# tests/packaging/upgrade.t has the real program. DNF_ROOT is a root with dnf, rpm and createrepo_c to use.

. "$(dirname "$0")/../lib/tap.sh"

need mmdebstrap unshare chroot
[ "$(id -u)" = 0 ] || skip_all 'a change of the root directory needs root'
unshare -m true 2>/dev/null || skip_all 'no mount namespace can be made here'
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=${MATRIX_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
	'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)}
[ -n "$mirror" ] || skip_all 'apt knows no mirror of Debian here'
dir=$(new_dir)
root=${DNF_ROOT:-$dir/root}
[ -n "${DNF_ROOT:-}" ] || mmdebstrap --mode=root --variant=essential --aptopt='Acquire::Check-Valid-Until "false"' \
	--include=dnf,rpm,createrepo-c "$suite" "$root" "deb $mirror $suite main" >"$dir/root.log" 2>&1 ||
	skip_all "a root with dnf could not be made: $(tail -n 1 "$dir/root.log")"
stops='14.3.6 14.9.5 14.10.5 15.0.5'

inside()
{
	unshare -m sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" env -i HOME=/root PATH=/test/bin LC_ALL=C.UTF-8 "$@"' \
		"$root" "$@"
}

# Everything but what is Debian's: there the loop finds rpm and dnf alone.
rm -rf "$root/test" && mkdir -p "$root/test/bin" "$root/test/repo" "$root/etc/yum.repos.d"
for program in "$root"/usr/bin/* "$root"/usr/sbin/* "$root"/bin/* "$root"/sbin/*; do
	case ${program##*/} in
	dpkg* | apt*) ;;
	*) ln -sfn "${program#"$root"}" "$root/test/bin/${program##*/}" ;;
	esac
done
[ -e "$root/test/bin/dnf" ] || ln -s /usr/bin/dnf-3 "$root/test/bin/dnf"
cp packaging/upgrade/gitlab-upgrade-loop "$root/test/bin/"
cat >"$root/test/gitlab-ee.spec" <<'END'
Name: gitlab-ee
Version: %{v}
Release: ee.0.el9
Summary: nothing
License: none
BuildArch: noarch
%description
nothing
%files
END
printf '[gitlab]\nname=gitlab\nbaseurl=file:///test/repo\ngpgcheck=0\n' >"$root/etc/yum.repos.d/gitlab.repo"
cat >"$root/test/bin/preflight" <<END
#!/bin/bash
now=\$(rpm -q --qf '%{VERSION}' gitlab-ee)
next=\$(for v in $stops; do [ "\$(printf '%s\n' "\$now" "\$v" | sort -V | tail -n 1)" = "\$now" ] || { echo "\$v"; break; }; done)
case \$1 in
plan) exit 0 ;;
report) cat "\$2"; exit ;;
check) echo "PREFLIGHT_TO_VERSION=\${next:-\$now}" >"\${@: -1}" ;;
esac
echo "\$1 \${next:-\$now}" >>/test/log
exit "\$(cat "/test/answer.\$1" 2>/dev/null || echo 0)"
END
chmod 755 "$root/test/bin/preflight"
for v in 14.1.8 $stops; do
	inside rpmbuild -bb --define "v $v" --define '_rpmdir /test/repo' /test/gitlab-ee.spec >"$dir/rpmbuild.log" 2>&1 ||
		{ fail "the package of $v"; diag_lines 5 <"$dir/rpmbuild.log"; }
done
ok 'a repository of five packages' inside createrepo_c -q /test/repo

# reset: 14.1.8 is installed, the loop has never run
reset()
{
	rm -rf "$root"/test/{log,answer.*,state*}
	: >"$root/test/log"
	inside dnf remove -q -y gitlab-ee >/dev/null 2>&1
	inside dnf install -q -y gitlab-ee-14.1.8 >"$dir/dnf.log" 2>&1
}
installed()
{
	inside rpm -q --qf '%{VERSION}' gitlab-ee
}
run()
{
	inside gitlab-upgrade-loop --to 15.0.5 --backup 'echo backup >>/test/log' --state /test/state "$@"
}

reset
is "$(installed)" 14.1.8 'dnf installs the first' || diag_lines 5 <"$dir/dnf.log"
exits 0 'a dry run' run --dry-run
contains "$out" 'would run: dnf install -y gitlab-ee-14.3.6' 'shows the command of dnf'
echo 3 >"$root/test/answer.check"
exits 3 'a NO-GO' run
is "$(installed)" 14.1.8 'installs nothing'
rm "$root/test/answer.check"
: >"$root/test/log"
exits 0 'from 14.1.8 to 15.0.5' run
is "$(installed)" 15.0.5 'it arrives'
is "$(xargs <"$root/test/log")" "$(for v in $stops; do
	echo "check $v verify $v backup check $v verify $v wait NEXT"
done | awk -v stops="$stops" '{ split(stops, s, " "); sub("NEXT", NR < 4 ? s[NR + 1] : s[4]); print }' | xargs) check 15.0.5 verify 15.0.5" \
	'with a GO, a backup and a second GO for each step'
reset
echo 6 >"$root/test/answer.wait"
exits 6 'work that is left' run
is "$(installed)" 14.3.6 'ends it after one step'
rm "$root/test/answer.wait"
: >"$root/test/log"
exits 0 'again' run
is "$(head -n 1 "$root/test/log") $(installed)" 'wait 14.9.5 15.0.5' 'begins with wait --after, and arrives'

# Where dnf is called yum, as up to Red Hat 7 and, as another name of dnf, after it.
reset
mv "$root/test/bin/dnf" "$root/test/bin/yum"
exits 0 'yum: a dry run' run --dry-run
contains "$out" 'would run: yum install -y gitlab-ee-14.3.6' 'yum: its command'
exits 0 'yum: from 14.1.8 to 15.0.5' run
is "$(installed)" 15.0.5 'yum: it arrives'
mv "$root/test/bin/yum" "$root/test/bin/dnf"

inside dnf remove -q -y gitlab-ee >/dev/null 2>&1
exits 1 'no package' run
contains "$err" "rpm -qa 'gitlab-*'" 'what to look at'
done_testing
