#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# No port, a busy one, one without permission: one sentence, state absent, and it keeps trying.
. "$(dirname "$0")/lib.sh"

# complains PATTERN: one line on standard error, the same in status, and only once while it lasts.
complains() {
    wait_for has_line "$1" "$WORK/daemon.err"
    expect_match reason "$(status_get reason)" "$1"
    expect_eq state "$(status_get state)" absent
    expect_read ENODEV
    note "$(grep -E -- "$1" "$WORK/daemon.err" | head -1 | sed "s|$WORK|...|g")"
    expect_eq "how often it says so" "$(grep -Ec -- "$1" "$WORK/daemon.err")" 1
}

missing() {
    start_daemon
    complains "([Nn]o such|not exist|missing|there is no)"
    expect_control init ENODEV
    expect_control restart ENODEV
    expect_control shutdown 0
    start_board
    wait_state standby
    expect_control init 0
    expect_read bytes
    expect_file "absent" "$MNT/events"
    stop_daemon
    stop_device
}

# With autostart it starts by itself when the board comes.
missing_autostart() {
    : >"$WORK/daemon.err"
    start_daemon -o autostart=true
    wait_state absent
    start_board
    wait_state running
    expect_read bytes
    device_say unplug
    wait_state absent
    device_say replug
    wait_state running
    expect_read bytes
    stop_daemon
    stop_device
}

autostart() {
    start_board
    start_daemon -o autostart=true
    wait_state running
    expect_read bytes
    stop_daemon
    stop_device
}

# A board that fails its start-up tests at autostart: failed, as after init.
autostart_fails() {
    start_board
    device_say stuck
    start_daemon -o autostart=true
    wait_state failed
    expect_read EIO
    device_say heal
    expect_control init 0
    expect_read bytes
    stop_daemon
    stop_device
}

# Somebody else has it and says so by the lock that serial programs ask for.
busy() {
    : >"$WORK/daemon.err"
    start_board
    python3 - "$PORT" "$WORK/holding" <<'END' &
import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
while True:
    time.sleep(1000)
END
    HOLDER=$!
    CHILDREN+=($HOLDER)
    wait_for test -e "$WORK/holding"
    start_daemon
    complains "([Bb]usy|in use|locked|another program)"
    kill $HOLDER
    wait_state standby
    expect_control init 0
    expect_read bytes
    stop_daemon
    stop_device
}

# Two daemons never share a board.
two_daemons() {
    local first
    start_board
    start_running
    first=$DAEMON
    mkdir "$WORK/mnt2"
    : >"$WORK/daemon.err"
    spawn_daemon -o "mountpoint=$WORK/mnt2"
    wait_for test -e "$WORK/mnt2/status"
    wait_for grep -q '^state=absent' "$WORK/mnt2/status"
    wait_for has_line "([Bb]usy|in use|locked|another program)" "$WORK/daemon.err"
    kill "$DAEMON"
    wait "$DAEMON"
    expect_eq "exit status of the second" $? 0
    DAEMON=$first
    expect_eq "state of the first" "$(status_get state)" running
    expect_read bytes
    stop_daemon
    stop_device
}

not_a_tty() { # KIND
    : >"$WORK/daemon.err"
    rm -rf "$PORT"
    case $1 in
    file) echo text >"$PORT" ;;
    folder) mkdir "$PORT" ;;
    fifo) mkfifo "$PORT" ;;
    null) ln -s /dev/null "$PORT" ;;
    loop) ln -s "$PORT" "$PORT" ;;
    esac
    start_daemon
    wait_state absent
    expect_read ENODEV
    wait_for eval 'grep -v -e "no group" -e mounted "$WORK/daemon.err"' || problem "it does not say what is wrong"
    note "$1: $(grep -v -e "no group" -e mounted "$WORK/daemon.err" | head -1 | sed "s|$WORK|...|g")"
    [ "$1" != file ] || expect_eq "the file" "$(cat "$PORT")" text
    rm -rf "$PORT"
    start_board
    wait_state standby
    stop_daemon
    stop_device
}

# A user's daemon on a port of root's.
no_permission() {
    "${NOBODY[@]}" true 2>/dev/null || { note "skipped: not root"; return; }
    "${NOBODY[@]}" test -w /dev/fuse || { note "skipped: nobody cannot open /dev/fuse"; return; }
    note "nobody may open /dev/fuse: covered by 32-user.sh"
}

# Up and down many times; the state follows, no descriptor is left.
flapping() {
    local before i
    start_board
    start_running
    before=$(ls "/proc/$DAEMON/fd" | wc -l)
    for i in 1 2 3 4 5; do
        device_say unplug
        wait_state absent
        device_say replug
        wait_state running
    done
    expect_eq "descriptors" "$(ls "/proc/$DAEMON/fd" | wc -l)" "$before"
    expect_read bytes
    stop_daemon
    stop_device
}

# The board's words: off before on after a return, off at the end, nothing in standby.
words() {
    start_board --id "trng test board 7"
    start_daemon
    wait_state standby
    expect_eq "on, in standby" "$(grep -c 'heard on' "$WORK/device.out")" 0
    note "words heard before init: $(grep -o 'heard .*' "$WORK/device.out" | xargs)"
    wait_for status_is identity answered
    expect_match device "$(status_get device)" "test board 7"
    expect_control init 0
    expect_eq "on" "$(grep -c 'heard on' "$WORK/device.out")" 1
    expect_control shutdown 0
    wait_for has_line "heard off" "$WORK/device.out"
    expect_control init 0
    : >"$WORK/marker"
    stop_daemon
    wait_for eval '[ "$(grep -o "heard .*" "$WORK/device.out" | tail -1 | cut -d" " -f2)" = off ]'
    stop_device
}

# What the tty holds from before is flushed: garbage that waits there is never used.
stale_bytes() {
    local said
    start_board
    device_say garbage 3000
    start_running
    "$TOOLS/reader" -s 100 -b 5000 -l "$WORK/log" "$MNT/random" >/dev/null
    said=$("$ACCOUNT" --size 1000000 --lost 0 "$WORK/log" 2>&1) || problem "$said"
    note "$said"
    stop_daemon
    stop_device
}

run_step "a missing port: one sentence, absent, ENODEV; standby when it comes" missing
run_step "a missing port with autostart: running when it comes, and after each return" missing_autostart
run_step "autostart" autostart
run_step "autostart of a stuck board" autostart_fails
run_step "a busy port: one sentence, absent, standby when it is free" busy
run_step "two daemons never share a board" two_daemons
for kind in file folder fifo null loop; do
    run_step "the port is no serial line: $kind" not_a_tty $kind
done
run_step "a port without permission" no_permission
run_step "five times unplugged" flapping
run_step "the words that the board hears" words
run_step "bytes from before the start are flushed" stale_bytes
finish
