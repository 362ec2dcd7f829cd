# SPDX-License-Identifier: GPL-3.0-or-later
# lib - what tests that build the firmware use: a work folder, make, steps, and a clean end.
# shellcheck shell=bash
#
# A test sources this file, calls run_step for each claim, and ends with finish. Environment:
#   TRNG_BUILD  build folder (./build of the tree)      TRNG_TMP   where the work folder is made

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TRNG_BUILD:-$ROOT/build}
SELF=$(basename "$0" .sh)
ARDUINO_AVR=${ARDUINO_AVR:-/usr/share/arduino/hardware/arduino/avr}
export LC_ALL=C

STEPS=0 FAILED=0 STEP_FAILED=0

for tool in avr-gcc xtensa-lx106-elf-gcc; do
    command -v $tool >/dev/null || {
        echo "SKIP $SELF: no $tool"
        exit 77
    }
done
WORK=$(mktemp -d "${TRNG_TMP:-/tmp}/trng-$SELF.XXXXXX") || exit 1
trap 'rm -rf --one-file-system "$WORK"' EXIT
trap 'exit 130' INT TERM

# run_step TEXT COMMAND...: runs it in this shell; fails if it does, or if an expectation in it did.
run_step() {
    local text=$1
    shift
    STEPS=$((STEPS + 1)) STEP_FAILED=0
    "$@" || STEP_FAILED=1
    if [ $STEP_FAILED = 0 ]; then
        echo "ok   $text"
    else
        echo "FAIL $text"
        FAILED=$((FAILED + 1))
    fi
}

problem() {
    echo "     $*"
    STEP_FAILED=1
}

finish() {
    echo "$SELF: $((STEPS - FAILED)) of $STEPS steps passed"
    exit $((FAILED > 0))
}

expect_eq() { # WHAT GOT EXPECTED
    [ "$2" = "$3" ] || problem "$1: got '$2', expected '$3'"
}

expect_line() { # PATTERN FILE
    grep -Eq -- "$1" "$2" || problem "no line with /$1/ in $(basename "$2"): $(head -c 600 "$2")"
}

# make_in FOLDER ARGS...: make there, apart from a make that runs this test; what it says in out.
make_in() {
    local folder=$1
    shift
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$folder" --no-print-directory "$@" >"$WORK/out" 2>&1
}

version() {
    sed -n 's/^#define TRNG_VERSION "\(.*\)"/\1/p' "$ROOT/firmware/core/trng_core.h"
}

tree_hash() { # FOLDER: of the core's sources in it, as the Makefile makes it
    (cd "$1" && cat firmware/core/*.[ch]) | sha256sum | cut -c1-12
}
