#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where a request comes from: other sites' pages, CORS, Host, proxies; and what is not served beyond loopback.
. "$(dirname "$0")/http.sh"

READER="$API/getRandom?numBits=8 $API/downloadFile /trng/status /trng/files /metrics"
OPERATOR="$API/init $API/restart $API/generateTestdata?numBits=8"
EVIL=http://evil.example

starts() {
    start_board --rate 20000
    start_running -o silence_ms=600000
    RITA=$(new_token rita reader) OTTO=$(new_token otto operator)
}

# serves ANONYMOUS [MORE]: a server anew.
serves() {
    stop_httpd
    start_httpd -o httpd.anonymous="$1" "${@:2}"
}

# allows PATHS yes|401 [CURL-ARGS...]: yes is any code but 401 and 403.
allows() {
    local path paths=$1 expected=$2
    shift 2
    for path in $paths; do
        api "$path" "$@"
        case $expected:$CODE in
        yes:401 | yes:403) problem "$ASKED: $CODE $BODY" ;;
        yes:*) ;;
        *) expect_error_json "$expected" ;;
        esac
    done
}

# foreign CURL-ARGS...: refused on every path that draws bits or changes state; nothing happens.
foreign() {
    local path before
    before=$(status_get last_command):$(status_get random_bytes):$(ls "$STATE" | wc -l)
    for path in "$API/getRandom?numBits=8" $API/init $API/shutdown $API/restart $API/generateTestdata; do
        api "$path" "$@"
        expect_error_json 403
    done
    api /trng/session -X POST -d "{\"token\":\"$OTTO\"}" "$@"
    expect_error_json 403
    expect_no_header set-cookie
    for path in /trng/session /trng/files?id=00000000000000000000000000000000; do
        api "$path" -X DELETE "$@"
        expect_error_json 403
    done
    expect_eq "what has happened" "$(status_get last_command):$(status_get random_bytes):$(ls "$STATE" | wc -l)" "$before"
    api /trng/status "$@"
    expect_code 200
    expect_no_header access-control-allow-origin
}

own() { # CURL-ARGS...
    api "$API/getRandom?numBits=8" "$@"
    expect_code 200
    api $API/init "$@"
    expect_message 409 "System already initialized"
}

sites() {
    serves operator -o httpd.cors_origins=https://lab.example
    foreign -H "Origin: $EVIL"
    foreign -H "Origin: null"
    foreign -H "Origin: http://127.0.0.1.evil.example"
    foreign -H "Origin: $EVIL" -H "Sec-Fetch-Site: same-origin"
    foreign -H "Sec-Fetch-Site: cross-site"
    foreign -H "Sec-Fetch-Site: cross-site" -H "Referer: $EVIL/page"
    foreign -H "Sec-Fetch-Site: same-site"
    foreign -H "Sec-Fetch-Site: nonsense"
    foreign -H "Referer: $EVIL/127.0.0.1/"
    own
    own -H "Sec-Fetch-Site: same-origin"
    own -H "Sec-Fetch-Site: none"
    own -H "Origin: $URL"
    own -H "Origin: https://127.0.0.1:8443" -H "Sec-Fetch-Site: same-site"
    own -H "Referer: $URL/index.html"
    own -H "Origin: https://lab.example" -H "Sec-Fetch-Site: cross-site"
}

cors() {
    for origin in https://127.0.0.1:8443 https://lab.example; do
        api /trng/status -H "Origin: $origin"
        expect_header access-control-allow-origin "^$origin$"
        expect_header access-control-allow-credentials "^true$"
        expect_header vary "Origin"
        expect_header access-control-expose-headers "Retry-After.*Content-Disposition"
        api $API/init -X OPTIONS -H "Origin: $origin" -H "Access-Control-Request-Method: GET" \
            -H "Access-Control-Request-Headers: authorization"
        expect_code 204
        expect_header access-control-allow-origin "^$origin$"
        expect_header access-control-allow-methods "GET"
        expect_header access-control-allow-headers "Authorization"
        expect_header access-control-max-age "^600$"
    done
    api /trng/status -X OPTIONS -H "Origin: $EVIL" -H "Access-Control-Request-Method: GET"
    expect_no_header access-control-allow-origin
}

host() {
    local port=${URL##*:} name
    serves operator -o httpd.server_names=trng.example
    port=${URL##*:}
    for name in evil.example evil.example:$port 127.0.0.1.evil.example localhost.evil.example "trng.example@evil" ""; do
        api $API/getRandom -H "Host: $name" ${name:+-H "X-Forwarded-Host: localhost"}
        [ -z "$name" ] && [ "$CODE" = 400 ] && continue
        [ -z "$name" ] || expect_error_json 421
    done
    for name in localhost localhost:$port LOCALHOST 127.0.0.1 192.0.2.7:8443 "[::1]" "[::1]:$port" trng.example TRNG.example:443; do
        api $API/getRandom -H "Host: $name"
        expect_code 200
    done
}

# own_page HOST CURL-ARGS...: behind a proxy, whose Host has the port or has it not; nginx has a variable for each.
own_page() {
    allows "$READER" yes -H "Host: $1" -H "X-Forwarded-For: 192.0.2.7" -H "X-Forwarded-Proto: https" \
        -H "Authorization: Bearer $RITA" "${@:2}"
}

# Over loopback with forwarding headers: a stranger behind a proxy that nobody has told of.
proxies() {
    local header
    serves auto
    allows "$READER" yes
    for header in "X-Forwarded-For: 127.0.0.1" "X-Real-IP: 127.0.0.1" "Forwarded: for=127.0.0.1" "X-Forwarded-Proto: https"; do
        allows "$READER $OPERATOR" 401 -H "$header"
    done
    serves auto -o httpd.trusted_proxies=127.0.0.1 -o httpd.server_names=trng.example
    allows "$READER" 401 -H "X-Forwarded-For: 192.0.2.7"
    allows "$READER" 401 -H "X-Forwarded-For: 127.0.0.1, 192.0.2.7"
    allows "$READER" 401 -H "Forwarded: for=192.0.2.7"
    allows "$READER" yes -H "X-Forwarded-For: 192.0.2.7" -H "Authorization: Bearer $RITA"
    own_page trng.example:8443 -H "Origin: https://trng.example:8443"
    own_page trng.example:8443 -H "Referer: https://trng.example:8443/trng-box/"
    own_page trng.example -H "Origin: https://trng.example:8443"
    own_page trng.example -H "Referer: https://trng.example:8443/trng-box/"
    api /trng/session -X POST -H "Authorization: Bearer $RITA" -H "X-Forwarded-For: 192.0.2.7" -H "X-Forwarded-Proto: https"
    expect_header set-cookie "; Secure"
}

beyond_loopback() {
    stop_httpd
    refuses_to_start "allow_insecure.*anonymous|anonymous.*allow_insecure" -o httpd.listen=0.0.0.0:0
    refuses_to_start "allow_insecure" -o httpd.listen=0.0.0.0:0 -o httpd.anonymous=reader
    refuses_to_start "allow_insecure" -o "httpd.listen=[::]:0" -o httpd.anonymous=reader
}

run_step "board, daemon and tokens" starts
run_step "other sites' pages change nothing and draw nothing" sites
run_step "CORS: the same host on any port, and listed origins" cors
run_step "Host: an address, localhost, or a name of ours" host
run_step "forwarding headers" proxies
run_step "no start beyond loopback without TLS or consent" beyond_loopback
run_step "the end" eval 'stop_daemon && stop_device'
finish
