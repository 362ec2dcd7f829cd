#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Without being root: in a user namespace, and as nobody under XDG_RUNTIME_DIR.
. "$(dirname "$0")/lib.sh"

# In a namespace of its own the daemon is root of nothing else; the mount is seen in there only.
namespace() {
    unshare -mrU true 2>/dev/null || { note "skipped: no user namespaces"; return; }
    start_twin
    write_config
    # shellcheck disable=SC2016
    timeout "$BOUND_S" unshare -mrU bash -c '
        "$1" --config "$2" --foreground 2>"$4" 7<&- &
        daemon=$!
        until grep -q ^state=standby "$3/status" 2>/dev/null; do
            [ -e /proc/$daemon ] || exit 3
            sleep 0.05
        done
        echo init >"$3/control" || exit 4
        [ "$(head -c 32 "$3/random" | wc -c)" = 32 ] || exit 5
        kill $daemon
        wait $daemon' _ "$BIN/fuse-trng" "$WORK/trng.conf" "$MNT" "$WORK/daemon.err"
    expect_eq "exit status in the namespace" $? 0
    is_mounted && problem "the mount leaked out of the namespace"
    stop_device
}

# nobody gets a /dev/fuse of his own, in a mount namespace, and fusermount3 from the system.
as_user() {
    # shellcheck disable=SC2016
    timeout "$BOUND_S" unshare -m bash -c '
        mount -t tmpfs -o dev,mode=755 none "$1/dev" && cp -a /dev/fuse "$1/dev/fuse" && chmod 666 "$1/dev/fuse" &&
            mount --bind "$1/dev/fuse" /dev/fuse || exit 9
        shift
        exec "$@"' _ "$WORK" "${NOBODY[@]}" env XDG_RUNTIME_DIR="$WORK/run" bash -c "$1" _ "$BIN" "$WORK"
}

prepare_user() {
    "${NOBODY[@]}" true 2>/dev/null || { note "skipped: not root"; return 1; }
    mknod "$WORK/fuse" c 10 229 2>/dev/null || { note "skipped: no device can be made"; return 1; }
    rm "$WORK/fuse"
    "${NOBODY[@]}" test -x "$WORK" -a -x "$BIN/fuse-trng" || { note "skipped: $WORK or $BIN is hidden from nobody"; return 1; }
    mkdir -p "$WORK/dev" "$WORK/run"
    chown 65534:65534 "$WORK/run"
    chmod 700 "$WORK/run"
    start_device "$TOOLS/board" --rate 20000
    chmod 666 "$(readlink -f "$PORT")"
}

# No mount point configured: under XDG_RUNTIME_DIR, for himself, and it says so.
user_default() {
    prepare_user || return 0
    grep -v mountpoint "$WORK/trng.conf" >"$WORK/user.conf"
    # shellcheck disable=SC2016
    as_user '
        "$1/fuse-trng" --config "$2/user.conf" --foreground 2>"$2/run/err" &
        daemon=$!
        until grep -q ^state=standby "$2/run/trng/status" 2>/dev/null; do
            [ -e /proc/$daemon ] || { cat "$2/run/err"; exit 3; }
            sleep 0.05
        done
        echo init >"$2/run/trng/control" || exit 4
        [ "$(head -c 32 "$2/run/trng/random" | wc -c)" = 32 ] || exit 5
        grep " $2/run/trng " /proc/self/mountinfo
        kill $daemon
        wait $daemon || exit 6
        ! grep -q " $2/run/trng " /proc/self/mountinfo || exit 7' >"$WORK/out" 2>&1
    rc=$?
    expect_eq "exit status" $rc 0
    [ $rc = 0 ] || problem "$(cat "$WORK/out")"
    grep -q allow_other "$WORK/out" && problem "mounted with allow_other"
    expect_file "$WORK/run/trng" "$WORK/run/err"
    note "$(grep -i 'root\|only\|other' "$WORK/run/err" | head -2 | sed "s|$WORK|...|g" | xargs -d '\n')"
}

# A port of root's: permission denied, absent, and standby as soon as he may.
user_port() {
    prepare_user || return 0
    chmod 600 "$(readlink -f "$PORT")"
    grep -v mountpoint "$WORK/trng.conf" >"$WORK/user.conf"
    # shellcheck disable=SC2016
    as_user '
        "$1/fuse-trng" --config "$2/user.conf" --foreground 2>"$2/run/err" &
        daemon=$!
        until grep -q ^state=absent "$2/run/trng/status" 2>/dev/null && grep -q "$2/board" "$2/run/err"; do
            [ -e /proc/$daemon ] || { cat "$2/run/err"; exit 3; }
            sleep 0.05
        done
        cat "$2/run/trng/status"
        touch "$2/run/is-absent"
        until grep -q ^state=standby "$2/run/trng/status"; do
            sleep 0.05
        done
        kill $daemon
        wait $daemon' >"$WORK/out" 2>&1 &
    wait_for test -e "$WORK/run/is-absent"
    chmod 666 "$(readlink -f "$PORT")"
    wait $!
    expect_eq "exit status" $? 0
    expect_file "^reason=.*([Pp]ermission|may not|allowed)" "$WORK/out"
    note "$(sed -n 's/^reason=//p' "$WORK/out" | sed "s|$WORK|...|g")"
    expect_eq "how often it says so" "$(grep -Ec '[Pp]ermission|may not|allowed' "$WORK/run/err")" 1
}

run_step "in a user namespace" namespace
run_step "a user's own daemon, under XDG_RUNTIME_DIR" user_default
stop_device
rm -rf "$WORK/run" "$WORK/dev"
run_step "a user's own daemon, on a port that is not his" user_port
finish
