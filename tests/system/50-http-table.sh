#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The documented API, row by row: codes, messages, types, digits and bits, in every state.
. "$(dirname "$0")/http.sh"

CHARTS=$WORK/charts
PAGE_POLICY="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
require-trusted-types-for 'script'; trusted-types default"
API_POLICY="default-src 'none'; frame-ancestors 'none'"

standby() {
    start_board --rate 20000
    start_daemon -o silence_ms=600000
    wait_state standby
    mkdir -p "$CHARTS/sub"
    echo "charts" >"$CHARTS/dygraph.min.js"
    start_httpd -o httpd.dygraphs_dir="$CHARTS"
    api $API/getRandom
    expect_message 432 "System not initialized"
    api $API/generateTestdata
    expect_message 432 "System not initialized"
    api $API/shutdown
    expect_message 409 "System already shut down"
    api $API/restart
    expect_message 200 "System already in standby"
    api $API/downloadFile
    expect_error_json 555
    expect_eq state "$(status_get state)" standby
}

init() {
    api $API/init
    expect_message 200 "System initialised successfully"
    expect_eq state "$(status_get state)" running
    api $API/init
    expect_message 409 "System already initialized"
}

one_bit() {
    api $API/getRandom
    expect_code 200
    expect_header content-type "^application/json"
    expect_header trng-source "^random$"
    expect_header cache-control "no-store"
    expect_jq 'type == "array" and length == 1 and (.[0] == "0" or .[0] == "1")'
}

every_width() {
    local said
    wait_for status_least pool_bytes 30000
    said=$("$ROOT/tests/tools/http_numbers.py" "$URL" "$MNT/status" "$WORK/log.numbers") || problem "faults"
    note "$said"
}

# What the numbers were cut from is the stream: in order, no byte twice, none of another origin.
from_the_stream() {
    local said
    said=$("$ACCOUNT" --size 4000000 --lost 4000000 --least 14739 "$WORK/log.numbers" 2>&1) || problem "$said"
    note "$said"
}

many() {
    api "$API/getRandom?numBits=128&quantity=1000"
    expect_code 200
    expect_jq 'length == 1000 and (unique | length) == 1000 and all(.[]; test("^[0-9A-F]{32}$"))'
    api "$API/getRandom?quantity=20000&numBits=2"
    expect_jq 'length == 20000 and (unique == ["0", "1", "2", "3"])'
    api "$API/getRandom?numBits=100003"
    expect_jq 'length == 1 and (.[0] | length == 25001 and test("^[0-7][0-9A-F]+$"))'
}

ignored() {
    local before after
    before=$(status_get random_bytes)
    api "$API/getRandom?_=1763733489&numBits=16&numbits=99&foo=bar&foo=baz&%00&=&quantity=2&&a"
    expect_code 200
    expect_jq 'length == 2 and (.[0] | length) == 4'
    after=$(status_get random_bytes)
    expect_eq "bytes drawn" $((after - before)) 4
    api "$API/init?x=y"
    expect_message 409 "System already initialized"
}

restart() {
    api $API/restart
    expect_message 200 "System successfully restarted"
    expect_eq state "$(status_get state)" running
}

generate() {
    api $API/generateTestdata
    expect_code 200
    expect_jq '.message == "Generation successful" and .bits == 5000 and .filetype == "bin"
        and .size_bytes == 625 and .source == "random" and (.id | test("^[0-9a-f]{32}$"))
        and (.sha256 | test("^[0-9a-f]{64}$")) and (.name | test("^trng-[0-9]{8}-[0-9]{6}-5000bit\\.bin$"))'
    api "$API/generateTestdata?numBits=77&filetype=txt"
    expect_jq '.bits == 77 and .filetype == "txt" and .size_bytes == 77 and (.name | endswith("-77bit.txt"))'
}

download() {
    api $API/downloadFile
    expect_code 200
    expect_header content-type "^text/plain"
    expect_header content-disposition '^attachment; filename="trng-[0-9]{8}-[0-9]{6}-77bit\.txt"$'
    expect_header content-length "^77$"
    expect_match body "$BODY" "^[01]{77}$"
}

# Paths that draw bits or change state take GET alone; the others HEAD, too.
methods() {
    local path method drawn
    drawn=$(status_get random_bytes)
    for path in getRandom init shutdown restart generateTestdata downloadFile; do
        api "$API/$path" --head
        expect_code 405
        expect_header allow "^GET, *OPTIONS$|^OPTIONS, *GET$"
        for method in POST PUT PATCH DELETE TRACE BREW; do
            api "$API/$path" -X $method
            expect_error_json 405
            expect_header allow "GET"
        done
        api "$API/$path" -X OPTIONS
        expect_code 204
        expect_header allow "GET"
        expect_eq "body" "$BODY" ""
    done
    for path in /trng/status /metrics /healthz /openapi.json /index.html /; do
        api $path --head
        expect_code 200
        expect_header content-length "^[0-9]+$"
        api $path -X POST
        expect_error_json 405
        expect_header allow "GET.*HEAD|HEAD.*GET"
    done
    for path in /trng/events /trng/session /trng/files; do
        api $path --head
        expect_code 405
    done
    expect_eq "random_bytes" "$(status_get random_bytes)" "$drawn"
    expect_eq state "$(status_get state)" running
}

