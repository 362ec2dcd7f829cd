# SPDX-License-Identifier: GPL-3.0-or-later
# http - what tests of the server use besides lib.sh, which it brings: start, requests, expectations.
# shellcheck shell=bash
#
# The server listens on a port of 127.0.0.1 that the kernel picks, keeps its files and its log in
# the work folder, and gets TRNG_WRAP before it like the daemon. A request leaves CODE, BODY (text;
# byte for byte in $WORK/body) and HEADERS (a line each, names in lower case) for the expectations.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

HTTPD= HTTPD_ERR= HTTPD_STARTS=0 CLIENTS= CLIENT_RUNS=0 HOLDER=
URL= URLS=() ASKED= CODE= BODY= HEADERS=
API=/trng/randomNum
STATE=$WORK/state
ACCESS_LOG=$WORK/access.log

[ -x "$BIN/trng-httpd" ] || skip "no $BIN/trng-httpd: build first"
mkdir "$WORK/ui"
printf '<!doctype html>\n<title>the page</title>\n' >"$WORK/ui/index.html"

# ---- the server --------------------------------------------------------------------------------

# httpd_command ARGS...: the program, with the test's configuration and tokens.
httpd_command() {
    [ -e "$WORK/trng.conf" ] || write_config
    timeout "$BOUND_S" "$BIN/trng-httpd" --config "$WORK/trng.conf" -o httpd.tokens="$WORK/tokens" "$@"
}

# spawn_httpd [-o KEY=VALUE]...: starts it; waits for nothing. What is given last counts.
spawn_httpd() {
    [ -e "$WORK/trng.conf" ] || write_config
    HTTPD_STARTS=$((HTTPD_STARTS + 1))
    HTTPD_ERR=$WORK/httpd.$HTTPD_STARTS.err
    # shellcheck disable=SC2086 # TRNG_WRAP is a command with arguments
    $TRNG_WRAP "$BIN/trng-httpd" --config "$WORK/trng.conf" --foreground \
        ${HTTP_LISTEN--o httpd.listen=127.0.0.1:0} -o httpd.state_dir="$STATE" \
        -o httpd.ui_dir="$WORK/ui" -o httpd.access_log="$ACCESS_LOG" \
        -o httpd.tokens="$WORK/tokens" "$@" >"$WORK/httpd.out" 2>"$HTTPD_ERR" </dev/null 6<&- 7<&- &
    HTTPD=$!
    CHILDREN+=("$HTTPD")
}

# start_httpd [-o KEY=VALUE]...: until it listens on as many addresses as HTTP_ADDRESSES (1) says.
start_httpd() {
    spawn_httpd "$@"
    wait_for listening_or_exit
    is_gone "$HTTPD" && {
        problem "the server ended: $(tail -3 "$HTTPD_ERR")"
        return 1
    }
    mapfile -t URLS < <(sed -n 's|.*listening on \(https\{0,1\}://[^ ]*\)$|\1|p' "$HTTPD_ERR")
    URL=${URLS[0]}
}

listening_or_exit() {
    is_gone "$HTTPD" || [ "$(grep -c 'listening on http' "$HTTPD_ERR")" -ge "${HTTP_ADDRESSES:-1}" ]
}

# refuses_to_start PATTERN [-o KEY=VALUE]...: it ends with a status other than 0 and says so.
refuses_to_start() {
    local pattern=$1
    shift
    spawn_httpd "$@"
    wait_for is_gone "$HTTPD" || kill -KILL "$HTTPD"
    wait "$HTTPD"
    RC=$? HTTPD=
    [ $RC != 0 ] || problem "it ended with 0"
    expect_file "$pattern" "$HTTPD_ERR"
}

wait_httpd() {
    wait_for is_gone "$HTTPD"
    wait "$HTTPD"
    RC=$? HTTPD=
}

