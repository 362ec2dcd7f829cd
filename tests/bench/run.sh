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
