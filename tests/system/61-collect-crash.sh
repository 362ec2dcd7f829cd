#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate collect: what SIGKILL, signals, a full disk and a second collector do to a collection.
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"
[ -x "$BIN/trng-evaluate" ] || skip "no $BIN/trng-evaluate: build first"

DATA=$WORK/data
BASE=$WORK/base # what the source gives, byte by byte, in order
FIFO=$WORK/fifo
COLLECTOR=

# collect ARGS...: in the foreground; its exit status in RC.
collect() {
    timeout "$BOUND_S" "$BIN/trng-evaluate" collect -o "$DATA" "$@" >"$WORK/said" 2>"$WORK/collect.err"
    RC=$?
}

# start_collect ARGS...: in the background, with signals as a terminal's programs have them.
start_collect() {
    env --default-signal=INT "$BIN/trng-evaluate" collect -o "$DATA" "$@" >"$WORK/said" 2>"$WORK/collect.err" 6<&- &
    COLLECTOR=$!
    CHILDREN+=("$COLLECTOR")
}

# end_collect SIGNAL: its exit status in RC.
end_collect() {
    kill -s "$1" "$COLLECTOR"
    wait_collect
}

wait_collect() {
    wait_for is_gone "$COLLECTOR"
    wait "$COLLECTOR" 2>/dev/null
    RC=$?
}

size_is() { # FILE BYTES
    [ "$(stat -c %s "$DATA/$1" 2>/dev/null)" = "$2" ]
}

size_least() { # FILE BYTES
    [ "$(stat -c %s "$DATA/$1" 2>/dev/null || echo 0)" -ge "$2" ]
}

segments() { # what jq makes of each
    jq -r ".segments[] | $1" "$DATA/collection.json" | tr '\n' ' '
}

expect_same() { # WHAT FILE FILE
    cmp -s "$2" "$3" || problem "$1: $(cmp "$2" "$3" 2>&1)"
}

fresh() {
    rm -rf "$DATA" && head -c "$1" /dev/urandom >"$BASE"
}

# ---- a file ------------------------------------------------------------------------------------

# Killed again and again in the midst of it; then joined without a gap or a repetition. A machine that
# has it all before it can be killed gets more.
file_killed() {
    local bytes
    for bytes in 40000000 200000000; do
        fresh "$bytes"
        kill_thrice "$((bytes * 8))" && break
    done
    collect --quiet --bits "$((bytes * 8))" --width 8 --from "$BASE"
    expect_eq "exit status" "$RC" 0
    expect_same "the joined symbols" "$BASE" "$DATA/symbols.bin"
    expect_same "the packed symbols" "$BASE" "$DATA/bits.bin"
    cat "$DATA"/segment-*.bin | expect_same "the segments" "$BASE" -
    expect_match "how they ended" "$(segments .ended)" '^(the collector was killed )+(all is there )?$'
    hashes
}

# kill_thrice BITS: each as soon as it has written anything. Fails unless the first was.
kill_thrice() {
    local round end
    for round in 1 2 3; do
        start_collect --quiet --bits "$1" --width 8 --from "$BASE"
        end=$((SECONDS + BOUND_S))
        # Builtins alone, without a pause: whoever sleeps here comes too late.
        until [ -s "$DATA/segment-000$round.bin" ] || ! kill -0 "$COLLECTOR" || [ $SECONDS -ge $end ]; do
            :
        done 2>/dev/null
        end_collect KILL 2>/dev/null
        [ "$RC" = 137 ] || break
    done
    [ "$round" -gt 1 ] || [ "$RC" = 137 ]
}

hashes() {
    jq -r '.segments[], .joined.one_symbol_per_byte, .joined.packed | "\(.sha256)  \(.file)"' \
        "$DATA/collection.json" | (cd "$DATA" && sha256sum --quiet -c -) || problem "a hash is wrong"
    expect_match "times" "$(segments .first_time,.last_time)" \
        '^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z )+$'
}

# ---- a pipe that gives what it is told to ------------------------------------------------------

AT=0
feed() { # BYTES: the next of them
    tail -c +$((AT + 1)) "$BASE" | head -c "$1" >&6
    AT=$((AT + $1))
}

# Three collectors; the second finds 999 symbols and is killed: these are kept, but not joined.
pipe_killed() {
    local args=(--quiet --bits 80000 --width 8 --from "$FIFO")
    fresh 20000
    AT=0
    mkfifo "$FIFO"
    exec 6<>"$FIFO"
    start_collect "${args[@]}"
    feed 3000
    wait_for size_is segment-0001.bin 3000
    end_collect KILL
    start_collect "${args[@]}"
    feed 999
    wait_for size_is segment-0002.bin 999
    end_collect KILL
    start_collect "${args[@]}"
    feed 1000
    wait_for size_is segment-0003.bin 1000
    end_collect KILL
    start_collect "${args[@]}"
    feed 6500
    wait_collect
    expect_eq "exit status" "$RC" 0
    expect_eq "symbols of the segments" "$(segments .symbols)" "3000 999 1000 6000 "
    (head -c 3000 "$BASE"; tail -c +4000 "$BASE" | head -c 7000) |
        expect_same "the joined symbols" - "$DATA/symbols.bin"
    hashes
    expect_file "10000 symbols of 8 bits" "$WORK/said"
    expect_file "Next: trng-evaluate sp800-90b non-iid --width 8 $DATA/symbols.bin" "$WORK/said"
}

