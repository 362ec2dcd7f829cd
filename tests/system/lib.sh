# SPDX-License-Identifier: GPL-3.0-or-later
# lib - what every system test uses: a work folder, a board, the daemon, steps, and a clean end.
# shellcheck shell=bash
#
# A test sources this file, which brings ../steps.sh. Environment:
#   TRNG_BUILD  build folder (./build of the tree)      TRNG_TMP   where the work folder is made
#   NEEDS_FUSE  no: the test mounts nothing (set by the test)
#   TRNG_WRAP   command before the daemon (valgrind)     TRNG_KEEP  1: leave the work folder there
# Waiting is polling with a generous bound; nothing depends on how long something took.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "${TRNG_BUILD:-$ROOT/build}" 2>/dev/null && pwd)
BIN=$BUILD/bin
TOOLS=$BUILD/tools
ACCOUNT=$ROOT/tests/tools/account.py
BOUND_S=${TRNG_BOUND_S:-60}
export LC_ALL=C

. "$ROOT/tests/steps.sh"
DAEMON= DEVICE= DEVICE_IN= RC=0
CHILDREN=()

[ -x "$BIN/fuse-trng" ] || skip "no $BIN/fuse-trng: build first"
[ "${NEEDS_FUSE:-yes}" = no ] || { [ -r /dev/fuse ] && [ -w /dev/fuse ]; } || skip "/dev/fuse cannot be opened"
WORK=$(mktemp -d "${TRNG_TMP:-/tmp}/trng-$SELF.XXXXXX") || exit 1
chmod 755 "$WORK"
MNT=$WORK/mnt
PORT=$WORK/board
mkdir "$MNT"

# ---- errors ------------------------------------------------------------------------------------

# The sentence bash and coreutils print for an errno.
errno_text() {
    case $1 in
    EPERM) echo "Operation not permitted" ;;
    EINTR) echo "Interrupted system call" ;;
    ENOTCONN) echo "Transport endpoint is not connected" ;;
    EXDEV) echo "Invalid cross-device link" ;;
    EIO) echo "Input/output error" ;;
    EAGAIN) echo "Resource temporarily unavailable" ;;
    EACCES) echo "Permission denied" ;;
    EBUSY) echo "Device or resource busy" ;;
    ENODEV) echo "No such device" ;;
    EINVAL) echo "Invalid argument" ;;
    ENODATA) echo "No data available" ;;
    ECANCELED) echo "Operation canceled" ;;
    EALREADY) echo "Operation already in progress" ;;
    EINPROGRESS) echo "Operation now in progress" ;;
    EOPNOTSUPP) echo "Operation not supported" ;;
    ETIMEDOUT) echo "Connection timed out" ;;
    *) echo "errno $1" ;;
    esac
}

# expect_errno NAMES COMMAND...: it fails and says so with one of these errno (separated by |).
expect_errno() {
    local names=$1 name said
    shift
    said=$(timeout "$BOUND_S" "$@" 2>&1 >/dev/null </dev/null) && {
        problem "$* succeeded, expected $names"
        return
    }
    for name in ${names//|/ }; do
        [[ $said == *"$(errno_text "$name")"* ]] && return
    done
    problem "$*: said '$said', expected $names"
}

# control WORD...: `echo word > control` in bash; prints "0" or the errno's sentence.
control() {
    local said
    said=$(timeout "$BOUND_S" bash -c 'echo "$1" >"$2"' _ "$1" "$MNT/control" 2>&1)
    case $?:$said in
    0:) echo 0 ;;
    124:*) echo "no answer in $BOUND_S s" ;;
    *) sed 's/.*write error: //;s/.*control: //' <<<"$said" ;;
    esac
}

expect_control() { # WORD RESULT (0 or the errno's name)
    local text=0 got
    [ "$2" = 0 ] || text=$(errno_text "$2")
    got=$(control "$1")
    expect_eq "echo $1 > control" "$got" "$text"
}

# expect_read RESULT: what a blocking read of `random` gives (bytes, or an errno's name).
expect_read() {
    local got
    got=$(timeout "$BOUND_S" "$TOOLS/reader" -n 1 "$MNT/random")
    case $1 in
    bytes) expect_match "read random" "$got" "bytes=16 " ;;
    *) expect_match "read random" "$got" "bytes=0 .*errno=$1$" ;;
    esac
}

