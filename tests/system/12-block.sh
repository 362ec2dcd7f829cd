#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# unavailable = "block": reads park where they would fail, and go on when the source comes.
. "$(dirname "$0")/lib.sh"

parked_reader() {
    : >"$WORK/parked"
    timeout "$BOUND_S" "$TOOLS/reader" -n 1 -s 32 "$MNT/random" >"$WORK/parked" &
    wait_for status_least waiting_readers 1
}

served() {
    wait_for test -s "$WORK/parked"
    expect_match "the parked read" "$(cat "$WORK/parked")" "bytes=32 .*errno=0"
}

in_standby() {
    start_board && start_daemon -o unavailable=block
    wait_state standby
    expect_probe 0 EAGAIN
    parked_reader
    expect_control init 0
    served
}

in_alarm() {
    device_say stuck
    wait_state alarm
    expect_probe 0 EAGAIN
    parked_reader
    device_say heal
    wait_state running
    served
}

in_absence() {
    device_say unplug
    wait_state absent
    expect_probe 0 EAGAIN
    parked_reader
    device_say replug
    wait_state running
    served
}

at_the_end() {
    expect_control shutdown 0
    parked_reader
    stop_daemon
    wait_for test -s "$WORK/parked"
    expect_match "the parked read" "$(cat "$WORK/parked")" "errno=ENODEV"
}

unknown_value() {
    write_config 'unavailable = "sometimes"'
    spawn_daemon
    wait_daemon
    expect_eq "exit status" "$RC" 2
}

run_step "standby: parks, EAGAIN, nothing from poll; served after init" in_standby
run_step "alarm: the same; served after the recovery" in_alarm
run_step "absent: the same; served after the return" in_absence
run_step "at the daemon's end a parked read gets ENODEV" at_the_end
run_step "any other value is refused" unknown_value
finish
