#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Stuck, lamp dark, silence, unplug in a marked stream: no byte made at or after the fault gets out.
. "$(dirname "$0")/lib.sh"

SEED=${SEED:-$RANDOM}
echo "SEED=$SEED"
RANDOM=$SEED

readers() {
    local i
    PIDS=()
    for i in 0 1 2 3 4 5; do
        "$TOOLS/reader" -m "$(cut -d' ' -f$((i % 3 + 1)) <<<"block nonblock poll")" -s 8-300 -S $i \
            -l "$WORK/log.$i" "$MNT/random" >"$WORK/reader.$i" &
        PIDS+=($!)
        CHILDREN+=($!)
    done
}

# Those that were parked or try again get the state's error.
readers_end() { # ERRNO
    wait "${PIDS[@]}"
    expect_eq "how readers ended" "$(sed 's/.*errno=//' "$WORK"/reader.* | sort -u | xargs)" "$1"
}

# strikes COMMAND STATE ERRNO [BEFORE]: at a random place; all that was read lies before it. With
# BEFORE so many bytes before the end of a chunk and of all windows (they meet every 3200 bytes),
# and there the board pauses until the daemon has seen that end. The first byte delivered is
# behind the seed of urandom, which is the first of the first chunk and of the first windows.
strikes() {
    local at end said first
    start_board --rate 20000
    start_running -o max_alarms=100 -o silence_ms=3000
    rm -f "$WORK"/log.*
    "$TOOLS/reader" -n 1 -s 64 -l "$WORK/log.first" "$MNT/random" >/dev/null
    first=$(($(first_of "$WORK/log.first" 1000000) - $(own_bytes)))
    end=$((first + ($(board_where) + 15000 - first) / 3200 * 3200))
    at=$((${4:+end - }${4:-end + RANDOM % 3200}))
    [ -z "$4" ] || device_say "limit $end"
    device_say "at $at $1"
    readers
    if [ -n "$4" ]; then
        wait_for status_is raw_bits $(((end - first) * 8))
        wait_for status_is pool_bytes 0
        device_say "limit 100000000"
    fi
    wait_state "$2"
    readers_end "$3"
    expect_eq "the fault's place" "$(board_at "$1")" "$at"
    # What a poller had been promised and had not yet read is wiped, though others had later bytes.
    said=$("$ACCOUNT" --size $((at + 100000)) --limit "$at" --least 5000 \
        --lost "$(status_get set_aside_wiped_bytes)" "$WORK"/log.* 2>&1) || problem "$said"
    note "$1 at $at: $said"
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
    no_byte_in "$2" "$3"
}

# A reader that comes later gets none either.
no_byte_in() { # STATE ERRNO
    local state
    state=$(status_get state)
    expect_match state "$state" "^($1|failed)$"
    expect_probe INERR "$2"
    expect_read "$2"
}

# Healed: what comes is of the stream after the healing, nothing of the fault.
heals() {
    local at said
    rm -f "$WORK"/log.*
    device_say heal
    wait_for has_line " heal " "$WORK/device.out"
    at=$(board_at heal)
    wait_state running
    "$TOOLS/reader" -s 100 -b 3000 -l "$WORK/log.0" "$MNT/random" >/dev/null
    said=$("$ACCOUNT" --size $((at + 1000000)) --first "$(first_of "$WORK/log.0" $((at + 1000000)))" \
        --least 3000 "$WORK/log.0" 2>&1) || problem "$said"
    note "healed at $at: $said"
    [[ $said =~ first\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge "$at" ] || problem "a byte from before the healing"
}

first_of() { # LOG SIZE
    "$ACCOUNT" --size "$2" "$1" 2>/dev/null | sed 's/.*first \([0-9]*\).*/\1/'
}

fault() { # COMMAND STATE ERRNO [BEFORE]
    strikes "$@"
    [ "$1" != unplug ] || device_say replug
    heals
    stop_daemon
    stop_device
}

# A full pool is wiped as well: bytes from before the alarm are gone with it.
pool_is_wiped() {
    local at
    start_board --rate 100000
    start_running -o max_alarms=100
    wait_for status_least pool_bytes 30000
    device_say stuck
    wait_state alarm
    at=$(board_at stuck)
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
    expect_read EIO
    device_say heal
    wait_state running
    rm -f "$WORK"/log.*
    "$TOOLS/reader" -s 100 -b 1000 -l "$WORK/log.0" "$MNT/random" >/dev/null
    [ "$(first_of "$WORK/log.0" $((at + 10000000)))" -gt "$at" ] || problem "a byte from before the alarm"
    stop_daemon
    stop_device
}

# Faults of the noise on the twin: each stops reads, and healing brings them back.
twin_fault() { # COMMAND ERRNO
    start_twin
    start_running -o max_alarms=100 -o silence_ms=3000
    device_say "$1"
    timeout "$BOUND_S" "$TOOLS/reader" -s 16 "$MNT/random" >"$WORK/twin"
    expect_file "errno=$2" "$WORK/twin"
    note "$1: $(status_get reason)"
    device_say heal
    wait_state running
    expect_read bytes
    stop_daemon
    stop_device
}

for before in '' 1 3 6; do
    run_step "stuck${before:+, $before bytes before a chunk and the windows end}" fault stuck alarm EIO $before
    run_step "lamp dark${before:+, $before bytes before a chunk and the windows end}" fault dark alarm EIO $before
done
run_step "silence" fault silence alarm EIO
run_step "unplug" fault unplug absent ENODEV
run_step "an alarm wipes a full pool" pool_is_wiped
for name in stuck lamp-off "fan-off 0.05" flicker "bias 0.6" silence; do
    run_step "twin: $name" twin_fault "$name" EIO
done
run_step "twin: unplug" twin_fault unplug ENODEV
finish
