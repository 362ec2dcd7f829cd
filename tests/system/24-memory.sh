#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# After hand-over the bytes are gone from the daemon's memory; after shutdown the whole stream is.
. "$(dirname "$0")/lib.sh"

has_other_memory && skip "a sanitizer or valgrind keeps copies of its own"
[ -r /proc/self/mem ] || skip "/proc/PID/mem cannot be read"

# scan FILE STEP: how many 8-byte pieces of FILE, every STEP bytes, are in the daemon's memory.
scan() {
    python3 - "$DAEMON" "$1" "$2" <<'END'
import sys
pid, path, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(path, "rb") as file:
    data = file.read()
pieces = {data[at:at + 8] for at in range(0, len(data) - 7, step)}
memory = []
with open("/proc/%s/maps" % pid) as maps, open("/proc/%s/mem" % pid, "rb", 0) as mem:
    for line in maps:
        fields = line.split()
        first, last = (int(x, 16) for x in fields[0].split("-"))
        if "w" not in fields[1] or fields[-1] in ("[vvar]", "[vsyscall]"):
            continue
        try:
            mem.seek(first)
            memory.append((line.strip(), first, mem.read(last - first)))
        except OSError:
            pass
found = 0
for piece in pieces:
    for where, first, text in memory:
        at = text.find(piece)
        if at >= 0:
            found += 1
            if found <= 3:
                print("at %x in %s" % (first + at, where), file=sys.stderr)
print("%d of %d pieces in %d bytes" % (found, len(pieces), sum(len(t) for _, _, t in memory)))
END
}

start() {
    start_board --rate 20000
    start_running -o silence_ms=600000
}

# A reader that stays while the source goes on, so that nothing is at rest.
handed_over() {
    local manner said
    for manner in block nonblock poll; do
        rm -f "$WORK/log"
        "$TOOLS/reader" -m $manner -s 16-400 -b 4000 -l "$WORK/log" "$MNT/random" >/dev/null
        python3 - "$WORK/log" >"$WORK/bytes" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
while data:
    size = struct.unpack_from("=I", data)[0]
    sys.stdout.buffer.write(data[4:4 + size])
    data = data[4 + size:]
END
        said=$(scan "$WORK/bytes" 4)
        expect_match "$manner" "$said" "^0 of"
        note "$manner: $said"
    done
}

# The scan itself must be able to find: the pool's bytes are in memory while nobody has them.
can_find() {
    local sent
    wait_for status_least pool_bytes 10000
    device_say silence
    sent=$(board_where)
    head -c "$sent" /dev/zero | openssl enc -aes-256-ctr -K "$(printf %064x 1)" -iv 0 2>/dev/null >"$WORK/sent"
    said=$(scan "$WORK/sent" 512 2>/dev/null)
    expect_match "with a full pool" "$said" "^[1-9]"
    note "full pool: $said"
}

# Asked for but not taken: a poller's bytes that were set aside are wiped when it closes.
set_aside() {
    local pool
    pool=$(status_get pool_bytes)
    timeout 5 python3 -c '
import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(4000)[0][1] & select.POLLIN)' "$MNT/random" >"$WORK/polled"
    expect_file "^1" "$WORK/polled"
    [ "$(status_get pool_bytes)" -lt "$pool" ] || note "pool_bytes counts what was set aside, or it went back"
}

after_shutdown() {
    local said
    expect_control shutdown 0
    said=$(scan "$WORK/sent" 64)
    expect_match "after shutdown" "$said" "^0 of"
    note "after shutdown: $said"
}

# Locked, so that it reaches no swap; out of core dumps.
guarded() {
    if [ "$(ulimit -l)" = unlimited ] || is_root; then
        [ "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$DAEMON/status")" -ge 64 ] ||
            problem "nothing is locked: $(grep VmLck "/proc/$DAEMON/status")"
    fi
    grep -q '^VmFlags:.* dd' "/proc/$DAEMON/smaps" || problem "no mapping is left out of core dumps"
}

run_step "a board streams" start
run_step "bytes that were read are nowhere in the daemon's memory" handed_over
run_step "the scan finds what is still in the pool" can_find
run_step "what a poller was promised and did not take" set_aside
run_step "the pool is locked and not dumped" guarded
run_step "after shutdown nothing of the stream is in memory" after_shutdown
run_step "the daemon ends cleanly" stop_daemon
finish
