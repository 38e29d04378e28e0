"""A server that speaks PostgreSQL's protocol or Redis's, and lies.

    lying_server.py DIR

Listens on two ports of 127.0.0.1, which it writes to DIR/postgres.port and DIR/redis.port. Each connection reads the
lie from DIR/lie. Writes what a client sends as a password to DIR/passwords. Nothing it sends is longer than 64 MiB.

The lies "but-..." are answers of a real server, but for one detail: the sockets are in DIR/real and DIR/real-redis.
"""

import os
import re
import socket
import struct
import sys
import threading

MUCH = 64 << 20
directory = sys.argv[1]
GARBAGE = bytes((i * 131 + 7) % 256 for i in range(4096))
ESCAPES = b'\x1b[2J\x1b]52;c;QQ==\x07\r\x9b'


def message(kind, body, length=None):
    return kind + struct.pack('!i', len(body) + 4 if length is None else length) + body


def error(text):
    return message(b'E', b'SFATAL\0VFATAL\0CXX000\0M' + text + b'\0\0')


READY = (message(b'R', struct.pack('!i', 0)) + message(b'S', b'server_version\x0015.18\0') +
         message(b'S', b'client_encoding\0UTF8\0') + message(b'K', struct.pack('!ii', 1, 1)) + message(b'Z', b'I'))
COLUMN = message(b'T', struct.pack('!h', 1) + b'a\0' + struct.pack('!ihihih', 0, 0, 25, -1, -1, 0))
# What is sent in place of the answer to the startup, and in place of the first answer after a good one.
AT_START = {
    'cleartext': message(b'R', struct.pack('!i', 3)),
    'md5': message(b'R', struct.pack('!i', 5) + b'salt'),
    'sasl-unknown': message(b'R', struct.pack('!i', 10) + b'SCRAM-SHA-1\0\0'),
    'auth-unknown': message(b'R', struct.pack('!i', 4711)),
    'huge-error': message(b'E', b'SFATAL\0M', 1 << 30),
    'long-error': error(b'x' * 20000 + ESCAPES),
    'escapes': error(ESCAPES + b'denied'),
    'garbage': GARBAGE,
    'negative': message(b'R', b'\0\0\0\0', -1),
    'tiny': message(b'R', b'', 1),
    'nothing': b'',
    'ready-first': message(b'Z', b'I'),
}
AT_QUERY = {
    'query-garbage': GARBAGE,
    'query-negative': message(b'T', b'', -5),
    'query-many-fields': message(b'T', struct.pack('!h', 0x7fff)),
    'query-negative-fields': message(b'T', struct.pack('!h', -1)),
    'query-field-2G': COLUMN + message(b'D', struct.pack('!hi', 1, 0x7fffffff)),
    'query-negative-length': COLUMN + message(b'D', struct.pack('!hi', 1, -7)),
    'query-row-2G': COLUMN + message(b'D', struct.pack('!h', 1), 0x7fffffff),
    'query-other-columns': COLUMN + message(b'D', struct.pack('!h', 9)),
    'query-error-2G': message(b'E', b'SERROR\0', 0x7fffffff),
    'query-error-long': message(b'E', b'SERROR\0CXX000\0M' + ESCAPES + b'x' * 5000000 + b'\0\0') + message(b'Z', b'I'),
    'query-copy': message(b'G', struct.pack('!bh', 0, 0)),
    'query-done': message(b'C', b'SELECT 1\0') + message(b'Z', b'I'),
    'query-ready': message(b'Z', b'I') * 1000,
    'query-notify': message(b'A', struct.pack('!i', 1) + b'a\0b\0') * 100000,
    'query-parameters': message(b'S', b'server_version\x001\x1b[2J\0') * 100000,
}
FLOODS = ('huge-error', 'query-row-2G', 'query-error-2G', 'bulk-2G', 'line')
SETTINGS = 17  # columns of pg_settings, in pg_query.c; the last are: read-only, isolation, clock


def other_tag(tag, instead):
    return lambda kind, body: instead + b'\0' if (kind, body) == (b'C', tag + b'\0') else body


def other_state(state):
    return lambda kind, body: state if (kind, body) == (b'Z', b'T') else body


def fields(body):
    """The values of a row, none of which may be NULL."""
    values, at = [], 2
    for _ in range(struct.unpack_from('!h', body)[0]):
        length = struct.unpack_from('!i', body, at)[0]
        values.append(body[at + 4:at + 4 + length])
        at += 4 + length
    return values


def other_setting(column, value):
    def edit(kind, body):
        if kind != b'D' or struct.unpack_from('!h', body)[0] != SETTINGS:
            return body
        values = fields(body)
        values[column] = value
        return body[:2] + b''.join(struct.pack('!i', len(v)) + v for v in values)
    return edit


def no_settings(kind, body):
    return None if kind == b'D' and struct.unpack_from('!h', body)[0] == SETTINGS else body


def other_types(kind, body):
    """Each column of int8 is one of text."""
    return body.replace(struct.pack('!ih', 20, 8), struct.pack('!ih', 25, -1)) if kind == b'T' else body


class Ended(Exception):
    """The server ends the session."""


def ends_in_rows(kind, body):
    if kind == b'C' and body.startswith(b'FETCH '):
        raise Ended
    return body


