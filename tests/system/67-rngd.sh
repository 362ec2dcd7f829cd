#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# rngd -r on `random`: what it takes, what it does when the source fails, and that with
# unavailable = "block" it lives through that. docs/CONSUMERS.md tells what is found here.
#
# Whatever rngd is installed: that of rng-tools5 or that of rng-tools-debian.
. "$(dirname "$0")/lib.sh"

R=$MNT/random
THRESHOLD=/proc/sys/kernel/random/write_wakeup_threshold
BLOCK=2508 # two words to look at, and the 20000 bits that rngd tests at a time

PATH=$PATH:/usr/sbin
command -v rngd >/dev/null || skip "no rngd (package rng-tools5 or rng-tools-debian)"
RNGD=5
rngd --help 2>&1 | grep -q -- --rng-entropy && RNGD=debian

# start_rngd: version 5 sets the kernel's $THRESHOLD to its watermark, so it is told what is there.
start_rngd() {
    local options=(-d 1 -n 1 -p "$WORK/rngd.pid" -W "$(cat $THRESHOLD)")
    [ $RNGD = 5 ] || options=(-H 0.5 -t 60 -T 0 -B 1)
    rngd -f -r "$R" -o /dev/random "${options[@]}" >"$WORK/rngd.err" 2>&1 7<&- &
    RNGD_PID=$!
    CHILDREN+=("$RNGD_PID")
}

wait_rngd() {
    wait_for is_gone "$RNGD_PID"
    wait "$RNGD_PID"
    RC=$?
}

stop_rngd() {
    is_gone "$RNGD_PID" && problem "rngd ended: $(tail -3 "$WORK/rngd.err")"
    kill "$RNGD_PID"
    wait_rngd
}

# may_feed: the kernel takes a credit of no bits and no bytes from us.
may_feed() {
    python3 -c "import fcntl; fcntl.ioctl(open('/dev/random'), 0x40085203, bytes(8))" 2>/dev/null
}

# starts_to_read: the board is dry, and rngd waits in the middle of a block.
starts_to_read() {
    go_dry
    BEFORE=$(status_get random_bytes)
    start_rngd
    wait_for status_least waiting_readers 1
    device_say limit $(($(board_where) + 1500))
    wait_for status_least random_bytes $((BEFORE + 8 + 256))
}

takes_a_block() {
    start_board --rate 20000 && start_running "$@"
    start_rngd
    wait_for status_least random_bytes $BLOCK
    # Whoever wanted more would have it: the pool goes on filling.
    wait_for status_least pool_bytes 3000
    note "random_bytes=$(status_get random_bytes)"
    [ $RNGD != 5 ] || expect_eq "beside blocks" $((($(status_get random_bytes) - 8) % 2500)) 0
    if may_feed; then
        stop_rngd
        expect_eq "complaints" "$(grep -Ec "failed|error" "$WORK/rngd.err")" 0
    else
        wait_rngd
        note "not permitted here: $(grep RNDADD "$WORK/rngd.err")"
        expect_file "RNDADDENTROPY failed: Operation not permitted" "$WORK/rngd.err"
    fi
}

in_alarm_it_ends() {
    starts_to_read
    device_say stuck
    wait_state alarm
    wait_rngd
    note "exit status $RC"
    expect_file "read error|Input/output error" "$WORK/rngd.err"
    device_say heal
    device_say limit 1000000000
    wait_state running
    expect_read bytes
}

with_block_it_lives() {
    stop_daemon
    start_running -o unavailable=block
    starts_to_read
    device_say stuck
    wait_state alarm
    expect_probe 0 EAGAIN
    device_say heal
    device_say limit 1000000000
    wait_state running
    wait_for status_least random_bytes $((BEFORE + BLOCK))
    ! may_feed || stop_rngd
}

run_step "it takes a block and then what it needs" takes_a_block
run_step "alarm in the middle of a block: a read error, it ends" in_alarm_it_ends
run_step "alarm with unavailable = block: it waits, and has its block in the end" with_block_it_lives
run_step "the daemon ends cleanly" stop_daemon
finish
