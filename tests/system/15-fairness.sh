#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One cat, ten blocking readers and ten pollers on a scarce source: each gets its share.
. "$(dirname "$0")/lib.sh"

# Everybody reads until the slowest has its share; then shares are compared by bytes, not by time.
SHARE=4096

start_all() {
    local i
    start_board --rate 40000
    start_running -o silence_ms=600000
    "$TOOLS/reader" -s 131072 -l "$WORK/log.cat" "$MNT/random" >/dev/null &
    READERS=($!)
    for i in 0 1 2 3 4 5 6 7 8 9; do
        "$TOOLS/reader" -s 256 -l "$WORK/log.block$i" "$MNT/random" >/dev/null &
        READERS+=($!)
        "$TOOLS/reader" -m poll -s 256 -l "$WORK/log.poll$i" "$MNT/random" >/dev/null &
        READERS+=($!)
    done
    CHILDREN+=("${READERS[@]}")
}

everybody_has_share() {
    local log
    for log in "$WORK"/log.cat "$WORK"/log.block{0..9} "$WORK"/log.poll{0..9}; do
        [ "$(stat -c %s "$log")" -ge $SHARE ] || return 1
    done
}

shares() {
    local sizes least most
    wait_for everybody_has_share
    kill "${READERS[@]}"
    sizes=$(stat -c '%s %n' "$WORK"/log.* | sed "s|$WORK/log.||" | sort -n)
    least=$(head -1 <<<"$sizes") most=$(tail -1 <<<"$sizes")
    note "least: $least, most: $most"
    [ "${most% *}" -le $((4 * ${least% *})) ] || problem "the shares are uneven: $(echo $sizes)"
}

account() {
    local said
    said=$("$ACCOUNT" --size 2000000 --lost $((21 * 256 + 131072)) "$WORK"/log.* 2>&1) || problem "$said"
    note "$said"
}

# An O_NONBLOCK reader that tries now and then keeps its place while blocking readers queue.
nonblocking_share() {
    local i
    device_say rate 4000
    for i in 0 1 2 3 4 5 6 7 8 9; do
        "$TOOLS/reader" -s 256 -l "$WORK/again$i" "$MNT/random" >/dev/null &
        CHILDREN+=($!)
    done
    timeout "$BOUND_S" "$TOOLS/reader" -m nonblock -s 16 -n 20 "$MNT/random" >"$WORK/nonblock"
    expect_file "reads=20 .*errno=0" "$WORK/nonblock"
}

run_step "1 cat, 10 blocking readers and 10 pollers start on a scarce source" start_all
run_step "each gets its share" shares
run_step "no byte twice, none out of order" account
run_step "an O_NONBLOCK reader is served among ten that block" nonblocking_share
run_step "the daemon ends cleanly" stop_daemon
finish