# What becomes of the body of each message; None: it is not sent.
RELAYED = {
    'but-nothing': lambda kind, body: body,
    'but-begin': other_tag(b'BEGIN', b'ROLLBACK'),
    'but-declare': other_tag(b'DECLARE CURSOR', b'SELECT 0'),
    'but-rollback': other_tag(b'ROLLBACK', b'COMMIT'),
    'but-idle': other_state(b'I'),
    'but-failed': other_state(b'E'),
    'but-read-write': other_setting(-3, b'off'),
    'but-read-committed': other_setting(-2, b'read committed'),
    'but-no-settings': no_settings,
    'but-types': other_types,
    'but-ends': ends_in_rows,
}
REDIS = {
    'bulk-2G': b'$2147483648\r\n',
    'bulk-negative': b'$-5\r\n',
    'bulk-no-number': b'$1e3\r\n',
    'deep': b'*1\r\n' * 100000,
    'many': b'*2147483647\r\n',
    'many-more': b'*9223372036854775807\r\n',
    'negative-list': b'*-7\r\n',
    'push': b'>2\r\n+message\r\n+b\r\n',
    'map': b'%1\r\n+a\r\n+b\r\n',
    'loading': b'-LOADING Redis is loading the dataset in memory\r\n',
    'moved': b'-MOVED 3999 127.0.0.1:6381\r\n',
    'ask': b'-ASK 3999 127.0.0.1:6381\r\n',
    'noauth': b'-NOAUTH Authentication required.\r\n',
    'noperm': b'-NOPERM this user has no permissions\r\n',
    'masterdown': b'-MASTERDOWN Link with MASTER is down\r\n',
    'long-error': b'-ERR ' + ESCAPES.replace(b'\r', b'') + b'x' * 5000000 + b'\r\n',
    'integer': b':99999999999999999999\r\n',
    'nil': b'$-1\r\n',
    'empty-list': b'*0\r\n',
    'ok': b'+OK\r\n',
    'line': b'+',
    'garbage': GARBAGE,
    'http': b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n',
    'nothing': b'',
}


# What stands for each number 0.
REDIS_ZERO = {'but-number': b':0\r\n', 'but-list': b'*0\r\n', 'but-text': b'$1\r\n0\r\n'}


def lie():
    with open(os.path.join(directory, 'lie'), encoding='ascii') as f:
        return f.read().strip()


def tell(client, name, data):
    client.sendall(data)
    if name in FLOODS:
        for _ in range(MUCH >> 16):
            client.sendall(b'x' * 65536)


def exactly(client, n):
    data = b''
    while len(data) < n:
        more = client.recv(n - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def drain(client):
    while client.recv(65536):
        pass


def relay_forward(client, server):
    """What the client sends, beside us."""
    def forward():
        try:
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=forward, daemon=True).start()


def connect(server, name):
    with open(os.path.join(directory, name), encoding='utf-8') as f:
        server.connect(f.read().strip())


def relay(client, startup, edit):
    """To the real server and back, where `edit` sees each message."""
    with socket.socket(socket.AF_UNIX) as server:
        connect(server, 'real')
        server.sendall(startup)
        relay_forward(client, server)
        while True:
            kind, length = struct.unpack('!ci', exactly(server, 5))
            try:
                body = edit(kind, exactly(server, length - 4))
            except Ended:
                client.sendall(error(b'terminating connection'))
                client.shutdown(socket.SHUT_RDWR)  # closing is not enough while the other thread waits for it
                return
            if body is not None:
                client.sendall(message(kind, body))


def postgres(client):
    name = lie()
    while True:
        head = exactly(client, 8)
        length, code = struct.unpack('!ii', head)
        rest = exactly(client, length - 8)
        if code not in (80877103, 80877104):  # a request for TLS or GSSAPI
            break
        client.sendall(b'N')
    if code >> 16 != 3:  # a request to cancel
        return
    if name in RELAYED:
        relay(client, head + rest, RELAYED[name])
        return
    tell(client, name, AT_START.get(name, READY))
    while True:
        kind, length = struct.unpack('!ci', exactly(client, 5))
        body = exactly(client, length - 4)
        if kind == b'p':
            with open(os.path.join(directory, 'passwords'), 'ab') as f:
                f.write(body + b'\n')
        if name in AT_QUERY and kind in (b'Q', b'S'):
            tell(client, name, AT_QUERY[name])
            drain(client)
            return


def relay_redis(client, zero):
    with socket.socket(socket.AF_UNIX) as server:
        connect(server, 'real-redis')
        relay_forward(client, server)
        while data := server.recv(65536):
            client.sendall(re.sub(rb'(\A|(?<=\r\n)):0\r\n', lambda _: zero, data))


def redis(client):
    name = lie()
    if name in REDIS_ZERO:
        relay_redis(client, REDIS_ZERO[name])
        return
    while client.recv(65536):
        tell(client, name, REDIS[name])


def serve(talk, port):
    server = socket.create_server(('127.0.0.1', 0))
    with open(os.path.join(directory, port + '.new'), 'w', encoding='ascii') as f:
        f.write(str(server.getsockname()[1]))
    os.rename(os.path.join(directory, port + '.new'), os.path.join(directory, port))

    def one(client):
        try:
            talk(client)
        except OSError:
            pass
        client.close()

    while True:
        threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()


threading.Thread(target=serve, args=(postgres, 'postgres.port'), daemon=True).start()
serve(redis, 'redis.port')
