#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# System calls that nobody expects: each gets an answer, none harms the daemon or grows it.
. "$(dirname "$0")/lib.sh"

start() {
    start_board --rate 20000
    start_running
}

calls() {
    timeout "$BOUND_S" python3 - "$MNT" >"$WORK/calls" 2>&1 <<'END'
import ctypes, errno, fcntl, mmap, os, select, struct, sys, termios
mnt = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
names = ("random", "control", "status", "events", "", ".", "..", "nothing", "x" * 255, "x" * 256, "random/x", "control/")
def attempt(what, function):
    try:
        result = function()
        print(what, "gave", repr(result)[:40])
        return result
    except OSError as error:
        print(what, errno.errorcode[error.errno])
    except (ValueError, TypeError, BufferError) as error:
        print(what, error)
for name in names:
    path = mnt + "/" + name
    attempt("stat " + name[:9], lambda: os.stat(path))
    for call in (os.statvfs, os.readlink, os.listxattr, os.listdir, os.rmdir if name not in ("", ".") else os.stat):
        attempt(call.__name__ + " " + name[:9], lambda: call(path))
    attempt("getxattr", lambda: os.getxattr(path, "user.x"))
    attempt("setxattr", lambda: os.setxattr(path, "user.x", b"1"))
    for flags in (os.O_RDONLY, os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_DIRECT,
                  os.O_RDONLY | os.O_TRUNC, os.O_PATH, os.O_TMPFILE | os.O_RDWR, os.O_DIRECTORY,
                  os.O_RDONLY | os.O_CREAT | os.O_EXCL, os.O_RDONLY | os.O_SYNC):
        fd = attempt("open %o %s" % (flags, name[:9]), lambda: os.open(path, flags, 0o600))
        if fd is None:
            continue
        nonblocking = bool(flags & os.O_NONBLOCK)
        attempt("fstat", lambda: os.fstat(fd))
        attempt("lseek end", lambda: os.lseek(fd, 0, os.SEEK_END))
        attempt("lseek data", lambda: os.lseek(fd, 0, os.SEEK_DATA))
        attempt("lseek hole", lambda: os.lseek(fd, 0, os.SEEK_HOLE))
        attempt("lseek -1", lambda: os.lseek(fd, -1, os.SEEK_SET))
        attempt("lseek far", lambda: os.lseek(fd, 2 ** 62, os.SEEK_SET))
        attempt("read", lambda: len(os.read(fd, 8)))
        attempt("readv", lambda: os.readv(fd, [bytearray(1), bytearray(3), bytearray(5)]))
        attempt("pread far", lambda: os.pread(fd, 8, 2 ** 62))
        attempt("read 0", lambda: os.read(fd, 0))
        attempt("ftruncate", lambda: os.ftruncate(fd, 10 ** 9))
        attempt("fallocate", lambda: os.posix_fallocate(fd, 0, 100))
        attempt("fsync", lambda: os.fsync(fd))
        attempt("fchmod", lambda: os.fchmod(fd, 0o777))
        attempt("futimens", lambda: os.utime(fd, (1, 1)))
        attempt("flock", lambda: fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB))
        attempt("lockf", lambda: fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB))
        attempt("ioctl FIONREAD", lambda: fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))
        attempt("ioctl junk", lambda: fcntl.ioctl(fd, 0x5421ABCD & 0x7fffffff, b"\0" * 64))
        attempt("F_NOTIFY", lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, 1))
        attempt("mmap shared", lambda: mmap.mmap(fd, 32, mmap.MAP_SHARED, mmap.PROT_READ))
        attempt("mmap write", lambda: mmap.mmap(fd, 32, mmap.MAP_SHARED, mmap.PROT_WRITE))
        attempt("poll", lambda: select.select([fd], [fd], [fd], 0))
        attempt("dup", lambda: os.close(os.dup(fd)))
        attempt("copy_file_range", lambda: os.copy_file_range(fd, fd, 16))
        attempt("close", lambda: os.close(fd))
    attempt("chown", lambda: os.chown(path, 5, 5))
    attempt("truncate", lambda: os.truncate(path, 5) if name != "control" else None)
