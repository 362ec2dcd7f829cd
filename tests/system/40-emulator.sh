#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# End to end with the board's real code: AVR image, pty, fuse-trng, `random`. Times are the board's own.
. "$(dirname "$0")/lib.sh"

[ -x "$BIN/trng-emulator" ] && [ -e "$BUILD/firmware/trng-uno.elf" ] || skip "no emulator: build first"
SPEED=50
STREAM_MS=4000000

# What this board says in its first session, by the twin: no daemon, no port, no clock.
printf '0 say on\n%d quit\n' $STREAM_MS | "$BIN/trng-twin" --script - --seed 1 >"$WORK/stream"

start() { # [-o KEY=VALUE]...
    start_device "$BIN/trng-emulator" --speed $SPEED --seed 1
    start_daemon -o settle_ms=$((2000 / SPEED)) -o rate_bit_s=$((625 * SPEED / 10)) \
        -o max_alarms=100 -o silence_ms=3000 "$@"
    wait_for status_is identity answered
    expect_control init 0
}

end() {
    stop_daemon
    stop_device
}

# board KEY...: fields of the console's status, all of one moment.
board() {
    local lines key answer values=()
    lines=$(grep -c '^time_ms=' "$WORK/device.out")
    device_say status
    wait_for has_more "$lines"
    answer=$(grep '^time_ms=' "$WORK/device.out" | tail -n 1)
    for key; do
        values+=("$(sed -n "s/.*\b$key=\([^ ]*\).*/\1/p" <<<"$answer")")
    done
    echo "${values[*]}"
}

has_more() {
    [ "$(grep -c '^time_ms=' "$WORK/device.out")" -gt "$1" ]
}

# A step of its own for each: all from one run.
first_byte() {
    local on first
    read -r on first < <(board on_ms first_ms)
    note "on at $on ms, first byte at $first ms"
    [ "$on" -gt 0 ] && [ $((first - on)) -ge 2120 ] && [ $((first - on)) -le 2200 ] ||
        problem "the first byte came $((first - on)) ms after on"
    expect_eq "LED and fan" "$(board led fan)" "1 1"
}

knows_board() {
    local hash
    hash=$(cat "$ROOT"/firmware/core/*.[ch] | sha256sum | cut -c1-12)
    expect_match device "$(status_get device)" "^trng [0-9.]+ $hash$"
}

# 500 bytes are 64 s; a byte more or less is a fifth of the 1 % that is allowed.
rate() {
    local before began after ended
    read -r before began < <(board bytes time_ms)
    wait_for board_said $((before + 500))
    read -r after ended < <(board bytes time_ms)
    awk -v bits=$(((after - before) * 8)) -v ms=$((ended - began)) 'BEGIN {
        rate = bits * 1000 / ms
        printf "     %d bits in %d ms: %.2f bit/s\n", bits, ms, rate
        exit rate < 62.5 * 0.99 || rate > 62.5 * 1.01 }' || problem "that is not 62.5 within 1 %"
}

board_said() {
    [ "$(board bytes)" -ge "$1" ]
}

# account LOG: its bytes are one piece of the stream, in order, each once.
account() {
    python3 - "$WORK/stream" "$1" <<'END'
import struct, sys
stream, log = (open(path, "rb").read() for path in sys.argv[1:])
read = b""
while log:
    length, = struct.unpack_from("<I", log)
    read, log = read + log[4:4 + length], log[4 + length:]
place = stream.find(read)
print(f"     {len(read)} bytes, from byte {place} of the board's stream on")
sys.exit(place < 0 or not read or stream.count(read) != 1)
END
}

delivers() {
    "$TOOLS/reader" -s 1-300 -b 1000 -l "$WORK/log" "$MNT/random" >/dev/null
    account "$WORK/log" || problem "they are not the board's bytes"
}

off() {
    expect_control shutdown 0
    expect_eq "LED and fan" "$(board led fan)" "0 0"
    expect_read ENODATA
    expect_control init 0
    expect_eq "LED and fan" "$(board led fan)" "1 1"
    expect_read bytes
}

# fault NAME STATE ERRNO: readers are parked when it strikes; nothing of it is delivered.
fault() {
    local size pids=()
    start
    for size in 16 300; do
        "$TOOLS/reader" -s $size -l "$WORK/log.$size" "$MNT/random" >"$WORK/reader.$size" &
        pids+=($!)
    done
    CHILDREN+=("${pids[@]}")
    wait_for status_least random_bytes 600
    wait_for status_is waiting_readers 2
    device_say "$1"
    wait_for is_gone "${pids[0]}"
    wait_for is_gone "${pids[1]}"
    expect_match state "$(status_get state)" "^($2|starting)$"
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
    for size in 16 300; do
        expect_file "errno=$3" "$WORK/reader.$size"
    done
    expect_read "$3"
    both_read || problem "not the board's bytes"
    heal "$1"
    end
    rm -f "$WORK"/log.*
}

# Two readers took turns: each turn is a piece of the stream before the fault, none is there twice.
both_read() {
    python3 - "$WORK/stream" "$WORK/log.16" "$WORK/log.300" <<'END'
import struct, sys
stream, *logs = (open(path, "rb").read() for path in sys.argv[1:])
taken = {}
for log in logs:
    while log:
        length, = struct.unpack_from("<I", log)
        turn, log = log[4:4 + length], log[4 + length:]
        place = stream.find(turn)
        while place in taken and place >= 0:
            place = stream.find(turn, place + 1)
        if turn:
            taken[place] = length
end = min(taken, default=-1)
for place in sorted(taken):
    if place != end:
        sys.exit(f"a turn is at {place}, the one before ended at {end}")
    end = place + taken[place]
print(f"     {sum(taken.values())} bytes in {len(taken)} turns, up to byte {end}")
END
}

heal() {
    if [ "$1" = unplug ]; then
        expect_control init ENODEV
        device_say replug
        wait_for status_is identity answered
    else
        device_say heal
    fi
    wait_state running
    expect_read bytes
    expect_eq "LED and fan" "$(board led fan)" "1 1"
}

run_step "init" start
run_step "first byte within 2.2 s of the board's time" first_byte
run_step "the board is known by its hash" knows_board
run_step "62.5 bit/s within 1 %" rate
run_step "random is the board's stream, each byte once" delivers
run_step "off powers LED and fan down, on again" off
run_step "end" end
run_step "lamp off" fault lamp-off alarm EIO
run_step "fan off" fault fan-off alarm EIO
run_step "stuck" fault stuck alarm EIO
run_step "unplug" fault unplug absent ENODEV
run_step "silence" fault silence alarm EIO
finish
