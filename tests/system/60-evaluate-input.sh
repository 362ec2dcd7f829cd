#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate with files, pipes, devices and what is none of them: statuses, sentences, no byte too many.
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/evaluate.sh"

DATA=$WORK/data
EMPTY=$WORK/empty
keystream 1 200000 >"$DATA"
: >"$EMPTY"

same_results() {
    expect_eq results "$(jq -c .results "$WORK/out")" "$(jq -c .results "$WORK/from-file")"
}

every_way() {
    local sum
    sum=$(sha256sum "$DATA" | cut -d' ' -f1)
    evaluates 0 summary --json "$DATA"
    expect_jq ".input == {file: \"$DATA\", bytes: 200000, sha256: \"$sum\", width: 8, packed: false, skipped_bytes: 0}"
    cp "$WORK/out" "$WORK/from-file"
    evaluates 0 summary --json - <"$DATA"
    expect_jq ".input.file == \"-\" and .input.sha256 == \"$sum\""
    same_results
    evaluates 0 summary --json - < <(cat "$DATA")
    same_results
    mkfifo "$WORK/fifo"
    for at in 0 1 2 3; do dd if="$DATA" bs=50000 skip=$at count=1 status=none; done >"$WORK/fifo" &
    evaluates 0 summary --json "$WORK/fifo"
    same_results
}

skips() {
    evaluates 0 summary --json --skip 1000 --symbols 5000 "$DATA"
    expect_jq '.input.skipped_bytes == 1000 and .input.bytes == 5000'
    cp "$WORK/out" "$WORK/from-file"
    evaluates 0 summary --json --skip 1000 --symbols 5000 - < <(cat "$DATA")
    expect_jq '.input.skipped_bytes == 1000 and .input.bytes == 5000'
    same_results
}

# What is left in the pipe is the next byte after those that were needed.
no_byte_too_many() {
    local next
    next=$({ timeout "$BOUND_S" "$EVALUATE" ais31 --procedure T1 --bits 20000 - >/dev/null 2>&1
        head -c 16 | sha256sum; } < <(cat "$DATA"))
    expect_eq "after T1" "$next" "$(tail -c +2501 "$DATA" | head -c 16 | sha256sum)"
    next=$({ timeout "$BOUND_S" "$EVALUATE" sp800-90b --packed --width 3 --symbols 20001 - >/dev/null 2>&1
        head -c 16 | sha256sum; } < <(cat "$DATA"))
    expect_eq "after 20001 symbols of 3 bits" "$next" "$(tail -c +7502 "$DATA" | head -c 16 | sha256sum)"
    next=$({ timeout "$BOUND_S" "$EVALUATE" fips -c 2 - >/dev/null 2>&1
        head -c 16 | sha256sum; } < <(cat "$DATA"))
    expect_eq "after two blocks" "$next" "$(tail -c +5005 "$DATA" | head -c 16 | sha256sum)"
}

devices() {
    evaluates 0 summary --json /dev/urandom
    expect_said "/dev/urandom has no end: 1000000 symbols"
    expect_jq '.input.bytes == 1000000'
    evaluates 1 summary --quiet --json /dev/zero
    expect_eq "remarks" "$(cat "$WORK/said.err")" ""
    evaluates 0 ais31 --procedure T8 --json /dev/urandom
    expect_jq '(.tests | length) == 1 and .used_bits == 2068480'
    evaluates 3 summary /dev/null
}

bad_inputs() {
    evaluates 4 summary "$WORK"
    expect_said "cannot open $WORK: Is a directory"
    evaluates 4 ais31 - <"$WORK"
    expect_said "cannot open standard input: Is a directory"
    evaluates 4 sp800-90b --json "$WORK/none"
    expect_said "cannot open $WORK/none: No such file or directory"
    expect_eq "report" "$(cat "$WORK/out")" ""
    evaluates 3 summary --quiet - <&-
    evaluates 3 sp800-90b "$EMPTY"
    expect_said "$EMPTY holds no symbol"
    evaluates 3 ais31 "$EMPTY"
    expect_said "$EMPTY ended too early: at least [0-9]+ more bits are needed"
    evaluates 2 sp800-90b --width 7 --json "$DATA"
    expect_said "$DATA: symbol [0-9]+ is [0-9]+, more than --width 7"
    expect_jq '.verdict == "incomplete" and .exit_code == 2 and (.error | contains("--width 7"))'
    evaluates 2 sp800-90b --width two "$DATA"
    expect_said "whole number from 1 to 8, not \"two\""
    if is_root; then
        chmod 600 "$DATA"
        "${NOBODY[@]}" "$EVALUATE" summary "$DATA" 2>"$WORK/said.err" >"$WORK/out"
        expect_eq "status of nobody's" $? 4
        expect_said "Permission denied"
    fi
}

offset_of() { # PID FILE: how far the process has read it
    local fd
    for fd in "/proc/$1/fd/"*; do
        [ "$(readlink "$fd")" = "$2" ] && sed -n 's/^pos:\t*//p' "/proc/$1/fdinfo/${fd##*/}"
    done
}

has_begun() {
    [ "$(offset_of "$1" "$2" 2>/dev/null)" -gt 0 ]
}

# A file of zeros that takes no room, large enough to be met while it is read.
while_it_is_read() { # COMMAND: what happens then; the program's status in RC
    local pid
    rm -f "$WORK/sparse"
    truncate -s 20G "$WORK/sparse"
    "$EVALUATE" summary --json "$WORK/sparse" >"$WORK/out" 2>"$WORK/said.err" &
    pid=$!
    CHILDREN+=("$pid")
    wait_for has_begun "$pid" "$WORK/sparse"
    "$@"
    wait "$pid"
    RC=$?
}

