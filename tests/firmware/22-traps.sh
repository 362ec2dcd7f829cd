#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What emulation brings with it: converter, text on standard output, bytes too early, too late or too
# many, and the life of a port.
. "$(dirname "$0")/boards.sh"

# reference MS OPTIONS: what a board that is told on says by then, in $WORK/reference.
reference() {
    printf '%s\n' "0 say on" "$1 quit" | play twin --seed 1 "${@:2}"
    mv "$WORK/twin" "$WORK/reference"
}

# Where in the reference the bytes of FILE are, -1: nowhere.
place() {
    python3 -c 'import sys
whole, part = (open(path, "rb").read() for path in sys.argv[1:])
print(whole.find(part))' "$WORK/reference" "$WORK/$1"
}

# ---- the converter ------------------------------------------------------------------------------

# codes WORDS FAULT LEAST MOST SORTS: 4,000 readings in that range, so many different ones or more.
codes() {
    local codes
    both --seed 2 ${2:+--fault "$2"} < <(printf '%s\n' "0 say raw $1" "100 say on" "$((2100 + 32003)) say off")
    codes=$(od -An -v -tx1 -w2 "$WORK/emulator" | while read -r high low; do echo $((16#$high * 256 + 16#$low)); done)
    expect_eq "readings of $1 $2" "$(wc -l <<<"$codes")" 4000
    read -r least most sorts < <(sort -n <<<"$codes" | uniq | awk 'NR == 1 { first = $1 } END { print first, $1, NR }')
    note "$1 $2: $least to $most, $sorts codes"
    [ "$least" -ge "$3" ] && [ "$most" -le "$4" ] && [ "$sorts" -ge "$5" ] || problem "expected $3 to $4, $5 codes"
}

# That they are the twin's says that no code is lost on the way through the converter.
readings() {
    local least most sorts
    codes bright "" 540 660 80
    codes still "" 580 620 15
    codes dark "" 0 0 1
    codes bright lamp-off 0 0 1
    codes bright stuck 600 600 1
    codes bright fan-off=100 200 1023 400
    codes dark fan-off=100 0 400 200
}

# ---- standard output ----------------------------------------------------------------------------

only_bytes() {
    play emulator <<<"3000 quit"
    expect_eq "bytes of a silent board" "$(size emulator)" 0
    play emulator <<<$'500 say id\n3000 quit'
    expect_eq "what a board says to id" "$(wc -l <"$WORK/emulator")" 1
    expect_match id "$(cat "$WORK/emulator")" '^trng [0-9.]+ [0-9a-f]+$'
    expect_eq "standard error" "$(cat "$WORK/emulator.err")" ""
}

only_ready() {
    emulate
    printf 'id on' >&8
    pass 3000
    printf 'off' >&8
    stop_port
    expect_eq "lines but for status" "$(grep -v '^time_ms=' "$WORK/device.out")" "$PORT ready"
    expect_eq "standard error" "$(cat "$WORK/device.err")" ""
}

# ---- bytes too early, stale, too many -----------------------------------------------------------

# Written the instant the port is there, while the firmware has not yet switched its receiver on.
at_once() {
    local i said
    for i in {1..10}; do
        "$BIN/trng-emulator" --link "$PORT" --speed $((i % 2 ? 10000 : 1)) >/dev/null 2>"$WORK/device.err" </dev/null &
        CHILDREN+=($!)
        until [ -e "$PORT" ]; do
            kill -0 $! || return
        done
        open_port
        printf id >&8
        read -r -t "$BOUND_S" said <&8
        expect_match "answer $i" "$said" '^trng '
        exec 8>&-
        kill $!
        wait $!
    done
}

# Nobody read it, or nobody had the port open: gone. What comes then is said afterwards.
stale() {
    local bytes
    reference 4000000
    emulate
    printf on >&8
    wait_for field_least bytes 200
    close_and_open
    wait_for field_least bytes $(($(field bytes) + 200))
    bytes=$(field bytes)
    timeout "$BOUND_S" head -c 40 <&8 >"$WORK/first"
    exec 8>&-
    wait_for field_is port closed
    wait_for field_least bytes $((bytes + 600))
    ask silence
    ask status
    bytes=$(field bytes)
    open_port
    wait_for field_is port open
    expect_eq "bytes from while it was closed" "$(pending)" 0
    exec 8>&-
    open_port
    ask heal
    timeout "$BOUND_S" head -c 40 <&8 >"$WORK/first"
    [ "$(place first)" -ge "$bytes" ] || problem "bytes at $(place first), expected $bytes or later"
    stop_port
}

close_and_open() {
    ask silence
    exec 8>&-
    wait_for field_is port closed
    open_port
    wait_for field_is port open
    expect_eq "bytes that nobody read" "$(pending)" 0
    exec 8>&-
    open_port
    ask heal
}

# 100 kB take an Uno two minutes; the stream goes on, none of its bytes lost or moved.
flood() {
    local writer
    reference 130000
    emulate
    printf on >&8
    yes '#bcde!' | tr -d '\n' | head -c 100000 >&8 &
    writer=$!
    CHILDREN+=($writer)
    timeout "$BOUND_S" head -c 980 <&8 >"$WORK/flooded"
    cmp -n 980 "$WORK/reference" "$WORK/flooded" || problem "the stream is another one"
    wait_for is_gone $writer
    pass 1000
    # What the line still holds of the junk may swallow a word; the next one is heard.
    wait_for told_off
    stop_port
}

told_off() {
    printf '\noff' >&8
    field_is led 0
}

# Flat out the reader makes time pass; one that does not read can still tell the board to be off.
unread() {
    start_port emulator --speed 0
    printf on >&8
    wait_for field_least bytes 3000
    wait_for is_full
    printf off >&8
    wait_for field_is led 0
    stop_port
}

# The terminal takes no more: the device's time stands still.
is_full() {
    local before
    ask status
    before=$(field time_ms)
    ask status
    [ "$(field time_ms)" = "$before" ]
}

# ---- a life of the port -------------------------------------------------------------------------

descriptors() {
    find "/proc/$DEVICE/fd" -mindepth 1 | wc -l
}

memory_kb() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$DEVICE/status"
}

# cycles N: as fast as the console takes them.
cycles() {
    local lines
    lines=$(wc -l <"$WORK/device.out")
    yes $'unplug\nreplug' | head -n $((2 * $1)) >&7
    wait_for has_lines $((lines + 2 * $1))
    expect_eq "answers other than ok" "$(tail -n $((2 * $1)) "$WORK/device.out" | grep -cvx ok)" 0
}

replugging() {
    local files memory before said i
    reference 10000
    emulate
    exec 8>&-
    cycles 50
    ask status
    before=$(field time_ms)
    files=$(descriptors) memory=$(memory_kb)
    cycles 1000
    ask status
    note "the clock went from $before to $(field time_ms) ms"
    expect_eq "descriptors" "$(descriptors)" "$files"
    has_other_memory || [ $(($(memory_kb) - memory)) -lt 300 ] || problem "memory grew from $memory to $(memory_kb) kB"
    open_port
    printf 'id\non' >&8
    read -r -t "$BOUND_S" said <&8
    expect_match "id" "$said" '^trng '
    timeout "$BOUND_S" head -c 60 <&8 | cmp -n 60 "$WORK/reference" - || problem "not the stream of a first session"
    for i in {1..10}; do
        ask unplug
        exec 8>&-
        ask replug
        open_port
        printf on >&8
        timeout "$BOUND_S" head -c 2 <&8 >"$WORK/said"
        expect_eq "bytes after replug $i" "$(size said)" 2
        ask status
        expect_match status "$ANSWER" " led=1 fan=1 "
    done
    expect_eq "descriptors" "$(descriptors)" "$files"
    stop_port
}

# Stopped for 2.5 s, at 100 times a board's speed 250 s: it stood still, and the stream is whole.
stopped() {
    local before after began ended
    reference 4000000
    emulate
    printf on >&8
    timeout "$BOUND_S" head -c 100 <&8 >"$WORK/said"
    ask status
    began=${EPOCHREALTIME/./} before=$(field time_ms)
    kill -STOP "$DEVICE"
    sleep 2.5
    kill -CONT "$DEVICE"
    ask status
    ended=${EPOCHREALTIME/./} after=$(field time_ms)
    [ $((after - before)) -lt $(((ended - began - 1000000) / 10)) ] ||
        problem "$((after - before)) ms passed in $(((ended - began) / 1000)) ms on the wall"
    timeout "$BOUND_S" head -c 200 <&8 >"$WORK/more"
    [ "$(place more)" -ge 100 ] || problem "bytes at $(place more)"
    stop_port
}

terminated() {
    local signal
    for signal in TERM INT HUP; do
        start_device env --default-signal=INT "$BIN/trng-emulator" --speed 100
        kill -$signal "$DEVICE"
        wait_for is_gone "$DEVICE"
        wait "$DEVICE"
        expect_eq "exit status after $signal" $? 0
        [ ! -L "$PORT" ] || problem "after $signal, the link is there"
    done
}

# Each has its own processor, noise and port.
two_at_once() {
    local i pids=()
    reference 200000
    for i in 1 2; do
        "$BIN/trng-emulator" --link "$PORT.$i" --speed 0 --seed 1 >"$WORK/device.out.$i" 2>"$WORK/device.err.$i" </dev/null &
        pids+=($!)
        CHILDREN+=($!)
        wait_for test -e "$PORT.$i"
    done
    exec 8<>"$PORT.1" 9<>"$PORT.2"
    printf on >&8
    printf on >&9
    timeout "$BOUND_S" head -c 1000 <&8 >"$WORK/said.1"
    timeout "$BOUND_S" head -c 1000 <&9 >"$WORK/said.2"
    for i in 1 2; do
        cmp -n 1000 "$WORK/reference" "$WORK/said.$i" || problem "board $i says something else"
    done
    exec 8>&- 9>&-
    kill "${pids[@]}"
    wait "${pids[@]}"
}

run_step "the converter is exact, up to the rails" readings
run_step "standard output of a script is the board's" only_bytes
run_step "standard output of a port is one line" only_ready
run_step "bytes written the instant the port is there" at_once
run_step "no stale bytes" stale
run_step "100 kB of junk while on" flood
run_step "off, flat out, while nobody reads" unread
run_step "unplugged and replugged, over and over" replugging
run_step "stopped and continued" stopped
run_step "ended by signals" terminated
run_step "two at once" two_at_once
finish
