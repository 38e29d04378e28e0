#!/usr/bin/python3
"""Writes commands for redis-cli --pipe that fill `schedule` with N jobs as Sidekiq stores them:
600 bytes each, three in ten of BackgroundMigrationWorker in 40 classes, one in a hundred a decoy that
carries the class only inside its arguments.

    redis_fill.py N EXPECTED.json [PREFIX] [one-score|list] [BYTES]

list: the same jobs in the queue background_migration instead. BYTES: of a job, instead of 600.

EXPECTED.json: what must be counted, {class: [jobs, oldest, newest]}, times in microseconds.
"""
import json
import random
import sys

n, expected_file = int(sys.argv[1]), sys.argv[2]
prefix = sys.argv[3] if len(sys.argv) > 3 else 'resque:gitlab:'
shape = sys.argv[4] if len(sys.argv) > 4 else ''
one_score = shape == 'one-score'
random.seed(n)
expected = {}
base = 1795362487
pad = 'x' * (330 + int(sys.argv[5]) - 600 if len(sys.argv) > 5 else 330)
out = sys.stdout.buffer


def command(*words):
    parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    out.write(b'*%d\r\n' % len(parts) + b''.join(b'$%d\r\n%s\r\n' % (len(p), p) for p in parts))


command('SADD', prefix + 'queues', 'background_migration', 'default')
command('SET', prefix + 'stat:processed', 1)
for i in range(n):
    score = base if one_score else base + random.randrange(0, 10_000_000_000) / 10000
    kind = i % 100
    job = {'retry': 3, 'queue': 'background_migration', 'jid': '%024x' % i, 'created_at': base - 600.125,
           'correlation_id': pad, 'meta.caller_id': 'Cron', 'size_limiter': 'validated'}
    if kind < 30:
        name = 'Backfill%02d' % (i % 40)
        job.update({'class': 'BackgroundMigrationWorker', 'args': [name, [i * 1000 + 1, i * 1000 + 1000]]})
        us = round(score * 1_000_000)
        known = expected.setdefault(name, [0, us, us])
        expected[name] = [known[0] + 1, min(known[1], us), max(known[2], us)]
    elif kind == 30:
        job.update({'class': 'MailWorker', 'args': ['{"class":"BackgroundMigrationWorker"}',
                                                    {'class': 'BackgroundMigrationWorker'}]})
    else:
        job.update({'class': 'ProjectCacheWorker', 'queue': 'project_cache', 'args': [i, ['x'], []]})
    text = json.dumps(job, separators=(',', ':'))
    if shape == 'list':
        command('LPUSH', prefix + 'queue:background_migration', text)
    else:
        command('ZADD', prefix + 'schedule', repr(score), text)
json.dump(expected, open(expected_file, 'w'))
