#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# status: every documented key, one state per open, seekable, figures that agree with each other.
. "$(dirname "$0")/lib.sh"

KEYS="state reason device port baud_rate profile uptime_s rate_bit_s pool_bytes pool_capacity_bytes
    raw_bits random_bytes waiting_readers queue_bytes eta_s last_command last_result identity
    pool_dropped_bytes alarms firmware firmware_version firmware_build state_since state_s start_phase
    start_symbols start_needed_symbols start_eta_s entropy_symbols symbol_shares min_entropy
    min_entropy_upper entropy_next_symbols entropy_warning"
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
    expect_match state_s "$(status_get state_s)" '^[0-9]+\.[0-9]$'
    expect_eq start_phase "$(status_get start_phase)" ""
    expect_eq start_symbols "$(status_get start_symbols)" 0
    expect_eq start_needed_symbols "$(status_get start_needed_symbols)" 1024
    expect_eq start_eta_s "$(status_get start_eta_s)" -1
    no_figures
}

no_figures() {
    expect_eq entropy_symbols "$(status_get entropy_symbols)" 0
    expect_eq symbol_shares "$(status_get symbol_shares)" ""
    expect_eq min_entropy "$(status_get min_entropy)" ""
    expect_eq min_entropy_upper "$(status_get min_entropy_upper)" ""
    expect_eq entropy_next_symbols "$(status_get entropy_next_symbols)" 8192
    expect_eq entropy_warning "$(status_get entropy_warning)" 0
}

# The time of the newest line of `events` that tells a state.
since_last_line() {
    expect_match state_since "$(status_get state_since)" '^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z$'
    expect_eq "state_since of $(status_get state)" "$(status_get state_since)" \
        "$(grep ' state=' "$MNT/events" | tail -1 | cut -d' ' -f1)"
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
        is_on_the_way = pairs["state"] in ("starting", "alarm")
        assert (pairs["start_phase"] != "") == is_on_the_way, pairs["start_phase"]
        assert (float(pairs["start_eta_s"]) >= 0) == is_on_the_way, pairs["start_eta_s"]
        assert pairs["start_symbols"] == "0" or pairs["start_phase"] == "testing"
        has_figures = pairs["entropy_symbols"] != "0"
        for key in ("symbol_shares", "min_entropy", "min_entropy_upper"):
            assert (pairs[key] != "") == has_figures, key + "=" + pairs[key]
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

# Of 2-bit symbols: a power of two of them, four shares in whole steps of one standard error, and the
# claim within the interval.
shares() {
    local said
    wait_for status_least entropy_symbols 16384
    cat "$MNT/status" >"$WORK/status"
    expect_file '^symbol_shares=0\.2[0-9]{3}(,0\.2[0-9]{3}){3}$' "$WORK/status"
    expect_file '^min_entropy=1\.[0-9]{4}$' "$WORK/status"
    expect_file '^min_entropy_upper=[12]\.[0-9]{4}$' "$WORK/status"
    said=$(awk -F= '{ value[$1] = $2 } END {
        split(value["symbol_shares"], share, ",")
        sum = share[1] + share[2] + share[3] + share[4]
        n = value["entropy_symbols"]
        for (look = 8192; look < n; look *= 2);
        if (look != n || n > 262144) print "symbols"
        if (value["entropy_next_symbols"] < 1 || value["entropy_next_symbols"] > n) print "next"
        step = int(sqrt(n * 3 / 16) + 0.5)
        if (sum < 1 - 2 * step / n - 0.0002 || sum > 1 + 2 * step / n + 0.0002) print "sum " sum
        for (i in share) {
            off = share[i] - int(share[i] * n / step + 0.5) * step / n
            if (off < -0.000051 || off > 0.000051) print "step " share[i]
        }
        if (value["min_entropy"] >= value["min_entropy_upper"]) print "interval"
        if (value["min_entropy_upper"] < value["health_entropy"]) print "claim"
    }' "$WORK/status")
    expect_eq "what is wrong with the figures" "$said" ""
    note "$(grep -E '^(entropy_symbols|symbol_shares|min_entropy)' "$WORK/status" | xargs)"
    control restart >/dev/null
    status_least entropy_symbols 16384 && problem "the new stream knows $(status_get entropy_symbols) symbols"
    control shutdown >/dev/null
    wait_state standby
    no_figures
    expect_control init 0
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

# A start in slow motion: the board settles, stops within the tests, goes on. Then an alarm that stays.
phases() {
    local symbols
    stop_daemon
    stop_device
    start_board --settle 2500
    device_say limit 100
    start_daemon -o settle_ms=2000 -o max_alarms=100
    wait_state standby
    bash -c 'echo init >"$1"' _ "$MNT/control" &
    CHILDREN+=($!)
    wait_for status_is start_phase settling
    since_last_line
    expect_eq start_symbols "$(status_get start_symbols)" 0
    expect_match start_eta_s "$(status_get start_eta_s)" '^[0-9]+\.[0-9]$'
    wait_for status_is start_symbols 400
    expect_eq start_phase "$(status_get start_phase)" testing
    expect_eq state "$(status_get state)" starting
    expect_match start_eta_s "$(status_get start_eta_s)" '^[0-9]+\.[0-9]$'
    for symbols in 600 1020; do
        device_say limit $((symbols / 4))
        wait_for status_is start_symbols $symbols
    done
    device_say limit 100000000
    wait_state running
    since_last_line
    expect_eq start_phase "$(status_get start_phase)" ""
    expect_eq start_symbols "$(status_get start_symbols)" 0
    expect_eq start_eta_s "$(status_get start_eta_s)" -1
}

pauses() {
    device_say stuck
    wait_state alarm
    wait_for status_is start_phase pausing
    since_last_line
    expect_eq start_symbols "$(status_get start_symbols)" 0
    device_say heal
    wait_state running
    since_last_line
    device_say unplug
    wait_state absent
    since_last_line
    expect_eq start_eta_s "$(status_get start_eta_s)" -1
    no_figures
}

run_step "a twin in standby" start
run_step "every documented key is there" has_keys
run_step "values" values
run_step "one open, one state, while init and shutdown alternate" one_state_per_open
run_step "figures agree" figures
run_step "since when" since_last_line
run_step "shares and min-entropy" shares
run_step "who waits is counted" waiting
run_step "grep, tail, wc, dd skip work" sizes
run_step "phases of a start" phases
run_step "a pause after alarms, a lost port" pauses
run_step "the daemon ends cleanly" stop_daemon
finish
