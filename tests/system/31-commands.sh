#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: help, lists, unknown options, and the start in the background.
. "$(dirname "$0")/lib.sh"

# runs STATUS ARGS...: output in out and said.
runs() {
    local expected=$1
    shift
    timeout "$BOUND_S" "$BIN/fuse-trng" "$@" >"$WORK/out" 2>"$WORK/said" </dev/null
    expect_eq "exit status of fuse-trng $*" $? "$expected"
}

help() {
    local option
    runs 0 --help
    for option in --config --foreground -o --check-config --list-ports; do
        expect_file "$option" "$WORK/out"
    done
    expect_eq "standard error" "$(cat "$WORK/said")" ""
}

list_ports() {
    runs 0 --list-ports
    expect_file "nodemcu" "$WORK/out"
    expect_file "stream" "$WORK/out"
}

unknown_options() {
    runs 2 --colour
    expect_file "colour" "$WORK/said"
    runs 2 -Z
    runs 2 --config
    runs 2 -o
    runs 2 surplus
    expect_file "surplus" "$WORK/said"
}

check_config() {
    write_config
    runs 0 --config "$WORK/trng.conf" --check-config
    is_mounted && problem "--check-config mounts"
    [ "$(cat "$WORK/out" "$WORK/said" | wc -c)" -gt 0 ] || problem "it says nothing"
}

# The parent returns 0 when the mount answers; the daemon is not our child.
background() {
    start_twin
    write_config
    : >"$WORK/said"
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/trng.conf" >"$WORK/out" 2>"$WORK/said" </dev/null
    expect_eq "exit status of the parent" $? 0
    grep -q '^state=' "$MNT/status" || problem "the mount does not answer when the parent has returned"
    DETACHED=$(pgrep -f -- "--config $WORK/trng.conf")
    CHILDREN+=($DETACHED)
    expect_match "one process" "$DETACHED" "^[0-9]+$"
    expect_eq "its session is its own" "$(ps -o sid= -p "$DETACHED" | tr -d ' ' | grep -cx "$(ps -o sid= -p $$ | tr -d ' ')")" 0
    expect_eq "its folder" "$(readlink "/proc/$DETACHED/cwd")" /
    expect_match "its standard files" "$(readlink "/proc/$DETACHED/fd/0" "/proc/$DETACHED/fd/1" "/proc/$DETACHED/fd/2" | sort -u)" "^/dev/null$"
    wait_state standby
    expect_control init 0
    expect_read bytes
}

background_ends() {
    kill -TERM "$DETACHED"
    wait_for is_gone "$DETACHED"
    wait_for is_not_mounted
    expect_eq "what is left in the mount point" "$(ls -A "$MNT")" ""
}

# The parent fails when the start does, and says why.
background_fails() {
    runs 1 --config "$WORK/trng.conf" -o "mountpoint=$WORK/none"
    expect_file "$WORK/none" "$WORK/said"
    runs 2 --config "$WORK/trng.conf" -o colour=blue
    pgrep -f -- "--config $WORK/trng.conf" >/dev/null && problem "a process is left"
    return 0
}

# A relative configuration, port and mount point are found although the daemon changes its folder.
background_relative() {
    local config
    config=../$(basename "$WORK")/trng.conf
    (cd "$WORK" && timeout "$BOUND_S" "$BIN/fuse-trng" --config "$config" -o port=board -o mountpoint=mnt 2>"$WORK/said" </dev/null)
    expect_eq "exit status of the parent" $? 0
    DETACHED=$(pgrep -f -- "--config $config")
    CHILDREN+=($DETACHED)
    wait_state standby
    expect_control init 0
    expect_read bytes
    background_ends
}

# without_fuse TEXT: fuse-trng in a mount namespace whose /dev was changed by TEXT.
without_fuse() {
    is_root || { note "skipped: not root"; return; }
    unshare -m true 2>/dev/null || { note "skipped: no mount namespace"; return; }
    mknod "$WORK/fuse" c 10 229 2>/dev/null || { note "skipped: no device can be made"; return; }
    rm "$WORK/fuse"
    mkdir -p "$WORK/dev"
    timeout "$BOUND_S" unshare -m bash -c "$1"' && exec "$2" --config "$3" --foreground' _ \
        "$WORK/dev" "$BIN/fuse-trng" "$WORK/trng.conf" >"$WORK/out" 2>"$WORK/said"
    expect_eq "exit status" $? 1
    expect_no_fuse
}

no_fuse_for_nobody() {
    "${NOBODY[@]}" true 2>/dev/null || { note "skipped: not root"; return; }
    "${NOBODY[@]}" test -r "$WORK/trng.conf" || { note "skipped: $WORK is hidden from nobody"; return; }
    "${NOBODY[@]}" test -w /dev/fuse && { note "skipped: nobody may open /dev/fuse"; return; }
    mkdir -m 777 "$WORK/theirs"
    timeout "$BOUND_S" "${NOBODY[@]}" "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground -o "mountpoint=$WORK/theirs" \
        >"$WORK/out" 2>"$WORK/said"
    expect_eq "exit status" $? 1
    expect_no_fuse
}

expect_no_fuse() {
    sed -i '/no group trng/d;/not root, so only/d' "$WORK/said"
    expect_file "/dev/fuse" "$WORK/said"
    expect_eq "sentences" "$(grep -c . "$WORK/said")" 1
    note "$(cat "$WORK/said")"
}

run_step "--help" help
run_step "--list-ports" list_ports
run_step "unknown options, missing and surplus arguments" unknown_options
run_step "--check-config" check_config
run_step "in the background: the parent returns when the mount answers" background
run_step "SIGTERM ends it" background_ends
run_step "in the background: a start that fails" background_fails
run_step "in the background: relative paths" background_relative
# shellcheck disable=SC2016
run_step "/dev/fuse is not there" without_fuse 'mount -t tmpfs none "$1" && mount --move "$1" /dev'
# shellcheck disable=SC2016
run_step "/dev/fuse may not be opened" without_fuse 'mount -t tmpfs -o nodev none "$1" && cp -a /dev/fuse "$1" && mount --bind "$1" /dev'
run_step "/dev/fuse cannot be opened by nobody" no_fuse_for_nobody
finish
