#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A thousand readers parked on an empty pool: status answers, a signal frees one, bytes come in order.
. "$(dirname "$0")/lib.sh"

COUNT=1000
SIZE=16
SIGNALLED=500

say() { # COMMAND: to the process with the thousand readers; waits for a line /PATTERN/
    printf '%s\n' "$1" >&6
    wait_for has_line "$2" "$WORK/parked.out"
    LINE=$(grep -E -- "$2" "$WORK/parked.out" | tail -1)
}

# The pool is emptied before, and nothing flows while they come.
park() {
    start_board --rate 20000
    start_running -o silence_ms=600000
    go_dry
    mkfifo "$WORK/parked.in"
    exec 6<>"$WORK/parked.in"
    "$TOOLS/parked" "$MNT/random" "$MNT/status" $COUNT $SIZE "$WORK/log.parked" \
        <"$WORK/parked.in" >"$WORK/parked.out" 7<&- &
    CHILDREN+=($!)
    BOUND_S=120 wait_for has_line 'parked' "$WORK/parked.out"
    expect_file "^parked $COUNT$" "$WORK/parked.out"
    expect_eq waiting_readers "$(status_get waiting_readers)" $COUNT
    expect_eq queue_bytes "$(status_get queue_bytes)" $((COUNT * SIZE))
}

status_answers() {
    local i
    for i in 1 2 3 4 5; do
        say status "^status ms"
        expect_match "while all are parked" "$LINE" "returned=0$"
    done
    note "1000 parked: $LINE"
}

signalled() {
    say "signal $SIGNALLED" "^$SIGNALLED "
    expect_match "the signalled one, before any other" "$LINE" "errno=EINTR returned=1$"
    wait_for status_is waiting_readers $((COUNT - 1))
}

# Each gets its bytes, in order of arrival: reader k + 1 what follows in the stream.
served() {
    local said
    device_say limit 900000
    device_say rate 100000
    say join "^returned"
    expect_match "all came back" "$LINE" "^returned $COUNT errnos 0 EINTR$"
    said=$("$ACCOUNT" --size 1000000 --fifo --least $(((COUNT - 1) * SIZE)) "$WORK/log.parked" 2>&1) ||
        problem "$said"
    note "$said"
}

run_step "$COUNT readers park one after the other" park
run_step "status answers while all of them are parked" status_answers
run_step "a signalled one leaves at once with EINTR, the others stay" signalled
run_step "each of the others gets its bytes, in order of arrival" served
run_step "the daemon ends cleanly" stop_daemon
finish
