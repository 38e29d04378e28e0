#!/bin/bash
# The attachment for a change ticket: the report alone, small, checkable without preflight, and always the same bytes.

. "$(dirname "$0")/../lib/tap.sh"
need unzip sha256sum

dir=$(new_dir)
cd "$dir" || exit 1
step=(--no-discover --from 14.1.8 --to 14.2.7 --label prod --change CHG0012340)

exits 5 'a check with an attachment' "$PREFLIGHT" check "${step[@]}" --out b.tar.gz --attach a.zip
ok 'it can be unpacked' unzip -q a.zip -d unpacked
folder=$(ls unpacked)
is "$folder" "$(tar -tzf b.tar.gz | sed -n '1s,/.*,,p')" 'its folder is that of the bundle'
is "$(ls "unpacked/$folder" | tr '\n' ' ')" 'README.txt SHA256SUMS report.html report.json summary.md ' 'it has five files'
ok 'sha256sum finds them intact' sh -c "cd 'unpacked/$folder' && sha256sum -c --quiet SHA256SUMS"
tar -xzf b.tar.gz
for file in report.html report.json summary.md; do
	ok "$file is that of the bundle" cmp "unpacked/$folder/$file" "$folder/$file"
done
readme=$(cat "unpacked/$folder/README.txt")
contains "$readme" 'change CHG0012340' 'README.txt names the change'
contains "$readme" "$folder" 'and the bundle'
unlike "$readme" 'facts/|minisig|junit' 'and nothing that is not there'
is "$(stat -c %a a.zip)" 600 'nobody else may read it'

# The same report gives the same bytes, wherever, whenever and for whomever.
exits 0 'of the bundle again' "$PREFLIGHT" report b.tar.gz --attach again.zip
ok 'the same bytes' cmp a.zip again.zip
mkdir -p far
(
	cd far && umask 077 && env -i PATH="$PATH" TZ=Pacific/Auckland LC_ALL=C HOME=/nonexistent \
		"$PREFLIGHT" report "../$folder/report.json" --attach far.zip >/dev/null
)
ok 'of report.json, in another time zone, locale and umask' cmp a.zip far/far.zip
exits 0 'over an older one' "$PREFLIGHT" report b.tar.gz --attach a.zip
ok 'the same bytes again' cmp a.zip again.zip

# The bundle too, where the time is pinned, also for another user.
as_other=()
[ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || as_other=(setpriv --reuid 65534 --regid 65534 --clear-groups)
# A tree below a home directory that is closed to others, as that of root often is.
[ ${#as_other[@]} = 0 ] || "${as_other[@]}" test -x "$PREFLIGHT" || as_other=()
chmod 755 "$dir" && chmod 644 b.tar.gz && mkdir -m 755 other
[ ${#as_other[@]} = 0 ] || chown 65534:65534 other
for form in tar.gz zip; do
	SOURCE_DATE_EPOCH=1795000000 "$PREFLIGHT" check --facts b.tar.gz --out "here.$form" --attach here-a.zip >/dev/null 2>&1
	(
		cd other && umask 077 && env -i PATH="$PATH" TZ=America/St_Johns LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1795000000 \
			"${as_other[@]}" "$PREFLIGHT" check --facts ../b.tar.gz --out "there.$form" --attach there-a.zip >/dev/null 2>&1
	)
	ok "the same $form for another user, time zone, locale and umask" cmp "here.$form" "other/there.$form"
	mv here-a.zip here-a.zip.old
done
ok 'and the same attachment' cmp here-a.zip.old other/there-a.zip

# Large reports: what is too large is left out, and said to be.
/usr/bin/python3 - "$folder/report.json" large.json <<-'END'
	import json, random, sys
	r = json.load(open(sys.argv[1]))
	random.seed(1)
	for f in r['findings'][:6]:
	    f['title'] = '%0900000x' % random.getrandbits(3600000)
	json.dump(r, open(sys.argv[2], 'w'))
END
exits 0 'a report that is too large' "$PREFLIGHT" report large.json --attach large.zip
contains "$err" 'without report.json' 'says what it leaves out'
[ "$(stat -c %s large.zip)" -le 2097152 ] && pass 'is at most 2 MB' || fail 'is at most 2 MB'
unlike "$(unzip -p large.zip '*/README.txt')" 'report\.json' 'and its README does not name it'
ok 'its sums are right' sh -c "mkdir l && cd l && unzip -q ../large.zip && cd * && sha256sum -c --quiet SHA256SUMS"

# Wrong requests, before anything is written
rm -f b.tar.gz
exits 2 'no zip' "$PREFLIGHT" check "${step[@]}" --out b.tar.gz --attach a.tar.gz
contains "$err" '.zip' 'what it may be'
exits 2 'into no directory' "$PREFLIGHT" check "${step[@]}" --out b.tar.gz --attach nowhere/a.zip
exits 2 'where the bundle goes' "$PREFLIGHT" check "${step[@]}" --out b.zip --attach b.zip
is "$(ls b.* 2>/dev/null)" '' 'nothing was written'
/usr/bin/python3 -c "import json
r = json.load(open('$folder/report.json'))
r['text']['bundle'] = '../../etc'
json.dump(r, open('climbs.json', 'w'))"
exits 2 'a folder that climbs' "$PREFLIGHT" report climbs.json --attach climbs.zip
done_testing
