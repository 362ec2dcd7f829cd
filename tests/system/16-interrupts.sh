#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Signals: a parked reader leaves at once, a served one keeps what it got, init goes on without its caller.
. "$(dirname "$0")/lib.sh"

start_reader() { # SIZE
    "$TOOLS/reader" -e -n 1 -s "$1" -l "$WORK/log.$1" "$MNT/random" >"$WORK/reader.$1" &
    READER=$!
    CHILDREN+=($READER)
    wait_for status_is waiting_readers 1
}

start() {
    start_board --rate 20000
    start_running -o silence_ms=600000
}

more() { # BYTES
    device_say limit $(($(board_where) + $1))
}

interrupted_with_nothing() {
    go_dry
    start_reader 64
    kill -USR1 $READER
    wait_for status_is waiting_readers 1
    more 1000
    wait $READER
    expect_file "bytes=64 reads=1 interrupted=1 .*errno=0" "$WORK/reader.64"
}

# One stays parked, the other has a signal handler that ends its read.
one_of_two() {
    go_dry
    start_reader 48
    python3 - "$MNT/random" >"$WORK/python" 2>&1 <<'END'
import os, signal, sys
class Alarm(Exception):
    pass
def ring(number, frame):
    raise Alarm()
signal.signal(signal.SIGALRM, ring)
fd = os.open(sys.argv[1], os.O_RDONLY)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    os.read(fd, 16)
    print("read returned")
except Alarm:
    print("left with EINTR")
END
    expect_file "left with EINTR" "$WORK/python"
    expect_eq waiting_readers "$(status_get waiting_readers)" 1
    more 1000
    wait $READER
    expect_file "bytes=48 reads=1 interrupted=0 .*errno=0" "$WORK/reader.48"
}

# The head of the queue asked for 256 bytes, fewer are there: interrupted, it leaves with those.
interrupted_with_some() {
    local before got
    go_dry
    start_reader 256
    before=$(board_where)
    until status_least pool_bytes 1; do
        before=$((before + 50))
        device_say limit $before
        wait_for eval "[ \$(board_where) = $before ]" || return
        status_is waiting_readers 1 || return
    done
    got=$(status_get pool_bytes)
    note "pool_bytes while the head waits for 256: $got"
    kill -USR1 $READER
    wait $READER
    expect_file "bytes=$got reads=1 interrupted=0 .*errno=0" "$WORK/reader.256"
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
}

killed() {
    go_dry
    start_reader 100
    kill -KILL $READER
    wait $READER 2>/dev/null
    wait_for status_is waiting_readers 0
}

timeout_cat() {
    timeout 0.3 cat "$MNT/random" >"$WORK/cat"
    expect_eq "exit status of timeout" $? 124
    wait_for status_is waiting_readers 0
}

restarted() {
    expect_control shutdown 0
    device_say limit 100000000
    device_say rate 20
}

# bash has a child that exits while its own `echo init > control` is parked: SIGCHLD interrupts the
# write, and bash must not lose the wait's result for the transition.
bash_with_child() {
    restarted
    bash -c '(sleep 0.3; exit 3) & echo init >"$1"; echo "rc=$?"' _ "$MNT/control" \
        >"$WORK/shell" 2>&1 &
    wait_state starting
    sleep 0.5
    device_say rate 20000
    wait_state running
    wait_for has_line "rc=" "$WORK/shell"
    note "bash whose child exits during init: $(xargs <"$WORK/shell")"
    expect_file "rc=0|Interrupted system call" "$WORK/shell"
    expect_eq last_command "$(status_get last_command)" init
    wait_for status_is last_result 0
}

# The caller is killed: the transition goes on and status tells.
abandoned_init() {
    restarted
    bash -c 'echo init >"$1"' _ "$MNT/control" 2>/dev/null &
    wait_state starting
    kill -KILL $!
    wait $! 2>/dev/null
    expect_eq state "$(status_get state)" starting
    device_say rate 20000
    wait_state running
    wait_for status_is last_result 0
}

timeout_init() {
    restarted
    timeout 0.5 bash -c 'echo init >"$1"' _ "$MNT/control"
    expect_eq "exit status of timeout" $? 124
    expect_eq state "$(status_get state)" starting
    device_say rate 20000
    wait_state running
}

run_step "a board streams" start
run_step "a parked reader leaves at once with EINTR and may come back" interrupted_with_nothing
run_step "one of two is interrupted, the other stays" one_of_two
run_step "the head of the queue, interrupted, gets what is there" interrupted_with_some
run_step "SIGKILL frees a parked reader and its place" killed
run_step "timeout cat ends" timeout_cat
run_step "bash with a child that exits during init" bash_with_child
run_step "SIGKILL of who wrote init ends the wait, not the transition" abandoned_init
run_step "timeout of who wrote init ends the wait, not the transition" timeout_init
run_step "the daemon ends cleanly" stop_daemon
finish
