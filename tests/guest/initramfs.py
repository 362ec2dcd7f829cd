#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""initramfs - packs files for a guest's kernel: initramfs.py OUT NAME=FILE...

The form is cpio "newc" as Linux describes it in driver-api/early-userspace/buffer-format.rst; names
may have folders, which are made.
"""
import os
import sys

FOLDER, FILE, DEVICE = 0o040755, 0o100755, 0o020600


class Archive:
    def __init__(self, out):
        self.out = out
        self.number = 0
        self.folders = set()

    def pad(self):
        self.out.write(bytes(-self.out.tell() % 4))

    def entry(self, name, mode, data=b"", device=(0, 0)):
        self.number += 1
        encoded = name.encode() + b"\0"
        fields = (self.number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
        self.out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + encoded)
        self.pad()
        self.out.write(data)
        self.pad()

    def folder(self, name):
        if name and name not in self.folders:
            self.folder(os.path.dirname(name))
            self.folders.add(name)
            self.entry(name, FOLDER)

    def file(self, name, path):
        self.folder(os.path.dirname(name))
        with open(path, "rb") as source:
            self.entry(name, FILE, source.read())


def main():
    with open(sys.argv[1], "wb") as out:
        archive = Archive(out)
        for folder in ("dev", "proc", "sys", "mnt", "run", "tmp"):
            archive.folder(folder)
        archive.entry("dev/console", DEVICE, device=(5, 1))
        for argument in sys.argv[2:]:
            name, path = argument.split("=", 1)
            archive.file(name.lstrip("/"), path)
        archive.entry("TRAILER!!!", 0)


if __name__ == "__main__":
    main()
