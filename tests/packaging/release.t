#!/bin/bash
# make release: everything is there, under a signature that minisign checks; the bill of materials is valid SPDX and
# has every library that the loader loads. Of the .rpm, which cannot be installed here, files and requirements are
# looked at.

. "$(dirname "$0")/../lib/tap.sh"

need dh lintian rpmbuild rpm rpm2cpio bsdtar minisign strip readelf git
dir=$(new_dir)
version=$(sed -n 's/^VERSION = //p' Makefile)
minisign -G -W -f -p "$dir/key.pub" -s "$dir/key" >/dev/null 2>&1 || skip_all 'this minisign makes no key without a password'
mkdir "$dir/bin" && cp "$PREFLIGHT" "$dir/bin/" && cp -r "$O/man" "$O/completion" "$dir/"

# release [VARIABLE=VALUE]...: without optimization, which changes nothing that is looked at here
mkdir "$dir/home" && printf '%%optflags -O0 -g0\n%%preflight_make HARDEN=-fPIE\n' >"$dir/home/.rpmmacros"
release()
{
	env "$@" HOME="$dir/home" O="$dir" VERSION="$version" DEB_BUILD_OPTIONS=noopt packaging/release
}

exits 1 'a key that is not there is refused before anything is made' release SIGN_KEY="$dir/nobody"
contains "$err" "SIGN_KEY $dir/nobody cannot be read" 'by its name'
case $("$PREFLIGHT" --version 2>&1; ldd "$PREFLIGHT") in *libasan*) skip_all 'the sanitizers are no part of a release' ;; esac
exits 0 'a release is made' release SIGN_KEY="$dir/key"
cd "$dir/dist" || { diag "$(printf %s "$err" | tail -n 5)"; done_testing; }
kinds=$(ls | sed "s/$version/V/; s/20[0-9.]*+20[0-9]*/R/; s/20[0-9.]*\.tar/R.tar/; s/$(uname -m)/M/; s/$(
	dpkg --print-architecture)/M/" | LC_ALL=C sort)
is "$kinds" "SHA256SUMS
SHA256SUMS.minisig
gitlab-preflight-V-1.M.rpm
gitlab-preflight-V-1.src.rpm
gitlab-preflight-V.tar.gz
gitlab-preflight-rules-R-1.noarch.rpm
gitlab-preflight-rules_R_all.deb
gitlab-preflight_V-1_M.deb
preflight-V-M.tar.gz
preflight-V.spdx.json
preflight-rules-R.tar.gz
preflight-rules-R.tar.gz.minisig" 'it has each part'
exits 0 'minisign checks the signature' minisign -Vm SHA256SUMS -p "$dir/key.pub"
exits 0 'and the checksums are right' sha256sum -c --quiet SHA256SUMS
is "$(($(wc -l <SHA256SUMS) + 2))" "$(ls | wc -l)" 'of every file'
exits 0 'the rules of the release are used with its key' "$PREFLIGHT" rules lint \
	--rules-file "$(echo preflight-rules-*.tar.gz)" --rules-key "$dir/key.pub"
cd "$top"
O=$top/build packaging/tool pyspdxtools -i "$dir/dist/preflight-$version.spdx.json" >"$dir/spdx" 2>&1
case $? in
77) skip "$(cat "$dir/spdx")" ;;
0) pass 'the bill of materials is valid SPDX 2.3' ;;
*) fail 'the bill of materials is valid SPDX 2.3'; diag "$(cat "$dir/spdx")" ;;
esac
is "$(python3 -c 'import json, sys
for p in json.load(open(sys.argv[1]))["packages"][1:]:
    print("\n".join(p["comment"].removeprefix("files: ").split(", ")))' "$dir/dist/preflight-$version.spdx.json" | sort)" \
	"$(ldd "$PREFLIGHT" | grep -v vdso | sed 's/^[ \t]*//; s/ .*//; s,.*/,,' | sort)" \
	'and has every library that the loader loads'

# --- The .rpm

program=$(echo "$dir"/rpm/gitlab-preflight-[0-9]*."$(uname -m)".rpm)
rules=$(echo "$dir"/rpm/gitlab-preflight-rules-*.noarch.rpm)
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
