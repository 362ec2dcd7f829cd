#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `urandom`: nothing before its seed, as much as anybody wants afterwards, and how it ends when the source
# does: alarm, grace, unplug, shutdown; `reseed`; readers of `random` first.
. "$(dirname "$0")/lib.sh"

URANDOM=$MNT/urandom

probe() { # REVENTS RESULT: poll, then a read with O_NONBLOCK
    local got wait_ms=20000
    [ "$1" = 0 ] && wait_ms=50
    got=$(timeout "$BOUND_S" "$TOOLS/reader" -m probe -w $wait_ms "$URANDOM")
    case $2 in
    bytes) expect_match "poll, read urandom" "$got" "bytes=16 .*revents=$1 errno=0" ;;
    *) expect_match "poll, read urandom" "$got" "bytes=0 .*revents=$1 errno=$2" ;;
    esac
}

park_reader() {
    : >"$WORK/parked"
    timeout "$BOUND_S" "$TOOLS/reader" -n 1 -s 32 "$URANDOM" >"$WORK/parked" &
    wait_for status_least urandom_waiting_readers 1
}

parked_got() { # PATTERN
    wait_for test -s "$WORK/parked"
    expect_match "the parked read" "$(cat "$WORK/parked")" "$1"
}

# 96 bytes of 4 bits each: 384 bits of assessed min-entropy.
no_seed_no_bytes() {
    start_board && start_daemon
    wait_state standby
    probe 0 EAGAIN
    park_reader
    expect_eq seeded "$(status_get urandom_seeded)" 0
    expect_control init 0
    parked_got "bytes=32 .*errno=0"
    expect_eq "seeded, seeds" "$(status_get urandom_seeded) $(status_get urandom_seeds)" "1 1"
    expect_eq "bits of the seed" "$(status_get ledger.drbg_bits)" $((96 * 8))
    probe IN bytes
    expect_ledger
}

as_much_as_asked() {
    timeout "$BOUND_S" head -c 10000001 "$URANDOM" >"$WORK/much"
    expect_eq size "$(stat -c %s "$WORK/much")" 10000001
    gzip -1 <"$WORK/much" >"$WORK/packed"
    [ "$(stat -c %s "$WORK/packed")" -ge 10000001 ] || problem "its output can be packed"
    timeout "$BOUND_S" dd if="$URANDOM" of="$WORK/mib" bs=1M count=3 2>"$WORK/dd"
    expect_match "one read of 1 MiB is one" "$(cat "$WORK/dd")" "3\+0 records in"
    expect_eq "size, block" "$(stat -c '%s %o' "$URANDOM")" "32 32"
}

reseed_on_command() {
    local before
    before=$(status_get ledger.drbg_bits)
    expect_control reseed 0
    expect_eq seeds "$(status_get urandom_seeds)" 2
    expect_eq "bits of the seed" "$(($(status_get ledger.drbg_bits) - before))" $((64 * 8))
    expect_eq last_command "$(status_get last_command) $(status_get last_result)" "reseed 0"
}

alarm_after_an_old_seed() {
    wait_for seeded_long_ago
    device_say stuck
    wait_for eval '! status_is state running'
    expect_eq seeded "$(status_get urandom_seeded)" 1
    probe IN bytes
    device_say heal
    wait_state running
    wait_for status_least urandom_seeds 3
}

# A thousand tested bytes after the first question.
seeded_long_ago() {
    [ -n "${SEEDED_AT:-}" ] || SEEDED_AT=$(status_get tested_bytes)
    [ "$(($(status_get tested_bytes) - SEEDED_AT))" -gt 1000 ]
}

grace_ends() {
    stop_daemon
    stop_device
    start_board && start_running -o drbg_grace_s=1
    wait_for status_is urandom_seeded 1
    unset SEEDED_AT
    wait_for seeded_long_ago
    device_say unplug
    wait_state absent
    probe IN bytes
    wait_for status_is urandom_seeded 0
    probe INERR ENODEV
    device_say replug
    wait_for status_is urandom_seeded 1
    unset SEEDED_AT
    wait_for seeded_long_ago
    device_say stuck
    wait_state failed
    wait_for status_is urandom_seeded 0
    probe INERR EIO
    expect_control reseed EIO
    expect_control shutdown 0
    probe 0 EAGAIN
    expect_control reseed ENODATA
    device_say heal
    expect_control init 0
    wait_for status_is urandom_seeded 1
    probe IN bytes
    expect_ledger
}

