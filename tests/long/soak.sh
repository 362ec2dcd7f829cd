#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Minutes of what tests/system/36-stress.sh does for seconds: faults, commands, readers and deaths.
cd "$(dirname "$0")/../.." || exit 1
export TRNG_BUILD=${TRNG_BUILD:-$PWD/build}
ROUNDS=${ROUNDS:-4000} TRNG_BOUND_S=60 exec bash tests/system/36-stress.sh
