#!/bin/bash
# What preflight finds by itself is declared as the other rules are: each id of a report can be looked up, and
# missing data has advice for each kind of source.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)

declared=$(grep -o '^    {"[a-z.-]*' preflight/ruleset/engine_rules.c | cut -d'"' -f2 | sort)
isnt "$declared" '' 'the program has findings of its own'
is "$(grep -ohE '"(path|source|run|scope|access|decision|rules)\.[a-z-]+(-%s)?"' preflight/verdict/*.c | tr -d '"' | sed 's/-%s$//' | sort -u)" \
	"$declared" 'those that it makes are those of its table'
is "$("$PREFLIGHT" rules list | awk '{print $1}' | grep -xF "$declared" | sort)" "$declared" 'and each of them is declared'

stops=$(sed -n '/kind: conditional/{x;p;x};h' rules/path.yml | sed -n 's/.*version: "*\([0-9.]*\).*/path.conditional-\1/p')
isnt "$stops" '' 'there are conditional stops'
missing=
for id in $declared $stops path.conditional-99.1 $("$PREFLIGHT" rules list | awk '{print $1}'); do
	"$PREFLIGHT" rules show "$id" >"$dir/shown" 2>&1 || missing+=" $id"
done
is "$missing" '' 'rules show has every id that a report can contain'
exits 2 'and no other' "$PREFLIGHT" rules show path.unheard-of

# Rules that do not declare them, as those of an old bundle: the findings stay, and block as before.
cp -r rules "$dir/rules"
python3 - "$dir/rules" <<'END'
import re, sys
for name in ('engine.yml', 'facts/statistics.yml'):
    path = sys.argv[1] + '/' + name
    text = open(path).read()
    open(path, 'w').write(re.sub(r'(?ms)^rules:\n.*?^remedies:', 'remedies:', text))
END
findings()
{
	"$PREFLIGHT" check --no-discover --from 14.1.8 --to 16.2 --without redis:queues=x --out "$dir/b" --format json "$@" |
		/usr/bin/python3 -c 'import json, sys
for f in json.load(sys.stdin)["findings"]:
    if f["rule"]["id"].split(".")[0] in ("path", "source", "run", "scope"):
        print(f["rule"]["id"], f["status"], f["severity"], f["effect"])'
	rm -rf "$dir/b"
}
plain=$(findings)
contains "$plain" 'path.skipped fail blocker blocks' 'a stop that would be skipped'
contains "$plain" 'source.incomplete unknown blocker blocks' 'a store that was not read'
contains "$plain" 'scope.reduced fail warning warns' 'and one that was left out'
is "$(findings --rules-dir "$dir/rules")" "$plain" 'the same without their rules'

# Advice: for each kind and status at least one step, and where nothing is configured, the option that does it.
"$PREFLIGHT" rules show source.incomplete >"$dir/shown"
is "$(/usr/bin/python3 - "$dir/shown" <<'END'
import re, sys
steps = []
for line in open(sys.argv[1]):
    m = re.match(r'  - \((.*?)\) (.*)', line)
    if m:
        steps.append((dict((k, v.split(', ')) for k, v in (p.split(': ') for p in m.group(1).split('; '))), m.group(2)))
options = {'postgres': '--postgres', 'redis': '--redis', 'search': '--search', 'api': '--gitlab', 'host': '--root'}
statuses = ('absent denied timeout unreachable tls_failed truncated stale unreadable not_configured not_collected '
            'disabled error').split()
for kind, option in options.items():
    for status in statuses:
        if (kind, status) == ('host', 'tls_failed'):
            continue
        texts = [t for w, t in steps if kind in w.get('kind', [kind]) and status in w.get('status', [status])]
        if len(texts) != 1:
            print(kind, status, len(texts), 'steps')
        others = [o for k, o in options.items() if k != kind and any(re.search(o + r'\b(?!-)', t) for t in texts)]
        if others or (status == 'not_configured' and not any(option in t for t in texts)):
            print(kind, status, texts)
END
)" '' 'advice for each kind of source and each status'

# What nobody read has no reason of the first rule that lacks it.
"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2 --without postgres:main=x --without redis:queues=y \
	--out "$dir/b1" >"$dir/shown"
said=$(tr -s ' \n' ' ' <"$dir/shown")
contains "$said" 'Data that could not be read might show a reason for the upgrade to fail.' 'why missing data matters'
unlike "$said" 'The row is still there' 'not what a rule says about rows'
like "$said" '[0-9]+ rules depend on this: bbm\.[a-z0-9-]+, [a-z0-9.-]+, [a-z0-9.-]+ and [0-9]+ more' 'the rules are named'
like "$said" 'search_cluster of [^.]* could not be read: .* Fix Specify the search cluster with --search URL' 'the search cluster has its own advice'

done_testing
