#!/bin/bash
# Every call that can fail does, at one use after the other: the verdict never gets better, nothing crashes, nothing
# half-written stays. `make torture` (FAULTS=all) tries each distinct path to a call; without it a sample is tried.
# PART=2/8 takes the second eighth of the rows below.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

library=$O/tests/faults/fail_call.so
[ -e "$library" ] || skip_all 'the library that makes calls fail is not built'
! ldd "$PREFLIGHT" | grep -q libasan || skip_all 'the sanitizers have an allocator of their own'
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

# A migration that failed: any better verdict would be seen.
instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
bbm_add "$main" BackfillY issues id '[]' active >/dev/null
live=(--no-discover --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")"
	--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")")
dir=$gate_dir/faults
mkdir -p "$dir"
facts=$dir/facts.tar.gz old=$dir/old
exits 3 'a bundle' "$PREFLIGHT" check "${live[@]}" --out "$facts"
exits 3 'its older report' "$PREFLIGHT" check --facts "$facts" --label older --out "$old.tar.gz" \
	--format json="$old.report.json" --format junit="$old.xml"

part=${PART:-1/1}
row=0
# met NAME KIND[:EVERY] ARGUMENT...   both modes and each use; the sample has one mode in turn, and each EVERYth use
modes='once ever'
met()
{
	local name=$1 kind=${2%:*} every=${2#*:} mode said
	shift 2

	[ "$every" != "$kind" ] || every=1
	if [ "${FAULTS:-}" = all ]; then
		every=1
	else
		[ "$modes" = once ] && modes=ever || modes=once
	fi
	for mode in $modes; do
		row=$((row + 1))
		[ $((row % ${part#*/})) = $((${part%/*} % ${part#*/})) ] || continue
		if said=$(nice python3 tests/faults/enumerate.py --library "$library" --kind "$kind" --mode $mode \
			--every "$every" --dir "$dir" "$@" 2>&1); then
			pass "$name: $(tail -n 1 <<<"$said")"
		else
			fail "$name: $(tail -n 1 <<<"$said")"
			diag "$said"
		fi
	done
}
archive=("$PREFLIGHT" check --facts "$facts" --out '{dir}/b.tar.gz' --format 'json={dir}/report.json'
	--format 'junit={dir}/junit.xml')
files=(--old "b.tar.gz=$old.tar.gz" --old "report.json=$old.report.json" --old "junit.xml=$old.xml")

# Kind and stride of the sample, each on one line: KIND[:EVERY]
for kind in sync rename open:2 read:2 stat:2 crypto:5 archive:5 yaml sqlite:61 json:97 write:97 memory:499; do
	met 'replay' "$kind" "${files[@]}" -- "${archive[@]}"
done
for kind in sync:9 rename:5 open:9 write:199 memory:997; do
	met 'a directory' "$kind" -- "$PREFLIGHT" check --facts "$facts" --out '{dir}/b'
done
for kind in write:97 memory:997; do
	met 'report' "$kind" --stdout json -- "$PREFLIGHT" report "$facts" --format json
done
for kind in net:9 thread:3 pq:9 curl:29 redis:7 memory:997; do
	met 'live' "$kind" -- "$PREFLIGHT" check "${live[@]}" --out '{dir}/b.tar.gz' --format 'json={dir}/report.json'
done
done_testing
