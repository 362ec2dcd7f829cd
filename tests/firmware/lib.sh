# SPDX-License-Identifier: GPL-3.0-or-later
# lib - what tests that build the firmware use: compilers, a work folder, make, and a clean end.
# shellcheck shell=bash
#
# A test sources this file, which brings ../steps.sh. Environment:
#   TRNG_BUILD  build folder (./build of the tree)      TRNG_TMP   where the work folder is made

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${TRNG_BUILD:-$ROOT/build}
ARDUINO_AVR=${ARDUINO_AVR:-/usr/share/arduino/hardware/arduino/avr}
export LC_ALL=C

. "$ROOT/tests/steps.sh"

for tool in avr-gcc avr-g++ xtensa-lx106-elf-gcc xtensa-lx106-elf-g++; do
    command -v $tool >/dev/null || skip "no $tool"
done
[ -e "$ARDUINO_AVR/cores/arduino/Arduino.h" ] || skip "no Arduino core in $ARDUINO_AVR"
WORK=$(mktemp -d "${TRNG_TMP:-/tmp}/trng-$SELF.XXXXXX") || exit 1
trap 'rm -rf --one-file-system "$WORK"' EXIT
trap 'exit 130' INT TERM

# make_in FOLDER ARGS...: output in $WORK/out. Flags of a `make check` around us are not ours, and
# packages are not installed by a test.
make_in() {
    local folder=$1
    shift
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$folder" --no-print-directory V= T= FIRST= "$@" \
        >"$WORK/out" 2>&1
}

version() {
    sed -n 's/^#define TRNG_VERSION "\(.*\)"/\1/p' "$ROOT/firmware/core/trng_core.h"
}

tree_hash() { # FOLDER: of the core's sources in it, as the Makefile makes it
    (cd "$1" && cat firmware/core/*.[ch]) | sha256sum | cut -c1-12
}
