#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A virtual machine's entropy device on `random`: QEMU's rng-random takes exactly what the file gives,
# and with unavailable = "block" the machine lives through whatever befalls the source.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/qemu.sh"

R=$MNT/random
SIZE=200000 # of the stream that is looked in

in_standby() {
    start_board --rate 4000
    start_daemon -o unavailable=block
    start_qemu "$R"
    start_guest
    expect_probe 0 EAGAIN
    qemu_lives
    expect_eq "what came" "$(got_size)" 0
    expect_control init 0
    guest_goes_on
}

with_a_neighbour() {
    timeout "$BOUND_S" "$TOOLS/reader" -s 1-100 -b 2000 -l "$WORK/neighbour" "$R" >"$WORK/said" ||
        problem "the neighbour: $(cat "$WORK/said")"
    guest_goes_on
}

in_alarm() {
    local had
    device_say stuck
    wait_state alarm
    had=$(got_size)
    expect_probe 0 EAGAIN
    expect_eq "what came in alarm" "$(got_size)" "$had"
    device_say heal
    wait_state running
    guest_goes_on
    qemu_lives
}

in_absence() {
    device_say unplug
    wait_state absent
    expect_probe 0 EAGAIN
    qemu_lives
    device_say replug
    wait_state running
    guest_goes_on
}

after_a_shutdown() {
    expect_control shutdown 0
    expect_probe 0 EAGAIN
    qemu_lives
    expect_control init 0
    guest_goes_on
}

# Of the first QEMU had not said yet how much it reads. Some guests never recover from less than they
# asked for, see 66-qemu-linux.sh.
wholly() {
    local short
    end_guest
    short=$(python3 -c '
import struct, sys
data, at, short = sys.stdin.buffer.read(), 0, 0
while at < len(data):
    (size,) = struct.unpack_from("=I", data, at)
    at, short = at + 4 + size, short + (size < 64)
print(short)' <"$GOT")
    note "short answers: $short"
    [ "$short" -le 1 ] || problem "$short answers were shorter than asked for"
}

exactly() {
    local said
    said=$("$ACCOUNT" --size $SIZE --lost $SIZE "$GOT" "$WORK/neighbour") || problem "$said"
    note "$said"
    expect_match "account" "$said" "^delivered $((GUEST_BYTES + 2000)) "
    expect_eq "random_bytes" "$(status_get random_bytes)" $((GUEST_BYTES + 2000))
}

# The limit that docs/CONSUMERS.md advises; a second is shortened to a twentieth.
limited() {
    stop_qemu
    start_qemu "$R" ,max-bytes=64,period=50
    start_guest
    guest_goes_on
    end_guest
    stop_qemu
}

on_urandom() {
    rm -f "$GOT"
    start_qemu "$MNT/urandom"
    start_guest
    guest_goes_on
    device_say stuck
    wait_state alarm
    qemu_lives
    device_say heal
    wait_state running
    guest_goes_on
    end_guest
    stop_qemu
    expect_eq "answers that are not whole" $(($(got_size) % 68)) 0
    expect_eq "answers that came twice" "$(od -An -v -tx1 -w68 "$GOT" | sort | uniq -d | wc -l)" 0
}

# What docs/CONSUMERS.md warns of: QEMU 7.2 takes any failing read for its own fault.
when_the_daemon_ends() {
    start_qemu "$R"
    start_guest
    guest_goes_on
    go_dry
    stop_daemon
    qemu_aborted
}

without_block() {
    stop_device
    start_board --rate 4000
    start_running
    start_qemu "$R"
    start_guest
    guest_goes_on
    device_say stuck
    qemu_aborted
    stop_daemon
}

run_step "standby: the machine starts and waits; after init it gets bytes" in_standby
run_step "beside another reader" with_a_neighbour
run_step "alarm: it waits, and goes on after the recovery" in_alarm
run_step "unplugged: the same" in_absence
run_step "shut down: the same" after_a_shutdown
run_step "all answers but the first are as long as asked for" wholly
run_step "what it got is what the file gave: bytes of the stream, none twice" exactly
run_step "a guest may be limited" limited
run_step "urandom: whole answers, none twice" on_urandom
run_step "the daemon's end is the machine's, if it waits for bytes" when_the_daemon_ends
run_step "without unavailable = block an alarm is the machine's end" without_block
finish
