#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What running an image brings with it: converter, text on standard output, bytes too early, too late
# or too many, images that are none, and firmware that ends itself.
. "$(dirname "$0")/boards.sh"

ECHO=$WORK/echo.elf

emulate() { # OPTIONS
    start_port emulator --speed 100 --seed 1 "$@"
}

# reference MS OPTIONS: what a board that is told on says by then, in $WORK/reference.
reference() {
    printf '%s\n' "0 say on" "$1 quit" | play twin --seed 1 "${@:2}"
    mv "$WORK/twin" "$WORK/reference"
}

# What the open port has now; the terminal is raw and non-blocking afterwards.
pending() {
    dd bs=65536 count=1 iflag=nonblock <&8 2>/dev/null | wc -c
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
    printf '\noff' >&8
    wait_for field_is led 0
    stop_port
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

# ---- images -------------------------------------------------------------------------------------

# assemble NAME CODE: an image of these instructions, in $WORK/NAME.elf.
assemble() {
    printf '\t.section .vectors,"ax"\n\t.global __vectors\n__vectors:\n%b\n' "$2" >"$WORK/$1.S"
    avr-gcc -mmcu="${3:-atmega328p}" -nostdlib -o "$WORK/$1.elf" "$WORK/$1.S" || problem "avr-gcc failed on $1"
}

has_compiler() {
    command -v avr-gcc >/dev/null || { note "skipped: no avr-gcc"; return 1; }
    avr-gcc -mmcu=atmega328p -std=c11 -Os -o "$ECHO" "$ROOT/tests/firmware/echo.c" || problem "echo.c does not build"
}

# refused FILE PATTERN: in both ways to run, by one sentence that names the file.
refused() {
    local way
    for way in "--script /dev/null" "--link $PORT"; do
        # shellcheck disable=SC2086 # two words
        timeout "$BOUND_S" "$BIN/trng-emulator" $way --image "$1" >"$WORK/out" 2>"$WORK/err" </dev/null
        expect_eq "exit status with ${1##*/}" $? 1
        expect_eq "standard output" "$(cat "$WORK/out")" ""
        expect_match "standard error" "$(head -n 1 "$WORK/err")" "$1: .*$2"
        [ ! -L "$PORT" ] || problem "a link is left"
    done
    expect_eq "sentences" "$(grep -c . "$WORK/err")" 1
}

no_images() {
    local part whole
    refused "$WORK/missing" "No such file"
    refused "$WORK" "Is a directory"
    : >"$WORK/empty"
    refused "$WORK/empty" "no image"
    refused "$ROOT/Makefile" "no image"
    refused "$BIN/trng-twin" "no image"
    refused /dev/null "no image"
    whole=$(stat -c %s "$IMAGE")
    for part in 4 20 51 52 100 1000 $((whole / 2)) $((whole - 1000)) $((whole - 1)); do
        head -c "$part" "$IMAGE" >"$WORK/cut"
        refused "$WORK/cut" "no image"
    done
}

# Bytes of the header and of the sections' table that point anywhere: refused or run, but no crash.
broken_headers() {
    local place value rc
    for place in 33 34 35 47 49 51 $(seq -8 -3 -320); do
        for value in '\377' '\177' '\001'; do
            cp "$IMAGE" "$WORK/broken"
            [ "$place" -gt 0 ] || place=$(($(stat -c %s "$IMAGE") + place))
            printf "$value" | dd of="$WORK/broken" bs=1 seek="$place" conv=notrunc 2>/dev/null
            timeout "$BOUND_S" "$BIN/trng-emulator" --script /dev/null --image "$WORK/broken" >"$WORK/out" 2>&1
            rc=$?
            [ $rc -le 1 ] || problem "exit status $rc with byte $place changed to $value"
        done
    done
}

foreign_images() {
    has_compiler || return 0
    assemble big '\trjmp .\n\t.space 40000' atmega2560
    refused "$WORK/big.elf" "no image"
    avr-gcc -mmcu=atmega328p -c -o "$WORK/object.o" "$WORK/big.S"
    refused "$WORK/object.o" "no image"
    assemble fuses '\trjmp .\n\t.section .fuse,"a"\n\t.space 1000'
    refused "$WORK/fuses.elf" "no image"
    broken_headers
    # A symbol of that name that is no variable: there is no counter to set.
    assemble misnamed '\trjmp .\n\t.global timer0_millis\ntimer0_millis:\n\t.word 0'
    play emulator --image "$WORK/misnamed.elf" --millis 4294967295 <<<$'10 say on\n1000 quit'
    expect_eq "bytes of it" "$(size emulator)" 0
}

# --millis sets the variable itself; a power cycle sets it to what it would be by then.
sets_counter() {
    has_compiler || return 0
    play emulator --image "$ECHO" --millis 305419896 <<<$'10 say am\n100 quit'
    expect_eq "the counter" "$(od -An -tx1 "$WORK/emulator" | xargs)" "61 6d 78 56 34 12"
    emulate --image "$ECHO" --millis 4294967295
    pass 5000
    exec 8>&-
    ask unplug
    ask replug
    ask status
    open_port
    printf m >&8
    timeout "$BOUND_S" head -c 5 <&8 | od -An -v -tu4 -j1 >"$WORK/counter"
    expect_match "the counter" "$(cat "$WORK/counter")" '^ +[0-9]{4,7}$'
    [ "$(field time_ms)" -ge "$(cat "$WORK/counter")" ] || problem "$(cat "$WORK/counter") at $(field time_ms) ms"
    stop_port
}

# ---- firmware that ends itself ------------------------------------------------------------------

ticks() {
    awk '{ print $14 + $15 }' "/proc/$DEVICE/stat"
}

crashes_told() {
    grep -c crashed "$WORK/device.err"
}

has_crashed_again() { # BEFORE
    [ "$(crashes_told)" -gt "$1" ]
}

# crashes ELF: silent, idle, and there for the console and the cable.
crashes() {
    local before
    emulate --image "$1"
    wait_for has_line "crashed" "$WORK/device.err"
    printf 'on id off %.0s' {1..300} >&8
    before=$(ticks)
    pass 100000
    before=$(($(ticks) - before))
    [ "$before" -lt 50 ] || problem "$before ticks in 100 s of device time"
    expect_eq "what it says" "$(pending)" 0
    exec 8>&-
    ask unplug
    [ ! -L "$PORT" ] || problem "unplugged, the link is there"
    pass 1000
    before=$(crashes_told)
    ask replug
    wait_for has_crashed_again "$before"
    expect_eq "lines on standard error" "$(grep -vc -e crashed -e '^trng-emulator: avr_' "$WORK/device.err")" 0
    device_say quit
    wait_for is_gone "$DEVICE"
    wait "$DEVICE"
    expect_eq "exit status" $? 0
    [ ! -L "$PORT" ] || problem "after quit, the link is there"
    expect_eq "standard output" "$(grep -cvE '^(time_ms=.*|ok|.* ready)$' "$WORK/device.out")" 0
}

crashing_images() {
    has_compiler || return 0
    assemble sleeps '\tcli\n\tsleep\n\trjmp .'
    printf '0 say %700d\n' 0 | timeout "$BOUND_S" "$BIN/trng-emulator" --script - --image "$WORK/sleeps.elf" 2>"$WORK/err"
    expect_eq "exit status of a script for it" $? 1
    expect_file "standard input:1: the board does not take it" "$WORK/err"
    crashes "$WORK/sleeps.elf"
    assemble nowhere '\tldi r30, 0\n\tldi r31, 0x38\n\tijmp'
    crashes "$WORK/nowhere.elf"
    assemble invalid '\t.word 0xffff'
    crashes "$WORK/invalid.elf"
}

# It crashes when told to, with LED and fan on; power makes it well.
crash_and_cure() {
    local way
    has_compiler || return 0
    for way in 100 0; do
        start_port emulator --image "$ECHO" --speed $way
        printf 'a!*xy' >&8
        timeout "$BOUND_S" head -c 3 <&8 >"$WORK/said"
        expect_eq "echo" "$(cat "$WORK/said")" 'a!*'
        wait_for has_line crashed "$WORK/device.err"
        wait_for field_is led 1
        printf 'ddd' >&8
        pass 300
        exec 8>&-
        ask unplug
        expect_eq unplug "$ANSWER" ok
        ask replug
        ask status
        expect_match "after power-up" "$ANSWER" " led=0 fan=0 "
        open_port
        printf 'efg' >&8
        timeout "$BOUND_S" head -c 3 <&8 >"$WORK/said"
        expect_eq "echo after power-up" "$(cat "$WORK/said")" efg
        stop_port
    done
}

# Neither an endless loop nor `break` keeps the emulator from its console, its port and its end.
busy_images() {
    has_compiler || return 0
    local code speed
    for code in 'rjmp .-2' 'break\n\trjmp .-4'; do
        assemble busy "\\t$code"
        for speed in 0 10000; do
            start_port emulator --image "$WORK/busy.elf" --speed $speed
            printf 'on%.0s' {1..500} >&8
            pass 1000
            expect_match "led" "$ANSWER" " led=0 fan=0 "
            stop_port
            [ ! -L "$PORT" ] || problem "after SIGTERM, the link is there"
        done
    done
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
    [ "$(field time_ms)" -lt $((before * 20)) ] || problem "time went from $before to $(field time_ms) ms"
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
run_step "files that are no image" no_images
run_step "images of others" foreign_images
run_step "--millis" sets_counter
run_step "firmware that crashes" crashing_images
run_step "firmware that crashes later, and a power cycle" crash_and_cure
run_step "firmware that never rests" busy_images
run_step "unplugged and replugged, over and over" replugging
run_step "stopped and continued" stopped
run_step "ended by signals" terminated
run_step "two at once" two_at_once
finish
