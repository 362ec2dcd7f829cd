#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who reads the memory of a process with a generator knows what comes next and nothing of what was
# handed out; and the tool that shows it finds what would break that.
# shellcheck disable=SC2034 # read by lib.sh
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"

nm "$TOOLS/drbg_child" | grep -q __asan_ && skip "a sanitizer keeps copies of its own"
[ -r /proc/self/mem ] || skip "/proc/PID/mem cannot be read"

# start_child MODE: its standard input is a FIFO that `generate` writes.
start_child() {
    CHILD_FOLDER=$WORK/child.${#CHILDREN[@]}
    mkdir "$CHILD_FOLDER"
    mkfifo "$CHILD_FOLDER/in"
    exec 9<>"$CHILD_FOLDER/in"
    "$TOOLS/drbg_child" "$@" <&9 9<&- >"$CHILD_FOLDER/out" 2>"$CHILD_FOLDER/err" &
    CHILDREN+=($!)
    CHILD=$!
    wait_for test -s "$CHILD_FOLDER/out"
}

stop_child() {
    kill "$CHILD"
    wait "$CHILD" 2>/dev/null
    exec 9<&-
}

# generate BYTES FILE: and wait until FILE has them.
generate() {
    local before
    before=$(wc -l <"$CHILD_FOLDER/out")
    echo "$1 $2" >&9
    wait_for bash -c "[ \$(wc -l <'$CHILD_FOLDER/out') -gt $before ]"
}

next() { # what backtrack runs
    generate 64 "$CHILD_FOLDER/next"
    cat "$CHILD_FOLDER/next"
}

# backtrack STATUS PATTERN: of the child that runs, with what it gave in file "previous".
backtrack() {
    local said status=0
    export -f next generate wait_for problem
    export CHILD_FOLDER BOUND_S
    said=$("$TOOLS/backtrack" "$CHILD" "$CHILD_FOLDER/previous" bash -c next 2>"$WORK/places") || status=$?
    expect_eq "exit status" "$status" "$1"
    expect_match "backtrack" "$said" "$2"
    note "$said"
}

forward_only() {
    local bytes
    start_child
    for bytes in 32 16 4096 1048576 208; do
        generate $bytes "$CHILD_FOLDER/all"
    done
    { head -c 4144 "$CHILD_FOLDER/all"; tail -c 1024 "$CHILD_FOLDER/all"; } >"$CHILD_FOLDER/previous"
    backtrack 0 "next=[1-9][0-9]* v=[1-9][0-9]* previous=0 pieces=0$"
    stop_child
}

bytes_kept() {
    start_child keep
    generate 400 "$CHILD_FOLDER/previous"
    backtrack 1 "next=[1-9][0-9]* v=[1-9][0-9]* previous=0 pieces=25$"
    stop_child
}

state_kept() {
    start_child stale
    generate 4096 "$CHILD_FOLDER/previous"
    backtrack 1 "next=[1-9][0-9]* v=[1-9][0-9]* previous=[1-9][0-9]* pieces=0$"
    stop_child
}

# Bytes that this generator does not give: the positive control can fail.
of_another() {
    start_child
    generate 4096 "$CHILD_FOLDER/previous"
    head -c 64 /dev/urandom >"$CHILD_FOLDER/next"
    expect_match "backtrack" "$("$TOOLS/backtrack" "$CHILD" "$CHILD_FOLDER/previous" \
        cat "$CHILD_FOLDER/next" 2>/dev/null)" "next=0 v=0 previous=0 pieces=0$"
    stop_child
}

run_step "the memory tells what comes next, and nothing of before" forward_only
run_step "bytes that were not wiped are found" bytes_kept
run_step "a state that was not wiped is found" state_kept
run_step "another generator's output is not taken for this one's" of_another
finish
