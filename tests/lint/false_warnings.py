#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recomputes docs/HEALTH.md's table of how often the running estimate warns by chance.

A look at n symbols warns when the largest count, rounded to a multiple of one step, exceeds the
claim even less half a step and its margin of 99 %: that is from one count on. How often a value
reaches it is a binomial tail. Values hinder each other, so that with m of equal probability and a
tail t the look warns with a probability from 1 - (1 - t)^m to m t; the table has the former.
"""
import re
import sys
from math import exp, expm1, floor, lgamma, log, log1p, sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
YEAR_S = 365 * 86400
LONG = 2**18
# Bits per symbol, claim, bit/s: the kinds of device, then claims of full entropy and of 95 %.
ROWS = [(2, 1.9, 60), (8, 7.5, 640000), (8, 4.0, 92160),
        (1, 0.95, 60), (4, 3.8, 60), (1, 1.0, 60), (2, 2.0, 60), (4, 4.0, 60), (8, 8.0, 60)]


def first_warning(bits, n, claim):
    """The smallest count of a value at which a look at n symbols warns."""
    p, allowed = 0.5**bits, 2.0**-claim
    step = max(1, floor(sqrt(n * p * (1 - p)) + 0.5))
    rounded = step
    while True:
        q = (rounded - step / 2) / n
        if q - 2.576 * sqrt(q * (1 - q) / (n - 1)) > allowed:
            return rounded - step // 2
        rounded += step


def tail(n, p, count):
    """P(Binomial(n, p) >= count), count above the mean."""
    term = exp(lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1)
               + count * log(p) + (n - count) * log1p(-p))
    total = 0.0
    while count <= n and term > total * 1e-17:
        total += term
        term *= (n - count) / (count + 1) * p / (1 - p)
        count += 1
    return total


def look(bits, n, claim, entropy):
    """P(a look warns) of the worst source with so much min-entropy: all values that fit at 2^-H."""
    p = 2.0**-entropy
    many = floor(1 / p + 1e-9)
    return -expm1(many * log1p(-tail(n, p, first_warning(bits, n, claim))))


def row(bits, claim, rate):
    """Shares that warn at the first and at a long look; of two sources: a long look, begun a year."""
    looks = rate / bits * YEAR_S / LONG
    shortest = 2**14 if bits <= 2 else LONG
    cells = [f"{first_warning(bits, n, claim) / n:.4f}" for n in (shortest, LONG)]
    for entropy in (bits, claim):
        chance = look(bits, LONG, claim, entropy)
        # It begins at a look that warns after one that does not.
        cells += [f"{value:.2g}" if value > 1e-12 else "0" for value in
                  (chance, looks * chance * (1 - chance))]
    return cells


def main():
    text = (ROOT / "docs/HEALTH.md").read_text(encoding="utf-8")
    failures = []
    for bits, claim, rate in ROWS:
        start = f"| {bits} | {claim:.2f} | {rate} |"
        line = f"{start} {' | '.join(row(bits, claim, rate))} |"
        if f"\n{line}\n" not in text:
            stated = re.search(rf"^{re.escape(start)}.*$", text, re.M)
            failures.append(f"states {stated[0] if stated else 'nothing'}, is {line}")
    for failure in failures:
        print(f"false_warnings: {failure}", file=sys.stderr)
    print(f"false_warnings: {'FAIL' if failures else 'the table is what it should be'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
