"""A network that fails: stands between a client and a server, and does to the server's bytes what a file says.

    fault_proxy.py TARGET DIR

TARGET is the path of a socket, or HOST:PORT. Listens on a port of 127.0.0.1, which it writes to DIR/port. Each new
connection reads DIR/fault, one of

    plain          nothing happens
    latency MS     each piece arrives so much later
    bytes          each byte is a segment of its own
    reset N        after N bytes of the server the connection is reset
    close N        it is closed
    halfclose N    the server's direction ends; the client may go on sending
    stall N        nothing arrives any more, and the connection stays
    corrupt N      the bits of byte N are inverted

N counts the bytes of one connection, from 0.
"""

import os
import select
import socket
import struct
import sys
import threading
import time


def connect(target):
    if target.startswith('/'):
        s = socket.socket(socket.AF_UNIX)
        s.connect(target)
        return s
    host, port = target.rsplit(':', 1)
    return socket.create_connection((host, int(port)))


def end(client, kind):
    """What happens at byte N."""
    if kind == 'halfclose':
        client.shutdown(socket.SHUT_WR)
    if kind == 'reset':
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    if kind in ('halfclose', 'stall'):
        time.sleep(300)


def send(client, data, kind):
    if kind != 'bytes':
        client.sendall(data)
        return
    for byte in data:
        client.sendall(bytes([byte]))


def relay(client, server, kind, value):
    """Until one side ends, or the fault ends it."""
    cuts = kind in ('reset', 'close', 'halfclose', 'stall')
    passed, late = 0, []  # pieces under way, each with the moment of its arrival
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        if cuts and passed >= value:
            end(client, kind)
            return
        ready, _, _ = select.select([client, server], [], [], max(0, late[0][0] - time.monotonic()) if late else None)
        while late and late[0][0] <= time.monotonic():
            client.sendall(late.pop(0)[1])
        if client in ready:
            data = client.recv(65536)
            if not data:
                return
            server.sendall(data)
        if server in ready:
            data = server.recv(65536)
            if not data:
                for due, piece in late:
                    time.sleep(max(0, due - time.monotonic()))
                    client.sendall(piece)
                return
            if kind == 'latency':
                late.append((time.monotonic() + value / 1000, data))
                continue
            if cuts:
                data = data[:value - passed]
            if kind == 'corrupt' and passed <= value < passed + len(data):
                at = value - passed
                data = data[:at] + bytes([data[at] ^ 0xff]) + data[at + 1:]
            send(client, data, kind)
            passed += len(data)


def serve(client, target, directory):
    with open(os.path.join(directory, 'fault'), encoding='ascii') as f:
        words = f.read().split()
    kind, value = words[0], int(words[1]) if len(words) > 1 else 0
    try:
        with client, connect(target) as server:
            relay(client, server, kind, value)
    except OSError:
        client.close()


def main():
    target, directory = sys.argv[1:]
    listener = socket.create_server(('127.0.0.1', 0), backlog=64)
    with open(os.path.join(directory, 'port.new'), 'w', encoding='ascii') as f:
        f.write(str(listener.getsockname()[1]))
    os.rename(os.path.join(directory, 'port.new'), os.path.join(directory, 'port'))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, target, directory), daemon=True).start()


main()
