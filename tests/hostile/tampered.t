#!/bin/bash
# Bundles that somebody changed: verify says no, and nobody else takes them for what they were.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/schema.sh
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'

instance
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
gate 3 14.1.8 14.2.7 'a NO-GO to tamper with'
work=$(new_dir)
unpack()
{
	rm -rf "$work/b" && mkdir "$work/b" && tar -xzf "$bundle" -C "$work/b" && folder=$(ls "$work/b")
}
pack()
{
	tar -czf "$work/$1.tar.gz" -C "$work/b" "$folder"
}
rehash()
{
	(
		cd "$work/b/$folder" && /usr/bin/python3 - <<-'END' && rm SHA256SUMS &&
			import hashlib, json
			m = json.load(open('manifest.json'))
			for f in m['files']:
			    data = open(f['path'], 'rb').read()
			    f['bytes'], f['sha256'] = len(data), hashlib.sha256(data).hexdigest()
			if 'DECISION' in __import__('os').environ:
			    m['verdict']['decision'] = 'go'
			open('manifest.json', 'w').write(json.dumps(m, indent=2) + '\n')
		END
			find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
	)
}

unpack
sed -i 's/"no_go"/"go"/' "$work/b/$folder/report.json"
pack edited
exits 7 'report.json edited' "$PREFLIGHT" verify "$work/edited.tar.gz"
exits 2 'and report does not show it' "$PREFLIGHT" report "$work/edited.tar.gz"

rehash
pack rehashed
exits 7 'edited, and the manifest hashed again' "$PREFLIGHT" verify "$work/rehashed.tar.gz"
DECISION=go rehash
pack rehashed2
exits 7 'the decision in the manifest edited as well' "$PREFLIGHT" verify "$work/rehashed2.tar.gz"

unpack
sed -i '/BackfillX/d' "$work/b/$folder/facts/batched_migration.ndjson"
rehash
pack facts
exits 7 'a row of the facts removed, and hashed again' "$PREFLIGHT" verify "$work/facts.tar.gz"

unpack
sed -i 's/,4,"BackfillX"/,3,"BackfillX"/' "$work/b/$folder/facts/batched_migration.ndjson"
exits 5 'a directory of facts that differs from its manifest is hypothetical' "$PREFLIGHT" check \
	--facts "$work/b/$folder" --out "$work/hypothetical"
says 'not about an instance' 'and it says so'

head -c "$(($(stat -c %s "$bundle") / 2))" "$bundle" >"$work/cut.tar.gz"
exits 7 'cut' "$PREFLIGHT" verify "$work/cut.tar.gz"
exits 2 'and check does not take it' "$PREFLIGHT" check --facts "$work/cut.tar.gz" --out "$work/x"
[ ! -e "$work/x" ] && pass 'nothing is left behind' || fail 'nothing is left behind'

size=$(stat -c %s "$bundle")
missed=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	cp "$bundle" "$work/flip.tar.gz"
	at=$((size * i / 17))
	byte=$(od -An -tu1 -j "$at" -N 1 "$bundle" | tr -d ' ')
	printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$work/flip.tar.gz" bs=1 seek="$at" conv=notrunc 2>/dev/null
	"$PREFLIGHT" verify "$work/flip.tar.gz" >/dev/null 2>&1
	[ $? = 7 ] || missed=$((missed + 1))
done
is $missed 0 'a byte flipped, at sixteen places'

# Everything that a check writes is made again and compared, also where the digests were made to fit.
for file in report.html junit.xml summary.md README.txt inputs.json; do
	unpack
	case $file in
	*.json) sed -i 's/"next": false/"next":  false/' "$work/b/$folder/$file" ;;
	*) echo '<!-- approved -->' >>"$work/b/$folder/$file" ;;
	esac
	rehash
	pack "edited-$file"
	exits 7 "$file edited, and hashed again" "$PREFLIGHT" verify "$work/edited-$file.tar.gz"
	contains "$out" "$file is not what these facts, rules and inputs give" 'and it is named'
