#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""account - find every byte that readers logged in the marked stream of tests/tools/board.c.

Checks that each is there, that none was delivered twice, that no reader got any out of order, and
that what nobody got is explained. A log is a sequence of records: 32-bit length, then the bytes.
Records of 8 bytes and more name their place alone; shorter ones are placed between the others.
Prints "delivered N first N last N lost N readers N". Exit status: 0 all is accounted for, 1 not.
"""
import argparse
import struct
import subprocess
import sys

MARK_BYTES = 8


def keystream(key, size):
    """AES-256-CTR as the board makes it, from offset 0."""
    command = ["openssl", "enc", "-aes-256-ctr", "-K", "%064x" % key, "-iv", "0" * 32]
    return subprocess.run(command, input=bytes(size), stdout=subprocess.PIPE, check=True).stdout


def records(path):
    """The records of one log. A last one cut short by SIGKILL counts with what is there."""
    with open(path, "rb") as log:
        data = log.read()
    at = 0
    found = []
    while at + 4 <= len(data):
        (size,) = struct.unpack_from("=I", data, at)
        if size > 0:
            found.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return [record for record in found if record]


class Account:
    def __init__(self, stream, is_lenient=False):
        self.stream = stream
        self.is_lenient = is_lenient
        self.owner = bytearray(len(stream))
        self.errors = []
        self.spans = []

    def error(self, text):
        self.errors.append(text)

    def claim(self, name, at, size):
        taken = self.owner.find(1, at, at + size)
        if taken >= 0:
            self.error("%s: byte %d was delivered twice" % (name, taken))
        self.owner[at:at + size] = b"\1" * size
        self.spans.append((at, size))

    def locate(self, record, start):
        """Place of a record of MARK_BYTES or more, searched from @start, then from the beginning."""
        at = self.stream.find(record, start)
        return at if at >= 0 else self.stream.find(record)

    def longest(self, size, piece, start):
        """Largest n <= @size for which piece(n) is in the stream from @start on."""
        least, most = 0, size
        while least < most:
            middle = (least + most + 1) // 2
            if self.stream.find(piece(middle), start) >= 0:
                least = middle
            else:
                most = middle - 1
        return least

    def pieces(self, record, start):
        """A read may give what was set aside earlier and then the pool's bytes: two pieces.

        What could belong to either, or is too short to name its place, is a piece of its own.
        """
        size = len(record)
        if size < MARK_BYTES or self.stream.find(record, start) >= 0:
            return [record]
        head = self.longest(size, lambda n: record[:n], start)
        head = head if head >= MARK_BYTES else 0
        tail = size - self.longest(size, lambda n: record[size - n:], start)
        tail = tail if size - tail >= MARK_BYTES else size
        if tail - head >= MARK_BYTES:
            return [record]
        cuts = sorted({0, min(head, tail), max(head, tail), size})
        return [record[a:b] for a, b in zip(cuts, cuts[1:])]

    def place_long(self, name, log):
        """Pieces that name their place; returns all as [bytes, first, end] in order, None: not yet."""
        before = 0
        items = []
        for piece in (piece for whole in log for piece in self.pieces(whole, before)):
            at = self.locate(piece, before)
            if len(piece) < MARK_BYTES or (at < 0 and len(piece) < 2 * MARK_BYTES):
                items.append([piece, None, None])
                continue
            if at < 0 and self.is_lenient:
                continue
            if at < 0:
                self.error("%s: %d bytes are not of the stream: %s..." %
                           (name, len(piece), piece[:16].hex()))
                continue
            if at < before:
                self.error("%s: out of order: %d after %d" % (name, at, before))
            self.claim(name, at, len(piece))
            items.append([piece, at, at + len(piece)])
            before = at + len(piece)
        return items

    def bounds(self, items, index):
        """Where piece @index may stand: between its nearest neighbours that have a place."""
        lower = next((end for _, _, end in reversed(items[:index]) if end is not None), 0)
        upper = next((at for _, at, _ in items[index + 1:] if at is not None), len(self.stream))
        return lower, upper

    def free_place(self, piece, lower, upper):
        """The first place that matches and is nobody's, or -1."""
        at = self.stream.find(piece, lower, upper)
        while at >= 0 and self.owner.find(1, at, at + len(piece)) >= 0:
            at = self.stream.find(piece, at + 1, upper)
        return at

    def place_short(self, name, items, index):
        """At the first free place that matches; in two, if it is nowhere whole."""
        piece = items[index][0]
        lower, upper = self.bounds(items, index)
        for cut in range(len(piece), 0, -1):
            head, tail = piece[:cut], piece[cut:]
            at = self.free_place(head, lower, upper)
            tail_at = self.free_place(tail, at + cut, upper) if tail and at >= 0 else at
            if at < 0 or tail_at < 0:
                continue
            self.claim(name, at, cut)
            if tail:
                self.claim(name, tail_at, len(tail))
            items[index][1:] = [at, tail_at + len(tail) if tail else at + cut]
            return
        if not self.is_lenient:
            self.error("%s: no free place for %s after %d" % (name, piece.hex(), lower))

    def place_all(self, logs):
        """The longest first: what is short is ambiguous until the long ones leave it one place."""
        placed = [(name, self.place_long(name, log)) for name, log in logs]
        short = [(len(items[i][0]), name, items, i) for name, items in placed
                 for i in range(len(items)) if items[i][1] is None]
        for _, name, items, index in sorted(short, key=lambda item: -item[0]):
            self.place_short(name, items, index)


