#!/bin/bash
# Public reports of which README shows a note, or nothing: coverage.yml has each under its release, in that state.

. "$(dirname "$0")/../lib/tap.sh"

is "$(/usr/bin/python3 - <<'END'
import re
notes = re.findall(r'version: "([\d.]+)", note: .* state: (\w+), (.*)', open('rules/coverage.yml').read())
rows = re.findall(r'^\| \[\S*#(\d+)\]\(https://\S*/(\d+)\) \| to ([\d.]+) \| [^|]+ \| (`notes.to-read`|not covered) \|$',
                  open('README.md').read(), re.M)
if len(rows) < 8:
    print('rows of the table cannot be read: %d' % len(rows))
for number, linked, minor, shown in rows:
    state = 'manual' if 'notes' in shown else 'not_covered'
    if number != linked:
        print('issue %s: the link leads to %s' % (number, linked))
    if not any(version == minor and its_state == state and re.search(r'issue %s\b' % number, rest)
               for version, its_state, rest in notes):
        print('issue %s: coverage.yml has no such note of %s' % (number, minor))
END
)" '' 'the table and coverage.yml agree'
done_testing
