#!/bin/bash
# The page of many instances in a browser: in every combination of colours and width it has no barrier, fetches nothing and
# does not scroll sideways, and its print repeats what the columns are. PICTURES=DIR keeps page, pictures and print.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/browser.sh

why=$(browser_why_not)
[ -z "$why" ] || skip_all "$why"
dir=$(new_dir)
"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --label shop --install-method helm --out "$dir/shop.tar.gz" \
	>/dev/null 2>&1
tar -xzOf "$dir/shop.tar.gz" --wildcards '*/report.json' >"$dir/shop.json"
# Sixty instances with every decision, one of them old and one with markup in its label.
/usr/bin/python3 - "$dir" <<'END'
import json, sys
from datetime import datetime, timedelta
dir = sys.argv[1]
r = json.load(open(f'{dir}/shop.json'))
at = datetime.strptime(r['run']['finished_at'], '%Y-%m-%dT%H:%M:%SZ')
verdicts = [('go', 0), ('go_with_warnings', 0), ('wait', 6), ('undetermined', 5), ('no_go', 3)]
for i in range(60):
    decision, code = verdicts[i % 5]
    hours = 300 if i == 7 else i / 4
    label = '<b>&"shop"</b>' if i == 9 else f'gitlab-of-department-{i:02d}.example.com'
    r['run'].update(label=label, finished_at=(at - timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%SZ'))
    r['gate'].update(decision=decision, exit_code=code, headline='The bigint copy of push_event_payloads.event_id is not complete')
    json.dump(r, open(f'{dir}/r{i}.json', 'w'))
END
printf 'max-age: 7d\ninstances: [gitlab-of-department-00.example.com, gitlab-that-is-missing]\n' >"$dir/fleet.yml"
exits 5 'sixty instances, one missing' "$PREFLIGHT" fleet --expect "$dir/fleet.yml" --format html "$dir"/r*.json
printf '%s\n' "$out" >"$dir/fleet.html"
nok 'nothing is fetched from elsewhere' grep -qiE '(src|href)="?https?://[^"]*\.(js|css|png|svg|woff)' "$dir/fleet.html"
nok 'no style attribute, no handler' grep -qE '<[^>]* (style|on[a-z]+)=' "$dir/fleet.html"
nok 'a label is text' grep -q '<b>&"shop"' "$dir/fleet.html"

browser_look "$dir" fleet:fleet
browser_markup "$dir/fleet.html"
n=$(pdf_pages "$dir/fleet.pdf")
ok 'sixty instances are printed on eight sheets' [ "$n" -le 8 ]
diag "sheets: $n"
for i in $(seq "$n"); do
	text=$(pdftotext -f "$i" -l "$i" -layout "$dir/fleet.pdf" -)
	like "$text" 'Instance|Label' "sheet $i names its columns"
	contains "$text" "Page $i of $n" "sheet $i has its number"
done
like "$(pdftotext -f 1 -l 1 "$dir/fleet.pdf" -)" 'MISSING' 'what is missing is on the first sheet'
[ -z "${PICTURES:-}" ] || cp "$dir"/*.{png,pdf,html} "$PICTURES"
done_testing
