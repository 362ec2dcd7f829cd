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
for bench in health drbg read evaluate; do
    "$TRNG_BUILD/bench/$bench" 2> "$log" | grep '^|' || { cat "$log" >&2; exit 1; }
done

# await COMMAND...: until it succeeds, for a minute.
await() {
    local end=$((SECONDS + 60))
    until "$@" > "$log" 2>&1; do
        [ $SECONDS -lt $end ] || { echo "bench: waited in vain for: $*" >&2; return 1; }
        sleep 0.1
    done
}

# readers: `urandom`, once it is seeded and the pool is full; then the board stands still.
readers() {
    local folder twin daemon rc=0
    folder=$(mktemp -d)
    mkdir "$folder/mnt"
    "$TRNG_BUILD/bin/trng-twin" --speed 0 --seed 1 --link "$folder/board" > "$folder/twin" &
    twin=$!
    await test -e "$folder/board" || rc=1
    "$TRNG_BUILD/bin/fuse-trng" --foreground --config /dev/null -o "port=$folder/board" \
        -o "mountpoint=$folder/mnt" -o autostart=true -o total_failure_limit=20 -o rate_bit_s=10000000 \
        -o settle_ms=100 -o open_delay_ms=0 -o silence_ms=600000 2> "$folder/daemon" &
    daemon=$!
    await timeout 10 head -c 1 "$folder/mnt/urandom" || rc=1
    await grep -q '^pool_bytes=65536$' "$folder/mnt/status" || rc=1
    kill -STOP $twin
    [ $rc != 0 ] || "$TRNG_BUILD/bench/urandom" "$folder/mnt/urandom" $daemon || rc=1
    [ $rc = 0 ] || cat "$folder/daemon" >&2
    kill $daemon || rc=1
    wait $daemon || rc=1
    kill -KILL $twin
    wait $twin 2> "$log" || :
    rm -r "$folder"
    return $rc
}

readers

# pace PROGRAM DEVICE_S: device time over time, as fast as it goes.
pace() {
    local start=$EPOCHREALTIME
    printf '0 say on\n%d quit\n' "$(($2 * 1000))" |
        "$TRNG_BUILD/bin/$1" --script - --seed 1 | wc -c > "$log"
    awk -v name="$1" -v device_s="$2" -v start="$start" -v end="$EPOCHREALTIME" '
        { printf "| %s: device time / time, as fast as it goes | %d bytes | %.0f | |\n", name, $1,
              device_s / (end - start) }' "$log"
}

# keeps SPEED: device time over time that was asked for, behind a port, read from the console.
keeps() {
    local folder line start before
    folder=$(mktemp -d)
    mkfifo "$folder/in"
    exec 8<>"$folder/in"
    "$TRNG_BUILD/bin/trng-emulator" --link "$folder/port" --speed "$1" < "$folder/in" > "$folder/out" &
    for line in 2 3; do
        echo status >&8
        until [ "$(wc -l < "$folder/out")" -ge $line ]; do sleep 0.01; done
        [ $line = 3 ] || { start=$EPOCHREALTIME before=$(sed -n 's/^time_ms=\([0-9]*\).*/\1/p' "$folder/out"); sleep 5; }
    done
    awk -v asked="$1" -v start="$start" -v end="$EPOCHREALTIME" -v before="$before" -F '[= ]' '
        END { printf "| trng-emulator --speed %g: device time / time / speed | %d ms | %.4f | 1 |\n", asked,
                  $2 - before, ($2 - before) / 1000 / (end - start) / asked }' "$folder/out"
    echo quit >&8
    wait $!
    exec 8>&-
    rm -r "$folder"
}

keeps 1
keeps 10
pace trng-emulator 1000
pace trng-twin 1000000

# Without nginx or wrk there is nothing to compare with.
rc=0
tests/bench/http.sh 2> "$log" || rc=$?
[ $rc = 0 ] || cat "$log" >&2
[ $rc = 0 ] || [ $rc = 77 ]
