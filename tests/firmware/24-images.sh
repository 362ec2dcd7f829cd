#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Images that are none, images of others, and firmware that ends itself or never rests.
. "$(dirname "$0")/boards.sh"

ECHO=$WORK/echo.elf

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

run_step "files that are no image" no_images
run_step "images of others" foreign_images
run_step "--millis" sets_counter
run_step "firmware that crashes" crashing_images
run_step "firmware that crashes later, and a power cycle" crash_and_cure
run_step "firmware that never rests" busy_images
finish
