#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A mount namespace of its own, as a container has: with slave propagation it sees the files of a
# daemon that was restarted, with private propagation a dead mount.
. "$(dirname "$0")/lib.sh"

# What the daemon mounts under it reaches the namespaces that follow it.
share_folder() {
    mount --bind "$WORK" "$WORK" && mount --make-shared "$WORK"
}

# start_container PROPAGATION: a process in a namespace of its own; its number in CONTAINER.
start_container() {
    unshare -m --propagation "$1" sleep infinity 7<&- &
    CONTAINER=$!
    CHILDREN+=("$CONTAINER")
    is_apart() {
        local own
        own=$(readlink "/proc/$CONTAINER/ns/mnt") && [ "$own" != "$(readlink /proc/self/ns/mnt)" ]
    }
    wait_for is_apart
}

inside() { # CONTAINER COMMAND...
    local container=$1
    shift
    timeout "$BOUND_S" nsenter -m -t "$container" -- "$@"
}

both_read() {
    unshare -m --propagation slave true || skip "no mount namespace of one's own here"
    share_folder || skip "no mount may be shared here"
    start_board && start_running
    start_container slave
    SLAVE=$CONTAINER
    start_container private
    PRIVATE=$CONTAINER
    expect_eq "bytes" "$(inside "$SLAVE" head -c 16 "$MNT/random" | wc -c)" 16
    expect_eq "bytes" "$(inside "$PRIVATE" head -c 16 "$MNT/random" | wc -c)" 16
    expect_eq random_bytes "$(status_get random_bytes)" 32
}

after_a_restart() {
    stop_daemon
    start_running
    expect_eq "bytes" "$(inside "$SLAVE" head -c 16 "$MNT/random" | wc -c)" 16
    expect_errno ENOTCONN nsenter -m -t "$PRIVATE" -- head -c 16 "$MNT/random"
}

the_end() {
    stop_daemon
    kill "$SLAVE" "$PRIVATE"
    wait "$SLAVE" "$PRIVATE"
    umount -l "$WORK"
}

run_step "both read, and are counted" both_read
run_step "after a restart of the daemon only the one that follows" after_a_restart
run_step "the daemon ends cleanly" the_end
finish
