#!/bin/bash
# The .rpm of program and rules, made with whatever rpmbuild is here. Whether they install on a system of the Red Hat
# or SUSE families is not tried; their files and requirements are looked at.

. "$(dirname "$0")/../lib/tap.sh"

need rpmbuild rpm rpm2cpio bsdtar
dir=$(new_dir)
version=$(sed -n 's/^VERSION = //p' Makefile)
# Without optimization: what is looked at does not depend on it.
exits 0 'they are made' env O="$dir" VERSION="$version" packaging/rpm/build --define 'optflags -O0 -g0' \
	--define 'preflight_make HARDEN=-fPIE'
[ -z "$err" ] || diag "$(printf %s "$err" | tail -n 5)"
program=$(echo "$dir"/rpm/gitlab-preflight-[0-9]*."$(uname -m)".rpm)
rules=$(echo "$dir"/rpm/gitlab-preflight-rules-*.noarch.rpm)
[ -f "$program" ] && [ -f "$rules" ] || { fail 'both are there'; done_testing; }
query=(rpm -qp --dbpath "$dir/db")
like "$("${query[@]}" --requires "$program")" 'gitlab-preflight-rules >= 20[0-9.]+\+20[0-9]{6}' \
	'the program requires the rules'
like "$("${query[@]}" --requires "$program")" 'libpq\.so\.5' 'and the libraries that rpm found in it'
unlike "$("${query[@]}" --requires "$rules")" '^[^r/]' 'the rules require nothing'
is "$("${query[@]}" -l "$program" | grep -c preflight/rules/)" 0 'no rule is in the package of the program'
mkdir "$dir/root"
ok 'both unpack' sh -c 'for rpm; do rpm2cpio "$rpm" | bsdtar -xf - -C "$0" || exit; done' "$dir/root" "$program" "$rules"
exits 0 'the program in them uses the rules in them' "$dir/root/usr/bin/preflight" rules lint
is "$(cd "$dir/root/usr/share/preflight/rules" && find . -type f | sort | xargs sha256sum)" \
	"$(cd rules && find . -type f ! -path '*/.*' | sort | xargs sha256sum)" 'the rules are all there'
done_testing
