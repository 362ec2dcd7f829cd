# SPDX-License-Identifier: GPL-3.0-or-later
# boards - what tests of the firmware add to those of the system: boards played in device time.
# shellcheck shell=bash
#
# No daemon and no mount: NEEDS_FUSE=no lets ../system/lib.sh do without.

NEEDS_FUSE=no
. "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"

IMAGE=$BUILD/firmware/trng-uno.elf
for needed in "$BIN/trng-twin" "$BIN/trng-emulator" "$IMAGE"; do
    [ -e "$needed" ] || skip "no $needed: build first"
done

# play PROGRAM OPTIONS...: the script on standard input, bytes in $WORK/PROGRAM.
play() {
    local program=$1
    shift
    "$BIN/trng-$program" --script - "$@" >"$WORK/$program" 2>"$WORK/$program.err" ||
        problem "trng-$program $*: $(cat "$WORK/$program.err")"
}

# both OPTIONS...: the script on standard input gives the same bytes on the twin and the emulator.
# It goes on for 50 ms after its last line, so that both have heard that.
both() {
    awk '{ print; last = $1 } END { print last + 50, "quit" }' >"$WORK/script"
    play twin "$@" <"$WORK/script"
    play emulator "$@" <"$WORK/script"
    cmp -s "$WORK/twin" "$WORK/emulator" || problem "$(differ "$*")"
}

differ() { # OPTIONS
    echo "$1: $(cd "$WORK" && wc -c twin emulator | xargs)," \
        "$(cd "$WORK" && cmp twin emulator 2>&1); the script: $(head -c 2000 "$WORK/script")"
}

size() { # FILE
    stat -c %s "$WORK/$1"
}

# ---- over a pty ---------------------------------------------------------------------------------

# start_port PROGRAM OPTIONS...: such a board, its port open as descriptor 8.
start_port() {
    local program=$1
    shift
    start_device "$BIN/trng-$program" "$@"
    open_port
}

open_port() {
    exec 8<>"$PORT"
}

stop_port() {
    exec 8>&-
    stop_device
}

# ask LINE: the console's answer in ANSWER.
ask() {
    local lines
    lines=$(wc -l <"$WORK/device.out")
    device_say "$1"
    wait_for has_lines $((lines + 1)) || return
    ANSWER=$(tail -n 1 "$WORK/device.out")
}

has_lines() {
    [ "$(wc -l <"$WORK/device.out")" -ge "$1" ]
}

# field KEY: of the answer, if that was the console's status.
field() {
    sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$ANSWER"
}

field_is() { # KEY VALUE: now
    ask status
    [ "$(field "$1")" = "$2" ]
}

field_least() { # KEY NUMBER: now
    ask status
    [ "$(field "$1")" -ge "$2" ]
}

# pass MS: of device time; the status is in ANSWER.
pass() {
    ask status
    wait_for field_least time_ms $(($(field time_ms) + $1))
}

emulate() { # OPTIONS
    start_port emulator --speed 100 --seed 1 "$@"
}

# What the open port has now; the terminal is raw and non-blocking afterwards.
pending() {
    dd bs=65536 count=1 iflag=nonblock <&8 2>/dev/null | wc -c
}
