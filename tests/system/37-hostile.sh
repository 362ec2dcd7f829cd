#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Clients and boards at their worst: what one of them does is no harm to the others.
. "$(dirname "$0")/lib.sh"

WAITING=12 # as many background requests as the kernel has under way at once
READ_BYTES=200

stop_all() {
    stop_daemon
    stop_device
}

# ---- asynchronous reads ------------------------------------------------------------------------

aio_parked() {
    local i
    start_board
    start_running -o silence_ms=3600000
    go_dry
    PIDS=()
    for ((i = 0; i < WAITING; i++)); do
        "$TOOLS/aio" "$MNT/random" $READ_BYTES >"$WORK/aio.$i" 2>&1 &
        PIDS+=($!)
        disown
    done
    CHILDREN+=("${PIDS[@]}")
    wait_for status_is waiting_readers $WAITING
}

# What others open and close meanwhile leaves no place in the queue.
aio_and_others() {
    aio_parked
    timeout "$BOUND_S" python3 - "$MNT/random" <<'END' || problem "the other readers failed"
import os, sys
for _ in range(200):
    fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
    try:
        sys.exit("%d bytes of a dry pool" % len(os.read(fd, 16)))
    except BlockingIOError:
        os.close(fd)
END
    wait_for status_is queue_bytes $((WAITING * READ_BYTES)) ||
        note "queue_bytes is $(status_get queue_bytes)"
    expect_eq waiting_readers "$(status_get waiting_readers)" $WAITING
}

# Killed while the pool is dry, they need not wait for a byte to die. The next one is served.
aio_killed() {
    local pid
    kill -KILL "${PIDS[@]}"
    for pid in "${PIDS[@]}"; do
        wait_for is_gone "$pid" || break
    done
    wait_for status_is waiting_readers 0
    expect_eq queue_bytes "$(status_get queue_bytes)" 0
    device_say limit 1000000000
    expect_match "the next" "$(timeout "$BOUND_S" "$TOOLS/aio" "$MNT/random" $READ_BYTES)" \
        "^bytes=$READ_BYTES errno=0$"
    stop_all
}

aio_steps() {
    "$TOOLS/aio" /proc/self/maps 1 >/dev/null 2>&1
    [ $? != 77 ] || { echo "SKIP asynchronous reads: this kernel has no io_setup"; return; }
    run_step "$WAITING asynchronous reads wait, 200 others come and go" aio_and_others
    run_step "SIGKILL ends asynchronous readers while the pool is dry" aio_killed
}

# ---- reads of more than there is ---------------------------------------------------------------

# The kernel cuts this read into requests; one that was filled must not make the next one wait.
longer_than_pool() {
    local before got
    start_board --rate 2000000
    start_running -o pool_capacity=131072 -o silence_ms=3600000
    wait_for status_is pool_bytes 131072
    device_say limit 0
    board_where >/dev/null
    before=$(status_get random_bytes)
    got=$(timeout "$BOUND_S" python3 - "$MNT/random" <<'END'
import mmap, os, sys
print(os.readv(os.open(sys.argv[1], os.O_RDONLY), [mmap.mmap(-1, 262144)]))
END
    )
    expect_eq "exit status (124: it waits for more)" $? 0
    note "the read gave $got bytes"
    [ "${got:-0}" -gt 0 ] || problem "it gave no bytes"
    expect_eq "bytes delivered" $(($(status_get random_bytes) - before)) "$got"
    expect_eq state "$(status_get state)" running
    stop_all
}

# ---- many open files ---------------------------------------------------------------------------

resident_kib() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$DAEMON/status"
}

# hold FILES FILE...: a process opens so many in turn, says what it got, and holds them until
# $WORK/give.back can be read. It opens none of the mount's but these.
hold() {
    rm -f "$WORK/held" "$WORK/give.back"
    mkfifo "$WORK/give.back"
    python3 - "$WORK" "$@" <<'END' &
import errno, os, resource, sys
work, count, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
def set_limit(hard):
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
try:
    set_limit(count + 100)
except (OSError, ValueError):
    set_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
fds, end = [], "0"
try:
    for i in range(count):
        fds.append(os.open(files[i % len(files)], os.O_RDONLY | os.O_NONBLOCK))
except OSError as error:
    end = errno.errorcode[error.errno]
    if error.errno == errno.EMFILE:
        os.close(fds.pop())
alive = len(os.pread(fds[0], 100, 0)) and os.fstat(fds[0]).st_size > 0
with open(work + "/held.new", "w") as said:
    print("opened=%d errno=%s alive=%d" % (len(fds), end, bool(alive)), file=said)
os.rename(work + "/held.new", work + "/held")
open(work + "/give.back").read()
END
    HOLDER=$!
    CHILDREN+=("$HOLDER")
    wait_for eval '[ -e "$WORK/held" ] || is_gone "$HOLDER"'
    HELD=$(cat "$WORK/held" 2>/dev/null)
}

