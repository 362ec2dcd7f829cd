#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The record of an alarm: there, private, named, bounded; its symbols nobody got and nobody gets; and
# no disk is ever in the way.
. "$(dirname "$0")/lib.sh"

STATE=$WORK/state
ALARMS=$STATE/alarms

fresh() { # DAEMON-ARGS
    stop_device
    start_board --rate 20000
    start_running -o max_alarms=1000 -o silence_ms=1000 "$@"
}

# Everything that is delivered, into $WORK/got.N: random files of any size, whatever errors come.
collect() {
    local n=$1
    while [ ! -e "$WORK/enough" ]; do
        dd if="$MNT/random" of="$WORK/got.$n" bs=$((n * 37 + 16)) count=200 oflag=append conv=notrunc 2>/dev/null ||
            sleep 0.02
    done
}

records() {
    find "$ALARMS" -name '*.txt' 2>/dev/null | wc -l
}

has_records() { # NUMBER
    [ "$(records)" -ge "$1" ]
}

# The newest record says why no more symbols come to it.
is_complete() {
    grep -q "^after_end=$1" "$(find "$ALARMS" -name '*.txt' | sort | tail -1)"
}

# fault COMMAND NAMES: an alarm; the newest record is of one of these tests; healed and running again.
fault() {
    local before last
    before=$(status_get alarms)
    device_say "at $(($(board_where) + 1000)) $1"
    wait_for status_least alarms $((before + 1))
    device_say heal
    wait_state running
    wait_for is_complete complete
    last=$(grep -o "evidence=[^ ]* alarm=.*" "$MNT/events" | tail -1)
    expect_match "event after $1" "$last" "^evidence=$ALARMS/[0-9TZ]+-[0-9]+-($2)\.txt alarm=($2)$"
    grep -lE "^alarm=($2)$" "$ALARMS"/*.txt >/dev/null || problem "no record of $2"
}

# Readers all the while; then every record against all that they got, and the board's later bytes.
faults() {
    local n said
    fresh
    for n in 1 2 3; do
        collect $n &
        CHILDREN+=($!)
    done
    fault stuck "repetition|total_failure|proportion|lag|startup"
    fault dark "repetition|total_failure|proportion|lag|startup"
    fault period "lag|total_failure|proportion|repetition|startup"
    fault silence silence
    wait_for status_least random_bytes 20000
    touch "$WORK/enough"
    wait_for eval '! pgrep -P $$ -x dd'
    said=$("$ROOT/tests/tools/evidence.py" "$ALARMS" "$WORK"/got.*) || problem "symbols of a record: $said"
    note "$said"
    [ "$(cat "$WORK"/got.* | wc -c)" -ge 20000 ] || problem "only $(cat "$WORK"/got.* | wc -c) bytes were read"
}

private() {
    local path
    expect_eq "mode of the folder" "$(stat -c %a "$ALARMS")" 700
    for path in "$ALARMS"/*; do
        expect_eq "mode of $path" "$(stat -c %a "$path")" 600
    done
    expect_eq "others in the folder" "$(find "$ALARMS" -type f ! -name '*.txt' | wc -l)" 0
}

readable() {
    local path key
    path=$(find "$ALARMS" -name '*.txt' | sort | head -1)
    for key in alarm number time_utc monotonic_ms stream_bytes profile health_entropy fired total_failure.limit \
        repetition.run proportion.count lag.cutoff online.cutoff_short startup.cutoff lag.trials before_bytes \
        before_left_out_bytes after_end after_bytes; do
        grep -q "^$key=." "$path" || problem "no $key in $path"
    done
    grep -qE "^time_utc=20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:.]{12}Z$" "$path" || problem "$(grep time_utc "$path")"
    LC_ALL=C grep -qP '[^\x20-\x7e]' "$path" && problem "no plain text"
    return 0
}

bounded() {
    local i
    for i in $(seq 1 25); do
        device_say "garbage 200"
        device_say stuck
        wait_for eval '! status_is state running'
        device_say heal
        wait_state running
    done
    wait_for is_complete complete
    [ "$(status_get alarms)" -ge 25 ] || problem "$(status_get alarms) alarms"
    expect_eq "records" "$(records)" 20
    find "$ALARMS" -size +24k | grep -q . && problem "$(ls -l "$ALARMS")"
    stop_daemon
    expect_eq "records after the end" "$(records)" 20
}

# What is not complete at the end says why; a new daemon adds to what is there.
at_the_end() {
    rm -rf "$STATE"
    fresh
    device_say silence
    wait_for has_records 1
    stop_daemon
    is_complete "the daemon ended" || problem "$(grep after_end "$ALARMS"/*)"
    fresh
    device_say stuck
    wait_for has_records 2
    stop_daemon
}

# The source goes on, events and one warning say why there is no record.
hindered() { # WHAT REASON
    local n
    for n in 1 2; do
        device_say stuck
        wait_for eval '! status_is state running'
        device_say heal
        wait_state running
        expect_read bytes
    done
    wait_for has_line "evidence=none alarm=[a-z_]+ reason=\"$2\"" "$MNT/events"
    stop_daemon
    expect_eq "warnings of $1" "$(grep -c "record of an alarm cannot be written" "$WORK/daemon.err")" 1
    : >"$WORK/daemon.err"
}

no_folder() {
    rm -rf "$STATE"
    : >"$STATE"
    fresh
    hindered "a file in its place" "Not a directory"
    rm -f "$STATE"
    mkdir -m 700 "$STATE"
    ln -s /tmp "$ALARMS"
    fresh
    hindered "a link in its place" "Not a directory|Too many levels of symbolic links|File exists"
    [ -z "$(find /tmp -maxdepth 1 -name '*-repetition.txt')" ] || problem "the link was followed"
    rm -f "$ALARMS"
}

full_disk() {
    is_root && mount -t tmpfs -o size=4k,mode=700 none "$STATE" 2>/dev/null || {
        note "no tmpfs can be mounted here: not tried"
        return 0
    }
    fresh
    hindered "a full disk" "No space left on device"
    umount "$STATE"
}

run_step "records of faults, whose symbols nobody gets" faults
run_step "private" private
run_step "plain text with every test's state" readable
run_step "bounded in number and size" bounded
run_step "the end of the daemon completes them" at_the_end
run_step "no folder" no_folder
run_step "a full disk" full_disk
finish
