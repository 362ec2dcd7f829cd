#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What it costs, as ratios within one run, in one table: tests/bench/run.sh
set -eu
cd "$(dirname "$0")/../.."
export TRNG_BUILD=${TRNG_BUILD:-$PWD/build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo '| what / against what | measured | ratio | wanted |'
echo '|---|---|---|---|'
for bench in health read; do
    "$TRNG_BUILD/bench/$bench" 2> "$log" | grep '^|' || { cat "$log" >&2; exit 1; }
done

# pace PROGRAM DEVICE_S: device time over time, as fast as it goes.
pace() {
    local start=$EPOCHREALTIME
    printf '0 say on\n%d quit\n' "$(($2 * 1000))" |
        "$TRNG_BUILD/bin/$1" --script - --seed 1 | wc -c > "$log"
    awk -v name="$1" -v device_s="$2" -v start="$start" -v end="$EPOCHREALTIME" '
        { printf "| %s: device time / time, as fast as it goes | %d bytes | %.0f | |\n", name, $1,
              device_s / (end - start) }' "$log"
}

pace trng-emulator 1000
pace trng-twin 1000000
