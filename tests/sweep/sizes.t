#!/bin/bash
# The verdict does not depend on size: each rule has the status with many rows that it has with few.

. "$(dirname "$0")/../lib/tap.sh"

dir=$(new_dir)
sizes=$O/tests/sweep/sizes

statuses()
{
	"$sizes" "$@" 2>/dev/null | awk '{print $1, $2, $3}'
}

statuses 10 >"$dir/few"
statuses 6000 >"$dir/many"
like "$(wc -l <"$dir/few")" '^[1-9][0-9][0-9]' 'the rules were evaluated'
is "$(diff "$dir/few" "$dir/many")" '' 'six thousand rows more in every table'

# The hungriest of them, with as many rows as a table may have.
hungry='bbm.unfinished hop.unfinished legacy.pending settings.removed'
# shellcheck disable=SC2086
is "$(statuses 100000 $hungry)" "$(statuses 10 $hungry)" 'a hundred thousand rows more'

done_testing
