#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One cat, ten blocking readers and ten pollers on a scarce source: each gets its share.
. "$(dirname "$0")/lib.sh"

# Everybody reads until the slowest has had so many turns; then turns are compared, not times.
TURNS=10

start_all() {
    local i
    start_board --rate 8000
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

# turns_of LOG...: how many reads each has had, and their bytes.
turns_of() {
    python3 - "$@" <<'END'
import os, struct, sys
for path in sys.argv[1:]:
    with open(path, "rb") as log:
        data = log.read()
    at = count = 0
    while at + 4 <= len(data):
        at += 4 + struct.unpack_from("=I", data, at)[0]
        count += 1
    print(count, len(data) - 4 * count, os.path.basename(path))
END
}

everybody_had_turns() {
    local turns
    turns=$(turns_of "$WORK"/log.cat "$WORK"/log.block{0..9} "$WORK"/log.poll{0..9}) &&
        [ "$(sort -n <<<"$turns" | head -1 | cut -d' ' -f1)" -ge $TURNS ]
}

shares() {
    local turns least most few many
    wait_for everybody_had_turns
    kill "${READERS[@]}"
    turns=$(turns_of "$WORK"/log.* | sort -n)
    least=$(head -1 <<<"$turns") most=$(tail -1 <<<"$turns")
    note "turns, bytes: least $least, most $most"
    few=$(cut -d' ' -f2 <<<"$turns" | sort -n | head -1) many=$(cut -d' ' -f2 <<<"$turns" | sort -n | tail -1)
    note "bytes: least $few, most $many"
    [ "$many" -le $((2 * few)) ] || problem "the bytes are uneven: $(echo $turns)"
    [ "${most%% *}" -le $((2 * ${least%% *})) ] || problem "the turns are uneven: $(echo $turns)"
}

account() {
    local said
    said=$("$ACCOUNT" --size 2000000 --lost $((21 * 256 + 131072)) "$WORK"/log.* 2>&1) || problem "$said"
    note "$said"
}

# While others wait, a large read gets at most 256 bytes a turn; alone it gets what is there.
turns() {
    local pids=() i
    go_dry
    "$TOOLS/reader" -n 1 -s 20000 -l "$WORK/turn.large" "$MNT/random" >/dev/null &
    pids+=($!)
    wait_for status_is waiting_readers 1
    for i in 1 2 3; do
        "$TOOLS/reader" -n 1 -s $((i * 80)) -l "$WORK/turn.$i" "$MNT/random" >/dev/null &
        pids+=($!)
        wait_for status_is waiting_readers $((1 + i))
    done
    expect_eq "queue_bytes, a large read counting as one turn" "$(status_get queue_bytes)" $((256 + 480))
    device_say rate 400000
    device_say limit $(($(board_where) + 40000))
    wait "${pids[@]}"
    [ "$(stat -c %s "$WORK/turn.large")" -le 260 ] || problem "the large read got $(stat -c %s "$WORK/turn.large") bytes"
    expect_eq "small reads are filled whole" "$(stat -c %s "$WORK"/turn.[123] | xargs)" "84 164 244"
    wait_for status_least pool_bytes 20000
    "$TOOLS/reader" -n 1 -s 20000 "$MNT/random" >"$WORK/alone"
    expect_file "bytes=20000 reads=1 " "$WORK/alone"
    device_say limit 100000000
}

# Unread after five seconds, what was set aside for a poller is wiped; at close as well.
set_aside() {
    wait_for status_least pool_bytes 1000
    device_say limit 0
    : >"$WORK/set_aside"
    timeout "$BOUND_S" python3 - "$MNT/random" >"$WORK/set_aside" 2>&1 <<'END' &
import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
p = select.poll()
p.register(fd, select.POLLIN)
print("ready", p.poll(20000), flush=True)
os.kill(os.getpid(), 19)
e = select.epoll()
e.register(fd, select.EPOLLIN)
print("again", e.poll(20), flush=True)
print("got", len(os.read(fd, 4096)), flush=True)
END
    wait_for has_line "^ready \[.*1\)" "$WORK/set_aside"
    expect_eq set_aside_bytes "$(status_get set_aside_bytes)" 256
    wait_for status_is set_aside_bytes 0
    expect_eq set_aside_wiped_bytes "$(($(status_get set_aside_wiped_bytes) - WIPED))" 256
    pkill -CONT -P $! -f set_aside 2>/dev/null || kill -CONT -- "$(pgrep -P $! | head -1)"
    wait_for has_line "^got" "$WORK/set_aside"
    expect_file "^again \[.*1\)" "$WORK/set_aside"
    expect_file "^got (25[6-9]|[1-9][0-9]{2,})" "$WORK/set_aside"
    wait_for status_is set_aside_bytes 0
    device_say limit 100000000
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
run_step "a large read gets one turn at a time while others wait" turns
WIPED=$(status_get set_aside_wiped_bytes)
run_step "what is set aside for a poller is kept for a while and then wiped" set_aside
run_step "an O_NONBLOCK reader is served among ten that block" nonblocking_share
run_step "the daemon ends cleanly" stop_daemon
finish
