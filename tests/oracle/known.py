# SPDX-License-Identifier: GPL-3.0-or-later
"""What the known-answer tests share: data, the program under test, the comparison.

TRNG_ORACLE=all takes every file, else those marked as quick; names as arguments take just those.
Integers must be equal, reals within 1e-9 of each other.
"""
import contextlib
import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import data

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("TRNG_BUILD", HERE.parents[1] / "build"))
RELATIVE = 1e-9


def answers(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def choose(every, quick):
    """The names that are asked for, in the order of every."""
    if len(sys.argv) > 1:
        return [name for name in every if name in sys.argv[1:]]
    return [name for name in every if os.environ.get("TRNG_ORACLE") == "all" or name in quick]


class Judge:
    """Counts what was compared and says what differs."""

    def __init__(self):
        self.compared, self.differing = 0, 0

    def same(self, where, wanted, got):
        if isinstance(wanted, (list, tuple)) and isinstance(got, list) and len(wanted) == len(got):
            for i, (want, have) in enumerate(zip(wanted, got)):
                self.same(f"{where}[{i}]", want, have)
            return
        self.compared += 1
        if not self.is_same(wanted, got):
            self.differing += 1
            if self.differing <= 40:
                print(f"{where}: {got!r} instead of {wanted!r}")

    @staticmethod
    def is_same(wanted, got):
        if isinstance(wanted, float) and isinstance(got, (int, float)):
            return math.isclose(wanted, got, rel_tol=RELATIVE, abs_tol=0)
        return type(wanted) is type(got) and wanted == got

    def finish(self):
        print(f"{self.compared} figures compared, {self.differing} differ")
        return 1 if self.differing or not self.compared else 0


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TRNG_TMP")) as name:
        yield name


def make(name, where, sha256=None):
    path = data.make(name, where)
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"{name}: the generator gives other data than the answers are about")
    return path


def evaluate(*arguments):
    """The report of trng-evaluate, as --json gives it."""
    command = [str(BUILD / "bin" / "trng-evaluate"), *map(str, arguments), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(run.stdout)
    except json.JSONDecodeError as error:
        raise SystemExit(f"{' '.join(command)}: exit {run.returncode}, no JSON: {error}\n{run.stderr}")
