#!/usr/bin/python3
"""ping.py SOCKET COMMAND...: the worst PING of another client while the command runs, the wall time
of the command, and the CPU that the server used meanwhile; milliseconds."""
import re
import socket
import subprocess
import sys
import time

s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])


def cpu():
    s.sendall(b'INFO CPU\r\n')
    text = b''
    while b'used_cpu_user_children' not in text:
        text += s.recv(65536)
    time.sleep(0.01)
    return sum(float(x) for x in re.findall(rb'used_cpu_(?:sys|user):([0-9.]+)', text))


before, begun, worst = cpu(), time.perf_counter(), 0.0
p = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while p.poll() is None:
    t = time.perf_counter()
    s.sendall(b'PING\r\n')
    while not s.recv(4096).endswith(b'\n'):
        pass
    worst = max(worst, time.perf_counter() - t)
    time.sleep(0.001)
wall = time.perf_counter() - begun
used = cpu() - before
print('%.1f %.1f %.1f' % (worst * 1000, wall * 1000, used * 1000))
