#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recomputes, exactly, every critical value that the tests and docs/HEALTH.md state.

Fractions of integers and 120-digit decimals only: nothing here shares a line with the C code.
"""
import re
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from math import comb, factorial
from pathlib import Path

getcontext().prec = 120
ROOT = Path(__file__).resolve().parents[2]
ALPHAS = (20, 30, 40)
YEAR_S = 365 * 86400
BYTES_S = {"60 bit/s": Fraction(15, 2), "9600 baud": 960, "115200 baud": 11520}
LN2 = Decimal(2).ln()

failures = []


def expect(where, stated, computed):
    if stated != computed:
        failures.append(f"{where}: states {stated}, is {computed}")


def power_of_half(entropy):
    """2^-H to 120 digits."""
    return (-(Decimal(entropy) * LN2)).exp()


def log2(x):
    return x.ln() / LN2


def repetition(entropy, a):
    """SP 800-90B 4.4.1: 1 + ceil(a / H) for alpha = 2^-a."""
    return 1 - (-Fraction(a) // Fraction(entropy))


def terms(n, p):
    """P(X = k) for k = 0..n of Binomial(n, p)."""
    q = 1 - p
    return [comb(n, k) * p**k * q ** (n - k) for k in range(n + 1)]


def tails(n, p):
    """P(X >= k) for k = 0..n+1."""
    out = [Decimal(0)]
    for term in reversed(terms(n, p)):
        out.append(out[-1] + term)
    return out[::-1]


def critical(n, p, a):
    """Smallest C with P(X >= C) <= 2^-a: the standard's 1 + CRITBINOM(n, p, 1 - alpha)."""
    alpha = Decimal(1) / 2**a
    return next(c for c, tail in enumerate(tails(n, p)) if tail <= alpha)


def chunk_single(limit):
    """P(Bin(100, 1/256) > limit)."""
    return Fraction(sum(comb(100, k) * 255 ** (100 - k) for k in range(limit + 1, 101)), 256**100)


def chunk_any(limit):
    """1 - 100!/256^100 [x^100] (sum_{j<=limit} x^j/j!)^256, in integers."""
    scale = factorial(limit)
    base = [scale // factorial(j) for j in range(limit + 1)]
    power = base
    for _ in range(8):
        square = [0] * min(101, 2 * len(power) - 1)
        for i, a in enumerate(power):
            for j, b in enumerate(power[: 101 - i]):
                square[i + j] += a * b
        power = square
    return 1 - Fraction(power[100] * factorial(100), scale**256 * 256**100)


def rows_after(text, marker):
    """The rows of numbers of the table behind the comment that begins with `marker`."""
    start = text.index(marker)
    table = text[text.index("= {", start) + 3 : text.index("};", start)]
    return [re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", row) for row in table.strip().splitlines()]


def check_unit_tables():
    text = (ROOT / "tests/unit/cutoff.c").read_text()
    for row in rows_after(text, "/* lint: repetition"):
        for a, stated in zip(ALPHAS, row[1:]):
            expect(f"repetition H={row[0]} 2^-{a}", int(stated), repetition(row[0], a))
    for row in rows_after(text, "/* lint: proportion"):
        p, window = power_of_half(row[0]), int(row[1])
        strict = tails(window - 1, p)
        for i, a in enumerate(ALPHAS):
            cutoff = int(row[2 + i])
            expect(f"proportion H={row[0]} W={window} 2^-{a}", cutoff, critical(window, p, a))
            if abs(log2(strict[cutoff - 1]) - Decimal(row[5 + i])) > Decimal("1e-9"):
                failures.append(f"proportion H={row[0]} W={window} 2^-{a}: log2 P {row[5 + i]}")
    for limit, stated_any, stated_single in rows_after(text, "/* lint: chunk"):
        for stated, exact in ((stated_any, chunk_any), (stated_single, chunk_single)):
            expect(f"chunk limit {limit}", stated, f"{float(exact(int(limit))):.12e}")
    literals = re.findall(r"cutoff_repetition\(([\d.]+), 0x1p-(\d+)\), (\d+)\)", text)
    for entropy, a, stated in literals:
        expect(f"repetition H={entropy} 2^-{a}", int(stated), repetition(entropy, int(a)))
    literal = re.search(r"cutoff_binomial\(512, exp2\(-1.9\), 0x1p-30\), (\d+)\)", text)
    expect("proportion H=1.9 2^-30", int(literal[1]), critical(512, power_of_half("1.9"), 30))


def check_document():
    """The limits in HEALTH: `| limit | P(chunk) | a year at each rate |`."""
    text = (ROOT / "docs/HEALTH.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([0-9.e-]+) \| ([0-9.e+-]+) \| (\S+) \| (\S+) \|$", text, re.M)
    if not rows:
        failures.append("docs/HEALTH.md: no table of chunk limits")
    for limit, stated, *yearly in rows:
        exact = chunk_any(int(limit))
        expect(f"HEALTH limit {limit}", stated, f"{float(exact):.4g}")
        for (name, rate), figure in zip(BYTES_S.items(), yearly):
            computed = float(exact * Fraction(rate) / 100 * YEAR_S)
            expect(f"HEALTH limit {limit} at {name}", figure, f"{computed:.3g}")


def main():
    check_unit_tables()
    check_document()
    for failure in failures:
        print(f"cutoffs: {failure}", file=sys.stderr)
    print(f"cutoffs: {'FAIL' if failures else 'all critical values are exact'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
