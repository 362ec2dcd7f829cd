#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board on a pty that answers `id` with anything: odd_board.py PIECE... --link PATH

Each PIECE, with Python's escapes, is sent on its own, PAUSE_S after the one before. Hears on, off
and id like tests/tools/board.c; while on it sends random bytes. Prints "heard 'WORD'" for all that
one read of the line gave.
"""
import argparse
import ast
import os
import select
import signal
import sys
import time
import tty

PAUSE_S = 0.03
SETTLE_S = 0.01
BURST_BYTES, BURST_S = 512, 0.02


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--link", required=True)
    parser.add_argument("pieces", nargs="*", metavar="PIECE")
    options = parser.parse_args()
    options.pieces = [ast.literal_eval(f'b"""{piece}"""') for piece in options.pieces]
    return options


def plug(link):
    master, slave = os.openpty()  # slave stays open, so that a closing daemon is no hang-up
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), link + ".new")
    os.rename(link + ".new", link)
    return master


def answer(master, pieces):
    for i, piece in enumerate(pieces):
        time.sleep(PAUSE_S if i else 0)
        while piece:
            piece = piece[os.write(master, piece):]


def run(master, pieces):
    text, due_s = b"", None  # due_s: when the next bytes are sent, None: off
    while True:
        wait_s = None if due_s is None else max(0, due_s - time.monotonic())
        if master in select.select([master], [], [], wait_s)[0]:
            heard = os.read(master, 4096)
            print("heard", ascii(heard)[1:], flush=True)
            for byte in heard:
                text = (text + bytes([byte]))[-3:]
                if text.endswith(b"on"):
                    due_s = time.monotonic() + SETTLE_S
                elif text == b"off":
                    due_s = None
                elif text.endswith(b"id"):
                    answer(master, pieces)
        elif due_s is not None:
            os.write(master, os.urandom(BURST_BYTES))
            due_s += BURST_S


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    master = plug(options.link)
    try:
        run(master, options.pieces)
    finally:
        os.unlink(options.link)


if __name__ == "__main__":
    main()
