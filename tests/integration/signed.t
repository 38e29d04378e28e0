#!/bin/bash
# Signed bundles: minisign checks ours, we check what minisign signed, and nothing that was changed passes.

. "$(dirname "$0")/../lib/tap.sh"
need minisign tar

dir=$(new_dir)
for name in ours other; do
	minisign -G -W -p "$dir/$name.pub" -s "$dir/$name.key" >/dev/null
done
ours=$(tail -n 1 "$dir/ours.pub")
id=$(sed -n 's/.*public key //p' "$dir/ours.pub")

unpack()
{
	rm -rf "$dir/b" && mkdir "$dir/b" && tar -xzf "$1" -C "$dir/b" && folder=$dir/b/$(ls "$dir/b")
}
pack()
{
	bundle=$dir/$1.tar.gz
	tar -czf "$bundle" -C "$dir/b" "${folder##*/}"
}
# Fails with the key, for this reason.
refused()
{
	exits 7 "$1" "$PREFLIGHT" verify "$bundle" --key "$ours"
	like "$out" "$2" "$1: why"
}

bundle=$dir/one.tar.gz
asked=(check --no-discover --from 14.1.8 --to 14.2.7 --label shop)
exits 5 'a check with a key' "$PREFLIGHT" "${asked[@]}" --out "$bundle" --sign-key "$dir/ours.key"
unpack "$bundle"
exits 0 'minisign verifies its manifest' minisign -Vm "$folder/manifest.json" -P "$ours"
like "$out" 'undetermined shop 14\.1\.8->14\.2\.7 [0-9-]{10}T' 'and shows verdict, label, step and time'
exits 0 'and sha256sum the files' sh -c "cd '$folder' && sha256sum -c --quiet SHA256SUMS"
exits 0 'verify with the key' "$PREFLIGHT" verify "$bundle" --key "$ours"
like "$out" "Signed +yes +key $id, comment .*undetermined shop" 'says who signed what'
exits 0 'the key as a file' "$PREFLIGHT" verify "$bundle" --key "$dir/ours.pub"
exits 0 'verify without a key' "$PREFLIGHT" verify "$bundle"
like "$out" "Signed +unknown +the signature was not checked; it claims key $id" 'says that it checked no signature'
exits 0 'report shows it' "$PREFLIGHT" report "$bundle" --format json
exits 7 'verify with another key' "$PREFLIGHT" verify "$bundle" --key "$dir/other.pub"
like "$out" "is signed with key $id, not with" 'says which'
exits 2 'verify with no key' "$PREFLIGHT" verify "$bundle" --key /nonexistent
like "$err" '^preflight: --key' 'in one line'

for form in zip directory; do
	bundle=$dir/$form
	[ "$form" = directory ] || bundle=$dir/bundle.zip
	exits 5 "as $form" "$PREFLIGHT" "${asked[@]}" --out "$bundle" --sign-key "$dir/ours.key"
	exits 0 "verify $form" "$PREFLIGHT" verify "$bundle" --key "$ours"
done
exits 5 'over an older one' "$PREFLIGHT" "${asked[@]}" --out "$dir/directory" --sign-key "$dir/other.key"
exits 7 'which leaves nothing of its signature' "$PREFLIGHT" verify "$dir/directory" --key "$ours"

# What somebody changed.
unpack "$dir/one.tar.gz"
sed -i 's/"undetermined"/"go"/' "$folder/manifest.json"
(cd "$folder" && sed -i "s/^[0-9a-f]*  manifest.json/$(sha256sum manifest.json)/" SHA256SUMS)
pack changed
refused 'a changed manifest' 'Signed +NO +.*does not match'
unpack "$dir/one.tar.gz"
head -c 200 "$folder/manifest.json.minisig" >"$folder/x" && mv "$folder/x" "$folder/manifest.json.minisig"
pack cut
refused 'a cut signature' 'Signed +NO +.*cut or damaged'
exits 7 'also without a key' "$PREFLIGHT" verify "$bundle"
unpack "$dir/one.tar.gz"
sed -i '3s/undetermined/go/' "$folder/manifest.json.minisig"
pack comment
refused 'a changed comment' 'Signed +NO +.*comment'
unpack "$dir/one.tar.gz"
rm "$folder/manifest.json.minisig"
pack stripped
refused 'a removed signature' 'Signed +NO +.*is not signed'
exits 0 'without a key it is a bundle without signature' "$PREFLIGHT" verify "$bundle"
like "$out" 'Signed +no ' 'and verify says so'
minisign -S -l -s "$dir/ours.key" -m "$folder/manifest.json" -t 'the change board' >/dev/null
pack by_hand
exits 0 'signed by hand with minisign' "$PREFLIGHT" verify "$bundle" --key "$ours"
like "$out" 'comment "the change board"' 'with its comment'

# Facts alone, and what makes no bundle.
bundle=$dir/facts.tar.gz
exits 5 'collect with a key' "$PREFLIGHT" collect --no-discover --postgres 'host=/nonexistent' --out "$bundle" \
	--sign-key "$dir/ours.key"
exits 0 'verify' "$PREFLIGHT" verify "$bundle" --key "$ours"
exits 5 'check uses them' "$PREFLIGHT" check --from 14.1.8 --to 14.2.7 --facts "$bundle" --no-discover --out "$dir/of_facts.tar.gz"
exits 7 'and signs nothing without a key' "$PREFLIGHT" verify "$dir/of_facts.tar.gz" --key "$ours"
exits 2 'a key that is none' "$PREFLIGHT" "${asked[@]}" --out "$dir/none.tar.gz" --sign-key "$dir/ours.pub"
like "$err" '^preflight: --sign-key: .*is not a secret key of minisign' 'in one line'
nok 'before anything is written' test -e "$dir/none.tar.gz"

# Ed25519 has no chance in it.
export SOURCE_DATE_EPOCH=1767225600
"$PREFLIGHT" check --facts "$bundle" --from 14.1.8 --to 14.2.7 --no-discover --out "$dir/a.tar.gz" \
	--sign-key "$dir/ours.key" >/dev/null
(cd / && TZ=Asia/Tokyo LC_ALL=C "$PREFLIGHT" check --facts "$bundle" --from 14.1.8 --to 14.2.7 --no-discover \
	--out "$dir/b.tar.gz" --sign-key "$dir/ours.key" >/dev/null)
ok 'the same bytes again' cmp "$dir/a.tar.gz" "$dir/b.tar.gz"

done_testing
