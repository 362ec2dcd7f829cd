#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A test fires soon after the first seed of `urandom`: that counts as none, until there is a fresh one; with
# unavailable = "block" `urandom` and `raw` wait instead of failing; `reseed` written without blocking.
. "$(dirname "$0")/lib.sh"

# The board begins to send long after the daemon has begun to listen, so that each byte that it counts is tested.
# With 2-bit symbols the start-up tests take 256, the first seed comes with them, and the longest window is 128
# bytes long: what fires before the board has sent 384 is about a young seed.
YOUNG_AT=310
OLD_AT=1000
FIRST_BITS=$((96 * 8)) # bytes of 4 bits each: 384 bits of assessed min-entropy
LATER_BITS=$((64 * 8))

probe() { # FILE REVENTS RESULT: poll, then a read with O_NONBLOCK
    local got wait_ms=20000
    [ "$2" = 0 ] && wait_ms=50
    got=$(timeout "$BOUND_S" "$TOOLS/reader" -m probe -w $wait_ms "$MNT/$1")
    case $3 in
    bytes) expect_match "poll, read $1" "$got" "bytes=16 .*revents=$2 errno=0" ;;
    *) expect_match "poll, read $1" "$got" "bytes=0 .*revents=$2 errno=$3" ;;
    esac
}

park_reader() { # FILE STATUS-KEY LEAST: until it waits
    : >"$WORK/parked"
    timeout "$BOUND_S" "$TOOLS/reader" -n 1 -s 32 "$MNT/$1" >"$WORK/parked" &
    wait_for status_least "$2" "$3"
}

parked_got() { # PATTERN
    wait_for test -s "$WORK/parked"
    expect_match "the parked read" "$(cat "$WORK/parked")" "$1"
}

# alarm_at OFFSET DAEMON-ARGS...: a daemon whose source fails there; a read that waited for the seed has been answered.
alarm_at() {
    local offset=$1
    shift
    [ -z "$DAEMON" ] || stop_daemon
    stop_device
    start_board --rate 20000 --settle 1000
    device_say "at $offset stuck"
    start_daemon -o max_alarms=100 "$@"
    park_reader urandom urandom_waiting_readers 1
    expect_control init 0
    wait_state alarm
    parked_got "bytes=32 .*errno=0"
    expect_eq seeds "$(status_get urandom_seeds)" 1
    expect_eq "bits of the seed" "$(status_get ledger.drbg_bits)" $FIRST_BITS
}

recovered() { # BITS of the second seed
    device_say heal
    wait_state running
    wait_for status_least urandom_seeds 2
    expect_eq "bits of both seeds" "$(status_get ledger.drbg_bits)" $((FIRST_BITS + $1))
    probe urandom IN bytes
    expect_ledger
}

counts_as_none() {
    alarm_at $YOUNG_AT
    expect_eq "seeded, age" "$(status_get urandom_seeded) $(status_get urandom_seed_s)" "0 -1"
    probe urandom INERR EIO
    expect_errno EIO head -c 16 "$MNT/urandom"
    expect_control reseed EIO
    recovered $FIRST_BITS
}

old_enough() {
    alarm_at $OLD_AT
    expect_eq seeded "$(status_get urandom_seeded)" 1
    probe urandom IN bytes
    recovered $LATER_BITS
}

blocks_in_alarm() {
    alarm_at $YOUNG_AT -o unavailable=block
    expect_eq seeded "$(status_get urandom_seeded)" 0
    probe urandom 0 EAGAIN
    park_reader urandom urandom_waiting_readers 1
    expect_control reseed EIO
    recovered $FIRST_BITS
    parked_got "bytes=32 .*errno=0"
}

raw_blocks_in_standby() {
    expect_control shutdown 0
    wait_state standby
    probe raw 0 EAGAIN
    wait_for status_is diverted 0
    park_reader raw diverted 1
    expect_control init 0
    parked_got "bytes=([1-9]|[12][0-9]|3[0-2]) .*errno=0"
    wait_for status_is diverted 0
}

raw_blocks_in_absence() {
    device_say unplug
    wait_state absent
    probe raw 0 EAGAIN
    wait_for status_is diverted 0
    park_reader raw diverted 1
    device_say replug
    parked_got "bytes=([1-9]|[12][0-9]|3[0-2]) .*errno=0"
    wait_state running
    wait_for status_is diverted 0
}

# How a program waits that must not block; what it sees goes to $WORK/polled, a line each.
reseed_nonblocking() {
    : >"$WORK/polled"
    timeout "$BOUND_S" python3 - "$MNT/control" >"$WORK/polled" 2>&1 <<'END' &
import errno, os, select, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
poll = select.poll()
poll.register(fd, select.POLLOUT)
def attempt(call, *args):
    try:
        return call(fd, *args)
    except OSError as error:
        return errno.errorcode[error.errno]
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())
say(attempt(os.write, b"reseed\n"), poll.poll(50), attempt(os.read, 100))
ready = poll.poll()
say(bool(ready[0][1] & select.POLLOUT), attempt(os.read, 100).decode().strip())
END
    wait_for has_line . "$WORK/polled"
    expect_eq "while it waits" "$(head -1 "$WORK/polled")" "EINPROGRESS [] EAGAIN"
    expect_eq last "$(status_get last_command) $(status_get last_result)" "reseed pending"
}

polled_got() { # RESULT
    wait_for has_line "^True" "$WORK/polled"
    expect_eq "when it is over" "$(tail -1 "$WORK/polled")" "True $1"
}

# Nothing comes, so that it has to be waited for.
dry() {
    stop_daemon
    stop_device
    start_board --rate 20000
    start_running -o silence_ms=600000 -o max_alarms=100
    wait_for status_is urandom_seeded 1
    go_dry
}

reseed_is_polled() {
    dry
    reseed_nonblocking
    expect_control init EALREADY # others go on, and have a result of their own
    device_say "limit 1000000000"
    polled_got 0
    expect_eq seeds "$(status_get urandom_seeds)" 2
    expect_eq last "$(status_get last_command) $(status_get last_result)" "init EALREADY"
    expect_ledger
}

reseed_ends_with_the_source() {
    go_dry
    reseed_nonblocking
    device_say unplug
    polled_got ENODEV
    expect_eq last "$(status_get last_command) $(status_get last_result)" "reseed ENODEV"
    expect_control reseed ENODEV
    expect_ledger
}

run_step "an alarm soon after the first seed: EIO, and after recovery a first seed again" counts_as_none
run_step "later: it goes on, and recovery brings a routine seed" old_enough
run_step "unavailable = block: urandom waits, and is served after recovery" blocks_in_alarm
run_step "unavailable = block: raw waits in standby" raw_blocks_in_standby
run_step "unavailable = block: raw waits for the port" raw_blocks_in_absence
run_step "reseed with O_NONBLOCK: EINPROGRESS, POLLOUT, 0" reseed_is_polled
run_step "reseed with O_NONBLOCK: the source is lost" reseed_ends_with_the_source
run_step "the daemon ends cleanly" stop_daemon
finish