give_back() {
    is_gone "$HOLDER" || : >"$WORK/give.back"
    wait_for is_gone "$HOLDER"
    wait "$HOLDER" || problem "the process that held them failed"
}

many_status() {
    local before
    start_board
    start_running
    before=$(resident_kib)
    hold 4000 "$MNT/status"
    expect_eq "files" "$HELD" "opened=4000 errno=0 alive=1"
    note "resident: $before KiB, with 4000 open status $(resident_kib) KiB"
    has_other_memory || [ $(($(resident_kib) - before)) -lt 16384 ] ||
        problem "4000 open status take $(($(resident_kib) - before)) KiB"
    give_back
}

# One after the other until ENFILE: the daemon serves those it has, and the next when they are back.
too_many() {
    hold 17000 "$MNT/status" "$MNT/random"
    case $HELD in
    *errno=EMFILE*) note "skipped: this shell may not open enough files: $HELD" ;;
    *) expect_match "files" "$HELD" "^opened=[0-9]+ errno=ENFILE alive=1$" ;;
    esac
    note "$HELD"
    is_gone "$DAEMON" && problem "the daemon has ended"
    expect_eq "the mount's files" "$(timeout "$BOUND_S" ls "$MNT" | xargs)" "control events random raw status urandom"
    give_back
    wait_for timeout "$BOUND_S" grep -q '^state=running' "$MNT/status"
    expect_read bytes
    hold 3000 "$MNT/status" "$MNT/random"
    expect_eq "files after all were given back" "$HELD" "opened=3000 errno=0 alive=1"
    give_back
    stop_all
}

# ---- the page cache ----------------------------------------------------------------------------

# Each opener of `status` has its text, by read, splice and sendfile, whoever has spliced before.
own_text() {
    local said
    start_board
    start_daemon
    wait_state standby
    said=$(timeout "$BOUND_S" python3 - "$MNT/status" "$DEVICE_IN" 2>&1 <<'END'
import os, sys, time
status, device = sys.argv[1:]
def spliced(fd):
    ends = os.pipe()
    return os.read(ends[0], os.splice(fd, ends[1], 16384, offset_src=0))
def sent(fd):
    ends = os.pipe()
    return os.read(ends[0], os.sendfile(ends[1], fd, 0, 16384))
def texts(fd):
    return {spliced(fd), sent(fd), os.pread(fd, 16384, 0)}
first = os.open(status, os.O_RDONLY)
before = texts(first)
with open(device, "w") as board:
    board.write("unplug\n")
while b"state=absent" not in open(status, "rb").read():
    time.sleep(0.02)
second = os.open(status, os.O_RDONLY)
after = texts(second)
print("first", len(before | texts(first)), "second", len(after | texts(second)))
print(*(b"state=standby" in text for text in before), *(b"state=absent" in text for text in after))
END
    )
    expect_eq "texts of each opener, and whether they are right" "$(xargs <<<"$said")" \
        "first 1 second 1 True True"
    stop_all
}

# ---- the board ---------------------------------------------------------------------------------

# flow ACTION: the port stops (TCOOFF) or goes on (TCOON) to take what is written to it.
flow() {
    python3 - "$PORT" "$1" <<'END' || problem "tcflow $1 failed"
import os, sys, termios
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
termios.tcflow(fd, getattr(termios, sys.argv[2]))
END
}

# `shutdown` says that the board was not told; when the port goes on, so does everything.
deaf() {
    start_board
    start_running -o init_timeout_s=2
    flow TCOOFF
    expect_control shutdown ETIMEDOUT
    expect_eq last_result "$(status_get last_result)" ETIMEDOUT
    expect_read ENODATA
    flow TCOON
    wait_for has_line "heard off" "$WORK/device.out"
    expect_control init 0
    expect_read bytes
    flow TCOOFF
    stop_all
}

# The strict reading: one alarm, silence as well, and nothing of before may leave any more.
strict_silence() {
    start_board
    start_daemon -o max_alarms=1 -o silence_ms=2000
    expect_control init 0
    device_say silence
    wait_state failed
    expect_eq held_bytes "$(status_get held_bytes)" 0
    expect_eq pool_bytes "$(status_get pool_bytes)" 0
    [ "$(status_get wiped_bytes)" -gt 0 ] || problem "nothing was wiped"
    expect_read EIO
    device_say heal
    expect_control init 0
    expect_read bytes
    stop_all
}

aio_steps
run_step "a read of twice what the full pool holds returns" longer_than_pool
run_step "4000 open status are small" many_status
run_step "17000 open files: ENFILE, the daemon goes on, all are given back" too_many
run_step "splice and sendfile show each opener of status its own text" own_text
run_step "a port that takes no output: shutdown ends with ETIMEDOUT" deaf
run_step "max_alarms = 1 and silence: failed, nothing is held" strict_silence
finish
