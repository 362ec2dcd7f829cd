#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the web page stays small, asks nobody else, and puts no text in as markup."""
import pathlib
import re
import sys

UI = pathlib.Path(__file__).resolve().parents[2] / "ui"
MOST_BYTES = 60_000

# What never stands in the page's own code, and why.
NEVER = {
    r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|setHTMLUnsafe": "makes markup of text",
    r"\beval\(|new Function\(": "makes code of text",
    r"https?://(?!www\.w3\.org/2000/svg)|[\"'(]//": "leads to another host",
    r"[\"'(=]/[a-z]": "begins with a slash: below a proxy's path it would lead out",
    r"<script(?![^>]*\bsrc=)|<style\b": "is inline: the page's policy forbids it",
    r"<[^>]*\s(style|on[a-z]+)=": "is inline: the page's policy forbids it",
}


def faults():
    for path in sorted(UI.rglob("*")):
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for pattern, why in NEVER.items():
                if re.search(pattern, line):
                    yield f"{path.relative_to(UI.parent)}:{number}: {line.strip()}: {why}"


def main():
    found = list(faults())
    size = sum(path.stat().st_size for path in UI.rglob("*") if path.is_file())
    if size >= MOST_BYTES:
        found.append(f"ui/: {size} bytes, not under {MOST_BYTES}")
    print("\n".join(found + [f"{size} bytes of the page's own code, {len(found)} faults"]))
    sys.exit(bool(found))


main()
