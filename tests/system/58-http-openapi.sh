#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# openapi.json: valid, served as it is, and each code of each operation has been answered so.
. "$(dirname "$0")/http.sh"

DOCUMENT=$ROOT/httpd/openapi.json
REPLIES=$WORK/replies
FREE=$((1 << 43)) # bits that no disk here has room for

command -v node >/dev/null || skip "no node"
[ -d "$BUILD/node/node_modules" ] || skip "no $BUILD/node/node_modules: npm ci was not run there"

check() { # [REPLIES]
    node "$ROOT/tests/node/openapi-check.mjs" "$BUILD/node" "$DOCUMENT" "$@" >"$WORK/said" 2>&1 ||
        problem "$(head -40 "$WORK/said")"
    note "$(tail -1 "$WORK/said")"
}

# ask METHOD PATH [QUERY [CURL-ARGS]]: PATH as in the document.
ask() {
    local how=(-X "${1^^}") path
    [ "$1" != head ] || how=(--head)
    path=${2/\{file\}/index.html}
    api "${path/\{name\}/dygraph.min.js}${3:-}" "${how[@]}" "${@:4}"
}

record() { # METHOD PATH
    local method=$1 path=$2
    jq -cn --arg method "$method" --arg path "$path" --arg code "$CODE" --arg type "$(header content-type)" \
        --rawfile body "$WORK/body" '$ARGS.named' >>"$REPLIES"
}

# take CODE METHOD PATH [QUERY [CURL-ARGS]]: ask, expect CODE, and record the reply.
take() {
    ask "${@:2}"
    expect_code "$1"
    record "$2" "$3"
}

# documented CODE: "METHOD PATH" of each operation that has it.
documented() {
    jq -r --arg code "$1" '.paths | to_entries[] | .key as $path | .value | to_entries[]
        | select(.value | type == "object") | select(.value.responses[$code]) | "\(.key) \($path)"' "$DOCUMENT"
}

# everywhere CODE [QUERY [CURL-ARGS]]: take for each operation that documents CODE.
everywhere() {
    local code=$1 method path
    shift
    while read -r method path <&3; do
        take "$code" "$method" "$path" "$@"
    done 3< <(documented "$code")
}

# serves [-o KEY=VALUE]...: a server, with a library of charts.
serves() {
    start_httpd -o httpd.dygraphs_dir="$WORK/charts" "$@"
}

starts() {
    start_board --rate 20000
    HTTP_TOKEN=$(new_token rita reader)
    mkdir "$WORK/charts"
    echo "charts" >"$WORK/charts/dygraph.min.js"
    serves
}

no_daemon() {
    take 503 get /trng/status
    take 503 head /trng/status
    take 503 get /healthz
    take 503 head /healthz
    start_daemon -o silence_ms=600000
    wait_health standby
}

standby() {
    take 432 get $API/getRandom
    take 432 get $API/generateTestdata
    take 409 get $API/shutdown
    take 200 get $API/restart
    take 555 get $API/downloadFile
    device_say stuck
    for name in init restart; do
        take 555 get $API/$name
    done
    take 555 get $API/getRandom
    take 555 get $API/generateTestdata
    device_say heal
    wait_health failed
}

running() {
    local id
    take 200 get $API/init
    take 409 get $API/init
    take 200 get $API/restart
    take 200 get $API/getRandom "?numBits=13&quantity=7"
    take 400 get $API/getRandom "?numBits=0"
    take 400 get $API/generateTestdata "?filetype=exe"
    take 200 get $API/generateTestdata "?numBits=80&filetype=txt"
    id=$(jq -r .id "$WORK/body")
    take 200 get $API/downloadFile
    take 206 get $API/downloadFile "?id=$id" -H "Range: bytes=0-7"
    take 416 get $API/downloadFile "?id=$id" -H "Range: bytes=80-"
    take 404 get $API/downloadFile "?id=00000000000000000000000000000000"
    take 400 get $API/downloadFile "?id=7"
    take 200 get /trng/files
    take 404 delete /trng/files "?id=00000000000000000000000000000000"
    take 400 delete /trng/files
    take 200 delete /trng/files "?id=$id"
}

