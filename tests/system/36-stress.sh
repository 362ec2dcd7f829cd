#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Commands, faults, readers and their deaths at random, all at once: the sums stay exact, no byte twice.
. "$(dirname "$0")/lib.sh"

SEED=${SEED:-$RANDOM}
ROUNDS=${ROUNDS:-150}
GROWTH_KIB=4096 # pool, events and the allocator's own
echo "SEED=$SEED"
RANDOM=$SEED

start() {
    start_board --rate 50000
    start_running -o max_alarms=3 -o silence_ms=200 -o pool_capacity=4096
    FDS=$(descriptors)
    KIB=$(resident_kib)
}

reader() { # NUMBER
    local manner=(block nonblock poll block)
    while [ ! -e "$WORK/stop" ]; do
        timeout -s "$([ $((RANDOM % 2)) = 0 ] && echo KILL || echo TERM)" "0.$((RANDOM % 9 + 1))" \
            "$TOOLS/reader" -e -m "${manner[$1 % 4]}" -s 8-600 -S $RANDOM -l "$WORK/log.$1" "$MNT/random" >/dev/null
    done
} 2>/dev/null

commander() {
    local words=(init shutdown restart init init bogus) all=0
    while [ ! -e "$WORK/stop" ]; do
        timeout "0.$((RANDOM % 9 + 1))" bash -c 'echo "$1" >"$2"' _ "${words[RANDOM % 6]}" "$MNT/control"
        timeout "$BOUND_S" cat "$MNT/status" "$MNT/events" >/dev/null || touch "$WORK/hangs"
        all=$((all + 1))
        sleep "0.$((RANDOM % 4))"
    done
    echo $all >>"$WORK/commands"
} 2>/dev/null

disturb() {
    local faults=(stuck dark silence heal unplug replug heal "garbage 500" "burst 5000" replug heal) i pids=()
    for i in 0 1 2 3 4 5 6 7; do
        reader $i &
        pids+=($!)
    done
    for i in 1 2 3; do
        commander &
        pids+=($!)
    done
    CHILDREN+=("${pids[@]}")
    for ((i = 0; i < ROUNDS; i++)); do
        device_say "${faults[RANDOM % ${#faults[@]}]}"
        sleep "0.0$((RANDOM % 10))"
        is_gone "$DAEMON" && break
    done
    touch "$WORK/stop"
    wait "${pids[@]}"
    is_gone "$DAEMON" && problem "the daemon has ended"
    [ ! -e "$WORK/hangs" ] || problem "status or events did not answer"
    note "commands: $(xargs <"$WORK/commands"); changes of state: $(grep -c state= "$MNT/events"); alarms: $(status_get alarms)"
}

resident_kib() {
    awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status"
}

descriptors() {
    find "/proc/$DAEMON/fd" -mindepth 1 | wc -l
}

# The port is open now and may be gone later: one descriptor more or less. `events` may fill 1 MiB.
no_growth() {
    local fds kib
    fds=$(descriptors)
    kib=$(resident_kib)
    note "descriptors: $FDS, then $fds; resident: $KIB KiB, then $kib"
    [ "$fds" -le "$FDS" ] || problem "descriptors leak"
    has_other_memory || [ "$kib" -le $((KIB + GROWTH_KIB)) ] || problem "memory grows"
}

settle() {
    device_say replug
    device_say heal
    device_say silence
    wait_for eval '! status_is state absent'
    control shutdown >/dev/null
    wait_state standby
    expect_eq waiting_readers "$(status_get waiting_readers)" 0
    expect_eq queue_bytes "$(status_get queue_bytes)" 0
    expect_eq set_aside_bytes "$(status_get set_aside_bytes)" 0
    expect_eq held_bytes "$(status_get held_bytes)" 0
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
}

sums() {
    status_is tested_bytes $(($(status_get cleared_bytes) + $(status_get withheld_bytes) + $(status_get wiped_bytes))) &&
        status_is released_bytes $(($(status_get random_bytes) + $(status_get pool_wiped_bytes) + $(status_get set_aside_wiped_bytes) + $(own_bytes))) ||
        problem "$(grep _bytes= "$MNT/status" | xargs)"
    expect_ledger
}

# What garbage a board throws in is no fault that a test could see: only doubles are looked for.
no_doubles() {
    local said
    said=$("$ACCOUNT" --size $(($(board_where) + 1000)) --lost 1000000000 --least 0 --doubles "$WORK"/log.* 2>&1) || problem "$said"
    note "$said"
}

works_again() {
    device_say heal
    expect_control init 0
    expect_read bytes
}

run_step "a board streams" start
run_step "$ROUNDS disturbances with eight readers and three commanders" disturb
run_step "descriptors and memory have not grown" no_growth
run_step "afterwards nothing waits, nothing is held" settle
run_step "the sums of status are exact" sums
run_step "no byte was delivered twice or out of order" no_doubles
run_step "init works again" works_again
run_step "the daemon ends cleanly" stop_daemon
finish