shrinks() {
    while_it_is_read truncate -s 1M "$WORK/sparse"
    expect_eq status "$RC" 4
    expect_said "$WORK/sparse shrank while it was read \([0-9]+ of 21474836480 bytes\)"
    expect_jq '.verdict == "incomplete" and .exit_code == 4 and (.error | contains("shrank"))'
}

interrupted() {
    local pid
    mkfifo "$WORK/slow"
    env --default-signal=INT "$EVALUATE" summary --json "$WORK/slow" >"$WORK/out" 2>"$WORK/said.err" &
    pid=$!
    CHILDREN+=("$pid")
    exec 6>"$WORK/slow"
    cat "$DATA" >&6 # all but what a pipe holds has been read by the end of this
    kill -INT "$pid"
    printf x >&6 # for a signal that came just before the wait
    wait "$pid"
    expect_eq status $? 0
    exec 6>&-
    expect_jq '.input.bytes >= 130000 and .verdict == "pass" and .input.stopped_by_signal'
}

# A name commands no terminal and forges no line, neither in the report nor in a message.
names() {
    local name=$WORK/$'a\e[31m\nPASSED: \xc2\x9b\xff'
    head -c 3000 "$DATA" >"$name"
    evaluates 0 summary "$name"
    expect_file 'a\\x1b\[31m\\x0aPASSED: \\xc2\\x9b\\xff: 3,000 symbols' "$WORK/out"
    expect_eq "bytes that are no text" "$(LC_ALL=C tr -d '\n -~' <"$WORK/out" | wc -c)" 0
    evaluates 2 summary --html "$name" "$name"
    expect_eq "bytes that are no text" "$(LC_ALL=C tr -d '\n -~' <"$WORK/said.err" | wc -c)" 0
    expect_said "would overwrite"
}

outputs() {
    timeout "$BOUND_S" "$EVALUATE" summary --json "$DATA" >&- 2>"$WORK/said.err"
    expect_eq "status without standard output" $? 4
    expect_said "cannot write to standard output: Bad file descriptor"
    timeout "$BOUND_S" "$EVALUATE" fips --quiet --pipe /dev/urandom >/dev/full 2>"$WORK/all.err"
    expect_eq "status of fips on a full disk" $? 11
    grep "^trng-evaluate" "$WORK/all.err" >"$WORK/said.err"
    expect_said "cannot write to standard output: No space left on device"
    timeout "$BOUND_S" "$EVALUATE" collect --quiet --bits 8000 --from "$DATA" -o "$WORK/full" >/dev/full 2>"$WORK/said.err"
    expect_eq "status of collect on a full disk" $? 4
    expect_said "cannot write to standard output: No space left on device"
    timeout "$BOUND_S" "$EVALUATE" summary "$DATA" >/dev/full 2>"$WORK/said.err"
    expect_eq "status on a full disk" $? 4
    expect_said "cannot write to standard output: No space left on device"
    timeout "$BOUND_S" "$EVALUATE" summary --json "$DATA" >/dev/full 2>"$WORK/said.err"
    expect_eq "status on a full disk" $? 4
    timeout "$BOUND_S" "$EVALUATE" --help >/dev/full 2>"$WORK/said.err"
    expect_eq "status on a full disk" $? 4
    evaluates 4 summary --html "$WORK/none/x" "$DATA"
    expect_said "cannot write $WORK/none/x: No such file or directory"
    evaluates 2 summary --html "$DATA" "$DATA"
    expect_said "--html would overwrite"
    expect_eq "size of the data" "$(stat -c %s "$DATA")" 200000
    evaluates 0 summary --html "$WORK/report.html" "$DATA"
    expect_file "<html" "$WORK/report.html"
    evaluates 0 summary --html "$WORK/report.html" --symbols 10000 "$DATA"
    expect_eq "documents in it" "$(grep -c "</html>" "$WORK/report.html")" 1
}

# A terabyte of holes: told before a byte is read, and what needs no memory goes on.
too_large() {
    truncate -s 1T "$WORK/huge" 2>/dev/null || truncate -s 200G "$WORK/huge" || return
    for track in non-iid iid; do
        evaluates 4 sp800-90b "$track" "$WORK/huge"
        expect_said "the memory of this machine has room for [0-9]* symbols of 8 bits; --symbols takes fewer"
    done
    evaluates 1 sp800-90b --symbols 5000 "$WORK/huge"
    evaluates 1 fips --quiet --blockcount 3 "$WORK/huge"
    rm "$WORK/huge"
}

words() {
    evaluates 2
    expect_said "which command"
    evaluates 2 entropy
    expect_said "no command \"entropy\""
    evaluates 2 ais31 --entropy "$DATA"
    expect_said "\"--entropy\" is no option.*trng-evaluate ais31 --help"
    evaluates 0 --help
    expect_eq "standard error" "$(cat "$WORK/said.err")" ""
    expect_file "sp800-90b restart" "$WORK/out"
    evaluates 0 sp800-90b iid --help
    expect_file "^Usage: trng-evaluate sp800-90b iid" "$WORK/out"
}

run_step "a file, standard input, a pipe and a FIFO are the same" every_way
run_step "--skip and --symbols" skips
run_step "nothing is read that is not needed" no_byte_too_many
run_step "devices" devices
run_step "what cannot be read" bad_inputs
run_step "a file that shrinks" shrinks
run_step "Ctrl-C ends the reading, not the evaluation" interrupted
run_step "names of any bytes" names
run_step "what cannot be written" outputs
run_step "more than memory holds" too_large
run_step "help, and words that are none" words
finish