def check_order_across(account, logs):
    """--fifo: record k of the (only) log comes before record k + 1 in the stream."""
    before = -1
    for index, record in enumerate(logs[0][1]):
        at = account.locate(record, 0)
        if at < before:
            account.error("record %d was served before record %d" % (index, index - 1))
        before = at


def check_bounds(account, arguments, delivered, first, last, lost):
    if lost > arguments.lost:
        account.error("%d bytes between %d and %d reached nobody, at most %d are explained" %
                      (lost, first, last, arguments.lost))
    if arguments.first is not None and first != arguments.first:
        account.error("the first byte delivered is %d, not %d" % (first, arguments.first))
    if arguments.limit is not None and last > arguments.limit:
        account.error("byte %d was delivered, the fault was at %d" % (last - 1, arguments.limit))
    if arguments.last is not None and last < arguments.last:
        account.error("delivery ends at %d, before %d" % (last, arguments.last))
    if delivered < arguments.least:
        account.error("only %d bytes were delivered" % delivered)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--key", type=int, default=1)
    parser.add_argument("--size", type=int, required=True, help="bytes of the stream to look in")
    parser.add_argument("--lost", type=int, default=0, help="most bytes that may be missing")
    parser.add_argument("--first", type=int, help="offset that the first byte must have")
    parser.add_argument("--last", type=int, help="delivery must reach this offset")
    parser.add_argument("--limit", type=int, help="no byte at or after this offset")
    parser.add_argument("--least", type=int, default=1, help="fewest bytes delivered")
    parser.add_argument("--fifo", action="store_true", help="records of one log are in order")
    parser.add_argument("--doubles", action="store_true", help="bytes of other origin are no error")
    parser.add_argument("--raw", action="store_true", help="a log is plain bytes, one record")
    parser.add_argument("logs", nargs="+")
    return parser.parse_args()


def read_log(path, is_raw):
    if not is_raw:
        return records(path)
    with open(path, "rb") as log:
        data = log.read()
    return [data] if data else []


def main():
    arguments = parse_arguments()
    account = Account(keystream(arguments.key, arguments.size), arguments.doubles)
    logs = [(path, read_log(path, arguments.raw)) for path in arguments.logs]
    account.place_all(logs)
    if arguments.fifo:
        check_order_across(account, logs)
    delivered = sum(size for _, size in account.spans)
    first = min((at for at, _ in account.spans), default=0)
    last = max((at + size for at, size in account.spans), default=0)
    lost = account.owner.count(0, first, last)
    check_bounds(account, arguments, delivered, first, last, lost)
    print("delivered %d first %d last %d lost %d readers %d" %
          (delivered, first, last, lost, len(logs)))
    for text in account.errors[:20]:
        print("account: " + text, file=sys.stderr)
    return 1 if account.errors else 0


if __name__ == "__main__":
    sys.exit(main())
