#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# On every change of state parked reads and pollers are answered as if they came now.
. "$(dirname "$0")/lib.sh"

# Two blocking readers and a poller wait on a dry pool; the head has 1..255 bytes before it.
wait_there() {
    rm -f "$WORK"/waiter.*
    go_dry
    "$TOOLS/reader" -n 1 -s 256 "$MNT/random" >"$WORK/waiter.head" &
    wait_for status_is waiting_readers 1
    until status_least pool_bytes 1; do
        device_say limit $(($(board_where) + 50))
        wait_for sent || return
    done
    expect_match "bytes before the head of the queue" "$(status_get pool_bytes)" "^[1-9][0-9]*$"
    "$TOOLS/reader" -n 1 -s 4096 "$MNT/random" >"$WORK/waiter.large" &
    "$TOOLS/reader" -m poll -n 1 "$MNT/random" >"$WORK/waiter.poll" &
    wait_for status_is queue_bytes $((256 * 3))
}

sent() {
    local where
    where=$(board_where)
    sleep 0.01
    [ "$where" = "$(board_where)" ]
}

# all_get ERRNO: nobody gets a byte, not even those that were there (no short read at an alarm).
all_get() {
    local who
    for who in head large poll; do
        wait_for test -s "$WORK/waiter.$who"
        expect_match "$who" "$(cat "$WORK/waiter.$who")" "bytes=0 .*errno=$1$"
    done
    expect_match "what poll reported" "$(cat "$WORK/waiter.poll")" "revents=INERR"
    expect_eq waiting_readers "$(status_get waiting_readers)" 0
    expect_eq queue_bytes "$(status_get queue_bytes)" 0
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
}

start() {
    start_board --rate 20000
    start_running -o max_alarms=2 -o alarm_window_chunks=1000000 -o silence_ms=600000
}

at_shutdown() {
    wait_there
    expect_control shutdown 0
    all_get ENODATA
    device_say limit 100000000
    expect_control init 0
}

at_alarm() {
    wait_there
    device_say stuck
    device_say limit 100000000
    wait_for eval '! status_is state running'
    all_get EIO
    device_say heal
    wait_for eval 'status_is state running || status_is state failed'
    expect_control restart 0
}

at_loss() {
    wait_there
    device_say unplug
    wait_state absent
    all_get ENODEV
    device_say limit 100000000
    device_say replug
    wait_state running
}

# A restart leads to `starting`, where a read parks: they stay, and get fresh bytes afterwards.
at_restart() {
    local who
    wait_there
    device_say limit 100000000
    expect_control restart 0
    for who in head large poll; do
        wait_for test -s "$WORK/waiter.$who"
    done
    expect_file "bytes=256 reads=1 .*errno=0" "$WORK/waiter.head"
    expect_file "bytes=[1-9][0-9]* reads=1 .*errno=0" "$WORK/waiter.large"
    expect_file "bytes=16 reads=1 .*revents=IN errno=0" "$WORK/waiter.poll"
}

at_failure_of_start() {
    expect_control shutdown 0
    device_say rate 20
    control init >"$WORK/parked.init" &
    wait_state starting
    rm -f "$WORK"/waiter.*
    "$TOOLS/reader" -n 1 -s 256 "$MNT/random" >"$WORK/waiter.head" &
    "$TOOLS/reader" -n 1 -s 4096 "$MNT/random" >"$WORK/waiter.large" &
    "$TOOLS/reader" -m poll -n 1 "$MNT/random" >"$WORK/waiter.poll" &
    wait_for status_is queue_bytes $((256 * 3))
    device_say stuck
    device_say rate 20000
    wait_state failed
    all_get EIO
}

at_end() {
    device_say heal
    expect_control init 0
    wait_there
    stop_daemon
    for who in head large; do
        wait_for test -s "$WORK/waiter.$who"
        expect_match "$who" "$(cat "$WORK/waiter.$who")" "bytes=0 .*errno=ENODEV$"
    done
}

run_step "a board streams" start
run_step "shutdown: ENODATA to all that wait" at_shutdown
run_step "alarm: EIO to all, no short read" at_alarm
run_step "unplug: ENODEV to all" at_loss
run_step "restart: they stay and get fresh bytes" at_restart
run_step "start-up tests fail: EIO to all" at_failure_of_start
run_step "the daemon's end: ENODEV to all" at_end
finish
