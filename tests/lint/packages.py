#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the Makefile's package list covers the headers and commands that the tree uses.

A header or a command is found on this machine and dpkg is asked which package it came with. What
comes with the C library, with an essential package or with a dependency of a listed package is
there anyway. Commands are recognised by name from a table of those a test may want: a script's
words cannot be told from its data by a small program, a known name can. What a test does without
(it says so and skips) is not in the table.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("common", "firmware", "fuse-trng", "httpd", "evaluate", "tests", "examples", ".ci")
COMMANDS = """attr avr-gcc avr-nm avr-objcopy avr-objdump avr-size bc chromium clang ctags curl dc ent expect
fusermount3 gdb getfattr inotifywait jq killall lsof mount nc ncat node openssl pgrep pkill ps python3
rngd rngtest script setfattr setpriv setsid socat strace stty tcpdump umount unshare valgrind vmstat
watch xtensa-lx106-elf-gcc xtensa-lx106-elf-nm xxd""".split()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def listed():
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    return {package for words in re.findall(r"^(?:CHECK_|BENCH_)?PACKAGES\s*:=(.*)$", text, re.M)
            for package in words.split()}


def owners_of(paths):
    """path -> packages that brought it; with merged /usr dpkg may know it by the other name."""
    real = {path: str(pathlib.Path(path).resolve()) for path in paths}
    names = {name for path in real.values() for name in (path, path.removeprefix("/usr"))}
    owners = {}
    for line in run("dpkg-query", "-S", *names).splitlines():
        packages, _, path = line.rpartition(": ")
        owners.setdefault("/usr" + path.removeprefix("/usr"), set()).update(
            package.split(":")[0] for package in packages.split(", "))
    return {path: owners.get("/usr" + place.removeprefix("/usr"), set())
            for path, place in real.items()}


def with_dependencies(packages):
    """packages, what they depend on, and what every Debian has."""
    state = run("dpkg-query", "-W", "-f",
                "${Package}\t${Essential}\t${Priority}\t${Pre-Depends}, ${Depends}\n")
    needs, known = {}, set(packages)
    for line in state.splitlines():
        name, essential, priority, depends = line.split("\t")
        needs[name] = {re.split(r"[ :(]", part.strip())[0] for part in re.split(r"[,|]", depends)}
        if essential == "yes" or priority == "required":
            known.add(name)
    todo = list(known)
    while todo:
        for name in needs.get(todo.pop(), ()):
            if name and name not in known:
                known.add(name)
                todo.append(name)
    return known


def used(folder_files):
    """(file, thing, path) for each system header and known command of the tree."""
    include = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.M)
    command = re.compile(r"(?<![\w./-])(" + "|".join(map(re.escape, COMMANDS)) + r")(?![\w./=-])")
    places = ["/usr/include", "/usr/include/fuse3", "/usr/include/x86_64-linux-gnu"]
    for path in folder_files:
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix in (".c", ".h"):
            for name in include.findall(text):
                for place in places:
                    if (pathlib.Path(place) / name).is_file():
                        yield path, f"<{name}>", f"{place}/{name}"
        elif path.suffix == ".sh" or path.parent.name == ".ci":
            text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
            for name in set(command.findall(text)):
                yield path, name, shutil.which(name)


def main():
    if not shutil.which("dpkg-query"):
        print("no dpkg here to ask")
        return 77
    there = with_dependencies(listed())
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))
             if path.is_file() and "corpus" not in path.parts]
    uses = list(used(files))
    owners = owners_of({place for _, _, place in uses if place})
    faults = set()
    for path, thing, place in uses:
        name = path.relative_to(ROOT)
        if place is None:
            faults.add(f"{name}: {thing} is not installed, so no listed package brings it")
        elif owners[place] and not owners[place] & there:
            faults.add(f"{name}: {thing} comes with {', '.join(sorted(owners[place]))}, not listed")
    print("\n".join(sorted(faults)) or f"{len(listed())} packages cover {len(files)} files")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
