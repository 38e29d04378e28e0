"""Lets a command meet each fault of a kind in turn (see fail_call.c) and checks what the command leaves behind.

    enumerate.py --library FILE --kind KIND --mode once|ever [--each path|use] [--every K] [--first F] [--seconds S]
        [--old NAME=FILE]... [--stdout json] --dir DIR -- COMMAND...

{dir} in COMMAND is a directory that is new for each run and holds a copy of each --old file. The command runs without
a fault, then with the fault at use F, F + K, ... until none happens or the seconds are over. After each run must hold:

  - it ended by itself, with an exit code that it has (no signal, no sanitizer), within 60 seconds; a crash inside a
    library that library-crashes lists is counted as "library";
  - safety rank(gate with the fault) >= rank(gate without), in the exit code and in each report left behind;
  - no temporary file is left, unless removing was what failed, or opening the folder whose files are to go;
  - each file is the old one or whole: archives unpack, JSON and XML parse; after a verdict none is the old one.

The last line of stdout counts the faults and the exit codes. Exit 1 if something did not hold.
"""

import argparse
import collections
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree

VERDICTS = {0: 0, 4: 1, 6: 2, 3: 3, 5: 3}  # exit code -> safety rank
NO_VERDICT = {1, 2, 7}
RANKS = {'go': 0, 'go_with_warnings': 1, 'wait': 2, 'no_go': 3, 'undetermined': 3}
REMOVING = ('unlink', 'unlinkat', 'rmdir', 'openat', 'openat64', 'open64', 'opendir', 'mkdtemp')



