#!/bin/bash
# Rules that travel as one file: the same bytes for the same rules, an older program uses newer ones, and nobody else's
# file passes as theirs. Signatures are made and checked by Debian's minisign as well.

. "$(dirname "$0")/../lib/tap.sh"
need minisign tar

dir=$(new_dir)
pack()
{
	"$PREFLIGHT" rules pack --rules-dir "$1" --out "$2" "${@:3}" >"$dir/pack.out"
}
# What `check` makes of it without any source: undetermined, with a report.
checked()
{
	bundle=$dir/bundle-$1.tar.gz
	exits 5 "$1: check" "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --out "$bundle" "${@:2}"
	tar -xzOf "$bundle" --wildcards '*/report.json' >"$dir/$1.json"
}
field()
{
	/usr/bin/python3 -c 'import json, sys
print(eval("r" + sys.argv[2], {"r": json.load(open(sys.argv[1]))}))' "$dir/$1.json" "$2"
}
# One line on stderr that names the reason, and nothing evaluated.
refused()
{
	exits 2 "$1" "$PREFLIGHT" rules lint "${@:3}"
	like "$err" "$2" "$1: why"
	is "$(wc -l <<<"$err")" 1 "$1: in one line"
}

# The same rules, the same bytes.
pack rules "$dir/one.tar.gz"
(umask 077 && cd / && TZ=Asia/Tokyo LC_ALL=C HOME=/nonexistent "$PREFLIGHT" rules pack --rules-dir "$top/rules" \
	--out "$dir/two.tar.gz" >/dev/null)
ok 'packed again elsewhere: the same bytes' cmp "$dir/one.tar.gz" "$dir/two.tar.gz"
exits 0 'into a directory of its own' "$PREFLIGHT" rules pack --rules-dir rules --out "$dir/three.zip"
like "$out" 'digest [0-9a-f]{64}' 'its digest is printed'
exits 2 'not as a directory' "$PREFLIGHT" rules pack --rules-dir rules --out "$dir/folder"
# -o: the program under test is not built again beside the tests that use it.
ok 'make rules-dist' make -s -o all O="$O" rules-dist
ok 'which is that file' cmp "$O"/preflight-rules-*.tar.gz "$dir/one.tar.gz"

# The shipped rules in a file are the shipped rules.
for file in one.tar.gz three.zip; do
	exits 0 "$file: lint" "$PREFLIGHT" rules lint --rules-file "$dir/$file"
	is "$out" "$("$PREFLIGHT" rules lint)" "$file: the same rules"
done
exits 0 'a test of a rule' "$PREFLIGHT" rules test bbm.unfinished --rules-file "$dir/one.tar.gz"
unlike "$out" '^0 tests' 'with its tests'
exits 0 'show' "$PREFLIGHT" rules show bbm.unfinished --rules-file "$dir/one.tar.gz"
checked shipped --rules-file "$dir/one.tar.gz"
is "$(field shipped '["rules"]["origin"]')" shipped 'still shipped'
is "$(field shipped '["rules"]["digest"]')" "$(tar -xzOf "$dir/one.tar.gz" --wildcards '*/manifest.json' |
	/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["rules"]["digest"])')" 'the digest of the file'
is "$(field shipped '["findings"]' | grep -c rules.unsigned)" 0 'and nothing to say about it'

# Newer rules, as somebody will make them next month.
cp -r rules "$dir/newer"
sed -i 's/rules: "[0-9.]*"/rules: "2027.01"/; s/known_through: .*/known_through: "19.9"/' "$dir/newer/path.yml"
pack "$dir/newer" "$dir/newer.tar.gz"
checked newer --rules-file "$dir/newer.tar.gz"
like "$(<"$dir/newer.json")" 'rules.unsigned' 'a notice names it as unsigned'
is "$(field newer '["rules"]')" "$(field newer '["rules"] | {"version": "2027.01", "origin": "modified", "signature": "unsigned"}')" \
	'version, origin and signature in report.json'
like "$("$PREFLIGHT" report "$bundle")" 'rules 2027.01 unsigned' 'on the terminal'
exits 0 'the bundle holds those rules' "$PREFLIGHT" verify "$bundle"
checked again --facts "$bundle"
is "$(field again '["rules"]["signature"]')" None 'a check with the shipped rules leaves the signature behind'
exits 0 'plan to a release that only they cover' "$PREFLIGHT" plan --no-discover --from 19.5.3 --to 19.9 \
	--rules-file "$dir/newer.tar.gz"
