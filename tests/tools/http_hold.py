#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_hold - connections that only hold a place: http_hold.py HOST:PORT COUNT [PATH]

Without PATH each sends half a request and then nothing, and some go on dripping a byte now and then.
Prints "held COUNT" when all are open, and "closed COUNT" when the server has closed the last of them;
ends with 1 if it does not. With PATH each asks for that stream and reads it until this program is
ended; prints "held COUNT" and how many got which code, as "200:256 503:44".
"""
import collections
import select
import socket
import sys
import time

BOUND_S = 120
DRIP_S = 0.3
HALVES = (b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a")


def connect(address, count, halves):
    host, port = address.rsplit(":", 1)
    socks = []
    for index in range(count):
        sock = socket.create_connection((host, int(port)), timeout=BOUND_S)
        sock.sendall(halves[index % len(halves)])
        socks.append(sock)
    return socks


def drip(sock):
    try:
        sock.send(b"a")
    except OSError:
        pass


def is_over(sock):
    """The server's end: nothing more to come, whatever it said before (a 408, say)."""
    try:
        while sock.recv(65536, socket.MSG_DONTWAIT):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def hold_halves(socks):
    count = len(socks)
    print("held", count, flush=True)
    dripping = set(socks[3::8])
    end_s = time.monotonic() + BOUND_S
    while socks and time.monotonic() < end_s:
        ready = select.select(socks, [], [], DRIP_S)[0]
        over = {sock for sock in ready if is_over(sock)}
        socks = [sock for sock in socks if sock not in over]
        for sock in dripping.intersection(socks):
            drip(sock)
    print("closed", count - len(socks), flush=True)
    return 1 if socks else 0


def hold_streams(socks):
    codes = collections.Counter(sock.recv(16)[9:12].decode() for sock in socks)
    print("held", len(socks), *(f"{code}:{codes[code]}" for code in sorted(codes)), flush=True)
    while socks:
        ready = select.select(socks, [], [])[0]
        over = {sock for sock in ready if is_over(sock)}
        socks = [sock for sock in socks if sock not in over]
    return 0


def main():
    address, count = sys.argv[1], int(sys.argv[2])
    if len(sys.argv) == 3:
        return hold_halves(connect(address, count, HALVES))
    request = f"GET {sys.argv[3]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    return hold_streams(connect(address, count, [request.encode()]))


if __name__ == "__main__":
    sys.exit(main())
