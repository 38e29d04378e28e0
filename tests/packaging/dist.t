#!/bin/bash
# make dist: the same bytes for the same source, from a clone and from what was unpacked; and the program builds its
# rules' package from nothing but that file.

. "$(dirname "$0")/../lib/tap.sh"

need git gzip
dir=$(new_dir)
version=$(sed -n 's/^VERSION = //p' Makefile)
name=gitlab-preflight-$version
[ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ] || skip_all 'this is not a clone'

digest()
{
	sha256sum <"$1" | cut -d ' ' -f 1
}

exits 0 'it is made from the clone' env O="$dir/a" VERSION="$version" packaging/dist
exits 0 'and once more, elsewhere' env O="$dir/b" VERSION="$version" TZ=Asia/Tokyo packaging/dist
is "$(digest "$dir/a/dist/$name.tar.gz")" "$(digest "$dir/b/dist/$name.tar.gz")" 'with the same bytes'
mkdir "$dir/unpacked" && tar -C "$dir/unpacked" -xzf "$dir/a/dist/$name.tar.gz"
is "$(cd "$dir/unpacked/$name" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort)" \
	"$(git ls-files | LC_ALL=C sort)" 'it has every file that git tracks, and no other'
mkdir "$dir/unpacked/$name/build" && touch "$dir/unpacked/$name/build/product"
cd "$dir/unpacked/$name"
exits 0 'it is made from what was unpacked and built' env O=build VERSION="$version" \
	GIT_CEILING_DIRECTORIES="$dir" packaging/dist
cd "$top"
is "$(digest "$dir/unpacked/$name/build/dist/$name.tar.gz")" "$(digest "$dir/a/dist/$name.tar.gz")" \
	'with the same bytes again'
is "$(sed -n '1s/.*(\(.*\)-.*/\1/p' packaging/debian/changelog)" "$version" \
	'the changelog of the Debian packages has the version of the Makefile'
done_testing
