#!/bin/bash
# Control characters and direction marks in any file of a foreign bundle reach the output of no command, in no format,
# and none crashes on them. The manifest is made again, so that the file is read. Needs no server.

. "$(dirname "$0")/../lib/tap.sh"

work=$(new_dir)
mkdir -p "$work/root/opt/gitlab" "$work/root/etc/gitlab"
echo '{"build_version": "14.1.8"}' >"$work/root/opt/gitlab/version-manifest.json"
printf "external_url 'http://x'\nunicorn['x'] = 1\n" >"$work/root/etc/gitlab/gitlab.rb"
"$PREFLIGHT" check --no-discover --root "$work/root" --from 14.1.8 --to 14.2.7 --without postgres:main=x \
	--without redis:queues=x --label x --out "$work/good" >/dev/null 2>&1
ok 'there is a bundle' [ -e "$work/good/report.json" ]

out=$(/usr/bin/python3 - "$PREFLIGHT" "$work" <<'END'
import hashlib, json, os, shutil, subprocess, sys
program, work = sys.argv[1:]
good, bad = work + '/good', work + '/bad'
marks = '\x1b]52;c;eA==\x07\u202e\u009b2J\rZ\u2066\x08\u2028\u2029\ufeff\u200b\x7f\U000e0041'
formats = 'text quiet html json markdown junit dotenv annotations openmetrics nagios readme'.split()
commands = ([['report', bad, '--format', f] for f in formats] +
            [['verify', bad], ['verify', bad, '--format', 'json'], ['diff', good, bad], ['diff', bad, good, '--format', 'json'],
             ['fleet', bad, good], ['fleet', bad, '--format', 'json'], ['plan', '--facts', bad, '--to', '15.0.5'],
             ['plan', '--facts', bad, '--to', '15.0.5', '--format', 'json'],
             ['check', '--facts', bad, '--to', '14.2.7', '--out', work + '/out'], ['check', '--no-discover', '--facts', bad],
             ['explain', '--facts', bad, 'settings.removed'], ['accept', bad, 'settings.removed'],
             ['check', '--facts', bad, '--dry-run']])

def marked(v):
    if isinstance(v, str): return v + marks
    if isinstance(v, list): return [marked(x) for x in v]
    return {k: marked(x) for k, x in v.items()} if isinstance(v, dict) else v

def write(path, text):
    with open(os.path.join(bad, path), 'w') as f: f.write(text)

def again():
    m = json.load(open(bad + '/manifest.json'))
    sums = ''
    for f in m['files']:
        data = open(os.path.join(bad, f['path']), 'rb').read()
        f['bytes'], f['sha256'] = len(data), hashlib.sha256(data).hexdigest()
    write('manifest.json', json.dumps(m, indent=2))
    for line in open(bad + '/SHA256SUMS'):
        name = line.rstrip('\n').split('  ', 1)[1]
        sums += hashlib.sha256(open(os.path.join(bad, name), 'rb').read()).hexdigest() + '  ' + name + '\n'
    write('SHA256SUMS', sums)

def tries(name):
    for c in commands if name.startswith('report.json') else commands[len(formats):]:
        r = subprocess.run([program] + c, capture_output=True, stdin=subprocess.DEVNULL, cwd=work)
        text = (r.stdout + r.stderr).decode('utf-8', 'replace')
        raw = [hex(ord(x)) for x in marks if ord(x) < 32 or ord(x) > 126 if x in text]
        if raw or r.returncode < 0 or r.returncode > 127:
            print(name, *c[:1], *c[2:], *raw, 'exit', r.returncode)

def start():
    shutil.rmtree(bad, True)
    shutil.copytree(good, bad)

for path in 'report.json', 'inputs.json', 'manifest.json':
    whole = json.load(open(os.path.join(good, path)))
    for key in whole:
        start()
        write(path, json.dumps({**whole, key: marked(whole[key])}, ensure_ascii=False))
        if path != 'manifest.json': again()
        tries(path + ' ' + key)
for name in 'gitlab_rb_key', 'gitlab_version', 'run', 'source':
    path = 'facts/' + name + '.ndjson'
    lines = open(os.path.join(good, path)).read().splitlines()
    for part in 'head', 'rows':
        start()
        head = json.dumps(marked(json.loads(lines[0])), ensure_ascii=False) if part == 'head' else lines[0]
        rows = [json.dumps(marked(json.loads(x)), ensure_ascii=False) for x in lines[1:]] if part == 'rows' else lines[1:]
        write(path, '\n'.join([head] + sorted(rows)) + '\n')
        again()
        tries(path + ' ' + part)
# Escapes that JSON has for what no terminal should get, a lone surrogate among them
for escape in '\\ud800', '\\udfff\\ud800', '\\u0000', '\\u001b[2J', '\\u009b', '\\u2028', '\\ufeff', '\\u202e':
    for path in 'report.json', 'inputs.json', 'manifest.json', 'facts/source.ndjson':
        start()
        with open(os.path.join(good, path)) as f: text = f.read()
        changed = text.replace('"x"', '"x' + escape + '"', 1) if '"x"' in text else text.replace('host', 'host' + escape, 1)
        write(path, changed)
        if path != 'manifest.json': again()
        tries(path + ' ' + escape)
start()
write('x' + marks.replace('\r', '') + '.txt', 'x')
tries('the name of a file')
print('done')
END
)
is "$out" done 'no command repeats one'

# The names of what is given: an ANSI sequence, C1 as one byte, a lone surrogate
for name in $'\e[2J' $'\x9b31m' $'\xed\xa0\x80' $'\xe2\x80\xa8'; do
	for option in rules root config decisions facts release label history; do
		out=$("$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 "--$option" "$name" --out "$work/named" 2>&1)
		nok "--$option: nothing of $(printf %q "$name") is raw" grep -aqF "$name" <<<"$out"
		rm -rf "$work/named"
	done
done
done_testing
