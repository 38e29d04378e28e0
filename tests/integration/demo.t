#!/bin/bash
# `make demo` prints what README shows, but for paths, times, the versions of the servers, and where lines are broken.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/servers.sh"

need python3
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
dir=$(new_dir)
mkdir "$dir/bin"
ln -s "$PREFLIGHT" "$dir/bin/preflight"

exits 0 'the demo has its verdict' env O="$dir" packaging/demo
printf '%s\n' "$out" >"$dir/printed"

# A word for each line, so that a difference is easy to see.
python3 - "$dir" <<'END'
import re, sys

def words(text):
    text = text.replace('\\\n', ' ')
    text = re.sub(r'\S*(?=preflight check --no-)', '', text)
    text = re.sub(r'/\S*?(?=/(?:(?:pg|redis)/sock|bundle)\b)', '', text)
    text = re.sub(r'\b\d+ ms\b', 'N ms', text)
    text = re.sub(r'\b(PostgreSQL|Redis) \d+(?:\.\d+)*', r'\1 N', text)
    return '\n'.join(re.sub(r"[\\'$]", '', text).split()) + '\n'

out = sys.argv[1]
printed = open(f'{out}/printed').read()
shown = re.search(r'(?ms)^```\n(\$ preflight check --no-discover.*?)^```', open('README.md').read()).group(1)
printed = printed[printed.index('bin/preflight check'):printed.index('\nThe bundle:')]
open(f'{out}/printed.words', 'w').write(words(printed))
open(f'{out}/shown.words', 'w').write(words(shown))
END
is "$(diff "$dir/shown.words" "$dir/printed.words")" '' 'README shows what it prints'

done_testing
