#!/usr/bin/python3
"""measure.py RUNS COMMAND [--vs COMMAND]...: medians of wall time and the largest resident memory of
whole commands, run in turn (A B A B ...); then the ratio of each to the first."""
import os
import resource
import shlex
import statistics
import subprocess
import sys
import time

runs = int(sys.argv[1])
commands = [shlex.split(c) for c in sys.argv[2:] if c != '--vs']
wall = [[] for _ in commands]
peak = [0 for _ in commands]
for _ in range(runs):
    for i, c in enumerate(commands):
        begun = time.perf_counter()
        p = subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, used = os.wait4(p.pid, 0)
        wall[i].append(time.perf_counter() - begun)
        peak[i] = max(peak[i], used.ru_maxrss)
first = statistics.median(wall[0])
for i, c in enumerate(commands):
    m = statistics.median(wall[i])
    print('    %-28s %9.1f ms  %8d KiB  x %.2f' % (os.path.basename(c[0]) + ' ' + (c[1] if len(c) > 1 else ''),
                                              m * 1000, peak[i], m / first))
