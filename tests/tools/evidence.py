#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""evidence - hold records of alarms against all that readers got from a board of tests/tools/board.c.

evidence.py FOLDER FILE...: symbols of the records in FOLDER must occur in none of the FILEs (bytes
that were delivered), and in one record only. The board's stream is AES of a counter, so that no piece
of MARK_BYTES comes twice; pieces of its faults (few values, or a period) are left out.
Prints "records N before N after N". Exit status: 0 all is so, 1 not.
"""
import pathlib
import sys

MARK_BYTES = 16
LEAST_VALUES = 10  # different bytes of a piece that is not of a fault ...
PERIOD = 8         # ... of which no more than two come again after so many


def symbols(path):
    """The symbols before and after the alarm of one record."""
    found = {"before": b"", "after": b""}
    lengths = {}
    for line in path.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition("=")
        if key in found:
            found[key] += bytes.fromhex(value)
        elif key.removesuffix("_bytes") in found:
            lengths[key.removesuffix("_bytes")] = int(value)
    for key, value in found.items():
        if len(value) != lengths[key]:
            print(f"{path.name}: {len(value)} bytes {key}, not {lengths[key]}")
            sys.exit(1)
    return found


def pieces(data):
    for at in range(0, len(data) - MARK_BYTES + 1):
        piece = data[at:at + MARK_BYTES]
        again = sum(piece[i] == piece[i + PERIOD] for i in range(MARK_BYTES - PERIOD))
        if len(set(piece)) >= LEAST_VALUES and again <= 2:
            yield piece


def main():
    records = {path: symbols(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.txt"))}
    delivered = set()
    for name in sys.argv[2:]:
        delivered.update(pieces(pathlib.Path(name).read_bytes()))
    faults = []
    seen = {}
    for path, found in records.items():
        for piece in set(pieces(found["before"] + found["after"])):
            if piece in delivered:
                faults.append(f"{path.name}: {piece.hex()} was delivered")
            if seen.setdefault(piece, path) != path:
                faults.append(f"{path.name}: {piece.hex()} is in {seen[piece].name} as well")
    print("\n".join(faults[:5]))
    print(f"records {len(records)} before {sum(len(r['before']) for r in records.values())} "
          f"after {sum(len(r['after']) for r in records.values())}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
