#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What can be watched: status, the event stream, metrics, health, the access log.
. "$(dirname "$0")/http.sh"

starts() {
    start_board --rate 20000
    start_daemon -o silence_ms=600000 -o max_alarms=100
    start_httpd
    PARSE=$ROOT/tests/tools/http_events.py
}

# The status file's keys, numbers as numbers, tests nested.
status() {
    local key
    api /trng/status
    expect_code 200
    for key in state reason device port profile last_command last_result; do
        expect_jq '.[$key] | type == "string"' --arg key $key
    done
    for key in baud_rate uptime_s rate_bit_s pool_bytes pool_capacity_bytes raw_bits random_bytes \
        waiting_readers queue_bytes eta_s alarms; do
        expect_jq '.[$key] | type == "number"' --arg key $key
    done
    expect_jq '[.tests[] | (.trials, .alarms, .expected_alarms, .cutoff, .alpha) | type] | unique == ["number"]'
    expect_eq "tests" "$(jq -r '.tests | keys | sort | join(" ")' "$WORK/body")" \
        "$(sed -n 's/^test\.\([a-z_-]*\)\.trials=.*/\1/p' "$MNT/status" | sort | xargs)"
    expect_jq '.state == "standby" and ([keys[] | select(startswith("test."))] == [])'
}

# listen NAME [CURL-ARGS]: a stream into $WORK/stream.NAME; EVENTS is what is asked for.
listen() {
    curl -sN --max-time 300 "${@:2}" "$URL${EVENTS:-/trng/events}" >"$WORK/stream.$1" &
    STREAMS+=($!)
    CHILDREN+=($!)
    wait_for heard "$1" "^status "
}

# heard NAME PATTERN [COUNT]: so many events of the stream match.
heard() {
    [ "$("$PARSE" "$WORK/stream.$1" 2>"$WORK/parse.said" | grep -cE -- "$2")" -ge "${3:-1}" ]
}

well_formed() { # NAME
    "$PARSE" "$WORK/stream.$1" >"$WORK/events" 2>"$WORK/parse.said" || problem "$(cat "$WORK/parse.said")"
}

changes() {
    listen one
    api $API/init
    wait_for heard one '^state [^-].*"state": "running"'
    device_say stuck
    wait_for heard one '^alarm [^-].*"test": "[a-z_-]+"'
    device_say heal
    wait_for heard one '^state .*"state": "running"' 2
    wait_for heard one "^status " 3
    api $API/shutdown
    wait_for heard one '"state": "standby"'
    well_formed one
    expect_file '^state .*"state": "starting".*"from": "standby"|^state .*"from": "standby".*"state": "starting"' "$WORK/events"
    note "$(cut -d' ' -f1 "$WORK/events" | sort | uniq -c | xargs)"
    hang_up
}

# Who comes back says what he saw last, and is told what has happened since, and nothing before.
comes_back() {
    local seen after
    well_formed one
    seen=$(awk '$1 == "state" { print $2; exit }' "$WORK/events")
    after=$(awk -v seen="$seen" '$2 != "-" && $2 > seen { print $2 }' "$WORK/events")
    listen again -H "Last-Event-ID: $seen"
    well_formed again
    expect_eq "what came since $seen" "$(awk '$2 != "-" { print $2 }' "$WORK/events")" "$after"
    listen odd -H "Last-Event-ID: zzz"
    well_formed odd
    expect_eq "after an id that is none" "$(awk '$2 != "-" { print $2 }' "$WORK/events")" ""
    hang_up
}

# Who is new may ask for the past; whoever has seen some of it since then says so.
since() {
    local seen all after
    all=$(sed -nE 's/^([^ ]+) (state|alarm)=.*/\1/p' "$MNT/events") # the record of an alarm names it as well
    seen=$(sed -n 2p <<<"$all")
    after=$(awk -v seen="$seen" '$1 > seen' <<<"$all")
    [ -n "$after" ] || problem "too little has happened"
    EVENTS="/trng/events?since=0" listen all
    expect_told all "$all"
    EVENTS="/trng/events?since=$seen" listen some
    expect_told some "$after"
    EVENTS="/trng/events?since=${seen%.*}" listen early
    expect_told early "$(awk -v seen="${seen%.*}" '$1 > seen' <<<"$all")"
    EVENTS="/trng/events?since=0" listen header -H "Last-Event-ID: $seen"
    expect_told header "$after"
    EVENTS="/trng/events?since=$seen" listen odd -H "Last-Event-ID: $(printf '%050d' 0)"
    expect_told odd "$after"
    EVENTS="/trng/events?since=9" listen none
    expect_told none ""
    hang_up
}

