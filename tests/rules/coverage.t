#!/bin/bash
# coverage.yml keeps step with the rules: what it names exists, and what blocks because of a note stands in it.

. "$(dirname "$0")/../lib/tap.sh"

list=$(new_dir)/rules
"$PREFLIGHT" rules list | awk '{print $1, $2}' >"$list"
is "$(/usr/bin/python3 - "$list" <<'END'
import glob, re, sys
severity = dict(line.split() for line in open(sys.argv[1]))
named = set()
text = ''.join(open(f).read() for f in glob.glob('rules/**/*.yml', recursive=True))
manual = {rule.split('\n', 1)[0] for rule in re.split(r'\n  - id: ', text)[1:] if '\n    kind: manual\n' in rule}
for line in open('rules/coverage.yml'):
    m = re.match(r'      - \{version: "([\d.]+)", note: "((?:[^"\\]|\\.)*)", state: (\w+)(.*)\}$', line)
    if not m:
        if line.startswith('      - '):
            print('cannot be read:', line.strip())
        continue
    version, note, state, rest = m.groups()
    rules = re.search(r'rules: "([^"]*)"', rest)
    why = re.search(r'why: "', rest)
    ids = rules.group(1).split() if rules else []
    named.update(ids)
    for i in ids:
        if i not in severity:
            print('%s: %s: there is no rule %s' % (version, note, i))
    if state == 'manual' and not manual.union(['notes.to-read']).intersection(ids):
        print('%s: %s: no rule shows it to a person' % (version, note))
    if 'notes.to-read' in ids and (state == 'not_covered' or not why):
        print('%s: %s: it cannot be read without a reason' % (version, note))
    if state != 'not_covered' and not ids:
        print('%s: %s: %s by which rule?' % (version, note, state))
    if state != 'checked' and not why:
        print('%s: %s: %s, and why?' % (version, note, state))
for rule in re.split(r'\n  - id: ', text)[1:]:
    i = rule.split('\n', 1)[0]
    if severity.get(i) == 'blocker' and re.search(r'\n    note: ', rule) and i not in named:
        print('%s blocks because of a note that coverage.yml does not have' % i)
END
)" '' 'coverage.yml and the rules agree'
done_testing
