#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The traps of the kernel that docs/DESIGN.md lists: page cache, inherited descriptors, held locks.
. "$(dirname "$0")/lib.sh"

full_pool() {
    start_board --rate 100000
    start_running -o pool_capacity=20000
    wait_for status_is pool_bytes 20000
}

# Each on two descriptors at the same time: an error, never a byte.
no_bytes() { # MANNER ERRNOS
    local i before
    before=$(status_get random_bytes)
    for i in 1 2; do
        timeout "$BOUND_S" "$TOOLS/reader" -m "$1" "$MNT/random" >"$WORK/$1.$i" &
        CHILDREN+=($!)
    done
    for i in 1 2; do
        wait_for test -s "$WORK/$1.$i"
        expect_match "$1, descriptor $i" "$(cat "$WORK/$1.$i")" "^bytes=0 .*errno=($2)$"
    done
    expect_eq "random_bytes, nothing is lost either" "$(status_get random_bytes)" "$before"
}

# Both through the cache at once in one process, and readahead(2), fadvise(2), pread(2), lseek(2).
page_cache() {
    python3 - "$MNT/random" >"$WORK/cache" 2>&1 <<'END'
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
got = []
for _ in range(3):
    fd = os.open(sys.argv[1], os.O_RDONLY)
    libc.readahead(fd, ctypes.c_int64(0), 4096)
    os.posix_fadvise(fd, 0, 4096, os.POSIX_FADV_WILLNEED)
    for _ in range(2):
        try:
            got.append(os.pread(fd, 32, 0))
        except OSError as error:
            print("pread", errno.errorcode[error.errno])
        try:
            os.lseek(fd, 0, os.SEEK_SET)
        except OSError as error:
            print("lseek", errno.errorcode[error.errno])
        got.append(os.read(fd, 32))
print("distinct" if len(set(got)) == len(got) else "REPEATED", len(got))
END
    expect_file "^distinct" "$WORK/cache"
    note "$(sort -u "$WORK/cache" | xargs)"
}

sizes() {
    expect_eq "size, block size" "$(stat -c '%s %o' "$MNT/random")" "32 32"
    expect_eq "wc -c" "$(wc -c "$MNT/random" | cut -d' ' -f1)" 32
    expect_eq "mode" "$(stat -c '%a %F' "$MNT/random")" "444 regular file"
    expect_match "control" "$(stat -c '%a' "$MNT/control")" "^660$"
    expect_match "status, events" "$(stat -c '%a' "$MNT/status" "$MNT/events" | xargs)" "^444 444$"
}

# Many short-lived readers at once: not one byte twice.
no_repeats() {
    local i
    for i in $(seq 60); do
        timeout "$BOUND_S" "$TOOLS/reader" -n 3 -s 32 -l "$WORK/repeat.$i" "$MNT/random" >/dev/null &
        PIDS+=($!)
    done
    wait "${PIDS[@]}"
    note "$("$ACCOUNT" --size "$(($(board_where) + 10000))" --lost 100000000 --least 5760 "$WORK"/repeat.* 2>&1)"
    "$ACCOUNT" --size "$(($(board_where) + 10000))" --lost 100000000 --least 5760 "$WORK"/repeat.* \
        >/dev/null 2>&1 || problem "a byte was delivered twice or is not of the stream"
}

# Three processes read one descriptor of an empty pool: all three requests reach the daemon, none
# waits in the kernel for the others. Two are killed, the third is served.
inherited() {
    restart_slow
    python3 - "$MNT/random" >"$WORK/inherited" 2>&1 <<'END' &
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os.write(1, b"child got %d\n" % len(os.read(fd, 16)))
        os._exit(0)
    os.write(1, b"child %d\n" % pid)
for _ in range(3):
    os.wait()
END
    wait_for status_is waiting_readers 3
    for pid in $(sed -n 's/^child \([0-9]*\)$/\1/p' "$WORK/inherited" | tail -2); do
        kill -KILL "$pid"
        wait_for is_gone "$pid"
    done
    wait_for status_is waiting_readers 1
    device_say rate 20000
    wait_for has_line "child got 16" "$WORK/inherited"
}

