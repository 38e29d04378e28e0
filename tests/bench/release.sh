#!/bin/bash
# What reading a release's package costs, against what only unpacks it and lists its names. A package of 200 MB of
# noise as text: xz copies pure noise instead of unpacking it, which no part of a real package is like.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../lib/release.sh"
if [ -z "$BENCH_FULL" ]; then
	bench_note 'skipped: make bench-full reads a package of 200 MB'
	exit 0
fi
for program in bsdtar dpkg-deb; do
	command -v "$program" >/dev/null || { bench_note "skipped: $program is not installed"; exit 0; }
done
dir=$(new_dir)
release_tree "$dir/rails" && mkdir "$dir/rails/vendor" &&
	head -c "${BENCH_BYTES:-200000000}" /dev/urandom | base64 >"$dir/rails/vendor/noise" &&
	release_deb "$dir/gitlab.deb" "$dir/rails" 19.9.0 "xz -z1" || exit 1
cat "$dir/gitlab.deb" >/dev/null
# shellcheck disable=SC2016
read -r floor _ < <(bench_ms 3 0 sh -c 'bsdtar -xOf "$0" data.tar.xz | bsdtar -tf -' "$dir/gitlab.deb") || exit 1
read -r own memory < <(bench_ms 3 0 "$O/tests/integration/release_tree" "$dir/gitlab.deb") || exit 1
bench_row 'release: a .deb of 200 MB, with its digest, against bsdtar -xO | bsdtar -t' "$own" "$floor" '<= 1.15'
bench_row 'memory of that, against 32 MiB' "$memory" 32 '<= 1.3' MiB

# Facts of a release of GitLab's size, and what they take beside those of a small one.
/usr/bin/python3 "$(dirname "$0")/release_tree.py" "$dir/large" || exit 1
facts()
{
	bench_ms "$1" 0 "${PREFLIGHT:-$O/bin/preflight}" collect --no-discover --only release --release "$2" --out "$3"
}
read -r _ small < <(facts 1 "$dir/rails" "$dir/small.tar.gz") || exit 1
read -r own large < <(facts 1 "$dir/large" "$dir/large.tar.gz") || exit 1
bench_row 'facts of a release: 1,469 tables, 1,976 migrations, against 5 s' "$own" 5000 '<= 1'
bench_row 'memory of that beside a small release, against 32 MiB' "$(awk "BEGIN {print $large - $small}")" 32 '<= 1' MiB
bench_row 'its bundle, against 400 KB' "$(($(stat -c %s "$dir/large.tar.gz") / 1000))" 400 '<= 1' KB
