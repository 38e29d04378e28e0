"""Applies two or three random faults at once to the facts of a bundle, and lets the program decide again.

    random_facts.py PROGRAM RULES BUNDLE DIR SEED COUNT

BUNDLE is an unpacked bundle with a verdict. Each of COUNT rounds draws its faults from a generator that starts with
SEED: a table that is missing, cut or has lost a row; a part that was not read, or is not listed; a column that is
missing; a single cell that is NULL where the declaration forbids it, or a value of another type. Whatever they do
together, the verdict must not get better. Prints the rounds of which that does not hold; the last line counts. Exit 1
if something did not hold.
"""

import collections
import glob
import json
import os
import random
import shutil
import sys

import data


class Table:
    """One file of facts, taken apart; faults change it, and `content` is what is written."""

    def __init__(self, path):
        self.name = 'facts/' + os.path.basename(path)
        with open(path, 'rb') as f:
            lines = f.read().splitlines()
        self.header, self.rows = json.loads(lines[0]), [json.loads(text) for text in lines[1:]]
        self.cut = 0
        self.missing = False

    def content(self):
        text = b''.join([data.line(self.header)] + [data.line(row) for row in self.rows])
        return text[:len(text) - self.cut] if self.cut else text


def miss_table(draw, table, nullable):
    table.missing = True
    return 'is missing'


def cut(draw, table, nullable):
    table.cut = draw.randint(1, max(1, len(table.content()) - 1))
    return f'lacks its last {table.cut} bytes'


def lose_row(draw, table, nullable):
    if not table.rows:
        return None
    i = draw.randrange(len(table.rows))
    del table.rows[i]
    return f'lacks row {i}'


def part_unread(draw, table, nullable):
    parts = [p for p in table.header['parts'] if p['status'] == 'complete']
    if not parts:
        return None
    part = draw.choice(parts)
    part.update(status=draw.choice(data.UNREAD), reason='a fault', rows=0)
    table.rows = [row for row in table.rows if row[0] != part['part']]
    return f'{part["part"]} is {part["status"]}'


def part_unlisted(draw, table, nullable):
    parts = table.header['parts']
    if not parts:
        return None
    part = parts.pop(draw.randrange(len(parts)))
    table.rows = [row for row in table.rows if row[0] != part['part']]
    return f'{part["part"]} is not listed'


def lose_column(draw, table, nullable):
    i = draw.randrange(len(table.header['columns']))
    column = table.header['columns'].pop(i)
    table.rows = [row[:i] + row[i + 1:] for row in table.rows]
    return f'{column["name"]} is missing'


def spoil_cell(draw, table, nullable):
    if not table.rows:
        return None
    i, row = draw.randrange(len(table.header['columns'])), draw.choice(table.rows)
    column = table.header['columns'][i]
    values = [data.WRONG.get(column['type'], 5), [], {}, 0.5 if column['type'] != 'text' else 5]
    if not nullable.get((table.header['table'], column['name']), False):
        values.append(None)
    row[i] = draw.choice(values)
    return f'{column["name"]} of a row is {row[i]!r}'


# Most draws are faults after which the program still decides: the others end it with exit 2.
FAULTS = {part_unread: 12, miss_table: 4, part_unlisted: 4, spoil_cell: 2, cut: 1, lose_row: 1, lose_column: 1}


def spoil(draw, folder, paths, nullable):
    """Changes two or three tables, or one of them twice. What was done, and the names of the files."""
    tables, done = {}, []
    wanted = draw.choice((2, 3))
    while len(done) < wanted:
        path = draw.choice(paths)
        table = tables.setdefault(path, Table(path))
        if table.missing or table.cut or not table.header['columns']:
            continue
        what = draw.choices(list(FAULTS), FAULTS.values())[0](draw, table, nullable)
        if what is not None:
            done.append(f'{table.name}: {what}')
    for table in tables.values():
        target = os.path.join(folder, table.name)
        if table.missing:
            os.unlink(target)
            continue
        with open(target, 'wb') as f:
            f.write(table.content())
    return done, [table.name for table in tables.values()]


def main():
    program, rules, bundle, work, seed, count = sys.argv[1:]
    folder, out = os.path.join(work, 'random'), os.path.join(work, 'random.tar.gz')
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle, folder)
    data.seal(folder)
    plain, said = data.decide(program, rules, folder, out)
    if plain not in (0, 3, 4, 6):
        print(f'without a fault it ends with {plain}: {said[:500]}')
        return 1
    draw, nullable = random.Random(int(seed)), data.declared(rules)
    paths = sorted(glob.glob(os.path.join(bundle, 'facts', '*.ndjson')))
    ended, wrong = collections.Counter(), 0
    for _ in range(int(count)):
        done, names = spoil(draw, folder, paths, nullable)
        data.seal(folder)
        rc, said = data.decide(program, rules, folder, out)
        for name in names:
            shutil.copyfile(os.path.join(bundle, name), os.path.join(folder, name))
        ended[rc] += 1
        if data.RANKS.get(rc, -1) < data.RANKS[plain]:
            wrong += 1
            print(f'exit {rc} instead of {plain}: {"; ".join(done)}')
    print(f'{sum(ended.values())} rounds, exit {plain} without a fault:',
          ', '.join(f'exit {rc}: {n}' for rc, n in sorted(ended.items())))
    return 1 if wrong else 0


sys.exit(main())
