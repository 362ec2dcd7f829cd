#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may what: roles by token, session and none; what is removed; budgets.
. "$(dirname "$0")/http.sh"

PUBLIC="/healthz /openapi.json / /trng/session"
READER="$API/getRandom?numBits=8 $API/downloadFile /trng/status /trng/files /metrics"
OPERATOR="$API/init $API/restart $API/generateTestdata?numBits=8"

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

# A file that comes to nothing costs nothing, and is not counted as given.
dead_jobs() {
    local id given
    stop_httpd
    bearer "$(new_token jobber operator 1000000)"
    start_httpd -o httpd.anonymous=reader -o httpd.request_timeout_s=1
    given=$(metric 'trng_http_bits_total{source="random"}')
    go_dry
    api "$API/generateTestdata?numBits=900000" "${AS[@]}"
    expect_code 202
    expect_header ratelimit-remaining "^100000$"
    id=$(jq -r .id "$WORK/body")
    api "/trng/files?id=$id" -X DELETE "${AS[@]}"
    expect_code 200
    wait_for metric_is trng_http_waiting_requests 0
    api /trng/session "${AS[@]}"
    expect_jq '.bits_left == 1000000'
    expect_eq "bits given" "$(metric 'trng_http_bits_total{source="random"}')" "$given"
    flow
    AS=()
}

run_step "--new-token: a secret once, its hash in the file" makes_tokens
run_step "anonymous = none: nobody, reader, operator, wrong secrets" with_tokens
run_step "anonymous = reader, operator" anonymous
run_step "a token that is removed" removed
run_step "log in, the cookie, log out" session
run_step "a budget of bits a day, which a restart does not renew" budget
run_step "a job that is deleted gives its bits back" dead_jobs
run_step "the end" stop_all
finish
