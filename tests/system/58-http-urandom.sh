#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# source=urandom: who asks is answered at once, with bits or with why not; numbers, files of megabytes,
# accounts; before the seed, in alarm, within and after the grace, unplugged, killed in mid-answer.
. "$(dirname "$0")/http.sh"

NUMBERS="$API/getRandom?source=urandom"
FILE="$API/generateTestdata?source=urandom"
MIB10=$((10 << 23))  # bits
GIB=$((1 << 33))     # bits
ROOM_KIB=$((3 << 20))
SENT=0 # bits that the server has given

sent() { # BITS
    SENT=$((SENT + $1))
    expect_eq "bits given" "$(metric 'trng_http_bits_total{source="urandom"}')" $SENT
}

nobody_waits() {
    expect_eq "waiting requests" "$(metric trng_http_waiting_requests)" 0
}

# gives: numbers come.
gives() {
    api "$NUMBERS&numBits=256"
    expect_code 200
    expect_header trng-source "^urandom$"
    expect_jq 'length == 1 and (.[0] | test("^[0-9A-F]{64}$"))'
}

not_initialised() {
    local path
    for path in "$NUMBERS" "$FILE"; do
        api "$path"
        expect_message 432 "System not initialized"
    done
    nobody_waits
}

no_seed_yet() {
    local path
    for path in "$NUMBERS" "$FILE"; do
        api "$path"
        expect_error_json 503 "no seed yet"
        expect_header retry-after "^[1-9][0-9]{0,3}$"
        expect_jq '.eta_s >= 0'
    done
    nobody_waits
}

lost() {
    local path
    for path in "$NUMBERS" "$FILE"; do
        api "$path"
        expect_error_json 555 "state"
    done
    nobody_waits
}

no_daemon_then_off() {
    start_board --rate 20000
    start_httpd
    not_initialised
    start_daemon -o silence_ms=600000 -o max_alarms=100
    wait_health standby
    not_initialised
    api /trng/files
    expect_jq '.files == []'
}

# A board that is on and says nothing: starting, for as long as we like. The charge is given back.
starting() {
    device_say limit 0
    timeout "$BOUND_S" bash -c "echo init >'$MNT/control'" &
    wait_health starting
    no_seed_yet
    bearer "$(new_token poor reader 1000)"
    api "$NUMBERS&numBits=800" "${AS[@]}"
    expect_error_json 503
    expect_header ratelimit-remaining "^1000$"
    AS=()
    flow
    wait $!
    wait_for status_is urandom_seeded 1
}

numbers() {
    local said random
    wait_health running
    random=$(status_get random_bytes)
    said=$("$ROOT/tests/tools/http_numbers.py" "$URL" "$MNT/status" "$WORK/log" urandom) || problem "faults"
    note "$said"
    SENT=$(metric 'trng_http_bits_total{source="urandom"}')
    expect_eq "bits given" "$SENT" $((131 * 65 * 14))
    api "$NUMBERS&numBits=128&quantity=65536"
    expect_code 200
    expect_jq 'length == 65536 and (unique | length) == 65536'
    sent 8388608
    api "$NUMBERS&numBits=8388608"
    expect_jq 'length == 1 and (.[0] | length) == 2097152'
    sent 8388608
    api "$NUMBERS&numBits=8388609"
    expect_error_json 400
    api "$NUMBERS" --head
    expect_code 405
    sent 0
    expect_eq "random_bytes, which nobody asked for" "$(status_get random_bytes)" "$random"
    expect_eq "bits of random" "$(metric 'trng_http_bits_total{source="random"}')" 0
    nobody_waits
}

# A request of more than is read in one turn.
large_numbers() {
    stop_httpd
    start_httpd -o httpd.max_request_bits=67108864 -o httpd.max_waiting_bytes=67108864
    api "$NUMBERS&numBits=$((5 * 8388608 + 3))"
    expect_code 200
    expect_jq '.[0] | length == 10485761 and test("^[0-7]")'
    SENT=0
    sent $((5 * 8388608 + 3))
}

# fetch: the file just made, whole; its sum is what was told.
fetch() {
    FILE_ID=$(jq -r .id "$WORK/body") SUM=$(jq -r .sha256 "$WORK/body")
    api "$API/downloadFile?id=$FILE_ID"
    expect_code 200
    expect_header trng-source "^urandom$"
    expect_header etag "^\"$SUM\"$"
    expect_header content-disposition 'attachment; filename="trng-urandom-[0-9]{8}-[0-9]{6}-[0-9]*bit\.(bin|txt)"'
    expect_eq "its sum" "$(sha256sum <"$WORK/body" | cut -d' ' -f1)" "$SUM"
    mv "$WORK/body" "$WORK/file"
}

