#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks who includes whom: the layers of the project, as a table."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder: the folders whose headers it may include besides its own. The longest prefix counts.
LAYERS = {
    "common": [],
    "firmware/core": [],
    "firmware/nodemcu": ["firmware/core"],
    "firmware/uno": ["firmware/core"],
    "firmware/twin": ["firmware/core", "common"],
    "firmware/emulator": ["firmware/twin", "firmware/core", "common"],
    "fuse-trng/device": ["common"],
    "fuse-trng/health": ["common"],
    "fuse-trng/source": ["fuse-trng/health", "common"],
    "fuse-trng/fs": ["fuse-trng/source", "common"],
    "fuse-trng/selftest": ["fuse-trng/source", "fuse-trng/health", "common"],
    "fuse-trng": ["fuse-trng/device", "fuse-trng/health", "fuse-trng/source", "fuse-trng/fs",
                  "fuse-trng/selftest", "common"],
    "httpd": ["common"],
    "evaluate/core": [],
    "evaluate/basic": ["evaluate/core"],
    "evaluate/sp800_90b": ["evaluate/core"],
    "evaluate/ais31": ["evaluate/sp800_90b", "evaluate/core"],
    "evaluate/report": ["evaluate/core", "common"],
    "evaluate/collect": ["evaluate/report", "evaluate/core", "common"],
    "evaluate": ["evaluate/core", "evaluate/basic", "evaluate/sp800_90b", "evaluate/ais31",
                 "evaluate/report", "evaluate/collect", "common"],
}

# Only this file of fuse-trng joins device, source and fs.
JOINS = {"fuse-trng/main.c"}

# system header: the folders that may know what it stands for.
OWNED = {
    r"fuse.*\.h|linux/fuse\.h": ["fuse-trng/fs"],
    r"libserialport\.h": ["fuse-trng/device"],
    r"termios\.h|pty\.h": ["fuse-trng/device", "firmware/twin", "firmware/emulator"],
    r"simavr/.*": ["firmware/emulator"],
    r"confuse\.h": ["common"],
    r"openssl/.*": ["fuse-trng/source", "httpd", "evaluate", "evaluate/collect"],
    r"microhttpd\.h": ["httpd"],
    r"pthread\.h|threads\.h": ["fuse-trng", "httpd", "evaluate/basic"],
    r"gsl/.*|omp\.h": ["evaluate/basic", "evaluate/sp800_90b", "evaluate/ais31"],
    r"divsufsort.*\.h|bzlib\.h": ["evaluate/sp800_90b"],
    r"stdio\.h|jansson\.h|unistd\.h|fcntl\.h|time\.h|sys/(?!types).*": [
        "common", "firmware/twin", "firmware/emulator", "fuse-trng", "fuse-trng/device", "fuse-trng/source",
        "fuse-trng/fs", "fuse-trng/selftest", "httpd", "evaluate", "evaluate/report", "evaluate/collect"],
}

# The headers that need no operating system (C11, 4p6); float.h is left out with its type.
FREESTANDING = {"iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
                "stdint.h", "stdnoreturn.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    """The layer that a path from the root belongs to, or None."""
    folder = str(pathlib.PurePosixPath(path).parent)
    while folder != ".":
        if folder in LAYERS:
            return folder
        folder = str(pathlib.PurePosixPath(folder).parent)
    return None


def target_of(source, name):
    """The path from the root that source means by "name"."""
    beside = pathlib.PurePosixPath(source).parent / name
    return str(beside) if (ROOT / beside).is_file() else name


def judge_own(source, layer, name):
    target = target_of(source, name)
    other = layer_of(target)
    if not (ROOT / target).is_file():
        return f'includes "{name}", which is not there'
    if other is None:
        return f'includes "{name}", which is in no layer'
    if other != layer and other not in LAYERS[layer]:
        return f'{layer} must not include {other} ("{name}")'
    return None


def judge_system(layer, name):
    if layer == "firmware/core" and name not in FREESTANDING:
        return f"<{name}> is no freestanding header"
    for pattern, folders in OWNED.items():
        if re.fullmatch(pattern, name) and layer not in folders:
            return f"<{name}> belongs to {', '.join(folders)}"
    return None


def judge_joins(source, names):
    """Of fuse-trng's own files, only main.c may know device, source and fs together."""
    known = {layer_of(target_of(source, name)) for name in names}
    if {"fuse-trng/device", "fuse-trng/source", "fuse-trng/fs"} <= known and source not in JOINS:
        return "joins device, source and fs, which is main.c's part"
    return None


def check(source):
    layer = layer_of(source)
    found = INCLUDE.findall((ROOT / source).read_text(encoding="utf-8"))
    faults = [judge_own(source, layer, name) if kind == '"' else judge_system(layer, name)
              for kind, name in found]
    faults.append(judge_joins(source, [name for kind, name in found if kind == '"']))
    return [f"{source}: {fault}" for fault in faults if fault]


def main():
    sources = [str(path.relative_to(ROOT)) for folder in ("common", "firmware", "fuse-trng", "httpd",
                                                          "evaluate")
               for path in sorted((ROOT / folder).rglob("*"))
               if path.suffix in (".c", ".h", ".cpp", ".ino") and path.is_file()]
    faults = [fault for source in sources for fault in check(source)]
    print("\n".join(faults) if faults else f"{len(sources)} files keep to their layers")
    return 1 if faults or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
