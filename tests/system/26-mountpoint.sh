#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A mount point that is missing, no folder, not empty or mounted already: a sentence saying which.
. "$(dirname "$0")/lib.sh"

# refused PATTERN PATH: the start fails at once with a sentence; nothing is mounted there by us.
refused() {
    local before
    before=$(grep -c "$2" /proc/self/mountinfo)
    : >"$WORK/daemon.err"
    spawn_daemon -o "mountpoint=$2"
    wait_daemon
    [ "$RC" != 0 ] || problem "it ended with 0"
    sed -i '/no group trng/d' "$WORK/daemon.err"
    expect_eq "lines of complaint" "$(grep -c . "$WORK/daemon.err")" 1
    expect_file "$1" "$WORK/daemon.err"
    expect_file "$2" "$WORK/daemon.err"
    note "$RC: $(head -1 "$WORK/daemon.err" | sed "s|$WORK|...|g")"
    expect_eq "mounts" "$(grep -c "$2" /proc/self/mountinfo)" "$before"
}

missing() {
    start_twin
    refused "(no such|not exist|missing|there is no)" "$WORK/none"
}

missing_parent() {
    refused "(no such|not exist|missing|there is no)" "$WORK/no/such"
}

a_file() {
    echo text >"$WORK/file"
    refused "(not a (directory|folder)|no (directory|folder)|is a file)" "$WORK/file"
    expect_eq "the file" "$(cat "$WORK/file")" text
}

not_empty() {
    mkdir "$WORK/full"
    echo text >"$WORK/full/precious"
    refused "(not empty)" "$WORK/full"
    expect_eq "its file" "$(cat "$WORK/full/precious")" text
}

other_mount() {
    is_root || { note "skipped: not root"; return; }
    mkdir "$WORK/tmpfs"
    mount -t tmpfs none "$WORK/tmpfs" || { note "skipped: no tmpfs can be mounted"; return; }
    refused "(already mounted|mounted already|is mounted|mount)" "$WORK/tmpfs"
    umount "$WORK/tmpfs" || problem "the other mount is gone"
}

# The live mount of another daemon is not taken from it.
own_mount() {
    local first=
    start_daemon
    wait_state standby
    first=$DAEMON
    refused "(already mounted|mounted already|is mounted|mount)" "$MNT"
    DAEMON=$first
    expect_eq "the first daemon" "$(status_get state)" standby
    stop_daemon
}

# A stale mount that is not ours is left alone.
through_symlink() {
    mkdir "$WORK/real"
    ln -s real "$WORK/symlink"
    spawn_daemon -o "mountpoint=$WORK/symlink"
    wait_for eval 'is_gone "$DAEMON" || [ -e "$WORK/real/status" ]'
    [ -e "$WORK/real/status" ] || problem "a symbolic link to a folder is not followed: $(tail -1 "$WORK/daemon.err")"
    stop_daemon
    is_mounted "$WORK/real" && problem "still mounted"
    return 0
}

relative() {
    mkdir "$WORK/relative"
    (cd "$WORK" && exec "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground -o mountpoint=relative 2>"$WORK/relative.err") &
    DAEMON=$!
    CHILDREN+=($DAEMON)
    wait_for eval 'is_gone "$DAEMON" || [ -e "$WORK/relative/status" ]'
    note "relative path: $( [ -e "$WORK/relative/status" ] && echo mounted || cat "$WORK/relative.err")"
    is_gone "$DAEMON" || stop_daemon
    is_mounted "$WORK/relative" && problem "still mounted"
    return 0
}

spaces() {
    mkdir "$WORK/with a space"
    spawn_daemon -o "mountpoint=$WORK/with a space"
    wait_for eval 'is_gone "$DAEMON" || [ -e "$WORK/with a space/status" ]'
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    spawn_daemon -o "mountpoint=$WORK/with a space"
    wait_for eval 'is_gone "$DAEMON" || grep -q ^state= "$WORK/with a space/status"'
    is_gone "$DAEMON" && problem "a stale mount whose path has a space is not cleared: $(tail -1 "$WORK/daemon.err")"
    stop_daemon
    grep -qF "$WORK/with\\040a" /proc/self/mountinfo && problem "still mounted"
    return 0
}

run_step "missing" missing
run_step "missing with its parent" missing_parent
run_step "a file" a_file
run_step "not empty" not_empty
run_step "another file system is mounted there" other_mount
run_step "another daemon's live mount" own_mount
run_step "a symbolic link to a folder" through_symlink
run_step "a relative path" relative
run_step "a path with spaces, and its stale mount" spaces
finish