files() {
    local before
    before=$(status_get urandom_bytes)
    api "$FILE&numBits=$MIB10"
    expect_code 200
    expect_jq '.source == "urandom" and .size_bytes == 10485760'
    sent $MIB10
    expect_eq "bytes drawn" $(($(status_get urandom_bytes) - before)) 10485760
    fetch
    expect_eq size "$(stat -c %s "$WORK/file")" 10485760
    [ "$(gzip -1 <"$WORK/file" | wc -c)" -gt 10485760 ] || problem "it can be packed"
    api "$API/downloadFile?id=$FILE_ID" -H "Range: bytes=1000000-1000999"
    expect_code 206
    expect_header content-range "^bytes 1000000-1000999/10485760$"
    cmp -s "$WORK/body" <(tail -c +1000001 "$WORK/file" | head -c 1000) || problem "another part"
    api "$FILE&numBits=8388603&filetype=txt"
    expect_code 200
    fetch
    expect_match "its text" "$(LC_ALL=C tr -d 01 <"$WORK/file" | wc -c) $(wc -c <"$WORK/file")" "^0 8388603$"
    sent 8388603
    api "$FILE&numBits=8" --head
    expect_code 405
}

budget() {
    bearer "$(new_token bert operator 1000)"
    api "$NUMBERS&numBits=300&quantity=2" "${AS[@]}"
    expect_header ratelimit-remaining "^400$"
    api "$FILE&numBits=401" "${AS[@]}"
    expect_error_json 429
    expect_header retry-after "^[1-9]"
    api "$FILE&numBits=400" "${AS[@]}"
    expect_code 200
    expect_header ratelimit-remaining "^0$"
    AS=()
    sent 1000
}

peak_kib() {
    awk '/^VmHWM/ { print $2 }' "/proc/$HTTPD/status"
}

# begin_huge: a client asks for a gibibyte; the server is at it.
begin_huge() {
    [ "$(df -Pk "$STATE" | awk 'END { print $4 }')" -gt $ROOM_KIB ] || {
        note "skipped: less than 3 GiB free"
        return 1
    }
    curl -sS --max-time $((BOUND_S * 5)) -o "$WORK/huge" -w '%{http_code}' "$URL$FILE&numBits=$GIB" >"$WORK/huge.code" &
    HUGE=$!
    wait_for grows
}

grows() {
    [ "$(curl -sS "$URL/trng/files" | jq '[.files[] | select(.state == "growing" and .done_bits > 0)] | length')" = 1 ]
}

# While a file of a gibibyte is made others are served, and it takes no memory.
others_get_on() {
    local peak served=0
    stop_httpd
    start_httpd
    gives
    peak=$(peak_kib)
    begin_huge || return 0
    for path in "$NUMBERS&numBits=65536" /trng/status /metrics / "$API/getRandom?numBits=8"; do
        api "$path"
        expect_code 200
        grows && served=$((served + 1))
    done
    [ $served -gt 0 ] || problem "nobody was served meanwhile"
    kill "$HUGE"
    wait "$HUGE" 2>/dev/null
    wait_for metric_is trng_http_waiting_requests 0
    api /trng/files
    expect_jq '[.files[] | select(.state != "whole")] == []'
    peak=$(($(peak_kib) - peak))
    nm "$BIN/trng-httpd" 2>/dev/null | grep -q __asan_init || [ -n "$TRNG_WRAP" ] || [ $peak -lt 8192 ] ||
        problem "its memory grew by $peak KiB"
    note "$served of 5 answered while it grew; memory grew by $peak KiB"
}

seeded_long_ago() {
    [ -n "${SEEDED_AT:-}" ] || SEEDED_AT=$(status_get tested_bytes)
    [ "$(($(status_get tested_bytes) - SEEDED_AT))" -gt 1000 ]
}

# Within the grace it goes on from the entropy that it has, and says so by no word: the state does.
alarm() {
    wait_for seeded_long_ago
    device_say stuck
    wait_for eval '! health_is running'
    gives
    api "$FILE"
    expect_code 200
    api $API/getRandom
    expect_error_json 555
    device_say heal
    wait_health running
    gives
}

