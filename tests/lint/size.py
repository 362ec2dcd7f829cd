#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that files stay short, functions shorter, and prints the measure of both."""
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("common", "firmware", "fuse-trng", "httpd", "evaluate", "tests", "ui")
SUFFIXES = {".c", ".h", ".cpp", ".ino", ".sh", ".py", ".js", ".mjs", ".css"}
FILE_LINES = 500
FUNCTION_LINES = 80


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def functions(paths):
    """(file, name, lines) of every C function, as universal-ctags sees them."""
    command = ["ctags", "--languages=C", "--langmap=C:.c.h.ino.cpp", "--kinds-C=f", "--fields=+ne",
               "--output-format=json", "-f", "-", "-L", "-"]
    names = "\n".join(str(path) for path in paths)
    tags = subprocess.run(command, input=names, capture_output=True, text=True, check=True).stdout
    for line in tags.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            yield tag["path"], tag["name"], tag["end"] - tag["line"] + 1


def main():
    paths = list(sources())
    faults = []
    for path in paths:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES:
            faults.append(f"{path.relative_to(ROOT)}: {lines} lines, more than {FILE_LINES}")
    found = list(functions([path for path in paths if path.suffix in (".c", ".h", ".cpp", ".ino")]))
    for path, name, lines in found:
        if lines > FUNCTION_LINES:
            faults.append(f"{pathlib.Path(path).relative_to(ROOT)}: {name}() has {lines} lines, "
                          f"more than {FUNCTION_LINES}")
    print("\n".join(faults))
    lengths = sorted(lines for _, _, lines in found)
    if not lengths:
        print("no function found: is universal-ctags installed?")
        return 1
    print(f"{len(paths)} files, {len(lengths)} functions: median {statistics.median(lengths):.0f}, "
          f"90 % up to {lengths[len(lengths) * 9 // 10]}, longest {lengths[-1]} lines")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
