#!/bin/bash
# What reading a release's package costs, against what only unpacks it and lists its names. The package has the size of
# GitLab's, as many files, and text that xz makes as much smaller: noise would be copied instead of unpacked, which no
# part of a real package is like.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../lib/release.sh"
if [ -z "$BENCH_FULL" ]; then
	bench_note 'skipped: make bench-full makes a package of 1 GB and reads it'
	exit 0
fi
for program in bsdtar dpkg-deb; do
	command -v "$program" >/dev/null || { bench_note "skipped: $program is not installed"; exit 0; }
done
dir=$(mktemp -d "$O/release.XXXXXX") || exit 1
at_exit rm -rf "$dir"
release_tree "$dir/rails" && release_package "$dir/package" "$dir/rails" &&
	/usr/bin/python3 "$(dirname "$0")/release_filling.py" "$dir/package/opt/gitlab/embedded/lib" \
		"${BENCH_BYTES:-2800000000}" || exit 1
release_deb_of "$dir/gitlab.deb" "$dir/package" 19.9.0 'xz -z1' || exit 1
rm -rf "$dir/package"
size=$(stat -c %s "$dir/gitlab.deb")
cat "$dir/gitlab.deb" >/dev/null
# shellcheck disable=SC2016
read -r floor _ floor_cpu < <(bench_ms 3 0 sh -c 'bsdtar -xOf "$0" data.tar.xz | bsdtar -tf -' "$dir/gitlab.deb") || exit 1
read -r own memory own_cpu < <(bench_ms 3 0 "$O/tests/integration/release_tree" "$dir/gitlab.deb") || exit 1
rm "$dir/gitlab.deb"
name="release: a .deb of $((size / 1000000)) MB, with its digest, against bsdtar -xO | bsdtar -t"
bench_row "$name" "$own" "$floor" '<= 1.15'
bench_row "$name (CPU)" "$own_cpu" "$floor_cpu" '<= 1.15' CPU
bench_row 'memory of that, against 32 MiB and the window' "$memory" 40 '<= 1' MiB

# Facts of a release of GitLab's size, and what they take beside those of a small one.
/usr/bin/python3 "$(dirname "$0")/release_tree.py" "$dir/large" || exit 1
facts()
{
	bench_ms "$1" 0 "${PREFLIGHT:-$O/bin/preflight}" collect --no-discover --only release --release "$2" --out "$3"
}
read -r _ small _ < <(facts 1 "$dir/rails" "$dir/small.tar.gz") || exit 1
read -r own large own_cpu < <(facts 3 "$dir/large" "$dir/large.tar.gz") || exit 1
bench_row 'facts of a release: 1,469 tables, 1,976 migrations, against 5 s' "$own" 5000 '<= 1'
bench_row 'memory of that beside a small release, against 32 MiB' "$(awk "BEGIN {print $large - $small}")" 32 '<= 1' MiB
bench_row 'its bundle, against 400 KB' "$(($(stat -c %s "$dir/large.tar.gz") / 1000))" 400 '<= 1' KB
