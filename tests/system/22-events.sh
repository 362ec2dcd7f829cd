#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# events: an ordinary growing file with one line per state change and alarm.
. "$(dirname "$0")/lib.sh"

EVENTS=$MNT/events

start() {
    start_twin
    start_daemon -o max_alarms=100
    wait_state standby
}

lines() {
    wc -l <"$EVENTS"
}

cycle() {
    expect_control init 0
    expect_control shutdown 0
}

grows() {
    local size before
    size=$(stat -c %s "$EVENTS") before=$(lines)
    expect_eq "size of what cat gives" "$(cat "$EVENTS" | wc -c)" "$size"
    cycle
    [ "$(lines)" -ge $((before + 3)) ] || problem "starting, running and standby are $(($(lines) - before)) lines"
    [ "$(stat -c %s "$EVENTS")" -gt "$size" ] || problem "the size has not grown"
    expect_eq "size and what cat gives" "$(cat "$EVENTS" | wc -c)" "$(stat -c %s "$EVENTS")"
    cat "$EVENTS" >"$WORK/events"
    expect_file starting "$WORK/events"
    expect_file running "$WORK/events"
    expect_eq "lines that begin with a date" "$(grep -Ec '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) ' "$WORK/events")" "$(wc -l <"$WORK/events")"
}

mtime() {
    local before
    before=$(stat -c %.9Y "$EVENTS")
    cycle
    [ "$(stat -c %.9Y "$EVENTS")" != "$before" ] || problem "mtime has not changed"
}

tail_f() {
    tail -n 0 -f "$EVENTS" >"$WORK/tail" &
    CHILDREN+=($!)
    wait_for test -e "/proc/$!/fd/1"
    until [ -s "$WORK/tail" ] || [ "$STEP_FAILED" = 1 ]; do
        cycle
    done
    wait_for has_line "running" "$WORK/tail"
    kill $!
}

# A descriptor at its end: EOF; poll is silent; a new line makes it readable; the read gives it.
polls() {
    timeout "$BOUND_S" python3 - "$EVENTS" >"$WORK/polled" 2>&1 <<'END' &
import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
while os.read(fd, 65536):
    pass
p = select.poll()
p.register(fd, select.POLLIN)
print("at the end", p.poll(100), flush=True)
print("then", [events & select.POLLIN for _, events in p.poll(50000)], flush=True)
print("line", os.read(fd, 65536).decode().strip(), flush=True)
END
    wait_for has_line "at the end" "$WORK/polled"
    expect_file "at the end \[\]" "$WORK/polled"
    cycle
    wait_for has_line "^line" "$WORK/polled"
    expect_file "^then \[1\]" "$WORK/polled"
    expect_file "^line .*starting" "$WORK/polled"
}

seeks() {
    python3 - "$EVENTS" >"$WORK/seek" 2>&1 <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
size = os.fstat(fd).st_size
text = os.read(fd, size)
assert len(text) == size
assert os.lseek(fd, 5, os.SEEK_SET) == 5 and os.read(fd, 10) == text[5:15]
assert os.lseek(fd, 0, os.SEEK_END) == size and os.read(fd, 10) == b""
assert os.pread(fd, 10, size - 10) == text[-10:]
assert os.pread(fd, 10, size + 1000) == b""
print("good")
END
    expect_file "^good" "$WORK/seek"
    expect_match "tail -n 1" "$(tail -n 1 "$EVENTS")" "standby"
    [ "$(grep -c . "$EVENTS")" = "$(lines)" ] || problem "grep and wc disagree"
}

alarm_line() {
    local before
    expect_control init 0
    before=$(lines)
    device_say stuck
    wait_state alarm
    tail -n +$((before + 1)) "$EVENTS" >"$WORK/events"
    expect_file "alarm.*(repetition|total_failure|proportion|lag)" "$WORK/events"
    note "$(head -2 "$WORK/events" | xargs -d '\n')"
    device_say heal
    wait_state running
}

# Hundreds of changes: the file stays whole, or its oldest lines go whole.
many() {
    for _ in $(seq 70); do
        control restart >/dev/null
    done
    expect_eq "lines that begin with a date" "$(grep -Ec '^[0-9]{4}-' "$EVENTS")" "$(lines)"
    expect_eq "size" "$(cat "$EVENTS" | wc -c)" "$(stat -c %s "$EVENTS")"
}

run_step "a twin in standby" start
run_step "a line per change of state, size and text grow" grows
run_step "mtime grows" mtime
run_step "tail -f" tail_f
run_step "poll reports new lines" polls
run_step "seek, pread, tail, grep, wc" seeks
run_step "an alarm names its test" alarm_line
run_step "hundreds of changes" many
run_step "the daemon ends cleanly" stop_daemon
finish
