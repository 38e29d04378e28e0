#!/bin/bash
# Text that somebody else wrote is inert wherever it is shown.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

esc=$'\e'
instance
bbm_add "$main" '<script>alert(1)</script>' $'is\e[2J\e]52;c;eA==\asues' id '["@all", "/close", "![x](http://x)"]' failed >/dev/null
bbm_add "$main" '"><img src=x onerror=alert(1)>' ']]>' id '["[[ATTACHMENT|../../x]]", "`$(id)`"]' failed >/dev/null
legacy_job_dead '<b>Bold</b>'
gate 3 14.1.8 14.2.7 'hostile names'
unlike "$out" "$esc" 'no escape sequence reaches the terminal'
contains "$out" '<U+001B>' 'but one sees that there was one'

dir=$(new_dir)
tar -xzf "$bundle" -C "$dir" --strip-components=1
for file in report.html junit.xml summary.md report.json README.txt; do
	nok "$file holds no escape character" grep -q "$esc" "$dir/$file"
done
is "$(grep -ci '<script' "$dir/report.html")" 1 'HTML: no script but the own one'
nok 'HTML: no image' grep -qi '<img' "$dir/report.html"
# Inside a fence nothing is obeyed; a fence is longer than any run of backticks in it.
awk '/^ *```/ { f = !f; next } !f' "$dir/summary.md" >"$dir/outside.md"
nok 'Markdown: no raw script' grep -qE '(^|[^\\])<script' "$dir/outside.md"
nok 'Markdown: no mention' grep -qE '(^|[^`\\[:alnum:]])@all' "$dir/outside.md"
nok 'JUnit: no attachment' grep -q '\[\[ATTACHMENT' "$dir/junit.xml"
if command -v xmllint >/dev/null; then
	ok 'JUnit: well-formed' xmllint --noout "$dir/junit.xml"
else
	skip 'xmllint is not installed'
fi
ok 'the checksums hold' sh -c "cd '$dir' && sha256sum -c --quiet SHA256SUMS"
reports_are_valid
done_testing