expect_told() { # NAME TIMES
    well_formed "$1"
    expect_eq "$1" "$(awk '$2 != "-" { print $2 }' "$WORK/events")" "$2"
}

hang_up() {
    kill "${STREAMS[@]}"
    STREAMS=()
    wait_for metric_is trng_http_event_streams 0
}

# One's own waiting requests show how far they are; others' do not.
progress() {
    local secret
    api $API/init
    secret=$(new_token nora reader)
    go_dry
    listen mine
    listen hers -H "Authorization: Bearer $secret"
    start_clients 1 "$API/getRandom?numBits=4096&tag=tag-1"
    wait_for heard mine '^progress .*"tag": "tag-1"'
    wait_for heard mine '^progress .*"bits": 4096'
    flow
    join_clients
    wait_for heard hers "^status " 3
    heard hers "^progress" && problem "somebody else's progress is shown"
    well_formed mine
    well_formed hers
    hang_up
}

too_many() {
    hold_streams 300
    expect_match "codes" "$HELD" "^held 300 200:256 503:44$"
    api /healthz
    expect_code 200
    release_streams
}

# A browser has six connections: streams on five of them hold up nothing on the last.
has_streams() { # COUNT
    [ "$(metric trng_http_event_streams)" = "$1" ]
}

beside_streams() {
    hold_streams 5
    curl -sS --max-time "$BOUND_S" -w '%{num_connects} %{http_code} %{size_download}\n' -o "$WORK/body" "$URL/index.html" \
        --next -sS -I --max-time "$BOUND_S" -w '%{num_connects} %{http_code} %{size_download}\n' -o "$WORK/head" "$URL/index.html" \
        --next -sS --max-time "$BOUND_S" -w '%{num_connects} %{http_code}\n' -o "$WORK/body" "$URL/trng/session" >"$WORK/said"
    expect_eq "one connection" "$(cat "$WORK/said")" "1 200 $(stat -c %s "$WORK/ui/index.html")
0 200 0
0 200"
    wait_for has_streams 5
    release_streams
}

# The text format of Prometheus, each family declared, and the figures are those of the status.
metrics() {
    local name
    api "$API/getRandom?numBits=8"
    api "$API/getRandom?numBits=abc"
    api /metrics
    expect_code 200
    expect_header content-type "^text/plain; *version=0\.0\.4"
    cp "$WORK/body" "$WORK/metrics"
    grep -vE '^(# (HELP|TYPE) trng_[a-z_]+ .+|trng_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (-?[0-9.e+-]+|NaN|[+-]Inf))$' \
        "$WORK/metrics" >"$WORK/odd" && problem "odd lines: $(head -3 "$WORK/odd")"
    for name in trng_up trng_state trng_uptime_seconds trng_raw_bytes_total trng_random_bytes_total \
        trng_rate_bits_per_second trng_pool_bytes trng_pool_capacity_bytes trng_waiting_readers trng_queue_bytes \
        trng_eta_seconds trng_alarms_total trng_test_trials_total trng_test_alarms_total trng_test_expected_alarms \
        trng_http_requests_total trng_http_bits_total trng_http_waiting_requests trng_http_event_streams trng_http_connections; do
        expect_file "^${name}[ {]" "$WORK/metrics"
        expect_eq "declarations of $name" "$(grep -cE "^# (TYPE $name (counter|gauge)|HELP $name )" "$WORK/metrics")" 2
    done
    expect_eq "samples that come twice" "$(grep -v '^#' "$WORK/metrics" | cut -d' ' -f1 | sort | uniq -d)" ""
    expect_file '^trng_up 1$' "$WORK/metrics"
    expect_eq "states" "$(grep -c '^trng_state{.*} 1$' "$WORK/metrics")" 1
    expect_file '^trng_state\{state="running"\} 1$' "$WORK/metrics"
    expect_file '^trng_http_requests_total\{route="[^"]*getRandom",code="200"\} [1-9]' "$WORK/metrics"
    expect_file '^trng_http_requests_total\{route="[^"]*getRandom",code="400"\} [1-9]' "$WORK/metrics"
    expect_eq "random bytes" "$(awk '/^trng_random_bytes_total/ { printf "%d", $2 }' "$WORK/metrics")" "$(status_get random_bytes)"
}