cp "$dir/newer.tar.gz" "$dir/environment.tar.gz"
is "$(PREFLIGHT_RULES_FILE=$dir/environment.tar.gz "$PREFLIGHT" rules lint | cut -d: -f1)" 'rules 2027.01' \
	'from the environment'
refused 'with --rules-dir' 'exclude each other' --rules-file "$dir/newer.tar.gz" --rules-dir rules

# Signed here, checked by minisign; signed by minisign, checked here.
keys()
{
	minisign -G -W -p "$dir/$1.pub" -s "$dir/$1.key" >/dev/null
	tail -n 1 "$dir/$1.pub"
}
ours=$(keys ours) other=$(keys other)
id=$(sed -n 's/.*public key //p' "$dir/ours.pub")
ok 'pack with a key' pack "$dir/newer" "$dir/newer.tar.gz" --sign-key "$dir/ours.key"
exits 0 'minisign verifies it' minisign -V -P "$ours" -m "$dir/newer.tar.gz"
contains "$out" 'preflight rules 2027.01 sha256' 'and shows what it is'
signed=(--rules-file "$dir/newer.tar.gz" --rules-key)
checked signed "${signed[@]}" "$ours"
is "$(field signed '["rules"]["signature"]')" "$id" 'the report names the key'
is "$(grep -c rules.unsigned "$dir/signed.json")" 0 'and nothing is unsigned'
exits 0 'its bundle' "$PREFLIGHT" verify "$bundle"
like "$("$PREFLIGHT" report "$bundle")" "rules 2027.01 signed by $id" 'on the terminal, of a bundle too'
exits 0 'the key as a file' "$PREFLIGHT" rules lint "${signed[@]}" "$dir/ours.pub"
printf 'rules-file: newer.tar.gz\nrules-key: "%s"\n' "$ours" >"$dir/site.yml"
checked configured --config "$dir/site.yml"
is "$(field configured '["rules"]["signature"]')" "$id" 'file and key from --config'
for form in '' -l; do
	# shellcheck disable=SC2086
	minisign -S $form -s "$dir/ours.key" -m "$dir/newer.tar.gz" -t 'by hand' >/dev/null
	exits 0 "signed by minisign${form:+ $form}" "$PREFLIGHT" rules lint "${signed[@]}" "$ours"
done

refused 'another key' 'is signed with key .* not with' "${signed[@]}" "$other"
refused 'no key at all' 'not a public key of minisign' "${signed[@]}" RWQnonsense
# A key of the same id, as somebody would make who hopes that only the id is compared.
/usr/bin/python3 - "$ours" "$other" >"$dir/forged.pub" <<'END'
import base64, sys
a, b = (base64.b64decode(k) for k in sys.argv[1:])
print(base64.b64encode(a[:10] + b[10:]).decode())
END
refused 'another key with the same id' 'does not match' "${signed[@]}" "$dir/forged.pub"
cp "$dir/newer.tar.gz" "$dir/changed.tar.gz"
cp "$dir/newer.tar.gz.minisig" "$dir/changed.tar.gz.minisig"
printf x >>"$dir/changed.tar.gz"
refused 'a changed file' 'does not match' --rules-file "$dir/changed.tar.gz" --rules-key "$ours"
refused 'without a key its content is refused' 'cut or damaged' --rules-file "$dir/changed.tar.gz"
head -c 150 "$dir/newer.tar.gz.minisig" >"$dir/newer.tar.gz.minisig.cut"
cp "$dir/newer.tar.gz.minisig" "$dir/whole"
mv "$dir/newer.tar.gz.minisig.cut" "$dir/newer.tar.gz.minisig"
refused 'a cut signature' 'cut or damaged' "${signed[@]}" "$ours"
sed '3s/by hand/by nobody/' "$dir/whole" >"$dir/newer.tar.gz.minisig"
refused 'a changed comment' 'comment .* was changed' "${signed[@]}" "$ours"
rm "$dir/newer.tar.gz.minisig"
refused 'a missing signature' 'signature is needed' "${signed[@]}" "$ours"