# Every key of the status is described, and every metric.
described() {
    local name
    api /trng/status
    # shellcheck disable=SC2016 # jq's
    expect_jq '($api[0].components.schemas | (.Status.properties + .Ledger.properties | keys)) as $known
        | ((keys - ["ledger"]) + (.ledger | keys)) - $known == []' --slurpfile api "$DOCUMENT"
    for name in $(curl -sS "$URL/metrics" | awk '$2 == "TYPE" { print $3 }'); do
        has_line "\`$name[\`{]" "$ROOT/docs/API.md" || problem "docs/API.md says nothing of $name"
    done
}

watching() {
    local method path
    for method in get head; do
        for path in /trng/status /metrics /healthz /openapi.json; do
            take 200 $method $path
        done
    done
    cmp -s "$DOCUMENT" <(curl -sS "$URL/openapi.json") || problem "what is served is not the document"
    take 200 get /trng/events "" --max-time 3
    take 200 get /trng/events "?since=0" --max-time 3
    take 400 get /trng/events "?since=yesterday"
    for path in / "/{file}" "/dygraphs/{name}"; do
        take 200 get "$path"
        take 304 get "$path" "" -H "If-None-Match: $(header etag)"
    done
    mv "$WORK/ui/index.html" "$WORK/ui/away"
    mv "$WORK/charts" "$WORK/away"
    take 404 get /
    take 404 get "/{file}"
    take 404 get "/dygraphs/{name}"
    mv "$WORK/ui/away" "$WORK/ui/index.html"
    mv "$WORK/away" "$WORK/charts"
}

session() {
    take 200 get /trng/session
    take 200 post /trng/session "" -d "{\"token\":\"$HTTP_TOKEN\"}"
    take 400 post /trng/session "" -d "{}"
    take 413 post /trng/session "" -d "$(printf '%5000s')"
    take 200 delete /trng/session
}

refused() {
    everywhere 401 "" -H "Authorization: Bearer wrong"
    everywhere 403 "" -H "Sec-Fetch-Site: cross-site"
    take 403 get $API/init "" -H "Authorization: Bearer $HTTP_TOKEN"
    everywhere 414 "?x=$(printf '%4096s' '' | tr ' ' a)"
    everywhere 421 "" -H "Host: evil.example"
}

waits() {
    stop_httpd
    serves -o httpd.request_timeout_s=1 -o httpd.max_file_bits=$FREE
    take 503 get $API/getRandom "?numBits=8388608"
    take 507 get $API/generateTestdata "?numBits=$FREE"
    take 202 get $API/generateTestdata "?numBits=80000000"
    take 503 get $API/downloadFile "?id=$(jq -r .id "$WORK/body")"
    hold_streams 300
    take 503 get /trng/events
    release_streams
}

# While somebody waits for a daemon that stands still.
hangs() {
    local waiting
    kill -STOP "$DAEMON"
    curl -s --max-time "$BOUND_S" "$URL/trng/status" >"$WORK/asked" &
    waiting=$!
    wait_for eval '[ "$(curl -s -m 1 -o /dev/null -w "%{http_code}" "$URL/healthz")" = 503 ]'
    take 555 get /trng/events
    kill -CONT "$DAEMON"
    wait $waiting
    wait_health running
}

# One request a second and two in hand: after a burst (of one process, as many a second would be
# much for a busy machine) the next is refused, whatever it asks.
too_many() {
    local method path
    stop_httpd
    serves -o httpd.max_requests_per_s=1
    while read -r method path <&3; do
        wait_for eval 'curl -s -m 5 "$URL/healthz?n=[1-4]" >/dev/null; ask "$method" "$path"; [ "$CODE" = 429 ]'
        record "$method" "$path"
    done 3< <(documented 429)
    stop_httpd
    serves
}

ends() {
    take 200 get $API/shutdown
    device_say unplug
    wait_health absent
    stop_daemon
    wait_health unreachable
    take 555 get $API/shutdown
    stop_device
    stop_httpd
}

run_step "the document is valid, and its examples fit its schemas" check
run_step "board, daemon and server" starts
run_step "without a daemon" no_daemon
run_step "standby and failed starts" standby
run_step "running: numbers and files" running
run_step "what can be watched" watching
run_step "every key of the status and every metric is described" described
run_step "sessions" session
run_step "refusals: 401, 403, 414, 421" refused
run_step "long waits, no room, too many streams" waits
run_step "a daemon that hangs" hangs
run_step "too many requests: 429" too_many
run_step "the end of the source" ends
run_step "each reply is documented so, and each documented code has been answered" check "$REPLIES"
finish