# The folder is another collector's.
locked() {
    local args=(--bits 80000 --width 2 --from "$FIFO")
    rm -rf "$DATA"
    start_collect "${args[@]}"
    feed 10
    wait_for size_least segment-0001.bin 1
    collect "${args[@]}"
    expect_eq "exit status of the second" "$RC" 4
    expect_file "another trng-evaluate collects there" "$WORK/collect.err"
}

# ... and that one, told to end, closes its segment and says how to go on.
stopped() {
    local signal next=2
    for signal in TERM INT HUP; do
        end_collect "$signal"
        expect_eq "exit status after SIG$signal" "$RC" 3
        start_collect --bits 80000 --width 2 --from "$FIFO"
        feed 10
        wait_for size_is "segment-000$next.bin" 10
        next=$((next + 1))
    done
    end_collect TERM
    expect_file "stopped; the same command goes on from here" "$WORK/collect.err"
    expect_match "how they ended" "$(segments .ended)" '^(the collector was stopped ){4}$'
    exec 6<&-
}

# The end of a pipe's data is no gap that could be waited for.
standard_input() {
    rm -rf "$DATA"
    head -c 1000 "$BASE" | collect_from_input
    expect_eq "exit status" "$(cat "$WORK/rc")" 3
    expect_file "the data have ended; 12000 more bits are needed" "$WORK/collect.err"
    tail -c +1001 "$BASE" | collect_from_input
    expect_eq "exit status" "$(cat "$WORK/rc")" 0
    head -c 2500 "$BASE" | expect_same "the packed symbols" - "$DATA/bits.bin"
}

collect_from_input() {
    collect --bits 20000 --width 1 --from -
    echo "$RC" >"$WORK/rc"
}

# ---- a full disk -------------------------------------------------------------------------------

full_disk() {
    fresh 400000
    mkdir "$DATA"
    mount -t tmpfs -o size=300k none "$DATA" 2>/dev/null || {
        note "no small disk can be mounted here: not tested"
        return
    }
    collect --bits 3200000 --width 8 --from "$BASE"
    expect_eq "exit status" "$RC" 4
    expect_file "No space left on device: make room, then give the same command again" "$WORK/collect.err"
    collect --bits 3200000 --width 8 --from "$BASE"
    expect_eq "exit status, still full" "$RC" 4
    mount -o remount,size=4m "$DATA"
    collect --bits 3200000 --width 8 --from "$BASE"
    expect_eq "exit status, with room" "$RC" 0
    expect_same "the joined symbols" "$BASE" "$DATA/symbols.bin"
    hashes
    umount "$DATA"
}

# ---- restarts ----------------------------------------------------------------------------------

# A source of two FIFOs: start number n gives bytes of which each is n.
write_source() {
    cat >"$WORK/source.py" <<'END'
import os, signal, sys
raw, control = sys.argv[1:]
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
starts = 0
words = os.fdopen(os.open(control, os.O_RDWR), "r")
for word in words:
    if word != "init\n":
        continue
    starts += 1
    try:
        with open(raw, "wb", 0) as out:
            for _ in range(10):
                out.write(bytes([starts % 256]) * 100)
    except BrokenPipeError:
        pass
END
}

rows_known() { # COUNT at least
    [ "$(jq '.rows | length' "$DATA/collection.json")" -ge "$1" ]
}

restarts_killed() {
    local args=(--quiet --restarts 40x1000 --width 8 --from "$WORK/raw" --control "$WORK/control")
    rm -rf "$DATA"
    mkfifo "$WORK/raw" "$WORK/control"
    exec 6<>"$WORK/control"
    write_source
    python3 "$WORK/source.py" "$WORK/raw" "$WORK/control" 2>"$WORK/source.err" 6<&- &
    CHILDREN+=($!)
    start_collect "${args[@]}"
    wait_for rows_known 5
    end_collect KILL
    collect "${args[@]}"
    expect_eq "exit status" "$RC" 0
    expect_eq "rows" "$(jq '.rows | length' "$DATA/collection.json")" 40
    python3 - "$DATA/restarts.bin" <<'END' || problem "restarts.bin"
import sys
data = open(sys.argv[1], "rb").read()
rows = [data[i:i + 1000] for i in range(0, len(data), 1000)]
assert len(data) == 40000, len(data)
assert all(row == row[:1] * 1000 for row in rows), "a row is of two starts"
starts = [row[0] for row in rows]
assert starts == sorted(set(starts)), "a start is there twice"
END
    exec 6<&-
}

run_step "a file: killed three times, nothing lost or doubled" file_killed
run_step "a pipe: killed, each run a segment, 999 symbols are not joined" pipe_killed
run_step "a second collector is sent away" locked
run_step "SIGTERM, SIGINT and SIGHUP close the segment" stopped
run_step "standard input" standard_input
run_step "a full disk" full_disk
run_step "restarts: killed, no row is of two starts" restarts_killed
finish
