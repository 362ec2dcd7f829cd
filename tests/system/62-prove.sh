#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The causality test: `prove` on boards that can be proven, on faults that contradict, and in between.
. "$(dirname "$0")/lib.sh"

fresh() { # TWIN-ARGS
    [ -z "$DAEMON" ] || stop_daemon
    stop_device
    start_twin "$@"
    start_running
}

verdict() { # VERDICT REASON
    expect_eq causality "$(status_get causality)" "$1"
    expect_match causality_reason "$(status_get causality_reason)" "$2"
    expect_file " causality=$1 .*reason=\".*$2" "$MNT/events"
}

# What is shown in `events` and in `status` is the same, and so is its time.
same_time() {
    local line
    line=$(grep " causality=" "$MNT/events" | tail -1)
    expect_eq causality_time "$(status_get causality_time)" "${line%% *}"
}

proven() {
    local before
    fresh
    expect_eq "causality, none yet" "$(status_get causality)" ""
    expect_eq causality_count "$(status_get causality_count)" 0
    before=$(status_get pool_bytes)
    expect_control prove 0
    expect_eq state "$(status_get state)" running
    expect_eq last_result "$(status_get last_result)" 0
    verdict proven "light and fan"
    same_time
    expect_eq causality_count "$(status_get causality_count)" 1
    expect_match "noise in the bright" "$(status_get causality_bright_noise_lsb)" "^[0-9]+\.[0-9]{3}$"
    expect_eq "level in the dark" "$(status_get causality_dark_level_lsb)" 0.0
    expect_eq alarms "$(status_get alarms)" 0
    expect_read bytes
    note "pool: $before bytes before, $(status_get pool_bytes) after"
}

# The Uno's image, executed: the words, and the readings by its UART.
emulated() {
    stop_daemon
    stop_device
    start_device "$BIN/trng-emulator" --speed 20 --seed 1
    start_running -o rate_bit_s=1200 -o settle_ms=200
    expect_control prove 0
    verdict proven "light and fan"
    expect_read bytes
}

# A reader waits, and gets bytes of after the start-up tests; none fails. The wait is announced: at board
# speed 45 s and a start.
readers_park() {
    local first_s
    fresh
    timeout "$BOUND_S" bash -c 'echo prove >"$1"' _ "$MNT/control" 2>"$WORK/prove.err" &
    CHILDREN+=($!)
    wait_for status_is start_phase proving
    expect_eq state "$(status_get state)" starting
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
    first_s=$(status_get start_eta_s)
    awk -v a="$first_s" 'BEGIN { exit !(a > 40 && a < 50) }' || problem "start_eta_s: $first_s"
    wait_for eval '[ "$(status_get start_eta_s | cut -d. -f1)" -lt 38 ]'
    expect_probe 0 EAGAIN
    expect_control prove 0
    expect_read bytes
    expect_eq "the first writer's errors" "$(cat "$WORK/prove.err")" ""
    expect_eq "one proof for both" "$(status_get causality_count)" 1
}

speeds() {
    local speed
    for speed in 0 10000; do
        fresh --speed "$speed"
        expect_control prove 0
        verdict proven "light and fan"
        expect_read bytes
    done
}

contradicted() { # FAULT REASON
    fresh
    device_say "$1"
    expect_control prove EIO
    verdict contradicted "$2"
    expect_file "alarm=causality count=1" "$MNT/events"
    expect_file "state=alarm from=starting reason=\"causality\"" "$MNT/events"
    expect_eq alarms "$(status_get alarms)" 1
    device_say heal
    wait_state running
    expect_read bytes
}

inconclusive() { # FAULT
    fresh
    device_say "$1"
    expect_control prove 0
    verdict inconclusive "nothing moves"
    expect_eq alarms "$(status_get alarms)" 0
    expect_read bytes
}

old_board() {
    fresh --board legacy
    expect_control prove 0
    verdict silenced "off silences"
    expect_eq "no readings" "$(status_get causality_bright_noise_lsb)" ""
    expect_read bytes
    device_say "babble 10"
    expect_control prove EIO
    verdict contradicted "bytes came after off"
    device_say heal
    wait_state running
}

# A board that answers `id` and knows no more: its symbols are not taken for readings.
knows_no_readings() {
    stop_daemon
    stop_device
    start_device "$TOOLS/board" --rate 20000 --id "trng 0.9 x"
    start_running
    expect_control prove 0
    verdict silenced "off silences"
    expect_read bytes
}

# Somebody else says `on` to a board that we told off.
another_writer() {
    fresh
    timeout "$BOUND_S" bash -c 'while printf on >"$1"; do sleep 0.02; done' _ "$PORT" &
    CHILDREN+=($!)
    local writer=$!
    expect_control prove EIO
    verdict contradicted "bytes came after off"
    kill "$writer"
    wait_state running
}

