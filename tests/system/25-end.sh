#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The end: SIGTERM with requests parked, SIGKILL and a start over the stale mount it leaves.
. "$(dirname "$0")/lib.sh"

PARKED=100

# Blocking readers, a poller, a parked init: whatever waits is answered with ENODEV.
parked_requests() {
    local i
    start_board --rate 5
    start_daemon
    wait_state standby
    control init >"$WORK/parked.init" &
    wait_state starting
    wait_for has_line "heard on" "$WORK/device.out"
    PIDS=()
    for ((i = 0; i < PARKED; i++)); do
        "$TOOLS/reader" -n 1 "$MNT/random" >"$WORK/reader.$i" &
        PIDS+=($!)
    done
    CHILDREN+=("${PIDS[@]}")
    wait_for status_is waiting_readers $PARKED
    "$TOOLS/reader" -m poll -n 1 "$MNT/random" >"$WORK/poller" &
    POLLER=$!
    CHILDREN+=($POLLER)
    wait_for status_is queue_bytes $((PARKED * 16 + 256))
}

ends() { # SIGNAL
    local errnos
    stop_daemon "$1"
    wait "${PIDS[@]}"
    errnos=$(sed 's/.*errno=//' "$WORK"/reader.* | sort | uniq -c | xargs)
    expect_eq "$PARKED parked reads" "$errnos" "$PARKED ENODEV"
    wait_for test -s "$WORK/parked.init"
    expect_eq "the parked init" "$(cat "$WORK/parked.init")" "$(errno_text ENODEV)"
    wait $POLLER
    expect_match "the poller" "$(cat "$WORK/poller")" "bytes=0 .*errno=(ENODEV|ENOTCONN|ECONNABORTED)"
    wait_for has_line "heard off" "$WORK/device.out"
    expect_eq "files left in the mount point" "$(ls -A "$MNT")" ""
    stop_device
}

# Open files of others do not keep it from unmounting.
busy_mount() {
    start_twin
    start_running
    exec 5<"$MNT/status" 4<"$MNT/random"
    (cd "$MNT" && exec sleep 1000) &
    CHILDREN+=($!)
    wait_for eval '[ "$(readlink /proc/'$!'/cwd)" = "'"$MNT"'" ]'
    stop_daemon
    exec 5<&- 4<&-
    kill $!
    stop_device
}

# A killed predecessor leaves a mount that stat answers with ENOTCONN; the next start clears it.
stale_mount() {
    start_twin
    start_running
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    is_mounted || problem "no stale mount to clear"
    expect_errno ENOTCONN stat "$MNT"
    start_daemon
    wait_state standby
    expect_control init 0
    expect_read bytes
    expect_eq "mounts at the mount point" "$(grep -c " $MNT " /proc/self/mountinfo)" 1
}

# The board that the killed one had left on is switched on again; old bytes are not used.
two_in_a_row() {
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    start_daemon -o autostart=true
    wait_state running
    expect_read bytes
    stop_daemon
    expect_eq "mounts left" "$(grep -c " $MNT " /proc/self/mountinfo)" 0
}

# SIGTERM while starting up, before anything is mounted or just after, is heard as well.
early_signal() {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        spawn_daemon
        wait_for has_line '^(fuse-trng|valgrind|memcheck)' "/proc/$DAEMON/comm"
        [ $((i % 2)) = 0 ] || wait_for mount_or_exit
        kill -TERM "$DAEMON"
        wait_daemon
        expect_match "exit status" "$RC" "^(0|143)$"
        is_mounted && problem "left mounted after a signal in round $i"
    done
    return 0
}

hangup() {
    start_running
    kill -HUP "$DAEMON"
    kill -PIPE "$DAEMON"
    is_gone "$DAEMON" || expect_read bytes
    note "after SIGHUP: $(is_gone "$DAEMON" && echo ended || status_get state)"
    is_gone "$DAEMON" || stop_daemon
}

run_step "$PARKED readers, a poller and an init are parked" parked_requests
run_step "SIGTERM: ENODEV to all, off to the board, no mount, status 0" ends TERM
run_step "the same again" parked_requests
run_step "SIGINT does the same" ends INT
run_step "open files and a shell inside do not keep the mount" busy_mount
run_step "a stale mount of a killed daemon is cleared at the start" stale_mount
run_step "killed again, with autostart" two_in_a_row
run_step "a signal during the start" early_signal
run_step "SIGHUP and SIGPIPE" hangup
finish