# expect_probe REVENTS RESULT: poll (0, IN or INERR) and then a read with O_NONBLOCK.
expect_probe() {
    local got wait_ms=20000
    [ "$1" = 0 ] && wait_ms=50
    got=$(timeout "$BOUND_S" "$TOOLS/reader" -m probe -w $wait_ms "$MNT/random")
    case $2 in
    bytes) expect_match "poll, read" "$got" "bytes=16 .*revents=$1 errno=0" ;;
    *) expect_match "poll, read" "$got" "bytes=0 .*revents=$1 errno=$2" ;;
    esac
}

# ---- waiting -----------------------------------------------------------------------------------

# wait_for COMMAND...: until it succeeds; gives up after a generous bound and says so.
wait_for() {
    local tries=$((BOUND_S * 20))
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || {
            problem "waited in vain for: $*"
            return 1
        }
        sleep 0.05
    done
}

status_get() {
    timeout "$BOUND_S" sed -n "s/^$1=//p" "$MNT/status"
}

status_is() { # KEY VALUE
    [ "$(status_get "$1")" = "$2" ]
}

status_least() { # KEY NUMBER
    [ "$(status_get "$1")" -ge "$2" ]
}

wait_state() {
    wait_for status_is state "$1" || note "state is $(status_get state): $(status_get reason)"
}

# own_bytes: what the daemon itself has used, for seeds and for the kernel.
own_bytes() {
    echo $((($(status_get ledger.drbg_bits) + $(status_get ledger.kernel_bits)) / 8))
}

