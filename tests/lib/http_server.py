#!/usr/bin/python3
"""A server for tests: answers GET from a file of answers, and misbehaves as told.

    http_server.py DIR

Listens on 127.0.0.1, writes its port to DIR/port and one line for each request to DIR/log (method, path,
then the names and values of the headers that log in). Answers:

    DIR/answers.json    {"/path": {"status": 200, "body": {...} or "text", "headers": {...}}}
                        without a query, if the path with it has no answer; else 404
    DIR/mode            a word, read for each request:
        (empty)         as answers.json says
        401, 403, 503   that status, whatever is asked
        302             a redirect to /elsewhere on this server, with a secret in its query
        html            a login page
        endless         a body without end
        long, short     a Content-Length that is longer or shorter than the body
        gzip            a body of zeros, a thousand times smaller than itself, as Content-Encoding: gzip
        drip            a byte a second
        cut             the connection ends inside the body
        headers         headers without end

With DIR/cert.pem and DIR/key.pem it speaks TLS; with DIR/client-ca.pem only to who has a certificate.
Ends with the process that started it.
"""
import gzip
import http.server
import json
import os
import ssl
import sys
import threading
import time

dir = sys.argv[1]
LOGIN = ('Authorization', 'PRIVATE-TOKEN', 'X-Amz-Date', 'X-Amz-Security-Token', 'Cookie', 'Accept-Encoding')


def mode():
    try:
        with open(os.path.join(dir, 'mode')) as f:
            return f.read().strip()
    except FileNotFoundError:
        return ''


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def note(self):
        words = [self.command, self.path] + [f'{n}={self.headers[n]}' for n in LOGIN if n in self.headers]
        with open(os.path.join(dir, 'log'), 'a') as f:
            f.write(' '.join(words) + '\n')

    def answer(self, status, body, headers=None, length=None):
        self.send_response(status)
        for name, value in (headers or {'Content-Type': 'application/json'}).items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def from_file(self):
        with open(os.path.join(dir, 'answers.json')) as f:
            answers = json.load(f)
        a = answers.get(self.path) or answers.get(self.path.split('?')[0])
        if a is None:
            return 404, b'{"error": "no such thing"}', None
        body = a.get('body', '')
        text = body if isinstance(body, str) else json.dumps(body)
        return a.get('status', 200), text.encode(), a.get('headers')

    def misbehave(self, how):
        body = self.from_file()[1]
        if how.isdigit():
            headers = {'Location': '/elsewhere?key=do-not-show'} if how == '302' else {}
            return self.answer(int(how), b'{}', headers or None)
        if how == 'html':
            return self.answer(200, b'<html><form>Sign in</form></html>', {'Content-Type': 'text/html'})
        if how == 'gzip':
            bomb = gzip.compress(b'\0' * (64 << 20))
            return self.answer(200, bomb, {'Content-Type': 'application/json', 'Content-Encoding': 'gzip'})
        self.close_connection = True
        if how == 'long':
            return self.answer(200, body, length=len(body) + 100)
        if how == 'short':
            return self.answer(200, body, length=max(len(body) - 5, 0))
        if how == 'cut':
            return self.answer(200, body[:len(body) // 2], length=len(body))
        if how == 'drip':
            self.answer(200, b'', length=len(body))
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                self.wfile.flush()
                time.sleep(1)
        if how == 'endless':
            self.answer(200, b'[', length=1 << 40)
            while True:
                self.wfile.write(b'0,' * 32768)
        if how == 'headers':
            self.wfile.write(b'HTTP/1.1 200 OK\r\n')
            while True:
                self.wfile.write(b'X-Filler: ' + b'x' * 1000 + b'\r\n')

    def do_GET(self):
        self.note()
        try:
            if mode() == '':
                self.answer(*self.from_file())
            else:
                self.misbehave(mode())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
if os.path.exists(os.path.join(dir, 'cert.pem')):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(os.path.join(dir, 'cert.pem'), os.path.join(dir, 'key.pem'))
    if os.path.exists(os.path.join(dir, 'client-ca.pem')):
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(os.path.join(dir, 'client-ca.pem'))
    server.socket = tls.wrap_socket(server.socket, server_side=True)
parent = os.getppid()


def end_with_parent():
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
with open(os.path.join(dir, 'port.new'), 'w') as f:
    f.write(str(server.server_port))
os.rename(os.path.join(dir, 'port.new'), os.path.join(dir, 'port'))
server.handle_error = lambda *args: None
server.serve_forever()
