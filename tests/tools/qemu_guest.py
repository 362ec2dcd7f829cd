#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qemu_guest - what a guest's virtio-rng driver does, without a guest, through QEMU's qtest.

QEMU must have been started with -M pc -qtest unix:SOCKET,server=on,wait=off and a
virtio-rng-pci. Asks for SIZE bytes again and again and appends what it gets to LOG, each answer as a
32-bit length and the bytes. One request is always under way, as with Linux; SIGTERM lets it be the
last. Says "ready" when the device is set up, "done BYTES" at the end. Exit status: 0; 3 QEMU has
gone; 1 it did what it must not.

Facts: Virtual I/O Device (VIRTIO) 1.2, sections 2.7 (the ring), 4.1.4.8 (legacy PCI), 5.4 (entropy
device); PCI Local Bus 3.0, section 3.2.2.3.2 (configuration mechanism); qtest as the head of QEMU's
softmmu/qtest.c describes it.
"""
import argparse
import signal
import socket
import struct
import sys
import time

ADDRESS, DATA = 0xcf8, 0xcfc
VIRTIO_RNG = 0x10051af4
BAR0, COMMAND, IO_AND_MASTER = 0x10, 0x04, 0x05
PORTS = 0xc000
# Registers of a legacy virtio device, from PORTS.
QUEUE_PAGE, QUEUE_SIZE, QUEUE_SELECT, QUEUE_NOTIFY, STATUS = 8, 12, 14, 16, 18
ACKNOWLEDGE, DRIVER, DRIVER_OK = 1, 2, 4
RING, BUFFER, PAGE = 0x100000, 0x200000, 4096
WRITABLE = 2


class Gone(Exception):
    pass


class Machine:
    """The machine's ports and memory."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rw", encoding="ascii", newline="\n")

    def ask(self, *words):
        try:
            self.lines.write(" ".join(word if isinstance(word, str) else hex(word) for word in words) + "\n")
            self.lines.flush()
            answer = self.lines.readline().split()
            while answer and answer[0] == "IRQ":
                answer = self.lines.readline().split()
        except OSError:
            raise Gone() from None
        if not answer:
            raise Gone()
        if answer[0] != "OK":
            sys.exit("qtest: %s: %s" % (words, answer))
        return answer[1] if len(answer) > 1 else ""

    def number(self, *words):
        return int(self.ask(*words), 16)

    def write(self, at, data):
        self.ask("write", at, len(data), "0x" + data.hex())

    def read(self, at, size):
        return bytes.fromhex(self.ask("read", at, size)[2:])


class Entropy:
    """The first virtio-rng on the bus, with one queue."""

    def __init__(self, machine):
        self.machine = machine
        self.asked = 0
        self.find()
        self.start()

    def find(self):
        for slot in range(32):
            self.at = 0x80000000 | slot << 11
            self.machine.ask("outl", ADDRESS, self.at)
            if self.machine.number("inl", DATA) == VIRTIO_RNG:
                return
        sys.exit("no virtio-rng-pci on the bus")

    def configure(self, register, value):
        self.machine.ask("outl", ADDRESS, self.at | register)
        self.machine.ask("outl", DATA, value)

    def start(self):
        ask = self.machine.ask
        self.configure(BAR0, PORTS)
        self.configure(COMMAND, IO_AND_MASTER)
        ask("outb", PORTS + STATUS, 0)
        ask("outb", PORTS + STATUS, ACKNOWLEDGE | DRIVER)
        ask("outw", PORTS + QUEUE_SELECT, 0)
        self.places = self.machine.number("inw", PORTS + QUEUE_SIZE)
        self.available = RING + 16 * self.places
        self.used = (self.available + 4 + 2 * self.places + PAGE - 1) // PAGE * PAGE
        self.machine.write(RING, bytes(2 * PAGE))
        ask("outl", PORTS + QUEUE_PAGE, RING // PAGE)
        ask("outb", PORTS + STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK)

    def request(self, size):
        """Offers one buffer, filled with what the device must overwrite."""
        self.machine.write(BUFFER, b"\xa5" * size)
        self.machine.write(RING, struct.pack("<QIHH", BUFFER, size, WRITABLE, 0))
        self.machine.write(self.available + 4 + 2 * (self.asked % self.places), bytes(2))
        self.asked += 1
        self.machine.write(self.available + 2, struct.pack("<H", self.asked & 0xffff))
        self.machine.ask("outw", PORTS + QUEUE_NOTIFY, 0)

    def answer(self):
        """What came for the request; None: nothing yet."""
        (done,) = struct.unpack("<H", self.machine.read(self.used + 2, 2))
        if done != self.asked & 0xffff:
            return None
        place = self.used + 4 + 8 * ((self.asked - 1) % self.places)
        (size,) = struct.unpack("<I", self.machine.read(place + 4, 4))
        return self.machine.read(BUFFER, size) if size else b""


def say(*words):
    print(*words, flush=True)


class Guest:
    def __init__(self, arguments):
        self.arguments = arguments
        self.is_ending = False
        self.total = 0
        signal.signal(signal.SIGTERM, self.end)

    def end(self, *_):
        self.is_ending = True

    def fetch(self, device, log):
        size = self.arguments.size
        device.request(size)
        got = device.answer()
        while got is None:
            time.sleep(0.005)
            got = device.answer()
        if not 0 < len(got) <= size:
            sys.exit("%d bytes for a request of %d" % (len(got), size))
        log.write(struct.pack("=I", len(got)) + got)
        self.total += len(got)

    def run(self):
        device = Entropy(Machine(self.arguments.socket))
        say("ready")
        with open(self.arguments.log, "ab", buffering=0) as log:
            while not self.is_ending:
                self.fetch(device, log)
        say("done", self.total)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("socket")
    parser.add_argument("log")
    try:
        Guest(parser.parse_args()).run()
    except Gone:
        say("gone")
        sys.exit(3)


if __name__ == "__main__":
    main()
