#!/bin/bash
# The table of known migrations: whole, without contradictions, and readable by other programs.

. "$(dirname "$0")/../lib/tap.sh"

exits 0 'rules known' "$PREFLIGHT" rules known --format json
is "$(/usr/bin/python3 - 3<<<"$out" <<'END'
import collections, json, os, re
known = json.load(os.fdopen(3))['known']
members = ['kind', 'name', 'version', 'database', 'table', 'column', 'arguments', 'queued_in', 'required_in',
           'removed_in', 'note']
count = collections.Counter(k['kind'] for k in known)
if count['batched'] < 243 or count['search'] < 189 or count['legacy'] < 30:
    print('entries are missing:', count)
number = lambda v: [int(x) for x in v.split('.')]
seen = set()
for k in known:
    what = '%s %s %s' % (k['kind'], k['name'], k['version'])
    if sorted(k) != sorted(members) or any(not isinstance(v, str) for v in k.values()):
        print(what, 'other members than', members)
    if k['kind'] not in ('batched', 'legacy', 'search') or not re.fullmatch(r'[A-Z][\w:]+', k['name']):
        print(what, 'kind or name')
    if not re.fullmatch(r'(\d{14})?', k['version']) or (k['kind'] == 'search' and not k['version']):
        print(what, 'version')
    for v in ('queued_in', 'required_in', 'removed_in'):
        if not re.fullmatch(r'(\d+\.\d+)?', k[v]):
            print(what, v, k[v])
    for a, b in (('queued_in', 'required_in'), ('required_in', 'removed_in'), ('queued_in', 'removed_in')):
        if k[a] and k[b] and number(k[a]) > number(k[b]):
            print(what, a, k[a], 'is after', b, k[b])
    if k['arguments']:
        json.loads(k['arguments'])
    key = tuple(k[m] for m in members[:7])
    if key in seen:
        print(what, 'stands there twice')
    seen.add(key)
by = {(k['kind'], k['version']): k['name'] for k in known}
for kind, version, name in (('search', '20220118150500', 'DeleteOrphanedCommits'),
                            ('batched', '20250602183865', 'BackfillOrganizationIdOnCiRunners')):
    if by.get((kind, version)) != name:
        print('expected', name, 'got', by.get((kind, version)))
END
)" '' 'known migrations: every entry is whole'
exits 2 'rules known: no other format' "$PREFLIGHT" rules known --format html
exits 0 'rules show' "$PREFLIGHT" rules show bbm.unfinished
contains "$out" 'FROM public.batched_background_migrations' 'rules show: the SQL for the database'
contains "$out" 'FROM batched_migration_state' 'rules show: the SQL over the snapshot'
contains "$out" 'blocks: UNDETERMINED' 'rules show: what unknown means'
contains "$out" 'kubectl exec' 'rules show: what clears it in another installation'
done_testing
