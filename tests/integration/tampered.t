#!/bin/bash
# Bundles that somebody changed: verify says no, and nobody else takes them for what they were.

. "$(dirname "$0")/../lib/tap.sh"
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

exits 7 'not an archive at all' "$PREFLIGHT" verify rules/path.yml
exits 2 'verify without a file' "$PREFLIGHT" verify
done_testing
