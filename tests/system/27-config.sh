#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A bad configuration: file, line, reason, exit status 2, nothing mounted, with and without --check-config.
. "$(dirname "$0")/lib.sh"

# refused LINE-OF-TEXT [KEY]: appended to a good file, it is named with file and line.
refused() {
    local line how
    write_config "$1"
    line=$(wc -l <"$WORK/trng.conf")
    for how in --check-config --foreground; do
        timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/trng.conf" $how >"$WORK/out" 2>"$WORK/said"
        expect_eq "$how with '$1': exit status" $? 2
        expect_match "$how with '$1'" "$(cat "$WORK/said")" "trng\.conf:$line: .*${2:-}"
    done
    is_mounted && problem "it is mounted"
    return 0
}

refused_option() { # KEY=VALUE
    write_config
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/trng.conf" --foreground -o "$1" >"$WORK/out" 2>"$WORK/said"
    expect_eq "-o '$1': exit status" $? 2
    expect_match "-o '$1'" "$(cat "$WORK/said")" "${1%%=*}"
    is_mounted && problem "it is mounted"
    return 0
}

accepted() { # LINE
    write_config "$1"
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/trng.conf" --check-config >"$WORK/out" 2>"$WORK/said"
    expect_eq "'$1': exit status" "$? $(head -1 "$WORK/said")" "0 "
    is_mounted && problem "--check-config mounts"
    return 0
}

unknown_keys() {
    refused 'colour = "blue"' colour
    refused 'baudrate = 9600' baudrate
    refused 'httpd { lisen = {"127.0.0.1:8000"} }' lisen
}

values() {
    local line
    for line in 'baud_rate = 0' 'baud_rate = -9600' 'baud_rate = "fast"' 'baud_rate = 9600.5' \
        'autostart = maybe' 'init_timeout_s = 0' 'init_timeout_s = -1' 'init_timeout_s = 99999999999999999999' \
        'unavailable = "never"' 'pool_capacity = 255' 'pool_capacity = -1' 'total_failure_limit = -1' 'total_failure_limit = 101' \
        'false_alarms_per_year = -1' 'false_alarms_per_year = nan' 'health_entropy = -1' 'health_entropy = 99' \
        'assessed_entropy = 99' 'max_alarms = -1' 'alarm_window_chunks = -5' 'profile = "no-such-board"' \
        'settle_ms = "long"' 'rate_bit_s = -3' 'pool_capacity = 1e99'; do
        refused "$line" "${line%% *}"
    done
}

grammar() {
    refused 'port = "unfinished'
    refused 'this is no configuration'
    refused '}'
    refused 'port = 7 8'
    refused 'httpd {'
}

cross_checks() {
    write_config 'health_entropy = 1.0' 'assessed_entropy = 1.5'
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/trng.conf" --check-config 2>"$WORK/said"
    expect_eq "assessed above health: exit status" $? 2
    expect_file "assessed_entropy" "$WORK/said"
}

options() {
    local option
    for option in colour=blue baud_rate=abc pool_capacity=1 =5 novalue profile=none unavailable=perhaps; do
        refused_option "$option"
    done
}

good_ones() {
    accepted ''
    accepted '# a comment'
    accepted 'baud_rate = 115200'
    accepted 'unavailable = "block"'
    accepted 'pool_capacity = 256'
    accepted 'httpd { listen = {"127.0.0.1:8000"} }'
    accepted 'health_entropy = 1.8'
    accepted 'false_alarms_per_year = 0.01'
}

# The documented lines are valid as they stand.
documented() {
    printf 'port = "/dev/ttyUSB0"\nbaud_rate = 9600\nhttpd {\n    listen = {"127.0.0.1:8000"}\n}\n' >"$WORK/doc.conf"
    "$BIN/fuse-trng" --config "$WORK/doc.conf" --check-config >"$WORK/out" 2>&1 || problem "$(cat "$WORK/out")"
    # shellcheck disable=SC2016 # the daemon expands it
    printf 'port = "${TRNG_TEST_PORT:-/dev/ttyUSB7}"\n' >"$WORK/env.conf"
    "$BIN/fuse-trng" --config "$WORK/env.conf" --check-config >"$WORK/out" 2>&1 || problem "$(cat "$WORK/out")"
}

environment() {
    # shellcheck disable=SC2016
    write_config 'port = "${TRNG_TEST_PORT:-/dev/nowhere}"'
    TRNG_TEST_PORT=$PORT.other start_daemon
    wait_for status_is port "$PORT.other"
    stop_daemon
    start_daemon
    wait_for status_is port /dev/nowhere
    stop_daemon
}

unreadable() {
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/none.conf" --foreground 2>"$WORK/said"
    expect_eq "missing file: exit status" $? 2
    expect_file "none\.conf" "$WORK/said"
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK" --foreground 2>"$WORK/said"
    expect_eq "a folder: exit status" $? 2
    head -c 100000 /dev/urandom >"$WORK/junk.conf"
    timeout "$BOUND_S" "$BIN/fuse-trng" --config "$WORK/junk.conf" --check-config >"$WORK/out" 2>"$WORK/said"
    expect_eq "junk: exit status" $? 2
    [ "$(wc -l <"$WORK/said")" -le 20 ] || problem "$(wc -l <"$WORK/said") lines about junk"
}

run_step "unknown keys" unknown_keys
run_step "values out of range" values
run_step "broken grammar" grammar
run_step "assessed entropy above the one that sets cutoffs" cross_checks
run_step "-o with unknown keys and bad values" options
run_step "good values pass --check-config, which mounts nothing" good_ones
run_step "the documented lines are valid" documented
run_step "the environment is taken" environment
run_step "no file, a folder, junk" unreadable
finish
