#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The original sketch's slow ears at their real pace: init, restart, alarm, shutdown, power-off.
. "$(dirname "$0")/lib.sh"
BOUND_S=120

# Ten times the board's speed would shorten its pauses too, so the gaps of the configuration are
# those of the profile divided by SPEED.
SPEED=${TRNG_LEGACY_SPEED:-10}

start() {
    printf '%s\n' "port = \"$PORT\"" "mountpoint = \"$MNT\"" "settle_ms = $((2000 / SPEED))" \
        "word_gap_ms = $((4600 / SPEED))" "open_delay_ms = $((2500 / SPEED))" "rate_bit_s = $((60 * SPEED))" \
        "total_failure_limit = 12" "max_alarms = 100" "init_timeout_s = 60" >"$WORK/trng.conf"
    start_device "$BIN/trng-twin" --speed "$SPEED" --seed 3 --board legacy
    start_daemon
    wait_state standby
    wait_for status_is identity silent
    expect_eq device "$(status_get device)" ""
}

init() {
    expect_control init 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

restart() {
    expect_control restart 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

alarm() {
    device_say stuck
    wait_state alarm
    expect_read EIO
    device_say heal
    wait_state running
    expect_read bytes
}

shutdown_init() {
    expect_control shutdown 0
    expect_eq state "$(status_get state)" standby
    expect_control init 0
    expect_read bytes
}

quick_changes() {
    local before
    control restart >"$WORK/first" &
    wait_state starting
    expect_control shutdown 0
    before=$(status_get raw_bits)
    wait_for test -s "$WORK/first"
    expect_eq "the restart" "$(cat "$WORK/first")" "$(errno_text ECANCELED)"
    expect_eq raw_bits "$(status_get raw_bits)" "$before"
    expect_control init 0
    expect_read bytes
}

replugged() {
    device_say unplug
    wait_state absent
    device_say replug
    wait_state running
    expect_read bytes
    expect_eq identity "$(status_get identity)" silent
    expect_eq "how often it was asked" "$(grep -c "no answer to id" "$WORK/daemon.err")" 2
}

run_step "a legacy board in standby" start
run_step "init" init
run_step "restart" restart
run_step "alarm and recovery" alarm
run_step "shutdown and init" shutdown_init
run_step "shutdown while it restarts, then init" quick_changes
run_step "unplug and replug" replugged
# The last word is heard although nobody is there any more when the slow ears open.
powered_off() {
    device_say status
    wait_for has_line "power=on" "$WORK/device.out"
    stop_daemon
    wait_for eval 'device_say status; sleep 0.1; tail -n 1 "$WORK/device.out" | grep -q power=off'
    note "$(tail -n 1 "$WORK/device.out")"
}

run_step "the daemon ends cleanly and the board is off" powered_off
finish
