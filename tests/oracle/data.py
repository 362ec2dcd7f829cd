#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the data that the known answers in this folder are about; the same bytes everywhere.

    data.py [--key HEX] FOLDER [NAME...]       FOLDER/NAME.bin, all of them without a NAME

S is the AES-256-CTR keystream of the key 00 01 02 ... 1f and a zero counter, as
`openssl enc -aes-256-ctr` makes it of zeros; S[i] its byte i, W[i] = 256 S[2i] + S[2i+1].

1,000,000 symbols, one per byte; H is the true min-entropy of a symbol given all before it:
  aes8      8 bit  x_i = S[i]                                               H = 8
  aes2      2 bit  the bit pairs of S[0], S[1], ..., most significant first H = 2
  aes1      1 bit  the bits of S[0], S[1], ..., most significant first      H = 1
  bias1     1 bit  1 if S[i] < 160                                          H = -log2(160/256)
  bias2     2 bit  how many of 112, 160, 208 are <= S[i]                    H = -log2(112/256)
  bias8     8 bit  S[2i] AND S[2i+1]                                        H = 8 log2(4/3)
  corr1     1 bit  x_0 = 0; x_{i-1} if S[i] < 176, else the other           H = -log2(176/256)
  corr2     2 bit  x_0 = 0; x_{i-1} + how many of 136, 176, 216 are <= S[i] H = -log2(136/256)
  corr8     8 bit  x_0 = 0; x_{i-1} if S[2i] < 64, else S[2i+1]             H = -log2(1/4 + 3/1024)
  walk8     8 bit  x_0 = 0; x_{i-1} + (S[i] AND 31)                         H = 5
  restart8  8 bit  S[32000000 + i], 1000 restarts of 1000 samples           H = 8
  restart1  1 bit  the bits of S[40000000:40125000], likewise               H = 1
Packed bits, the oldest the most significant:
  aisrand   4,000,000 bytes of S
  aislong   aisrand with 5 zero bytes from 393216 + 2*2500 + 1000 on: T4 fails in block 2 alone
  aisbias   2,000,000 bytes; bit i is W[i] < 33424
  aisbias3  2,000,000 bytes; bit i is W[i] < 34800
  aiscorr   4,000,000 bytes; b_0 = 0; b_i = b_{i-1} if W[i] < 33424, else the other
  aiscnt    2,000,000 bytes; 0, 1, 2, ... as 16 bits, most significant byte first
"""
import argparse
import array
import pathlib
import subprocess
import sys

SYMBOLS = 1_000_000


class Keystream:
    """S; grows as far as it is asked for."""

    def __init__(self, key):
        self.key, self.bytes = key, b""

    def __getitem__(self, part):
        if len(self.bytes) < part.stop:
            self.bytes = self.run(part.stop)
        return self.bytes[part]

    def run(self, size):
        command = ["openssl", "enc", "-aes-256-ctr", "-nosalt", "-K", self.key, "-iv", "00" * 16,
                   "-in", "/dev/zero"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            stream = process.stdout.read(size)
            process.kill()
        return stream


def table(function):
    """For bytes.translate()."""
    return bytes(function(value) for value in range(256))


def steps(*limits):
    return table(lambda value: sum(value >= limit for limit in limits))


def spread(stream, width):
    """The groups of width bits of each byte, most significant first."""
    groups = [bytes(value >> shift & (1 << width) - 1 for shift in range(8 - width, -1, -width))
              for value in range(256)]
    return b"".join(map(groups.__getitem__, stream))


def pack(bits):
    """Bytes of 0 and 1 to packed bits; in pieces, as Python's numbers get slow when long."""
    digits = bits.translate(table(lambda value: ord("0") + value % 2))
    return b"".join(int(digits[i:i + 80000], 2).to_bytes(len(digits[i:i + 80000]) // 8, "big")
                    for i in range(0, len(digits), 80000))


def accumulate(changes, modulus):
    """x_0 = 0, x_i = x_{i-1} + changes_i."""
    sums, now = bytearray(len(changes)), 0
    for i, change in enumerate(changes):
        if i:
            now = (now + change) % modulus
        sums[i] = now
    return bytes(sums)


def below(stream, count, limit):
    """W[i] < limit as bytes of 0 and 1."""
    words = array.array("H", stream[0:2 * count])
    if sys.byteorder == "little":
        words.byteswap()
    return bytes(word < limit for word in words)


def hold(stream):
    """corr8: the last symbol stays, or a new one comes."""
    held, now = bytearray(SYMBOLS), 0
    for i in range(1, SYMBOLS):
        if stream[2 * i] >= 64:
            now = stream[2 * i + 1]
        held[i] = now
    return bytes(held)


def long_run(stream):
    at = 393216 + 2 * 2500 + 1000
    return stream[:at] + bytes(5) + stream[at + 5:]


OTHER = table(lambda value: 1 - value % 2)
NAMES = {
    "aes8": lambda S: S[0:SYMBOLS],
    "aes2": lambda S: spread(S[0:SYMBOLS // 4], 2),
    "aes1": lambda S: spread(S[0:SYMBOLS // 8], 1),
    "bias1": lambda S: S[0:SYMBOLS].translate(table(lambda value: value < 160)),
    "bias2": lambda S: S[0:SYMBOLS].translate(steps(112, 160, 208)),
    "bias8": lambda S: bytes(a & b for a, b in zip(S[0:2 * SYMBOLS:2], S[1:2 * SYMBOLS:2])),
    "corr1": lambda S: accumulate(S[0:SYMBOLS].translate(steps(176)), 2),
    "corr2": lambda S: accumulate(S[0:SYMBOLS].translate(steps(136, 176, 216)), 4),
    "corr8": lambda S: hold(S[0:2 * SYMBOLS]),
    "walk8": lambda S: accumulate(S[0:SYMBOLS].translate(table(lambda value: value & 31)), 256),
    "restart8": lambda S: S[32 * SYMBOLS:33 * SYMBOLS],
    "restart1": lambda S: spread(S[40 * SYMBOLS:40 * SYMBOLS + SYMBOLS // 8], 1),
    "aisrand": lambda S: S[0:4_000_000],
    "aislong": lambda S: long_run(S[0:4_000_000]),
    "aisbias": lambda S: pack(below(S, 16_000_000, 33424)),
    "aisbias3": lambda S: pack(below(S, 16_000_000, 34800)),
    "aiscorr": lambda S: pack(accumulate(below(S, 32_000_000, 33424).translate(OTHER), 2)),
    "aiscnt": lambda S: b"".join((i & 65535).to_bytes(2, "big") for i in range(1_000_000)),
}


def make(name, folder, key=bytes(range(32)).hex()):
    """Writes folder/name.bin; returns its path."""
    path = pathlib.Path(folder) / f"{name}.bin"
    path.write_bytes(NAMES[name](Keystream(key)))
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", default=bytes(range(32)).hex(), help="64 hexadecimal digits")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("name", nargs="*", choices=[[], *NAMES])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.name or NAMES:
        print(make(name, options.folder, options.key), flush=True)


if __name__ == "__main__":
    main()
