#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shows the whole chain at work: examples/demo.sh BUILD [PORT]
#
# Starts trng-twin (DEVICE=emulator: trng-emulator; or takes the board at PORT), mounts fuse-trng in
# a temporary directory, initialises, prints 32 random bytes, starts trng-httpd, prints where the page
# is and stays until Ctrl-C. Leaves nothing behind.
set -u
cd "$(dirname "$0")/.." || exit 1

bin=$1/bin
port=${2:-}
device=${DEVICE:-twin}
case $device in
twin | emulator) ;;
*) echo "demo: DEVICE is twin or emulator, not $device" >&2 && exit 2 ;;
esac
speed=20 # examples/demo.conf is written for it
parent=${TMPDIR:-/tmp}
[ "$(id -u)" = 0 ] || parent=${XDG_RUNTIME_DIR:-$parent}
work=$(mktemp -d "$parent/trng-demo.XXXXXX") || exit 1
mount=$work/trng
twin='' daemon='' reader='' server=''

say() {
    printf '\n%s\n' "$*"
}

give_up() {
    say "demo: $*"
    exit 1
}

# Ends process $1; after ten seconds it is killed, which counts as a fault. No `wait` here: bash 5.2
# hangs in one that repeats the one it was interrupted in. It reaps children unasked, and then
# kill -0 fails.
end() {
    local pid=$1 tries
    kill "$pid" 2>/dev/null
    for tries in {1..100}; do
        kill -0 "$pid" 2>/dev/null || return
        sleep 0.1
    done
    kill -9 "$pid"
    faults+=("process $pid had to be killed")
}

# The daemon goes first, so that it can still tell the board to be off.
finish() {
    local status=$? faults=()
    trap '' INT TERM HUP
    [ -z "$server" ] || end "$server"
    [ -z "$daemon" ] || end "$daemon"
    [ -z "$reader" ] || end "$reader"
    [ -z "$twin" ] || end "$twin"
    if grep -qF " $mount " /proc/self/mountinfo; then
        faults+=("$mount was still mounted")
        umount -l "$mount" || fusermount3 -uz "$mount"
    fi
    rm -rf --one-file-system "$work/bytes" "$work/state" "$work/httpd.log"
    rmdir "$mount" "$work" || faults+=("files were left: $(find "$work" -xdev | tr '\n' ' ')")
    rm -rf --one-file-system "$work"
    if [ "${#faults[@]}" -gt 0 ]; then
        printf 'demo: %s\n' "${faults[@]}"
        exit 1
    fi
    echo "demo: ended, no process, mount or file is left."
    exit "$status"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

wait_for() { # what, command...
    local what=$1 tries
    shift
    for tries in {1..200}; do
        "$@" 2>/dev/null && return
        [ -z "$daemon" ] || kill -0 "$daemon" 2>/dev/null || give_up "fuse-trng has ended; it said why."
        [ -z "$server" ] || kill -0 "$server" 2>/dev/null || give_up "trng-httpd has ended: $(cat "$work/httpd.log")"
        sleep 0.1
    done
    give_up "waited in vain for $what: $(sed -n 's/^reason=//p' "$mount/status" 2>/dev/null)"
}

is_present() {
    grep -q '^state=' "$mount/status" && ! grep -q '^state=absent' "$mount/status"
}

# Sets of their own keep Ctrl-C away from them: finish() ends them in order.
start_device() {
    config=examples/trng.conf
    [ -z "$port" ] || return 0
    config=examples/demo.conf
    port=$work/board
    setsid "$bin/trng-$device" --link "$port" --speed "$speed" < /dev/null &
    twin=$!
    wait_for "trng-$device" test -e "$port"
    say "trng-$device is a board at $port, $speed times as fast as a real one."
}

start_daemon() {
    mkdir "$mount"
    setsid "$bin/fuse-trng" --config "$config" --foreground -o port="$port" -o mountpoint="$mount" \
        -o state_dir="$work/state" &
    daemon=$!
    wait_for "the board at $port" is_present
}

# The documented port behind a proxy, if it is free.
start_server() {
    local listen=127.0.0.1:8000
    ! (exec 3<>/dev/tcp/127.0.0.1/8000) 2>/dev/null || listen=127.0.0.1:0
    setsid "$bin/trng-httpd" --config "$config" --foreground -o mountpoint="$mount" -o httpd.listen="$listen" \
        -o httpd.ui_dir="$PWD/ui" -o httpd.state_dir="$work/state" > "$work/httpd.log" 2>&1 &
    server=$!
    wait_for "trng-httpd" grep -q "listening on" "$work/httpd.log"
    page=$(sed -n 's/.*listening on //p' "$work/httpd.log")
}

initialise() {
    say "$ echo init > $mount/control"
    echo init > "$mount/control" || give_up "init failed; the reason is above."
}

show_bytes() {
    say "$ head -c 32 $mount/random | od -An -tx1"
    head -c 32 "$mount/random" > "$work/bytes" &
    reader=$!
    wait "$reader" || give_up "reading failed."
    reader=''
    od -An -tx1 "$work/bytes"
}

start_device
start_daemon
initialise
show_bytes
start_server
say "The page: $page/
and the API: curl '$page/trng/randomNum/getRandom?numBits=128&quantity=3'"
say "Read more in another shell, for example:
    head -c 16 $mount/random | od -An -tx1
    cat $mount/status
    tail -f $mount/events
    echo shutdown > $mount/control
Ctrl-C ends everything."
wait -n "$daemon" "$server" ${twin:+"$twin"}
give_up "a process has ended by itself."
