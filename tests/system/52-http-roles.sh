#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may what: tokens, sessions, anonymous callers, proxies; and whose pages may send a browser.
. "$(dirname "$0")/http.sh"

PUBLIC="/healthz /openapi.json / /trng/session"
READER="$API/getRandom?numBits=8 $API/downloadFile /trng/status /trng/files /metrics"
OPERATOR="$API/init $API/restart $API/generateTestdata?numBits=8"
EVIL=http://evil.example

# allows PATHS YES|401|403 [CURL-ARGS...]: YES is any code but 401 and 403.
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
        [ "$CODE" != 401 ] || expect_header www-authenticate '^Bearer realm="trng"'
    done
}

# matrix CREDENTIAL-ARGS -- PUBLIC READER OPERATOR verdicts
matrix() {
    local args=()
    while [ "$1" != -- ]; do
        args+=("$1")
        shift
    done
    allows "$PUBLIC" "$2" "${args[@]}"
    allows "$READER" "$3" "${args[@]}"
    allows "$OPERATOR" "$4" "${args[@]}"
    api /trng/files?id=00000000000000000000000000000000 -X DELETE "${args[@]}"
    [ "$4" = yes ] && expect_code 404 || expect_code "$4"
}

makes_tokens() {
    start_board --rate 20000
    start_running -o silence_ms=600000
    RITA=$(new_token rita reader) OTTO=$(new_token otto operator) BERT=$(new_token bert reader 1000)
    expect_match "a secret" "$RITA" "^[A-Za-z0-9_-]{43,64}$"
    [ "$RITA" != "$OTTO" ] || problem "the same secret twice"
    grep -qF -e "$RITA" -e "$OTTO" "$WORK/tokens" && problem "a secret is in the file"
    [ -z "$(new_token rita operator)" ] || problem "a name that is taken got a second secret"
    expect_match "others may read it" "$(stat -c %a "$WORK/tokens")" "^6[04]0$"
}

# serves ANONYMOUS [MORE]: a server anew.
serves() {
    stop_httpd
    start_httpd -o httpd.anonymous="$1" "${@:2}"
}

with_tokens() {
    serves none
    matrix -- yes 401 401
    matrix -H "Authorization: Bearer $RITA" -- yes yes 403
    matrix -H "Authorization: Bearer $OTTO" -- yes yes yes
    matrix -H "authorization: bearer $OTTO" -- yes yes yes
    for wrong in "Bearer ${RITA}x" "Bearer ${RITA%?}" "Bearer" "Bearer " "Basic cml0YTpyaXRh" "$RITA" "Bearer $RITA $RITA"; do
        allows "$READER $OPERATOR" 401 -H "Authorization: $wrong"
    done
}

anonymous() {
    serves reader
    matrix -- yes yes 403
    matrix -H "Authorization: Bearer $RITA" -- yes yes 403
    matrix -H "Authorization: Bearer $OTTO" -- yes yes yes
    allows "$READER $OPERATOR" 401 -H "Authorization: Bearer wrong"
    serves operator
    matrix -- yes yes yes
    matrix -H "Authorization: Bearer $RITA" -- yes yes 403
}

# A line taken out of the file ends a token at once, and what was logged in with it.
removed() {
    local gone
    serves none
    gone=$(new_token gone operator)
    bearer "$gone"
    api /trng/status "${AS[@]}"
    expect_code 200
    api /trng/session -X POST "${AS[@]}" -c "$WORK/jar.gone"
    expect_code 200
    sed -i '/^gone /d' "$WORK/tokens"
    allows /trng/status 401 "${AS[@]}"
    allows /trng/status 401 -b "$WORK/jar.gone"
    allows /trng/status yes -H "Authorization: Bearer $RITA"
}

