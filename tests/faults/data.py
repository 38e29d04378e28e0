"""Spoils the facts of a bundle, one table, part or cell after the other, and lets the program decide again.

    data.py PROGRAM RULES BUNDLE DIR EVERY [FIRST]

BUNDLE is an unpacked bundle with a verdict. Each fault is applied to a copy of it whose manifest is made to agree, so
that the program takes the facts for what was read; each EVERYth fault is tried, from FIRST (0) on. Whatever a fault does, the verdict must
not get better: a status that says that nothing was read, a table that is cut or missing, a column that is missing, NULL
where the declaration (RULES/facts) forbids it, and a value of another type than the declared one. Prints what does not
hold; the last line counts. Exit 1 if something did not hold.
"""

import collections
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys

import yaml

RANKS = {0: 0, 4: 1, 6: 2, 3: 3, 5: 3, 1: 4, 2: 4}  # of exit codes; without a verdict nothing goes on
UNREAD = ('denied', 'timeout', 'unreachable', 'tls_failed', 'truncated', 'stale', 'unreadable', 'absent', 'error')
WRONG = {'integer': 'many', 'time': 'yesterday', 'bool': 'perhaps', 'version': 'new', 'text': 5}


def declared(rules):
    """(table, column) -> whether NULL is allowed, as the rule files declare it."""
    nullable = {}
    for path in glob.glob(os.path.join(rules, '**', '*.yml'), recursive=True):
        with open(path, encoding='utf-8') as f:
            for fact in (yaml.load(f, yaml.BaseLoader) or {}).get('facts') or []:
                for name, column in (fact.get('columns') or {}).items():
                    nullable[fact['table'], name] = column.get('null') == 'true'
    return nullable


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode() + b'\n'


def of_parts(name, header, rows):
    """Each part read in full, as if it had not been: with no row of it, and with all."""
    for i, part in enumerate(header['parts']):
        if part['status'] != 'complete':
            continue
        for status in UNREAD:
            for kept in (False, True) if part['rows'] and status == 'truncated' else (False,):
                parts = [dict(p) for p in header['parts']]
                parts[i].update(status=status, reason='a fault')
                left = rows if kept else [r for r in rows if r[0] != part['part']]
                parts[i]['rows'] = part['rows'] if kept else 0
                yield (f'{name}: {part["part"]} is {status}, {parts[i]["rows"]} rows',
                       [line(dict(header, parts=parts))] + [line(r) for r in left])


def of_cells(name, header, rows, nullable):
    for i, column in enumerate(header['columns']):
        at = f'{name}.{column["name"]}'
        yield (f'{at} is missing', [line(dict(header, columns=header['columns'][:i] + header['columns'][i + 1:]))] +
               [line(r[:i] + r[i + 1:]) for r in rows])
        if not rows:
            continue
        values = [('of another type', WRONG.get(column['type'], 5))]
        if not nullable.get((header['table'], column['name']), False):
            values.append(('NULL', None))
        if column['type'] != 'text':
            values.append(('a fraction', 0.5))
        for what, value in values:
            yield f'{at} is {what}', [line(header)] + [line(r[:i] + [value] + r[i + 1:]) for r in rows]


def faults(bundle, nullable):
    for path in sorted(glob.glob(os.path.join(bundle, 'facts', '*.ndjson'))):
        name = 'facts/' + os.path.basename(path)
        with open(path, 'rb') as f:
            lines = f.read().splitlines(keepends=True)
        header, rows = json.loads(lines[0]), [json.loads(text) for text in lines[1:]]
        yield name, f'{name} is missing', None
        yield name, f'{name} is empty', []
        yield name, f'{name} ends inside of its first line', [lines[0][:-20]]
        if rows:
            yield name, f'{name} lacks its last row', lines[:-1]
            yield name, f'{name} ends inside of a row', lines[:-1] + [lines[-1][:-5]]
        for what, content in of_parts(name, header, rows):
            yield name, what, content
        for what, content in of_cells(name, header, rows, nullable):
            yield name, what, content


def seal(folder):
    """The manifest and SHA256SUMS of what is there now."""
    with open(os.path.join(folder, 'manifest.json'), encoding='utf-8') as f:
        manifest = json.load(f)
    names = [os.path.relpath(os.path.join(top, n), folder) for top, _, all_names in os.walk(folder) for n in all_names]
    names = sorted(set(names) - {'manifest.json', 'SHA256SUMS'})
    manifest['files'] = []
    sums = []
    for name in names + ['manifest.json']:
        if name == 'manifest.json':
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                json.dump(manifest, f)
        with open(os.path.join(folder, name), 'rb') as f:
            data = f.read()
        digest = hashlib.sha256(data).hexdigest()
        sums.append(f'{digest}  {name}\n')
        manifest['files'].append({'path': name, 'bytes': len(data), 'sha256': digest})
    with open(os.path.join(folder, 'SHA256SUMS'), 'w', encoding='ascii') as f:
        f.writelines(sorted(sums, key=lambda s: s.split()[1]))


def decide(program, rules, folder, out):
    done = subprocess.run([program, 'check', '--rules-dir', rules, '--facts', folder, '--exit-on-warnings', '--out', out],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout.decode(errors='replace')


def main():
    program, rules, bundle, work, every = sys.argv[1:6]
    first = int(sys.argv[6]) if len(sys.argv) > 6 else 0
    folder, out = os.path.join(work, 'spoilt'), os.path.join(work, 'spoilt.tar.gz')
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle, folder)
    seal(folder)
    plain, said = decide(program, rules, folder, out)
    if plain not in (0, 3, 4, 6):
        print(f'without a fault it ends with {plain}: {said[:500]}')
        return 1
    ended, wrong = collections.Counter(), 0
    for n, (name, what, content) in enumerate(faults(bundle, declared(rules))):
        if n % int(every) != first:
            continue
        path = os.path.join(folder, name)
        if content is None:
            os.unlink(path)
        else:
            with open(path, 'wb') as f:
                f.writelines(content)
        seal(folder)
        rc, said = decide(program, rules, folder, out)
        shutil.copyfile(os.path.join(bundle, name), path)
        ended[rc] += 1
        if RANKS.get(rc, -1) < RANKS[plain]:
            wrong += 1
            print(f'exit {rc} instead of {plain}: {what}')
    print(f'{sum(ended.values())} faults of an exit {plain}:',
          ', '.join(f'exit {rc}: {count}' for rc, count in sorted(ended.items())))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
