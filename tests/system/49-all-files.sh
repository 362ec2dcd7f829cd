#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two hundred readers on `random`, `urandom` and `raw` at once, through an alarm, an unplugged board, a restart and
# exhaustion: every byte of random once, none of raw among them, none of urandom twice; and what urandom gives
# passes AIS 31 and FIPS 140-2.
. "$(dirname "$0")/lib.sh"

PIDS=()

start_readers() {
    local i
    for ((i = 0; i < 100; i++)); do
        "$TOOLS/reader" -s 16-300 -S $i -b 100000000 -l "$WORK/random.$i" "$MNT/random" >"$WORK/out.random.$i" 2>&1 &
        PIDS+=($!)
    done
    for ((i = 0; i < 99; i++)); do
        "$TOOLS/reader" -s 16-5000 -S $i -b 300000 -l "$WORK/urandom.$i" "$MNT/urandom" >"$WORK/out.urandom.$i" 2>&1 &
        PIDS+=($!)
    done
    "$TOOLS/reader" -s 4096 -b 100000000 -l "$WORK/raw.0" "$MNT/raw" >"$WORK/out.raw" 2>&1 &
    RAW_READER=$!
    CHILDREN+=("${PIDS[@]}" "$RAW_READER")
}

# With raw open nobody gets a byte of random; when its reader is killed all do.
exhausted_by_raw() {
    start_board
    start_running -o max_alarms=100
    start_readers
    wait_for status_is diverted 1
    # What is left is less than the first in the line has asked for.
    wait_for pool_below 256
    wait_for status_least waiting_readers 90
    expect_eq eta_s "$(status_get eta_s)" -1.0
    wait_for status_least ledger.diverted_bits $((50000 * 8))
    expect_ledger
    kill -KILL "$RAW_READER"
    wait "$RAW_READER" 2>/dev/null
    wait_for status_is diverted 0
    wait_for status_least random_bytes 10000
    expect_ledger
}

pool_below() { # BYTES
    [ "$(status_get pool_bytes)" -lt "$1" ]
}

alarm_and_loss() {
    local at
    device_say stuck
    wait_for eval '! status_is state running'
    expect_ledger
    at=$(board_at stuck)
    for i in "${!PIDS[@]}"; do
        [ "$i" -ge 100 ] || wait "${PIDS[i]}" 2>/dev/null
    done
    expect_eq "how readers of random ended" "$(sed 's/.*errno=//' "$WORK"/out.random.* | sort -u | xargs)" EIO
    said=$("$ACCOUNT" --size "$((at + 1000))" --lost 100000000 --limit "$at" "$WORK"/random.* "$WORK"/raw.0 2>&1) ||
        problem "random and raw: $said"
    note "$said"
    device_say heal
    device_say unplug
    wait_state absent
    expect_ledger
    device_say replug
    wait_state running
    expect_control restart 0
    expect_ledger
}

# Records of 32-bit length and bytes: every 16 bytes that urandom gave, to whomever, are others.
urandom_twice_nothing() {
    local i said
    for ((i = 100; i < 199; i++)); do
        wait "${PIDS[i]}" 2>/dev/null
    done
    expect_eq "how readers of urandom ended" "$(sed 's/.*errno=//' "$WORK"/out.urandom.* | sort -u | xargs)" 0
    said=$(python3 - "$WORK"/urandom.* <<'END'
import struct, sys
seen, total, twice = set(), 0, 0
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + 4 <= len(data):
        (size,) = struct.unpack_from("=I", data, at)
        record = data[at + 4:at + 4 + size]
        at += 4 + size
        for i in range(0, len(record) - 15, 16):
            total += 1
            twice += record[i:i + 16] in seen
            seen.add(record[i:i + 16])
print("%d pieces, %d twice" % (total, twice))
sys.exit(twice > 0 or total < 1000000)
END
    ) || problem "urandom: $said"
    note "$said"
}

passes_the_tests() {
    local procedure blocks
    timeout "$BOUND_S" head -c 5000000 "$MNT/urandom" >"$WORK/bits"
    for procedure in a b; do
        "$BIN/trng-evaluate" ais31 --procedure $procedure --packed "$WORK/bits" >"$WORK/ais31.$procedure" 2>&1 ||
            problem "procedure $procedure: $(tail -3 "$WORK/ais31.$procedure")"
    done
    command -v rngtest >/dev/null || return
    rngtest <"$WORK/bits" >/dev/null 2>"$WORK/rngtest"
    blocks=$(sed -n 's/.*FIPS 140-2 successes: //p' "$WORK/rngtest")
    # One good block in 1250 fails; of 1999, 20 or more less often than once in 10^13.
    [ "$blocks" -gt 1979 ] || problem "rngtest: $(cat "$WORK/rngtest")"
    note "rngtest: $blocks blocks of 1999 passed"
}

run_step "200 readers; while raw is open, random waits" exhausted_by_raw
run_step "alarm, unplugged, restart: once each byte, none of raw" alarm_and_loss
run_step "urandom gives nothing twice" urandom_twice_nothing
run_step "urandom through ais31 A, B and rngtest" passes_the_tests
run_step "the daemon ends cleanly" stop_daemon
finish
