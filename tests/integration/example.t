#!/bin/bash
# The example in reports/example is what this program makes of its report.json, which is the whole of the report.

. "$(dirname "$0")/../lib/tap.sh"

dir=$(new_dir)
example=reports/example
exits 0 'report.json alone is enough' "$PREFLIGHT" report "$example/report.json" --format html="$dir/report.html" \
	--format markdown="$dir/summary.md" --format json="$dir/report.json" --format junit="$dir/junit.xml"
for file in report.html summary.md report.json; do
	ok "$file is made identically (else: packaging/example)" cmp "$dir/$file" "$example/$file"
done
ok 'a typical page has less than 150 KB' [ "$(wc -c <"$example/report.html")" -lt 150000 ]
ok 'the picture has less than 200 KB' [ "$(wc -c <"$example/report.png")" -lt 200000 ]
ok 'README.md shows it' grep -qF "($example/report.png)" README.md
nok 'no path of the machine that made it' grep -rqE '/(tmp|root|work)/' "$example" --include=*.html --include=*.json --include=*.md

printf '{"schema": {"version": "1.0"}}' >"$dir/broken.json"
exits 2 'what is no report is refused' "$PREFLIGHT" report "$dir/broken.json"
contains "$err" 'is missing or wrong' 'with the member that is wrong'
exits 2 'a file that is not there as well' "$PREFLIGHT" report "$dir/nothing.json"
done_testing