# The page and its library of charts: what a browser may do with them, and that it may keep them.
page() {
    local path etag
    echo "h1 { color: red }" >"$CHARTS/sub/dygraph.css"
    for path in / /index.html /dygraphs/dygraph.min.js /dygraphs/sub/dygraph.css; do
        api $path
        expect_code 200
        expect_eq "$path: policy" "$(header content-security-policy)" "$PAGE_POLICY"
        expect_header cache-control "^no-cache$"
        etag=$(header etag)
        api $path -H "If-None-Match: $etag"
        expect_code 304
        expect_eq "$path, 304: policy" "$(header content-security-policy)" "$PAGE_POLICY"
        api $path --head
        expect_code 200
        api $path -X POST
        expect_error_json 405
    done
    api /dygraphs/dygraph.min.js
    expect_header content-type "^text/javascript; charset=utf-8$"
    expect_eq "body" "$BODY" charts
    for path in /nothing /dygraphs/nothing.js /trng/status /openapi.json; do
        api $path
        expect_eq "$path: policy" "$(header content-security-policy)" "$API_POLICY"
    done
}

# The path is the library's, whether there is one or not: the page's folder does not stand in for it.
no_charts() {
    local path folder
    mkdir -p "$WORK/ui/dygraphs"
    echo "not these" >"$WORK/ui/dygraphs/dygraph.min.js"
    for folder in "" "$WORK/nowhere"; do
        stop_httpd
        start_httpd -o httpd.dygraphs_dir="$folder"
        for path in /dygraphs/dygraph.min.js /dygraphs/ /dygraphs; do
            api $path
            expect_error_json 404
        done
        api /
        expect_code 200
    done
    stop_httpd
    start_httpd -o httpd.ui_dir= -o httpd.dygraphs_dir="$CHARTS"
    api /
    expect_error_json 404
    api /dygraphs/dygraph.min.js
    expect_code 200
    stop_httpd
    start_httpd
    [ -e /usr/share/javascript/dygraphs/dygraph.min.js ] || {
        note "libjs-dygraphs is not installed"
        return 0
    }
    api /dygraphs/dygraph.min.js
    expect_code 200
    cmp -s /usr/share/javascript/dygraphs/dygraph.min.js "$WORK/body" || problem "it is another file"
}

session() {
    stop_httpd
    start_httpd -o httpd.request_timeout_s=77 -o httpd.max_request_bits=5000 -o httpd.max_file_bits=8796093022208
    api /trng/session
    expect_code 200
    expect_jq '.role == "operator" and .name == null and .limits ==
        {request_timeout_s: 77, max_request_bits: 5000, max_file_bits: 8796093022208}'
    api /trng/session -d "{\"token\":\"$(new_token rita reader 1000)\"}"
    expect_jq '.name == "rita" and .bits_left == 1000 and .limits.max_request_bits == 5000'
    stop_httpd
    start_httpd
}

unknown_paths() {
    local path
    for path in /trng /trng/ /trng/randomNum /trng/randomNum/ $API/getrandom $API/getRandom/ $API/getRandom/x \
        //trng/status /trng//status /nothing /index.htm /trng/status.json "$API/getRandom%20" "$API/init;x"; do
        api "$path"
        expect_error_json 404
    done
}

shutdown_device() {
    api $API/shutdown
    expect_message 200 "System successfully shutdown"
    expect_eq state "$(status_get state)" standby
    api $API/shutdown
    expect_message 409 "System already shut down"
    api $API/getRandom
    expect_message 432 "System not initialized"
    api $API/downloadFile
    expect_code 200
    [ "$(jq -r .state <(curl -sS "$URL/healthz"))" = standby ] || problem "healthz does not say standby"
}

# A board that sends zeros fails its start-up tests; then a person's init repairs it.
failing() {
    device_say stuck
    api $API/init
    expect_error_json 555
    expect_eq state "$(status_get state)" failed
    wait_health failed
    for path in getRandom generateTestdata; do
        api "$API/$path"
        expect_error_json 555
    done
    device_say heal
    api $API/init
    expect_message 200 "System initialised successfully"
}

# While a test has just fired nothing is to be had, and init is busy; restart may try.
alarmed() {
    device_say stuck
    wait_for eval 'status_is state alarm || status_is state failed'
    wait_for eval 'health_is alarm || health_is failed'
    api $API/getRandom
    expect_error_json 555
    device_say heal
    api $API/restart
    expect_message 200 "System successfully restarted"
    api $API/getRandom
    expect_code 200
}

unplugged() {
    device_say unplug
    wait_health absent
    api $API/getRandom
    expect_message 432 "System not initialized"
    api $API/generateTestdata
    expect_message 432 "System not initialized"
    for path in init restart; do
        api "$API/$path"
        expect_error_json 555
    done
    api $API/shutdown
    expect_message 200 "System successfully shutdown"
    device_say replug
    wait_health standby
}

run_step "standby: 432, 409, and restart has nothing to do" standby
run_step "init once, and 409 then" init
run_step "getRandom: one bit as one digit" one_bit
run_step "numBits 1..130: digits, values, and not a bit too many drawn" every_width
run_step "the numbers are the stream's bits" from_the_stream
run_step "large numbers, and many" many
run_step "unknown parameters are ignored" ignored
run_step "restart" restart
run_step "generateTestdata: 5000 bits as bin; txt" generate
run_step "downloadFile: the last one, as an attachment" download
run_step "methods: HEAD, OPTIONS, 405 with Allow" methods
run_step "the page and its charts" page
run_step "no charts" no_charts
run_step "who am I, and what may I ask for" session
run_step "other paths: 404 as JSON" unknown_paths
run_step "shutdown, and 409 then" shutdown_device
run_step "start-up tests that fail: 555, and init repairs" failing
run_step "alarm: 555; restart" alarmed
run_step "unplugged: 432 for numbers, 555 for init" unplugged
run_step "the end" stop_all
finish
