#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench_soak - thousands of requests of all kinds: bench_soak.py COUNT SEED SECRET URL...

Some clients at once do what the table ACTIONS holds, in an order that SEED decides, each at one of
the servers URL: ask and check the answer; leave before it, in it or instead of it; send half of a
request; open a stream of events and close it. Prints how often each was done and "sent TOTAL"; ends
with 1, and the first faults, if an answer is none of those that are right.
"""
import collections
import http.client
import json
import random
import socket
import ssl
import struct
import sys
import threading
import urllib.parse

BOUND_S = 120
CLIENTS = 8
API = "/trng/randomNum"
MOST_BITS = 8388608  # of one getRandom
RESET = struct.pack("ii", 1, 0)  # closing sends RST

PATHS = ("/", "/index.html", "/healthz", "/openapi.json", "/metrics", "/trng/status", "/trng/session",
         "/trng/files")
WITH_HEAD = ("/", "/healthz", "/openapi.json", "/metrics", "/trng/status")

# method, path, headers, code
BAD = (
    ("GET", API + "/getRandom?numBits=0", {}, 400),
    ("GET", API + "/getRandom?numBits=-5", {}, 400),
    ("GET", API + "/getRandom?numBits=1&numBits=2", {}, 400),
    ("GET", API + "/getRandom?numBits=100000000000000000000", {}, 400),
    ("GET", API + "/getRandom?numBits=8388608&quantity=2", {}, 400),
    ("GET", API + "/getRandom?source=dice", {}, 400),
    ("GET", API + "/generateTestdata?filetype=exe", {}, 400),
    ("GET", API + "/downloadFile?id=../../etc/passwd", {}, 400),
    ("GET", API + "/downloadFile?id=" + "0" * 32, {}, 404),
    ("DELETE", "/trng/files?id=" + "0" * 32, {}, 404),
    ("GET", API + "/init", {}, 409),
    ("GET", API + "/init", {"Origin": "http://evil.example"}, 403),
    ("GET", API + "/getRandom", {"Host": "evil.example"}, 421),
    ("GET", API + "/getRandom", {"Authorization": "Bearer " + "x" * 43}, 401),
    ("POST", API + "/getRandom", {}, 405),
    ("HEAD", API + "/getRandom", {}, 405),
    ("GET", "/nothing/here", {}, 404),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404),
    ("GET", "/" + "a" * 5000, {}, 414),
    ("OPTIONS", API + "/getRandom", {"Origin": "http://evil.example"}, 204),
)

# What comes instead of a request, or of the rest of one.
HALVES = (
    b"", b"G", b"\r\n\r\n\r\n", bytes(range(256)), b"GET / HTTP/1.1\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: a",
    b"POST /trng/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{\"tok",
    b"POST /trng/session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 40000,
)


class Client:
    def __init__(self, seed, secret, urls):
        self.random = random.Random(seed)
        self.secret = secret
        self.urls = [urllib.parse.urlsplit(url) for url in urls]
        self.connection = None
        self.done = collections.Counter()
        self.sent = 0
        self.context = ssl._create_unverified_context()

    # ---- decent requests, several on a connection ----

    def open(self):
        url = self.random.choice(self.urls)
        if url.scheme == "https":
            return http.client.HTTPSConnection(url.netloc, timeout=BOUND_S, context=self.context)
        return http.client.HTTPConnection(url.netloc, timeout=BOUND_S)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, codes, headers=None, body=None):
        """The reply, whole, and its body; the code is one of codes."""
        if self.connection and self.random.random() < 0.1:
            self.close()
        self.connection = self.connection or self.open()
        self.sent += 1
        self.connection.request(method, path, body, headers or {})
        reply = self.connection.getresponse()
        data = reply.read()
        if reply.will_close:
            self.close()
        assert reply.status in codes, f"{method} {path[:80]}: {reply.status} {data[:200]!r}"
        return reply, data

    def numbers(self):
        bits, quantity = self.random.randint(1, 2000), self.random.randint(1, 20)
        _, data = self.ask("GET", f"{API}/getRandom?numBits={bits}&quantity={quantity}", {200})
        numbers = json.loads(data)
        assert len(numbers) == quantity and all(len(n) == -(-bits // 4) for n in numbers), numbers

    def with_token(self):
        headers = {"Authorization": "Bearer " + self.secret}
        reply, _ = self.ask("GET", API + "/getRandom?numBits=64&tag=soak", {200}, headers)
        assert int(reply.headers["RateLimit-Remaining"]) > 0, reply.headers

    def file(self):
        bits, form = self.random.randint(1, 40000), self.random.choice(("bin", "txt"))
        _, data = self.ask("GET", f"{API}/generateTestdata?numBits={bits}&filetype={form}", {200})
        made = json.loads(data)
        path = f"{API}/downloadFile?id={made['id']}"
        _, data = self.ask("GET", path, {200})
        assert len(data) == made["size_bytes"], made
        self.ask("GET", path, {206}, {"Range": f"bytes={len(data) // 2}-"})
        self.ask("GET", path, {416}, {"Range": f"bytes={len(data)}-"})
        self.ask("GET", "/trng/files", {200})
        self.ask("DELETE", f"/trng/files?id={made['id']}", {200})

    def job(self):
        """Made in the background, and deleted while it grows."""
        _, data = self.ask("GET", f"{API}/generateTestdata?numBits=400000000", {202})
        made = json.loads(data)
        self.ask("GET", f"{API}/downloadFile?id={made['id']}", {503})
        self.ask("DELETE", f"/trng/files?id={made['id']}", {200})
        self.ask("GET", f"{API}/downloadFile?id={made['id']}", {404})

    def look(self):
        path = self.random.choice(PATHS)
        reply, data = self.ask("GET", path, {200})
        assert data, path
        if path == "/":
            self.ask("GET", path, {304}, {"If-None-Match": reply.headers["ETag"]})
        self.ask("HEAD", self.random.choice(WITH_HEAD), {200})

    def session(self):
        body = json.dumps({"token": self.secret})
        reply, _ = self.ask("POST", "/trng/session", {200}, {"Content-Type": "application/json"}, body)
        cookie = {"Cookie": reply.headers["Set-Cookie"].split(";")[0]}
        _, data = self.ask("GET", "/trng/session", {200}, cookie)
        assert json.loads(data)["name"] == "soak", data
        self.ask("DELETE", "/trng/session", {200}, cookie)
        self.ask("POST", "/trng/session", {401}, body='{"token": "wrong"}')
        self.ask("POST", "/trng/session", {400}, body='{"tok')
        self.ask("POST", "/trng/session", {413}, body="x" * 10000)

    def bad(self):
        method, path, headers, code = self.random.choice(BAD)
        self.ask(method, path, {code}, headers)

    # ---- those who do not stay ----

    def call(self, data):
        """A connection that has sent this."""
        url = self.random.choice(self.urls)
        sock = socket.create_connection((url.hostname, url.port), timeout=BOUND_S)
        try:
            if url.scheme == "https":
                sock = self.context.wrap_socket(sock)
            self.sent += 1
            sock.sendall(data)
        except OSError:
            pass  # the server may have had enough
        return sock

    def get(self, path):
        return self.call(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def leave(self, sock):
        """With or without having waited a moment, by FIN or by RST."""
        if self.random.random() < 0.5:
            threading.Event().wait(self.random.random() * 0.02)
        if self.random.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()

    def leave_waiting(self):
        self.leave(self.get(f"{API}/getRandom?numBits={MOST_BITS}"))

    def leave_unread(self):
        self.leave(self.get(f"{API}/getRandom?numBits=1000&quantity=100"))

    def leave_generating(self):
        self.leave(self.get(f"{API}/generateTestdata?numBits=100000"))

    def leave_reading(self):
        sock = self.get("/openapi.json")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        self.leave(sock)

    def leave_half(self):
        self.leave(self.call(self.random.choice(HALVES)))

    def leave_in_handshake(self):
        url = self.urls[-1]
        sock = socket.create_connection((url.hostname, url.port), timeout=BOUND_S)
        self.sent += 1
        sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:self.random.randint(0, 11)])
        self.leave(sock)

    def stream(self):
        sock = self.get("/trng/events")
        with sock.makefile("rb") as file:
            line = file.readline()
            assert line.startswith(b"HTTP/1.1 200"), line
            while line and not line.startswith(b"event:"):
                line = file.readline()
            assert line, "no event"
        self.leave(sock)


ACTIONS = ((20, Client.numbers), (6, Client.with_token), (4, Client.file), (1, Client.job), (8, Client.look),
           (3, Client.session), (12, Client.bad), (1, Client.leave_waiting), (4, Client.leave_unread),
           (1, Client.leave_generating), (4, Client.leave_reading), (6, Client.leave_half),
           (2, Client.leave_in_handshake), (4, Client.stream))


def work(client, count, faults):
    weights, actions = zip(*ACTIONS)
    while client.sent < count and not faults:
        action = client.random.choices(actions, weights)[0]
        try:
            action(client)
        except (AssertionError, OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
            faults.append(f"{action.__name__}: {type(error).__name__}: {error}")
        client.done[action.__name__] += 1
    client.close()


def main():
    count, seed, secret, urls = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    faults = []
    clients = [Client(seed * CLIENTS + i, secret, urls) for i in range(CLIENTS)]
    threads = [threading.Thread(target=work, args=(client, -(-count // CLIENTS), faults)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = sum((client.done for client in clients), collections.Counter())
    print(*(f"{name}:{done[name]}" for name in sorted(done)))
    print("sent", sum(client.sent for client in clients))
    print(*faults[:5], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
