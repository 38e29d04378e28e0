#!/bin/bash
# The markers of releases: in order, with stops that are on the path, and with the tables that the fact looks for.

. "$(dirname "$0")/../lib/tap.sh"

is "$(/usr/bin/python3 - <<'END'
import re
number = lambda v: [int(x) for x in v.split('.')]
path = open('rules/path.yml').read()
stops = sorted(number(v) for v in re.findall(r'version: "([\d.]+)", kind: required', path))
text = open('rules/markers.yml').read()
groups = re.findall(r'\{release: "([\d.]+)", kind: (\w+), stop: "([\d.]+)", name: ("?\w+"?|\[[^]]+\])\}', text)
rows = [(number(r), k, n, number(s)) for r, k, s, names in groups for n in re.findall(r'\w+', names)]
if len(groups) != text.count('{release: '):
    print('a row of another form')
for release, kind, name, stop in rows:
    if (kind == 'table') == bool(re.fullmatch(r'\d{14}', name)):
        print(name, 'is no', kind)
    if stop != min(s for s in stops if s >= release):
        print(name, 'has a stop that is not the first from its release on')
if [r[0] for r in rows] != sorted(r[0] for r in rows) or len({r[2] for r in rows}) != len(rows):
    print('out of order, or twice')
asked = re.findall(r"'(\w+)'", text[text.index('  - table: release_table'):text.index('views:')])
for name in {r[2] for r in rows if r[1] == 'table'} ^ (set(asked) - {'r', 'p', 'public'}):
    print(name, 'stands in the table or in the query only')
END
)" '' 'markers: every row is whole, and asked for'
# What a query repeats of a table of the rules is the same there.
is "$(/usr/bin/python3 - <<'END'
import re
for name, column, table, fact in (('drift', 'table_name', 'needed_key', 'key_of_table'),
                                  ('sequences', 'name', 'migration_table', 'late_sequence')):
    text = open('rules/steps/%s.yml' % name).read()
    rows = text[text.index('- table: ' + table):]
    query = text[text.index('- table: ' + fact):]
    asked = re.search(r"c\.relname = ANY \(ARRAY\[(.*?)\]", query, re.S).group(1)
    names = set(re.findall(r'[{ ]%s: (\w+)' % column, rows[rows.index('rows:'):rows.index('\n\n')]))
    for n in names ^ set(re.findall(r"'(\w+)'", asked)):
        print(table, n)
END
)" '' 'the names that queries repeat'
done_testing
