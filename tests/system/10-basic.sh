#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One pass through everything once: standby, init, bytes, status, events, shutdown, the end.
. "$(dirname "$0")/lib.sh"

standby() {
    start_twin && start_daemon
    wait_state standby
    expect_read ENODATA
    expect_control shutdown EALREADY
    expect_control restart EALREADY
    expect_probe INERR ENODATA
}

init() {
    expect_control init 0
    expect_eq state "$(status_get state)" running
    expect_eq last_command "$(status_get last_command)" init
    expect_eq last_result "$(status_get last_result)" 0
    expect_control init EALREADY
}

bytes() {
    local first second
    first=$(head -c 64 "$MNT/random" | base64)
    second=$(head -c 64 "$MNT/random" | base64)
    expect_eq "length" "$(echo -n "$first" | base64 -d | wc -c)" 64
    [ "$first" != "$second" ] || problem "the same bytes twice"
    status_least random_bytes 128 || problem "random_bytes is $(status_get random_bytes)"
}

files() {
    expect_eq "files" "$(ls "$MNT" | xargs)" "control events random raw status urandom"
    expect_eq "commands" "$(grep -Eo '\b(init|shutdown|restart)\b' "$MNT/control" | sort -u | xargs)" \
        "init restart shutdown"
    expect_file 'running' "$MNT/events"
}

no_such_file() {
    [ ! -e "$MNT/nothing" ] || problem "nothing is there"
}

restart() {
    expect_control restart 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
    expect_control reinit EINVAL
}

shutdown_device() {
    expect_control shutdown 0
    expect_eq state "$(status_get state)" standby
    expect_read ENODATA
    expect_control shutdown EALREADY
}

run_step "after the start: standby, no bytes, only init does something" standby
run_step "init brings it to running" init
run_step "random gives bytes, never the same" bytes
run_step "the files are there and say what they are for" files
run_step "no other file is there" no_such_file
run_step "restart comes back to running, an unknown word is refused" restart
run_step "shutdown brings it to standby" shutdown_device
run_step "SIGTERM ends it with 0 and without a mount" stop_daemon TERM
finish
