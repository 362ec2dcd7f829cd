#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fifty concurrent readers of mixed sizes on a marked stream, three killed: every byte is accounted for.
. "$(dirname "$0")/lib.sh"

READERS=50
KILLED_SIZE=3000
SENT=300000

sizes_of() { # READER
    case $1 in
    0) echo 1-7 ;;
    1 | 2 | 3) echo $KILLED_SIZE ;;
    *) case $(($1 % 5)) in
        0) echo 8-64 ;;
        1) echo 16 ;;
        2) echo 8,32,256,257,4096 ;;
        3) echo 200-300 ;;
        *) echo 8-4096 ;;
        esac ;;
    esac
}

manner_of() { # READER
    case $(($1 % 3)) in
    0) echo block ;;
    1) echo nonblock ;;
    *) echo poll ;;
    esac
}

start_readers() {
    local i
    PIDS=()
    for ((i = 0; i < READERS; i++)); do
        "$TOOLS/reader" -m "$(manner_of $i)" -s "$(sizes_of $i)" -S $i -b 10000000 \
            -l "$WORK/log.$i" "$MNT/random" >"$WORK/reader.$i" &
        PIDS[i]=$!
        CHILDREN+=($!)
    done
}

# In the middle of the stream, each after it has got something.
kill_three() {
    local i
    for i in 1 2 3; do
        wait_for test -s "$WORK/log.$i"
        kill -KILL "${PIDS[i]}"
        wait "${PIDS[i]}" 2>/dev/null
    done
}

# All that was sent is tested, and what is left in the pool is too little for the one whose turn it is.
all_sent() {
    local tested
    tested=$(status_get tested_bytes)
    [ "$(board_where)" -ge $SENT ] && [ "$(status_get pool_bytes)" -lt 256 ] || return
    sleep 0.2
    status_is tested_bytes "$tested"
}

# Those that still wait are ended by shutdown: ENODATA, never a byte more.
readers_end() {
    local i
    expect_control shutdown 0
    for ((i = 0; i < READERS; i++)); do
        wait "${PIDS[i]}"
        [[ $i =~ ^[123]$ ]] || expect_match "reader $i" "$(cat "$WORK/reader.$i")" "errno=ENODATA"
    done
}

# At most 912 symbols and one open chunk stay held back when the stream stops, and less than the
# 256 bytes that a reader is to get whole in the pool.
run_all() {
    start_board --rate 100000 --limit $SENT
    start_running -o silence_ms=600000 -o rate_bit_s=800000 -o pool_capacity=1000000
    start_readers
    kill_three
    wait_for all_sent
    expect_eq pool_dropped_bytes "$(status_get pool_dropped_bytes)" 0
    expect_eq alarms "$(status_get alarms)" 0
    DELIVERED=$(status_get random_bytes)
    readers_end
}

account() {
    local said
    said=$("$ACCOUNT" --size $SENT --lost $((3 * KILLED_SIZE)) --last $((SENT - 912 / 4 - 100 - 255)) \
        --least $((SENT / 2)) "$WORK"/log.* 2>&1) || problem "$said"
    note "$said"
    note "random_bytes of status: $DELIVERED"
    [[ $said =~ delivered\ ([0-9]+)\ first\ ([0-9]+)\ last\ [0-9]+\ lost\ ([0-9]+) ]] || return
    [ $((BASH_REMATCH[1] + BASH_REMATCH[3])) -ge "$DELIVERED" ] ||
        problem "status says more was delivered"
    [ "${BASH_REMATCH[1]}" -le "$DELIVERED" ] || problem "status says less was delivered"
}

full_pool() {
    local before
    rm -f "$WORK"/log.*
    stop_daemon
    stop_device
    start_board --rate 200000
    start_running -o pool_capacity=1000 -o silence_ms=600000
    wait_for status_least pool_dropped_bytes 5000
    expect_eq pool_bytes "$(status_get pool_bytes)" 1000
    device_say silence
    before=$(board_where)
    expect_eq state "$(status_get state): $(status_get reason)" "running: start-up tests passed"
    "$TOOLS/reader" -b 1000 -s 100 -l "$WORK/log.0" "$MNT/random" >/dev/null
    note "$("$ACCOUNT" --size "$before" "$WORK/log.0" 2>&1)"
    "$ACCOUNT" --size "$before" "$WORK/log.0" >/dev/null || problem "the pool did not keep the oldest in order"
}

# Both sums of status, exactly: nothing appears or goes without being counted.
sums() {
    status_is tested_bytes "$(($(sum held wiped withheld cleared)))" ||
        problem "tested $(status_get tested_bytes): $(sum held wiped withheld cleared)"
    status_is cleared_bytes "$(($(sum released pool_dropped)))" ||
        problem "cleared $(status_get cleared_bytes): $(sum released pool_dropped)"
    status_is released_bytes "$(($(sum random pool pool_wiped set_aside set_aside_wiped) + $(own_bytes)))" ||
        problem "released $(status_get released_bytes): $(sum random pool pool_wiped set_aside set_aside_wiped) + own $(own_bytes)"
    expect_ledger
    status_least raw_bits "$(($(status_get tested_bytes) * 8))" || problem "raw_bits $(status_get raw_bits)"
}

sum() {
    local name text=0
    for name; do
        text+=" + $(status_get "${name}_bytes")"
    done
    echo "$text"
}

drops_counted() {
    status_least pool_dropped_bytes 5000 || problem "nothing was dropped"
    note "$(grep '_bytes=' "$MNT/status" | xargs)"
    sums
    device_say stuck
    wait_for eval '! status_is state running'
    device_say silence
    expect_control shutdown 0
    sums
}

run_step "fifty readers read a stream of $SENT bytes, three are killed" run_all
run_step "every byte: once, in order, none missing but what the killed had asked for" account
run_step "a full pool keeps the oldest bytes and counts what it drops" full_pool
run_step "raw = delivered + pool + dropped + held back" drops_counted
run_step "the daemon ends cleanly" stop_daemon
finish
