#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs the core as a library for the Arduino IDE: zip.py BUILD OUTPUT

BUILD is what `id` is to answer as the source; the version is the core's own. The same input gives
the same bytes: names are sorted, dates fixed, and nothing is compressed, because compressors differ.
"""
import pathlib
import re
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "trng-core"
OLDEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say
FILE_MODE = 0o100644 << 16
UNIX = 3

# path in the library: path in the tree. An IDE finds an example by folder and sketch of one name,
# and compiles what lies beside the sketch with it.
FILES = {
    "library.properties": "firmware/library/library.properties",
    "README.md": "firmware/library/README.md",
    "COPYING": "COPYING",
    "examples/nodemcu/nodemcu.ino": "firmware/nodemcu/nodemcu.ino",
    "examples/nodemcu/uno.cpp": "firmware/uno/uno.cpp",
}


def find_one(pattern, text):
    found = re.findall(pattern, text, re.M)
    if len(found) != 1:
        sys.exit(f"zip.py: /{pattern}/ is {len(found)} times in the core, not once")
    return found[0]


def bake(header, build):
    """The header whose default build is this one: in the IDE nobody defines TRNG_BUILD."""
    default = find_one(r'^#define TRNG_BUILD ".*"$', header)
    return header.replace(default, f'#define TRNG_BUILD "{build}"')


def contents(build):
    """path in the library -> text."""
    texts = {path: (ROOT / source).read_text(encoding="utf-8") for path, source in FILES.items()}
    for source in (ROOT / "firmware/core").glob("*.[ch]"):
        texts[f"src/{source.name}"] = source.read_text(encoding="utf-8")
    header = texts["src/trng_core.h"]
    version = find_one(r'^#define TRNG_VERSION "(.*)"$', header)
    texts["src/trng_core.h"] = bake(header, build)
    for path in ("library.properties", "README.md"):
        texts[path] = texts[path].replace("@VERSION@", version).replace("@BUILD@", build)
    return texts


def main():
    if len(sys.argv) != 3 or not re.fullmatch(r"[!#-\[\]-~]+", sys.argv[1]):
        sys.exit(__doc__)
    with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_STORED) as archive:
        for path, text in sorted(contents(sys.argv[1]).items()):
            entry = zipfile.ZipInfo(f"{NAME}/{path}", OLDEST)
            entry.create_system = UNIX
            entry.external_attr = FILE_MODE
            archive.writestr(entry, text)


if __name__ == "__main__":
    main()
