#!/bin/bash
# Each shipped rule that can pass has `expects`: one positive sentence, shown when it passes.

. "$(dirname "$0")/../lib/tap.sh"

is "$(/usr/bin/python3 - <<'END'
import glob, re
for file in glob.glob('rules/**/*.yml', recursive=True):
    text = open(file).read().split('\nrules:\n')
    for rule in re.split(r'\n  - id: ', '\n' + text[1])[1:] if len(text) > 1 else []:
        name = rule.split('\n', 1)[0]
        expects = re.search(r'\n    expects: (.*)', rule)
        title = re.search(r'\n    title: (.*)', rule).group(1)
        if re.search(r'\n    kind: (manual|engine)\n', rule):
            continue
        if not expects:
            print('%s: %s has no expects' % (file, name))
        elif expects.group(1) == title or expects.group(1).endswith('.'):
            print('%s: %s: expects is a sentence without its full stop, and not the title' % (file, name))
END
)" '' 'every rule that can pass says what is true then'
done_testing
