#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Started by somebody careless, and the mount taken away: it serves, ends, and cleans up its own.
. "$(dirname "$0")/lib.sh"

# ends PID: SIGTERM ends it and its mount. What does not end is removed, for the next step's sake.
ends() {
    is_gone "$1" || kill -TERM "$1"
    wait_for is_gone "$1" || kill -KILL "$1"
    wait_for is_gone "$1"
    is_not_mounted || { problem "$MNT is still mounted"; umount -l "$MNT"; }
}

# ends_well: the same of a child, whose exit status is 0.
ends_well() {
    ends "$DAEMON"
    wait_daemon
    expect_eq "exit status" "$RC" 0
}

# works: standing by, it obeys and gives bytes.
works() {
    wait_state standby
    expect_control init 0
    expect_read bytes
}

# ---- standard files ----------------------------------------------------------------------------

# Nobody reads what it complains of: the pipe is full after a thousand lines.
unread_complaints() {
    mkfifo "$WORK/complaints"
    exec 8<>"$WORK/complaints"
    start_board
    write_config
    # shellcheck disable=SC2086 # TRNG_WRAP is a command with arguments
    $TRNG_WRAP "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground 2>&8 7<&- 8<&- &
    DAEMON=$!
    CHILDREN+=("$DAEMON")
    wait_for mount_or_exit
    python3 - "$MNT/control" 8<&- <<'END' &
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for _ in range(3000):
    try:
        os.write(fd, b"x" * 60)
        sys.exit("this was no command")
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
END
    CHILDREN+=($!)
    wait_for is_gone $! && { wait $! || problem "the writer failed"; }
    [ $STEP_FAILED != 0 ] || works
    ends_well
    exec 8<&-
    stop_device
}

declare -A CLOSED=([input]="0" [all]="0 1 2")

# with_closed WHICH COMMAND...: becomes the command, without standard input or without all three.
with_closed() {
    case $1 in
    input) exec "${@:2}" <&- ;;
    all) exec "${@:2}" <&- >&- 2>&- ;;
    esac
}

cpu_ticks() { # PID: utime and stime of proc(5), which are the 12th and 13th after the name
    local stat
    stat=$(<"/proc/$1/stat")
    # shellcheck disable=SC2086 # words are wanted
    set -- ${stat##*) }
    echo $((${12} + ${13}))
}

wall_ticks() {
    echo $((${EPOCHREALTIME/[.,]/} / (1000000 / $(getconf CLK_TCK))))
}

# Whether it took less than half of a processor between two looks.
is_calm() { # PID
    local cpu wall
    cpu=$(cpu_ticks "$1") wall=$(wall_ticks)
    until [ $(($(wall_ticks) - wall)) -ge 40 ]; do
        sleep 0.05
    done
    [ $((($(cpu_ticks "$1") - cpu) * 2)) -lt $(($(wall_ticks) - wall)) ]
}

# It waits instead of spinning, does its work, and has put nothing of its own where it was closed.
serves() { # PID WHICH
    local fd
    is_gone "$1" && { problem "it has ended"; return; }
    BOUND_S=1 wait_for is_calm "$1" || return
    for fd in ${CLOSED[$2]}; do
        expect_eq "descriptor $fd" "$(readlink "/proc/$1/fd/$fd")" /dev/null
    done
    works
}

closed_foreground() { # WHICH
    start_board
    write_config
    # shellcheck disable=SC2086 # TRNG_WRAP is a command with arguments
    with_closed "$1" $TRNG_WRAP "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground \
        >"$WORK/daemon.out" 2>"$WORK/daemon.err" 7<&- &
    DAEMON=$!
    CHILDREN+=("$DAEMON")
    wait_for mount_or_exit
    serves "$DAEMON" "$1"
    ends_well
    stop_device
}

closed_background() { # WHICH
    local detached
    start_board
    write_config
    # shellcheck disable=SC2086 # TRNG_WRAP is a command with arguments
    (with_closed "$1" timeout "$BOUND_S" $TRNG_WRAP "$BIN/fuse-trng" --config "$WORK/trng.conf" \
        >"$WORK/daemon.out" 2>"$WORK/daemon.err" 7<&-)
    expect_eq "exit status of the parent" $? 0
    for detached in $(pgrep -f -- "fuse-trng --config $WORK/trng.conf"); do
        CHILDREN+=("$detached")
        serves "$detached" "$1"
        ends "$detached"
    done
    [ -n "$detached" ] || problem "no daemon"
    stop_device
}

# ---- mounts ------------------------------------------------------------------------------------

# A file held open keeps the first one running behind a mount that was taken away; a second one
# mounts there. The end of the first is no end for the second.
successor() {
    local first
    start_board
    start_daemon
    first=$DAEMON
    exec 9<"$MNT/status"
    umount -l "$MNT" || problem "umount -l"
    is_gone "$first" && problem "the first has ended although its file is open"
    spawn_daemon 9<&-
    wait_for mount_or_exit
    kill -TERM "$first"
    wait_for is_gone "$first"
    wait "$first" || problem "exit status of the first: $?"
    exec 9<&-
    is_mounted && ! is_gone "$DAEMON" || problem "the second has lost its mount"
    [ $STEP_FAILED != 0 ] || works
    ends_well
    stop_device
}

# stale_link TARGET...: a chain of symbolic links to the mount point; what SIGKILL leaves behind it
# is cleared.
stale_link() {
    local at=$MNT target i=0
    start_board
    for target; do
        i=$((i + 1))
        ln -sfn "$target" "$WORK/link$i"
        at=$WORK/link$i
    done
    start_daemon -o "mountpoint=$at"
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    expect_errno ENOTCONN stat "$MNT"
    spawn_daemon -o "mountpoint=$at"
    wait_for mount_or_exit
    if is_gone "$DAEMON"; then
        problem "it has ended: $(tail -1 "$WORK/daemon.err")"
        umount -l "$MNT"
    else
        wait_state standby
        expect_eq "mounts at the mount point" "$(grep -c " $MNT " /proc/self/mountinfo)" 1
    fi
    ends_well
    stop_device
}

# abort_mount: as an administrator does whom a mount hangs.
abort_mount() {
    local file
    file=/sys/fs/fuse/connections/$(awk -v at="$MNT" '$5 == at { print $3 }' /proc/self/mountinfo | cut -d: -f2)/abort
    if [ -w "$file" ]; then
        echo 1 >"$file"
    else
        unshare -m bash -c 'mount -t fusectl none /sys/fs/fuse/connections &&
            echo 1 >"$1"' _ "$file" 2>/dev/null
    fi
}

aborted() {
    start_board
    start_running
    if abort_mount; then
        wait_for is_gone "$DAEMON"
        wait_for has_line "heard off" "$WORK/device.out"
    else
        note "skipped: connections cannot be aborted here"
    fi
    ends_well
    stop_device
}

run_step "standard error is a pipe that nobody reads" unread_complaints
run_step "standard input closed, in the foreground" closed_foreground input
run_step "standard input closed, in the background" closed_background input
if [ -n "$TRNG_WRAP" ]; then
    echo "SKIP all three closed: under valgrind no file can be opened then"
else
    run_step "all three closed, in the foreground" closed_foreground all
    run_step "all three closed, in the background" closed_background all
fi
run_step "umount -l, a second daemon, the end of the first" successor
run_step "a stale mount behind a symbolic link" stale_link "$MNT"
run_step "a stale mount behind a relative link to a link" stale_link "$MNT" link1
run_step "the connection is aborted: it ends and leaves no dead mount" aborted
finish
