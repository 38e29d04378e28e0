#!/bin/bash
# The page in a browser: it renders wide and narrow, light and dark, and prints; nothing is fetched.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	skip_all 'no Chromium'
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
bbm_add "$main" '<script>document.title="broken"</script>' issues id '[]' failed >/dev/null
bbm_add "$main" BackfillX issues id '[]' paused >/dev/null
gate 3 14.1.8 14.2.7 'a page to look at'
dir=$(new_dir)
tar -xzOf "$bundle" --wildcards '*/report.html' >"$dir/report.html"
nok 'nothing is fetched from elsewhere' grep -qiE '(src|href)="?https?://[^"]*\.(js|css|png|svg|woff)' "$dir/report.html"
nok 'no style attribute, no script' grep -qiE ' style=|<script' "$dir/report.html"
ok 'a content security policy' grep -q 'Content-Security-Policy' "$dir/report.html"

page()
{
	timeout 300 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--user-data-dir="$dir/profile" "$@" "file://$dir/report.html" >/dev/null 2>&1
}
look()
{
	local name=$1 file=$dir/$2
	shift 2

	page "$@" --screenshot="$file"
	ok "$name" [ -s "$file" ]
}
look 'wide' wide.png --window-size=1000,1400
look 'narrow' narrow.png --window-size=360,1400
look 'dark' dark.png --window-size=1000,1400 --blink-settings=preferredColorScheme=0
isnt "$(sha256sum <"$dir/wide.png")" "$(sha256sum <"$dir/dark.png")" 'dark is another picture'
page --print-to-pdf="$dir/report.pdf"
ok 'printed' [ -s "$dir/report.pdf" ]
if command -v tidy >/dev/null; then
	tidy -q -errors "$dir/report.html" >"$dir/tidy" 2>&1
	nok 'no error in the markup' grep -q 'Error:' "$dir/tidy"
else
	skip 'tidy is not installed'
fi
[ -z "${KEEP:-}" ] || cp "$dir"/*.p* "$dir/report.html" "$KEEP"
done_testing
