#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `raw`: one opener, the symbols as the line sends them without a gap, and none of them ever in `random`; how
# it ends: shutdown, restart, unplug, a reader that is too slow, an opener that is killed.
. "$(dirname "$0")/lib.sh"

RAW=$MNT/raw

hold_raw() { # ARGS...: a reader of raw that logs what it gets; its number in HOLDER
    : >"$WORK/raw.log"
    "$TOOLS/reader" -s 4096 -b 100000000 -l "$WORK/raw.log" "$@" "$RAW" >"$WORK/raw.out" 2>&1 &
    HOLDER=$!
    CHILDREN+=("$HOLDER")
    wait_for status_is diverted 1
}

raw_ended() { # ERRNO
    wait_for test -s "$WORK/raw.out"
    wait "$HOLDER" 2>/dev/null
    expect_match "the reader of raw" "$(cat "$WORK/raw.out")" "errno=$1"
    wait_for status_is diverted 0
}

# In the stream, in order, without a hole.
raw_is_whole() {
    local said
    said=$("$ACCOUNT" --size "$(board_where)" --lost 0 --least "${1:-1}" "$WORK/raw.log" 2>&1) || problem "raw: $said"
    note "$said"
}

start() {
    start_board --rate 50000
    start_running -o silence_ms=600000 "$@"
}

again() {
    stop_daemon
    stop_device
    start "$@"
}

who_and_what() {
    start
    expect_eq "mode, size, block" "$(stat -c '%a %s %o' "$RAW")" "400 32 32"
    is_root && expect_errno EACCES "${NOBODY[@]}" head -c 1 "$RAW"
    expect_errno EACCES bash -c "echo x >>'$RAW'"
    exec 8<"$RAW"
    expect_eq diverted "$(status_get diverted)" 1
    wait_for drained
    expect_eq eta_s "$(status_get eta_s)" -1.0
    expect_errno EBUSY head -c 1 "$RAW"
    exec 8<&-
    wait_for status_is diverted 0
}

# What raw gave and what random gave have not one byte in common, and together they are in the stream.
never_both() {
    again
    "$TOOLS/reader" -s 64 -b 100000000 -l "$WORK/random.log" "$MNT/random" >"$WORK/random.out" 2>&1 &
    CHILDREN+=($!)
    wait_for status_least random_bytes 3000
    for _ in 1 2 3; do
        hold_raw
        wait_for test "$(($(stat -c %s "$WORK/raw.log")))" -ge 0
        wait_for eval '[ "$(stat -c %s "$WORK/raw.log")" -gt 20000 ]'
        kill -KILL "$HOLDER"
        wait "$HOLDER" 2>/dev/null
        wait_for status_is diverted 0
        mv "$WORK/raw.log" "$WORK/raw.log.$((++HELD))"
        BEFORE=$(status_get random_bytes)
        wait_for status_least random_bytes $((BEFORE + 2000))
    done
    expect_ledger
    status_least ledger.diverted_bits 400000 || problem "only $(status_get ledger.diverted_bits) bits were diverted"
    [ "$(status_get ledger.partial_bits)" -gt 0 ] || problem "no chunk was divided"
    device_say silence
    said=$("$ACCOUNT" --size "$(board_where)" --lost 100000000 "$WORK"/random.log "$WORK"/raw.log.* 2>&1) ||
        problem "random and raw: $said"
    note "$said"
}
HELD=0

off_from_here() {
    again
    hold_raw
    wait_for eval '[ "$(stat -c %s "$WORK/raw.log")" -gt 5000 ]'
    expect_control shutdown 0
    raw_ended ENODATA
    raw_is_whole 1000
    expect_errno ENODATA head -c 1 "$RAW"
}

# Opened while off, told on by somebody else: from the first symbol on.
from_the_first_symbol() {
    exec 8<"$RAW"
    expect_control init 0
    timeout "$BOUND_S" head -c 3000 <&8 >"$WORK/first"
    exec 8<&-
    expect_eq size "$(stat -c %s "$WORK/first")" 3000
    wait_for status_least random_bytes "$(status_get random_bytes)"
    expect_read bytes
}

a_new_stream_ends_it() {
    hold_raw
    wait_for eval '[ "$(stat -c %s "$WORK/raw.log")" -gt 5000 ]'
    expect_control restart 0
    raw_ended EIO
}

unplugged() {
    hold_raw
    wait_for eval '[ "$(stat -c %s "$WORK/raw.log")" -gt 5000 ]'
    device_say unplug
    raw_ended ENODEV
    wait_state absent
    device_say replug
    wait_state running
}

# A failing source is what an evaluator wants to see.
an_alarm_is_no_end() {
    hold_raw
    device_say stuck
    wait_for eval '! status_is state running'
    before=$(stat -c %s "$WORK/raw.log")
    wait_for eval '[ "$(stat -c %s "$WORK/raw.log")" -gt $((before + 10000)) ]'
    kill -KILL "$HOLDER"
    wait "$HOLDER" 2>/dev/null
    device_say heal
    control restart >/dev/null
    wait_state running
}

too_slow() {
    exec 8<"$RAW"
    before=$(status_get ledger.diverted_bits)
    wait_for status_least ledger.diverted_bits $((before + 100000 * 8))
    timeout "$BOUND_S" cat <&8 >"$WORK/slow" 2>"$WORK/slow.err"
    exec 8<&-
    expect_eq "what was kept" "$(stat -c %s "$WORK/slow")" 65536
    expect_match "then" "$(cat "$WORK/slow.err")" "$(errno_text EIO)"
}

at_the_end() {
    expect_control shutdown 0
    expect_control init 0
    device_say silence
    exec 8<"$RAW"
    timeout "$BOUND_S" "$TOOLS/reader" -n 1000000 "$RAW" >/dev/null 2>&1
    exec 8<&-
    expect_ledger
    stop_daemon
}

run_step "owner's alone, one opener, 32 bytes large" who_and_what
run_step "no byte of raw in random, openers killed" never_both
run_step "shutdown: the rest, then ENODATA" off_from_here
run_step "opened while off: from the first symbol on" from_the_first_symbol
run_step "restart ends it with EIO" a_new_stream_ends_it
run_step "unplugged: ENODEV" unplugged
run_step "an alarm is no end" an_alarm_is_no_end
run_step "a reader that is too slow gets what was kept, then EIO" too_slow
run_step "the ledger at the end" at_the_end
finish
