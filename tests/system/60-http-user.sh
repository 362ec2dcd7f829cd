#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The server as a user of its own: without rights to `control`, and in the group that has them.
. "$(dirname "$0")/http.sh"

is_root && [ "$(awk '{ print $3 }' /proc/self/uid_map)" -gt 65534 ] || skip "needs root, to become somebody else"
"${NOBODY[@]}" test -x "$BIN/trng-httpd" -a -x "$WORK" || skip "$BIN or $WORK is hidden from nobody"
GROUP=$(getent group trng | cut -d: -f3)
GROUP=${GROUP:-$(id -g)}

# start_as GROUPS: the server as nobody, in these groups.
start_as() {
    local before=$TRNG_WRAP
    rm -rf "$STATE"
    mkdir -m 700 "$STATE"
    chown 65534:65534 "$STATE"
    : >"$ACCESS_LOG"
    chown 65534:65534 "$ACCESS_LOG"
    TRNG_WRAP="setpriv --reuid=65534 --regid=65534 --inh-caps=-all $1 $before"
    start_httpd
    TRNG_WRAP=$before
    expect_eq "user" "$(stat -c %u "/proc/$HTTPD")" 65534
}

starts() {
    start_board --rate 20000
    start_daemon
}

without_the_group() {
    start_as --clear-groups
    api $API/init
    expect_error_json 555
    expect_match "what to do" "$(jq -r .error "$WORK/body")" "group trng"
    control init >/dev/null
    api "$API/getRandom?numBits=128"
    expect_code 200
    api /trng/status
    expect_jq '.state == "running"'
    api "$API/generateTestdata?numBits=80"
    expect_code 200
    api $API/shutdown
    expect_error_json 555
    stop_httpd
}

in_the_group() {
    start_as --groups=$GROUP
    api $API/shutdown
    expect_message 200 "System successfully shutdown"
    api $API/init
    expect_message 200 "System initialised successfully"
    stop_httpd
}

run_step "board and daemon" starts
run_step "nobody draws, and may not switch" without_the_group
run_step "the group of control may" in_the_group
run_step "the end" stop_daemon
finish
