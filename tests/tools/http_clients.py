#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_clients - many clients that wait at the same time: http_clients.py URL PATH COUNT

Each has a connection of its own and sends one GET. Unless --crowd is given, the next one comes when
the server counts the one before among those that wait, so that they arrive in order. Prints
"sent COUNT", then a line for each in the order in which they end:
    answer INDEX CODE BODY       (one line of body)
    closed INDEX                 (no reply)
    dropped INDEX                (by the command "drop INDEX" on standard input)
and ends after the last. Exit status 1: the server did not count them, or never answered.
"""
import argparse
import http.client
import select
import selectors
import sys
import time
import urllib.parse

BOUND_S = 240
POLL_S = 0.002
WAITING = "trng_http_waiting_requests "


def say(*words):
    print(*words, flush=True)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("path")
    parser.add_argument("count", type=int)
    parser.add_argument("--crowd", action="store_true", help="all at once, in any order")
    parser.add_argument("--header", action="append", default=[], metavar="NAME: VALUE")
    options = parser.parse_args()
    options.host = urllib.parse.urlsplit(options.url).netloc
    options.headers = dict(header.split(": ", 1) for header in options.header)
    return options


class Counter:
    """How many requests the server has waiting, asked over one connection."""

    def __init__(self, options):
        self.connection = http.client.HTTPConnection(options.host, timeout=BOUND_S)
        self.headers = options.headers

    def waiting(self):
        self.connection.request("GET", "/metrics", headers=self.headers)
        text = self.connection.getresponse().read().decode()
        return next(int(float(line.split()[1])) for line in text.splitlines()
                    if line.startswith(WAITING))

    def wait_for(self, number, client):
        """Until so many wait; @client is the last who came."""
        end_s = time.monotonic() + BOUND_S
        while (waiting := self.waiting()) < number:
            if select.select([client.sock], [], [], POLL_S)[0]:
                sys.exit(f"{waiting} wait, the next one does not: {client.getresponse().read()}")
            if time.monotonic() > end_s:
                sys.exit(f"{waiting} requests wait, expected {number}")


def send_all(options):
    clients = []
    counter = Counter(options)
    before = counter.waiting()
    for index in range(options.count):
        client = http.client.HTTPConnection(options.host, timeout=BOUND_S)
        client.request("GET", options.path, headers=options.headers)
        clients.append(client)
        if not options.crowd:
            counter.wait_for(before + index + 1, client)
    if options.crowd:
        counter.wait_for(before + options.count, client)
    return clients


def receive(index, client):
    try:
        reply = client.getresponse()
        body = reply.read()
        say("answer", index, reply.status, body.decode(errors="replace").replace("\n", " "))
    except (OSError, http.client.HTTPException):
        say("closed", index)


def drop(line, clients, selector):
    index = int(line.split()[1])
    selector.unregister(clients[index].sock)
    clients[index].close()
    clients[index] = None
    say("dropped", index)


def main():
    options = parse()
    clients = send_all(options)
    say("sent", options.count)
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    for index, client in enumerate(clients):
        selector.register(client.sock, selectors.EVENT_READ, index)
    while len(selector.get_map()) > 1:
        ready = selector.select(BOUND_S)
        if not ready:
            sys.exit("nothing happens any more")
        for key, _ in ready:
            if key.data is None:
                drop(sys.stdin.readline(), clients, selector)
            elif clients[key.data] is not None:
                selector.unregister(key.fileobj)
                receive(key.data, clients[key.data])


if __name__ == "__main__":
    main()