# Rules of a program that does not exist yet, with words that this one does not know.
cp -r "$dir/newer" "$dir/future"
sed -i 's/^  rules: .*/&\n  needs_preflight: "99.0.0"/' "$dir/future/path.yml"
echo 'oracles: [{id: delphi}]' >"$dir/future/oracles.yml"
mkdir -p "$dir/b/top/rules"
cp -r "$dir/future/." "$dir/b/top/rules"
rm -rf "$dir/b/top/rules/schema"
refused 'from a directory' 'need preflight 99.0.0 or later' --rules-dir "$dir/future"
seal()
{
	(cd "$dir/b/top" && rm -f manifest.json SHA256SUMS && /usr/bin/python3 - <<-'END'
		import hashlib, json, os
		paths = sorted(os.path.relpath(os.path.join(d, f), '.') for d, _, fs in os.walk('.') for f in fs)
		files = [{'path': p, 'bytes': os.path.getsize(p), 'sha256': hashlib.sha256(open(p, 'rb').read()).hexdigest()}
		         for p in paths]
		m = {'schema': {'id': 'urn:preflight:schema:manifest:1', 'version': '1.0'}, 'run_id': '0',
		     'tool': {'name': 'preflight', 'version': '99.0.0'}, 'files': files}
		open('manifest.json', 'w').write(json.dumps(m))
		with open('SHA256SUMS', 'w') as f:
		    for p in sorted(paths + ['manifest.json']):
		        f.write('%s  %s\n' % (hashlib.sha256(open(p, 'rb').read()).hexdigest(), p))
	END
	)
	tar -czf "$dir/$1" -C "$dir/b" top
}
seal future.tar.gz
refused 'from a file' 'need preflight 99.0.0 or later, and this is' --rules-file "$dir/future.tar.gz"
sed -i '/needs_preflight/d' "$dir/b/top/rules/path.yml"
seal unknown.tar.gz
refused 'an unknown section' 'no section "oracles"' --rules-file "$dir/unknown.tar.gz"
rm "$dir/b/top/rules/oracles.yml"
seal plain.tar.gz
exits 0 'the same without it' "$PREFLIGHT" rules lint --rules-file "$dir/plain.tar.gz"
echo '#!/bin/sh' >"$dir/b/top/rules/run.sh"
seal more.tar.gz
refused 'another file in it' 'contains rules/run.sh' --rules-file "$dir/more.tar.gz"
refused 'a bundle of a check' 'is not a file of rules' --rules-file "$bundle"
mkfifo "$dir/pipe"
refused 'a pipe' 'regular file' --rules-file "$dir/pipe"
head -c 10000 "$dir/one.tar.gz" >"$dir/cut.tar.gz"
refused 'a cut file' 'cut or damaged' --rules-file "$dir/cut.tar.gz"

# An encrypted key costs a gigabyte for a second or two.
/usr/bin/python3 - "$dir" <<'END'
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp('minisign', ['minisign', '-G', '-p', sys.argv[1] + '/locked.pub', '-s', sys.argv[1] + '/locked.key'])
for prompt in (b'Password: ', b'one more time): '):
    seen = b''
    while prompt not in seen:
        seen += os.read(fd, 1000)
    os.write(fd, b'secret\n')
try:
    while os.read(fd, 1000):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
END
locked=(rules pack --out "$dir/locked.tar.gz" --sign-key "$dir/locked.key")
exits 2 'an encrypted key without its password' "$PREFLIGHT" "${locked[@]}"
like "$err" 'it is encrypted.*--sign-password-file' 'says how to give it'
PREFLIGHT_SIGN_PASSWORD=wrong exits 2 'a wrong password' "$PREFLIGHT" "${locked[@]}"
like "$err" 'password is wrong' 'and says so'
nok 'and writes nothing' test -e "$dir/locked.tar.gz"
echo secret >"$dir/password"
exits 0 'with the password in a file' "$PREFLIGHT" "${locked[@]}" --sign-password-file "$dir/password"
exits 0 'minisign verifies that' minisign -V -p "$dir/locked.pub" -m "$dir/locked.tar.gz"
PREFLIGHT_SIGN_PASSWORD=secret exits 0 'with the password in the environment' "$PREFLIGHT" "${locked[@]}"

done_testing
