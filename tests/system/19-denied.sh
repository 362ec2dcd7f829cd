#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever would write elsewhere, create, rename or unlink gets EPERM or EACCES; nobody gets what he may.
. "$(dirname "$0")/lib.sh"

DENIED="EPERM|EACCES"

start() {
    start_twin
    start_running
    LISTING=$(cd "$MNT" && stat -c '%n %a %u %g %i' -- *)
    ln -s "$WORK" "$WORK/elsewhere"
    echo text >"$WORK/outside"
    chmod 666 "$WORK/outside"
}

# denied [COMMAND PREFIX...]: every way, as whoever the prefix makes us.
denied() {
    local file
    for file in random status events; do
        expect_errno "$DENIED" "$@" bash -c 'echo x >"$1"' _ "$MNT/$file"
        expect_errno "$DENIED" "$@" bash -c 'echo x >>"$1"' _ "$MNT/$file"
        expect_errno "$DENIED" "$@" truncate -s 0 "$MNT/$file"
        expect_errno "$DENIED" "$@" chmod 666 "$MNT/$file"
        expect_errno "$DENIED" "$@" chown "$(id -u)" "$MNT/$file"
        expect_errno "$DENIED" "$@" touch -d 2001-01-01 "$MNT/$file"
        expect_errno "$DENIED" "$@" mv -T "$MNT/$file" "$MNT/other"
        expect_errno "$DENIED" "$@" mv -fT "$MNT/$file" "$MNT/control"
        expect_errno "$DENIED" "$@" rm -f "$MNT/$file"
        expect_errno "$DENIED|EXDEV" "$@" ln "$MNT/$file" "$MNT/hard"
        expect_errno "$DENIED" "$@" dd if=/dev/zero of="$MNT/$file" bs=1 count=1
    done
    expect_errno "$DENIED" "$@" touch "$MNT/new"
    expect_errno "$DENIED" "$@" mkdir "$MNT/folder"
    expect_errno "$DENIED" "$@" mkfifo "$MNT/fifo"
    expect_errno "$DENIED" "$@" ln -s random "$MNT/link"
    expect_errno "$DENIED" "$@" rm -f "$MNT/control"
    expect_errno "$DENIED" "$@" chmod 777 "$MNT"
    expect_errno "$DENIED" "$@" cp "$WORK/outside" "$MNT/copy"
}

rmdir_root() {
    expect_errno "$DENIED|EBUSY" rmdir "$MNT"
    expect_errno "$DENIED|EBUSY" mv "$MNT" "$WORK/moved"
}

nothing_changed() {
    expect_eq "files, modes, owners" "$(cd "$MNT" && stat -c '%n %a %u %g %i' -- *)" "$LISTING"
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

# Group trng where it exists, else the daemon's own.
owners() {
    local group
    group=$(getent group trng | cut -d: -f3)
    expect_eq "owner of control" "$(stat -c '%u %g %a' "$MNT/control")" "$(id -u) ${group:-$(id -g)} 660"
    [ -n "$group" ] || expect_file "trng" "$WORK/daemon.err"
    [ -n "$group" ] || expect_eq "warnings about the group" "$(grep -ci 'group.*trng\|trng.*group' "$WORK/daemon.err")" 1
}

# With a group trng, control is its: tried with a group file of our own.
own_group() {
    "${NOBODY[@]}" true 2>/dev/null && unshare -m mount --bind /etc/group /etc/group 2>/dev/null || { note "skipped: no mount namespace"; return; }
    { grep -v '^trng:' /etc/group; echo "trng:x:4242:"; } >"$WORK/group"
    mkdir "$WORK/mnt2"
    # shellcheck disable=SC2016
    timeout "$BOUND_S" unshare -m bash -c '
        mount --bind "$1/group" /etc/group || exit 3
        "$2" --config "$1/trng.conf" --foreground -o "mountpoint=$1/mnt2" -o "port=$1/none" 2>"$1/group.err" 7<&- &
        until [ -e "$1/mnt2/control" ]; do [ -e /proc/$! ] || exit 4; sleep 0.05; done
        stat -c "%u %g %a" "$1/mnt2/control"
        setpriv --reuid=65534 --regid=4242 --clear-groups bash -c "echo shutdown >$1/mnt2/control" && echo allowed
        kill $!
        wait $!' _ "$WORK" "$BIN/fuse-trng" >"$WORK/out" 2>&1
    expect_eq "exit status" $? 0
    expect_eq "control" "$(head -1 "$WORK/out")" "0 4242 660"
    "${NOBODY[@]}" test -x "$WORK" && { grep -q allowed "$WORK/out" || problem "a member may not write: $(cat "$WORK/out")"; }
    grep -q "no group" "$WORK/group.err" && problem "it warns of a missing group"
    return 0
}

nobody() {
    "${NOBODY[@]}" true 2>/dev/null || { note "skipped: not root"; return; }
    "${NOBODY[@]}" test -r "$MNT/status" || { note "skipped: $WORK is hidden from nobody"; return; }
    "${NOBODY[@]}" head -c 16 "$MNT/random" >"$WORK/out" || problem "nobody cannot read random"
    expect_eq "bytes for nobody" "$(stat -c %s "$WORK/out")" 16
    "${NOBODY[@]}" grep -q ^state= "$MNT/status" || problem "nobody cannot read status"
    "${NOBODY[@]}" cat "$MNT/events" >/dev/null || problem "nobody cannot read events"
    expect_errno EACCES "${NOBODY[@]}" bash -c 'echo shutdown >"$1"' _ "$MNT/control"
    expect_errno EACCES "${NOBODY[@]}" cat "$MNT/control"
    [ ! -e "$MNT/raw" ] || expect_errno EACCES "${NOBODY[@]}" cat "$MNT/raw"
    denied "${NOBODY[@]}"
}

run_step "a twin runs" start
run_step "by the daemon's own user: EPERM or EACCES" denied
run_step "the mount point itself" rmdir_root
run_step "control belongs to the group, and its lack is said once" owners
run_step "control belongs to the group trng where there is one" own_group
run_step "by nobody: reads what he may, is denied the rest" nobody
run_step "nothing has changed" nothing_changed
run_step "the daemon ends cleanly" stop_daemon
finish
