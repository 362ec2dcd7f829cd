#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The warning of the running estimate: none of a healthy source; of a bias that every test lets pass
# one line when it begins and one when it ends, and nothing else happens.
. "$(dirname "$0")/lib.sh"

EVENTS=$MNT/events
LOGGED="the source may give less than is claimed"

# warned 0|1: how often `events` says that.
warned() {
    grep -c " entropy_warning=$1 " "$EVENTS"
}

healthy() {
    start_twin
    start_running
    expect_eq "entropy_warning at first" "$(status_get entropy_warning)" 0
    wait_for status_least entropy_symbols 65536
    expect_eq entropy_warning "$(status_get entropy_warning)" 0
    expect_eq "lines of a warning" "$(grep -c entropy_warning "$EVENTS")" 0
    grep -q "$LOGGED" "$WORK/daemon.err" && problem "there was a warning in the log"
    note "$(grep -E '^(entropy_symbols|min_entropy_upper)' "$MNT/status" | xargs)"
    stop_daemon
    stop_device
}

# A share of 0.288, of which the claim of 1.9 bits allows 0.268. With these cutoffs only the long
# window of the online test would fire, behind 2^18 symbols, 29 s of this twin.
biased() {
    local count=0 line
    start_device "$BIN/trng-twin" --speed 300 --seed 1
    device_say bias 0.288
    start_running -o false_alarms_per_year=1e-9
    wait_for status_least entropy_symbols 8192
    wait_for status_is entropy_warning 1
    device_say heal
    [ "$(status_get entropy_symbols)" -ge 10000 ] || problem "warned of $(status_get entropy_symbols) symbols"
    expect_eq "lines that it begins" "$(warned 1)" 1
    line=$(grep -o ' entropy_warning=1 .*' "$EVENTS")
    note "$line"
    expect_match "its line" "$line" '^ entropy_warning=1 symbols=[0-9]+ value=0 share=0\.[0-9]{4} least_share=0\.[0-9]{4} min_entropy_upper=1\.[0-9]{4} health_entropy=1\.9 reason="[^"]+"$'
    count=$(awk '{ for (i = 1; i <= NF; i++) if (split($i, part, "=") == 2) value[part[1]] = part[2] }
        END { print (value["symbols"] >= 10000 && value["least_share"] > 2 ^ -1.9 &&
            value["share"] > value["least_share"] && value["min_entropy_upper"] < 1.9) }' <<<"$line")
    expect_eq "its figures contradict the claim" "$count" 1
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

ends() {
    wait_for status_is entropy_warning 0
    wait_for status_least entropy_symbols 131072
    expect_eq "lines that it begins" "$(warned 1)" 1
    expect_eq "lines that it ends" "$(warned 0)" 1
    expect_eq "warnings in the log" "$(grep -c "$LOGGED" "$WORK/daemon.err")" 1
    expect_file "health_entropy = 1.9 allows 26.79 %" "$WORK/daemon.err"
    expect_eq alarms "$(status_get alarms)" 0
    expect_eq "bytes withheld" "$(status_get withheld_bytes)" 0
    expect_ledger
}

# It has to be said of a new stream too; the one after that is healthy, which is no end of a warning.
again() {
    device_say bias 0.288
    expect_control restart 0
    wait_for status_is entropy_warning 1
    expect_eq "lines that it begins" "$(warned 1)" 2
    device_say heal
    expect_control restart 0
    expect_eq entropy_warning "$(status_get entropy_warning)" 0
    wait_for status_least entropy_symbols 16384
    expect_eq entropy_warning "$(status_get entropy_warning)" 0
    expect_eq "lines that it begins" "$(warned 1)" 2
    expect_eq "lines that it ends" "$(warned 0)" 1
}

run_step "a healthy twin: no warning" healthy
run_step "a biased twin: one warning, and it goes on" biased
run_step "it ends once" ends
run_step "a new stream" again
run_step "the daemon ends cleanly" stop_daemon
finish