def library_crashes():
    """Functions of libraries that crash when memory runs out, and their libraries: lines "FUNCTION OBJECT  why"."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'library-crashes')
    with open(path, encoding='ascii') as f:
        return {' '.join(line.split()[:2]) for line in f if line.strip() and not line.startswith('#')}


LIBRARY_CRASHES = library_crashes()


def arguments():
    p = argparse.ArgumentParser()
    for name in ('library', 'kind', 'mode', 'dir'):
        p.add_argument('--' + name, required=True)
    for name, value in (('every', 1), ('first', 1), ('seconds', 10**9)):
        p.add_argument('--' + name, type=int, default=value)
    p.add_argument('--each', default='path')
    p.add_argument('--old', action='append', default=[])
    p.add_argument('--stdout', default='')
    p.add_argument('command', nargs='+')
    return p.parse_args()


class Run:
    """One run of the command, with the fault at use `at` (0: none)."""

    def __init__(self, a, at):
        self.dir = os.path.join(a.dir, 'run')
        self.old = {}
        self.problems = []
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        for word in a.old:
            name, source = word.split('=', 1)
            shutil.copyfile(source, os.path.join(self.dir, name))
            with open(source, 'rb') as f:
                self.old[name] = f.read()
        log = os.path.join(a.dir, 'log')
        if os.path.exists(log):
            os.unlink(log)
        env = dict(os.environ, LD_PRELOAD=a.library, FAULT_KIND=a.kind, FAULT_AT=str(at), FAULT_MODE=a.mode,
                   FAULT_EACH=a.each, FAULT_LOG=log)
        command = [word.replace('{dir}', self.dir) for word in a.command]
        try:
            done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
            self.rc, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as e:
            self.rc, self.stdout, self.stderr = 'hung', e.stdout or b'', e.stderr or b''
        self.fired = self.crash = ''
        self.cannot_remove = a.kind == 'rename' and a.mode == 'ever'
        self.cannot_walk = a.kind == 'open' and a.mode == 'ever'
        if os.path.exists(log):
            with open(log, encoding='ascii') as f:
                for line in f:
                    if line.startswith('crash '):
                        self.crash = line[6:].strip()
                    if line.startswith('fired '):
                        self.fired = line.split()[1]
                        self.cannot_remove |= self.fired in REMOVING

    def bad(self, text):
        self.problems.append(text)

    def report(self, data, name, rank):
        """A report.json: it parses, and its gate is not better than that of the run without a fault."""
        try:
            decision = json.loads(data)['gate']['decision']
        except (ValueError, KeyError, TypeError) as e:
            self.bad(f'{name}: {e!r}')
            return
        if RANKS[decision] < rank:
            self.bad(f'{name}: {decision} is better than without the fault')

    def content(self, name, data, rank):
        """What one file must be, by its name."""
        try:
            if name.endswith('.tar.gz'):
                with tarfile.open(fileobj=io.BytesIO(data), mode='r:gz') as tar:
                    for member in tar:
                        if member.isfile():
                            self.content(member.name, tar.extractfile(member).read(), rank)
            elif name.endswith('report.json'):
                self.report(data, name, rank)
            elif name.endswith('.json'):
                json.loads(data)
            elif name.endswith('.ndjson'):
                for line in data.splitlines():
                    json.loads(line)
                if not data.endswith(b'\n'):
                    self.bad(f'{name}: the last line is cut')
            elif name.endswith('.xml'):
                xml.etree.ElementTree.fromstring(data)
            elif name.endswith('.html') and not data.rstrip().endswith(b'</html>'):
                self.bad(f'{name}: it is cut')
            elif not data:
                self.bad(f'{name}: it is empty')
        except Exception as e:  # pylint: disable=broad-except
            self.bad(f'{name}: it is not whole: {e!r}')

    def files(self, rank):
        seen = set()
        for folder, folders, names in os.walk(self.dir):
            for name in folders + names:
                if '.preflight-' in name and not self.cannot_remove and not (self.cannot_walk and name in folders):
                    self.bad(f'temporary {name} is left')
            if '.preflight-' in folder:
                continue
            for name in names:
                if '.preflight-' in name:
                    continue
                path = os.path.join(folder, name)
                with open(path, 'rb') as f:
                    data = f.read()
                short = os.path.relpath(path, self.dir)
                seen.add(short)
                if data != self.old.get(short):
                    self.content(short, data, rank)
                elif self.rc in VERDICTS:
                    self.bad(f'{short}: the old one, after a verdict')
        if self.rc in VERDICTS:
            for name in self.old.keys() - seen:
                self.bad(f'{name} is missing, after a verdict')

    def check(self, a, baseline):
        if self.rc in VERDICTS:
            if VERDICTS[self.rc] < VERDICTS[baseline]:
                self.bad(f'exit {self.rc} is better than {baseline}')
        elif self.crash in LIBRARY_CRASHES:
            self.rc = 'library'
        elif self.rc not in NO_VERDICT:
            self.bad(f'ended with {self.rc}, crash in {self.crash or "?"}')
        if self.rc in NO_VERDICT and not self.stderr.strip():
            self.bad(f'exit {self.rc} without a word')
        if a.stdout == 'json' and self.rc in VERDICTS:
            self.report(self.stdout, 'stdout', VERDICTS[baseline])
        self.files(VERDICTS[baseline])


def main():
    a = arguments()
    ended, wrong, n, clean = collections.Counter(), 0, a.first, False
    plain = Run(a, 0)
    if plain.rc not in VERDICTS:
        print(f'without a fault it ends with {plain.rc}: {plain.stderr.decode(errors="replace")}')
        return 1
    plain.check(a, plain.rc)
    for problem in plain.problems:
        print('without a fault:', problem)
        wrong += 1
    end = time.monotonic() + a.seconds
    while time.monotonic() < end and wrong < 30:
        run = Run(a, n)
        if not run.fired:
            clean = True
            break
        run.check(a, plain.rc)
        ended[run.rc] += 1
        if run.problems:
            print(f'{a.kind} {a.mode} {n} ({run.fired}), exit {run.rc}: {"; ".join(run.problems)}:',
                  run.stderr.decode(errors='replace').strip()[:300].replace('\n', ' | '))
            wrong += 1
        n += a.every
    print(f'{a.kind} {a.mode}: {sum(ended.values())} faults', 'until clean' if clean else 'in the time given',
          ', '.join(f'exit {rc}: {count}' for rc, count in sorted(ended.items(), key=str)))
    return 1 if wrong else 0


sys.exit(main())
