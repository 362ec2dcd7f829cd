#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_numbers - getRandom for every width: http_numbers.py URL STATUS-FILE LOG [SOURCE]

For numBits 1..130 and some quantities: as many strings as asked, each of ceil(numBits / 4)
uppercase hex digits, each below 2^numBits, and SOURCE_bytes (random) of the status file grows by
ceil(numBits * quantity / 8) bytes, no more. LOG gets the whole bytes that the numbers were cut from, for account.py.
"""
import http.client
import json
import re
import struct
import sys
import urllib.parse

WIDTHS = range(1, 131)
QUANTITIES = (1, 3, 10)


def drawn_bytes(status, source):
    with open(status, encoding="ascii") as lines:
        return next(int(line.split("=")[1]) for line in lines if line.startswith(f"{source}_bytes="))


def ask(connection, bits, quantity, source):
    connection.request("GET", f"/trng/randomNum/getRandom?numBits={bits}&quantity={quantity}&source={source}")
    reply = connection.getresponse()
    body = reply.read()
    assert reply.status == 200, f"{reply.status} {body!r}"
    assert reply.headers["Content-Type"].startswith("application/json"), reply.headers
    assert reply.headers["Trng-Source"] == source, reply.headers
    return json.loads(body)


def check(numbers, bits, quantity):
    assert isinstance(numbers, list) and len(numbers) == quantity, numbers
    for number in numbers:
        assert isinstance(number, str), numbers
        assert re.fullmatch("[0-9A-F]{%d}" % -(-bits // 4), number), number
        assert int(number, 16) < 2 ** bits, number


def source_bytes(numbers, bits):
    """The bytes of the one bit string that are whole."""
    text = "".join(format(int(number, 16), f"0{bits}b") for number in numbers)
    return bytes(int(text[at:at + 8], 2) for at in range(0, len(text) - 7, 8))


def main():
    url, status, log_path, source = (sys.argv[1:] + ["random"])[:4]
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    faults = requests = numbers_seen = 0
    with open(log_path, "wb") as log:
        for bits, quantity in ((b, q) for b in WIDTHS for q in QUANTITIES):
            requests += 1
            before = drawn_bytes(status, source)
            try:
                numbers = ask(connection, bits, quantity, source)
                check(numbers, bits, quantity)
                drawn = drawn_bytes(status, source) - before
                due = -(-bits * quantity // 8)
                assert drawn == due, f"{drawn} bytes drawn, not {due}"
            except (AssertionError, ValueError) as error:
                faults += 1
                print(f"numBits={bits}&quantity={quantity}: {error}")
                continue
            numbers_seen += quantity
            whole = source_bytes(numbers, bits)
            log.write(struct.pack("=I", len(whole)) + whole)
    print(f"{requests} requests, {numbers_seen} numbers, {faults} faults")
    return 1 if faults or not numbers_seen else 0


if __name__ == "__main__":
    sys.exit(main())
