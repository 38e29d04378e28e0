#!/bin/bash
# Runs every benchmark, tests/bench/*.sh, and prints a table of ratios. With "full": the sizes that
# take minutes. Exit 1 if a benchmark could not be run, and with "full" if a ratio of CPU time misses its target: other
# work on the machine changes wall times much, and CPU times little.

set -u
cd "$(dirname "$0")/../.." || exit 1
export O=${O:-build} BENCH_FULL='' BENCH_TABLE
[ "${1:-}" != full ] || BENCH_FULL=1
BENCH_TABLE=$(mktemp) || exit 1
trap 'rm -f "$BENCH_TABLE"' EXIT
unset "${!PREFLIGHT_@}" "${!PG@}"
bad=0

for script in tests/bench/*.sh; do
	case $script in */lib.sh | */run.sh)
		continue
	esac
	begun=$SECONDS
	printf '== %s\n' "$script"
	if ! bash "$script"; then
		printf '   failed\n'
		bad=1
	fi
	printf '   %d s\n' $((SECONDS - begun))
done

printf '\n'
awk -F '\t' -v full="$BENCH_FULL" '
	{
		ratio = $3 > 0 ? $2 / $3 : 0
		split($4, target, " ")
		missed = target[1] == "<=" && ratio > target[2] || target[1] == ">=" && ratio < target[2]
		printf "%-80s %9.1f %9.1f %-3s %7.2f  %-8s%s\n", $1, $2, $3, $5, ratio, $4,
			target[1] == "" ? "" : missed ? "  MISSED" : "  met"
		bad = bad || (missed && full && $5 == "CPU")
	}
	END { exit bad }
	BEGIN { printf "%-80s %9s %9s     %7s  %s\n", "", "measured", "against", "ratio", "target" }
' "$BENCH_TABLE" || bad=1
exit $bad
