#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate collect on the real mount: its states as gaps, its status in the record, its control.
. "$(dirname "$0")/lib.sh"
[ -x "$BIN/trng-evaluate" ] || skip "no $BIN/trng-evaluate: build first"

DATA=$WORK/data
COLLECTOR=

start_collect() { # ARGS...
    "$BIN/trng-evaluate" collect --quiet --from "$MNT/raw" --width 2 -o "$DATA" "$@" \
        >"$WORK/said" 2>"$WORK/collect.err" 7<&- &
    COLLECTOR=$!
    CHILDREN+=("$COLLECTOR")
}

wait_collect() {
    wait_for is_gone "$COLLECTOR"
    wait "$COLLECTOR"
    RC=$?
}

has_bytes() { # FILE COUNT
    [ "$(stat -c %s "$DATA/$1" 2>/dev/null || echo 0)" -ge "$2" ]
}

has_lines() { # COUNT PATTERN FILE
    [ "$(grep -Ec -- "$2" "$3")" = "$1" ]
}

# In standby it waits; each shutdown is a gap, and it goes on when the source is back.
gaps() {
    start_collect --bits 100000
    wait_for has_line "the source is off" "$WORK/collect.err"
    expect_control init 0
    wait_for has_bytes segment-0001.bin 300
    expect_control shutdown 0
    wait_for has_lines 2 "the source is off: .*; waiting" "$WORK/collect.err"
    expect_control init 0
    wait_collect
    expect_eq "exit status" "$RC" 0
    expect_eq "symbols" "$(stat -c %s "$DATA/symbols.bin")" 50000
    expect_eq "how they ended" "$(jq -r '.segments[].ended' "$DATA/collection.json" | tr '\n' ' ')" \
        "No data available all is there "
    cat "$DATA"/segment-*.bin | cmp -s - "$DATA/bits.bin" || problem "bits.bin is not its segments"
}

record() {
    # The first symbols are those of the start-up tests.
    expect_match "states" "$(jq -r '.segments[] | "\(.state_at_start) \(.state_at_end)"' \
        "$DATA/collection.json" | tr '\n' ' ')" "^(starting|running) standby (starting|running) running $"
    expect_file '^# at the start$' "$DATA/status-0001.txt"
    expect_file '^firmware=' "$DATA/status-0001.txt"
    expect_eq "statuses" "$(grep -c '^# at the end$' "$DATA"/status-*.txt | cut -d: -f2 | tr '\n' ' ')" "1 1 "
}

# What was collected is worth what such a board is, and nothing of it was given to anybody else.
worth() {
    local entropy
    "$BIN/trng-evaluate" sp800-90b --json --width 2 "$DATA/symbols.bin" >"$WORK/worth.json" 2>/dev/null
    entropy=$(jq -r '.. | .min_entropy? // empty' "$WORK/worth.json" | head -1)
    awk -v h="$entropy" 'BEGIN { exit !(h > 1.0 && h <= 2) }' || problem "min_entropy $entropy"
    note "min_entropy of 50000 symbols: $entropy"
    expect_eq diverted "$(status_get diverted)" 0
    status_least ledger.diverted_bits 100000 || problem "only $(status_get ledger.diverted_bits) bits were diverted"
    expect_ledger
}

# Each row begins with a start of its own.
restarts() {
    local before
    DATA=$WORK/restarts
    before=$(grep -c ' state=starting ' "$MNT/events")
    start_collect --restarts 4x1000 --control "$MNT/control"
    wait_collect
    expect_eq "exit status" "$RC" 0
    expect_eq "symbols" "$(stat -c %s "$DATA/restarts.bin")" 4000
    expect_eq "starts" "$(($(grep -c ' state=starting ' "$MNT/events") - before))" 4
    expect_file "4 rows of 1000 symbols of 2 bits" "$WORK/said"
}

# A board that goes away in mid-row is waited for.
unplugged() {
    DATA=$WORK/unplugged
    start_collect --restarts 3x20000 --control "$MNT/control"
    wait_for status_is state running
    stop_device
    wait_for has_line "the board is gone: plug it in; waiting" "$WORK/collect.err"
    start_twin
    wait_collect
    expect_eq "exit status" "$RC" 0
    expect_eq "rows" "$(jq '.rows | length' "$DATA/collection.json")" 3
}

start_twin
start_daemon
run_step "off is waited out, each gap begins a segment" gaps
run_step "states and status are on record" record
run_step "sp800-90b on what was collected" worth
run_step "restarts through the control file" restarts
run_step "an unplugged board" unplugged
run_step "the end" stop_daemon
finish