no_page_cache() {
    expect_errno EIO bash -c "python3 - '$URANDOM' <<'END'
import os, sys
r, w = os.pipe()
print(os.splice(os.open(sys.argv[1], os.O_RDONLY), w, 16))
END"
}

# hold_the_line: a reader that wants 250 bytes, which is more than there is, stands first; its number in LINE.
hold_the_line() {
    go_dry
    python3 -c '
import os, signal, sys
try:
    os.read(os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK), 250)
except BlockingIOError:
    signal.pause()
' "$MNT/random" &
    LINE=$!
    CHILDREN+=("$LINE")
    wait_for status_is queue_bytes 250
    wait_for enough_for_a_seed
}

# A little more of the stream at a time: bytes for a seed, and too few for who stands before it.
enough_for_a_seed() {
    [ "$(status_get pool_bytes)" -ge 64 ] && return
    device_say limit $(($(board_where) + 20))
    return 1
}

reseed_parked() {
    timeout "$BOUND_S" bash -c 'echo reseed >"$1"' _ "$MNT/control" &
    RESEEDING=$!
    wait_for status_is queue_bytes $((250 + 64))
}

leave_the_line() {
    kill "$LINE"
    wait "$LINE" 2>/dev/null
}

# No more comes from the source: that somebody has left the line must be enough.
seeded_when_somebody_leaves() {
    stop_daemon
    stop_device
    start_board && start_running -o silence_ms=600000
    wait_for status_is urandom_seeds 1
    hold_the_line
    reseed_parked
    leave_the_line
    wait "$RESEEDING"
    expect_eq "the write of reseed" $? 0
    expect_eq seeds "$(status_get urandom_seeds)" 2
}

# The daemon hears at once that somebody has left and that a second one wants a seed.
one_seed_for_two() {
    local control second
    hold_the_line
    reseed_parked
    exec {control}>"$MNT/control"
    kill -STOP "$DAEMON"
    leave_the_line
    echo reseed >&"$control" &
    second=$!
    wait_for grep -q "^State:.S" "/proc/$second/status"
    kill -CONT "$DAEMON"
    wait "$second"
    expect_eq "the second write" $? 0
    wait "$RESEEDING"
    expect_eq "the first write" $? 0
    expect_eq seeds "$(status_get urandom_seeds)" 3
    exec {control}>&-
    expect_ledger
    device_say limit 1000000000000
    expect_control restart 0
}

# The process's memory is searched for keys: one that gives what comes next, none that gave what came before.
not_backwards() {
    has_other_memory && return
    is_root || return 0
    timeout "$BOUND_S" head -c 4096 "$URANDOM" >"$WORK/previous"
    timeout "$BOUND_S" "$TOOLS/backtrack" "$DAEMON" "$WORK/previous" head -c 64 "$URANDOM" >"$WORK/backtrack" 2>&1 ||
        problem "$(cat "$WORK/backtrack")"
    expect_match "keys in memory" "$(cat "$WORK/backtrack")" "next=[1-9].* previous=0 pieces=0"
}

at_the_end() {
    stop_daemon
    start_daemon
    park_reader
    stop_daemon
    parked_got "bytes=0 .*errno=ENODEV"
}

run_step "no seed, no bytes; the first seed has 384 bits" no_seed_no_bytes
run_step "as much as is asked for" as_much_as_asked
run_step "reseed on command: 256 bits" reseed_on_command
run_step "an alarm leaves an old seed, and recovery brings a new one" alarm_after_an_old_seed
run_step "when the grace is over: ENODEV, EIO, and nothing is left" grace_ends
run_step "a seed that waited comes when somebody leaves the line" seeded_when_somebody_leaves
run_step "who asked before gets the seed, too" one_seed_for_two
run_step "what was handed out cannot be computed back" not_backwards
run_step "nothing through the page cache" no_page_cache
run_step "at the daemon's end who waits gets ENODEV" at_the_end
finish
