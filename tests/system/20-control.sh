#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Writing control: what is trimmed, what is refused, and how a program waits without blocking.
. "$(dirname "$0")/lib.sh"

# expect_write RESULT BYTES: one write(2) of BYTES (escapes as printf's %b).
expect_write() {
    local got
    got=$(timeout "$BOUND_S" python3 -c '
import errno, os, sys
data = sys.argv[2].encode("latin-1").decode("unicode_escape").encode("latin-1")
fd = os.open(sys.argv[1], os.O_WRONLY)
try:
    n = os.write(fd, data)
    print(0 if n == len(data) else "short write of %d" % n)
except OSError as error:
    print(errno.errorcode[error.errno])
' "$MNT/control" "$2" 2>&1)
    expect_eq "write of '${2:0:70}'" "$got" "$1"
}

start() {
    start_twin && start_daemon
    wait_state standby
}

# Accepted words are told from refused ones by EALREADY and EINVAL: standby has no use for shutdown.
trimmed() {
    local word
    for word in 'shutdown' 'shutdown\n' ' shutdown' 'shutdown ' '  shutdown  \n' \
        "shutdown$(printf '%56s')" "$(printf '%55s')shutdown\\n"; do
        expect_write EALREADY "$word"
    done
}

refused() {
    local word
    for word in '\n' ' ' ' \n' 'init\n\n' 'init\nshutdown\n' 'init shutdown' 'init;shutdown' 'init,' 'INIT' 'Init' \
        'ini' 'initx' 'init\r\n' 'init\0' '\0init' 'init\0\n' '\n' '\ninit' '\x00\x01\xff\xfe' '\xff' 'start' 'on' 'off' \
        '%s%n%s%n' '../../etc/passwd' 'init\x1b[2J' "init$(printf '%61s')" "$(printf 'x%.0s' {1..65})" \
        "$(printf 'x%.0s' {1..4096})" "$(printf 'x%.0s' {1..10000})"; do
        expect_write EINVAL "$word"
    done
    expect_eq "state, after all this" "$(status_get state)" standby
}

# Sixty-four bytes are the most there can be; tabs are not spaces.
limits() {
    expect_write EALREADY "shutdown$(printf '%56s')"
    expect_write EINVAL "shutdown$(printf '%57s')"
    expect_write EINVAL '\tshutdown'
}

no_joining() {
    timeout "$BOUND_S" python3 - "$MNT/control" >"$WORK/joined" 2>&1 <<'END'
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for part in (b"in", b"it", b"\n", b"shut", b"down\n", b"shutdown\n"):
    try:
        os.write(fd, part)
        print("0")
    except OSError as error:
        print(errno.errorcode[error.errno])
END
    expect_eq "parts" "$(xargs <"$WORK/joined")" "EINVAL EINVAL EINVAL EINVAL EINVAL EALREADY"
    expect_eq state "$(status_get state)" standby
}

empty_write() {
    timeout "$BOUND_S" python3 -c 'import os, sys; os.write(os.open(sys.argv[1], os.O_WRONLY), b"")' \
        "$MNT/control" 2>"$WORK/said" || expect_file "Invalid argument|EINVAL" "$WORK/said"
    : >"$MNT/control" || problem "truncating"
    expect_eq state "$(status_get state)" standby
}

# Unknown words: the log says what was understood, on one line, without control characters.
logged() {
    expect_write EINVAL 'bogus\nforged line\x1b[31m'
    expect_file "bogus" "$WORK/daemon.err"
    grep -q "^forged" "$WORK/daemon.err" && problem "a forged line in the log"
    tr -d '\n\t' <"$WORK/daemon.err" | LC_ALL=C grep -q '[[:cntrl:]]' && problem "control characters in the log"
    return 0
}

truncating() {
    local before
    before=$(cat "$MNT/control")
    expect_control shutdown EALREADY
    truncate -s 0 "$MNT/control" || problem "truncate"
    timeout "$BOUND_S" bash -c 'echo shutdown >>"$1"' _ "$MNT/control" 2>"$WORK/said"
    expect_file "write error: Operation already in progress" "$WORK/said"
    expect_eq "text of control" "$(cat "$MNT/control")" "$before"
}

dash_and_tee() {
    echo shutdown | timeout "$BOUND_S" tee "$MNT/control" >/dev/null 2>"$WORK/said"
    expect_file "$(errno_text EALREADY)" "$WORK/said"
    printf shutdown | timeout "$BOUND_S" dd of="$MNT/control" status=none 2>"$WORK/said"
    expect_file "$(errno_text EALREADY)" "$WORK/said"
}

last_words() {
    expect_control init 0
    expect_eq "last" "$(status_get last_command) $(status_get last_result)" "init 0"
    expect_control init EALREADY
    expect_eq "last" "$(status_get last_command) $(status_get last_result)" "init EALREADY"
    expect_control shutdown 0
    expect_eq "last" "$(status_get last_command) $(status_get last_result)" "shutdown 0"
}

# nonblock SCRIPT: Python with fd (O_RDWR, O_NONBLOCK), write(), line() and ready(milliseconds).
nonblock() {
    timeout "$BOUND_S" python3 -c '
import errno, os, select, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
p = select.poll()
p.register(fd, select.POLLOUT)
def write(word):
    try:
        os.write(fd, word)
        return "0"
    except OSError as error:
        return errno.errorcode[error.errno]
def line():
    try:
        return repr(os.read(fd, 100).decode())
    except OSError as error:
        return errno.errorcode[error.errno]
def ready(ms):
    return bool(sum(e & select.POLLOUT for _, e in p.poll(ms)))
'"$1" "$MNT/control" 2>&1
}

nonblocking_verdicts() {
    expect_eq "in standby" "$(nonblock 'print(write(b"shutdown"), write(b"bogus\n"), ready(5000))')" \
        "EALREADY EINVAL True"
    expect_eq "an init that goes well" \
        "$(nonblock 'print(write(b"init\n"), ready(30000), line())')" "EINPROGRESS True '0\n'"
    expect_eq state "$(status_get state)" running
    expect_eq "in running" "$(nonblock 'print(write(b"init"))')" EALREADY
    expect_eq last_result "$(status_get last_result)" EALREADY
    expect_match "shutdown" "$(nonblock 'r = write(b"shutdown"); print(r, ready(30000), line() if r == "EINPROGRESS" else "")')" \
        "^(0 True|EINPROGRESS True '0.n')"
    wait_state standby
}

nonblocking_waits() {
    stop_daemon
    stop_device
    start_board --rate 20
    start_daemon
    wait_state standby
    nonblock 'print(write(b"init\n"), ready(100), flush=True); print(ready(60000), line(), flush=True)' >"$WORK/first" &
    wait_for has_line "EINPROGRESS False" "$WORK/first"
    expect_eq state "$(status_get state)" starting
    nonblock 'print(write(b"init\n"), ready(100), flush=True); print(ready(60000), line(), flush=True)' >"$WORK/joined" &
    wait_for has_line "EINPROGRESS False" "$WORK/joined"
    device_say rate 20000
    wait_for has_line "True '0.n'" "$WORK/first"
    wait_for has_line "True '0.n'" "$WORK/joined"
}

nonblocking_failures() {
    expect_control shutdown 0
    device_say rate 20
    nonblock 'print(write(b"init\n"), flush=True); print(ready(60000), line(), flush=True)' >"$WORK/cancelled" &
    wait_state starting
    expect_control shutdown 0
    wait_for has_line "True 'ECANCELED.n'" "$WORK/cancelled"
    device_say stuck
    device_say rate 20000
    expect_eq "a stuck board" "$(nonblock 'print(write(b"init\n"), ready(60000), line())')" "EINPROGRESS True 'EIO\n'"
    expect_eq state "$(status_get state)" failed
}

run_step "standby" start
run_step "spaces and one final newline are trimmed" trimmed
run_step "anything else is EINVAL and does nothing" refused
run_step "64 bytes are read, 65 are refused" limits
run_step "writes are not joined" no_joining
run_step "an empty write and an empty redirection do nothing" empty_write
run_step "the log says what was understood" logged
run_step "O_TRUNC and O_APPEND succeed without effect" truncating
run_step "tee and dd hear the errno as well" dash_and_tee
run_step "status has the last command and its result" last_words
run_step "O_NONBLOCK: verdicts at once, else EINPROGRESS, POLLOUT and one line" nonblocking_verdicts
run_step "O_NONBLOCK: POLLOUT comes at the end, for all that joined" nonblocking_waits
run_step "O_NONBLOCK: the line names the errno" nonblocking_failures
run_step "the daemon ends cleanly" stop_daemon
finish
