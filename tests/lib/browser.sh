# shellcheck shell=bash
# A real Chromium, and what drives it and checks pages; see tests/browser.
#
#   browser_why_not     says why there is none, or nothing
#   browser_look DIR NAME...    looks at DIR/NAME.html in every combination; each check is a test. "print:NAME" is only
#       printed, "fleet:NAME" is a page of many instances. Leaves DIR/NAME.pdf and pictures
#   browser_markup FILE...      a test: the HTML checker finds no error
#   pdf_pages FILE              how many there are
#
# Needs tap.sh.

browser_modules=$O/browser/node_modules

browser_program()
{
	command -v chromium || command -v chromium-headless || command -v chromium-browser || command -v google-chrome
}

# The packages are those of tests/browser/package.json; they are fetched once.
browser_packages()
{
	mkdir -p "$O/browser" || return 1
	if ! cmp -s tests/browser/package.json "$O/browser/package.json" || [ ! -d "$browser_modules" ]; then
		cp tests/browser/package.json "$O/browser/package.json.new" &&
			(
				cd "$O/browser" && mv package.json.new package.json &&
					npm install --ignore-scripts --no-package-lock --no-audit --no-fund
			) >"$O/browser/npm.log" 2>&1 && return
		rm -f "$O/browser/package.json"
		return 1
	fi
}

browser_why_not()
{
	local program

	for program in node npm pdfinfo pdftotext; do
		command -v "$program" >/dev/null || { printf '%s is not installed\n' "$program"; return; }
	done
	browser_program >/dev/null || { printf 'no Chromium\n'; return; }
	browser_packages || printf 'npm cannot fetch the packages of tests/browser\n'
}

browser_look()
{
	local line

	while IFS= read -r line; do
		case $line in
		'ok '*) pass "${line#ok }" ;;
		*) fail "${line#not ok }" ;;
		esac
	done < <(node tests/browser/look.js "$browser_modules" "$(browser_program)" "$@" 2>&1 </dev/null || echo 'not ok look.js')
}

browser_markup()
{
	if ! command -v java >/dev/null; then
		skip 'java is not installed'
		return
	fi
	ok 'the HTML checker finds no error' java -jar "$browser_modules/vnu-jar/build/dist/vnu.jar" --errors-only "$@"
}

pdf_pages()
{
	pdfinfo "$1" | sed -n 's/^Pages: *//p'
}