# The same in a shell: two programs on one redirected descriptor, blocking.
inherited_shell() {
    timeout "$BOUND_S" bash -c 'exec 9<"$1"; head -c 64 <&9 >"$2.1" & head -c 64 <&9 >"$2.2" & wait' \
        _ "$MNT/random" "$WORK/shared" || problem "two programs on one descriptor hang"
    expect_eq "bytes" "$(cat "$WORK/shared.1" "$WORK/shared.2" | wc -c)" 128
    cmp -s "$WORK/shared.1" "$WORK/shared.2" && problem "both got the same"
    return 0
}

restart_slow() {
    expect_control shutdown 0
    device_say rate 20
    control init >"$WORK/parked.init" &
    wait_state starting
}

# `init` is parked; whatever another shell does with control answers while it still is.
second_shell() {
    restart_slow
    expect_match "stat" "$(timeout "$BOUND_S" stat -c %a "$MNT/control")" 660
    expect_match "cat control" "$(timeout "$BOUND_S" cat "$MNT/control")" init
    timeout "$BOUND_S" bash -c 'echo nonsense >>"$1"' _ "$MNT/control" 2>"$WORK/append"
    expect_file "write error: Invalid argument" "$WORK/append"
    timeout "$BOUND_S" ls -l "$MNT" >/dev/null || problem "ls hangs"
    timeout "$BOUND_S" truncate -s 0 "$MNT/control" || problem "truncate of control"
    timeout "$BOUND_S" test -w "$MNT/control" || problem "access(2) of control"
    expect_eq "state, still" "$(status_get state)" starting
    [ ! -s "$WORK/parked.init" ] || problem "init has come back: $(cat "$WORK/parked.init")"
    expect_control shutdown 0
    wait_for test -s "$WORK/parked.init"
    expect_eq "init" "$(cat "$WORK/parked.init")" "$(errno_text ECANCELED)"
    expect_eq state "$(status_get state)" standby
}

second_shell_restarts() {
    device_say rate 20
    control init >"$WORK/parked.init" &
    wait_state starting
    timeout "$BOUND_S" bash -c 'echo restart >>"$1"; echo "rc=$?"' _ "$MNT/control" >"$WORK/append" 2>&1 &
    wait_for test -s "$WORK/parked.init"
    wait_for has_line "$(errno_text ECANCELED)" "$WORK/parked.init"
    device_say rate 20000
    wait_for has_line "rc=0" "$WORK/append"
    wait_state running
}

same_inode() {
    local first second
    first=$(stat -c %i "$MNT/control")
    second=$(stat -c %i "$MNT/control")
    expect_eq "inode of control" "$second" "$first"
    expect_eq "inode in the directory" "$(ls -i "$MNT" | sed -n 's/^ *\([0-9]*\) control$/\1/p')" "$first"
}

run_step "a board streams, the pool is full" full_pool
run_step "splice gives EIO, never bytes" no_bytes splice EIO
run_step "sendfile gives EIO, never bytes" no_bytes sendfile "EIO|EINVAL"
run_step "mmap gives SIGBUS or ENODEV, never bytes" no_bytes mmap "EFAULT|ENODEV"
run_step "readahead, fadvise, pread and lseek repeat no bytes" page_cache
run_step "sizes, block sizes and modes" sizes
run_step "sixty short readers get no byte twice" no_repeats
run_step "three processes on one descriptor: two are killed, one is served" inherited
run_step "two programs of a shell on one descriptor" inherited_shell
run_step "while init is parked, another shell's stat, cat, >> and shutdown answer" second_shell
run_step "while init is parked, another shell's restart by >> works" second_shell_restarts
run_step "control keeps one inode number" same_inode
run_step "the daemon ends cleanly" stop_daemon
finish
