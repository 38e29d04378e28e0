#!/bin/bash
# preflight explain: each text below tests/errors names exactly one error, with exactly the values of expected.tsv;
# those called none.* name nothing. The texts are written for this test, in the shapes that GitLab, PostgreSQL and the
# package use, and in what carries logs: syslog, containers, orchestrators, colours, words cut in two.

. "$(dirname "$0")/../lib/tap.sh"

texts=tests/errors
dir=$(new_dir)

# One line for each text: "FILE" where the only error has these values, else what is wrong.
compare()
{
	/usr/bin/python3 - "$texts" "$PREFLIGHT" <<-'END'
		import csv, json, subprocess, sys
		folder, program = sys.argv[1:]
		exact = ('kind', 'database', 'migration', 'job_class_name', 'table_name', 'column_name', 'job_arguments',
		         'constraint_name')
		for row in csv.DictReader(open(folder + '/expected.tsv'), delimiter='\t', quoting=csv.QUOTE_NONE):
		    run = subprocess.run([program, 'explain', '--no-discover', '--format', 'json', f'{folder}/{row["file"]}'],
		                         capture_output=True, text=True)
		    found = json.loads(run.stdout)['findings'] if run.returncode == 0 else []
		    got = [f['subject'] for f in found]
		    wrong = [c for c in row if c != 'file' and (c in exact or row[c] != '')
		             and (len(got) != 1 or got[0].get(c, '') != row[c])]
		    print(row['file'], *(f'{c}: {[g.get(c) for g in got]} is not {row[c]!r}' for c in wrong))
	END
}

while read -r file wrong; do
	is "$wrong" '' "$file"
done < <(compare)

for text in "$texts"/none.*.log; do
	exits 5 "$text" "$PREFLIGHT" explain --no-discover "$text"
	contains "$out" 'Nothing is guessed' "$text: says so"
done
exits 0 'standard input' "$PREFLIGHT" explain --no-discover - <"$texts/disk.plain.log"
contains "$out" 'A file system is full' 'standard input: explained'
exits 2 'a file that is not there' "$PREFLIGHT" explain --no-discover "$dir/nothing"
contains "$err" "cannot read $dir/nothing" 'a file that is not there: which'
exits 2 'no file, and no GitLab' "$PREFLIGHT" explain --root "$dir"
contains "$err" 'preflight explain FILE' 'no file, and no GitLab: what to do'
exits 0 'a rule' "$PREFLIGHT" explain bbm.unfinished
exits 2 'a finding without its bundle' "$PREFLIGHT" explain f-0123456789ab
contains "$err" 'BUNDLE' 'a finding without its bundle: what to do'

# Each kind that a pattern finds has its words, its steps and a text here.
kinds()
{
	sed -n "s/^ *- {kind: \([a-z-]*\), $1: .*/\1/p" rules/errors.yml | sort -u
}
is "$(comm -23 <(kinds words) <({ kinds title; printf '%s\n' batched-failed batched-unfinished; } | sort))" '' 'each kind has its words'
is "$(comm -23 <(kinds words) <(cut -f 2 "$texts/expected.tsv" | sort -u))" '' 'each kind has a text'
for kind in $(kinds title); do
	like "$(sed -n '/^remedies:/,$p' rules/errors.yml)" "kind: (.*[[, ])?$kind[],}]" "$kind has a step of its own"
done

# The same error many times, and an error that the end of a block cuts in two.
{
	for _ in $(seq 300); do cat "$texts/check-validate.plain.log"; done
} >"$dir/often"
exits 0 'often' "$PREFLIGHT" explain --no-discover "$dir/often"
contains "$out" ', 300 times' 'often: counted'
for at in 1048400 1048500 1032100 1032192; do
	{
		head -c "$at" /dev/zero | tr '\0' '\n'
		cat "$texts/bbm-nil-symbols.plain.log"
		head -c 3000000 /dev/zero | tr '\0' '\n'
	} >"$dir/cut"
	exits 0 "an error at byte $at" "$PREFLIGHT" explain --no-discover "$dir/cut"
	contains "$out" 'arguments [null,"up"]' "an error at byte $at: whole"
done

# Two errors of one log, of two databases; and text whose characters have two bytes, cut anywhere.
cat "$texts/check-validate.plain.log" "$texts/foreign-key.plain.log" >"$dir/two"
exits 0 'two errors' "$PREFLIGHT" explain --no-discover --format json "$dir/two"
is "$(/usr/bin/python3 -c 'import json, sys
for f in json.load(sys.stdin)["findings"]: print(f["subject"]["kind"], f["subject"]["database"], f["subject"]["constraint_name"])' <<<"$out")" \
	"$(awk -F '\t' '$1 ~ /^(check-validate|foreign-key)[.]plain/ {print $2, $3, $9}' "$texts/expected.tsv")" 'two errors: each with its database'
for pad in 16376 16381 262140; do
	{ head -c "$pad" /dev/zero | tr '\0' '.'; printf '\n'; cat "$texts/not-null.german.log"; } >"$dir/wide"
	exits 0 "a translated error at byte $pad" "$PREFLIGHT" explain --no-discover "$dir/wide"
	contains "$out" 'barns.farm_id' "a translated error at byte $pad: whole"
	iconv -f utf-8 -t utf-16 "$dir/wide" >"$dir/utf16"
	exits 0 "UTF-16 at byte $pad" "$PREFLIGHT" explain --no-discover "$dir/utf16"
	contains "$out" 'barns.farm_id' "UTF-16 at byte $pad: whole"
done

# What a version lacks or has broken changes the advice; the commands are those of the install method.
say()
{
	exits 0 "$*" "$PREFLIGHT" explain --no-discover "$@"
}
say --from 14.9.2 "$texts/bbm-nil-symbols.plain.log"
unlike "$out" 'finalize\[' '14.9.2 cannot finalize with null: no command'
contains "$out" 'does not support' '14.9.2 cannot finalize with null: why'
say --from 14.8.6 "$texts/bbm-symbol-args.plain.log"
contains "$out" 'update_all(attempts: 0)' '14.8: attempts are reset'
say --from 17.3.7 --install-method docker "$texts/bbm-symbol-args.plain.log"
contains "$out" 'docker exec "$GITLAB_CONTAINER" gitlab-rake '"'gitlab:background_migrations:finalize:ci[" 'Docker'
say --from 17.3.7 --install-method helm "$texts/check-validate.plain.log"
contains "$out" 'kubectl exec -i "$TOOLBOX" -- gitlab-rails dbconsole' 'Helm'
say --from 18.2.8 "$texts/duplicate-schema.plain.log"
unlike "$out" 'GO ON   . Run what is left' 'a skipped stop: no way forward'
unlike "$out" 'gitlab-rake db:migrate' 'a skipped stop: no db:migrate'
contains "$out" 'GO BACK' 'a skipped stop: back'
done_testing