attempt("rename", lambda: os.rename(mnt + "/random", mnt + "/status"))
attempt("rename2", lambda: libc.renameat2(-100, b"%s/random" % mnt.encode(), -100, b"%s/status" % mnt.encode(), 2))
attempt("mknod", lambda: os.mknod(mnt + "/node"))
attempt("write at", lambda: os.pwrite(os.open(mnt + "/control", os.O_WRONLY), b"bogus", 12345))
attempt("writev", lambda: os.writev(os.open(mnt + "/control", os.O_WRONLY), [b"shut", b"up"]))
print("done")
END
    expect_file "^done" "$WORK/calls"
    note "$(wc -l <"$WORK/calls") calls; unexpected: $(grep -Eo '(ENOSYS|EFAULT|EBADMSG|EPROTO|ENOMEM)' "$WORK/calls" | sort | uniq -c | xargs)"
    alive
}

alive() {
    is_gone "$DAEMON" && problem "the daemon has ended"
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

listing() {
    timeout "$BOUND_S" ls -laR "$MNT" >"$WORK/out" || problem "ls"
    expect_eq "entries" "$(timeout "$BOUND_S" find "$MNT" -mindepth 1 | wc -l)" "$(ls -A "$MNT" | wc -l)"
    timeout "$BOUND_S" df "$MNT" >/dev/null || problem "df"
    timeout "$BOUND_S" stat -f "$MNT" >/dev/null || problem "stat -f"
    timeout "$BOUND_S" cp "$MNT/status" "$MNT/events" "$WORK" || problem "cp"
    expect_file "^state=running" "$WORK/status"
    timeout "$BOUND_S" grep -r state= "$MNT/status" >/dev/null || problem "grep"
}

resident_kib() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$DAEMON/status"
}

# Thousands of opens, looks and parked reads that are given up leave nothing in the daemon.
grows_not() {
    local before round
    for round in 1 2 3; do
        [ $round != 2 ] || before=$(resident_kib)
        timeout "$BOUND_S" python3 - "$MNT" <<'END' || problem "the churn failed"
import os, select, sys
mnt = sys.argv[1]
for _ in range(4000):
    for name in ("control", "random", "status", "nothing"):
        try:
            os.stat(mnt + "/" + name)
        except OSError:
            pass
    fd = os.open(mnt + "/random", os.O_RDONLY | os.O_NONBLOCK)
    select.select([fd], [], [], 0)
    os.close(fd)
    with open(mnt + "/status") as status:
        status.read()
    fd = os.open(mnt + "/control", os.O_RDWR)
    os.read(fd, 10)
    os.close(fd)
END
    done
    note "resident: $before KiB, then $(resident_kib) KiB"
    has_other_memory ||
        [ "$(resident_kib)" -le $((before + 512)) ] || problem "it has grown by $(($(resident_kib) - before)) KiB"
    expect_eq set_aside_bytes "$(status_get set_aside_bytes)" 0
    alive
}

# More pollers than anybody has: each is promised something, none is starved, all is taken back.
many_pollers() {
    local said
    said=$(timeout "$BOUND_S" python3 - "$MNT/random" <<'END'
import os, select, sys
fds = [os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK) for _ in range(600)]
p = select.poll()
for fd in fds:
    p.register(fd, select.POLLIN)
got = {}
while len(got) < len(fds):
    for fd, events in p.poll(30000):
        try:
            got[fd] = os.read(fd, 16)
            p.unregister(fd)
        except BlockingIOError:
            pass
print(len(got), len(set(got.values())))
END
    )
    expect_eq "pollers served, distinct answers" "$said" "600 600"
    expect_eq queue_bytes "$(status_get queue_bytes)" 0
    alive
}

run_step "a board streams" start
run_step "every call on every file gets an answer" calls
run_step "ls, find, df, cp, grep" listing
run_step "600 pollers" many_pollers
run_step "thousands of opens do not make it grow" grows_not
run_step "the daemon ends cleanly" stop_daemon
finish
