#!/bin/bash
# What README shows can be done: its commands and options exist, its files are accepted.

. "$(dirname "$0")/../lib/tap.sh"
need python3
dir=$(new_dir)

# Fences of YAML and indented commands become files; each command of preflight and each option a line.
python3 - "$dir" <<'END' || exit 1
import re, shlex, sys
text = open('README.md').read()
out = sys.argv[1]
fences = re.findall(r'(?ms)^```yaml\n(.*?)^```', text)
for name, start in (('gate.yml', 'gate:'), ('shop.yml', '# shop.yml')):
    found = [f for f in fences if f.startswith(start)]
    open(f'{out}/{name}', 'w').write(found[0] if len(found) == 1 else '')
prose = re.sub(r'(?ms)^```.*?^```', '', text)
blocks = re.findall(r'(?m)(?:^    .*\n)+', prose)
open(f'{out}/blocks.sh', 'w').write('\n'.join(blocks))
words = 'check|plan|sources|collect|report|verify|rules|facts'
commands = set()
for block in blocks + [l[2:] for l in open(f'{out}/gate.yml').read().split('\n') if '- preflight' in l]:
    for line in block.replace('\\\n', ' ').split('\n'):
        found = re.search(rf'(?:^|[ /])preflight ((?:{words})\b.*)', line)
        if found:
            commands.add(re.split(r' (?:#|&&|\||>)|[>]', found.group(1))[0])
for code in re.findall(r'`([^`]+)`', prose):
    found = re.match(rf'(?:preflight )?((?:{words})(?: .*)?$)', code)
    if found and '...' not in code:
        commands.add(re.split(r' &&', found.group(1))[0])
open(f'{out}/commands', 'w').write(''.join('\n'.join([*shlex.split(re.sub(r'[][]', '', c)), '--help', '', '']) for c in sorted(commands)))
options = set(re.findall(r'(?<![\w-])--[a-z][a-z-]+', ' '.join(re.findall(r'`([^`]+)`', prose))))
open(f'{out}/options', 'w').write('\n'.join(sorted(options)) + '\n')
END

exits 0 'the commands are shell' bash -n "$dir/blocks.sh"
command=()
count=0
while IFS= read -r word; do
	if [ -n "$word" ]; then
		command+=("$word")
		continue
	fi
	count=$((count + 1))
	exits 0 "${command[*]}" "$PREFLIGHT" "${command[@]}"
	command=()
done <"$dir/commands"
ok "$count commands are found" [ "$count" -gt 20 ]

known=$(for command in check wait plan sources explain collect report diff fleet accept verify rules facts; do "$PREFLIGHT" "$command" --help; done)
missing=
# --pid is Docker's.
while read -r option; do
	[ "$option" = --pid ] || grep -qE -- "(^|[ ,])$option([ =,]|\$)" <<<"$known" || missing+=" $option"
done <"$dir/options"
is "$missing" '' 'each option exists'

# The pipeline, as far as it goes without its servers.
mkdir "$dir/job"
cp "$dir/shop.yml" "$dir/job"
echo secret >"$dir/job/redis.password"
chmod 600 "$dir/job/redis.password"
script=$(sed -n 's,^    - preflight-[^/]*/preflight check,check,p' "$dir/gate.yml")
contains "$script" '--config shop.yml' 'the job uses the file'
# shellcheck disable=SC2086 # words
exits 0 'the job, without contacting anything' env -C "$dir/job" PREFLIGHT_TO=17.3 "$PREFLIGHT" $script --dry-run
contains "$out" db.example.com 'it would read the database of the file'
contains "$out" redis.example.com 'and its Redis'
done_testing
