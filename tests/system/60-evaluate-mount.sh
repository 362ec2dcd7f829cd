#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate straight from the mount: what looks like a small file has no end, and no byte is wasted.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/evaluate.sh"

start() {
    start_board --rate 200000
    start_running
}

drawn() {
    status_get random_bytes
}

# Takes exactly what one test needs, although the file would give more.
one_test() {
    local before
    before=$(drawn)
    evaluates 0 ais31 --procedure T1 --json "$MNT/random"
    expect_jq '(.tests | length) == 1 and .input.bytes == 2500 and .tests[0].pass'
    expect_eq "bytes drawn" $(($(drawn) - before)) 2500
}

symbols() {
    local before
    before=$(drawn)
    evaluates 0 sp800-90b --packed --width 2 --symbols 10001 --json "$MNT/random"
    expect_jq '.samples == 10001 and .input.bytes == 2501'
    expect_eq "remarks" "$(cat "$WORK/said.err")" ""
    expect_eq "bytes drawn" $(($(drawn) - before)) 2501
}

# The first million of symbols, as the page of help says.
by_itself() {
    local before
    before=$(drawn)
    evaluates 0 summary --packed --width 1 --json "$MNT/random"
    expect_said "has no end: 1000000 symbols are taken"
    expect_jq '.input.bytes == 125000'
    expect_eq "bytes drawn" $(($(drawn) - before)) 125000
}

# The source goes away in the middle: what was said of it, and 4.
gone() {
    "$EVALUATE" ais31 --procedure A --json "$MNT/random" >"$WORK/out" 2>"$WORK/said.err" &
    CHILDREN+=($!)
    wait_for status_least random_bytes $(($(drawn) + 1000))
    expect_control shutdown 0
    wait $!
    expect_eq status $? 4
    expect_said "cannot read $MNT/random: No data available, after [0-9]+ bytes"
    expect_jq '.verdict == "incomplete" and .exit_code == 4 and (.error | contains("No data available")) and .input.bytes > 0'
}

# The tests that were done are not lost.
gone_page() {
    expect_control init 0
    "$EVALUATE" ais31 --procedure T1 --bits 80000000 "$MNT/random" >"$WORK/out" 2>"$WORK/said.err" &
    CHILDREN+=($!)
    wait_for status_least random_bytes $(($(drawn) + 100000))
    expect_control shutdown 0
    wait $!
    expect_eq status $? 4
    expect_file "^  T1  pass .* 0 of [1-9][0-9]* failed" "$WORK/out"
    expect_file "^INCOMPLETE: " "$WORK/out"
}

standby() {
    evaluates 4 summary --quiet "$MNT/random"
    expect_said "cannot read $MNT/random: No data available, after 0 bytes"
}

run_step "start" start
run_step "one test" one_test
run_step "symbols" symbols
run_step "what has no end" by_itself
run_step "a source that goes away" gone
run_step "a source that goes away, on the page" gone_page
run_step "a source that is off" standby
run_step "end" stop_daemon
finish