done
# manifest NAME PYTHON: the manifest with one thing changed, everything else left to fit
manifest()
{
	unpack
	(cd "$work/b/$folder" && /usr/bin/python3 -c "import json
m = json.load(open('manifest.json'))
$2
open('manifest.json', 'w').write(json.dumps(m, indent=2) + '\n')")
	rehash
	pack "$1"
	exits 7 "the manifest: $1" "$PREFLIGHT" verify "$work/$1.tar.gz"
}
manifest run-id "m['run_id'] = '0' * 32"
manifest digest "m['rules']['digest'] = '0' * 64"
manifest tool "m['tool']['version'] = '9.9.9'"
manifest target "m['verdict']['to'] = '14.2.6'"
manifest foreign "open('approval.txt', 'w').write('GO')
m['files'].append({'path': 'approval.txt', 'bytes': 2, 'sha256': ''})"
contains "$out" 'approval.txt is a foreign file' 'and it is named'
manifest foreign-table "open('facts/approval.ndjson', 'w').write('{}')
m['files'].append({'path': 'facts/approval.ndjson', 'bytes': 2, 'sha256': ''})"

# The same manifest in another form: nothing in it but the process is taken as it is.
# form NAME SED: the text of the manifest changed, everything else left to fit
form()
{
	unpack
	sed -i "$2" "$work/b/$folder/manifest.json"
	(cd "$work/b/$folder" && rm SHA256SUMS && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum >"$work/sums" &&
		mv "$work/sums" SHA256SUMS)
	pack "$1"
	exits "${3:-7}" "the manifest with $1" "$PREFLIGHT" verify "$work/$1.tar.gz"
}
form nothing-changed '' 0
form space 's/"run_id":/"run_id" :/'
contains "$out" 'manifest.json is not what these facts' 'and it is named'
form escape 's/"preflight"/"\\u0070reflight"/'
form mark $'1s/^/\xef\xbb\xbf/'
form newline '$a\
'
form order '2,5d; s/^  "files"/  "schema": {\n    "id": "urn:preflight:schema:manifest:1",\n    "version": "1.0"\n  },\n&/'
form process-list 's/^  "process": {/  "process": [], "x": {/'
unpack
sed -i '/"tool": {/,/}/s/"version": "[^"]*"/"version": "9.9.9"/' "$work/b/$folder/report.json"
echo x >>"$work/b/$folder/summary.md"
rehash
pack later
exits 0 'a report of another version of the program' "$PREFLIGHT" verify "$work/later.tar.gz"
like "$out" 'Not checked +[^;]*manifest.json[^;]*report.json[^;]*summary.md' 'names what it cannot make again'

unpack
mkdir "$work/b/$folder/approved"
pack folder
exits 7 'an empty folder' "$PREFLIGHT" verify "$work/folder.tar.gz"
contains "$out" 'a folder without files: approved' 'is named'
exits 7 'in a directory, too' "$PREFLIGHT" verify "$work/b/$folder"

# A GO is a permission for a while.
instance
gate 0 14.1.8 14.2.7 'a GO'
exits 0 'it holds now' "$PREFLIGHT" verify "$bundle"
exits 7 'and not in ten years' "$PREFLIGHT" verify --at 2036-01-01T00:00Z "$bundle"
contains "$out" 'valid until' 'which says until when it held'
exits 7 'nor is it younger than a second for long' sh -c "until ! '$PREFLIGHT' verify --max-age 1s '$bundle' >/dev/null; do :; done; exit 7"
exits 0 'but it is younger than a day' "$PREFLIGHT" verify --max-age 1d --require-decision "$bundle"
exits 2 'a time that is none' "$PREFLIGHT" verify --at tomorrow "$bundle"
exits 2 'a duration that is none' "$PREFLIGHT" verify --max-age soon "$bundle"

# What the caller expects the bundle to be about
gate 0 14.1.8 14.2.7 'a GO of an instance and a change' --label prod --change CHG1
expected=(--expect-gate go --expect-label prod --expect-change CHG1 --expect-from 14.1.8 --expect-to 14.2.7)
exits 0 'all that is expected' "$PREFLIGHT" verify "$bundle" "${expected[@]}"
like "$out" 'Expected +yes +verdict go, label prod, change CHG1, installed version 14.1.8, target version 14.2.7' \
	'is shown'
for differs in gate:no_go label:test change:CHG2 from:14.1.7 to:14.2.6 rules:1999.01; do
	exits 7 "another $differs" "$PREFLIGHT" verify "$bundle" "${expected[@]}" "--expect-${differs%:*}" "${differs#*:}"
	like "$out" "Expected +NO +the .* is .*, but --expect-${differs%:*} requires ${differs#*:}" 'is named'
done
exits 7 'two differences' "$PREFLIGHT" verify "$bundle" --expect-label test --expect-to v14.3.0-ee
is "$(grep -c '^Expected *NO' <<<"$out")" 2 'are both named'
exits 0 'a version as a package has it' "$PREFLIGHT" verify "$bundle" --expect-to 14.2.7-ee.0
exits 2 'half a version' "$PREFLIGHT" verify "$bundle" --expect-to 14.2
exits 2 'a verdict that does not exist' "$PREFLIGHT" verify "$bundle" --expect-gate green
contains "$err" 'go_with_warnings' 'all are listed'
digest=$(tar -xzOf "$bundle" --wildcards '*/report.json' | sed -n 's/.*"digest": "\(.*\)".*/\1/p' | head -n 1)
exits 0 'the digest of the rules' "$PREFLIGHT" verify "$bundle" --expect-rules "${digest:0:16}"
exits 7 'too few digits of it' "$PREFLIGHT" verify "$bundle" --expect-rules "${digest:0:8}"

# The answer for programs
json()
{
	/usr/bin/python3 -c "import json, sys; v = json.load(sys.stdin); print($1)" <<<"$out"
}
exits 0 'as JSON' "$PREFLIGHT" verify "$bundle" --format json --expect-to 14.2.7
follows 'which follows its schema' verify
is "$(json 'v["verified"], v["exit_code"], v["verdict"]["decision"], v["verdict"]["to"]')" 'True 0 go 14.2.7' \
	'the answer'
is "$(json '[c["name"] for c in v["checks"] if c["answer"] == "yes"]')" \
	"['intact', 'recomputed', 'in_time', 'expected', 'complete']" 'and each check'
exits 7 'as JSON, when it fails' "$PREFLIGHT" verify "$bundle" --format json --at 2036-01-01T00:00Z
follows 'which follows its schema' verify
is "$(json 'v["verified"], [c["name"] for c in v["checks"] if c["answer"] == "no"]')" "False ['signed', 'in_time']" \
	'names what failed'
exits 7 'as JSON, of an archive that is none' "$PREFLIGHT" verify rules/path.yml --format json
follows 'which follows its schema' verify
is "$(json 'v["verified"], v["checks"][0]["name"]')" 'False intact' 'names what failed'
exits 2 'another format' "$PREFLIGHT" verify "$bundle" --format html

# Rules of then and rules of today
exits 0 'with the rules of this program' "$PREFLIGHT" verify "$bundle"
like "$out" 'Afterwards +same' 'nothing was learnt since'
cp -r rules "$work/old"
sed -i 's/^  version: .*/  version: "1999.01"/' "$work/old/engine.yml" "$work/old/path.yml"
awk '/^  - id: /{keep = $3 != "bbm.unfinished"} /^[a-z]/{keep = 1} keep' "$(grep -l 'id: bbm.unfinished$' -r rules/steps)" \
	>"$work/old/$(grep -l 'id: bbm.unfinished$' -r rules/steps | sed 's,^rules/,,')"
bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
gate_rules=(--rules-dir "$work/old")
gate_run_any 'a bundle of older rules' --from 14.1.8 --to 14.2.7 --postgres "main=$(pg_conninfo "$main")" \
	--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" --rules-dir "$work/old"
gate_rules=()
exits 0 'still follows from its facts' "$PREFLIGHT" verify "$bundle"
like "$out" 'Afterwards .*decide NO-GO.*not met: .*bbm.unfinished' 'and the rules of today know better'

# The archive on stdout is alone there.
instance
sources=(--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")")
"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 "${sources[@]}" --out - >"$work/stdout.tar.gz" 2>"$work/stderr"
ok 'check --out - writes an archive' tar -tzf "$work/stdout.tar.gz"
exits 0 'that verifies' "$PREFLIGHT" verify "$work/stdout.tar.gz"
ok 'the summary goes to stderr' grep -q '^GO ' "$work/stderr"
exits 2 'another format for stdout is refused' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 \
	"${sources[@]}" --out - --format json

exits 0 'collect' "$PREFLIGHT" collect --no-discover "${sources[@]}" --out "$work/facts-only.tar.gz"
exits 0 'facts alone are intact' "$PREFLIGHT" verify "$work/facts-only.tar.gz"
contains "$out" 'facts only' 'and have no verdict'
# collected NAME PYTHON: facts alone, changed, and everything hashed again
collected()
{
	rm -rf "$work/b" && mkdir "$work/b" && tar -xzf "$work/facts-only.tar.gz" -C "$work/b" && folder=$(ls "$work/b")
	(cd "$work/b/$folder" && /usr/bin/python3 -c "import json
def text(name, change):
    old = open(name).read()
    new = change(old)
    assert new != old
    open(name, 'w').write(new)
def add(name, data):
    open(name, 'w').write(data)
    m['files'].append({'path': name})
m = json.load(open('manifest.json'))
$2
m['files'].sort(key=lambda f: f['path'])
open('manifest.json', 'w').write(json.dumps(m, indent=2) + '\n')")
	rehash
	pack collected
	exits "${3:-7}" "facts alone, $1" "$PREFLIGHT" verify "$work/collected.tar.gz"
}
collected 'hashed again' pass 0
collected 'with a report' "add('report.html', 'GO')"
contains "$out" 'report.html is a foreign file' 'which is named'
collected 'with another table' "add('facts/approval.ndjson', '{}')"
collected 'with other inputs' "add('collect.json', '{}')"
collected 'of another run' "m['run_id'] = '0' * 32"
collected 'with an addition to the manifest' "m['approval'] = 'GO'"
collected 'with a space' "text('facts/run.ndjson', lambda t: t.replace(',', ', ', 1))"
collected 'with a key twice' "text('facts/run.ndjson', lambda t: t.replace('{', '{\"table\":\"run\",', 1))"
collected 'with rows in another order' \
	"text('facts/source.ndjson', lambda t: ''.join([t.splitlines(True)[0]] + t.splitlines(True)[:0:-1]))"
contains "$out" 'facts/source.ndjson is not what' 'which is named'
collected 'of another version' "m['tool']['version'] = '0.0.9'; add('facts/old.ndjson', '{}')" 0
like "$out" 'Not checked +facts/old.ndjson, manifest.json' 'names what it cannot make again'
exits 7 'which --require-decision wants' "$PREFLIGHT" verify --require-decision "$work/facts-only.tar.gz"
exits 7 'and --expect-gate' "$PREFLIGHT" verify --expect-gate go "$work/facts-only.tar.gz"

# What a stranger wrote is quoted, and no terminal obeys it.
unpack
sed -i 's/"label": null/"label": "\\u001b]52;c;eA==\\u0007\\u202e"/; s/"install_method": "[a-z_]*"/"install_method": "\\u001b[2J"/; s/"install_method": null/"install_method": "\\u001b[2J"/' \
	"$work/b/$folder/inputs.json"
sed -i 's/"complete"/"\\u001b[2J"/' "$work/b/$folder/facts/source.ndjson"
rehash
pack hostile
for command in verify report 'check --facts' 'plan --to 14.2 --facts'; do
	# shellcheck disable=SC2086
	"$PREFLIGHT" $command "$work/hostile.tar.gz" >"$work/said" 2>&1
	nok "$command: no escape sequence reaches the terminal" grep -q $'\e' "$work/said"
done

exits 7 'not an archive at all' "$PREFLIGHT" verify rules/path.yml
exits 2 'verify without a file' "$PREFLIGHT" verify
done_testing