session() {
    local cookie
    api /trng/session
    expect_jq '.role == "none" and .name == null'
    api /trng/session -X POST -H "Content-Type: application/json" -d "{\"token\":\"$OTTO\"}" -c "$WORK/jar"
    expect_code 200
    expect_jq '.role == "operator" and .name == "otto" and .bits_per_day == null and .bits_left == null'
    cookie=$(header set-cookie)
    expect_match cookie "$cookie" "^trng_session=[0-9a-f]{32}; "
    for part in HttpOnly SameSite=Strict Path=/; do
        [[ "$cookie;" == *"; $part;"* ]] || problem "no $part: $cookie"
    done
    [[ $cookie == *Secure* ]] && problem "Secure over plain HTTP: $cookie"
    matrix -b "$WORK/jar" -- yes yes yes
    api /trng/session -b "$WORK/jar"
    expect_jq '.role == "operator" and .name == "otto"'
    api /trng/session -X DELETE -b "$WORK/jar"
    expect_message 200 "Session ended"
    matrix -b "$WORK/jar" -- yes 401 401
    matrix -b "trng_session=00000000000000000000000000000000" -- yes 401 401
    api /trng/session -X POST -H "Authorization: Bearer $RITA"
    expect_code 200
    api /trng/session -X POST -d '{"token":"wrong"}'
    expect_error_json 401
    for body in "" "{}" '{"token":7}' "nonsense"; do
        api /trng/session -X POST -d "$body"
        expect_error_json 400
    done
    api /trng/session -X POST -d "$(printf '%5000s')"
    expect_error_json 413
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

# Over loopback with forwarding headers: a stranger behind a proxy that nobody has told of.
proxies() {
    local header
    serves auto
    allows "$READER" yes
    for header in "X-Forwarded-For: 127.0.0.1" "X-Real-IP: 127.0.0.1" "Forwarded: for=127.0.0.1" "X-Forwarded-Proto: https"; do
        allows "$READER $OPERATOR" 401 -H "$header"
    done
    serves auto -o httpd.trusted_proxies=127.0.0.1
    allows "$READER" 401 -H "X-Forwarded-For: 192.0.2.7"
    allows "$READER" 401 -H "X-Forwarded-For: 127.0.0.1, 192.0.2.7"
    allows "$READER" 401 -H "Forwarded: for=192.0.2.7"
    allows "$READER" yes -H "X-Forwarded-For: 192.0.2.7" -H "Authorization: Bearer $RITA"
    api /trng/session -X POST -H "Authorization: Bearer $RITA" -H "X-Forwarded-For: 192.0.2.7" -H "X-Forwarded-Proto: https"
    expect_header set-cookie "; Secure"
}

budget() {
    bearer "$BERT"
    serves none
    api "$API/getRandom?numBits=800" "${AS[@]}"
    expect_code 200
    expect_header ratelimit-limit "^1000$"
    expect_header ratelimit-remaining "^200$"
    expect_header ratelimit-reset "^[0-9]+$"
    api "$API/getRandom?numBits=201" "${AS[@]}"
    expect_error_json 429
    expect_header retry-after "^[1-9][0-9]*$"
    expect_header ratelimit-remaining "^200$"
    api "$API/getRandom?numBits=abc" "${AS[@]}"
    expect_error_json 400
    api "$API/getRandom?numBits=200" "${AS[@]}"
    expect_code 200
    serves none
    api /trng/session "${AS[@]}"
    expect_jq '.name == "bert" and .bits_per_day == 1000 and .bits_left == 0'
    api "$API/getRandom" "${AS[@]}"
    expect_error_json 429
    api "$API/getRandom?numBits=800" -H "Authorization: Bearer $RITA"
    expect_code 200
    expect_no_header ratelimit-limit
    AS=()
}

beyond_loopback() {
    stop_httpd
    refuses_to_start "allow_insecure.*anonymous|anonymous.*allow_insecure" -o httpd.listen=0.0.0.0:0
    refuses_to_start "allow_insecure" -o httpd.listen=0.0.0.0:0 -o httpd.anonymous=reader
    refuses_to_start "allow_insecure" -o "httpd.listen=[::]:0" -o httpd.anonymous=reader
}

run_step "--new-token: a secret once, its hash in the file" makes_tokens
run_step "anonymous = none: nobody, reader, operator, wrong secrets" with_tokens
run_step "anonymous = reader, operator" anonymous
run_step "a token that is removed" removed
run_step "log in, the cookie, log out" session
run_step "other sites' pages change nothing and draw nothing" sites
run_step "CORS: the same host on any port, and listed origins" cors
run_step "Host: an address, localhost, or a name of ours" host
run_step "forwarding headers" proxies
run_step "a budget of bits a day, which a restart does not renew" budget
run_step "no start beyond loopback without TLS or consent" beyond_loopback
run_step "the end" eval 'stop_daemon && stop_device'
finish