strict() {
    stop_daemon
    stop_device
    start_twin
    start_daemon -o max_alarms=1
    expect_control init 0
    device_say lamp-on
    expect_control prove EIO
    expect_eq state "$(status_get state)" failed
    expect_read EIO
    expect_control prove EIO
    device_say heal
    expect_control init 0
    expect_read bytes
}

# Another command in the middle, at several places of it.
overtaken() {
    local word
    for word in shutdown restart; do
        fresh
        timeout "$BOUND_S" bash -c 'echo prove >"$1"' _ "$MNT/control" 2>"$WORK/prove.err" &
        CHILDREN+=($!)
        wait_for status_is start_phase proving
        wait_for eval '[ "$(status_get start_eta_s | cut -d. -f1)" -lt 38 ]'
        expect_control $word 0
        wait_for grep -q "$(errno_text ECANCELED)" "$WORK/prove.err"
        expect_eq causality "$(status_get causality)" ""
        if [ $word = shutdown ]; then
            device_say status
            wait_for has_line 'led=0 fan=0' "$WORK/device.out"
            expect_control prove ENODATA
            expect_control init 0
        fi
        expect_eq state "$(status_get state)" running
        expect_read bytes
    done
}

unplugged() {
    fresh
    timeout "$BOUND_S" bash -c 'echo prove >"$1"' _ "$MNT/control" 2>"$WORK/prove.err" &
    CHILDREN+=($!)
    wait_for status_is start_phase proving
    wait_for eval '[ "$(status_get start_eta_s | cut -d. -f1)" -lt 38 ]'
    device_say unplug
    wait_for grep -q "$(errno_text ENODEV)" "$WORK/prove.err"
    expect_control prove ENODEV
    device_say replug
    wait_state running
    expect_eq causality "$(status_get causality)" ""
    expect_read bytes
    expect_control prove 0
    verdict proven "light and fan"
}

# The daemon's end in the middle leaves the board off, and the next one finds it so.
ends() {
    fresh
    timeout "$BOUND_S" bash -c 'echo prove >"$1"' _ "$MNT/control" 2>/dev/null &
    CHILDREN+=($!)
    wait_for status_is start_phase proving
    wait_for eval '[ "$(status_get start_eta_s | cut -d. -f1)" -lt 38 ]'
    stop_daemon
    : >"$WORK/device.out"
    device_say status
    wait_for has_line 'led=0 fan=0' "$WORK/device.out"
    start_running
    expect_read bytes
}

# A board that says nothing in the middle of it is an alarm as at any other time, and comes back by itself.
falls_silent() {
    stop_daemon
    stop_device
    start_twin
    start_running -o init_timeout_s=5
    device_say silence
    expect_control prove ETIMEDOUT
    expect_file "alarm=timeout count=1" "$MNT/events"
    expect_eq "causality_count" "$(status_get causality_count)" 0
    device_say heal
    wait_state running
    expect_read bytes
}

never_silent() {
    stop_daemon
    stop_device
    start_device "$TOOLS/board" --rate 20000
    printf on >"$PORT"
    start_daemon -o profile=stream
    expect_control init 0
    expect_control prove EOPNOTSUPP
    expect_eq state "$(status_get state)" running
    stop_daemon
    "$BIN/fuse-trng" --config "$WORK/trng.conf" -o profile=stream -o causality_test_h=1 --check-config \
        >/dev/null 2>"$WORK/check.err" && problem "accepted: a stream cannot be silenced"
    expect_file "causality_test_h.*silences" "$WORK/check.err"
}

run_step "a healthy board is proven" proven
run_step "so is the emulated image" emulated
run_step "readers park meanwhile; a second prove joins" readers_park
run_step "fast, and at the reader's pace" speeds
run_step "lamp that cannot be switched off: contradicted, an alarm" contradicted lamp-on "the light makes no difference"
run_step "fan that cannot be switched off: contradicted" contradicted fan-on "move without the fan"
run_step "bytes after off, another sender: contradicted" contradicted "babble 20" "bytes came after off"
run_step "a board that does not hear off: contradicted" contradicted deaf "bytes came after off"
run_step "the converter's noise alone: inconclusive, no alarm" inconclusive "fan-off 1"
run_step "an old board: silenced" old_board
run_step "a board without readings: silenced" knows_no_readings
run_step "somebody else writes to the board: contradicted" another_writer
run_step "max_alarms = 1: failed" strict
run_step "overtaken by shutdown and restart" overtaken
run_step "unplugged in the middle" unplugged
run_step "silent in the middle: an alarm that ends by itself" falls_silent
run_step "the daemon ends in the middle" ends
run_step "a device that nothing silences" never_silent
finish