# A line for each request; neither the query nor a secret is in it.
access_log() {
    local secret=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA given
    api "$API/getRandom?numBits=1280&tag=hidden-tag" -H 'User-Agent: x" y' -H "Referer: $URL/?token=hidden"
    given=$(jq -r '.[0]' "$WORK/body" | head -c 16)
    api "/trng/status?token=hidden" -H "Authorization: Bearer $secret"
    api $'/nothing%0aforged "line' --get
    api "$API/getRandom?numBits=8" -H "Authorization: Bearer $(new_token otto operator)"
    api "$API/generateTestdata?numBits=80"
    api $API/downloadFile
    wait_for has_line "downloadFile" "$ACCESS_LOG"
    expect_file '^127\.0\.0\.1 - - \[[0-3][0-9]/[A-Z][a-z]{2}/20[0-9]{2}:[0-9:]{8} \+0000\] "GET /trng/randomNum/getRandom HTTP/1\.1" 200 [0-9]+ .*bits=1280 file=- ms=[0-9]+$' "$ACCESS_LOG"
    expect_file '^127\.0\.0\.1 - otto \[' "$ACCESS_LOG"
    expect_file '"GET /trng/randomNum/getRandom HTTP/1\.1" 400 ' "$ACCESS_LOG"
    expect_file '"GET /trng/status HTTP/1\.1" 401 ' "$ACCESS_LOG"
    expect_file '"GET /trng/randomNum/downloadFile HTTP/1\.1" 200 10 .*file=trng-[0-9]{8}-[0-9]{6}-80bit\.bin ' "$ACCESS_LOG"
    grep -nF -e hidden -e "$secret" -e numBits= -e "$given" "$ACCESS_LOG" && problem "the log says too much"
    grep -vnE '^[0-9a-f.:]+ - [A-Za-z0-9._-]+ \[' "$ACCESS_LOG" && problem "a line that is none of ours"
    grep -F -e "$secret" "$HTTPD_ERR" && problem "a secret on standard error"
    return 0
}

reopened() {
    mv "$ACCESS_LOG" "$WORK/access.old"
    kill -HUP "$HTTPD"
    wait_for eval 'api /healthz; [ -s "$ACCESS_LOG" ]'
    expect_file "healthz" "$ACCESS_LOG"
}

run_step "board, daemon and server" starts
run_step "status as JSON" status
run_step "the stream tells changes of state and alarms" changes
run_step "who comes back is told what he has missed" comes_back
run_step "since=TIME: the past" since
run_step "progress of one's own requests" progress
run_step "too many streams: 503" too_many
run_step "streams hold up no other connection" beside_streams
run_step "metrics" metrics
run_step "the access log" access_log
run_step "SIGHUP: the access log is opened anew" reopened
# Who is there before the daemon misses nothing of it.
from_the_first() {
    stop_daemon
    stop_httpd
    STREAMS=()
    start_httpd
    listen early
    start_daemon -o autostart=true
    wait_for heard early '^state [^-].*"state": "running"'
    well_formed early
    expect_file '^state .*"state": "starting"' "$WORK/events"
    hang_up
}

run_step "a stream that is older than the daemon" from_the_first
# The streams' end is whole (curl would say 18 or 56), and neither it nor the server's waits for the clients.
ends() {
    local rc stream
    listen last
    listen hers
    stop_httpd
    for stream in "${STREAMS[@]}"; do
        wait_for is_gone "$stream"
        wait "$stream"
        rc=$?
        expect_eq "exit status of curl" $rc 0
    done
    well_formed last
}

run_step "the server's end is that of the streams" ends
run_step "the end" stop_all
finish
