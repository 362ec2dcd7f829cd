#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `make run`, driven as a person would: random bytes appear, Ctrl-C leaves no mount, process or file.
. "$(dirname "$0")/lib.sh"

[ -e "$ROOT/examples/demo.sh" ] || skip "no demonstration in this tree"
BOUND_S=180

# A group of its own, so that SIGINT reaches what Ctrl-C would reach.
start() {
    mkdir "$WORK/tmp"
    # MAKEFLAGS and friends of a `make check` around us are not the person's.
    # shellcheck disable=SC2016
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS TMPDIR="$WORK/tmp" XDG_RUNTIME_DIR="$WORK/tmp" ROOT="$ROOT" BUILD="$BUILD" \
        setsid bash -c 'trap - INT; exec "$@"' _ python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" >"$WORK/run.out" 2>&1 </dev/null &
    LEADER=$!
    CHILDREN+=($LEADER)
    wait_for eval 'is_gone $LEADER || grep -q Ctrl-C "$WORK/run.out"'
    expect_file "Ctrl-C" "$WORK/run.out"
    grep -Eqi '([0-9a-f]{2} ){15}[0-9a-f]{2}' "$WORK/run.out" || problem "no random bytes: $(tail -5 "$WORK/run.out")"
}

members() {
    ps -eo pid=,args= | grep -F "$WORK/tmp" | grep -v grep
}

works() {
    local mount
    mount=$(awk -v under="$WORK/tmp/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo)
    expect_match "one mount" "$mount" "^/[^ ]+$"
    expect_eq "bytes" "$(timeout 60 head -c 16 "$mount/random" | wc -c)" 16
    expect_file "^state=running" "$mount/status"
    MEMBERS=$(members | awk '{ print $1 }')
    [ -n "$MEMBERS" ] || problem "no process is there"
}

interrupt() {
    kill -INT -- "-$LEADER"
    wait_for is_gone "$LEADER"
    wait "$LEADER" 2>/dev/null
    note "exit status $?; $(tail -1 "$WORK/run.out")"
}

nothing_left() {
    wait_for eval '[ -z "$(members)" ]'
    expect_eq "processes" "$(members)" ""
    expect_eq "mounts" "$(grep -c "$WORK/tmp" /proc/self/mountinfo)" 0
    expect_eq "files" "$(find "$WORK/tmp" -mindepth 1 | head -3)" ""
}

make_run() { # DEVICE
    rm -rf "$WORK/tmp"
    if [ "$BUILD" = "$ROOT/build" ] && command -v make >/dev/null; then
        start make -C "$ROOT" run DEVICE="$1"
    else
        note "the demonstration itself, with the programs of $BUILD"
        start env DEVICE="$1" "$ROOT/examples/demo.sh" "$BUILD"
    fi
    expect_file "^trng-${1:-twin} is a board" "$WORK/run.out"
}

for device in '' emulator; do
    run_step "${device:-twin}: it prints random bytes and stays" make_run "$device"
    run_step "the mount works, for others as well" works
    run_step "Ctrl-C ends it" interrupt
    run_step "no process, mount or file is left" nothing_left
done
finish
