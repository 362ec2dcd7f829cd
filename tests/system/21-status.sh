#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# status: every documented key, one state per open, seekable, figures that agree with each other.
. "$(dirname "$0")/lib.sh"

KEYS="state reason device port baud_rate profile uptime_s rate_bit_s pool_bytes pool_capacity_bytes
    raw_bits random_bytes waiting_readers queue_bytes eta_s last_command last_result identity
    pool_dropped_bytes alarms firmware firmware_version firmware_build"
TESTS="total_failure repetition proportion lag online startup"

start() {
    start_twin
    start_daemon
}

has_keys() {
    local key name
    cat "$MNT/status" >"$WORK/status"
    for key in $KEYS; do
        expect_file "^$key=" "$WORK/status"
    done
    for name in $TESTS; do
        for key in trials alarms expected_alarms cutoff alpha; do
            expect_file "^test\.$name\.$key=[0-9.e+-]+$" "$WORK/status"
        done
    done
    expect_eq "lines that are not key=value" "$(grep -Evc '^[a-z0-9_.]+=' "$WORK/status")" 0
    expect_eq "keys that come twice" "$(cut -d= -f1 "$WORK/status" | sort | uniq -d)" ""
    tr -d '\n' <"$WORK/status" | grep -q '[[:cntrl:]]' && problem "control characters"
    return 0
}

values() {
    expect_eq profile "$(status_get profile)" nodemcu
    expect_eq port "$(status_get port)" "$PORT"
    expect_eq baud_rate "$(status_get baud_rate)" 9600
    expect_eq pool_capacity_bytes "$(status_get pool_capacity_bytes)" 65536
    expect_eq "total_failure cutoff: the limit + 1" "$(status_get test.total_failure.cutoff)" 13
    expect_match uptime_s "$(status_get uptime_s)" "^[0-9]+(\.[0-9]+)?$"
    expect_eq rate_bit_s "$(status_get rate_bit_s | sed 's/\..*//')" 0
}

# Half of what a read gives must never be of another state than the other half.
one_state_per_open() {
    timeout "$BOUND_S" python3 - "$MNT/status" "$MNT/control" >"$WORK/torn" 2>&1 <<'END'
import os, subprocess, sys
status, control = sys.argv[1:]
def whole(text):
    lines = text.decode().split("\n")
    assert lines[-1] == "", "cut short: %r" % lines[-1]
    pairs = dict(line.split("=", 1) for line in lines[:-1])
    return pairs
states = set()
churn = subprocess.Popen(["bash", "-c", "while :; do echo init > $1; echo shutdown > $1; done",
                          "_", control], stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        fd = os.open(status, os.O_RDONLY)
        text = b""
        while True:
            piece = os.read(fd, 97)
            if not piece:
                break
            text += piece
        os.lseek(fd, 0, os.SEEK_SET)
        again = os.read(fd, 100000)
        assert again == text, "another text from the same open"
        assert os.pread(fd, 7, 2) == text[2:9]
        os.close(fd)
        pairs = whole(text)
        states.add(pairs["state"])
        if pairs["state"] == "standby":
            assert pairs["pool_bytes"] == "0", "standby with a full pool"
finally:
    churn.kill()
    churn.wait()
print("whole", " ".join(sorted(states)))
END
    expect_file "^whole" "$WORK/torn"
    note "states seen: $(tail -1 "$WORK/torn")"
}

figures() {
    local before
    control shutdown >/dev/null
    wait_state standby
    expect_control init 0
    before=$(status_get random_bytes)
    head -c 1000 "$MNT/random" >/dev/null
    expect_eq random_bytes "$(status_get random_bytes)" $((before + 1000))
    wait_for status_least raw_bits 40000
    status_least test.repetition.trials 20000 || problem "trials: $(status_get test.repetition.trials)"
    wait_for eval '! status_is rate_bit_s 0.0'
    expect_eq alarms "$(status_get alarms)" 0
    expect_eq waiting_readers "$(status_get waiting_readers)" 0
    expect_eq queue_bytes "$(status_get queue_bytes)" 0
}

# In one status: between two of them the reader may have been served.
shows_a_reader() {
    local text
    text=$(cat "$MNT/status")
    grep -qx 'waiting_readers=1' <<<"$text" && grep -q '^queue_bytes=[1-9]' <<<"$text" &&
        grep -q '^eta_s=[0-9]' <<<"$text"
}

# What waits: one reader of many bytes.
waiting() {
    head -c 5000000 "$MNT/random" >/dev/null &
    wait_for shows_a_reader
    kill $!
    wait_for status_is waiting_readers 0
}

sizes() {
    [ "$(wc -c <"$MNT/status")" -gt 500 ] || problem "wc -c says $(wc -c <"$MNT/status")"
    expect_match "tail" "$(tail -n 1 "$MNT/status")" "="
    expect_match "dd skip" "$(dd if="$MNT/status" bs=1 skip=6 count=7 2>/dev/null)" running
    grep -q '^state=running$' "$MNT/status" || problem "grep"
}

run_step "a twin in standby" start
run_step "every documented key is there" has_keys
run_step "values" values
run_step "one open, one state, while init and shutdown alternate" one_state_per_open
run_step "figures agree" figures
run_step "who waits is counted" waiting
run_step "grep, tail, wc, dd skip work" sizes
run_step "the daemon ends cleanly" stop_daemon
finish
