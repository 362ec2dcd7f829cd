#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Hundreds of requests that wait: in order, delaying nobody; who leaves; hopeless waits; starting.
. "$(dirname "$0")/http.sh"

COUNT=300
LEAVES=150

park() {
    start_all 20000
    THREADS=$(ls "/proc/$HTTPD/task" | wc -l)
    go_dry
    start_clients $COUNT "$API/getRandom?numBits=128"
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" $COUNT
    expect_eq "threads" "$(ls "/proc/$HTTPD/task" | wc -l)" "$THREADS"
}

others_are_served() {
    local path
    for path in / /healthz /trng/status /openapi.json /trng/session /trng/files; do
        api $path
        expect_code 200
    done
    api /trng/status
    expect_jq '.state == "running" and .pool_bytes == 0'
}

# A client that leaves frees his place at once, while nothing comes to write to him.
leaves() {
    clients_say drop $LEAVES
    wait_for metric_is trng_http_waiting_requests $((COUNT - 1))
    has_line "^answer" "$CLIENTS_OUT" && problem "somebody was served from a dry source"
    return 0
}

# log_of_clients FILE: each number's bytes as a record for account.py, in the order of asking.
log_of_clients() {
    python3 - "$CLIENTS_OUT" "$1" <<'END'
import json, struct, sys
lines = [line.split(" ", 3) for line in open(sys.argv[1]) if line.startswith("answer")]
with open(sys.argv[2], "wb") as log:
    for _, _, _, body in sorted(lines, key=lambda words: int(words[1])):
        data = bytes.fromhex(json.loads(body)[0])
        log.write(struct.pack("=I", len(data)) + data)
END
}

served() {
    local said
    flow
    join_clients
    expect_eq "answers" "$(answers)" "200:$((COUNT - 1))"
    expect_file "^dropped $LEAVES$" "$CLIENTS_OUT"
    log_of_clients "$WORK/log.clients"
    said=$("$ACCOUNT" --size 4000000 --fifo --lost 1000000 --least $(((COUNT - 1) * 16)) "$WORK/log.clients" 2>&1) ||
        problem "$said"
    note "$said"
    wait_for metric_is trng_http_waiting_requests 0
}

# Long ones first: a short one behind them waits its turn, and everybody gets what he asked for.
mixed() {
    go_dry
    start_clients 3 "$API/getRandom?numBits=4096&quantity=20"
    api /healthz
    expect_code 200
    flow
    join_clients
    expect_eq answers "$(answers)" "200:3"
    expect_eq "numbers" "$(sed -n 's/^answer [0-9]* 200 //p' "$CLIENTS_OUT" | jq -r '.[] | length' | sort | uniq -c | xargs)" "60 1024"
}

# One who waits for a file and leaves frees his place, too, and nothing is left of the file.
leaves_a_file() {
    go_dry
    start_clients 1 "$API/generateTestdata?numBits=5000"
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" 1
    clients_say drop 0
    join_clients
    wait_for metric_is trng_http_waiting_requests 0
    api /trng/files
    expect_jq '.files == []'
    expect_eq "files" "$(find "$STATE/files" -type f 2>/dev/null | wc -l)" 0
    flow
}

# What would wait for longer than its deadline is told so at once, with an estimate.
hopeless() {
    local drawn
    stop_httpd
    start_httpd -o httpd.request_timeout_s=10
    wait_for eval '[ "$(status_get rate_bit_s | cut -d. -f1)" -gt 1000 ]'
    # Nor has it taken from the pool what it would not be given.
    drawn=$(status_get random_bytes)
    api "$API/getRandom?numBits=8388608"
    expect_error_json 503
    expect_header retry-after "^[1-9][0-9]*$"
    expect_eq "random_bytes with a full pool" "$(status_get random_bytes)" "$drawn"
    note "8 Mibit: Retry-After $(header retry-after) at $(status_get rate_bit_s) bit/s: $(jq -r .error "$WORK/body")"
    go_dry
    drawn=$(status_get random_bytes)
    stop_httpd
    start_httpd -o httpd.request_timeout_s=1
    api "$API/getRandom?numBits=8388608"
    expect_error_json 503
    expect_eq random_bytes "$(status_get random_bytes)" "$drawn"
    flow
}

# The estimate counts nobody twice: two thirds of the deadline is no reason to refuse.
in_time() {
    local bits
    stop_httpd
    start_httpd -o httpd.request_timeout_s=30
    go_dry
    bits=$(status_get rate_bit_s | awk '{ printf "%d", $1 * 20 }')
    start_clients 1 "$API/getRandom?numBits=$bits"
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" 1
    clients_say drop 0
    join_clients
    wait_for metric_is trng_http_waiting_requests 0
    api "$API/getRandom?numBits=$((bits * 2))"
    expect_error_json 503
    flow
}

