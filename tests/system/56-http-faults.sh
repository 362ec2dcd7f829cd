#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The source fails under 100 waiting requests: each is told; later ones, too; service comes back.
. "$(dirname "$0")/http.sh"

COUNT=100
PATHS="$API/getRandom?numBits=128"

# park: the clients wait on a dry source.
park() {
    go_dry
    start_clients $COUNT "$PATHS"
}

# told CODE: each of them has got it, as JSON with a reason.
told() {
    join_clients
    expect_eq "answers" "$(answers)" "$1:$COUNT"
    expect_eq "reasons" "$(sed -n 's/^answer [0-9]* [0-9]* //p' "$CLIENTS_OUT" | jq -r '.error | length > 5' | sort | uniq -c | xargs)" "$COUNT true"
    note "$(sed -n 's/^answer [0-9]* //p' "$CLIENTS_OUT" | sort | uniq -c | head -3)"
    wait_for metric_is trng_http_waiting_requests 0
}

# later STATE CODE: requests that come now, and the health.
later() {
    wait_health "$1"
    api /healthz
    expect_code 503
    expect_header content-type "^application/json"
    expect_jq '.status == "unavailable" and .state == $state and (.reason | type) == "string"' --arg state "$1"
    api "$API/getRandom?numBits=8"
    if [ "$2" = 432 ]; then
        expect_message 432 "System not initialized"
    else
        expect_error_json "$2"
    fi
}

serves() {
    wait_health running
    api "$API/getRandom?numBits=128"
    expect_code 200
    api /healthz
    expect_code 200
    expect_jq '.status == "ok" and .state == "running"'
}

starts() { # [DAEMON-ARGS]
    start_board --rate 20000
    start_running -o silence_ms=600000 -o max_alarms=100 "$@"
    [ -n "$HTTPD" ] || start_httpd
    wait_health running
    PID=$HTTPD
}

unplugged() {
    park
    device_say unplug
    told 555
    later absent 432
    device_say replug
    flow
    serves
}

# The dry board goes on with zeros: a test fires. Healed, the daemon comes back by itself.
alarmed() {
    park
    device_say stuck
    flow
    told 555
    api "$API/getRandom?numBits=8"
    expect_error_json 555
    device_say heal
    serves
}

killed() { # SIGNAL
    park
    kill -s "$1" "$DAEMON"
    told 555
    wait_daemon
    later unreachable 432
    api /trng/status
    expect_error_json 503
    expect_jq '.state == "unreachable"'
    api $API/init
    expect_error_json 555
    api /metrics
    expect_code 200
    expect_match "trng_up" "$BODY" $'\ntrng_up 0\n'
    start_daemon -o silence_ms=600000 -o max_alarms=100 $BLOCK
    flow
    wait_health standby
    api $API/init
    expect_message 200 "System initialised successfully"
    serves
}

# A daemon that has stopped (SIGSTOP) holds up nobody who does not need it.
stopped() {
    park
    kill -STOP "$DAEMON"
    api /
    expect_code 200
    api /openapi.json
    expect_code 200
    kill -CONT "$DAEMON"
    flow
    join_clients
    expect_eq answers "$(answers)" "200:$COUNT"
}

# The server ends even beside a daemon that never answers again.
ends_beside() {
    kill -STOP "$DAEMON"
    curl -s --max-time "$BOUND_S" "$URL/trng/status" >"$WORK/asked" &
    CHILDREN+=($!)
    # Who comes later is told so; who asked before waits.
    wait_for eval '[ "$(curl -s -m 1 -o /dev/null -w "%{http_code}" "$URL/healthz")" = 503 ]'
    kill -TERM "$HTTPD"
    wait_httpd
    expect_eq "exit status" "$RC" 0
    kill -CONT "$DAEMON"
    start_httpd
    wait_for eval 'api /healthz; [ "$CODE" = 200 ]'
}

# Test data, too: who waits for a file gets 555, and the unfinished file is gone.
file_fails() {
    local waiting
    go_dry
    curl -sS --max-time "$BOUND_S" -w '\n%{http_code}\n' "$URL$API/generateTestdata?numBits=100000" >"$WORK/file" &
    waiting=$!
    # It counts as waiting before it has asked the source: only then is it one who loses it.
    wait_for metric_is trng_http_waiting_requests 1
    wait_for eval '[ "$(status_get queue_bytes)" -gt 0 ]'
    device_say unplug
    wait $waiting
    expect_eq code "$(tail -1 "$WORK/file")" 555
    jq -e .error < <(head -1 "$WORK/file") >/dev/null || problem "$(cat "$WORK/file")"
    api /trng/files
    expect_jq '[.files[] | select(.state != "failed")] == []'
    device_say replug
    flow
    serves
}

# The server's own end: 503 for who waits, and 0.
server_ends() { # SIGNAL
    [ -n "$HTTPD" ] || start_httpd
    park
    kill -s "$1" "$HTTPD"
    join_clients
    expect_eq "answers" "$(answers)" "503:$COUNT"
    wait_httpd
    expect_eq "exit status" "$RC" 0
    flow
}

# A server without a daemon waits for one.
before_the_daemon() {
    stop_daemon
    start_httpd
    later unreachable 432
    start_running -o silence_ms=600000
    serves
}

run_step "board, daemon and server" starts
run_step "unplugged: 555; 432 then; back by itself" unplugged
run_step "a test fires: 555; back by itself" alarmed
run_step "the daemon is killed: 555; 432 then; back with the next one" killed KILL
run_step "the daemon ends: 555; 432 then; back with the next one" killed TERM
run_step "the daemon stands still: the page is there" stopped
run_step "a file that was growing" file_fails
run_step "it has been one process" eval 'expect_eq pid "$HTTPD" "$PID"; stop_daemon; stop_device'
BLOCK="-o unavailable=block"
run_step "a daemon whose reads block" starts $BLOCK
run_step "blocking, unplugged" unplugged
run_step "blocking, a test fires" alarmed
run_step "blocking, killed" killed KILL
run_step "SIGTERM to the server: 503 for who waits" server_ends TERM
run_step "SIGINT, too" server_ends INT
run_step "a server that is there before the daemon" before_the_daemon
run_step "the server ends beside a daemon that stands still" ends_beside
run_step "the end" stop_all
finish