# stop_httpd [SIGNAL]: it ends with 0.
stop_httpd() {
    [ -n "$HTTPD" ] || return 0
    kill -s "${1:-TERM}" "$HTTPD"
    wait_httpd
    expect_eq "exit status of the server" "$RC" 0
}

# start_all RATE_BYTES_S [-o KEY=VALUE]...: board, daemon in `running` that no silence alarms, server.
start_all() {
    start_board --rate "$1"
    shift
    start_running -o silence_ms=600000
    start_httpd "$@"
}

stop_all() {
    stop_httpd
    stop_daemon
    stop_device
}

# new_token NAME ROLE [BITS_PER_DAY]: prints the secret.
new_token() {
    httpd_command --new-token "$@" 2>"$WORK/token.said" | grep -Eo '[A-Za-z0-9_-]{40,}' | tail -1
}

descriptors() {
    ls "/proc/$HTTPD/fd" | wc -l
}

# The test's end shows what the server said, too.
http_cleanup() {
    local rc=$?
    if [ "$BASHPID" = "$$" ]; then
        [ -z "$HTTPD" ] || kill -TERM "$HTTPD" 2>/dev/null
        if [ $rc != 0 ] && [ $rc != 77 ] && [ -n "$HTTPD_ERR" ]; then
            sed 's/^/  httpd: /' "$HTTPD_ERR" | tail -25
        fi
    fi
    (exit $rc)
    cleanup
}
trap http_cleanup EXIT

# ---- requests ----------------------------------------------------------------------------------

