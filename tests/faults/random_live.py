"""Applies two or three random faults at once to the servers that a check reads, and demands no better verdict.

    random_live.py DIR SEED COUNT SOCKET DATABASE -- COMMAND...

COMMAND is a check whose PostgreSQL and Redis are behind fault_proxy.py, which reads DIR/postgres/fault and
DIR/redis/fault. SOCKET and DATABASE are where a superuser connects. Each of COUNT rounds draws its faults from a
generator that starts with SEED: a connection that ends or stalls at some byte, a table that the role `preflight` may
not read or that another session has locked, sessions that the server ends meanwhile. Prints the rounds after which the
verdict was better than without a fault; the last line counts. Exit 1 if there was one, or an exit code that is none.
"""

import collections
import os
import random
import subprocess
import sys
import time

RANKS = {0: 0, 4: 1, 6: 2, 3: 3, 5: 3}
ENDS = ('reset', 'close', 'halfclose', 'stall')


class Server:
    """Sessions of a superuser."""

    def __init__(self, socket, database):
        self.command = ['psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', 'postgres', '-d', database]

    def sql(self, text):
        return subprocess.run(self.command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=True).stdout.decode().split()

    def hold(self, text):
        """A session that stays until its input ends; it has done `text` once this returns."""
        session = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        session.stdin.write(text.encode() + b"SELECT 'done';\n")
        session.stdin.flush()
        session.stdout.readline()
        return session


def cut_off(draw, name, work):
    what = f'{draw.choice(ENDS)} {int(2 ** draw.uniform(0, 16))}'
    with open(os.path.join(work, name, 'fault'), 'w', encoding='ascii') as f:
        f.write(what + '\n')
    return f'{name}: {what}'


def round_of(draw, work, server, tables, command):
    """One run with its faults. Its exit code, and what the faults were."""
    done, undo, sessions, killed = [], [], [], None
    for fault in draw.sample(('postgres', 'redis', 'denied', 'denied', 'locked', 'killed'), draw.choice((2, 3))):
        if fault in ('postgres', 'redis'):
            done.append(cut_off(draw, fault, work))
        elif fault == 'denied':
            table = draw.choice(tables)
            server.sql(f'REVOKE SELECT ON {table} FROM preflight')
            undo.append(f'GRANT SELECT ON {table} TO preflight')
            done.append(f'{table} is denied')
        elif fault == 'locked':
            table = draw.choice(tables)
            sessions.append(server.hold(f'BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n'))
            done.append(f'{table} is locked')
        else:
            killed = draw.uniform(0, 0.5)
            done.append(f'the sessions end after {killed:.2f} s')
    run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if killed is not None:
        time.sleep(killed)
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'preflight'")
    rc = run.wait(timeout=60)
    for session in sessions:
        session.communicate()
    for name in ('postgres', 'redis'):
        with open(os.path.join(work, name, 'fault'), 'w', encoding='ascii') as f:
            f.write('plain\n')
    for text in undo:
        server.sql(text)
    return rc, done


def main():
    work, seed, count, socket, database = sys.argv[1:6]
    command = sys.argv[7:] + ['--out', os.path.join(work, 'live.tar.gz')]
    server, draw = Server(socket, database), random.Random(int(seed))
    tables = sorted(server.sql("SELECT table_schema || '.' || table_name FROM information_schema.role_table_grants "
                               "WHERE grantee = 'preflight' AND privilege_type = 'SELECT' AND table_schema = 'public'"))
    plain = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
    if plain.returncode not in RANKS or not tables:
        print(f'without a fault it ends with {plain.returncode}, {len(tables)} tables: {plain.stdout[:500]}')
        return 1
    ended, wrong = collections.Counter(), 0
    for _ in range(int(count)):
        rc, done = round_of(draw, work, server, tables, command)
        ended[rc] += 1
        if RANKS.get(rc, -1) < RANKS[plain.returncode]:
            wrong += 1
            print(f'exit {rc} instead of {plain.returncode}: {"; ".join(done)}')
    print(f'{sum(ended.values())} rounds, exit {plain.returncode} without a fault:',
          ', '.join(f'exit {rc}: {n}' for rc, n in sorted(ended.items())))
    return 1 if wrong else 0


sys.exit(main())