# expect_ledger: every byte from the line is on one account, and what is live is where it says.
expect_ledger() {
    local said
    said=$(timeout "$BOUND_S" awk -F= '
        { value[$1] = $2 }
        /^ledger\./ && !/^ledger\.(entered|made)_bits=/ { sum += $2; seen++ }
        END {
            if (seen == 0) print "no accounts"
            if (sum != value["ledger.entered_bits"] + value["ledger.made_bits"])
                print "accounts " sum ", entered " value["ledger.entered_bits"] ", made " value["ledger.made_bits"]
            if (value["ledger.entered_bits"] - value["ledger.settling_bits"] < value["raw_bits"])
                print "raw_bits " value["raw_bits"]
            for (name in value)
                if (name ~ /^(held|pool|set_aside|random)_bytes$/) {
                    account = name
                    sub(/_bytes/, "", account)
                    if (value[name] * 8 != value["ledger." account "_bits"])
                        print name " " value[name] ", ledger " value["ledger." account "_bits"]
                }
        }' "$MNT/status")
    [ -z "$said" ] || problem "ledger: $said"
}

has_line() { # PATTERN FILE
    grep -Eq -- "$1" "$2"
}

# Ended, even if nobody has waited for it yet.
is_gone() {
    [ ! -e "/proc/$1" ] || grep -q '^State:.*[ZX]' "/proc/$1/status" 2>/dev/null
}

is_mounted() {
    grep -q " ${1:-$MNT} " /proc/self/mountinfo
}

is_not_mounted() {
    ! is_mounted "$@"
}

# ---- the device --------------------------------------------------------------------------------

# start_device PROGRAM ARGS...: its standard input is a FIFO that device_say writes.
start_device() {
    DEVICE_IN=$WORK/device.in.${#CHILDREN[@]}
    mkfifo "$DEVICE_IN"
    exec 7<>"$DEVICE_IN"
    "$@" --link "$PORT" <&7 7<&- >"$WORK/device.out" 2>"$WORK/device.err" &
    DEVICE=$!
    CHILDREN+=("$DEVICE")
    wait_for test -e "$PORT"
}

start_twin() {
    start_device "$BIN/trng-twin" --speed 1000 --seed 1 "$@"
}

start_board() {
    start_device "$TOOLS/board" --rate 20000 "$@"
}

device_say() {
    printf '%s\n' "$*" >&7
}

# board_at WHAT: the stream's offset at the last line about WHAT that the board logged.
board_at() {
    sed -n "s/^[0-9]* $1 \([0-9]*\)$/\1/p" "$WORK/device.out" | tail -1
}

# board_where: the offset now.
board_where() {
    local before
    before=$(grep -c " where " "$WORK/device.out")
    device_say where
    wait_for bash -c "[ \$(grep -c ' where ' '$WORK/device.out') -gt $before ]"
    board_at where
}

# go_dry: the board falls silent, and what the pool still has is read.
go_dry() {
    device_say limit 0
    board_where >/dev/null
    wait_for drained
}

drained() {
    [ "$(status_get pool_bytes)" = 0 ] ||
        ! dd if="$MNT/random" of="$WORK/drained" bs=64k count=1 iflag=nonblock 2>/dev/null
}

stop_device() {
    [ -n "$DEVICE" ] || return 0
    kill "$DEVICE" 2>/dev/null
    wait "$DEVICE" 2>/dev/null
    DEVICE=
    exec 7<&-
}

# ---- the daemon --------------------------------------------------------------------------------

# write_config [LINES...]: a start that is fast with a twin at 1000 times the board's speed.
write_config() {
    cat >"$WORK/trng.conf" <<END
port = "$PORT"
mountpoint = "$MNT"
init_timeout_s = 60
total_failure_limit = 12
state_dir = "$WORK/state"
settle_ms = 50
open_delay_ms = 0
word_gap_ms = 0
rate_bit_s = 60000
END
    [ $# = 0 ] || printf '%s\n' "$@" >>"$WORK/trng.conf"
}

# spawn_daemon ARGS...: starts it in the foreground with the configuration; waits for nothing.
spawn_daemon() {
    [ -e "$WORK/trng.conf" ] || write_config
    # shellcheck disable=SC2086 # TRNG_WRAP is a command with arguments
    STATE_DIRECTORY=$WORK/state $TRNG_WRAP "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground "$@" \
        >"$WORK/daemon.out" 2>>"$WORK/daemon.err" 7<&- &
    DAEMON=$!
    CHILDREN+=("$DAEMON")
}

# start_daemon [-o KEY=VALUE]...: and wait until the mount answers.
start_daemon() {
    spawn_daemon "$@"
    wait_for mount_or_exit
    is_gone "$DAEMON" && problem "the daemon ended: $(tail -3 "$WORK/daemon.err")"
    return 0
}

mount_or_exit() {
    is_gone "$DAEMON" || [ -e "$MNT/status" ]
}

# start_running [-o KEY=VALUE]...: daemon started and init done.
start_running() {
    start_daemon "$@"
    expect_control init 0
    expect_eq state "$(status_get state)" running
}

# wait_daemon: its exit status in RC.
wait_daemon() {
    wait_for is_gone "$DAEMON"
    wait "$DAEMON"
    RC=$?
    DAEMON=
}

# stop_daemon [SIGNAL]: ends it, expects exit status 0 and no mount.
stop_daemon() {
    kill -s "${1:-TERM}" "$DAEMON"
    wait_daemon
    expect_eq "exit status" "$RC" 0
    is_mounted && problem "$MNT is still mounted"
    return 0
}

# ---- who ---------------------------------------------------------------------------------------

is_root() {
    [ "$(id -u)" = 0 ]
}

# Prefix of a command that nobody runs; needs root.
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# Whether the daemon's memory is not only its own: a sanitizer's build, or under valgrind.
has_other_memory() {
    [ -n "$TRNG_WRAP" ] || nm "$BIN/fuse-trng" 2>/dev/null | grep -q __asan_init
}

# ---- the end -----------------------------------------------------------------------------------

# Lines of a sanitizer, an assertion or valgrind on the daemon's standard error fail the test.
scan_stderr() {
    local found
    found=$(grep -Ei 'sanitizer|assert|runtime error:|^==[0-9]+== .*(invalid|uninitialised|definitely lost)' \
        "$WORK"/*.err 2>/dev/null | head -5)
    [ -z "$found" ] || {
        echo "FAIL the daemon's standard error: $found"
        return 1
    }
}

# A number may belong to somebody else by now: ours is a child, or works in our folder.
is_ours() {
    grep -q "^PPid:[^0-9]*$$\$" "/proc/$1/status" 2>/dev/null ||
        grep -qF -- "$WORK" "/proc/$1/cmdline" 2>/dev/null
}

cleanup() {
    local rc=$? pid
    trap - EXIT
    # A child that a signal met before it became another program is not the test.
    [ "$BASHPID" = "$$" ] || exit $rc
    [ -z "$DAEMON" ] || kill -TERM "$DAEMON" 2>/dev/null
    [ -z "$DAEMON" ] || STEP_FAILED=0 BOUND_S=5 wait_for is_gone "$DAEMON" >/dev/null
    for pid in "${CHILDREN[@]}" $(jobs -p); do
        is_ours "$pid" && kill -KILL "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    awk -v under="$WORK/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo |
        while read -r path; do
            umount -l "$path" 2>/dev/null || fusermount3 -uz "$path"
        done
    scan_stderr || rc=1
    if [ $rc != 0 ] && [ $rc != 77 ] && [ -s "$WORK/daemon.err" ]; then
        sed 's/^/  daemon: /' "$WORK/daemon.err" | tail -25
    fi
    [ "${TRNG_KEEP:-0}" = 1 ] && echo "kept: $WORK" || rm -rf --one-file-system "$WORK"
    exit $rc
}
trap cleanup EXIT
trap 'exit 130' INT TERM
