#!/bin/bash
# The Debian packages: lintian has no objection, each installs in a root of its release, the installed program gates
# the state of a GitLab 14.1.8, newer rules install without the program, and purging leaves nothing.
# PACKAGING_SUITES: releases of Debian to build and try them on (default: this one; make test-matrix names others).

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

need dpkg-buildpackage dh lintian mmdebstrap unshare chroot
[ "$(id -u)" = 0 ] || skip_all 'a change of the root directory needs root'
unshare -m true 2>/dev/null || skip_all 'no mount namespace can be made here'
[ -z "$(servers_why_not)" ] || skip_all "$(servers_why_not)"
dir=$(new_dir)
version=$(sed -n 's/^VERSION = //p' Makefile)
here=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=${MATRIX_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
	'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)}
[ -n "$mirror" ] || skip_all 'apt knows no mirror of Debian here'
pg_start "$(servers_dir "$dir/pg")" && redis_start "$(servers_dir "$dir/redis")" && gitlab_base &&
	pg_newdb gitlabhq_production || { fail 'the servers start'; done_testing; }
bbm_finish_all gitlabhq_production push_event_payloads
bbm_add gitlabhq_production CopyColumnUsingBackgroundMigrationJob push_event_payloads event_id \
	'[["event_id"],["event_id_convert_to_bigint"]]' active >/dev/null
sidekiq_alive >/dev/null
sidekiq_cron

# inside ROOT COMMAND...: with /tmp and /proc of this host, which are gone at its end
inside()
{
	unshare -m sh -c 'mount --bind /tmp "$0/tmp" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$@"
}

# The names of what the packages depend on, without each other.
dependencies()
{
	dpkg-deb -f "$1" Depends Recommends | sed 's/^[A-Z][a-z]*: //' | tr ',' '\n' |
		sed 's/[(|].*//; s/ //g; /^gitlab-preflight/d' | sort -u | paste -s -d ,
}

# The rules of the day after, as somebody makes their package who has no compiler.
newer_rules()
{
	local tree=$dir/newer

	mkdir "$tree" && tar -C "$tree" --strip-components=1 -xzf "$1/gitlab-preflight_$version.orig.tar.gz" &&
		sed -i 's/^  dated: .*/  dated: "2099-01-01"/' "$tree/rules/path.yml" &&
		(cd "$tree" && GIT_CEILING_DIRECTORIES=$dir O=build VERSION=$version PATH=$dir/no-cc:$PATH packaging/deb rules)
}

try_packages()
{
	local suite=$1 debs=$2 root=$dir/$1-root program

	program=$(echo "$debs"/gitlab-preflight_*_*.deb)
	is "$(dpkg-deb -c "$program" | grep -c 'share/preflight/rules/.')" 0 "$suite: the program's package has no rule"
	like "$(dpkg-deb -f "$debs"/gitlab-preflight-rules_*.deb Version)" '^20[0-9.]*\+20[0-9]{6}$' \
		"$suite: the package of the rules has the version of the rules"
	ok "$suite: a root of the release is unpacked" mmdebstrap --mode=root --variant=essential \
		--aptopt='Acquire::Check-Valid-Until "false"' --include="$(dependencies "$program")" "$suite" "$root" \
		"deb $mirror $suite main" || return
	find "$root/etc" "$root/usr" "$root/var/lib" -not -path '*/var/lib/dpkg/*' | sort >"$dir/before"
	ok "$suite: both packages install" inside "$root" dpkg -i $(echo "$debs"/gitlab-preflight_*.deb \
		"$debs"/gitlab-preflight-rules_*.deb)
	exits 3 "$suite: the installed program gates the state of the demo" inside "$root" preflight check --no-discover \
		--from 14.1.8 --to 14.2.7 --install-method linux_package --postgres "$(pg_conninfo gitlabhq_production)" \
		--redis "$(redis_url "$REDIS_DB")" --out "$dir/$suite-bundle"
	like "$out" 'NO-GO .*push_event_payloads.event_id is not complete' "$suite: for the right reason"
	is "$(jq_py "$dir/$suite-bundle/report.json" rules.origin)" shipped "$suite: with the rules as shipped"
	is "$(cd "$root" && find . -name preflight-check.service -o -name preflight-check.timer | grep -c systemd/system/)" 2 \
		"$suite: the units are where systemd looks, and not enabled"
	exits 0 "$suite: all of its rules are valid" inside "$root" preflight rules lint
	[ "$suite" != "$here" ] || try_newer_rules "$suite" "$root" "$debs"
	mkdir -p "$root/var/lib/preflight/history" && touch "$root/var/lib/preflight/preflight.prom"
	ok "$suite: both are purged" inside "$root" dpkg --purge gitlab-preflight gitlab-preflight-rules
	is "$(find "$root/etc" "$root/usr" "$root/var/lib" -not -path '*/var/lib/dpkg/*' | sort | diff "$dir/before" -)" '' \
		"$suite: and leave nothing"
}

try_newer_rules()
{
	local suite=$1 root=$2

	ok "$suite: newer rules are packaged without a compiler" newer_rules "$3" || return
	ok "$suite: they install beside the program as it is" inside "$root" \
		dpkg -i "$dir"/newer/build/deb/gitlab-preflight-rules_*2099*.deb
	exits 0 "$suite: the program uses them" inside "$root" sh -c 'preflight rules lint &&
		grep -c 2099-01-01 /usr/share/preflight/rules/path.yml'
}

jq_py()
{
	python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[key]
print(value)' "$@"
}

mkdir "$dir/no-cc" && printf '#!/bin/sh\nexit 1\n' >"$dir/no-cc/cc" && chmod +x "$dir/no-cc/cc" &&
	cp "$dir/no-cc/cc" "$dir/no-cc/gcc"
for suite in ${PACKAGING_SUITES:-$here}; do
	[ "$suite" != "$here" ] && argument=$suite || argument=
	exits 0 "$suite: the packages are built, and lintian has no objection" \
		env O="$dir" VERSION="$version" packaging/deb $argument
	[ -z "$err" ] || diag "$(printf %s "$err" | tail -n 5)"
	[ ! -d "$dir/deb/$argument" ] || try_packages "$suite" "$dir/deb/$argument"
done
done_testing
