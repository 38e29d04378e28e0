#!/bin/bash
# The page in a browser: in every combination of colours, width and script it answers in its first screen, has no
# barrier, fetches nothing, and prints on few sheets. PICTURES=DIR keeps pages, pictures and prints.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/browser.sh

why=$(browser_why_not)
[ -z "$why" ] || skip_all "$why"
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
page()
{
	tar -xzOf "$bundle" --wildcards '*/report.html' >"$dir/$1.html"
}

instance
gate 0 14.1.8 14.2.7 'a typical GO' --label prod --change CHG0012345 --install-method linux_package
page typical
ok 'a typical page has less than 150 KB' [ "$(wc -c <"$dir/typical.html")" -lt 150000 ]

instance
for i in $(seq 30); do
	case $((i % 5)) in
	0) state=paused ;;
	1) state=finalizing ;;
	*) state=failed ;;
	esac
	bbm_add "$main" BackfillNamespaceIdOfTables "table_$i" id '[]' "$state" >/dev/null
done
gate 3 14.1.8 14.2.7 'thirty findings' --label prod --install-method linux_package
page thirty
is "$(grep -c '<article' "$dir/thirty.html")" "$(grep -c 'data-severity' "$dir/thirty.html")" 'each card can be filtered'
is "$(grep -o 'table_[0-9]* *\.id (main) is failed' "$dir/thirty.html" | sed 's/[^0-9]//g' | head -n 3 | paste -sd ' ')" \
	'2 3 4' 'rows are in the order of their numbers'

RENDER_DIR=$dir "$O/tests/unit/test_render" >/dev/null 2>&1
mv "$dir/go.html" "$dir/empty.html"
ok 'there are samples' [ -s "$dir/mixed.html" ] && [ -s "$dir/hostile.html" ]

nok 'nothing is fetched from elsewhere' grep -qiE '(src|href)="?https?://[^"]*\.(js|css|png|svg|woff)' "$dir"/*.html
nok 'no style attribute, no handler' grep -qE '<[^>]* (style|on[a-z]+)=' "$dir/typical.html" "$dir/thirty.html" "$dir/mixed.html"
is "$(grep -c '<script' "$dir/hostile.html")" 1 'one script, which is ours'

browser_look "$dir" empty typical mixed hostile print:thirty
browser_markup "$dir"/{empty,typical,thirty,mixed,hostile}.html

ok 'a GO is printed on two sheets' [ "$(pdf_pages "$dir/typical.pdf")" -le 2 ]
ok 'thirty findings are printed on five sheets' [ "$(pdf_pages "$dir/thirty.pdf")" -le 5 ]
diag "sheets: GO $(pdf_pages "$dir/typical.pdf"), thirty findings $(pdf_pages "$dir/thirty.pdf"), 500 $(pdf_pages "$dir/mixed.pdf")"
n=$(pdf_pages "$dir/thirty.pdf")
for i in $(seq "$n"); do
	text=$(pdftotext -f "$i" -l "$i" -layout "$dir/thirty.pdf" -)
	contains "$text" 'NO-GO: prod, GitLab 14.1.8 to 14.2.7' "sheet $i names the instance and the step"
	like "$text" 'run [0-9a-f]{8}-' "sheet $i names the run"
	contains "$text" "Page $i of $n" "sheet $i has its number"
done
unlike "$(pdftotext "$dir/thirty.pdf" -)" 'docker|kubectl' 'only the own installation method is printed'
[ -z "${PICTURES:-}" ] || cp "$dir"/*.{png,pdf,html} "$PICTURES"
done_testing
