#!/bin/bash
# Evaluation is linear: ten times the rows in each table take about ten times as long.

. "$(dirname "$0")/lib.sh"
make -s "$O/tests/sweep/sizes" || exit 1
hungry='bbm.unfinished hop.unfinished legacy.pending settings.removed postgres.text-order'

# shellcheck disable=SC2086
took()
{
	"$O/tests/sweep/sizes" "$1" $hungry 2>/dev/null | awk '{ ms += $4 * 1000 } END { print ms }'
}

bench_row 'evaluation of the hungriest rules: 100000 rows in each table against ten times 10000' \
	"$(took 100000)" "$(($(took 10000) * 10))" '<= 1.5'
