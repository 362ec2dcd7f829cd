#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every state of the table in docs/DESIGN.md, reached by a fault: what read, poll and control give.
. "$(dirname "$0")/lib.sh"

# enter_WHAT brings a fresh daemon and board there. The marked-stream board is used where a slow
# or a healthy stream is needed, the twin where a fault of the noise is.
fresh() { # DEVICE-STARTER [ARGS] -- DAEMON-ARGS
    local device=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        device+=("$1")
        shift
    done
    shift
    leave
    "${device[@]}" && start_daemon "$@"
    wait_state standby
}

leave() {
    [ -z "$DAEMON" ] || stop_daemon
    stop_device
    rm -f "$WORK"/parked.*
}

enter_standby() {
    fresh start_twin --
}

# Twenty bytes a second: the 256 of the start-up tests take their time.
enter_starting() {
    fresh start_board --rate 20 --
    control init >"$WORK/parked.init" &
    wait_state starting
}

enter_running() {
    fresh start_twin --
    expect_control init 0
}

enter_alarm() {
    fresh start_twin -- -o max_alarms=100
    expect_control init 0
    device_say stuck
    wait_state alarm
}

enter_failed() {
    fresh start_twin --
    device_say stuck
    expect_control init EIO
    wait_state failed
}

enter_absent() {
    fresh start_board --
    expect_control init 0
    device_say unplug
    wait_state absent
}

reads() { # STATE READ-RESULT REVENTS NONBLOCK-RESULT
    "enter_$1"
    [ "$2" = parks ] || expect_read "$2"
    expect_probe "$3" "$4"
    expect_eq state "$(status_get state)" "$1"
    expect_match reason "$(status_get reason)" ..
    if [ "$2" = parks ]; then
        timeout "$BOUND_S" "$TOOLS/reader" -n 1 "$MNT/random" >"$WORK/parked.read" &
        wait_for status_least waiting_readers 1
        expect_control shutdown 0
        wait_for test -s "$WORK/parked.read"
        expect_match "the parked read, answered as if it came now" "$(cat "$WORK/parked.read")" ENODATA
    fi
}

commands() { # STATE WORD RESULT STATE-AFTER
    "enter_$1"
    expect_control "$2" "$3"
    expect_eq "state after" "$(status_get state)" "$4"
    [ "$3" = EALREADY ] || expect_eq last_command "$(status_get last_command)" "$2"
    expect_eq last_result "$(status_get last_result)" "$3"
}

# Commands that take the whole start-up of a slow board are looked at after they have parked.
starting_init() {
    enter_starting
    control init >"$WORK/parked.second" &
    wait_for [ -n "$(jobs -p)" ]
    device_say rate 20000
    wait_for test -s "$WORK/parked.init"
    wait_for test -s "$WORK/parked.second"
    expect_eq "first init" "$(cat "$WORK/parked.init")" 0
    expect_match "second init: joined, or came after the end" "$(cat "$WORK/parked.second")" \
        "^(0|Operation already in progress)$"
    expect_eq state "$(status_get state)" running
}

starting_joins() {
    enter_starting
    control init >"$WORK/parked.second" &
    device_say stuck
    device_say rate 20000
    wait_for test -s "$WORK/parked.init"
    wait_for test -s "$WORK/parked.second"
    expect_eq "first init" "$(cat "$WORK/parked.init")" "$(errno_text EIO)"
    expect_match "second init: joined, or a start of its own" "$(cat "$WORK/parked.second")" \
        "$(errno_text EIO)"
    expect_eq state "$(status_get state)" failed
}

starting_overtaken() { # WORD STATE
    enter_starting
    [ "$1" = shutdown ] || device_say rate 2000
    expect_control "$1" 0
    expect_eq state "$(status_get state)" "$2"
    wait_for test -s "$WORK/parked.init"
    expect_eq "the init that was parked" "$(cat "$WORK/parked.init")" "$(errno_text ECANCELED)"
}

alarm_restart() {
    enter_alarm
    device_say heal
    expect_control restart 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

failed_again() { # WORD
    enter_failed
    expect_control "$1" EIO
    expect_eq state "$(status_get state)" failed
    device_say heal
    expect_control "$1" 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

absent_returns() {
    enter_absent
    device_say replug
    wait_state running
    expect_read bytes
}

# "Goes back to where it was": what had failed stays so, what was starting starts again.
absent_from_failed() {
    enter_failed
    device_say unplug
    wait_state absent
    expect_read ENODEV
    device_say replug
    wait_state failed
    expect_read EIO
}

absent_from_starting() {
    enter_starting
    device_say unplug
    wait_state absent
    device_say rate 20000
    device_say replug
    wait_state running
    expect_read bytes
}

absent_shutdown() {
    enter_absent
    expect_control shutdown 0
    device_say replug
    wait_state standby
    expect_read ENODATA
}

timed_out() {
    fresh start_board --rate 1 -- -o init_timeout_s=1
    expect_control init ETIMEDOUT
    expect_eq last_result "$(status_get last_result)" ETIMEDOUT
    note "state after the time-out: $(status_get state): $(status_get reason)"
    device_say rate 20000
    expect_match "state after the time-out" "$(status_get state)" "^(failed|standby)$"
    expect_control init 0
    expect_read bytes
}

lost_in_init() {
    enter_starting
    device_say unplug
    wait_for test -s "$WORK/parked.init"
    expect_eq "the init that was parked" "$(cat "$WORK/parked.init")" "$(errno_text ENODEV)"
    expect_eq state "$(status_get state)" absent
}

run_step "standby: reads fail with ENODATA, poll reports an error" reads standby ENODATA INERR ENODATA
run_step "starting: reads park, poll is silent, O_NONBLOCK gives EAGAIN" reads starting parks 0 EAGAIN
run_step "running: bytes" reads running bytes IN bytes
run_step "alarm: EIO" reads alarm EIO INERR EIO
run_step "failed: EIO" reads failed EIO INERR EIO
run_step "absent: ENODEV" reads absent ENODEV INERR ENODEV
run_step "standby: init starts" commands standby init 0 running
run_step "standby: shutdown EALREADY" commands standby shutdown EALREADY standby
run_step "standby: restart EALREADY" commands standby restart EALREADY standby
run_step "starting: init joins the wait" starting_init
run_step "starting: both hear of the failure" starting_joins
run_step "starting: shutdown stops, the init is cancelled" starting_overtaken shutdown standby
run_step "starting: restart restarts, the init is cancelled" starting_overtaken restart running
run_step "running: init EALREADY" commands running init EALREADY running
run_step "running: shutdown stops" commands running shutdown 0 standby
run_step "running: restart restarts" commands running restart 0 running
run_step "alarm: init EBUSY" commands alarm init EBUSY alarm
run_step "alarm: shutdown stops" commands alarm shutdown 0 standby
run_step "alarm: restart restarts" alarm_restart
run_step "failed: init restarts" failed_again init
run_step "failed: shutdown stops" commands failed shutdown 0 standby
run_step "failed: restart restarts" failed_again restart
run_step "absent: init ENODEV" commands absent init ENODEV absent
run_step "absent: restart ENODEV" commands absent restart ENODEV absent
run_step "absent: shutdown 0, and standby when the board is back" absent_shutdown
run_step "absent: back to running when the board is back" absent_returns
run_step "absent: back to failed when the board is back" absent_from_failed
run_step "absent: back to starting, and on to running" absent_from_starting
run_step "init of a board that is too slow: ETIMEDOUT, and it can be started later" timed_out
run_step "init of a board that goes: ENODEV" lost_in_init
run_step "the daemon ends cleanly" leave
finish