# The causality test is no reason to wait, either.
proving() {
    timeout "$BOUND_S" bash -c "echo prove >'$MNT/control'" &
    wait_health starting
    gives
    wait $!
    wait_health running
}

grace_ends() {
    stop_daemon
    stop_device
    start_board --rate 20000
    start_running -o silence_ms=600000 -o max_alarms=100 -o drbg_grace_s=1
    wait_health running
    wait_for status_is urandom_seeded 1
    unset SEEDED_AT
    wait_for seeded_long_ago
    device_say unplug
    wait_health absent
    wait_for status_is urandom_seeded 0
    not_initialised
    device_say replug
    wait_health running
    wait_for status_is urandom_seeded 1
    device_say stuck
    wait_for eval '! health_is running'
    wait_for status_is urandom_seeded 0
    lost
    expect_control shutdown 0
    wait_health standby
    not_initialised
    device_say heal
    expect_control init 0
    wait_for status_is urandom_seeded 1
    gives
}

# unavailable = "block" has every read without a seed wait: the state tells the server better.
blocking_daemon() {
    stop_daemon
    start_daemon -o silence_ms=600000 -o max_alarms=100 -o drbg_grace_s=0 -o 'unavailable=block'
    wait_health standby
    not_initialised
    expect_control init 0
    wait_health running
    wait_for status_is urandom_seeded 1
    gives
    device_say stuck
    wait_for eval '! health_is running'
    wait_for status_is urandom_seeded 0
    lost
    device_say unplug
    wait_health absent
    not_initialised
    device_say heal
    device_say replug
    wait_health running
    wait_for status_is urandom_seeded 1
}

again() {
    start_running -o silence_ms=600000 -o max_alarms=100
    wait_health running
    wait_for status_is urandom_seeded 1
}

killed_in_mid_answer() {
    stop_daemon
    again
    begin_huge || return 0
    kill -KILL "$DAEMON"
    wait_daemon
    wait_for is_gone "$HUGE"
    wait "$HUGE"
    expect_eq "code of the huge file" "$(cat "$WORK/huge.code")" 555
    expect_match "what was told" "$(jq -r .error "$WORK/huge")" "unreachable"
    api /trng/files
    expect_jq '[.files[] | select(.state != "whole")] == []'
    not_initialised
    fusermount3 -uz "$MNT" 2>/dev/null
    again
    gives
}

# A job waits out what a request fails for: the daemon goes and comes back, without a seed at first.
job() {
    stop_httpd
    start_httpd -o httpd.request_timeout_s=1
    begin_huge || return 0
    wait_for is_gone "$HUGE"
    expect_eq "code of the huge file" "$(cat "$WORK/huge.code")" 202
    FILE_ID=$(jq -r .id "$WORK/huge")
    kill -KILL "$DAEMON"
    wait_daemon
    wait_health unreachable
    job_says 'test("answer")'
    fusermount3 -uz "$MNT" 2>/dev/null
    start_daemon -o silence_ms=600000
    job_says '. == "urandom has no seed"'
    DONE=$(jq .done_bits "$WORK/body")
    expect_control init 0
    wait_for job_is ".done_bits > $DONE and .reason == \"\""
    api "/trng/files?id=$FILE_ID" -X DELETE
    expect_message 200 "File deleted"
}

job_is() { # FILTER
    api "$API/downloadFile?id=$FILE_ID"
    [ "$CODE" = 503 ] && jq -e "$1" "$WORK/body"
}

job_says() { # FILTER, of the reason
    wait_for job_is ".reason | $1"
    expect_header retry-after "^[1-9]"
}

run_step "no daemon, then off: 432" no_daemon_then_off
run_step "starting, no seed yet: 503, and when to come back" starting
run_step "numbers: every width, what was given is what was drawn" numbers
run_step "numbers of more than one turn" large_numbers
run_step "files of megabytes: sums, ranges, accounts" files
run_step "a budget holds for it" budget
run_step "others get on meanwhile, and it takes no memory" others_get_on
run_step "an alarm within the grace" alarm
run_step "during the causality test" proving
run_step "the grace ends: unplugged, alarm, off" grace_ends
run_step "unavailable = block" blocking_daemon
run_step "the daemon is killed in mid-answer" killed_in_mid_answer
run_step "a job outlasts the daemon" job
finish
