#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_file - what a file of generateTestdata was made of: http_file.py bin|txt BITS FILE OUT

Checks size and form (bin: the number, big-endian, zero bits in front; txt: characters 0 and 1) and
writes to OUT the whole bytes of the source's bit string, for account.py --raw.
"""
import re
import sys


def bits_of_bin(data, bits):
    assert len(data) == -(-bits // 8), f"{len(data)} bytes"
    number = int.from_bytes(data, "big")
    assert number < 2 ** bits, f"a bit in front of {bits} bits is not zero"
    return format(number, f"0{bits}b")


def bits_of_txt(data, bits):
    text = data.decode("ascii")
    assert re.fullmatch("[01]{%d}" % bits, text), f"{len(text)} characters: {text[:80]!r}"
    return text


def main():
    form, bits, path, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = {"bin": bits_of_bin, "txt": bits_of_txt}[form](data, bits)
    except (AssertionError, UnicodeDecodeError) as error:
        print(f"{form}, {bits} bits: {error}")
        return 1
    whole = bits - bits % 8
    with open(out, "wb") as file:
        file.write(int(text[:whole], 2).to_bytes(whole // 8, "big") if whole else b"")
    return 0


if __name__ == "__main__":
    sys.exit(main())