# api PATH [CURL-ARGS...]: one request; PATH may be a whole URL. CODE is 000 if there was no reply.
api() {
    local path=$1 rest
    shift
    rest=$*
    ASKED="${path:0:160} ${rest:0:200}"
    [[ $path == http*://* ]] || path=$URL$path
    : >"$WORK/body"
    : >"$WORK/headers"
    CODE=$(curl -sS --globoff --path-as-is --max-time "$BOUND_S" -o "$WORK/body" -D "$WORK/headers" \
        -w '%{http_code}' "$@" "$path" 2>"$WORK/curl.said")
    BODY=$(tr -d '\0' <"$WORK/body")
    HEADERS=$(tr -d '\r' <"$WORK/headers" | awk -F: '/:/ { $1 = tolower($1) } { print }' OFS=:)
    [ "$CODE" = 000 ] || expect_safe
}

# bearer SECRET: arguments for curl, in the array AS.
bearer() {
    AS=(-H "Authorization: Bearer $1")
}

# header NAME: its value in the last reply.
header() {
    sed -n "s/^$1: *//p" <<<"$HEADERS"
}

# What every reply carries, whatever it is.
expect_safe() {
    expect_eq "$ASKED: X-Content-Type-Options" "$(header x-content-type-options)" nosniff
    expect_eq "$ASKED: X-Frame-Options" "$(header x-frame-options)" DENY
    expect_eq "$ASKED: Referrer-Policy" "$(header referrer-policy)" same-origin
    expect_eq "$ASKED: Cross-Origin-Resource-Policy" "$(header cross-origin-resource-policy)" same-site
    expect_match "$ASKED: Content-Security-Policy" "$(header content-security-policy)" "^default-src 'none'; "
}

expect_code() { # CODE
    expect_eq "$ASKED: code" "$CODE" "$1"
    [ "$CODE" = "$1" ] || note "said: ${BODY:0:300} $(head -c 200 "$WORK/curl.said")"
}

expect_header() { # NAME PATTERN
    expect_match "$ASKED: $1" "$(header "$1")" "$2"
}

expect_no_header() { # NAME
    expect_eq "$ASKED: $1" "$(header "$1")" ""
}

# expect_jq FILTER [JQ-ARGS...]: the body is JSON for which the filter is true.
expect_jq() {
    local filter=$1
    shift
    jq -e "$@" "$filter" "$WORK/body" >/dev/null 2>&1 ||
        problem "$ASKED: not $filter: ${BODY:0:400}"
}

# expect_message CODE TEXT: a documented text, and nothing else.
expect_message() {
    expect_code "$1"
    expect_header content-type "^application/json"
    # shellcheck disable=SC2016 # $text is jq's
    expect_jq '. == {message: $text}' --arg text "$2"
}

# expect_error_json CODE [PATTERN]: {"error": a sentence, ...}, not to be cached.
expect_error_json() {
    expect_code "$1"
    expect_header content-type "^application/json"
    expect_jq '(.error | type) == "string" and (.error | length) > 5 and (has("message") | not)'
    [ -z "${2:-}" ] || expect_match "$ASKED: error" "$(jq -r '.error?' "$WORK/body" 2>/dev/null)" "$2"
}

# ---- waiting -----------------------------------------------------------------------------------

# flow [RATE_BYTES_S]: the board goes on after go_dry.
flow() {
    [ -z "${1:-}" ] || device_say rate "$1"
    device_say limit 1000000000
}

# metric NAME: its value, labels as they stand: metric 'trng_up'.
metric() {
    curl -sS --max-time "$BOUND_S" "${AS[@]}" "$URL/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

metric_is() { # NAME VALUE
    [ "$(metric "$1")" = "$2" ]
}

# The state as the server sees it; the daemon's own changes reach it a moment later.
health_is() { # STATE
    [ "$(curl -sS --max-time "$BOUND_S" "$URL/healthz" | jq -r .state)" = "$1" ]
}

wait_health() {
    wait_for health_is "$1" || note "healthz: $(curl -sS --max-time 5 "$URL/healthz")"
}

# start_clients COUNT PATH [ARGS...]: tests/tools/http_clients.py, until all wait (its lines: $CLIENTS_OUT).
start_clients() {
    local count=$1 path=$2
    shift 2
    CLIENT_RUNS=$((CLIENT_RUNS + 1))
    CLIENTS_OUT=$WORK/clients.$CLIENT_RUNS
    mkfifo "$CLIENTS_OUT.in"
    exec 6<>"$CLIENTS_OUT.in"
    python3 "$ROOT/tests/tools/http_clients.py" "$URL" "$path" "$count" "$@" \
        <"$CLIENTS_OUT.in" >"$CLIENTS_OUT" 2>"$CLIENTS_OUT.err" 6<&- 7<&- &
    CLIENTS=$!
    CHILDREN+=("$CLIENTS")
    wait_for sent_or_exit
    expect_file "^sent $count$" "$CLIENTS_OUT"
    [ ! -s "$CLIENTS_OUT.err" ] || problem "clients: $(tail -3 "$CLIENTS_OUT.err")"
}

sent_or_exit() {
    is_gone "$CLIENTS" || has_line '^sent' "$CLIENTS_OUT"
}

clients_say() {
    printf '%s\n' "$*" >&6
}

# join_clients: all of them have been answered, closed or dropped.
join_clients() {
    wait_for is_gone "$CLIENTS"
    wait "$CLIENTS"
    expect_eq "exit status of the clients" $? 0
    exec 6<&-
    CLIENTS=
}

# hold_streams COUNT: so many at /trng/events; HELD says which codes they got.
hold_streams() {
    "$ROOT/tests/tools/http_hold.py" "${URL#http://}" "$1" /trng/events >"$WORK/held" 2>&1 6<&- 7<&- &
    HOLDER=$!
    CHILDREN+=("$HOLDER")
    wait_for has_line '^held' "$WORK/held"
    HELD=$(cat "$WORK/held")
}

release_streams() {
    kill "$HOLDER"
    wait "$HOLDER" 2>/dev/null
    wait_for metric_is trng_http_event_streams 0
}

# answers: how many there were of each code, as "200:99 555:1".
answers() {
    awk '$1 == "answer" { count[$3]++ } END { for (code in count) print code ":" count[code] }' \
        "$CLIENTS_OUT" | sort | xargs
}
