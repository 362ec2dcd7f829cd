#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recomputes docs/HEALTH.md's table of what the running estimate tells of a 128-bit key.

Who knows all symbols of a look but the key's knows how far each value's count stood from the next
rounding border before the key came: at a place as good as uniform within one step, as the steps
are one standard error wide. What he learns of the key is the entropy of what is published, given
that. The entropy of several figures is at most the sum of their entropies: looks and values are
added up, so every line is an upper bound.
"""
import re
import sys
from functools import cache
from math import comb, log2, sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY_BITS = 128
LONG = 2**18
LOOKS = {1: range(13, 19), 2: range(13, 19), 4: [18], 8: [18]}


@cache
def look(window, bits, key):
    """Bits that one look at `window` symbols tells of `key` symbols, summed over the values."""
    p = 0.5**bits
    step = max(1, round(sqrt(window * p * (1 - p))))
    counts = [comb(key, k) * p**k * (1 - p) ** (key - k) for k in range(key + 1)]
    entropy = 0
    for place in range(step):
        cells = [0.0] * ((place + key) // step + 1)
        for k, chance in enumerate(counts):
            cells[(place + k) // step] += chance
        entropy -= sum(chance * log2(chance) for chance in cells if chance > 0)
    return entropy / step / p


def row(bits):
    """The first look, all looks of the worst place, and any place after 2^17 symbols."""
    key = KEY_BITS // bits
    looks = [look(2**power, bits, key) for power in LOOKS[bits]]
    # A long window's end may cut the key in two, and each part is looked at once.
    late = max(look(LONG, bits, part) + look(LONG, bits, key - part) for part in range(key + 1))
    return looks[0], max(sum(looks), late), late


def main():
    text = (ROOT / "docs/HEALTH.md").read_text(encoding="utf-8")
    failures = []
    for bits in LOOKS:
        computed = " | ".join(f"{figure:.2f}" for figure in row(bits))
        if f"\n| {bits} | {computed} |\n" not in text:
            stated = re.search(rf"^\| {bits} (\| \d\.\d\d ){{3}}\|$", text, re.M)
            failures.append(f"states {stated[0] if stated else 'nothing'}, is {computed}")
    for failure in failures:
        print(f"figures_leak: {failure}", file=sys.stderr)
    print(f"figures_leak: {'FAIL' if failures else 'the table is what it should be'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
