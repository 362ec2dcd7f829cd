#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Alarms: recovery by itself, back-off, the latch after max_alarms, and the strict reading.
. "$(dirname "$0")/lib.sh"

fresh() { # DAEMON-ARGS
    [ -z "$DAEMON" ] || stop_daemon
    stop_device
    start_board --rate 20000
    start_running "$@"
}

# One fault that passes: alarm, start-up tests again, running; counted once at least.
recovers() {
    local seen
    fresh -o max_alarms=100
    device_say stuck
    wait_state alarm
    expect_match reason "$(status_get reason)" "(repetition|total_failure|proportion|lag|startup|start-up)"
    expect_control init EBUSY
    device_say heal
    wait_state running
    expect_read bytes
    seen=$(status_get alarms)
    [ "$seen" -ge 1 ] || problem "alarms is $seen"
    note "alarms counted: $seen"
    expect_file "alarm" "$MNT/events"
}

# Each failing start-up test counts; five latch.
latches() {
    fresh
    device_say stuck
    wait_state failed
    note "reason: $(status_get reason)"
    [ "$(status_get alarms)" -ge 5 ] || problem "latched after $(status_get alarms) alarms"
    device_say heal
    expect_read EIO
    expect_eq "state, healed" "$(status_get state)" failed
    expect_control init 0
    expect_read bytes
    expect_eq state "$(status_get state)" running
}

strict() {
    fresh -o max_alarms=1
    device_say stuck
    wait_state failed
    device_say heal
    expect_eq "alarms" "$(status_get alarms)" 1
    expect_read EIO
    expect_control restart 0
    expect_read bytes
}

# Alarms far apart in the stream are forgotten: one every ten chunks of a window of five.
window() {
    local i
    fresh -o max_alarms=3 -o alarm_window_chunks=5
    for i in 1 2 3 4 5; do
        device_say "at $(($(board_where) + 2000)) stuck"
        wait_for eval '! status_is state running'
        [ "$(status_get state)" != failed ] || break
        device_say heal
        wait_for eval 'status_is state running || status_is state failed'
    done
    note "five alarms, far apart in the stream: $(status_get state), alarms $(status_get alarms)"
}

# After the alarm every test is alive: a second fault is found as well.
alive_again() {
    fresh -o max_alarms=1000
    for fault in stuck dark stuck; do
        device_say $fault
        wait_state alarm
        device_say heal
        wait_state running
        expect_read bytes
    done
}

# The ledger: trials and alarms are counted where they happened; expected ones grow with trials.
ledger() {
    local name sum=0
    for name in total_failure repetition proportion lag online startup; do
        sum=$((sum + $(status_get "test.$name.alarms")))
        note "$name: $(status_get "test.$name.trials") trials, $(status_get "test.$name.alarms") alarms, $(status_get "test.$name.expected_alarms") expected, cutoff $(status_get "test.$name.cutoff")"
    done
    [ $sum -ge 3 ] || problem "only $sum alarms in the ledger"
    [ "$(status_get test.repetition.trials)" -gt 1000 ] || problem "trials are not counted"
}

silence() {
    fresh -o max_alarms=100 -o silence_ms=300
    device_say silence
    wait_state alarm
    expect_match reason "$(status_get reason)" "([Ss]ilen|nothing|no byte)"
    expect_read EIO
    device_say heal
    wait_state running
    expect_read bytes
}

# A burst of junk is either unremarkable or an alarm, and never the end.
garbage() {
    fresh -o max_alarms=100
    device_say garbage 20000
    wait_state running
    expect_read bytes
}

# Start-up tests are repeated once on fresh symbols: a fault that is over by then does no harm.
repeated_once() {
    [ -z "$DAEMON" ] || stop_daemon
    stop_device
    start_board --rate 5000
    start_daemon
    wait_state standby
    device_say stuck
    device_say "at 200 heal"
    expect_control init 0
    expect_eq state "$(status_get state)" running
    note "start-up trials: $(status_get test.startup.trials), alarms: $(status_get alarms)"
}

fails_twice() {
    expect_control shutdown 0
    device_say stuck
    expect_control init EIO
    expect_eq state "$(status_get state)" failed
    expect_match reason "$(status_get reason)" ...
    expect_read EIO
    expect_eq last_result "$(status_get last_result)" EIO
}

warns_of_limit() {
    stop_daemon
    stop_device
    : >"$WORK/daemon.err"
    start_board
    start_daemon -o total_failure_limit=6
    wait_state standby
    expect_file "[Ll]imit.*false alarm|false alarm.*[Ll]imit" "$WORK/daemon.err"
    note "$(grep -i 'limit' "$WORK/daemon.err" | head -1)"
}

run_step "a passing fault: alarm, recovery" recovers
run_step "a lasting fault latches failed; init restarts when it is over" latches
run_step "max_alarms = 1: the first alarm is final" strict
run_step "alarms far apart in the stream do not latch" window
run_step "after an alarm every test is alive again" alive_again
run_step "the ledger counts" ledger
run_step "silence is a total failure" silence
run_step "a burst of junk" garbage
run_step "start-up tests are repeated once on fresh symbols" repeated_once
run_step "start-up tests that fail twice: EIO and failed" fails_twice
run_step "what a low limit costs at this rate is said at the start" warns_of_limit
run_step "the daemon ends cleanly" stop_daemon
finish