# One that was promised its bits and does not get them in time.
deadline() {
    stop_httpd
    start_httpd -o httpd.request_timeout_s=1
    go_dry
    api "$API/getRandom?numBits=128"
    expect_error_json 503
    expect_header retry-after "^[1-9][0-9]*$"
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" 0
    flow
}

# While somebody reads `raw` nothing comes, and nobody can tell for how long: who asks waits.
diverted() {
    local taker listener
    stop_httpd
    start_httpd
    go_dry
    cat "$MNT/raw" >/dev/null &
    taker=$!
    wait_for status_is diverted 1
    flow
    curl -sSN --max-time "$BOUND_S" "$URL/trng/events" >"$WORK/told" &
    listener=$!
    start_clients 1 "$API/getRandom?numBits=100000&tag=one" # more than was held
    wait_for has_line '"tag":"one".*"eta_s":null' "$WORK/told"
    api /trng/status
    expect_jq '.diverted == 1 and .eta_s == -1'
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" 1
    kill $taker $listener
    join_clients
    expect_eq answers "$(answers)" "200:1"
    wait_for status_is diverted 0
}

too_much_waits() {
    stop_httpd
    start_httpd -o httpd.max_waiting_bytes=16384
    go_dry
    start_clients 1 "$API/getRandom?numBits=24000"
    api "$API/getRandom?numBits=24000"
    expect_error_json 503
    expect_header retry-after "^[1-9][0-9]*$"
    flow
    join_clients
    expect_eq answers "$(answers)" "200:1"
}

slow_start() { # BOARD-RATE
    stop_all
    start_board --rate "$1"
    start_daemon -o silence_ms=600000 -o init_timeout_s="$2"
    start_httpd
}

# ask NAME PATH: in the background; code and body in $WORK/NAME.
ask() {
    curl -sS --max-time "$BOUND_S" -w '\n%{http_code}\n' "$URL$2" >"$WORK/$1" 2>&1 &
    ASKING+=($!)
}

# Start-up tests take 256 bytes: at 60 bytes/s there is time to ask meanwhile.
starting() {
    slow_start 60 60
    ASKING=()
    ask init $API/init
    wait_health starting
    ask again $API/init
    ask number "$API/getRandom?numBits=128"
    ask file "$API/generateTestdata?numBits=128"
    wait_for eval '[ "$(metric trng_http_waiting_requests)" -ge 4 ]'
    health_is starting || note "the start was over before all had asked"
    wait "${ASKING[@]}"
    for name in init again number file; do
        expect_eq "$name" "$(tail -1 "$WORK/$name")" 200
    done
    expect_eq "init" "$(jq -r .message < <(head -1 "$WORK/init"))" "System initialised successfully"
    expect_match "number" "$(head -1 "$WORK/number")" '^\["[0-9A-F]{32}"\]$'
}

# The outcome of a start that fails: 555 for whoever waited for it.
start_fails() {
    slow_start 60 60
    device_say stuck
    ASKING=()
    ask init $API/init
    wait_health starting
    ask number "$API/getRandom?numBits=128"
    wait "${ASKING[@]}"
    for name in init number; do
        expect_eq "$name" "$(tail -1 "$WORK/$name")" 555
        jq -e .error < <(head -1 "$WORK/$name") >/dev/null || problem "$name: $(cat "$WORK/$name")"
    done
}

# Overtaken by a shutdown: 555 for the init; and a start that takes too long.
start_ends() {
    slow_start 1 2
    ASKING=()
    ask init $API/init
    wait_health starting
    ask number "$API/getRandom"
    wait_for eval '[ "$(metric trng_http_waiting_requests)" -ge 2 ]'
    api $API/shutdown
    expect_message 200 "System successfully shutdown"
    wait "${ASKING[@]}"
    expect_eq "init, overtaken" "$(tail -1 "$WORK/init")" 555
    expect_match "number" "$(tail -1 "$WORK/number")" "^555$"
    api $API/init
    expect_error_json 555
}

run_step "$COUNT requests wait on a dry source, without a thread more" park
run_step "others are served meanwhile" others_are_served
run_step "one who leaves frees his place at once" leaves
run_step "the others get their bits in the order of asking" served
run_step "large requests" mixed
run_step "who leaves before his file is there frees his place" leaves_a_file
run_step "a hopeless wait is refused with an estimate" hopeless
run_step "one that is not waits" in_time
run_step "a promise that is not kept: 503 at the deadline" deadline
run_step "while raw is being read: who asks waits, and nobody can tell how long" diverted
run_step "no more waits than max_waiting_bytes" too_much_waits
run_step "requests while starting wait for it" starting
run_step "and learn when it fails" start_fails
run_step "or is overtaken, or takes too long" start_ends
run_step "the end" stop_all
finish
