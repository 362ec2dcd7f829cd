#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_raw - bytes that no decent client sends: http_raw.py HOST:PORT CASE, or --list

Sends the bytes of CASE, reads until the server closes, and prints "ok CODES" where the case allows that outcome. An outcome is the status codes of all replies
in order ("200 400"), or "closed" for none. Every error must be JSON with a reason, but for what
libmicrohttpd refuses itself before the server sees it, in HTML: such a code has a "!".
"""
import http.client
import io
import json
import socket
import sys

BOUND_S = 60
PATH = "/trng/randomNum/getRandom"
HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"


def get(path, headers=b"", version=b"HTTP/1.1"):
    return b"GET " + path.encode() + b" " + version + b"\r\n" + HOST + CLOSE + headers + b"\r\n"


def kept(path):
    return b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n"


REFUSED = ["400", "400!", "closed"]
TOO_LARGE = ["413", "413!", "414", "414!", "431", "431!", "400!", "closed"]

# name: bytes, allowed outcomes
CASES = {
    "plain": (get("/healthz"), ["200"]),
    "http-1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", ["200"]),
    "http-0.9": (b"GET /healthz\r\n\r\n", REFUSED + ["505!"]),
    "http-2-preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED + ["505!"]),
    "http-9.9": (get("/healthz", version=b"HTTP/9.9"), REFUSED + ["505!"]),
    "garbage": (bytes(range(1, 256)) * 8 + b"\r\n\r\n", REFUSED),
    "zeros": (bytes(4096), REFUSED),
    "newlines": (b"\r\n" * 2048, REFUSED),
    "tls-hello": (bytes.fromhex("16030100ca010000c60303") + bytes(200), REFUSED),
    "no-path": (b"GET  HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", REFUSED),
    "absolute-uri": (b"GET http://127.0.0.1/healthz HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
                     ["200", "400", "404", "closed"]),
    "nul-in-path": (get("/heal\0thz"), ["400", "404", "closed"]),
    "nul-in-query": (get(PATH + "?numBits=1%00"), ["400"]),
    "nul-in-name": (get(PATH + "?numBits%00=8&numBits=8"), ["200", "400"]),
    # The library ends the line there: what is left is a good request.
    "raw-nul-in-query": (get(PATH + "?numBits=1\0"), ["200"] + REFUSED),
    "nul-in-header": (get("/healthz", b"X-Odd: a\0b\r\n"), ["200"] + REFUSED),
    "bad-escape": (get(PATH + "?numBits=%zz"), ["400"]),
    "cut-escape": (get(PATH + "?numBits=%3"), ["400"]),
    "utf8-digits": (get(PATH + "?numBits=%D9%A1"), ["400"]),
    "control-in-header": (get("/healthz", b"X-Odd: \x01\x7f\xff\r\n"), ["200"] + REFUSED),
    "no-host": (b"GET /healthz HTTP/1.1\r\n" + CLOSE + b"\r\n", ["400", "400!", "421"]),
    "two-hosts": (get("/healthz", b"Host: evil.example\r\n"), REFUSED + ["421"]),
    "long-method": (b"A" * 9000 + b" / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", TOO_LARGE + ["405"]),
    "unknown-method": (b"BREW /healthz HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", ["405"]),
    "url-4097": (get("/" + "a" * 4096), ["414"]),
    "url-64k": (get(PATH + "?x=" + "a" * 65536), TOO_LARGE),
    "parameters-2000": (get(PATH + "?" + "a&" * 2000), ["200"] + TOO_LARGE),
    "headers-1m": (get("/healthz", b"X-Long: " + b"a" * (1 << 20) + b"\r\n"), TOO_LARGE),
    "headers-many": (get("/healthz", b"X-A: b\r\n" * 100000), TOO_LARGE),
    "header-no-colon": (get("/healthz", b"nonsense\r\n"), ["200"] + REFUSED),
    "folded-header": (get("/healthz", b"X-A: b\r\n c\r\n"), ["200"] + REFUSED),
    "authorization-8k": (get("/healthz", b"Authorization: Bearer " + b"a" * 8192 + b"\r\n"),
                         ["200", "401"] + TOO_LARGE),
    "cookie-8k": (get("/healthz", b"Cookie: trng_session=" + b"a" * 8192 + b"\r\n"), ["200"] + TOO_LARGE),
    "get-with-body": (get("/healthz", b"Content-Length: 5\r\n") + b"hello", ["200", "400"]),
    "two-lengths": (get("/healthz", b"Content-Length: 5\r\nContent-Length: 6\r\n") + b"hello!",
                    ["200"] + REFUSED),
    "negative-length": (get("/healthz", b"Content-Length: -1\r\n"), REFUSED),
    "huge-length": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 99999999999999999999\r\n\r\n",
                    TOO_LARGE),
    "post-5k": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 5000\r\n\r\n" + b" " * 5000,
                ["413"]),
    "chunked-bad": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                    REFUSED + ["413"]),
    "chunked-1m": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" +
                   (b"1000\r\n" + b" " * 4096 + b"\r\n") * 256 + b"0\r\n\r\n", ["413", "closed"]),
    "post-no-json": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 9\r\n\r\n{\"token\":", ["400"]),
    "post-deep-json": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 4000\r\n\r\n" + b"[" * 4000,
                       ["400"]),
    "post-nul-json": (b"POST /trng/session HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 22\r\n\r\n"
                      b"{\"token\":\"a\\u0000bcd\"}", ["400", "401"]),
    "pipelined": (kept("/healthz") * 20 + get(PATH + "?numBits=8"), [" ".join(["200"] * 21)]),
    "pipelined-bad": (kept("/healthz") + kept(PATH + "?numBits=abc") + get("/nothing"), ["200 400 404"]),
    "pipelined-garbage": (kept("/healthz") + b"\1\2\3\r\n\r\n", ["200", "200 400!"]),
}


def send(sock, data):
    """All of it, unless the server has had enough. What is no whole request ends by its time-out."""
    try:
        sock.sendall(data)
    except OSError:
        pass


def receive(sock):
    data = bytearray()
    try:
        while chunk := sock.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return bytes(data)


class Replayed:
    """What http.client wants of a socket, from bytes that are there."""

    def __init__(self, file):
        self.file = file

    def makefile(self, *_):
        return self.file


class Kept(io.BytesIO):
    def close(self):
        """The next reply is read from the same bytes."""


def check_reason(status, kind, body):
    if status < 400:
        return
    assert kind.startswith("application/json"), f"{status} is no JSON but {kind!r}: {body[:200]!r}"
    reason = json.loads(body)
    assert isinstance(reason.get("error"), str) or isinstance(reason.get("message"), str), body


def outcomes(data):
    """Of each reply. The library's own ends the connection, and may bring its header twice."""
    file = Kept(data)
    found = []
    while file.tell() < len(data):
        start = file.tell()
        reply = http.client.HTTPResponse(Replayed(file), method="GET")
        reply.begin()
        kind, body = reply.headers.get("Content-Type", ""), reply.read()
        if not kind and b"\r\n\r\n<html><head><title>" in data[start:]:
            return found + [f"{reply.status}!"]
        check_reason(reply.status, kind, body)
        found.append(str(reply.status))
    return found


def run(address, name):
    data, allowed = CASES[name]
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=BOUND_S) as sock:
        send(sock, data)
        received = receive(sock)
    outcome = " ".join(outcomes(received)) or "closed"
    assert outcome in allowed, f"{outcome}, expected one of {allowed}: {received[:200]!r}"
    return outcome


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return 0
    try:
        print("ok", run(sys.argv[1], sys.argv[2]))
    except (AssertionError, OSError, ValueError, http.client.HTTPException) as error:
        print(f"{sys.argv[2]}: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
